"""Every correct program of a bank passes all public checks of its assignment."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache

import pytest

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Suite, notebook, run
from autograder.core.assignment import REPOSITORY, Assignment, assignments, find

CORRECT = [
    (assignment, program)
    for assignment in map(find, assignments())
    for program in bank.load(assignment)
    if not program.fails
]


@pytest.fixture(scope="module")
def checks_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Suite]:
    @cache
    def collected(name: str) -> Suite:
        folder = tmp_path_factory.mktemp(name)
        shutil.copy(REPOSITORY / "solutions" / name / "checks.py", folder / "test_checks.py")
        return Suite(folder)

    return collected


@pytest.mark.parametrize(
    ("assignment", "program"), CORRECT, ids=[f"{a.name[:2]}/{p.name}" for a, p in CORRECT]
)
def test_a_correct_program_passes_the_public_checks(
    checks_of: Callable[[str], Suite], assignment: Assignment, program: Program
) -> None:
    judged = run(checks_of(assignment.name), notebook(assignment, program), 0, None)
    assert judged.hints == {}
    assert judged.shares.keys() == {task.id for task in assignment.tasks if not task.manual}
