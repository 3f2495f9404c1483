"""Build an assignment: from source to solution notebook, and from that to the release.

The release is made by nbgrader's own preprocessors. The same source gives the same bytes
everywhere, so the generated files can be committed, and `check=True` tells when they no longer
match their source.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import ValidationError

from autograder.authoring.check_release import check_checks, check_points
from autograder.authoring.leaks import find_leaks, listed
from autograder.authoring.release_steps import make_release
from autograder.authoring.source import Cell, Source, parse, read_text
from autograder.authoring.students_machine import check_imports, check_links
from autograder.core.assignment import REPOSITORY, Assignment, assignments
from autograder.core.errors import BuildError, UsageError
from autograder.core.files import write

_CACHES = {"__pycache__", ".ipynb_checkpoints"}  # neither committed nor copied by nbgrader


@dataclass(frozen=True)
class Change:
    """A generated file that isn't as the source says, or a file that doesn't belong."""

    path: Path
    kind: Literal["missing", "different", "stray"]


@dataclass(frozen=True)
class BuildReport:
    """What a build wrote or, when it was only to check, would have to write."""

    changes: tuple[Change, ...]


def build(assignment: str, repository: Path, *, check: bool) -> BuildReport:
    """Build an assignment's solution notebook and release; with `check`, only compare them.

    Raises BuildError, and writes nothing, when there is no such assignment, its source can't be
    read as one (see `source.parse`), a file in its directories doesn't belong, the release would
    give an answer away or asks for what students do not have, its points differ from one place to
    another, or its public checks fail on the solution or pass on a stub.
    """
    directory = repository / "solutions" / assignment
    if assignment not in (known := assignments(repository)):
        raise BuildError(
            f"there is no {directory / 'notebook.py'}; known: {', '.join(known) or 'none'}"
        )
    name = f"{assignment}.ipynb"
    for stray in _strays(directory, {"notebook.py", "checks.py", name}):
        raise BuildError(
            f"{stray}: nbgrader would copy this file into the release; move it elsewhere"
        )
    source = parse(directory / "notebook.py")
    checks = read_text(directory / "checks.py")
    _check_python(directory / "checks.py", checks)
    solution = solution_notebook(source)
    released = _release(source.path, solution)
    _check_stubs(source, released)
    notebook = _serialise(released)
    _refuse_leaks(notebook, checks, source, repository / "autograder" / "suites" / assignment)
    _refuse_disagreement(source, released)

    target = repository / "assignments" / assignment
    wanted = {
        directory / name: _serialise(solution).encode(),
        target / name: notebook.encode(),
        target / "checks.py": (directory / "checks.py").read_bytes(),
    }
    changes = [change for path, content in wanted.items() if (change := _compare(path, content))]
    strays = _strays(target, {name, "checks.py"})
    if check:
        changes += [Change(path, "stray") for path in strays]
    else:
        for stray in strays:
            raise BuildError(
                f"{stray}: a release holds {name} and checks.py only; remove this file"
            )
        for change in changes:
            write(change.path, wanted[change.path])
    return BuildReport(tuple(changes))


def require_built(assignment: Assignment) -> None:
    """Raise unless the release is what its source says and can be given to students.

    Raises:
        UsageError: a built file differs from its source.
        BuildError: see `build`.
    """
    name = assignment.name
    if build(name, assignment.repository, check=True).changes:
        raise UsageError(
            f"{assignment.release.parent} differs from its source; run `autograder build "
            f"{name}` first"
        )


def solution_notebook(source: Source) -> NotebookNode:
    """The source as a notebook (v4.5, nbgrader schema 3), the same on every machine."""
    metadata = {
        "kernelspec": {"display_name": "Python 3", "name": "python3"},
        "language_info": {"name": "python"},
    }
    cells = [_notebook_cell(cell) for cell in source.cells]
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata, nbformat_minor=5)


def _notebook_cell(cell: Cell) -> NotebookNode:
    new = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
    metadata: dict[str, dict[str, object]] = {}
    if cell.role not in ("play", "prose"):
        metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": cell.cell_id,
            "grade": cell.role in ("test", "manual"),
            "solution": cell.role in ("solution", "manual"),
            "locked": cell.role in ("test", "locked"),
            "task": False,
        }
    if cell.points is not None:
        metadata["nbgrader"]["points"] = cell.points
    return new(id=cell.cell_id, source=cell.source, metadata=metadata)


def _release(path: Path, solution: NotebookNode) -> NotebookNode:
    try:
        return make_release(solution)
    except (RuntimeError, ValidationError, nbformat.ValidationError) as error:
        raise BuildError(f"{path}: nbgrader does not accept the notebook: {error}") from error


def _serialise(notebook: NotebookNode) -> str:
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"


def _check_python(place: Path | str, text: str) -> None:
    try:
        compile(text, "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise BuildError(f"{place}: not valid Python ({error}); correct it") from error


def _check_stubs(source: Source, released: NotebookNode) -> None:
    """A stub in the middle of an expression, say, would greet the student with a SyntaxError."""
    for cell, stub in zip(source.cells, released.cells, strict=True):
        if cell.role == "solution":
            place = f"{source.path}:{cell.line}: the solution cell"
            _check_python(place, cell.source)
            _check_python(f"{place}, once its fenced lines are replaced by the stub", stub.source)


def _refuse_leaks(notebook: str, checks: str, source: Source, suite: Path) -> None:
    leaks = find_leaks(notebook, checks, source, suite)
    if leaks:
        intro = f"{source.path}: the release would give hidden lines away; reword or move them:"
        raise BuildError("\n".join([intro, *listed(leaks)]))


def _refuse_disagreement(source: Source, released: NotebookNode) -> None:
    """Raise where points disagree, students lack a file, or checks pass on a stub."""
    stubs = {
        cell.cell_id: str(stub.source)
        for cell, stub in zip(source.cells, released.cells, strict=True)
    }
    checks = source.path.parent / "checks.py"
    problems = check_points(source) + check_links(source) + check_imports(source, checks)
    problems += check_checks(source, checks, stubs, REPOSITORY, REPOSITORY / ".cache" / "releases")
    if problems:
        raise BuildError("\n".join(problems))


def _strays(directory: Path, allowed: set[str]) -> list[Path]:
    if not directory.is_dir():
        return []
    return sorted(path for path in directory.iterdir() if path.name not in allowed | _CACHES)


def _compare(path: Path, content: bytes) -> Change | None:
    if not path.is_file():
        return Change(path, "missing")
    return None if path.read_bytes() == content else Change(path, "different")
