"""`dead_fraction` on layers whose dead units were chosen beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

CALL = "dead_fraction(x, weight, bias)"
APART = 1e-4
"""At least so much is the cosine of the angle between two rows below 1: a unit that is on for one
of them is on by more than a tolerance."""
Layer = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def draw(
    rng: torch.Generator, device: torch.device, n: int, inputs: int, dead: list[bool]
) -> Layer:
    """A layer whose units are dead as told; each of the others
    is on for a single row, spread from first to last.
    """
    for _ in range(100):
        x = torch.randn(n, inputs, generator=rng, dtype=torch.float64)
        x = x / x.norm(dim=1, keepdim=True)
        if float((x @ x.T - 2 * torch.eye(n)).max()) < 1 - APART:
            break
    # A row of length 1 is nearest to itself, so a unit that looks along it is highest there.
    rows = (
        torch.linspace(0, n - 1, len(dead) - sum(dead)).round().long()
        if not all(dead)
        else torch.zeros(0).long()
    )
    chosen = torch.zeros(len(dead), dtype=torch.long)
    chosen[~torch.tensor(dead)] = rows.flip(0)
    sizes = 0.5 + torch.rand(len(dead), generator=rng, dtype=torch.float64)
    weight = sizes[:, None] * x[chosen]
    second = (
        (x @ weight.T).sort(dim=0, descending=True).values[1] / sizes
        if n > 1
        else torch.zeros(len(dead))
    )
    height = torch.where(torch.tensor(dead), 1.5, (1 + second) / 2)
    return x.to(device), weight.to(device), (-height * sizes).to(device)


def check(submission: Any, layer: Layer, hint: str) -> None:
    check_share(submission.dead_fraction(*(value.clone() for value in layer)), layer, hint)


def check_share(found: object, layer: Layer, hint: str) -> None:
    x, weight, bias = (value.double() for value in layer)
    dead = (x @ weight.T + bias).max(dim=0).values <= 0
    if abs(expect.number(found, what=CALL) - float(dead.double().mean())) > 1e-6:
        raise Mismatch(f"{CALL} is wrong: {hint}")


@pytest.mark.task("dead_units", weight=4)
def test_some_are_dead(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A unit is dead when no row at all switches it on; the result is the share of such units."""
    layer = draw(rng, device, 9, 3, [True, False, False, True, False, True, False])
    check(
        submission,
        layer,
        "a single row that switches a unit on keeps it alive; divide by the number of units",
    )


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_as_many_rows_as_units(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Samples are rows and units are columns of the
    pre-activations, also where the matrix is square.
    """
    # One unit is off for every row and the others are on; with rows and columns mixed up no unit is
    # off throughout.
    sign = torch.ones(4, dtype=torch.float64)
    sign[int(torch.randint(0, 4, (1,), generator=rng))] = -1.0
    weight = sign[:, None] * (0.5 + torch.rand(4, 4, generator=rng, dtype=torch.float64))
    x = 0.1 + torch.diag(1 + torch.rand(4, generator=rng, dtype=torch.float64))
    layer = (x.to(device), weight.to(device), (0.05 * sign).to(device))
    check(submission, layer, "look along the samples for each unit, and at the transpose of weight")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
@pytest.mark.parametrize("dead", [True, False], ids=["all", "none"])
def test_all_or_none(
    submission: Any, rng: torch.Generator, device: torch.device, dead: bool
) -> None:
    """The share is 1 when every unit is dead and 0 when none is."""
    layer = draw(rng, device, 6, 4, [dead] * 3)
    check(submission, layer, "it is the share of dead units, from 0 to 1")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_one_unit(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A layer with a single unit has a share of 0 or 1."""
    for dead in (True, False):
        check(submission, draw(rng, device, 4, 2, [dead]), "is a dimension of size 1 lost?")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_one_row(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """With one sample a unit is dead when that sample leaves it off."""
    layer = draw(rng, device, 1, 3, [True, False, True, True, False])
    check(submission, layer, "is a dimension of size 1 lost?")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
@pytest.mark.parametrize(
    ("n", "inputs", "units"),
    [(131, 6, 40), (1031, 8, 12), (3, 9, 7), (20, 4, 131), (5, 40, 7)],
    ids=["many_rows", "a_thousand_rows", "few_rows", "many_units", "many_inputs"],
)
def test_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, n: int, inputs: int, units: int
) -> None:
    """A single row among a thousand, the first or the last one too, keeps a unit alive."""
    layer = draw(rng, device, n, inputs, [unit % 3 == 1 for unit in range(units)])
    check(submission, layer, "are rows left out, or is a size fixed?")


@pytest.mark.task("dead_units", weight=0.5, needs="test_some_are_dead")
@pytest.mark.parametrize("units", [30, 1200])
def test_one_of_many(
    submission: Any, rng: torch.Generator, device: torch.device, units: int
) -> None:
    """One dead unit among many is a small share, and no share of 0."""
    layer = draw(rng, device, 9, 3, [unit == units // 2 for unit in range(units)])
    check(submission, layer, "is the share rounded, or is a small one left out?")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_one_input(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """With one input a unit looks to the left or to the right, from its edge on."""
    x = torch.linspace(-2, 2, 9).double()[:, None] + 0.1 * torch.rand(9, 1, generator=rng).double()
    weight = torch.tensor([[1.0], [-1.0], [2.0], [-0.5], [1.5]], dtype=torch.float64)
    bias = torch.tensor([-1.0, -3.0, 1.0, 0.5, -4.0], dtype=torch.float64)
    check(
        submission,
        (x.to(device), weight.to(device), bias.to(device)),
        "is a dimension of size 1 lost?",
    )


@pytest.mark.task("dead_units", weight=2, needs="test_some_are_dead")
def test_exactly_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A unit whose pre-activation is exactly 0 gets no gradient there, so 0 counts as off."""
    # Whole numbers: unit 1 is 0 for every row, unit 2 reaches 0 once, unit 3 is on once, unit 4 is
    # off.
    x = torch.randint(-3, 4, (6, 3), generator=rng).double()
    weight = torch.randint(1, 4, (4, 3), generator=rng).double()
    weight[0] = 0.0
    highest = (x @ weight.T).max(dim=0).values
    bias = torch.tensor([0.0, 0.0, 1.0, -1.0], dtype=torch.float64) - highest
    order = torch.randperm(4, generator=rng)
    layer = (x.to(device), weight[order].to(device), bias[order].to(device))
    check(submission, layer, "does a unit at exactly 0 count as on?")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_barely_on(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A pre-activation just above 0 is enough to keep a unit alive."""
    # Powers of 2, so that float32 rounds every pre-activation to 0.
    sizes = 2.0 ** torch.randint(0, 3, (4,), generator=rng).double()
    x = torch.diag(sizes)
    # Every row has one input, so no rounding comes from a sum; unit 2 stays below 0.
    weight = torch.tensor([1 + 1e-9, 1 - 1e-9, 1 + 1e-9], dtype=torch.float64)[:, None] / sizes
    bias = torch.full((3,), -1.0, dtype=torch.float64)
    for scale in (1.0, 1e-12, 1e12):
        layer = ((x * scale).to(device), weight.to(device), (bias * scale).to(device))
        check(submission, layer, "is something rounded, or is there a tolerance?")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_the_bias_decides(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """With equal weights the bias alone says which units are dead."""
    x, weight, _ = draw(rng, device, 8, 3, [False] * 5)
    weight = weight[:1].expand(5, 3).contiguous()
    reach = float((x @ weight[0]).abs().max())
    bias = reach * torch.tensor([2.0, -2.0, 1.5, -1.5, -3.0], dtype=torch.float64, device=device)
    check(submission, (x, weight, bias), "look at the sign of the bias")


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """float32 arguments are as good as any."""
    x, weight, bias = draw(rng, device, 4, 2, [True, False, True, True])
    check(
        submission,
        (x.float(), weight.float(), bias.float()),
        "is a dtype fixed somewhere in the code?",
    )


@pytest.mark.task("dead_units", needs="test_some_are_dead")
def test_arguments_stay(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The three arguments are as they were before the call."""
    layer = draw(rng, device, 6, 3, [False, True, False, False] * 2)
    given = [value.clone() for value in layer]
    found = submission.dead_fraction(*given)
    for name, before, after in zip(("x", "weight", "bias"), layer, given, strict=True):
        expect.unchanged(before, after, what=name)
    check_share(found, layer, "a single row that switches a unit on keeps it alive")
    if submission.drive(drivers.flags_after, "dead_fraction", False, *layer) != [False] * 4:
        raise Mismatch("the call changed requires_grad or .grad of an argument")


@pytest.mark.task("dead_units", weight=0.5, needs="test_some_are_dead")
def test_calls_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The share depends on the arguments alone, not on earlier calls."""
    for count in (1, 4, 2, 5):
        layer = draw(rng, device, 8, 3, [unit < count for unit in range(6)])
        check(submission, layer, "is something of an earlier call kept?")
    x, weight, bias = layer
    calls = submission.drive(drivers.around_a_step, "dead_fraction", [1.0, 1.0, -1.0], *layer)
    for found, now in zip(
        expect.items(calls, what="two calls", length=2), (bias, -bias), strict=True
    ):
        check_share(found, (x, weight, now), "is a result kept for tensors that look the same?")


@pytest.mark.task("dead_units", weight=0.5, needs="test_some_are_dead")
def test_transposed_views(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """x and weight may be transposed views, whose entries do not lie in memory row by row."""
    x, weight, bias = layer = draw(rng, device, 9, 3, [True, False, True, False])
    found = submission.dead_fraction(x.T.contiguous().T, weight.T.contiguous().T, bias)
    check_share(found, layer, "is a tensor reshaped in the order in which it lies in memory?")
