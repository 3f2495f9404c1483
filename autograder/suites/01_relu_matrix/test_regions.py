"""`activation_pattern` and `count_regions`, on whole numbers where an exact 0 is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from regions_01 import FORMS, Layer, draw, pattern, stripes, whole_numbers

from course_lib import drivers, expect
from course_lib.expect import Mismatch

PATTERN = "activation_pattern(x, w1, b1)"
COUNT = "count_regions(x, w1, b1)"
LOOK = "look at the transpose of w1 and at b1"
ROUNDED = "is there a threshold, or is something rounded?"
ONCE = "a pattern counts once, however many samples have it and wherever they stand"


SIZES = {
    "one_sample": (1, 2, 6),
    "one_unit": (9, 3, 1),
    "all_one": (1, 1, 1),
    "one_input": (8, 1, 5),
    "square_pattern": (6, 4, 6),
    "square": (5, 5, 5),
    "many_units": (3, 4, 131),
    "many_inputs": (7, 40, 5),
    "many_samples": (1031, 2, 3),
}
"""Numbers of samples, inputs and hidden units."""


def check_pattern(submission: Any, layer: Layer, hint: str) -> None:
    result = submission.activation_pattern(*(value.clone() for value in layer))
    expected = pattern(*layer)
    expect.tensor(result, what=PATTERN, shape=tuple(expected.shape), device=layer[0].device)
    expect.equal(result, expected, what=PATTERN, hint=hint)


def check_count(submission: Any, layer: Layer, hint: str) -> None:
    check_number(submission.count_regions(*(value.clone() for value in layer)), layer, hint)


def check_number(result: object, layer: Layer, hint: str) -> None:
    found = expect.integer(result, what=COUNT)
    if found != len({tuple(row) for row in pattern(*layer).tolist()}):
        raise Mismatch(f"{COUNT} is wrong: {hint}")


@pytest.mark.task("regions", weight=3)
def test_pattern(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The pattern says, as a bool, which hidden units are on for each sample."""
    check_pattern(submission, draw(rng, device, (9, 3, 5), torch.float32), LOOK)


@pytest.mark.task("regions", weight=2, needs="test_pattern")
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_pattern_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The pattern is a matrix for any sizes, with one row per
    sample and one column per unit, in float64 too.
    """
    check_pattern(
        submission, draw(rng, device, sizes), "is a size fixed, or a dimension of size 1 lost?"
    )


@pytest.mark.task("regions", weight=0.5, needs="test_pattern")
@pytest.mark.parametrize("scale", [1.0, 1e5], ids=["transposed", "large"])
def test_pattern_of_views(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """The pattern is the same for large numbers, and for views
    whose entries do not lie in memory row by row.
    """
    x, w1, b1 = (scale * value for value in draw(rng, device, (9, 3, 5)))
    result = submission.activation_pattern(x.T.contiguous().T, w1.T.contiguous().T, scale * b1)
    expected = pattern(x, w1, scale * b1)
    expect.tensor(result, what=PATTERN, shape=tuple(expected.shape), device=x.device)
    expect.equal(result, expected, what=PATTERN, hint=LOOK)


@pytest.mark.task("regions", weight=2, needs="test_pattern")
def test_pattern_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A unit whose pre-activation is exactly 0 is off."""
    check_pattern(submission, whole_numbers(rng, device), "a unit is on only above 0")


@pytest.mark.task("regions", needs="test_pattern")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_pattern_near_zero(
    submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype
) -> None:
    """However small it is, a pre-activation above 0 switches a
    unit on and one below 0 leaves it off.
    """
    steps = 2.0 ** -torch.tensor([2, 3, 4, 7, 10, 13, 17, 20, 23 if dtype == torch.float32 else 40])
    factor = 2.0 ** -int(torch.randint(0, 3, (1,), generator=rng))
    # Sums of powers of 2 are exact in any order.
    x = torch.tensor([[factor], [-factor]], dtype=torch.float64)
    w1 = torch.ones(len(steps), 1, dtype=torch.float64)
    for sign in (1, -1):
        b1 = -factor + sign * steps.double()
        layer = tuple(value.to(device, dtype) for value in (x, w1, b1))
        check_pattern(submission, layer, ROUNDED)  # type: ignore[arg-type]
        tiny = (x * 1e-30, torch.cat([w1, -w1]), torch.zeros(2 * len(w1), dtype=torch.float64))
        layer = tuple(value.to(device, dtype) for value in tiny)
        check_pattern(submission, layer, ROUNDED)  # type: ignore[arg-type]


@pytest.mark.task("regions", needs="test_pattern")
def test_pattern_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """activation_pattern leaves all three arguments as they were."""
    layer = draw(rng, device, (9, 3, 5))
    given = tuple(value.clone() for value in layer)
    result = submission.activation_pattern(*given)
    for name, before, after in zip(("x", "w1", "b1"), layer, given, strict=True):
        expect.unchanged(before, after, what=name)
    expect.equal(result, pattern(*layer), what=PATTERN, hint=LOOK)
    if submission.drive(drivers.flags_after, "activation_pattern", False, *layer) != [False] * 4:
        raise Mismatch("the call changed requires_grad or .grad of an argument")


@pytest.mark.task("regions", weight=0.5, needs="test_pattern")
def test_pattern_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The pattern depends on the arguments alone, not on earlier calls."""
    for sizes in ((9, 3, 5), (9, 3, 5), (7, 2, 4), (9, 3, 5)):
        layer = draw(rng, device, sizes)
        check_pattern(submission, layer, "is something of an earlier call kept?")
    x, w1, b1 = layer
    # Every pre-activation changes its sign.
    calls = submission.drive(drivers.around_a_step, "activation_pattern", [-1.0, 1.0, -1.0], *layer)
    for found, now in zip(
        expect.items(calls, what="two calls", length=2), (layer, (-x, w1, -b1)), strict=True
    ):
        expect.equal(
            found,
            pattern(*now),
            what=PATTERN,
            hint="is a result kept for tensors that look the same?",
        )


@pytest.mark.task("regions", weight=3)
def test_count(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The count is the number of different patterns among the samples."""
    check_count(submission, stripes(rng, device, 6, [1, 4, 4, 6, 2, 1, 4, 2, 6, 5, 1]), ONCE)


@pytest.mark.task("regions", needs="test_count")
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_count_of_other_forms(
    submission: Any, rng: torch.Generator, device: torch.device, form: Callable[[Layer], Layer]
) -> None:
    """The count is right for any type, any number of inputs, and
    numbers of any size; also for transposed views.
    """
    x, w1, b1 = form(stripes(rng, device, 6, [5, 1, 4, 4, 6, 2, 1, 4, 2, 6, 5]))
    result = submission.count_regions(x.T.contiguous().T, w1.T.contiguous().T, b1.clone())
    check_number(
        result, (x, w1, b1), "is a type or a number of inputs fixed, or something rounded?"
    )


@pytest.mark.task("regions", needs="test_count")
def test_count_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A sample on every unit's boundary belongs to the region where all units are off."""
    low, high = -torch.rand(2, generator=rng) - 0.5, torch.rand(2, generator=rng) + 0.5
    x = torch.tensor(
        [[0.0, 0.0], [low[0], low[1]], [high[0], low[1]]], dtype=torch.float64, device=device
    )
    # Without a bias the origin is on both boundaries, which are the axes.
    w1 = torch.diag(high).to(x)
    check_count(submission, (x, w1, torch.zeros_like(w1[0])), "a unit is on only above 0")


@pytest.mark.task("regions", needs="test_count")
@pytest.mark.parametrize(
    "visits", [[3] * 8, [0] * 5, [4] * 3, [2]], ids=["some_on", "all_off", "all_on", "one_sample"]
)
def test_count_of_one_region(
    submission: Any, rng: torch.Generator, device: torch.device, visits: list[int]
) -> None:
    """Samples with the same pattern lie in one region, however many there are."""
    check_count(
        submission, stripes(rng, device, 4, visits), "are rows counted instead of patterns?"
    )


@pytest.mark.task("regions", needs="test_count")
def test_count_with_one_unit(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A single unit has two regions, of which one or both are visited."""
    for visits in ([0, 1, 1, 0], [1, 1], [0]):
        check_count(submission, stripes(rng, device, 1, visits), "is a dimension of size 1 lost?")


@pytest.mark.task("regions", needs="test_count")
def test_count_of_alternating_samples(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Moving back and forth between regions does not increase the count."""
    layer = stripes(rng, device, 3, [0, 2, 3] * 4)
    check_count(submission, layer, "equal patterns must be found wherever they stand")


@pytest.mark.task("regions", needs="test_count")
def test_count_which_units_are_on(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Patterns with the same number of active units are still different patterns."""
    size = float(torch.rand(1, generator=rng)) + 0.5
    identity = torch.eye(5, dtype=torch.float64, device=device)
    layer = (size * identity, identity, torch.full_like(identity[0], -size / 2))
    check_count(submission, layer, "compare which units are on, not how many")


@pytest.mark.task("regions", needs="test_count")
def test_count_of_many_regions(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Hundreds of regions are counted like a few: every pattern
    of nine units, one sample in each.
    """
    units = 9
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * units)
    x = signs[torch.randperm(len(signs), generator=rng)] * (
        0.5 + torch.rand(1, generator=rng, dtype=torch.float64)
    )
    w1 = torch.eye(units, dtype=torch.float64)[torch.randperm(units, generator=rng)]
    layer = (x.to(device), w1.to(device), torch.zeros(units, dtype=torch.float64, device=device))
    check_count(submission, layer, "is there a largest number of regions?")


@pytest.mark.task("regions", weight=1.5, needs="test_count")
@pytest.mark.parametrize("hidden", [40, 70, 131])
def test_count_with_many_units(
    submission: Any, rng: torch.Generator, device: torch.device, hidden: int
) -> None:
    """Patterns of many units that differ in the first or in the last unit alone are different."""
    x, w1, _ = draw(rng, device, (1, 3, hidden))
    # Two more inputs, which the first and the last unit alone look at; their neighbours are always
    # on, the other units never.
    sides = torch.tensor(
        [[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64, device=device
    )
    extra = torch.zeros(hidden, 2, dtype=torch.float64, device=device)
    extra[0, 0] = extra[-1, 1] = 1e3
    b1 = torch.full_like(extra[:, 0], -1e3)
    b1[[0, -1]], b1[[1, -2]] = 0.0, 1e3
    layer = (torch.cat([x.expand(3, 3), sides], dim=1), torch.cat([w1, extra], dim=1), b1)
    check_count(submission, layer, "is a pattern packed into too small a number?")


@pytest.mark.task("regions", needs="test_count")
@pytest.mark.parametrize("samples", [131, 1031])
def test_count_of_many_samples(
    submission: Any, rng: torch.Generator, device: torch.device, samples: int
) -> None:
    """A region that only the first, the middle or the last of
    many samples visits counts like any other.
    """
    visits = [2] * samples
    visits[0], visits[samples // 2], visits[-1] = 0, 1, 3
    check_count(submission, stripes(rng, device, 3, visits), "are samples left out?")


@pytest.mark.task("regions", weight=0.5, needs="test_count")
def test_count_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """count_regions leaves its arguments as they were, and remembers nothing of earlier calls."""
    for visits in ([0, 2, 2, 1], [1, 1, 1, 1], [0, 1, 2, 3, 3], [3, 2, 1, 0]):
        layer = stripes(rng, device, 3, visits)
        given = tuple(value.clone() for value in layer)
        check_number(
            submission.count_regions(*given), layer, "is something of an earlier call kept?"
        )
        for name, before, after in zip(("x", "w1", "b1"), layer, given, strict=True):
            expect.unchanged(before, after, what=name)
    # Now every edge lies beyond all the samples.
    calls = submission.drive(drivers.around_a_step, "count_regions", [1.0, 1.0, 100.0], *layer)
    for result, factor in zip(
        expect.items(calls, what="two calls", length=2), (1.0, 100.0), strict=True
    ):
        now = (layer[0], layer[1], factor * layer[2])
        check_number(result, now, "is a result kept for tensors that look the same?")
