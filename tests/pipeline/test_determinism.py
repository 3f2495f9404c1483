"""The same submission, suite and seed give the same result,
whatever ran before it, beside it or in which worker.
"""

from __future__ import annotations

import hashlib
import json
import os
import random

import msgspec
import pytest

from autograder.authoring import bank
from autograder.commands import demo_class
from autograder.core import limits
from autograder.core.assignment import assignments, find
from autograder.core.jobs import Graded, Job, setup_of
from autograder.core.outcome import Result
from autograder.core.solution import model_cells
from autograder.grading.pool import Pool

pytestmark = pytest.mark.slow

SEED = 11
ALONE = int(os.environ.get("ALONE", "2"))
"""Programs of each bank that are graded alone too; 0 for all, which takes more than an hour."""


def a_job(student: str, data: bytes) -> Job:
    return Job(student, data, hashlib.sha256(data).hexdigest(), SEED)


def grade(name: str, todo: list[Job], workers: int) -> dict[str, Graded]:
    setup = setup_of(find(name), limits.load(find(name)))
    with Pool(setup, workers) as pool:
        return {graded.result.student: graded for graded in pool.run(todo)}


def without_times(result: Result) -> bytes:
    """A result as it is recorded, without its author and the seconds that everything took."""
    found = json.loads(msgspec.json.encode(result))
    assert found.pop("seconds") > 0
    del found["student"]
    for task in found["tasks"]:
        for test in task["tests"]:
            del test["seconds"]
    return json.dumps(found, sort_keys=True).encode()


def hand_in(name: str, cells: dict[str, str]) -> bytes:
    return json.dumps(bank.submission(find(name), cells)).encode()


@pytest.mark.parametrize("name", ["01_relu_matrix", "04_quadratic_practice"])
def test_fifty_gradings_of_one_submission_are_the_same(name: str) -> None:
    """Half of them by two workers, shuffled among others that
    leave behind what they can; half by one, later.
    """
    assignment = find(name)
    wrong = [program for program in bank.load(assignment) if program.fails]
    leaf = next(iter(assignment.demo_functions))
    unruly = (
        "import "
        "torch\ntorch.manual_seed(0)\ntorch.set_default_dtype(torch.float64)\ntorch.set_num_threads(2)"
    )
    others = [demo_class.broken(assignment, leaf, demo_class.EXITS), {leaf: unruly}, wrong[1].cells]
    data = hand_in(name, wrong[0].cells)
    same = [a_job(f"same{n:02}", data) for n in range(50)]
    mixed = same[:25] + [a_job(f"other{n}", hand_in(name, cells)) for n, cells in enumerate(others)]
    random.Random(1).shuffle(mixed)
    by_two = grade(name, mixed, workers=2)
    by_one = grade(name, same[:24:-1], workers=1)
    runs = [graded for who, graded in (by_two | by_one).items() if who.startswith("same")]
    assert len(runs) == 50
    assert {graded.result.status for graded in runs} == {"graded"}
    assert len({without_times(graded.result) for graded in runs}) == 1
    assert len({graded.notebook for graded in runs}) == 1, "the graded notebooks differ"
    lost = {task.id for task in runs[0].result.tasks if task.score < task.points}
    assert lost == wrong[0].fails


@pytest.mark.parametrize("name", assignments())
def test_who_is_graded_in_a_class_has_the_result_of_a_grading_alone(name: str) -> None:
    """Alone, it has a sandbox, a worker and a collected suite to itself."""
    programs = bank.load(find(name))
    chosen = random.Random(SEED).sample(programs, ALONE or len(programs))
    handed_in = {
        program.name: json.dumps(bank.submission(find(name), program.cells, play=False)).encode()
        for program in chosen
    }
    todo = [a_job(student, data) for student, data in handed_in.items()]
    together = grade(name, todo, workers=2)
    for job in todo:
        alone = grade(name, [job], workers=1)[job.student]
        in_class = together[job.student]
        assert without_times(in_class.result) == without_times(alone.result), job.student


def test_it_is_the_seed_that_decides() -> None:
    """A function that raises one thing or another by a digest of
    its hidden input tells seeds apart.
    """
    name = "01_relu_matrix"
    told = (
        "\nimport hashlib\ndef two_layer(*given):\n"
        "    digest = hashlib.sha256(repr(given[0].tolist()).encode()).digest()\n"
        "    raise (ValueError if digest[0] % 2 else KeyError)\n"
    )
    data = hand_in(name, {"two_layer": model_cells(find(name))["two_layer"] + told})
    seeds = [1, 2, 3, 4, 5, 1, 2]
    todo = [
        msgspec.structs.replace(a_job(f"s{n}", data), seed=seed) for n, seed in enumerate(seeds)
    ]
    graded = grade(name, todo, workers=2)
    hints = [
        [
            test.hint
            for task in graded[f"s{n}"].result.tasks
            for test in task.tests
            if task.id == "two_layer"
        ]
        for n in range(len(seeds))
    ]
    assert (hints[5], hints[6]) == (hints[0], hints[1])
    assert len({str(found) for found in hints}) > 1
