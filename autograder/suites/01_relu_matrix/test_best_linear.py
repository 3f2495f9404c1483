"""`best_linear_map` is judged by the residual it leaves: any minimiser counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

# Share of ‖y‖ by which a residual may exceed the least one: far above rounding, below a small ridge.
SLACK = {torch.float64: 1e-6, torch.float32: 1e-4}
# The default driver on the CPU reads uninitialised pivots (pytorch issue 187411): it may find too low a rank,
# and its answer depends on what lay in memory before.
DEFICIENT = "so xᵀx has no inverse, and torch.linalg.lstsq needs driver='gelsd' (or use torch.linalg.pinv)"


def residual(x: torch.Tensor, a: torch.Tensor, y: torch.Tensor) -> float:
    return float(torch.linalg.norm(x @ a.T - y))


def check_map(submission: Any, x: torch.Tensor, y: torch.Tensor, hint: str) -> None:
    """Call `best_linear_map` on copies and compare its residual with the least one, found through the SVD."""
    what = "best_linear_map(x, y)"
    shape = (y.shape[1], x.shape[1])
    result = submission.best_linear_map(x.clone(), y.clone())
    expect.tensor(result, what=what, shape=shape, dtype=x.dtype, device=x.device)
    expect.finite(result, what=what)
    a = expect.values(result, what=what)
    inputs, targets = x.cpu().double(), y.cpu().double()
    left, sizes, _ = torch.linalg.svd(inputs, full_matrices=False)
    basis = left[:, sizes > 1e-9 * sizes[0]]
    least = float(torch.linalg.norm(targets - basis @ (basis.T @ targets)))
    # Not the other way round: entries near the largest float64 make it nan, which is not larger than anything.
    if not residual(inputs, a, targets) <= least + SLACK[x.dtype] * float(torch.linalg.norm(targets)):
        raise Mismatch(f"{what} leaves a larger error than the best linear map does: {hint}")


def draw(rng: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


@pytest.mark.task("best_linear")
@pytest.mark.parametrize(
    "sizes",
    [(15, 4, 2), (15, 2, 4), (12, 3, 3), (9, 1, 1)],
    ids=["fewer_outputs", "more_outputs", "square", "single"],
)
def test_noisy_data(submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]) -> None:
    """No linear map has a smaller error on data that no linear map fits."""
    n, inputs, outputs = sizes
    x, y = draw(rng, n, inputs).to(device), draw(rng, n, outputs).to(device)
    check_map(submission, x, y, "does it minimise the sum of squares, and over all rows?")


@pytest.mark.task("best_linear")
def test_exactly_linear_data(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When y is a linear map of x, nothing is left over."""
    x = draw(rng, 12, 4)
    y = x @ draw(rng, 3, 4).T
    check_map(submission, x.to(device), y.to(device), "is something added to the squares, such as a penalty?")


@pytest.mark.task("best_linear")
def test_data_off_centre(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The map is linear, with no intercept, also when the data are far from the origin."""
    x, y = draw(rng, 14, 3) + 4, draw(rng, 14, 2) - 6
    check_map(submission, x.to(device), y.to(device), "are the data centred, or is an intercept taken off?")


@pytest.mark.task("best_linear")
def test_repeated_columns(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Repeated columns of x leave many best maps, and any of them will do."""
    x = draw(rng, 13, 3)[:, [0, 1, 0, 2, 1]]
    y = draw(rng, 13, 2)
    check_map(submission, x.to(device), y.to(device), f"x has repeated columns, {DEFICIENT}")


@pytest.mark.task("best_linear")
def test_zero_column(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A column of zeros in x is no obstacle."""
    x, y = draw(rng, 11, 4), draw(rng, 11, 3)
    x[:, 2] = 0.0
    check_map(submission, x.to(device), y.to(device), f"x has a column of zeros, {DEFICIENT}")


@pytest.mark.task("best_linear")
def test_samples_on_a_line(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Like the worked example: both inputs are always equal, and the target is folded at 0."""
    x = draw(rng, 10, 1).expand(10, 2).contiguous()
    y = x[:, :1].abs() * 2
    check_map(submission, x.to(device), y.to(device), f"x has repeated columns, {DEFICIENT}")


@pytest.mark.task("best_linear")
def test_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The map is float32 when the data are float32."""
    x = draw(rng, 12, 3).to(device, torch.float32)
    y = draw(rng, 12, 2).to(device, torch.float32)
    check_map(submission, x, y, "does it minimise the sum of squares, and over all rows?")
