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
from autograder.core.errors import UsageError
from autograder.core.solution import model_cells
from autograder.handout.bundle import EXTRAS, LAB, due_date

NAME = "01_relu_matrix"
WHEEL = "mlp_course-0.1.0-py3-none-any.whl"
MODEL = model_cells(find(NAME))
CHECKED = [task.id for task in find(NAME).tasks if not task.manual]
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


def refused(copy: Path, name: str = NAME, *options: str) -> str:
    """What is said when a bundle is refused; there is no file then."""
    done = autograder(copy, "bundle", name, *options)
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
    names = [line.split("==")[0] for line in needed]
    lab, extras = names.index(LAB), names.index(EXTRAS)
    assert names[2:lab] == ["numpy", "plotly", "pytest", "torch"]
    assert names[lab + 1 : extras] == ["ipython", "jupyterlab"]
    assert {"matplotlib", "pandas", "scikit-learn", "tqdm"} < {*names[extras + 1 :]}
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


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment as one notebook, in a folder of its own."""
    path = tmp_path_factory.mktemp("one file") / f"{NAME}.ipynb"
    done = autograder(REPOSITORY, "bundle", NAME, "--one-file", "--output", path)
    assert done.returncode == 0, done.stderr
    assert f"{path}: " in done.stdout.replace("\n", "")
    return path


class TestOneFile:
    """A notebook that brings library and checks, where no other file can lie beside it."""

    def test_it_is_the_release_below_a_sentence_and_a_cell_that_is_folded(
        self, one_file: Path
    ) -> None:
        cells = json.loads(one_file.read_text())["cells"]
        assert cells[2:] == json.loads(find(NAME).release.read_text())["cells"]
        assert "Run the next cell first" in "".join(cells[0]["source"])
        assert cells[1]["metadata"] == {"cellView": "form", "jupyter": {"source_hidden": True}}
        assert "".join(cells[1]["source"]).startswith("#@title ")
        assert one_file.stat().st_size < 500_000

    def test_the_same_repository_gives_the_same_bytes(self, one_file: Path, copy: Path) -> None:
        for path in copy.rglob("*"):
            os.utime(path, (1e9, 1e9))
        done = autograder(copy, "bundle", NAME, "--one-file")
        assert done.returncode == 0, done.stderr
        assert (copy / "dist" / f"{NAME}.ipynb").read_bytes() == one_file.read_bytes()

    def test_a_hidden_line_in_the_library_or_in_the_checks_is_refused(self, copy: Path) -> None:
        suite = copy / "autograder/suites/01_relu_matrix/test_two_layer.py"
        (copy / "course_lib/plots/more.py").write_text(suite.read_text())
        assert "course_lib/plots/more.py" in refused(copy, NAME, "--one-file")
        (copy / "course_lib/plots/more.py").unlink()
        for folder in ("assignments", "solutions"):
            with (copy / folder / NAME / "checks.py").open("a") as file:
                file.write("\n\n" + "\n".join(f"# {line}" for line in MODEL["z2"].splitlines()))
        said = refused(copy, NAME, "--one-file")
        assert "would give hidden lines away" in said
        assert "checks.py" in said

    def test_it_works_alone_and_counts_in_full_as_colab_saves_it(
        self, one_file: Path, tmp_path: Path
    ) -> None:
        notebook = nbformat.read(one_file, as_version=4)
        for cell in notebook.cells:
            cell.source = MODEL.get(cell.id, cell.source)
        notebook.cells[1].source += "\nimport math"
        self.run_alone(notebook, one_file.parent, tmp_path)
        shown = [
            output.data["text/html"]
            for cell in notebook.cells
            if cell.source.startswith("check(")
            for output in cell.outputs
        ]
        assert len(shown) == len(CHECKED)
        assert not [card for card in shown if "✗" in card or "✓" not in card]
        assert [path.name for path in one_file.parent.iterdir()] == [one_file.name]
        submission = tmp_path / "course" / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
        submission.parent.mkdir(parents=True)
        submission.write_text(json.dumps(as_colab_saves(notebook)))
        done = autograder(REPOSITORY, "grade", NAME, "--course-dir", tmp_path / "course")
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads((tmp_path / "course/results" / NAME / "ada.json").read_text())
        assert (result["score"], result["notes"]) == (18, [])
        graded = tmp_path / "course/autograded/ada" / NAME / f"{NAME}.ipynb"
        sources = ["".join(c["source"]) for c in json.loads(graded.read_text())["cells"]]
        assert sources[0].strip() == "import math", "the student's own line stays"
        assert not [source for source in sources if "bring_library" in source]
        assert not [source for source in sources if "Run the next cell first" in source]

    def run_alone(self, notebook: nbformat.NotebookNode, folder: Path, temporary: Path) -> None:
        """Run it in a kernel that does not find this repository's library."""
        hide = f"import sys\nsys.path[:] = [p for p in sys.path if p != {str(REPOSITORY)!r}]"
        told = "import course_lib; print(course_lib.__file__)"
        ends = [nbformat.v4.new_code_cell(source) for source in (hide, told)]
        notebook.cells = [ends[0], *notebook.cells, ends[1]]
        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, timeout=120, allow_errors=True, resources=resources)
        client.execute(env=os.environ | {"TMPDIR": str(temporary)})
        *_, (output,) = (cell.outputs for cell in notebook.cells if cell.cell_type == "code")
        assert output.text.startswith(str(temporary / "mlp-course-"))
        notebook.cells = notebook.cells[1:-1]
        (said,) = notebook.cells[1].outputs
        assert "The course's library and the checks are ready" in said.text

    def test_its_first_cell_leaves_no_name_and_says_what_is_wrong(self, one_file: Path) -> None:
        source = nbformat.read(one_file, as_version=4).cells[1].source
        program = (
            "import os, sys\nnames = {}\nexec(sys.stdin.read(), names)\n"
            "print(sorted(set(names) - {'__builtins__'}), 'MLP_COURSE_CHECKS' in os.environ)\n"
        )

        def run(cell: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-c", program]
            environment = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
            return subprocess.run(
                command, input=cell, env=environment, capture_output=True, text=True,
                timeout=120, check=False,
            )  # fmt: skip

        whole = run(source)
        assert "the library was installed already" in whole.stdout
        assert whole.stdout.endswith("[] True\n"), whole.stderr
        assert "this cell is damaged" in run(source.replace('"UEs', '"UEt')).stderr
        old = run(source.replace("'numpy': '1.26'", "'numpy': '999'"))
        assert "Installing numpy>=999" in old.stdout
        assert "RuntimeError: pip could not install numpy>=999" in old.stderr


def as_colab_saves(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """Ids in the metadata, a mark on cells with outputs, and an older minor version."""
    saved: dict[str, Any] = json.loads(json.dumps(notebook))
    for cell in saved["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "colab": {"base_uri": "https://localhost/"}}
    return saved | {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}}}


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


def test_a_due_date_stands_on_the_page_and_on_the_first_check(made: Path, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        words = ("bundle", NAME, "--output", tmp_path / name, "--due", "2026-12-24 23:59 UTC")
        assert autograder(REPOSITORY, *words).returncode == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(made) as plain, zipfile.ZipFile(tmp_path / "one.zip") as dated:
        differ = {path for path in plain.namelist() if plain.read(path) != dated.read(path)}
        assert differ == {f"{NAME}/checks.py", f"{NAME}/START_HERE.html"}
        assert "Due 24 December 2026, 23:59 UTC" in dated.read(f"{NAME}/START_HERE.html").decode()
        assert "Due" not in plain.read(f"{NAME}/START_HERE.html").decode()
        dated.extractall(tmp_path)
    code = "from course_lib.checking import check; check('z1'); print('---'); check('y1')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / NAME,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    first, _, second = done.stdout.partition("---")
    assert "(2 points; due 24 December 2026, 23:59 UTC; the final grade comes from" in first
    assert "(2 points; the final grade comes from" in second


@pytest.mark.parametrize("words", [(".",), ("a.ipynb",), ("a.zip", "--one-file")])
def test_an_output_that_is_a_folder_or_another_kind_of_file_is_refused(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    name, *more = words
    done = autograder(REPOSITORY, "bundle", NAME, "--output", tmp_path / name, *more)
    assert done.returncode == 2
    assert f"--output {tmp_path / name}: name a file that ends with ." in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-12-24 23:59 UTC", "24 December 2026, 23:59 UTC"),
        ("2026-12-24T23:59", "24 December 2026, 23:59 UTC"),
        ("2026-07-01 00:30+02:00", "30 June 2026, 22:30 UTC"),
    ],
)
def test_a_due_date_is_told_in_utc(text: str, told: str) -> None:
    assert due_date(text) == told


@pytest.mark.parametrize("text", ["soon", "2026-12-24", "2026-13-01 10:00", "", "24.12.2026 23:59"])
def test_what_is_no_due_date_is_said(text: str) -> None:
    with pytest.raises(UsageError, match=r"--due .*: write a time such as"):
        due_date(text)
