"""Where torch's own optimizers go, in float64, and how a path is judged by them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import drivers_06
import torch

from course_lib import expect
from course_lib.expect import Mismatch

Pair = tuple[float, float]
NEAR = 1e-4
"""Of a path's points: absolute, and relative where they are far from 0."""
OPTIMIZERS: dict[str, Any] = {
    "sgd_path": torch.optim.SGD,
    "momentum_path": torch.optim.SGD,
    "adagrad_path": torch.optim.Adagrad,
    "rmsprop_path": torch.optim.RMSprop,
    "adam_path": torch.optim.Adam,
}


def uniform(rng: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand((), generator=rng, dtype=torch.float64))


def sign(rng: torch.Generator) -> int:
    return 2 * int(torch.randint(0, 2, (), generator=rng)) - 1


def seed_of(rng: torch.Generator) -> int:
    return int(torch.randint(1, 10**6, (), generator=rng))


def walk(
    function: str, field: str, constants: list[float], start: Pair, hyper: dict[str, Any]
) -> torch.Tensor:
    """The path (steps + 1, 2) of torch's optimizer.

    Raises:
        ValueError: torch does not take these hyper-parameters.
        OverflowError: the path diverges.
    """
    return _walk(function, field, tuple(constants), start, tuple(hyper.items())).clone()


@lru_cache(maxsize=1000)
def _walk(
    function: str,
    field: str,
    constants: tuple[float, ...],
    start: Pair,
    hyper: tuple[tuple[str, Any], ...],
) -> torch.Tensor:
    gradient = drivers_06.FIELDS[field](*constants)
    named = dict(hyper)
    steps = named.pop("steps")
    point = torch.tensor(start, dtype=torch.float64)
    point.grad = torch.zeros_like(point)
    optimizer = OPTIMIZERS[function]([point], **named, foreach=False)
    points = [point.clone()]
    for _ in range(steps):
        point.grad.copy_(torch.tensor(gradient(*point.tolist()), dtype=torch.float64))
        optimizer.step()
        points.append(point.clone())
    return torch.stack(points)


def check(found: object, expected: torch.Tensor, function: str, hint: str) -> None:
    """Compare a path: its length, its start, its steps."""
    what = f"the path of {function}"
    path = expect.values(found, what=what)
    if path.dim() == 2 and path.shape[1] == 2 and len(path) != len(expected):
        raise Mismatch(
            f"{what} has {len(path)} rows after {len(expected) - 1} steps, expected "
            f"{len(expected)}: the start is the first row, and each step adds one"
        )
    expect.values(path, what=what, shape=tuple(expected.shape))
    expect.finite(path, what=what)
    expect.close(
        path[:1],
        expected[:1],
        what=f"the start of {what}",
        rtol=1e-6,
        atol=1e-6,
        hint="the first row is the start, before any step",
    )
    expect.close(path, expected, what=what, rtol=NEAR, atol=NEAR, hint=hint)


def check_call(
    submission: Any,
    function: str,
    field: str,
    constants: list[float],
    start: Pair,
    hint: str,
    **hyper: Any,
) -> None:
    """Compare a path of the student's with that of torch's optimizer."""
    expected = walk(function, field, constants, start, hyper)
    found = submission.drive(drivers_06.path, function, field, constants, start, hyper)
    check(found, expected, function, hint)


def bowl(rng: torch.Generator) -> list[float]:
    """A bowl that is tilted, so that both coordinates have a say in both slopes."""
    a, c = uniform(rng, 0.8, 1.2), uniform(rng, 2.4, 3.2)
    return [a, sign(rng) * uniform(rng, 0.5, 0.7), c, uniform(rng, -1, 1), uniform(rng, -1, 1)]


def bent(rng: torch.Generator) -> list[float]:
    """A bowl whose slopes are no straight lines."""
    return [uniform(rng, 0.8, 1.2), uniform(rng, 1.8, 2.4), uniform(rng, 0.4, 0.6)]


def somewhere(rng: torch.Generator) -> Pair:
    """A start from 1.5 to 2.5 away from 0 on each side, its signs by chance."""
    return sign(rng) * uniform(rng, 1.5, 2.5), sign(rng) * uniform(rng, 1.5, 2.5)
