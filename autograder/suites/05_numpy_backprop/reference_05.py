"""What is right, in float64, and how a result is compared with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from course_lib import expect
from course_lib.expect import Mismatch

Array = NDArray[Any]
Weights = dict[str, Array]

NAMES = ("W1", "b1", "W2", "b2")
EXACT, ROUNDED = 1e-7, 1e-4
"""Tolerances in float64 and in float32, as shares of the largest expected entry."""
KINK = 0.02
"""As near to 0 as pre-activations may come where the slope of ReLU counts."""


def normal(rng: torch.Generator, *shape: int) -> Array:
    numbers: Array = torch.randn(shape, generator=rng, dtype=torch.float64).numpy()
    return numbers


def uniform(rng: torch.Generator, *shape: int) -> Array:
    numbers: Array = torch.rand(shape, generator=rng, dtype=torch.float64).numpy()
    return numbers


def onehot(rng: torch.Generator, n: int, classes: int) -> Array:
    """Labels in which as many classes occur as can."""
    order = torch.randperm(n, generator=rng).numpy() % classes
    made: Array = np.eye(classes)[order]
    return made


def softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    made: Array = powers / powers.sum(axis=1, keepdims=True)
    return made


def draw(rng: torch.Generator, sizes: tuple[int, int, int], scale: float = 1.0) -> Weights:
    """Weights and biases, none of them 0."""
    inputs, hidden, outputs = sizes
    shapes = {
        "W1": (inputs, hidden),
        "b1": (1, hidden),
        "W2": (hidden, outputs),
        "b2": (1, outputs),
    }
    fan = {"W1": inputs**0.5, "W2": hidden**0.5}
    return {
        name: scale * normal(rng, *shape) / fan.get(name, 1.0) for name, shape in shapes.items()
    }


def inputs_for(rng: torch.Generator, weights: Weights, n: int, scale: float = 1.0) -> Array:
    """Rows whose pre-activations all keep away from ReLU's kink."""
    made = np.empty((0, len(weights["W1"])))
    while len(made) < n:
        rows = scale * normal(rng, n, len(weights["W1"]))
        z = rows @ weights["W1"] + weights["b1"]
        near = KINK / max(1.0, z.shape[1] / 8) * np.abs(z).max()
        made = np.concatenate([made, rows[(np.abs(z) > near).all(axis=1)]])
    return made[:n]


def hidden(weights: Weights, X: Array) -> Array:
    made: Array = np.asarray(X, float) @ weights["W1"] + weights["b1"]
    return made


def forward(weights: Weights, X: Array) -> Array:
    return softmax(np.maximum(hidden(weights, X), 0) @ weights["W2"] + weights["b2"])


def loss(weights: Weights, X: Array, y: Array) -> float:
    z = np.maximum(hidden(weights, X), 0) @ weights["W2"] + weights["b2"]
    top = z.max(axis=1, keepdims=True)
    logs = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))
    return float(-(y * logs).sum() / len(y))


def gradients(weights: Weights, X: Array, y: Array) -> Weights:
    z = hidden(weights, X)
    outer = (forward(weights, X) - y) / len(y)
    inner = outer @ weights["W2"].T * (z > 0)
    return {
        "W1": np.asarray(X, float).T @ inner,
        "b1": inner.sum(axis=0, keepdims=True),
        "W2": np.maximum(z, 0).T @ outer,
        "b2": outer.sum(axis=0, keepdims=True),
    }


def descend(weights: Weights, X: Array, y: Array, epochs: int, rate: float) -> list[float]:
    """Train the weights in place; the loss before each update."""
    losses = []
    for _ in range(epochs):
        losses.append(loss(weights, X, y))
        for name, slope in gradients(weights, X, y).items():
            weights[name] = weights[name] - rate * slope
    return losses


def values(found: object, what: str, shape: tuple[int, ...]) -> torch.Tensor:
    """An array's numbers as a float64 tensor.

    Raises:
        Mismatch: it is no array of that shape, or holds something else than finite numbers.
    """
    numbers = expect.values(found, what=what)
    if not isinstance(found, np.ndarray | np.generic):
        raise Mismatch(f"{what} is a {type(found).__name__}, expected a NumPy array")
    expect.values(found, what=what, shape=shape)
    expect.finite(numbers, what=what)
    return numbers


def check(
    found: object, expected: Array, what: str, hint: str | None, tolerance: float = EXACT
) -> None:
    """Compare in shares of the largest expected entry."""
    numbers = values(found, what, expected.shape)
    target = torch.from_numpy(np.asarray(expected, float))
    atol = tolerance * float(target.abs().max()) if target.numel() else 0.0
    expect.close(numbers, target, what=what, rtol=0, atol=atol, hint=hint)


def number(found: object, expected: float, what: str, hint: str, tolerance: float) -> None:
    """Compare a single number, to a share of its size or of 1, whichever is larger."""
    given = expect.values(found, what=what, shape=())
    target = torch.tensor(expected, dtype=torch.float64)
    atol = tolerance * max(1.0, abs(expected))
    expect.close(given, target, what=what, rtol=0, atol=atol, hint=hint)


def used(call: object, given: Weights) -> tuple[Weights, float]:
    """The weights that a network was called with, and the tolerance that their dtype allows.

    Raises:
        Mismatch: they are not those that it was given.
    """
    told = call.get("used") if isinstance(call, Mapping) else None
    found: Weights = {}
    tolerance = EXACT
    for name, value in given.items():
        what = f"the array {name} of the network"
        own = told.get(name) if isinstance(told, Mapping) else None
        check(own, value, what, "can new values be assigned to its entries?", 1e-6)
        found[name] = np.asarray(own, float)
        if getattr(own, "dtype", None) != np.float64:
            tolerance = ROUNDED
    return found, tolerance


def result(call: object) -> Any:
    return call.get("result") if isinstance(call, Mapping) else None


def unchanged(before: Array, after: object, what: str) -> None:
    """Check that an argument, or an array of the network, is as it was."""
    if not (
        isinstance(after, np.ndarray)
        and after.shape == before.shape
        and after.dtype == before.dtype
        and np.array_equal(after, before)
    ):
        raise Mismatch(f"the call changed {what}: work on a new array, without +=, -= or out=")
