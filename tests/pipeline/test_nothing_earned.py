"""What says nothing earns nothing: functions without an answer
get no point of any task, whatever they keep intact.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterator

import pytest

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import Assignment, assignments, find
from autograder.core.jobs import Job, setup_of
from autograder.core.outcome import Result
from autograder.core.solution import model_cells
from autograder.grading.pool import Pool

ANSWERS = {
    "none": "None",
    "nan": "args[0] * float('nan') if args else float('nan')",
    "zeros": "args[0] * 0 if args else 0.0",
    "first_argument": "args[0]",
    "raises": "1 / 0",
}
VALUES = {
    "none": "None",
    "nan": "float('nan')",
    "zeros": "'zeros'",
    "first_argument": "print",
    "raises": "1 / 0",
}
"""Of a task that asks for a value; 0 is the right one of some."""


def empty(source: str, answer: str) -> str:
    """The names that a solution's cell defines, defined so that they say nothing."""
    lines = ["import torch", "from torch import nn"]
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            lines.append(f"def {node.name}(*args, **options):\n    return {ANSWERS[answer]}")
        elif isinstance(node, ast.ClassDef):
            lines.append(
                f"class {node.name}(nn.Module):\n"
                "    def __init__(self, *sizes, **options):\n        super().__init__()\n"
                "        self.weight = nn.Parameter(torch.ones(1))\n"
                f"    def forward(self, *args):\n        return {ANSWERS[answer]}"
            )
        elif isinstance(node, ast.Assign):
            targets = [n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)]
            lines += [f"{name} = {VALUES[answer]}" for name in targets]
    return "\n".join(lines)


@pytest.fixture(scope="module", params=assignments())
def grade(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[Assignment, Callable[[dict[str, str], bool], Result]]]:
    assignment = find(request.param)
    with Pool(setup_of(assignment, limits.load(assignment)), 1) as pool:

        def one(cells: dict[str, str], reference: bool) -> Result:
            data = json.dumps(bank.submission(assignment, cells, reference=reference)).encode()
            return next(
                pool.run([Job("ada", data, hashlib.sha256(data).hexdigest(), seed=3)])
            ).result

        yield assignment, one


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_no_task_gives_a_point_for_nothing(
    grade: tuple[Assignment, Callable[[dict[str, str], bool], Result]], answer: str
) -> None:
    assignment, one = grade
    automatic = {task.id for task in assignment.tasks if not task.manual}
    cells = {
        name: empty(source, answer)
        for name, source in model_cells(assignment).items()
        if name in automatic
    }
    result = one(cells, True)
    assert result.status == "graded", result.reason
    assert {task.id: task.score for task in result.tasks if task.score} == {}


def test_the_untouched_release_gets_nothing(
    grade: tuple[Assignment, Callable[[dict[str, str], bool], Result]],
) -> None:
    _, one = grade
    result = one({}, False)
    assert (result.status, result.score) == ("graded", 0.0)
    hints = {test.hint for task in result.tasks for test in task.tests}
    assert [hint for hint in hints if hint and "as it was released" in hint]
