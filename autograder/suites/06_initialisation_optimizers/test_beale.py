"""`beale` and `beale_grad` against the formula, written out in float64."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import torch

from course_lib import expect

VALUE, GRADIENT = "beale(x, y)", "beale_grad(x, y)"
Point = tuple[float, float]


def parts(x: float, y: float) -> list[float]:
    """The three terms before they are squared."""
    return [c - x * (1 - y**k) for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))]


def slopes(x: float, y: float) -> list[float]:
    first, second, third = parts(x, y)
    return [
        2 * (first * (y - 1) + second * (y**2 - 1) + third * (y**3 - 1)),
        2 * (first * x + second * 2 * x * y + third * 3 * x * y**2),
    ]


def size(x: float, y: float) -> float:
    """How large the terms are that are added up: rounding is a share of it."""
    return (3 + abs(x) * (1 + abs(y) ** 3)) ** 2


def check_values(submission: Any, points: Iterable[Point], hint: str) -> None:
    for x, y in points:
        expected = torch.tensor(sum(part**2 for part in parts(x, y)), dtype=torch.float64)
        found = torch.tensor(expect.number(submission.beale(x, y), what=VALUE)).double()
        near = 2e-6 * size(x, y)
        expect.close(found, expected, what=VALUE, rtol=2e-5, atol=near, hint=hint)


def check_slopes(submission: Any, points: Iterable[Point], hint: str) -> None:
    for x, y in points:
        expected = torch.tensor(slopes(x, y), dtype=torch.float64)
        found = expect.values(submission.beale_grad(x, y), what=GRADIENT, shape=(2,))
        near = 4e-6 * size(x, y)
        expect.close(found, expected, what=GRADIENT, rtol=1e-4, atol=near, hint=hint)


def draw(rng: torch.Generator, count: int, far: float) -> list[Point]:
    """Points in all four quarters, none near an axis."""
    sizes = far * (0.3 + 0.7 * torch.rand(count, 2, generator=rng, dtype=torch.float64))
    signs = torch.tensor([(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)]).double()
    drawn = sizes * signs.repeat(count // 4 + 1, 1)[:count]
    return [(float(x), float(y)) for x, y in drawn]


@pytest.mark.task("beale", weight=3)
def test_values(submission: Any, rng: torch.Generator) -> None:
    """beale gives the height at any point."""
    check_values(submission, draw(rng, 12, 2.0), "look at the three squares one by one")


@pytest.mark.task("beale", weight=4)
def test_gradient(submission: Any, rng: torch.Generator) -> None:
    """beale_grad gives how fast the height grows along x, and then along y."""
    check_slopes(
        submission,
        draw(rng, 12, 2.0),
        "each square gives 2 times its term times the derivative of the term; x comes first",
    )


@pytest.mark.task("beale", needs="test_values")
def test_minimum(submission: Any) -> None:
    """At (3, 0.5) the height is 0."""
    for point in ((3.0, 0.5), (3, 0.5)):
        check_values(submission, [point], "this is the minimum")


@pytest.mark.task("beale", needs="test_gradient")
def test_flat_places(submission: Any) -> None:
    """At the minimum and at the saddle point both slopes are 0."""
    check_slopes(submission, [(3.0, 0.5), (3, 0.5), (0.0, 1.0)], "nothing rises or falls here")


@pytest.mark.task("beale", needs="test_values")
def test_values_on_the_axes(submission: Any, rng: torch.Generator) -> None:
    """The height is right where x or y is 0."""
    axis = [float(value) for value in 0.5 + 2 * torch.rand(4, generator=rng).double()]
    points = [(0.0, 0.0), *((0.0, v) for v in axis), *((-v, 0.0) for v in axis)]
    check_values(submission, points, "which terms are left where x or y is 0?")


@pytest.mark.task("beale", needs="test_gradient")
def test_gradient_on_the_axes(submission: Any, rng: torch.Generator) -> None:
    """Both slopes are right where x or y is 0."""
    axis = [float(value) for value in 0.5 + 2 * torch.rand(4, generator=rng).double()]
    points = [(0.0, 0.0), *((0.0, v) for v in axis), *((-v, 0.0) for v in axis)]
    check_slopes(submission, points, "which terms are left where x or y is 0?")


@pytest.mark.task("beale", needs=("test_values", "test_gradient"))
def test_whole_numbers(submission: Any) -> None:
    """Both functions take whole numbers."""
    points: list[Point] = [(2, 1), (-1, 2), (1, -2), (0, 3), (-3, -1)]
    check_values(submission, points, "are whole numbers converted to something else?")
    check_slopes(submission, points, "are whole numbers converted to something else?")


@pytest.mark.task("beale", needs=("test_values", "test_gradient"))
def test_far_away(submission: Any, rng: torch.Generator) -> None:
    """Both functions are right far away, where the numbers are large."""
    points = draw(rng, 8, 30.0)
    check_values(submission, points, "is something clipped?")
    check_slopes(submission, points, "is something clipped?")


@pytest.mark.task("beale", needs=("test_values", "test_gradient"))
def test_near_the_origin(submission: Any, rng: torch.Generator) -> None:
    """Both functions are right close to (0, 0), and calls do not depend on one another."""
    points = draw(rng, 8, 0.05)
    check_values(submission, points + points[:1], "is something rounded, or kept between calls?")
    check_slopes(submission, points + points[:1], "is something rounded, or kept between calls?")
