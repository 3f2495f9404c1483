"""`sign_scale` is judged by what its network does: any two matrices that do it count."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect

SIDES = ("test_positive_side", "test_negative_side")


def outputs(submission: Any, c: float, d: float, t: torch.Tensor) -> torch.Tensor:
    """The bias-free network's outputs, (n, 1), in float64."""
    pair = expect.items(submission.sign_scale(c, d), what="sign_scale(c, d)", length=2)
    w1 = expect.values(pair[0], what="w1", shape=(2, 1))
    w2 = expect.values(pair[1], what="w2", shape=(1, 2))
    expect.finite(w1, what="w1")
    expect.finite(w2, what="w2")
    return (t @ w1.T).clamp(min=0) @ w2.T


def positive(rng: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=rng, dtype=torch.float64) * 4 + 0.5


def both_sides(rng: torch.Generator) -> torch.Tensor:
    return torch.cat([positive(rng, 4, 1), -positive(rng, 4, 1)])


def two_scales(rng: torch.Generator) -> tuple[float, float]:
    """Two positive numbers that are no whole ones and well apart, either one the larger."""
    low, high = (
        0.55 + 0.4 * float(torch.rand(1, generator=rng)),
        3.05 + 0.9 * float(torch.rand(1, generator=rng)),
    )
    return (low, high) if int(torch.randint(0, 2, (1,), generator=rng)) else (high, low)


def check(submission: Any, c: float, d: float, t: torch.Tensor, what: str) -> None:
    """Compare with c·t and d·(−t), to what float32 weights of that size may be off."""
    expected = torch.where(t > 0, c * t, -d * t)
    size = max(abs(c), abs(d)) or 1.0
    atol = 1e-6 * float(t.abs().max()) * size if c * d == 0 else 0.0
    hint = "c belongs to t > 0, d to t < 0, and on that side −t is positive"
    expect.close(outputs(submission, c, d, t), expected, what=what, rtol=1e-5, atol=atol, hint=hint)


@pytest.mark.task("sign_scale", weight=3)
def test_positive_side(submission: Any, rng: torch.Generator) -> None:
    """Every t > 0 is mapped to c·t."""
    check(submission, *two_scales(rng), positive(rng, 6, 1), "the network's output for t > 0")


@pytest.mark.task("sign_scale", weight=3)
def test_negative_side(submission: Any, rng: torch.Generator) -> None:
    """Every t < 0 is mapped to d·(−t)."""
    check(submission, *two_scales(rng), -positive(rng, 6, 1), "the network's output for t < 0")


@pytest.mark.task("sign_scale", weight=2, needs=SIDES)
@pytest.mark.parametrize("signs", [(-1, 1), (1, -1), (-1, -1)], ids=["c", "d", "both"])
def test_negative_scales(submission: Any, rng: torch.Generator, signs: tuple[int, int]) -> None:
    """c and d may be negative, so that a side of the line is folded down."""
    c, d = (sign * size for sign, size in zip(signs, two_scales(rng), strict=True))
    check(submission, c, d, both_sides(rng), "the network's output with a negative scale")


@pytest.mark.task("sign_scale", needs=SIDES)
@pytest.mark.parametrize("zero", ["c", "d", "both"])
def test_zero_scale(submission: Any, rng: torch.Generator, zero: str) -> None:
    """A scale of 0 makes its side of the line flat and leaves the other as it is."""
    size = two_scales(rng)[0]
    c, d = size if zero == "d" else 0.0, size if zero == "c" else 0.0
    check(submission, c, d, both_sides(rng), "the network's output with a scale of 0")


@pytest.mark.task("sign_scale", needs=SIDES)
@pytest.mark.parametrize("size", [1e-6, 1e6], ids=["small", "large"])
def test_scales_of_any_size(submission: Any, rng: torch.Generator, size: float) -> None:
    """Small and large scales, and small and large t, are mapped as exactly as others."""
    c, d = two_scales(rng)
    for factors in ((1.0, 1.0), (1.0, -size), (size, 1.0)):
        check(
            submission,
            c * factors[0],
            d * factors[1],
            both_sides(rng) * size,
            "the network's output",
        )


@pytest.mark.task("sign_scale", weight=0.5, needs=SIDES)
@pytest.mark.parametrize("scales", [(3, 2), (-2, 5), (4, 4)], ids=str)
def test_whole_scales(submission: Any, rng: torch.Generator, scales: tuple[int, int]) -> None:
    """c and d may be given as whole numbers, and may be equal."""
    for c in (scales[0], scales[0] + 4):
        check(submission, c, scales[1], both_sides(rng), "the network's output with whole scales")
