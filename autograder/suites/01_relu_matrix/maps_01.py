"""Data for `best_linear_map`, and by how much a map misses the least error on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch

Data = tuple[torch.Tensor, torch.Tensor]
Map = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
SLACK = {torch.float64: 1e-8, torch.float32: 1e-4}
"""Share of ‖y‖ by which a residual may exceed the least one: far above rounding, below what a
mistake costs."""


def draw(rng: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)


def made(
    rng: torch.Generator, n: int, sizes: list[float], outputs: int, *, noise: float = 1.0
) -> Data:
    """Data whose x has these singular values, and whose y follows x in every one of their
    directions.

    With noise, to centre the data first, or to fit an intercept, costs clearly more than the best
    linear map.
    """
    mistakes = [_centred] if noise else []
    return until_clear(lambda: _made(rng, n, sizes, outputs, noise), mistakes, SLACK[torch.float32])


def until_clear(make: Callable[[], Data], mistakes: Sequence[Map], slack: float) -> Data:
    """Data on which each of these mistakes costs ten times what the test allows, drawn anew where
    one does not: it must not pass in one of a hundred classes, by luck.
    """
    for _ in range(100):
        x, y = make()
        if all(_costs(mistake, x, y) > 10 * slack for mistake in mistakes):
            break
    return x, y


def excess(a: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> float:
    """The residual that a map leaves, less the least one, found through the SVD in float64; as a
    share of ‖y‖.
    """
    a, inputs, targets = (value.cpu().double() for value in (a, x, y))
    left, sizes, _ = torch.linalg.svd(inputs, full_matrices=False)
    basis = left[:, sizes > 1e-9 * sizes[0]]
    least = torch.linalg.norm(targets - basis @ (basis.T @ targets))
    found = torch.linalg.norm(inputs @ a.T - targets)
    return float((found - least) / torch.linalg.norm(targets))


def in_float32(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mistake to calculate in float32."""
    inverse: torch.Tensor = torch.linalg.pinv(x.float())
    return inverse.matmul(y.float()).T


def with_a_tiny_penalty(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mistake to make xᵀx invertible by a number too small for it."""
    gram = x.T @ x + 1e-8 * torch.eye(x.shape[1], dtype=x.dtype)
    solution: torch.Tensor = torch.linalg.solve(gram, x.T @ y)
    return solution.T


# --- helpers ---


def _made(rng: torch.Generator, n: int, sizes: list[float], outputs: int, noise: float) -> Data:
    k = len(sizes)
    # The first direction is near that of a constant, so the data are off centre.
    left = torch.linalg.qr(draw(rng, n, k) + 2 * torch.eye(1, k)).Q
    x = left @ torch.diag(torch.tensor(sizes, dtype=torch.float64)) @ _directions(rng, k).T
    follows = left @ (
        draw(rng, k, outputs).sign()
        * (1 + torch.rand(k, outputs, generator=rng, dtype=torch.float64))
    )
    return x, follows + noise * draw(rng, n, outputs) / n**0.5


def _directions(rng: torch.Generator, k: int) -> torch.Tensor:
    """A (k, k) matrix with orthonormal columns."""
    found: torch.Tensor = torch.linalg.qr(draw(rng, k, k)).Q
    return found


def _centred(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    inverse: torch.Tensor = torch.linalg.pinv(x - x.mean(dim=0))
    return inverse.matmul(y - y.mean(dim=0)).T


def _costs(mistake: Map, x: torch.Tensor, y: torch.Tensor) -> float:
    try:
        cost = excess(mistake(x, y), x, y)
    except RuntimeError:  # a singular matrix
        return math.inf
    return math.inf if math.isnan(cost) else cost
