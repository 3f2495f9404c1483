"""The zip for students: whole, the same every time, free of
answers, and it works in a student's hands.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser_for_tests import MISSING, Browser
from nbclient import NotebookClient
from repository_for_tests import autograder, copy_repository

from autograder.core.assignment import REPOSITORY, assignments, find
from autograder.core.solution import model_cells

NAME = "01_relu_matrix"
WHEEL = "mlp_course-0.1.0-py3-none-any.whl"
FILES = [f"{NAME}.ipynb", "START_HERE.html", "checks.py", WHEEL, "requirements.txt"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of an assignment."""
    path = tmp_path_factory.mktemp("bundle") / "for students.zip"
    done = autograder(REPOSITORY, "bundle", NAME, "--output", path)
    assert done.returncode == 0, done.stderr
    assert str(path) in done.stdout.replace("\n", "")
    return path


@pytest.fixture(scope="module")
def folder(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip unpacked in another place, with its wheel installed beside it."""
    place = tmp_path_factory.mktemp("home")
    with zipfile.ZipFile(made) as archive:
        archive.extractall(place)
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(place / "installed"),
    ]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        *install,
        str(place / NAME / WHEEL),
    ]
    subprocess.run(pip, check=True, timeout=120)
    return place / NAME


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_repository(tmp_path / "course")


def refused(copy: Path, name: str = NAME) -> str:
    """What is said when a bundle is refused; there is no zip then."""
    done = autograder(copy, "bundle", name)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert not (copy / "dist").exists()
    return done.stderr


def test_it_holds_what_a_student_needs_and_nothing_else(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == [f"{NAME}/{file}" for file in FILES]
        assert archive.read(f"{NAME}/{NAME}.ipynb") == find(NAME).release.read_bytes()
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        library = zipfile.ZipFile(io.BytesIO(archive.read(f"{NAME}/{WHEEL}"))).namelist()
        needed = archive.read(f"{NAME}/requirements.txt").decode().splitlines()
    assert {path.split("/")[0] for path in library} == {"course_lib", "mlp_course-0.1.0.dist-info"}
    assert needed[1] == f"./{WHEEL}"
    extras = next(
        number
        for number, line in enumerate(needed)
        if line.startswith("# The grading room has these")
    )
    assert [line.split("==")[0] for line in needed[2:extras]] == [
        "ipython",
        "jupyterlab",
        "numpy",
        "platformdirs",
        "plotly",
        "pooch",
        "pytest",
        "torch",
    ]
    assert {"matplotlib", "pandas", "scikit-learn", "tqdm"} < {
        line.split("==")[0] for line in needed[extras + 1 :]
    }
    assert not [line for line in needed if line.startswith(("lightning", "tensorboard"))]
    assert not [line for line in needed if "+" in line], "a version that no index has"


def test_the_same_repository_gives_the_same_bytes(made: Path, copy: Path) -> None:
    for path in copy.rglob("*"):
        os.utime(path, (1e9, 1e9))
    done = autograder(copy, "bundle", NAME)
    assert done.returncode == 0, done.stderr
    assert (copy / "dist" / f"{NAME}.zip").read_bytes() == made.read_bytes()


@pytest.mark.parametrize("name", [name for name in assignments() if name != NAME])
def test_every_assignment_can_be_packed(name: str, tmp_path: Path) -> None:
    done = autograder(REPOSITORY, "bundle", name, "--output", tmp_path / "a.zip")
    assert done.returncode == 0, done.stderr


def test_the_first_page_says_points_limits_and_the_line_for_a_later_assignment(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        page = archive.read(f"{NAME}/START_HERE.html").decode()
    assert "9 tasks, <strong>20 points</strong>" in page
    assert "A cell may take 10 seconds" in page
    assert f"../00_linear_maps/.venv/bin/jupyter-lab {NAME}.ipynb" in page
    assert "What a hint means" in page


@pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
def test_the_first_page_copies_lines_and_cuts_none_on_a_phone(made: Path, tmp_path: Path) -> None:
    page = tmp_path / "START_HERE.html"
    with zipfile.ZipFile(made) as archive:
        page.write_bytes(archive.read(f"{NAME}/START_HERE.html"))
    browser = Browser(tmp_path / "profile")
    try:
        browser.resize(390, 844)
        browser.open(page)
        cut = "[...document.querySelectorAll('pre')].filter((p) => p.scrollWidth > p.clientWidth)"
        assert browser.run(f"return {cut}.length") == 0
        assert browser.run("return document.documentElement.scrollWidth") == 390
        browser.run(
            "Object.defineProperty(navigator, 'clipboard', {value: "
            "{writeText: async (text) => { window.copied = text; }}});"
        )
        browser.run("document.querySelector('.copied button').click()")
        assert browser.wait("window.copied") == (
            "python3 -m venv .venv\n.venv/bin/python -m pip install -r requirements.txt\n"
            f".venv/bin/jupyter-lab {NAME}.ipynb\n"
        )
        assert browser.complaints() == []
    finally:
        browser.close()


class TestInAStudentsHands:
    """A fresh kernel, started beside the unpacked notebook, runs it up to its first check."""

    def first_check(
        self, folder: Path, cells: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> dict[str, Any]:
        """What the first check shows, in HTML and in text, when the cells before it were run."""
        monkeypatch.setenv("PYTHONPATH", str(folder.parent / "installed"))
        notebook = nbformat.read(folder / f"{NAME}.ipynb", as_version=4)
        end = next(n for n, cell in enumerate(notebook.cells) if cell.source.startswith("check("))
        notebook.cells = notebook.cells[: end + 1]
        for cell in notebook.cells:
            cell.source = cells.get(cell.id, cell.source)
        notebook.cells.append(
            nbformat.v4.new_code_cell("import course_lib; print(course_lib.__file__)")
        )
        client = NotebookClient(
            notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
        assert str(folder.parent / "installed") in notebook.cells[-1].outputs[0].text
        (shown,) = notebook.cells[-2].outputs
        return dict(shown.data)

    def test_the_first_check_is_green_after_a_right_answer(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = {"z1": model_cells(find(NAME))["z1"]}
        shown = self.first_check(folder, answer, monkeypatch)
        assert "z1: 3 of 3 checks pass" in shown["text/plain"]
        assert "✓" in shown["text/html"]
        assert "✗" not in shown["text/html"]

    def test_and_says_what_to_do_before(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown = self.first_check(folder, {}, monkeypatch)
        assert "z1: 0 of 3 checks pass" in shown["text/plain"]
        assert "`z1` is not defined yet" in shown["text/plain"]


class TestWhatIsRefused:
    """A zip in which anything hidden could be read is not written."""

    def test_a_line_of_any_solution_in_the_library(self, copy: Path) -> None:
        solution = json.loads(
            (copy / "solutions/02_vanishing_gradient/02_vanishing_gradient.ipynb").read_text()
        )
        cell = next(cell for cell in solution["cells"] if cell["id"] == "neuron_backward")
        with (copy / "course_lib/datasets.py").open("a") as file:
            file.write("\n\n" + "".join(cell["source"]))
        said = refused(copy)
        assert "course_lib/datasets.py" in said
        assert "02_vanishing_gradient/notebook.py" in said

    def test_an_accepted_program_in_the_library(self, copy: Path) -> None:
        program = copy / "autograder/suites/03_residual_batchnorm/accept/by_hand.py"
        (copy / "course_lib/notes.txt").write_text(program.read_text())
        said = refused(copy)
        assert "course_lib/notes.txt" in said
        assert "accept/by_hand.py" in said

    def test_a_hidden_test_in_the_library(self, copy: Path) -> None:
        suite = copy / "autograder/suites/01_relu_matrix/test_two_layer.py"
        (copy / "course_lib/plots/more.py").write_text(suite.read_text())
        assert "course_lib/plots/more.py" in refused(copy)

    def test_a_wheel_that_holds_more_than_the_library(self, copy: Path) -> None:
        project = (copy / "course_lib/pyproject.toml").read_text()
        (copy / "course_lib/pyproject.toml").write_text(
            project.replace('"" = "course_lib"', '"" = "more"')
        )
        assert "the wheel would contain more/" in refused(copy)

    def test_what_nobody_can_read(self, copy: Path) -> None:
        (copy / "course_lib/weights.bin").write_bytes(b"\xff\xfe\x00")
        assert "course_lib/weights.bin is not a text file" in refused(copy)

    def test_a_release_that_is_not_what_its_source_says(self, copy: Path) -> None:
        with (copy / "assignments" / NAME / "checks.py").open("a") as file:
            file.write("# more\n")
        assert f"run `autograder build {NAME}` first" in refused(copy)

    def test_a_library_that_can_not_be_packed(self, copy: Path) -> None:
        project = (copy / "course_lib/pyproject.toml").read_text()
        (copy / "course_lib/pyproject.toml").write_text(
            project.replace('version = "0.1.0"', 'version = "today"')
        )
        assert "can't be built: " in refused(copy)

    def test_an_unknown_assignment(self, copy: Path) -> None:
        assert "no assignment '99_nothing'" in refused(copy, "99_nothing")
