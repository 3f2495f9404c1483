"""`sgd_path` and `momentum_path` against torch.optim.SGD in float64."""

from __future__ import annotations

from typing import Any

import drivers_06
import pytest
import torch
import walking_06 as walking
from walking_06 import check, check_call, sign, somewhere, uniform

from course_lib import expect

LONG = 100
BOTH = [
    ("sgd_path", {}),
    ("momentum_path", {"momentum": 0.8}),
    ("momentum_path", {"momentum": 0.8, "nesterov": True}),
]
each = pytest.mark.parametrize(("function", "more"), BOTH, ids=["sgd", "momentum", "nesterov"])
RULE = {
    "sgd_path": "does a step subtract lr times the gradient, both slopes taken at the same point?",
    "momentum_path": "is the velocity momentum times the old one plus the gradient, with nothing "
    "left out in the first step?",
}
NESTEROV = (
    "with nesterov=True the step is lr times (the gradient plus momentum times the new velocity)"
)


def told(function: str, more: dict[str, Any]) -> str:
    return NESTEROV if more.get("nesterov") else RULE[function]


@pytest.mark.task("sgd", weight=3)
def test_sgd(submission: Any, rng: torch.Generator) -> None:
    """sgd_path takes the steps of torch.optim.SGD."""
    lr = uniform(rng, 0.1, 0.2)
    constants, start = walking.bowl(rng), somewhere(rng)
    check_call(submission, "sgd_path", "bowl", constants, start, RULE["sgd_path"],
               lr=lr, steps=LONG)  # fmt: skip


@pytest.mark.task("sgd", weight=3)
def test_momentum(submission: Any, rng: torch.Generator) -> None:
    """momentum_path takes the steps of torch.optim.SGD with momentum."""
    for momentum in (uniform(rng, 0.4, 0.6), uniform(rng, 0.8, 0.9)):
        check_call(submission, "momentum_path", "bowl", walking.bowl(rng), somewhere(rng),
                   RULE["momentum_path"], lr=uniform(rng, 0.04, 0.08), momentum=momentum,
                   steps=LONG)  # fmt: skip


@pytest.mark.task("sgd", weight=3)
def test_nesterov(submission: Any, rng: torch.Generator) -> None:
    """With nesterov=True momentum_path takes the steps of torch.optim.SGD with nesterov=True."""
    for momentum in (uniform(rng, 0.4, 0.6), uniform(rng, 0.8, 0.9)):
        check_call(submission, "momentum_path", "bowl", walking.bowl(rng), somewhere(rng),
                   NESTEROV, lr=uniform(rng, 0.04, 0.08), momentum=momentum,
                   nesterov=True, steps=LONG)  # fmt: skip


@pytest.mark.task("sgd", needs="test_momentum")
def test_nesterov_is_asked_for(submission: Any, rng: torch.Generator) -> None:
    """If nesterov is left out or False, the momentum is plain."""
    constants, start = walking.bowl(rng), somewhere(rng)
    hyper = {"lr": uniform(rng, 0.04, 0.08), "momentum": 0.8, "steps": 40}
    expected = walking.walk("momentum_path", "bowl", constants, start, hyper)
    for asked in (hyper, {**hyper, "nesterov": False}):
        found = submission.drive(drivers_06.path, "momentum_path", "bowl", constants, start, asked)
        check(found, expected, "momentum_path", "is nesterov=False the default, and obeyed?")


@pytest.mark.task("sgd", weight=1.5)
@each
def test_first_steps(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """The first, second and third step are right, each by itself."""
    constants, start, lr = walking.bowl(rng), somewhere(rng), uniform(rng, 0.06, 0.12)
    for count in (1, 2, 3):
        check_call(submission, function, "bowl", constants, start, told(function, more), lr=lr,
                   steps=count, **more)  # fmt: skip


@pytest.mark.task("sgd", weight=1.5)
@each
def test_bent_slopes(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """Both slopes are taken at the point itself, and they change from point to point."""
    check_call(submission, function, "bent", walking.bent(rng), somewhere(rng),
               "is the gradient taken once per step, at the point before the step?",
               lr=uniform(rng, 0.04, 0.06), steps=LONG, **more)  # fmt: skip


@pytest.mark.task("sgd")
@each
def test_beale(submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]) -> None:
    """On Beale's function the path is that of torch's optimizer."""
    start = uniform(rng, 0.6, 1.0), uniform(rng, 1.3, 1.6)
    check_call(submission, function, "beale", [], start, told(function, more),
               lr=uniform(rng, 0.001, 0.002), steps=LONG, **more)  # fmt: skip


@pytest.mark.task("sgd")
@each
def test_gradient_that_stays(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """Where the gradient is the same everywhere, the path follows it all the way."""
    constants = [sign(rng) * uniform(rng, 0.5, 1), sign(rng) * uniform(rng, 2, 3)]
    check_call(submission, function, "slope", constants, somewhere(rng), told(function, more),
               lr=uniform(rng, 0.02, 0.05), steps=LONG, **more)  # fmt: skip


@pytest.mark.task("sgd")
@each
@pytest.mark.parametrize("size", [1e-5, 1e4], ids=["small", "large"])
def test_gradients_of_any_size(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any], size: float
) -> None:
    """Small and large gradients count as they are: nothing is clipped or normalised."""
    constants = [size * value for value in walking.bowl(rng)[:3]]
    constants += [uniform(rng, -1, 1), uniform(rng, -1, 1)]
    check_call(submission, function, "bowl", constants, somewhere(rng),
               "is a gradient clipped, normalised or rounded?",
               lr=uniform(rng, 0.05, 0.08) / size, steps=60, **more)  # fmt: skip


@pytest.mark.task("sgd", weight=0.5, needs=("test_sgd", "test_momentum"))
@each
def test_no_steps(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """With steps=0 the path is the start alone."""
    check_call(submission, function, "bowl", walking.bowl(rng), somewhere(rng),
               "the first row is the start", lr=0.1, steps=0, **more)  # fmt: skip


@pytest.mark.task("sgd", weight=0.5)
@each
def test_whole_numbers(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """The start may be two whole numbers; the path is not rounded."""
    start = 2 * sign(rng), 3 * sign(rng)
    check_call(submission, function, "bowl", walking.bowl(rng), start,
               "is the path kept in an array of whole numbers?", lr=0.1, steps=20,
               **more)  # fmt: skip


@pytest.mark.task("sgd", weight=0.5)
@each
def test_far_start(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """A path may begin, and go on, far from the origin."""
    for turn in (1, -1):
        start = turn * uniform(rng, 300, 400), -turn * uniform(rng, 300, 400)
        check_call(submission, function, "bowl", walking.bowl(rng), start, told(function, more),
                   lr=0.05, steps=20, **more)  # fmt: skip


@pytest.mark.task("sgd", weight=0.5)
def test_no_momentum(submission: Any, rng: torch.Generator) -> None:
    """With momentum=0 momentum_path takes the steps of plain gradient descent."""
    check_call(submission, "momentum_path", "bowl", walking.bowl(rng), somewhere(rng),
               "is a momentum of 0 taken for a missing one?", lr=uniform(rng, 0.1, 0.2),
               steps=30, momentum=0.0)  # fmt: skip


@pytest.mark.task("sgd", weight=0.5, needs=("test_sgd", "test_momentum"))
@each
def test_rate_of_zero(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """With lr=0 every row of the path is the start."""
    check_call(submission, function, "bowl", walking.bowl(rng), somewhere(rng),
               "is a rate of 0 taken for a missing one?", lr=0.0, steps=7, **more)  # fmt: skip


@pytest.mark.task("sgd")
@each
def test_calls_are_independent(
    submission: Any, rng: torch.Generator, function: str, more: dict[str, Any]
) -> None:
    """A path depends on its own arguments alone, and later calls leave it as it is."""
    start = somewhere(rng)
    calls: list[Any] = []
    for steps in (30, 30, 12):
        hyper = {"lr": uniform(rng, 0.05, 0.09), "steps": steps, **more}
        calls.append((function, "bowl", walking.bowl(rng), start, hyper))
    calls.append(calls[0])
    expected = [walking.walk(*call) for call in calls]
    found = expect.items(submission.drive(drivers_06.paths, calls), what="four paths", length=4)
    for one, right in zip(found, expected, strict=True):
        check(one, right, function, "is a velocity, or a point, kept from an earlier call?")
