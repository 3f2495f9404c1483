"""`activation_pattern` and `count_regions`, on whole numbers where an exact 0 is meant."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

PATTERN = "activation_pattern(x, w1, b1)"
COUNT = "count_regions(x, w1, b1)"
Layer = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def draw(
    rng: torch.Generator,
    device: torch.device,
    sizes: tuple[int, int, int],
    dtype: torch.dtype = torch.float64,
) -> Layer:
    """Random x, w1 and b1 for (samples, inputs, hidden units)."""
    n, inputs, hidden = sizes
    x, w1, b1 = (
        torch.randn(shape, generator=rng, dtype=torch.float64).to(device, dtype)
        for shape in ((n, inputs), (hidden, inputs), (hidden,))
    )
    return x, w1, b1


def whole_numbers(rng: torch.Generator, device: torch.device) -> Layer:
    """Small whole numbers, so that some pre-activations are exactly 0; the first sample's all are."""
    x, w1 = (torch.randint(-2, 3, shape, generator=rng).double() for shape in ((12, 3), (4, 3)))
    b1 = -(w1 @ x[0])
    return x.to(device), w1.to(device), b1.to(device)


def pattern(x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor) -> torch.Tensor:
    return x.double() @ w1.double().T + b1.double() > 0


def check_pattern(submission: Any, layer: Layer, hint: str) -> None:
    result = submission.activation_pattern(*(value.clone() for value in layer))
    expected = pattern(*layer)
    expect.tensor(result, what=PATTERN, shape=tuple(expected.shape), device=layer[0].device)
    expect.equal(result, expected, what=PATTERN, hint=hint)


def check_count(submission: Any, layer: Layer, hint: str) -> None:
    found = expect.integer(submission.count_regions(*(value.clone() for value in layer)), what=COUNT)
    if found != len({tuple(row) for row in pattern(*layer).tolist()}):
        raise Mismatch(f"{COUNT} is wrong: {hint}")


@pytest.mark.task("regions")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_pattern(submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype) -> None:
    """The pattern says, as a bool, which hidden units are on for each sample."""
    check_pattern(submission, draw(rng, device, (40, 3, 5), dtype), "look at the transpose of w1 and at b1")


@pytest.mark.task("regions")
def test_pattern_of_one_sample(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A single sample still gives a matrix, with one row."""
    check_pattern(submission, draw(rng, device, (1, 2, 6)), "look at the transpose of w1 and at b1")


@pytest.mark.task("regions")
def test_pattern_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A unit whose pre-activation is exactly 0 is off."""
    check_pattern(submission, whole_numbers(rng, device), "a unit is on only above 0")


@pytest.mark.task("regions")
def test_count(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The count is the number of different patterns among the samples."""
    layer = draw(rng, device, (60, 2, 3))
    check_count(submission, layer, "a pattern counts once, however many samples have it and wherever they stand")


@pytest.mark.task("regions")
def test_count_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A sample on every unit's boundary belongs to the region where all units are off."""
    low, high = -torch.rand(2, generator=rng) - 0.5, torch.rand(2, generator=rng) + 0.5
    x = torch.tensor([[0.0, 0.0], [low[0], low[1]], [high[0], low[1]]], dtype=torch.float64, device=device)
    # Without a bias the origin is on both boundaries, which are the axes.
    w1 = torch.diag(high).to(x)
    check_count(submission, (x, w1, torch.zeros_like(w1[0])), "a unit is on only above 0")


@pytest.mark.task("regions")
def test_count_of_equal_samples(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Equal samples lie in the same region, however many there are."""
    x, w1, b1 = draw(rng, device, (1, 3, 4))
    # Without a bias opposite samples have opposite patterns.
    layer = (torch.cat([x, -x]).repeat_interleave(4, dim=0), w1, torch.zeros_like(b1))
    check_count(submission, layer, "are rows counted instead of patterns?")


@pytest.mark.task("regions")
def test_count_of_alternating_samples(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Going to and fro between regions does not make them more."""
    x, w1, b1 = draw(rng, device, (3, 3, 5))
    layer = (torch.cat([x, -x]).repeat(3, 1), w1, torch.zeros_like(b1))
    check_count(submission, layer, "equal patterns must be found wherever they stand")


@pytest.mark.task("regions")
def test_count_which_units_are_on(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Patterns with the same number of active units are still different patterns."""
    size = float(torch.rand(1, generator=rng)) + 0.5
    identity = torch.eye(5, dtype=torch.float64, device=device)
    layer = (size * identity, identity, torch.full_like(identity[0], -size / 2))
    check_count(submission, layer, "compare which units are on, not how many")


@pytest.mark.task("regions")
def test_count_with_many_units(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Patterns of forty units that differ in the first or in the last unit alone are different."""
    x, w1, _ = draw(rng, device, (1, 3, 40))
    # Two more inputs, which the first and the last unit alone look at; their neighbours are always on, the
    # other units never.
    sides = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64, device=device)
    extra = torch.zeros(40, 2, dtype=torch.float64, device=device)
    extra[0, 0] = extra[39, 1] = 1e3
    b1 = torch.full_like(extra[:, 0], -1e3)
    b1[[0, 39]], b1[[1, 38]] = 0.0, 1e3
    layer = (torch.cat([x.expand(3, 3), sides], dim=1), torch.cat([w1, extra], dim=1), b1)
    check_count(submission, layer, "is a pattern packed into too small a number?")
