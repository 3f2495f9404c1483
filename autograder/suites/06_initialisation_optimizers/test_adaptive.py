"""`adagrad_path`, `rmsprop_path` and `adam_path` against torch.optim in float64."""

from __future__ import annotations

from typing import Any

import drivers_06
import pytest
import torch
import walking_06 as walking
from walking_06 import check, check_call, sign, somewhere, uniform

from course_lib import expect

LONG = 100
each = pytest.mark.parametrize("function", ["adagrad_path", "rmsprop_path", "adam_path"])
DEFAULTS: dict[str, dict[str, Any]] = {
    "adagrad_path": {"eps": 1e-10},
    "rmsprop_path": {"alpha": 0.99, "eps": 1e-8},
    "adam_path": {"betas": (0.9, 0.999), "eps": 1e-8},
}
RULE = {
    "adagrad_path": "the squares of all gradients so far are summed, for each coordinate by "
    "itself, and the root divides lr times the gradient",
    "rmsprop_path": "the average of squares starts at 0 and keeps the share alpha of its old value",
    "adam_path": "both averages start at 0; how much too small is each of them after t steps?",
}


def usual(rng: torch.Generator, function: str, eps: float) -> dict[str, Any]:
    """Hyper-parameters with which no path gets to the minimum, where steps would only be noise."""
    if function == "adagrad_path":
        return {"lr": uniform(rng, 0.1, 0.2), "eps": eps}
    if function == "rmsprop_path":
        return {"lr": uniform(rng, 0.006, 0.01), "alpha": uniform(rng, 0.85, 0.95), "eps": eps}
    betas = uniform(rng, 0.7, 0.9), uniform(rng, 0.97, 0.99)
    return {"lr": uniform(rng, 0.008, 0.014), "betas": betas, "eps": eps}


@pytest.mark.task("adaptive", weight=6)
@each
def test_path(submission: Any, rng: torch.Generator, function: str) -> None:
    """The path is that of torch's optimizer."""
    check_call(submission, function, "bent", walking.bent(rng), somewhere(rng), RULE[function],
               **usual(rng, function, 1e-8), steps=LONG)  # fmt: skip


@pytest.mark.task("adaptive", weight=3)
@each
def test_first_steps(submission: Any, rng: torch.Generator, function: str) -> None:
    """The first, second and third step are right, each by itself."""
    constants, start = walking.bent(rng), somewhere(rng)
    hyper = usual(rng, function, 1e-8) | {"lr": uniform(rng, 0.1, 0.2)}
    for count in (1, 2, 3):
        check_call(submission, function, "bent", constants, start, RULE[function], **hyper,
                   steps=count)  # fmt: skip


@pytest.mark.task("adaptive", weight=3)
def test_adam_correction_fades(submission: Any, rng: torch.Generator) -> None:
    """Adam makes up for its start from 0 fully at first and hardly at all after many steps."""
    constants = [sign(rng) * uniform(rng, 0.5, 1.0), sign(rng) * uniform(rng, 2.0, 3.0)]
    for betas in ((0.9, 0.999), (uniform(rng, 0.5, 0.7), uniform(rng, 0.9, 0.95))):
        check_call(submission, "adam_path", "slope", constants, somewhere(rng),
                   "while the gradient stays the same, every step of Adam has the same length: "
                   "does the correction depend on the number of steps so far?",
                   lr=uniform(rng, 0.02, 0.04), betas=betas, eps=1e-8, steps=LONG)  # fmt: skip


@pytest.mark.task("adaptive", weight=3)
@each
def test_large_eps(submission: Any, rng: torch.Generator, function: str) -> None:
    """eps has its effect in the right place, even where it is large."""
    hyper = usual(rng, function, uniform(rng, 0.4, 0.8)) | {"lr": uniform(rng, 0.05, 0.1)}
    check_call(submission, function, "bent", walking.bent(rng), somewhere(rng),
               "is eps added to the root, after everything else is done to it?", **hyper,
               steps=40)  # fmt: skip


@pytest.mark.task("adaptive", weight=1.5)
@each
def test_coordinates_by_themselves(submission: Any, rng: torch.Generator, function: str) -> None:
    """Each coordinate has a scale of its own, even if one slope is a thousand times the other."""
    steep, gentle = uniform(rng, 200, 400), uniform(rng, 0.2, 0.4)
    for constants in ([steep, gentle], [-gentle, steep], [-gentle, gentle]):
        check_call(submission, function, "slope", constants, somewhere(rng),
                   "are the squares of both coordinates added up?",
                   **usual(rng, function, 1e-8), steps=50)  # fmt: skip


@pytest.mark.task("adaptive", weight=1.5)
@each
def test_slopes_that_turn(submission: Any, rng: torch.Generator, function: str) -> None:
    """The path is right, too, where it goes past the minimum and the gradient changes its sign."""
    # A large eps, so that steps near the minimum are no noise.
    lr = uniform(rng, 0.08, 0.12) if function == "rmsprop_path" else uniform(rng, 0.4, 0.6)
    hyper = usual(rng, function, 0.5) | {"lr": lr}
    check_call(submission, function, "bowl", walking.bowl(rng), somewhere(rng), RULE[function],
               **hyper, steps=LONG)  # fmt: skip


@pytest.mark.task("adaptive", weight=1.5)
def test_alpha(submission: Any, rng: torch.Generator) -> None:
    """rmsprop_path uses the alpha that it is given."""
    constants, start = walking.bent(rng), somewhere(rng)
    for alpha in (0.0, uniform(rng, 0.3, 0.6), 0.99):
        check_call(submission, "rmsprop_path", "bent", constants, start,
                   "alpha is the share of the old average that is kept", lr=0.01, alpha=alpha,
                   eps=1e-6, steps=30)  # fmt: skip


@pytest.mark.task("adaptive", weight=1.5)
def test_betas(submission: Any, rng: torch.Generator) -> None:
    """adam_path uses both betas that it is given, each in its place."""
    constants, start = walking.bent(rng), somewhere(rng)
    for betas in ((0.0, 0.9), (0.9, 0.5), (0.3, 0.99), (0.95, 0.999)):
        check_call(submission, "adam_path", "bent", constants, start,
                   "the first beta belongs to the gradients, the second to their squares",
                   lr=uniform(rng, 0.01, 0.015), betas=betas, eps=1e-6, steps=40)  # fmt: skip


@pytest.mark.task("adaptive")
@each
def test_beale(submission: Any, rng: torch.Generator, function: str) -> None:
    """On Beale's function the path is that of torch's optimizer."""
    start = uniform(rng, 0.7, 0.9), uniform(rng, 1.4, 1.6)
    hyper = usual(rng, function, 1e-8)
    check_call(submission, function, "beale", [], start, RULE[function],
               **(hyper | {"lr": hyper["lr"] / 2}), steps=60)  # fmt: skip


@pytest.mark.task("adaptive")
@each
@pytest.mark.parametrize("size", [1e-5, 1e5], ids=["small", "large"])
def test_gradients_of_any_size(
    submission: Any, rng: torch.Generator, function: str, size: float
) -> None:
    """The path is right for small and large gradients, too, with an eps of their size."""
    constants = [size * value for value in walking.bent(rng)]
    hyper = usual(rng, function, size * uniform(rng, 0.1, 0.3))
    check_call(submission, function, "bent", constants, somewhere(rng),
               "is a gradient clipped, or is eps not the one that was given?", **hyper,
               steps=40)  # fmt: skip


@pytest.mark.task("adaptive", weight=1.5)
@each
def test_no_slope(submission: Any, rng: torch.Generator, function: str) -> None:
    """A coordinate without any slope stays where it is, and no entry of the path is nan."""
    constants = [uniform(rng, 0.8, 1.2), sign(rng) * 5.0]
    check_call(submission, function, "flat_in_y", constants, somewhere(rng),
               "0 divided by 0 is not a number: is eps where it keeps the divisor from being 0?",
               **usual(rng, function, 1e-6), steps=30)  # fmt: skip


@pytest.mark.task("adaptive")
@each
def test_defaults(submission: Any, rng: torch.Generator, function: str) -> None:
    """If they are left out, alpha, betas and eps have torch's values."""
    start, lr = somewhere(rng), uniform(rng, 0.01, 0.02)
    # Slopes as small as eps show it, usual ones the others.
    for size in (1e-9, 1e-8, 1.0):
        constants = [size * value for value in walking.bent(rng)]
        hyper: dict[str, Any] = {"lr": lr, "steps": 40}
        expected = walking.walk(function, "bent", constants, start, hyper)
        found = submission.drive(
            drivers_06.path_by_default, function, "bent", constants, start, hyper,
            DEFAULTS[function],
        )  # fmt: skip
        check(found, expected, function, "does each of them have torch's default?")


@pytest.mark.task("adaptive", weight=0.5, needs="test_path")
@each
def test_no_steps(submission: Any, rng: torch.Generator, function: str) -> None:
    """With steps=0 the path is the start alone."""
    check_call(submission, function, "bent", walking.bent(rng), somewhere(rng),
               "the first row is the start", **usual(rng, function, 1e-8), steps=0)  # fmt: skip


@pytest.mark.task("adaptive", weight=0.5)
@each
def test_far_start(submission: Any, rng: torch.Generator, function: str) -> None:
    """A path may begin, and go on, far from the origin."""
    for turn in (1, -1):
        start = turn * uniform(rng, 300, 400), -turn * uniform(rng, 300, 400)
        check_call(submission, function, "bowl", walking.bowl(rng), start, RULE[function],
                   **usual(rng, function, 1e-6), steps=20)  # fmt: skip


@pytest.mark.task("adaptive", weight=0.5)
@each
def test_whole_numbers(submission: Any, rng: torch.Generator, function: str) -> None:
    """The start may be two whole numbers; the path is not rounded."""
    start = 2 * sign(rng), 3 * sign(rng)
    check_call(submission, function, "bent", walking.bent(rng), start,
               "is the path kept in an array of whole numbers?", **usual(rng, function, 1e-8),
               steps=20)  # fmt: skip


@pytest.mark.task("adaptive")
@each
def test_calls_are_independent(submission: Any, rng: torch.Generator, function: str) -> None:
    """A path depends on its own arguments alone, and later calls leave it as it is."""
    start = somewhere(rng)
    calls: list[Any] = []
    for steps in (20, 20, 12):
        hyper = {**usual(rng, function, 1e-8), "steps": steps}
        calls.append((function, "bent", walking.bent(rng), start, hyper))
    calls.append(calls[0])
    expected = [walking.walk(*call) for call in calls]
    found = expect.items(submission.drive(drivers_06.paths, calls), what="four paths", length=4)
    for one, right in zip(found, expected, strict=True):
        check(one, right, function, "is an average, or a sum of squares, kept between calls?")
