"""What `autograder verify` says of a program that a suite judged wrongly."""

from __future__ import annotations

import pytest
from rich.console import Console

from autograder.authoring import bank, verify
from autograder.core.assignment import find
from autograder.core.jobs import Graded, Timing
from autograder.core.outcome import Provenance, Result, Status, TaskResult

A = find("01_relu_matrix")
BASIS = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")


def graded(name: str, lost: set[str], status: Status = "graded") -> Graded:
    tasks = [
        TaskResult(task.id, task.points, 0 if task.id in lost else task.points, [])
        for task in A.tasks
        if not task.manual
    ]
    result = Result(
        assignment=A.name, student=name, status=status, reason="The suite failed.",
        max_score=A.max_score, tasks=tasks, provenance=BASIS, seconds=0,
    )  # fmt: skip
    return Graded(result, None, Timing())


@pytest.mark.parametrize(
    ("lost", "status", "says"),
    [
        (set(), "graded", "rejected 1 of 2 wrong ones on exactly their tasks, 1 wrongly accepted;"),
        (
            {"z2"},
            "graded",
            "rejected 2 of 2 wrong ones on exactly their tasks, 0 wrongly accepted;",
        ),
        ({"z2", "y1"}, "graded", "0 wrongly accepted, 1 failing other tasks too;"),
        ({"y1"}, "graded", "1 wrongly accepted;"),
        (set(), "ungradable", "0 wrongly accepted, 1 not graded;"),
    ],
)
def test_how_a_wrong_program_was_judged(
    capsys: pytest.CaptureFixture[str], lost: set[str], status: Status, says: str
) -> None:
    program = next(one for one in bank.load(A) if one.fails == {"z2"})
    judged = verify._judge(graded(program.name, lost, status), program.fails, zero=False)
    wrong = {} if judged is None else {program.name: judged}
    sound = verify._print(Console(width=400), A, [program], wrong, 1)
    assert sound == (judged is None)
    assert says in capsys.readouterr().out
