"""`autograder demo`: a class of 24 made out of a bank, graded for real, and checked against what was to be expected."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder import bank
from autograder.console import grade_with_progress
from autograder.course import Assignment, Course, find
from autograder.errors import UsageError
from autograder.grade import Options
from autograder.outcome import Result, TestResult

ASSIGNMENT = "01_relu_matrix"
SEED = 1

HANG = "def two_layer(x, w1, b1, w2, b2):\n    while True:\n        pass\n\n\ndef relu(z):\n    return z.clamp(min=0)\n"
HANGING_CELL = "while True:\n    pass\n"
EXIT = "import os\n\n\ndef sign_scale(c, d):\n    os._exit(0)\n"
HUNGRY = "def best_linear_map(x, y):\n    hoard = []\n    while True:\n        hoard.append(bytearray(10_000_000))\n"
FORKING = (
    "import os\n\n\ndef activation_pattern(x, w1, b1):\n    while True:\n        os.fork()\n\n\n"
    "def count_regions(x, w1, b1):\n    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))\n"
)


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

    def member(what: str, cells: dict[str, str], loses: frozenset[str], *, reference: bool = True) -> Member:
        notebook = bank.submission(assignment, cells, reference=reference)
        return Member("", what, json.dumps(notebook).encode(), loses)

    made = [member("the model solution", {}, frozenset())]
    made += [member(f"correct: {p.path.stem}", p.cells, frozenset()) for p in accepted[:6]]
    made += [member(f"one mistake: {p.path.stem}", p.cells, p.fails) for p in rejected]
    made += [
        member("untouched", {}, automatic, reference=False),
        member("a function that loops for ever", {"two_layer": HANG}, frozenset({"two_layer"})),
        member("a cell that loops for ever", {"y1": HANGING_CELL}, frozenset({"y1", "z2"})),
        member("a function that ends the process", {"sign_scale": EXIT}, frozenset({"sign_scale"})),
        member("a function that takes all memory", {"best_linear": HUNGRY}, frozenset({"best_linear"})),
        member("a function that forks for ever", {"regions": FORKING}, frozenset({"regions"})),
        Member("", "a file that was cut short", json.dumps(bank.submission(assignment, {})).encode()[:5000], None),
        member(
            "a shell command, then the solution",
            {"z1": "!rm -rf / ~ 2>&1 | tail -1\nz1 = x @ w1.T"},
            frozenset(),
        ),
    ]
    return [Member(f"student{n:02}", m.what, m.notebook, m.loses) for n, m in enumerate(made, start=1)]


def hand_in(course: Course, assignment: Assignment, class_: list[Member]) -> None:
    """Write a class's submissions into a course directory."""
    for member in class_:
        path = course.submission(member.student, assignment.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.notebook)
        (path.parent / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC\n", encoding="utf-8")


def demo(directory: Path | None, jobs: int) -> bool:
    """Make the class, grade it, print a table; whether every outcome was the right one.

    Raises:
        UsageError: the directory has submissions already.
        SandboxError: the walls can't be put up.
    """
    console = Console(highlight=False)
    assignment = find(ASSIGNMENT)
    root = directory or Path(tempfile.mkdtemp(prefix="autograder-demo-"))
    if (root / "submitted").exists():
        raise UsageError(f"{root} has submissions already; name another directory, or none")
    course = Course(root.resolve())
    class_ = members(assignment)
    hand_in(course, assignment, class_)
    console.print(f"a class of {len(class_)} has handed in {assignment.name}; grading it on {jobs} cores")
    summary = grade_with_progress(course, assignment, Options(jobs=jobs, seed=SEED))
    wrong = [m for m in class_ if not _as_expected(m, summary.results[m.student], assignment)]
    console.print(_table(class_, summary.results))
    console.print(f"submissions   {course.root / 'submitted'}")
    console.print(f"results       {course.root / 'results' / assignment.name}")
    console.print(f"notebooks     {course.root / 'autograded'}")
    console.print(f"gradebook     {course.root / 'gradebook.db'} (try: cd {course.root} && nbgrader export)")
    for member in wrong:
        console.print(f"[red]not as expected:[/] {member.student} ({member.what})")
    console.print(f"{len(class_) - len(wrong)} of {len(class_)} outcomes are as expected")
    return not wrong


def _as_expected(member: Member, result: Result, assignment: Assignment) -> bool:
    if member.loses is None:
        return result.status == "rejected" and result.score is None
    lost = {task.id for task in result.tasks if task.score < task.points}
    kept = sum(t.points for t in assignment.tasks if not t.manual and t.id not in member.loses)
    return result.status == "graded" and lost == member.loses and result.score is not None and result.score >= kept


def _table(class_: list[Member], results: dict[str, Result]) -> Table:
    table = Table("student", "handed in", "score", "lost points in", title_justify="left")
    for member in class_:
        result = results[member.student]
        lost = [f"{t.id} ({_why(t.tests)})" for t in result.tasks if t.score < t.points]
        score = f"{result.score:g} / {result.max_score:g}" if result.score is not None else result.status
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
