"""`autograder demo`: make classes of 24 from the banks, grade them, check the outcomes."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.authoring import bank
from autograder.commands.grade_progress import grade_with_progress
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result, TestResult
from autograder.core.solution import model_cells
from autograder.feedback.write_pages import feedback_with_progress
from autograder.grading.grade_class import Options
from autograder.pipeline import record
from autograder.report.write_report import report

SEED = 1
MISTAKEN = "student08"
"""The first of the class whose program has one mistake."""

LOOPS = "    while True:\n        pass\n"
EXITS = "    import os\n    os._exit(0)\n"
HUNGRY = "    hoard = []\n    while True:\n        hoard.append(bytearray(10_000_000))\n"
FORKS = "    import os\n    while True:\n        os.fork()\n"
KINDS = {
    "loops for ever": LOOPS,
    "ends the process": EXITS,
    "takes all memory": HUNGRY,
    "forks for ever": FORKS,
}
"""Bodies of functions that break, and what each does."""


def broken(assignment: Assignment, task: str, body: str) -> dict[str, str]:
    """The model solution's cell of a task, with another body for the task's function."""
    return {
        task: f"{model_cells(assignment)[task]}\n\n\ndef {assignment.demo_functions[task]}(*_, "
        f"**__):\n{body}"
    }


@dataclass(frozen=True)
class Member:
    """One of the class: what was handed in, and what must come of it."""

    student: str
    what: str
    notebook: bytes
    loses: frozenset[str] | None
    """The tasks that can't have full points; None: the submission is rejected."""


def members(assignment: Assignment) -> list[Member]:
    """The class of 24, the same every time."""
    programs = bank.load(assignment)
    accepted = [p for p in programs if not p.fails]
    rejected = _spread([p for p in programs if p.fails], 9)
    automatic = frozenset(task.id for task in assignment.tasks if not task.manual)

    def member(
        what: str, cells: dict[str, str], loses: frozenset[str], *, reference: bool = True
    ) -> Member:
        notebook = bank.submission(assignment, cells, reference=reference)
        return Member("", what, json.dumps(notebook).encode(), loses)

    made = [member("the model solution", {}, frozenset())]
    made += [member(f"correct: {p.path.stem}", p.cells, frozenset()) for p in accepted[:6]]
    made += [member(f"one mistake: {p.path.stem}", p.cells, p.fails) for p in rejected]
    leaves = itertools.cycle(assignment.demo_functions)
    made.append(member("untouched", {}, automatic, reference=False))
    for what, body in KINDS.items():
        task = next(leaves)
        made.append(
            member(f"a function that {what}", broken(assignment, task, body), frozenset({task}))
        )
    first, task = assignment.tasks[0].id, next(leaves)
    shell = {first: f"!rm -rf / ~ 2>&1 | tail -1\n{model_cells(assignment)[first]}"}
    made += [
        member("a cell that loops for ever", {task: "while True:\n    pass\n"}, frozenset({task})),
        Member(
            "",
            "a file that was cut short",
            json.dumps(bank.submission(assignment, {})).encode()[:5000],
            None,
        ),
        member("a shell command, then the solution", shell, frozenset()),
    ]
    return [
        Member(f"student{n:02}", m.what, m.notebook, m.loses) for n, m in enumerate(made, start=1)
    ]


def hand_in(course: Course, assignment: Assignment, class_: list[Member]) -> None:
    """Write a class's submissions into a course directory."""
    for member in class_:
        path = course.submission(member.student, assignment.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.notebook)
        (path.parent / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC\n", encoding="utf-8")


def demo(names: list[str], directory: Path | None, jobs: int, device: str = "cpu") -> bool:
    """Make and grade a class for each assignment; return whether all went as expected.

    Args:
        device: of the tests' tensors, "cpu" or "cuda".

    Raises:
        UsageError: an assignment has no class of this kind, or the directory has submissions
            already.
        SandboxError: the walls can't be put up.
    """
    console = Console(highlight=False)
    if unknown := [name for name in names if not find(name).demo_functions]:
        raise UsageError(
            f"there is no demo for {', '.join(unknown)}: its suite.toml has no table [demo]"
        )
    root = directory or Path(tempfile.mkdtemp(prefix="autograder-demo-"))
    if (root / "submitted").exists():
        raise UsageError(f"{root} has submissions already; name another --directory or none")
    course = Course(root.resolve())
    options = Options(jobs=jobs, seed=SEED, device=device)
    fine = [_demo(console, course, find(name), options) for name in names]
    with Console(stderr=True).status("writing the report and the feedback pages"):
        for name in names:
            _write_pages(course, find(name), jobs)
    _say_where(console, course, names)
    return all(fine)


def _write_pages(course: Course, assignment: Assignment, jobs: int) -> None:
    with contextlib.redirect_stdout(io.StringIO()):  # the list at the end says where they are
        report(course, assignment, None, jobs, with_bank=False)
        feedback_with_progress(course, assignment, (), force=False, jobs=jobs, with_bank=False)


def _say_where(console: Console, course: Course, names: list[str]) -> None:
    root = course.root
    places = [
        ("submissions", root / "submitted"),
        ("results", root / "results"),
        ("gradebook", root / "gradebook.db"),
    ]
    places += [("report", root / "reports" / f"{name}.html") for name in names]
    places += [("a student's page", course.feedback(MISTAKEN, name)) for name in names]
    for label, path in places:
        console.print(f"{label:<18}{escape(str(path))}", soft_wrap=True)
    at = shlex.quote(str(root))
    console.print(
        f"next              nbgrader in this course: cd {escape(at)} && nbgrader export",
        soft_wrap=True,
    )


def _demo(console: Console, course: Course, assignment: Assignment, options: Options) -> bool:
    class_ = members(assignment)
    hand_in(course, assignment, class_)
    console.print(
        f"a class of {len(class_)} has handed in {assignment.name}; grading it, {options.jobs} "
        "at a time"
    )
    grade_with_progress(course, assignment, options)
    found = {m.student: record.read(course, m.student, assignment.name) for m in class_}
    results = {student: result for student, result in found.items() if result is not None}
    wrong = [m for m in class_ if not _as_expected(m, results[m.student], assignment)]
    console.print(_table(class_, results))
    for member in wrong:
        console.print(f"[red]not as expected:[/] {member.student} ({member.what})")
    console.print(f"{len(class_) - len(wrong)} of {len(class_)} outcomes are as expected")
    return not wrong


def _as_expected(member: Member, result: Result, assignment: Assignment) -> bool:
    if member.loses is None:
        return result.status == "rejected" and result.score is None
    lost = {task.id for task in result.tasks if task.score < task.points}
    kept = sum(t.points for t in assignment.tasks if not t.manual and t.id not in member.loses)
    return (
        result.status == "graded"
        and lost == member.loses
        and result.score is not None
        and result.score >= kept
    )


def _table(class_: list[Member], results: dict[str, Result]) -> Table:
    table = Table("student", "handed in", "score", "lost points in", title_justify="left")
    for member in class_:
        result = results[member.student]
        lost = [f"{t.id} ({_why(t.tests)})" for t in result.tasks if t.score < t.points]
        score = (
            f"{result.score:g} / {result.max_score:g}"
            if result.score is not None
            else result.status
        )
        everything = len(lost) == len(result.tasks) > 1
        text = "everything" if everything else ", ".join(lost) or (result.reason or "")
        table.add_row(member.student, escape(member.what), score, escape(text))
    return table


def _why(tests: list[TestResult]) -> str:
    outcomes = [test.outcome for test in tests if test.outcome != "passed"]
    return max(sorted(set(outcomes)), key=outcomes.count).replace("_", " ")


def _spread(programs: list[bank.Program], count: int) -> list[bank.Program]:
    """Some of them, evenly from first to last."""
    return [programs[n * len(programs) // count] for n in range(count)]
