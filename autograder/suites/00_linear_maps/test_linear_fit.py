"""`fit_linear`, judged by its layer's error on fresh draws of the same rule."""

from __future__ import annotations

from typing import Any, NamedTuple

import drivers_00
import numbers_00
import pytest
import torch

from course_lib import expect
from course_lib._once import Once
from course_lib.expect import Mismatch

OUTPUT, ERROR = "the fitted layer's output", "the error of the fitted layer on fresh draws"
TENTH, CONSTANT = "test_fit_tenth_of_constant", "the best constant"
SECONDS = (
    70  # of wall time: the 30 that the task allows for each of two calls, and some for our part
)
MORE = "are all six numbers fitted to X and y, and are there enough steps?"


class Rule(NamedTuple):
    """How targets follow from points."""

    degrees: float
    move: list[float]

    def draw(self, rng: torch.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Points and their targets, as the notebook describes them."""
        X = 5 * torch.randn(n, 2, generator=rng)
        move, noise = torch.tensor(self.move), 0.01 * torch.randn(n, 2, generator=rng)
        return X, X @ numbers_00.rotation(self.degrees).float() + move + noise


class Fit(NamedTuple):
    """Errors on fresh draws, and what else a call leaves behind."""

    model: float
    constant: float
    linear: bool
    numbers: list[torch.Tensor | None]
    output: torch.Tensor
    X_new: torch.Tensor
    unchanged: bool
    stays: bool = True


def rules(rng: torch.Generator) -> tuple[Rule, Rule]:
    """Two rules with which each of the six numbers matters: the angles are far from 0, from each
    other and from that of the notebook, turned either way; of the moves one is long both ways, in
    opposite directions, the other long one way only."""
    sign, other = (1 - 2 * int(torch.randint(0, 2, (1,), generator=rng)) for _ in range(2))
    long = [numbers_00.between(rng, 4.6, 5.0), -numbers_00.between(rng, 3.4, 4.2)]
    short = [numbers_00.between(rng, 0.3, 0.8), other * numbers_00.between(rng, 4.6, 5.0)]
    first = Rule(numbers_00.between(rng, 100, 150), [sign * part for part in long])
    return first, Rule(-numbers_00.between(rng, 40, 80), short)


def fitted(submission: Any, seed: int, device: torch.device) -> list[Fit]:
    """Fit both rules, once for all tests, and measure."""
    rng = torch.Generator().manual_seed(seed)
    sets = [(*rule.draw(rng, 100), *rule.draw(rng, 1000)) for rule in rules(rng)]
    given = [[value.to(device, copy=True) for value in one[:3]] for one in sets]
    found = submission.drive(drivers_00.fitted_both, *given)
    *both, again = expect.items(found, what=OUTPUT, length=3)
    first, second = (measured(one, *data, device) for one, data in zip(both, sets, strict=True))
    later = expect.tensor(again, what=OUTPUT, shape=tuple(first.output.shape))
    stays = bool(torch.allclose(later.detach().cpu().double(), first.output, rtol=1e-4, atol=1e-4))
    return [first._replace(stays=stays), second]


def measured(
    result: object,
    X: torch.Tensor,
    y: torch.Tensor,
    X_new: torch.Tensor,
    y_new: torch.Tensor,
    device: torch.device,
) -> Fit:
    """What the driver tells of one call, on this side."""
    left_X, left_y, linear, weight, bias, output = expect.items(result, what=OUTPUT, length=6)
    shape = tuple(y_new.shape)
    checked = expect.tensor(output, what=OUTPUT, shape=shape, dtype=torch.float32, device=device)
    expect.finite(checked, what=OUTPUT)
    kept = [value if isinstance(value, torch.Tensor) else None for value in (weight, bias)]
    unchanged = all(
        isinstance(left, torch.Tensor) and torch.equal(left.cpu(), value)
        for left, value in ((left_X, X), (left_y, y))
    )
    plain = checked.detach().cpu().double()
    error = float((plain - y_new).square().mean())
    constant = float((y.double().mean(dim=0) - y_new).square().mean())
    return Fit(error, constant, linear is True, kept, plain, X_new, unchanged)


@pytest.mark.task("fit_linear", weight=4, seconds=SECONDS)
@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_fit_tenth_of_constant(
    submission: Any, once: Once, seed: int, device: torch.device, which: int
) -> None:
    """Step 1: the error on fresh draws is below a tenth of what the best constant reaches."""
    found = once(fitted, submission, seed, device)[which]
    expect.below(
        found.model, what=ERROR, share=0.1, baseline=found.constant, of=CONSTANT, hint=MORE
    )


@pytest.mark.task("fit_linear", weight=4, seconds=SECONDS, needs=TENTH)
@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_fit_hundredth_of_constant(
    submission: Any, once: Once, seed: int, device: torch.device, which: int
) -> None:
    """Step 2: the error on fresh draws is below a hundredth of what the best constant reaches."""
    found = once(fitted, submission, seed, device)[which]
    expect.below(
        found.model, what=ERROR, share=0.01, baseline=found.constant, of=CONSTANT, hint=MORE
    )


@pytest.mark.task("fit_linear", weight=2, seconds=SECONDS, needs=TENTH)
def test_fit_returns_a_linear_layer(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The result is an nn.Linear(2, 2), and its output is what its weights and its bias say."""
    found = once(fitted, submission, seed, device)[0]
    if not found.linear:
        raise Mismatch("fit_linear(X, y) returns another kind of model, expected an nn.Linear")
    weight, bias = found.numbers
    w = expect.tensor(weight, what="the layer's weight", shape=(2, 2), dtype=torch.float32)
    b = expect.tensor(bias, what="the layer's bias", shape=(2,), dtype=torch.float32)
    expected = found.X_new.double() @ w.detach().cpu().double().T + b.detach().cpu().double()
    hint = "does the layer compute something other than a linear layer?"
    expect.close(found.output, expected, what=OUTPUT, rtol=1e-4, atol=1e-4, hint=hint)


@pytest.mark.task("fit_linear", weight=1, seconds=SECONDS, needs=TENTH)
@pytest.mark.parametrize("which", [0, 1], ids=["first", "second"])
def test_fit_leaves_its_arguments_alone(
    submission: Any, once: Once, seed: int, device: torch.device, which: int
) -> None:
    """fit_linear(X, y) leaves X and y as they were."""
    if not once(fitted, submission, seed, device)[which].unchanged:
        raise Mismatch(
            "fit_linear changed X or y: work on new tensors, without functions that end in _ and "
            "without +="
        )


@pytest.mark.task("fit_linear", weight=1, seconds=SECONDS, needs=TENTH)
def test_fit_is_new_each_time(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """A second call makes a layer of its own, and leaves that of the first as it was."""
    if not once(fitted, submission, seed, device)[0].stays:
        raise Mismatch(
            "the second call changed the first layer: is the same layer trained and returned by "
            "every call? Make a new one inside the function"
        )
