"""Public checks for 06_initialisation_optimizers: easy examples; the grade comes from other, hidden
tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.by_hand import same, shown
from course_lib.expect import Mismatch

POINTS = {
    "init": 5,
    "schedules": 4,
    "beale": 3,
    "sgd": 5,
    "adaptive": 8,
    "reach_minimum": 3,
}
WEIGHTS = "init_weights(…)"
SPREADS = "activation_stds(…)"
Field = Callable[[Any, Any], tuple[Any, Any]]
Points = list[list[float]]
BY_NAME = {
    "sgd": "sgd_path",
    "momentum": "momentum_path",
    "adagrad": "adagrad_path",
    "rmsprop": "rmsprop_path",
    "adam": "adam_path",
}


def fresh(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(submission: Any, fan_out: int, fan_in: int, scheme: str, seed: int) -> torch.Tensor:
    """A matrix of weights from a new generator."""
    found = submission.init_weights(fan_out, fan_in, scheme, fresh(seed))
    what = f'init_weights({fan_out}, {fan_in}, "{scheme}", generator)'
    values = expect.values(expect.tensor(found, what=what), what=what, shape=(fan_out, fan_in))
    expect.finite(values, what=what)
    return values


@pytest.mark.task("init")
def test_zeros(submission: Any) -> None:
    """With "zeros" every weight is 0, in a matrix of fan_out rows and fan_in columns."""
    same(made(submission, 3, 2, "zeros", 0), torch.zeros(3, 2), what=WEIGHTS)


@pytest.mark.task("init")
@pytest.mark.parametrize(("scheme", "std"), [("xavier", 0.0632), ("he", 0.1)])
def test_spread(submission: Any, scheme: str, std: float) -> None:
    """300 units with 200 inputs: the standard deviation is near 0.063 with "xavier" and 0.1 with
    "he".
    """
    found = float(made(submission, 300, 200, scheme, 1).std())
    if not 0.95 * std < found < 1.05 * std:
        raise Mismatch(
            f'with "{scheme}" the standard deviation of 300 × 200 weights is {found:.3g}, expected '
            f"about {std:.3g}"
        )


@pytest.mark.task("init")
def test_generator(submission: Any) -> None:
    """The same seed gives the same weights, and the next call with that generator others."""
    first, again = (made(submission, 3, 2, "he", 5) for _ in range(2))
    if bool((first != again).any()):
        raise Mismatch(f"two generators with the same seed give {shown(first)} and {shown(again)}")
    generator = fresh(5)
    one, two = (
        expect.values(submission.init_weights(3, 2, "he", generator), what=WEIGHTS)
        for _ in range(2)
    )
    if torch.equal(one, two):
        raise Mismatch(f"two calls with one generator both give {shown(one)}")


@pytest.mark.task("init")
def test_stds_by_hand(submission: Any) -> None:
    """Two layers with ReLU, worked out by hand: the outputs are 2, 0, then 4, 0."""
    weights, x = [torch.tensor([[1.0]]), torch.tensor([[2.0]])], torch.tensor([[2.0], [-2.0]])
    stds = expect.values(submission.activation_stds(weights, x, torch.relu), what=SPREADS)
    expect.values(stds, what=SPREADS, shape=(2,))
    right = torch.tensor([1.0, 2.0])
    if bool(((stds - right * 2**0.5).abs() > 1e-4).any()):  # dividing by n − 1 is right, too
        same(stds, right, what=SPREADS, atol=1e-4, hint="h_1 is 2, 0 and h_2 is 4, 0")


def rate(submission: Any, name: str, arguments: tuple[float, ...], expected: float) -> None:
    what = f"{name}{arguments}"
    found = expect.number(getattr(submission, name)(*arguments), what=what)
    if abs(found - expected) > 1e-5:
        raise Mismatch(f"{what} is {found:.6g}, expected {expected:.6g}")


@pytest.mark.task("schedules")
@pytest.mark.parametrize(("step", "expected"), [(0, 0.5), (10, 0.183940), (20, 0.067668)])
def test_exponential_decay(submission: Any, step: int, expected: float) -> None:
    """With k = 0.1 the rate falls to 1/e of itself in ten steps."""
    rate(submission, "exponential_decay", (0.5, 0.1, step), expected)


@pytest.mark.task("schedules")
@pytest.mark.parametrize(("step", "expected"), [(0, 0.5), (10, 0.25), (40, 0.1)])
def test_inverse_time_decay(submission: Any, step: int, expected: float) -> None:
    """With k = 0.1 the rate falls to a half in ten steps, and to a fifth in forty."""
    rate(submission, "inverse_time_decay", (0.5, 0.1, step), expected)


@pytest.mark.task("schedules")
@pytest.mark.parametrize(
    ("step", "expected"), [(0, 0.1), (5, 0.3), (10, 0.5), (15, 0.3), (20, 0.1), (25, 0.3)]
)
def test_cyclical(submission: Any, step: int, expected: float) -> None:
    """From 0.1 to 0.5 in ten steps, back in ten more, and up again."""
    rate(submission, "cyclical", (0.1, 0.5, 10, step), expected)


@pytest.mark.task("beale")
@pytest.mark.parametrize(
    ("point", "expected"), [((0, 0), 14.203125), ((3, 0.5), 0.0), ((1.0, 2.0), 126.453125)]
)
def test_beale(submission: Any, point: tuple[float, float], expected: float) -> None:
    """The height at (0, 0), at the minimum and at (1, 2), worked out by hand."""
    found = expect.number(submission.beale(*point), what=f"beale{point}")
    if abs(found - expected) > 1e-3:
        raise Mismatch(f"beale{point} is {found:.6g}, expected {expected:.6g}")


@pytest.mark.task("beale")
@pytest.mark.parametrize(
    ("point", "expected"),
    [((0, 0), [-12.75, 0.0]), ((3, 0.5), [0.0, 0.0]), ((1.0, 2.0), [171.25, 278.0])],
)
def test_beale_grad(submission: Any, point: tuple[float, float], expected: list[float]) -> None:
    """The two slopes at (0, 0), at the minimum and at (1, 2), worked out by hand."""
    what = f"beale_grad{point}"
    found = expect.values(submission.beale_grad(*point), what=what)
    same(found, torch.tensor(expected), what=what, atol=1e-3, hint="the slope along x comes first")


def follow(
    submission: Any, name: str, field: Field, expected: Points, hint: str, **numbers: Any
) -> None:
    """Compare a path from (2, −1) with one that was worked out by hand."""
    steps = len(expected) - 1
    given = ", ".join(f"{key}={value}" for key, value in numbers.items())
    what = f"{name}(grad, (2.0, -1.0), {given}, steps={steps})"
    found = getattr(submission, name)(field, (2.0, -1.0), steps=steps, **numbers)
    same(expect.values(found, what=what), torch.tensor(expected), what=what, atol=1e-4, hint=hint)


def slope(x: Any, y: Any) -> tuple[Any, Any]:
    """The gradient of (x² + 2y²) / 2."""
    return x, 2 * y


def steady(x: Any, y: Any) -> tuple[Any, Any]:
    """A gradient that is the same everywhere."""
    return 4 + 0 * x, -1 + 0 * y


SLOPE, STEADY = "the gradient is (x, 2y)", "the gradient is (4, −1) everywhere"


@pytest.mark.task("sgd")
def test_sgd_by_hand(submission: Any) -> None:
    """Two steps with lr=0.5 down a bowl whose gradient is (x, 2y)."""
    follow(submission, "sgd_path", slope, [[2.0, -1.0], [1.0, 0.0], [0.5, 0.0]], SLOPE, lr=0.5)


@pytest.mark.task("sgd")
def test_momentum_by_hand(submission: Any) -> None:
    """Two steps with lr=0.1 and momentum=0.5, where the gradient is (4, −1) everywhere."""
    right = [[2.0, -1.0], [1.6, -0.9], [1.0, -0.75]]
    follow(submission, "momentum_path", steady, right, STEADY, lr=0.1, momentum=0.5)


@pytest.mark.task("sgd")
def test_nesterov_by_hand(submission: Any) -> None:
    """Two steps with nesterov=True, lr=0.1 and momentum=0.5 under the gradient (4, −1)."""
    right = [[2.0, -1.0], [1.4, -0.85], [0.7, -0.675]]
    follow(submission, "momentum_path", steady, right, STEADY, lr=0.1, momentum=0.5, nesterov=True)


@pytest.mark.task("adaptive")
def test_adagrad_by_hand(submission: Any) -> None:
    """Two steps with lr=0.5, where the gradient is (4, −1) everywhere: the second is shorter."""
    right = [[2.0, -1.0], [1.5, -0.5], [1.146447, -0.146447]]
    follow(submission, "adagrad_path", steady, right, STEADY, lr=0.5, eps=1e-10)


@pytest.mark.task("adaptive")
def test_rmsprop_by_hand(submission: Any) -> None:
    """Two steps with lr=0.5 and alpha=0.75, where the gradient is (4, −1) everywhere."""
    right = [[2.0, -1.0], [1.0, 0.0], [0.244071, 0.755929]]
    follow(submission, "rmsprop_path", steady, right, STEADY, lr=0.5, alpha=0.75, eps=1e-8)


@pytest.mark.task("adaptive")
def test_adam_by_hand(submission: Any) -> None:
    """Three steps with lr=0.5, where the gradient is (4, −1) everywhere: all are equally long."""
    right = [[2.0, -1.0], [1.5, -0.5], [1.0, 0.0], [0.5, 0.5]]
    follow(submission, "adam_path", steady, right, STEADY, lr=0.5, betas=(0.5, 0.75), eps=1e-8)


@pytest.mark.task("adaptive")
def test_adam_on_a_bowl(submission: Any) -> None:
    """Two steps with lr=0.5 down a bowl whose gradient is (x, 2y)."""
    right = [[2.0, -1.0], [1.5, -0.5], [1.018875, -0.059041]]
    follow(submission, "adam_path", slope, right, SLOPE, lr=0.5, betas=(0.5, 0.75), eps=1e-8)


def named(submission: Any) -> tuple[str, dict[str, Any]]:
    """The optimizer's name, and the rest of the dict."""
    given = submission.choice
    if not isinstance(given, dict):
        raise Mismatch(f"choice is a {type(given).__name__}, expected a dict")
    name = given.get("optimizer")
    if type(name) is not str or name not in BY_NAME:
        raise Mismatch(f'choice["optimizer"] is {name!r:.60}, expected one of {", ".join(BY_NAME)}')
    return name, {key: value for key, value in given.items() if key != "optimizer"}


@pytest.mark.task("reach_minimum")
def test_choice_has_a_name(submission: Any) -> None:
    """choice is a dict; its "optimizer" is one of the five names."""
    named(submission)


@pytest.mark.task("reach_minimum")
def test_choice_arrives(submission: Any) -> None:
    """500 steps of your own function lead from (0.8, 1.6) to within 0.05 of (3, 0.5)."""
    name, numbers = named(submission)
    walk = getattr(submission, BY_NAME[name])
    path = expect.values(
        walk(submission.beale_grad, (0.8, 1.6), **{"steps": 500, **numbers}), what="the path"
    )
    if path.dim() != 2 or path.shape[1] != 2 or len(path) != 501:
        raise Mismatch(f"the path has shape {tuple(path.shape)}, expected (501, 2)")
    away = float((path[-1] - torch.tensor([3.0, 0.5])).norm())
    if not away <= 0.05:
        raise Mismatch(
            f"the path ends at {shown(path[-1])}, {away:.3g} away from the minimum; at most 0.05 "
            "is allowed"
        )
