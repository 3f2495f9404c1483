"""Train a submission's model once for all tests, and measure its errors on fresh draws."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch


class Errors(NamedTuple):
    """Mean squared errors on fresh draws: of the model, and of trivial models with its data."""

    model: float
    constant: float
    affine: float
    unchanged: bool
    alone: bool
    """Whether the model sends a point to the same place without the others."""


class Data(NamedTuple):
    """Points and their targets."""

    X: torch.Tensor
    y: torch.Tensor


def draw(rng: torch.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A fresh data set of n rows, as the notebook describes it."""
    t = torch.linspace(-1, 1, n)
    X = torch.stack([t, -t], dim=1) + 0.1 * torch.randn(n, 2, generator=rng)
    return X, 2 * X + X**2 + 0.5


def mse(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one.detach().cpu().double() - other.cpu().double()).square().mean())


def with_one(X: torch.Tensor) -> torch.Tensor:
    return torch.cat([X, torch.ones(len(X), 1)], dim=1).double()


def train(submission: Any, known: Data, new: Data, device: torch.device) -> list[Errors]:
    """Call fit with `known` and measure on `new`: both columns together, then each by itself."""
    given_X, given_y = known.X.to(device, copy=True), known.y.to(device, copy=True)
    model = submission.fit(given_X, given_y)
    if not isinstance(model, nn.Module):
        raise Mismatch(
            "fit(X, y) returns no nn.Module: is a return missing, or is the model part of a tuple?"
        )
    model.eval()
    with torch.no_grad():
        output = model(new.X.to(device))
        first = model(new.X[:1].to(device))
    what = "the trained model's output"
    found = expect.tensor(
        output, what=what, shape=tuple(new.y.shape), dtype=torch.float32, device=device
    )
    expect.finite(found, what=what)
    unchanged = torch.equal(given_X.cpu(), known.X) and torch.equal(given_y.cpu(), known.y)
    alone = isinstance(first, torch.Tensor) and torch.allclose(
        first, found[:1], rtol=1e-3, atol=1e-4
    )
    return [
        errors(found.detach().cpu(), known, new, columns, unchanged, alone)
        for columns in ([0, 1], [0], [1])
    ]


def errors(
    output: torch.Tensor, known: Data, new: Data, columns: list[int], *flags: bool
) -> Errors:
    """The errors of some columns of an output for the new points."""
    y, y_new = known.y[:, columns], new.y[:, columns]
    affine = with_one(new.X) @ torch.linalg.lstsq(with_one(known.X), y.double()).solution
    constant = y.mean(dim=0).expand_as(y_new)
    return Errors(mse(output[:, columns], y_new), mse(constant, y_new), mse(affine, y_new), *flags)


def trained(submission: Any, seed: int, device: torch.device) -> Errors:
    """Train once, for all tests."""
    rng = torch.Generator().manual_seed(seed)
    return train(submission, Data(*draw(rng, 500)), Data(*draw(rng, 2000)), device)[0]


def trained_on_another(submission: Any, seed: int, device: torch.device) -> list[Errors]:
    """Train once on other targets: a wave in one column, the curve upside down in the other."""
    rng = torch.Generator().manual_seed(seed + 1)
    X, X_new = draw(rng, 500)[0], draw(rng, 900)[0]
    return train(submission, another(X), another(X_new), device)[1:]


def another(X: torch.Tensor) -> Data:
    """Points with other targets than those of the notebook."""
    one, two = X.unbind(dim=1)
    return Data(X, torch.stack([1 - torch.cos(2.5 * two), 1.25 + 3 * one - 1.5 * one**2], dim=1))
