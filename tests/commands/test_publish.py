"""Published solutions: when, what is in them, what must not be, and how they look in a browser."""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser_for_tests import MISSING, Browser
from nbgrader.api import Gradebook
from repository_for_tests import autograder, copy_repository

from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.handout import publish

NAME = "01_relu_matrix"
SMALL = "05_small"
DUE = datetime.datetime(2026, 3, 1, 18, 0)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a published assignment."""
    output = tmp_path_factory.mktemp("published")
    done = autograder(REPOSITORY, "publish", NAME, "--now", "--output", output)
    assert done.returncode == 0, done.stderr
    assert str(output / NAME / f"{NAME}.html") in done.stdout
    return output / NAME


class TestWhen:
    """Nothing is out while a student may still hand in."""

    @pytest.fixture
    def course(self, tmp_path: Path) -> Course:
        with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
            gradebook.add_assignment(NAME, duedate=DUE)
            for student in ("ada", "ben"):
                gradebook.add_student(student)
                with gradebook.db.no_autoflush:
                    gradebook.add_submission(NAME, student)
        return Course(tmp_path)

    def extend(self, course: Course, student: str, **time: int) -> None:
        with Gradebook(f"sqlite:///{course.root}/gradebook.db") as gradebook:
            gradebook.grant_extension(NAME, student, **time)

    def test_before_and_after_the_due_date(self, course: Course) -> None:
        with pytest.raises(
            UsageError, match="is due 2026-03-01 18:00 UTC: publish its solution after that"
        ):
            publish.refuse_before_due(NAME, course, DUE - datetime.timedelta(seconds=1))
        publish.refuse_before_due(NAME, course, DUE)

    def test_the_longest_extension_counts(self, course: Course) -> None:
        self.extend(course, "ada", days=1)
        self.extend(course, "ben", days=2, hours=3)
        with pytest.raises(
            UsageError, match="the longest extension 2026-03-03 21:00 UTC: publish its solution"
        ):
            publish.refuse_before_due(NAME, course, DUE + datetime.timedelta(days=2))
        publish.refuse_before_due(NAME, course, DUE + datetime.timedelta(days=2, hours=3))

    def test_the_command_line_goes_by_the_gradebook(self, tmp_path: Path) -> None:
        later = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(
            days=1
        )
        with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
            gradebook.add_assignment(NAME, duedate=later)
        done = autograder(REPOSITORY, "publish", NAME, "--course-dir", tmp_path)
        assert done.returncode == 2
        assert f"is due {later:%Y-%m-%d %H:%M} UTC" in done.stderr
        assert "--now" in done.stderr
        assert not (tmp_path / "published").exists()

    def test_without_a_due_date_it_asks(self, tmp_path: Path) -> None:
        with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
            gradebook.add_assignment(NAME)
        with pytest.raises(UsageError, match="has no due date for 01_relu_matrix"):
            publish.refuse_before_due(NAME, Course(tmp_path), DUE)

    def test_without_a_gradebook_it_asks_and_makes_none(self, tmp_path: Path) -> None:
        done = autograder(REPOSITORY, "publish", NAME, "--course-dir", tmp_path)
        assert done.returncode == 2
        assert "or publish with --now" in done.stderr
        assert not list(tmp_path.iterdir())


class TestWhatIsIn:
    """The notebook and the page."""

    def test_every_code_cell_ran_and_every_check_is_green(self, published: Path) -> None:
        notebook = nbformat.read(published / f"{NAME}.ipynb", as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
        assert not [
            output for cell in code for output in cell.outputs if output.output_type == "error"
        ]
        for cell in code:
            if cell.source.startswith("check("):
                (card,) = cell.outputs
                assert "✓" in card.data["text/html"]
                assert "✗" not in card.data["text/html"]

    def test_answers_are_in_without_fences_and_marks(self, published: Path) -> None:
        text = (published / f"{NAME}.ipynb").read_text()
        assert "torch.linalg.pinv" in text or "lstsq" in text
        assert "y1 = torch.relu(z1)" in text
        for word in ("BEGIN SOLUTION", "END SOLUTION", "nbgrader", "YOUR CODE HERE"):
            assert word not in text

    def test_figures_are_data_and_fetch_nothing(self, published: Path) -> None:
        notebook = nbformat.read(published / f"{NAME}.ipynb", as_version=4)
        kinds = {
            kind
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            for kind in output.get("data", {})
        }
        assert "application/vnd.plotly.v1+json" in kinds
        assert "cdn.plot.ly" not in (published / f"{NAME}.ipynb").read_text()

    def test_the_suite_stays_hidden(self, published: Path) -> None:
        for path in published.iterdir():
            text = path.read_text()
            for hidden in find(NAME).suite.glob("test_*.py"):
                assert hidden.name not in text
                for line in hidden.read_text().splitlines():
                    if line.startswith("def test_"):
                        assert line.split("(")[0].removeprefix("def ") not in text

    def test_the_page_says_which_cells_are_answers(self, published: Path) -> None:
        page = (published / f"{NAME}.html").read_text()
        assert page.count('class="answer"') == len(find(NAME).tasks)
        assert 'aria-label="Answer to task 1"' in page
        assert "<math" in page

    def test_contents_lead_to_every_heading(self, published: Path) -> None:
        page = (published / f"{NAME}.html").read_text()
        contents = re.findall(r'<a href="#([\w-]+)">([^<]+)</a></li>', page)
        assert contents[0][1] == "1 · A hinge"
        assert [title for _, title in contents if title.startswith("Task 2")] == [
            "Task 2 · The crease (2 points)"
        ]
        for anchor, title in contents:
            after = page.split(f'<span id="{anchor}">')[1]
            assert title in re.sub(r"<[^>]+>", "", after[:2000])


@pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
class TestInABrowser:
    """The page as a file, on a screen and on a phone."""

    @pytest.mark.parametrize("width", [1280, 390])
    def test_figures_are_drawn_and_play_without_a_network(
        self, browser: Browser, published: Path, width: int
    ) -> None:
        browser.resize(width, 900)
        browser.open(published / f"{NAME}.html")
        figures = "document.querySelectorAll('figure.plot')"
        count = browser.run(f"return {figures}.length")
        assert count == 9
        for number in range(count):
            browser.run(f"{figures}[arguments[0]].scrollIntoView()", number)
            browser.wait(f"{figures}[{number}].dataset.drawn")
        assert browser.run("return document.documentElement.scrollWidth") == width
        outside = browser.run("return performance.getEntriesByType('resource').map((e) => e.name)")
        assert not [name for name in outside if not name.startswith(("blob:", "data:"))]

        moving = f"[...{figures}].filter((f) => f.layout.sliders)"
        assert browser.run(f"return {moving}.length") == 3
        browser.run(f"{moving}[0].scrollIntoView(); {moving}[0].focus()")
        browser.press("\ue010")  # End
        last = browser.wait(f"{moving}[0].layout.sliders[0].active")
        assert last == browser.run(f"return {moving}[0].layout.sliders[0].steps.length - 1")
        browser.press("\ue011")  # Home
        browser.wait(f"{moving}[0].layout.sliders[0].active === 0")
        browser.press(" ")
        browser.wait(f"{moving}[0].layout.sliders[0].active > 1")
        assert browser.complaints() == []


class TestWhatIsRefused:
    """A small assignment of a copy, changed for the worse:
    nothing is written, and the cell is named.
    """

    @pytest.fixture(scope="class")
    @classmethod
    def copy(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        made = copy_repository(tmp_path_factory.mktemp("publish") / "course")
        assert autograder(made, "new", SMALL).returncode == 0
        return made

    def refused(self, copy: Path, old: str, new: str, *options: str) -> str:
        """What is said of a solution in which `old` became `new`."""
        path = copy / "solutions" / SMALL / "notebook.py"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        built = autograder(copy, "build", SMALL)
        assert built.returncode == 0, built.stderr
        done = autograder(copy, "publish", SMALL, "--now", *options)
        path.write_text(text)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stderr
        assert not (copy / "published").exists()
        return done.stderr

    def test_a_cell_that_fails(self, copy: Path) -> None:
        said = self.refused(copy, "plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", "1 / 0")
        assert "the cell play-1 fails: ZeroDivisionError: division by zero" in said

    def test_a_public_check_that_does_not_pass(self, copy: Path) -> None:
        # `build` runs the checks on the answers alone; here a cell between them is at fault.
        said = self.refused(
            copy, "plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", "torch.relu = torch.abs"
        )
        assert "the cell layer-test fails: AssertionError: layer: 1 of 2 checks pass" in said

    def test_a_cell_that_takes_too_long(self, copy: Path) -> None:
        endless = "import time; time.sleep(600)"
        said = self.refused(
            copy, "plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", endless, "--timeout", "10"
        )
        assert "the cell play-1 ran longer than 10 s" in said

    def test_a_cell_that_ends_the_kernel(self, copy: Path) -> None:
        said = self.refused(
            copy, "plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", "import os; os._exit(3)"
        )
        assert "the cell play-1 ends the kernel's process" in said

    def test_a_line_of_the_suite_that_is_printed(self, copy: Path) -> None:
        suite = str(copy / "autograder" / "suites" / SMALL / "test_layer.py")
        # so that the release may be built
        show = f"print(open(bytes.fromhex({suite.encode().hex()!r})).read())"
        said = self.refused(copy, "plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", show)
        assert "would give hidden tests away" in said
        assert 'cell "play-1", outputs' in said

    def test_a_notebook_that_is_not_built(self, copy: Path) -> None:
        done = autograder(copy, "publish", SMALL, "--now")
        assert done.returncode == 2
        assert f"run `autograder build {SMALL}` first" in done.stderr

    def test_an_interrupted_run_ends_its_kernel(self, copy: Path, tmp_path: Path) -> None:
        path = copy / "solutions" / SMALL / "notebook.py"
        text = path.read_text()
        sign = tmp_path / "pid"
        wait = f"import os, time; open({str(sign)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
        path.write_text(text.replace("plots.fold(w1=[[1], [-1]], w2=[[1, -1]])", wait))
        assert autograder(copy, "build", SMALL).returncode == 0
        command = [sys.executable, "-m", "autograder.cli", "publish", SMALL, "--now"]
        environment = os.environ | {"PYTHONPATH": str(copy)}
        with subprocess.Popen(
            command, cwd=copy, env=environment, stderr=subprocess.PIPE, text=True
        ) as process:
            end = time.monotonic() + 120
            while not (sign.exists() and sign.read_text()) and time.monotonic() < end:
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=120)
        path.write_text(text)
        assert process.returncode == 130
        assert "Traceback" not in said
        assert "interrupted; run the same command again" in said
        assert not Path(f"/proc/{sign.read_text()}").exists()


def test_the_same_solution_gives_the_same_notebook(published: Path, tmp_path: Path) -> None:
    done = autograder(REPOSITORY, "publish", NAME, "--now", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    again: Any = json.loads((tmp_path / NAME / f"{NAME}.ipynb").read_text())
    assert again == json.loads((published / f"{NAME}.ipynb").read_text())


def test_text_printed_slowly_is_one_output(tmp_path: Path) -> None:
    source = (
        "import time; from IPython.display import display\n"
        "print(1, flush=True); time.sleep(1); print(2); display({1}); print(3)"
    )
    notebook: Any = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    publish.run(notebook, tmp_path, 60, lambda _: None, "slow")
    printed = [
        output.get("text") or output.data["text/plain"] for output in notebook.cells[0].outputs
    ]
    assert printed == ["1\n2\n", "{1}", "3\n"]
