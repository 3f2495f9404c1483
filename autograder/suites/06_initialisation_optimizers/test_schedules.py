"""Three schedules against their formulas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from walking_06 import uniform

from course_lib import expect

NEAR = 2e-5


def decayed(lr0: float, k: float, step: float) -> float:
    return lr0 * math.exp(-k * step)


def by_time(lr0: float, k: float, step: float) -> float:
    return lr0 / (1 + k * step)


def triangle(low: float, high: float, half: float, step: float) -> float:
    """By the place in the period, up to its middle and down again."""
    place = math.fmod(step, 2 * half)
    return low + (high - low) * (place if place <= half else 2 * half - place) / half


RULES: dict[str, Callable[..., float]] = {
    "exponential_decay": decayed,
    "inverse_time_decay": by_time,
    "cyclical": triangle,
}
decays = pytest.mark.parametrize("name", ["exponential_decay", "inverse_time_decay"])


def check(
    submission: Any, name: str, arguments: tuple[float, ...], hint: str, near: float = NEAR
) -> None:
    what = f"{name}(…)"
    expected = torch.tensor(RULES[name](*arguments), dtype=torch.float64)
    found = expect.number(getattr(submission, name)(*arguments), what=what)
    scale = near * max(abs(value) for value in arguments[: 2 if name == "cyclical" else 1])
    expect.close(torch.tensor(found, dtype=torch.float64), expected, what=what, rtol=near,
                 atol=1e-3 * scale if name != "cyclical" else scale, hint=hint)  # fmt: skip


@pytest.mark.task("schedules", weight=3)
@decays
def test_decays(submission: Any, rng: torch.Generator, name: str) -> None:
    """The rate of each step is what the formula gives."""
    lr0, k = uniform(rng, 0.3, 0.9), uniform(rng, 0.02, 0.05)
    for step in (1, 2, 5, 17, 40, 100):
        check(submission, name, (lr0, k, step), "how does k times step come into the formula?")


@pytest.mark.task("schedules", needs="test_decays")
@decays
def test_decays_begin(submission: Any, rng: torch.Generator, name: str) -> None:
    """The rate of step 0 is lr0."""
    for lr0 in (uniform(rng, 0.01, 0.02), uniform(rng, 3, 5), 1):
        check(submission, name, (lr0, uniform(rng, 0.1, 0.3), 0), "is the first step number 0?")


@pytest.mark.task("schedules", needs="test_decays")
@decays
def test_no_decay(submission: Any, rng: torch.Generator, name: str) -> None:
    """With k = 0 the rate stays as it is."""
    for k in (0, 0.0):
        check(submission, name, (uniform(rng, 0.01, 0.02), k, 50), "is k used?")


@pytest.mark.task("schedules", needs="test_decays")
@decays
def test_decays_of_any_size(submission: Any, rng: torch.Generator, name: str) -> None:
    """Small and large rates, short and long trainings are right, too."""
    for lr0, k, step in ((1e-5, 3e-4, 9000), (40.0, 1.5, 3), (2, 1, 4), (0.5, 0.01, 2.5),
                         (1e-3, 4.0, 1), (0.3, 1e-6, 100_000)):  # fmt: skip
        check(submission, name, (lr0 * uniform(rng, 1, 1.2), k, step), "is something rounded?")


@pytest.mark.task("schedules", weight=3)
def test_cyclical_rises(submission: Any, rng: torch.Generator) -> None:
    """In the first step_size steps the rate rises along a straight line."""
    low, high, half = uniform(rng, 0.01, 0.05), uniform(rng, 0.3, 0.6), 8
    for step in range(half + 1):
        check(submission, "cyclical", (low, high, half, step), "it is lr_min at step 0, lr_max at "
              "step_size, and a line between them")  # fmt: skip


@pytest.mark.task("schedules", weight=3)
def test_cyclical_falls(submission: Any, rng: torch.Generator) -> None:
    """In the next step_size steps the rate falls along a straight line."""
    low, high, half = uniform(rng, 0.01, 0.05), uniform(rng, 0.3, 0.6), 7
    for step in range(half, 2 * half + 1):
        check(submission, "cyclical", (low, high, half, step), "it is lr_max at step_size, lr_min "
              "at 2 · step_size, and a line between them")  # fmt: skip


@pytest.mark.task("schedules", weight=2)
def test_cyclical_repeats(submission: Any, rng: torch.Generator) -> None:
    """After 2 · step_size steps the triangle begins anew, again and again."""
    low, high = uniform(rng, 0.01, 0.05), uniform(rng, 0.3, 0.6)
    for half in (4, 5, 13):
        for step in range(0, 9 * half, 3):
            check(submission, "cyclical", (low, high, half, step), "what is left of the step when "
                  "whole periods are taken away?")  # fmt: skip


@pytest.mark.task("schedules", needs="test_cyclical_repeats")
def test_cyclical_corners(submission: Any, rng: torch.Generator) -> None:
    """At the corners of the triangle the rate is exactly lr_min or lr_max."""
    low, high = uniform(rng, 0.01, 0.05), uniform(rng, 0.3, 0.6)
    for half in (1, 2, 10, 100):
        for corner in range(8):
            check(submission, "cyclical", (low, high, half, corner * half), "which corner is this?")


@pytest.mark.task("schedules", needs="test_cyclical_repeats")
def test_cyclical_any_numbers(submission: Any, rng: torch.Generator) -> None:
    """Steps and step_size need not be whole, lr_min may be 0, and rates may be small or large."""
    half, step = uniform(rng, 2, 3), uniform(rng, 30, 60)
    for low, high in ((0, 1), (0.0, 1e-4), (1e-5, 1e-1), (20.0, 50.0)):
        for arguments in ((low, high, half, step), (low, high, 2.5, 1.25), (low, high, 2.5, 6.0)):
            check(submission, "cyclical", arguments, "is something rounded, or lr_min left out?")


@pytest.mark.task("schedules", needs="test_cyclical_repeats")
def test_cyclical_goes_on(submission: Any, rng: torch.Generator) -> None:
    """After hundreds of periods the triangles are still the same."""
    low, high = uniform(rng, 0.01, 0.05), uniform(rng, 0.3, 0.6)
    for step in (2007, 4011, 6009, 8003):
        hint = "does the rate depend on how many periods there were?"
        check(submission, "cyclical", (low, high, 10, step), hint, near=1e-3)
