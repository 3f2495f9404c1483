"""`check_all()` in real kernels: what a fresh run of the saved notebook shows, and its receipt."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.core.assignment import assignments, find
from course_lib import _saved_notebook

CHECKS = '''
import pytest
from course_lib.expect import Mismatch

@pytest.mark.task("one")
def test_one(submission):
    """one is 1."""
    if submission.one != 1:
        raise Mismatch("one is not 1")

@pytest.mark.task("two")
def test_two(submission):
    """double(1) is 2."""
    if submission.double(1) != 2:
        raise Mismatch("double(1) is not 2")

@pytest.mark.task("two")
def test_two_of_zero(submission):
    """double(0) is 0."""
    assert submission.double(0) == 0
'''
IMPORT = "from course_lib import check, check_all"
ONE = "one = 1"
TWO = "def double(x):\n    return 2 * x"


@dataclass(frozen=True)
class Shown:
    """What `check_all` showed, as text and as HTML, and the SHA-256 of the file that it read."""

    text: str
    html: str
    sha256: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a student's."""
    (tmp_path / "checks.py").write_text(CHECKS)
    return tmp_path


def save(folder: Path, one: str, two: str = TWO, *more: str) -> Path:
    """Save a notebook of two tasks, each with its check, and with other cells at its top."""
    cells = [(source, "") for source in (IMPORT, *more)]
    cells += [
        (one, "one"),
        ('check("one")', "one-test"),
        (two, "two"),
        ('check("two")', "two-test"),
    ]
    notebook = nbformat.v4.new_notebook()
    for source, name in cells:
        mark = {"grade_id": name, "solution": not name.endswith("-test")} if name else {}
        made = nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark} if mark else {})
        notebook.cells.append(made)
    path = folder / "lesson.ipynb"
    nbformat.write(notebook, path)
    return path


def ask(path: Path, *cells: str, server: bool = True) -> list[Shown]:
    """Run cells in a kernel, as Jupyter's server starts it; what calls of `check_all` show."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in (IMPORT, *cells)]
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, allow_errors=True, resources=resources)
    session = {"JPY_SESSION_NAME": str(path)} if server else {}
    client.execute(env=os.environ | session)
    outputs = [cell.outputs for cell in notebook.cells if cell.source.startswith("check_all(")]
    return [_shown(one, path) for (one,) in outputs]


def _shown(output: nbformat.NotebookNode, path: Path) -> Shown:
    if output.output_type == "error":
        return Shown(f"{output.ename}: {output.evalue}", "", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Shown(output.data["text/plain"], output.data.get("text/html", ""), digest)


def test_a_right_notebook_with_magics_passes_and_has_its_receipt(folder: Path) -> None:
    path = save(
        folder, ONE, TWO, "%matplotlib inline\n%time a = 1", "!true", "open('note', 'w').write('')"
    )
    before = path.read_bytes()
    (shown,) = ask(path, ONE, TWO, "check_all()")
    assert "lesson.ipynb run from the top: 2 of 2 tasks pass their checks" in shown.text
    assert re.findall(r"✓ passed +(.*)", shown.text) == ["one: 1 of 1", "two: 2 of 2"]
    assert "do not run to their end" not in shown.text
    assert shown.sha256 in shown.text
    assert shown.sha256 in shown.html
    assert re.search(r"saved on \d{4}-\d\d-\d\d at \d\d:\d\d:\d\d", shown.text)
    assert path.read_bytes() == before
    assert sorted(file.name for file in folder.iterdir()) == ["checks.py", "lesson.ipynb"]


def test_a_written_answer_that_nobody_began_is_named(folder: Path) -> None:
    path = save(folder, ONE)
    notebook = nbformat.read(path, as_version=4)
    for name, text in (("why", "Because.\n"), ("how", "*Your answer here.*"), ("when", " ")):
        mark = {"grade_id": name, "solution": True, "grade": True}
        cell = nbformat.v4.new_markdown_cell(text, metadata={"nbgrader": mark})
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    (shown,) = ask(path, "check_all()")
    rows = shown.text.partition("Written answers, which a person grades:\n")[2]
    assert rows.splitlines()[:3] == [
        "  ✓ written     why",
        "  ✗ not yet     how",
        "  ✗ not yet     when",
    ]
    assert "2 of 2 tasks pass their checks" in shown.text


def test_in_a_release_nobody_began_a_written_answer() -> None:
    for assignment in map(find, assignments()):
        manual = [task.id for task in assignment.tasks if task.manual]
        saved = _saved_notebook.read(assignment.release, {})
        assert saved.written == dict.fromkeys(manual, False)


def test_what_only_the_kernel_knows_is_told_with_its_cell(folder: Path) -> None:
    path = save(folder, "one = first", "def double(x):\n    return factor * x", "1 / 0")
    (shown,) = ask(
        path,
        "first = 1",
        "one = first",
        "factor = 2",
        "def double(x): return factor * x",
        "check_all()",
    )
    lost = shown.text.partition("would be lost")[2].partition("do not run")[0]
    assert re.findall(r"✗ lost +(\w+)", lost) == ["one", "two"]
    assert "[3] (the cell of one), line 1: NameError: name 'first' is not defined" in lost
    assert "no cell defines first: was its cell changed or deleted?" in lost
    assert "name 'factor' is not defined" in lost, "what the check says where the cell ran"
    assert "[2] (1 / 0), line 1: ZeroDivisionError" in shown.text
    assert "0 of 2 tasks" in shown.text


def test_a_name_that_is_defined_further_down(folder: Path) -> None:
    path = save(folder, "one = int(later)", f"later = 1\n{TWO}")
    (shown,) = ask(path, "one, later = 1, 1", "check_all()")
    assert "later is defined further down, in [4] (the cell of two)" in shown.text


@pytest.mark.slow
def test_a_cell_that_hangs_and_one_that_ends_its_process_are_left_out(folder: Path) -> None:
    endless = "def double(x):\n    while True:\n        pass"
    path = save(folder, "while True:\n    pass", endless, "import os; os._exit(3)")
    (shown,) = ask(path, ONE, endless, "check_all(cell_seconds=5)")
    assert "0 of 2 tasks" in shown.text
    assert re.search(
        r"✗ lost +one\n +\[3\] \(the cell of one\): it ran longer than 5 s", shown.text
    )
    assert "[2] (import os; os._exit(3)): it ended the process (exit status 3)" in shown.text
    assert '[6] (check("two")): it ran longer than 5 s' in shown.text
    assert re.search(r"not reached +two", shown.text)


def test_the_time_of_the_whole_run(folder: Path) -> None:
    path = save(folder, "import time; time.sleep(600)")
    (shown,) = ask(path, ONE, TWO, "check_all(minutes=0.1)")
    assert "stopped     the run ended before the last cell" in shown.text
    assert re.search(r"not reached +one", shown.text)
    assert "would be lost" not in shown.text


def test_an_answer_that_is_not_written_yet_is_no_loss(folder: Path) -> None:
    path = save(folder, "raise NotImplementedError('one')", f"{TWO}\nraise NotImplementedError")
    (shown,) = ask(path, TWO, "check_all()")
    assert "✗ not yet     one: 0 of 1\n      `one` is not defined yet" in shown.text
    assert "was its cell changed or deleted" not in shown.text
    assert "do not run to their end" not in shown.text


def test_a_check_whose_cell_is_gone_and_a_notebook_that_asks_for_itself(folder: Path) -> None:
    path = save(folder, ONE, TWO, "check_all()")
    notebook = json.loads(path.read_text())
    notebook["cells"] = [c for c in notebook["cells"] if "".join(c["source"]) != 'check("two")']
    path.write_text(json.dumps(notebook))
    (shown,) = ask(path, "check_all()")
    assert re.search(r"✓ passed +two: 2 of 2", shown.text)
    assert "do not run to their end" not in shown.text


def test_which_notebook_it_is_asked_for_where_nobody_knows(folder: Path) -> None:
    path = save(folder, ONE)
    vs_code = f"__vsc_ipynb_file__ = {str(path)!r}"
    calls = ("check_all()", 'check_all("lesson.ipynb")', vs_code, "check_all()")
    said, named, known = ask(path, *calls, server=False)
    assert said.text.startswith(
        "FileNotFoundError: it is not known in which file this notebook is saved"
    )
    assert 'check_all("my_notebook.ipynb")' in said.text
    assert "2 of 2 tasks" in named.text
    assert "2 of 2 tasks" in known.text


def test_what_can_not_be_used_is_a_sentence(folder: Path) -> None:
    path = save(folder, ONE)
    (folder / "other.ipynb").write_text("{}")
    calls = ("check_all('none.ipynb')", "check_all('other.ipynb')", "check_all(minutes=0)")
    gone = "import os; os.remove('checks.py')"
    none, other, zero, alone = ask(path, *calls, gone, "check_all()")
    assert "there is no file none.ipynb" in none.text
    assert "other.ipynb is not a notebook" in other.text
    assert "must be above 0" in zero.text
    assert f"there is no checks.py in {folder}" in alone.text


def test_without_ipython(folder: Path) -> None:
    path = save(folder, ONE, TWO, "%matplotlib inline")
    blocked = "import sys\nsys.modules['IPython'] = None\n"
    (folder / "sitecustomize.py").write_text(blocked)  # of the fresh process, too
    program = f"{blocked}from course_lib import check_all\ncheck_all('lesson.ipynb')"
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=path.parent, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "2 of 2 tasks pass their checks" in done.stdout
    assert "[2] (%matplotlib inline), line 1: SyntaxError" in done.stdout
