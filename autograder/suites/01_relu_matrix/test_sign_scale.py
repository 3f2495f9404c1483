"""`sign_scale` is judged by what its network does: any two matrices that do it count."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect


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


@pytest.mark.task("sign_scale")
def test_positive_side(submission: Any, rng: torch.Generator) -> None:
    """Every t > 0 is mapped to c·t."""
    c, d = positive(rng, 2).tolist()
    t = positive(rng, 6, 1)
    what = "the network's output for t > 0"
    expect.close(outputs(submission, c, d, t), c * t, what=what, rtol=1e-5, atol=1e-6)


@pytest.mark.task("sign_scale")
def test_negative_side(submission: Any, rng: torch.Generator) -> None:
    """Every t < 0 is mapped to d·(−t)."""
    c, d = positive(rng, 2).tolist()
    t = -positive(rng, 6, 1)
    what = "the network's output for t < 0"
    expect.close(outputs(submission, c, d, t), -d * t, what=what, rtol=1e-5, atol=1e-6)


@pytest.mark.task("sign_scale")
@pytest.mark.parametrize("signs", [(-1, 1), (1, -1), (-1, -1)], ids=["c", "d", "both"])
def test_negative_scales(submission: Any, rng: torch.Generator, signs: tuple[int, int]) -> None:
    """c and d may be negative, so that a side of the line is folded down."""
    c, d = (sign * size for sign, size in zip(signs, positive(rng, 2).tolist(), strict=True))
    t = torch.cat([positive(rng, 4, 1), -positive(rng, 4, 1)])
    what = "the network's output with a negative scale"
    expect.close(outputs(submission, c, d, t), torch.where(t > 0, c * t, -d * t), what=what, rtol=1e-5, atol=1e-6)


@pytest.mark.task("sign_scale")
@pytest.mark.parametrize("zero", ["c", "d"])
def test_zero_scale(submission: Any, rng: torch.Generator, zero: str) -> None:
    """A scale of 0 makes its side of the line flat and leaves the other as it is."""
    size = float(positive(rng, 1))
    c, d = (0.0, size) if zero == "c" else (size, 0.0)
    t = torch.cat([positive(rng, 4, 1), -positive(rng, 4, 1)])
    what = "the network's output with a scale of 0"
    expect.close(outputs(submission, c, d, t), torch.where(t > 0, c * t, -d * t), what=what, rtol=1e-5, atol=1e-6)
