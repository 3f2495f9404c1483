"""Make a course for stock nbgrader with the same hidden tests, and read the scores it gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.outcome import Result

EXPLAINED = {
    (
        "reject/two_layer_transposes_in_place",
        "two_layer",
    ): "an argument whose shape is changed in place changes on the "
    "student's side alone, and its gradient then has another shape than the test's own",
}
"""Known reasons for which the engine's score is not stock nbgrader's, by program and task."""

BIN = Path(sys.executable).parent

TEST_CELL = """\
### BEGIN HIDDEN TESTS
def _score():
    import json, pathlib, tempfile
    from course_lib.suites import run_suite

    files = {files!r}
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            pathlib.Path(directory, name).write_text(text)
        reports = run_suite(directory, globals(), task={task!r}, seed={seed})
    print(json.dumps({{report.name: [report.outcome, report.hint] for report in reports}}))
    passed = sum(report.weight for report in reports if report.outcome == "passed")
    return {points} * passed / sum(report.weight for report in reports)


_score()
### END HIDDEN TESTS"""
"""A hidden test cell. nbgrader takes the last line's value for
the score; what is printed is for `outcomes`.
"""


def command(name: str, assignment: Assignment) -> list[str]:
    """An nbgrader command for the assignment."""
    return [str(BIN / "nbgrader"), name, assignment.name]


def environment(root: Path) -> dict[str, str]:
    """The environment for nbgrader: alembic and the kernel on PATH, nobody's own settings."""
    return os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        # as in the engine's sandbox; the default adds 4 MB to each notebook
        "PLOTLY_RENDERER": "plotly_mimetype",
        "JUPYTER_CONFIG_DIR": str(root / ".jupyter"),
        "IPYTHONDIR": str(root / ".ipython"),
    }


def make_course(root: Path, assignment: Assignment, class_: list[Member], seed: int) -> None:
    """A course directory as nbgrader's documentation has it,
    released by nbgrader itself, with the class handed in.

    Raises:
        SystemExit: nbgrader could not make the release.
    """
    name = f"{assignment.name}.ipynb"
    notebook = json.loads((assignment.source / name).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("grade") and not mark["solution"]:
            cell["source"] = test_cell(
                assignment, mark["grade_id"].removesuffix("-test"), mark["points"], seed
            )
    source = root / "source" / assignment.name / name
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(notebook), encoding="utf-8")
    (root / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
    )
    made = subprocess.run(
        command("generate_assignment", assignment),
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise SystemExit(f"nbgrader generate_assignment failed:\n{made.stderr}")
    hand_in(Course(root), assignment, class_)


def test_cell(assignment: Assignment, task: str, points: float, seed: int) -> str:
    """The hidden tests of a task as one cell."""
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(assignment.suite.glob("*.py"))
    }
    files = {
        n: text
        for n, text in texts.items()
        if not n.startswith("test_") or f'mark.task("{task}"' in text
    }
    return TEST_CELL.format(files=files, task=task, seed=seed, points=float(points))


def scores(
    root: Path, assignment: Assignment, class_: list[Member]
) -> dict[tuple[str, str], float]:
    """The automatic score of every student and task, out of nbgrader's database."""
    name, tasks = assignment.name, [task.id for task in assignment.tasks if not task.manual]
    with Gradebook(f"sqlite:///{root}/gradebook.db") as gradebook:
        return {
            (member.student, task): gradebook.find_grade(
                f"{task}-test", name, name, member.student
            ).auto_score
            for member in class_
            for task in tasks
        }


def outcomes(root: Path, assignment: Assignment, student: str, task: str) -> dict[str, str]:
    """What became of each test, as the test cell of the graded notebook printed it."""
    path = Course(root).autograded(student, assignment.name)
    cells: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == f"{task}-test":
            for output in cell["outputs"]:
                if output.get("name") == "stdout":
                    found = json.loads("".join(output["text"]))
                    return {
                        name: f"{outcome}: {hint}" if hint else outcome
                        for name, (outcome, hint) in found.items()
                    }
            return {"the cell": json.dumps(cell["outputs"])[:300]}
    return {}


@dataclass(frozen=True)
class Difference:
    """A task whose score by the engine is not stock nbgrader's:
    the known reason, if any, and what to print.
    """

    reason: str | None
    lines: list[str]


def differences(
    root: Path,
    theirs: dict[tuple[str, str], float],
    ours: dict[str, Result],
    assignment: Assignment,
    class_: list[Member],
) -> Iterator[Difference]:
    """Every difference between the engine's results and stock nbgrader's scores, test by test."""
    programs = {member.student: member.what for member in class_}
    for (student, task), score in theirs.items():
        result = ours[student]
        found = next((t for t in result.tasks if t.id == task), None)
        if found is not None and abs(found.score - score) < 1e-6:
            continue
        reason = EXPLAINED.get((programs[student], task))
        lines = [
            f"  - {programs[student]}, {task}: engine {found.score if found else result.reason}, "
            f"stock {score:g}: {reason or 'not explained'}"
        ]
        other = outcomes(root, assignment, student, task)
        tests = (
            [t for t in found.tests if (t.outcome == "passed") != (other.get(t.name) == "passed")]
            if found
            else []
        )
        lines += [
            f"    - {t.name}: engine {t.outcome}: {t.hint}; stock {other.get(t.name)}"
            for t in tests[:3]
        ]
        lines += [f"    - and {len(tests) - 3} more tests"] if len(tests) > 3 else []
        yield Difference(reason, lines)
