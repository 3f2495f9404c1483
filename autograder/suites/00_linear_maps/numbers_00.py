"""Numbers for which every mistake shows: none is near 0, and signs differ."""

from __future__ import annotations

import math

import torch


def draw(rng: torch.Generator, *shape: int) -> torch.Tensor:
    """Numbers of either sign with sizes from 0.3 to 1, in float64."""
    sizes = 0.3 + 0.7 * torch.rand(shape, generator=rng, dtype=torch.float64)
    return sizes * (1 - 2.0 * torch.randint(0, 2, shape, generator=rng))


def between(rng: torch.Generator, low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(1, generator=rng, dtype=torch.float64))


def rotation(degrees: float) -> torch.Tensor:
    """R = [[cos, −sin], [sin, cos]] in float64."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
