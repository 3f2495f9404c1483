"""`target` against the formula, entry by entry."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import drivers, expect

WHAT = "target(X)"
VALUES = "test_target_values"
SHAPES = {
    "float32": (9, torch.float32, 1.0),
    "float64": (9, torch.float64, 1.0),
    "square": (2, torch.float64, 1.0),
    "wide": (40, torch.float64, 30.0),
    "many_rows": (1100, torch.float32, 1.0),
}


def draw(rng: torch.Generator, rows: int) -> torch.Tensor:
    """Normal entries away from 0, whose signs take turns in each row and each column."""
    sizes = 0.25 + torch.randn(rows, 2, generator=rng, dtype=torch.float64).abs()
    places = torch.arange(rows)[:, None] + torch.arange(2)
    return sizes * (1 - 2.0 * ((places + int(torch.randint(0, 2, (1,), generator=rng))) % 2))


def check(submission: Any, X: torch.Tensor, hint: str | None = None) -> None:
    """Compare with 2X + X² + 0.5 to the rounding that the dtype allows."""
    exact = X.detach().double()
    expected = 2 * exact + exact * exact + 0.5
    size = float((2 * exact.abs() + exact * exact + 0.5).max())
    found = expect.tensor(
        submission.target(X), what=WHAT, shape=tuple(X.shape), dtype=X.dtype, device=X.device
    )
    expect.close(
        found, expected, what=WHAT, rtol=0, atol=16 * torch.finfo(X.dtype).eps * size, hint=hint
    )


@pytest.mark.task("target", weight=4)
@pytest.mark.parametrize(("rows", "dtype", "scale"), SHAPES.values(), ids=SHAPES)
def test_target_values(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    rows: int,
    dtype: torch.dtype,
    scale: float,
) -> None:
    """target(X) is 2X + X² + 0.5, entry by entry, in the dtype of X."""
    X = scale * draw(rng, rows)
    check(
        submission, X.to(device, dtype), "look at each of the three terms, and at what is squared"
    )


@pytest.mark.task("target", weight=1, needs=VALUES)
def test_target_of_one_row(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A single point still gives a matrix, with one row."""
    check(
        submission,
        draw(rng, 1).float().to(device),
        "is it right for one row as for many?",
    )


@pytest.mark.task("target", weight=1, needs=VALUES)
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1e-7])
def test_target_near_zero(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """Near the origin little more than the constant term is left."""
    X = scale * draw(rng, 3)
    check(submission, X.to(device), "only the constant term is left where X is 0")


@pytest.mark.task("target", weight=1, needs=VALUES)
def test_target_of_large_numbers(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The formula holds far away from the data of the notebook, on both sides of 0."""
    X = 1e3 * draw(rng, 6)
    check(
        submission,
        X.to(device),
        "the formula holds for all numbers, not only near the notebook's X",
    )


@pytest.mark.task("target", weight=0.5, needs=VALUES)
def test_target_of_equal_rows(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Equal points have equal targets: there is no noise in the
    target, and no other row plays a part.
    """
    X = draw(rng, 1).float().to(device).repeat(5, 1)
    check(submission, X, "does chance or another row play a part?")


@pytest.mark.task("target", weight=0.5, needs=VALUES)
def test_target_of_a_transposed_view(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """A view whose rows do not lie in memory one after the other is as good as any."""
    check(
        submission,
        draw(rng, 7).float().T.contiguous().to(device).T,
        "is X reshaped in the order of its memory?",
    )


@pytest.mark.task("target", weight=0.5, needs=VALUES)
def test_target_called_again(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """What target was called with before makes no difference."""
    X = draw(rng, 9).float().to(device)
    for _ in range(4):
        X.copy_(torch.randn(9, 2, generator=rng))
        check(submission, X, "is a result kept for the next call?")
    calls = submission.drive(drivers.around_a_step, "target", [-0.5], X)
    for found, now in zip(
        expect.items(calls, what="two calls", length=2), (X, -0.5 * X), strict=True
    ):
        hint = "is a result kept for tensors that look the same?"
        expect.close(found, 2 * now + now**2 + 0.5, what=WHAT, rtol=1e-5, atol=1e-5, hint=hint)


@pytest.mark.task("target", weight=1, needs=VALUES)
def test_target_leaves_its_argument_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """target returns a new tensor and leaves X as it was."""
    X = torch.randn(200, 2, generator=rng).to(device)
    before = X.clone()
    found = expect.tensor(submission.target(X), what=WHAT, shape=(200, 2))
    expect.unchanged(before, X, what="X")
    expect.close(found, 2 * before + before**2 + 0.5, what=WHAT, rtol=1e-5, atol=1e-5)
