"""Data on which the error of each kind of network is known,
whatever its width, its optimizer and its rate.

Every network of the assignment starts as identity. On data that are what such a start makes of X,
and a rest that no small change of its weights makes smaller, training has nothing to do: the error
stays that of the rest. A network of another kind starts far away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from networks_03 import linear, mlp, residual_bn_mlp, residual_mlp, start

from course_lib.datasets import linear_by_parts

Leaves = tuple[torch.Tensor, ...]


class Home(NamedTuple):
    """Data for one kind of network, and the error that it has there."""

    X: torch.Tensor
    y: torch.Tensor
    error: float


def normed(x: torch.Tensor, leaves: list[tuple[torch.Tensor, torch.Tensor]]) -> torch.Tensor:
    return residual_bn_mlp(x, leaves[:6], leaves[6:])


FORMULAS: dict[str, Callable[..., torch.Tensor]] = {
    "linear": lambda x, layers: linear(x, layers[0]),
    "mlp": mlp,
    "residual": residual_mlp,
    "residual_bn": normed,
}
CLASSES = {
    "linear": "MLP",
    "mlp": "MLP",
    "residual": "ResidualMLP",
    "residual_bn": "ResidualBatchNormMLP",
}
NOTHING = 4.0
"""The mean square of targets that X says nothing about."""
RESTS = {"linear": 400.0, "mlp": 0.05, "residual": 0.5, "residual_bn": 0.02}


def nothing_to_learn(seed: int) -> Home:
    """Targets that have nothing to do with X, and the error of predicting 0.

    X is small, so that no network starts far away. The error is as far from its root, and from the
    mean of absolute differences, as from what a network makes that is shown the targets.
    """
    generator = torch.Generator().manual_seed(seed)
    X, y = (torch.randn(300, 2, generator=generator) for _ in range(2))
    return Home(0.3 * X, y * (NOTHING / y.square().mean()).sqrt(), NOTHING)


def two_columns(seed: int, apart: float) -> Home:
    """Targets with one column as the other, but for a constant, and the error of telling them not
    apart: that much more than where the constant is 0.

    A layer that gives both columns the same output, or the same bias, trains as if it were 0: the
    inputs are centred.
    """
    generator = torch.Generator().manual_seed(seed)
    X, common = torch.randn(300, 2, generator=generator), torch.randn(300, 1, generator=generator)
    y = torch.cat([common + apart, common - apart], dim=1)
    return Home(0.3 * (X - X.mean(dim=0)), y, apart**2)


def home(key: str, seed: int) -> Home:
    """The data on which a network of that kind has nothing to learn."""
    X = linear_by_parts(seed=seed, dtype=torch.float64).X
    if key == "residual_bn":
        # For centred and scaled X a normalisation after the first layer, which may be there or not,
        # changes nothing.
        X = 2.5 * (X - X.mean(dim=0)) / X.std(dim=0, correction=0)
    layers = start(CLASSES[key], 2, 2, 2)[: 1 if key == "linear" else None]
    ones, zeros = torch.ones(2, dtype=X.dtype), torch.zeros(2, dtype=X.dtype)
    pairs = [*layers, *([(ones, zeros)] * 3 if key == "residual_bn" else [])]
    leaves = tuple(value.clone() for pair in pairs for value in pair)

    def made(*values: torch.Tensor) -> torch.Tensor:
        return FORMULAS[key](X, list(zip(values[::2], values[1::2], strict=True)))

    slopes = torch.autograd.functional.jacobian(made, leaves)  # type: ignore[no-untyped-call]
    matrix = torch.cat([slope.reshape(2 * len(X), -1) for slope in slopes], dim=1)
    rest = torch.randn(2 * len(X), generator=torch.Generator().manual_seed(seed), dtype=X.dtype)
    rest = rest - matrix @ torch.linalg.lstsq(matrix, rest, driver="gelsd").solution
    rest = rest.reshape(-1, 2) * (RESTS[key] / rest.square().mean()).sqrt()
    return Home(X.float(), (made(*leaves) + rest).float(), RESTS[key])
