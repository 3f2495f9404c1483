"""`count_parameters`: a number for a list of sizes."""

from __future__ import annotations

import itertools
from typing import Any

import calls_07
import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_counts"


def count(dims: list[int]) -> int:
    return sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(dims))


def judge(submission: Any, dims: Any, hint: str) -> None:
    # Without walls, a program could change a list that all runs of this process share.
    given = list(dims) if isinstance(dims, list) else dims
    found = expect.number(submission.count_parameters(given), what="count_parameters(dims)")
    if found != count(list(dims)):
        raise Mismatch(f"count_parameters(dims) is not the number of weights and biases: {hint}")


def draw(rng: torch.Generator, length: int, most: int) -> list[int]:
    """Different sizes, so that no two layers are equal by luck."""
    return (2 + torch.randperm(most - 2, generator=rng)[:length]).tolist()


@pytest.mark.task("count_parameters", weight=4)
@pytest.mark.parametrize("layers", [1, 2, 3, 5], ids=lambda n: f"{n}_layers")
def test_counts(submission: Any, rng: torch.Generator, layers: int) -> None:
    """Every layer counts, with a weight for each pair of units and a bias for each of its units."""
    hint = "one matrix and one row of biases between each size and the next"
    for _ in range(3):
        judge(submission, draw(rng, layers + 1, 300), hint)


@pytest.mark.task("count_parameters", weight=2)
@pytest.mark.parametrize(
    "dims",
    [[784, 32, 64, 128, 64, 10], [784, 512, 512, 10], [9, 8, 8, 8, 3], [3, 1, 1, 2], [1, 1]],
    ids=["four_hidden", "two_hidden", "equal_layers", "single_units", "smallest"],
)
def test_known_networks(submission: Any, dims: list[int]) -> None:
    """The networks of the lesson are counted right, and so are equal layers and single units."""
    judge(submission, dims, "does every layer have its biases?")


@pytest.mark.task("count_parameters", weight=0.5, needs=VALUES)
def test_counts_large_and_long(submission: Any, rng: torch.Generator) -> None:
    """Large layers are counted right, and networks of many layers."""
    judge(submission, [60_000, 50_001, 70_000], "is there a largest number?")
    judge(submission, 2 * draw(rng, 35, 50), "are there layers that are not counted?")


@pytest.mark.task("count_parameters", weight=0.5, needs=VALUES)
def test_counts_tuples_again(submission: Any, rng: torch.Generator) -> None:
    """The sizes may be a tuple, and an earlier call plays no part."""
    dims = draw(rng, 4, 90)
    judge(submission, dims, "every call counts anew")
    judge(submission, tuple(dims), "a tuple has the same sizes as a list")
    judge(submission, dims[1:], "every call counts anew")


@pytest.mark.task("count_parameters", weight=0.5, needs=VALUES)
def test_counting_leaves_dims_alone(submission: Any, rng: torch.Generator) -> None:
    """The list of sizes is as it was, so that a second call counts the same."""
    dims = draw(rng, 5, 90)
    kept = list(dims)
    found = submission.drive(calls_07.counted_twice, dims)
    told, after = expect.items(found, what="two counts", length=2)
    for one in expect.items(told, what="two counts", length=2):
        if expect.number(one, what="count_parameters(dims)") != count(kept):
            raise Mismatch("count_parameters(dims) is another number the second time")
    if after != kept:
        raise Mismatch("count_parameters changed its argument dims: work on a new list")
