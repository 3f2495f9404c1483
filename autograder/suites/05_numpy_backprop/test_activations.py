"""ReLU, its slope and softmax against their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import Array, normal, uniform

FORMULAS: dict[str, Callable[[Array], Array]] = {
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "relu_grad": lambda z: np.where(z > 0, 1.0, 0.0),
    "softmax": reference.softmax,
}
HINTS = {
    "relu": "what is positive stays, what is not becomes 0",
    "relu_grad": "the slope is one number on the left of 0 and another on the right",
    "softmax": "every row by itself: exponentials, divided by their sum",
}
EXACT = 1e-12
each = pytest.mark.parametrize("name", FORMULAS)
elementwise = pytest.mark.parametrize("name", ["relu", "relu_grad"])
precision = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


def signed(rng: torch.Generator, *shape: int) -> Array:
    """Numbers with sizes from 0.3 to 4 and signs that take turns."""
    sizes = (0.3 + 3.7 * uniform(rng, *shape)).ravel()
    first = int(torch.randint(0, 2, (1,), generator=rng))
    return (sizes * (1 - 2.0 * ((np.arange(len(sizes)) + first) % 2))).reshape(shape)


def check_values(
    submission: Any, name: str, z: Array, hint: str | None = None, rounded: float = 1e-5
) -> None:
    """Compare; in float32 to `rounded`, as a share of the largest entry."""
    near = EXACT if z.dtype == np.float64 else rounded
    check(getattr(submission, name)(z.copy()), name, FORMULAS[name](z.astype(float)), near, hint)


def check(
    found: object, name: str, expected: Array, near: float = EXACT, hint: str | None = None
) -> None:
    reference.check(found, expected, f"{name}(z)", hint or HINTS[name], near)


@pytest.mark.task("activations", weight=4)
@each
def test_activation_values(submission: Any, rng: torch.Generator, name: str) -> None:
    """relu, relu_grad and softmax are right for a batch of ordinary numbers."""
    check_values(submission, name, signed(rng, 5, 7))


@pytest.mark.task("activations")
@each
def test_activation_sizes(submission: Any, rng: torch.Generator, name: str) -> None:
    """One row, one column, a square, and more than a thousand rows or columns are no obstacle."""
    for shape in ((1, 6), (6, 1), (1, 1), (4, 4), (2, 3), (1031, 2), (2, 1031)):
        for sign in (1, -1):
            check_values(submission, name, sign * signed(rng, *shape))


@pytest.mark.task("activations")
@elementwise
def test_any_shape(submission: Any, rng: torch.Generator, name: str) -> None:
    """relu and relu_grad take arrays with one axis or three as well."""
    for shape in ((9,), (1,), (2, 3, 4)):
        check_values(submission, name, signed(rng, *shape))


@pytest.mark.task("activations")
@each
def test_activation_float32(submission: Any, rng: torch.Generator, name: str) -> None:
    """float32 numbers work as well as float64 ones."""
    check_values(submission, name, signed(rng, 6, 3).astype(np.float32))


@pytest.mark.task("activations", weight=4)
@elementwise
def test_at_zero(submission: Any, rng: torch.Generator, name: str) -> None:
    """At exactly 0 relu is 0, and so is relu_grad."""
    z = signed(rng, 5, 3)
    z[::2] = 0.0
    z[2, 1] = -0.0
    check_values(submission, name, z, "what does the task say about exactly 0?")


@pytest.mark.task("activations")
@elementwise
@precision
def test_beside_zero(submission: Any, rng: torch.Generator, dtype: Any, name: str) -> None:
    """However near to 0 an entry is, its side decides."""
    powers = np.array([0.25, 0.1, 0.01, 1e-3, 1e-5, 1e-7, 1e-9, 1e-15, 1e-30])
    sizes = (0.5 + 0.5 * uniform(rng, 9)) * powers
    for part in (np.stack([sizes, -sizes]), np.stack([sizes[4:], -sizes[4:]])):
        for row in part.T[:, None]:  # each by itself, so that the smallest count too
            hint = "is there a threshold, or a number that is added?"
            check_values(submission, name, row.astype(dtype), hint)


@pytest.mark.task("activations")
@elementwise
def test_far_from_zero(submission: Any, rng: torch.Generator, name: str) -> None:
    """Huge numbers are no obstacle, on either side."""
    z = signed(rng, 4, 6) * 10.0 ** np.array([1, 2, 4, 8, 16, 30])
    for column in z.T:
        check_values(submission, name, column[:, None], "is something cut off?")


@pytest.mark.task("activations", weight=2)
@precision
def test_softmax_stays_finite(submission: Any, rng: torch.Generator, dtype: Any) -> None:
    """softmax is right and finite where |z| goes up to 10,000, whatever the other rows hold."""
    z = signed(rng, 5, 4)
    z[0] += 9990
    z[1] -= 9990
    z[2] = [1e4, 1e4, -1e4, -1e4]
    z[3] *= 300
    for rows in (z, z[:1], z[1:2], z[::-1]):
        hint = "e to a large power is infinite: by what may each row be shifted first?"
        # The exponential of z − log Σ is rounded as a number of that size is: by a thousandth.
        check_values(submission, "softmax", rows.astype(dtype), hint, 2e-3)


@pytest.mark.task("activations")
def test_softmax_equal_entries(submission: Any, rng: torch.Generator) -> None:
    """Equal entries of a row get equal probabilities, zeros too."""
    z = np.repeat(normal(rng, 4, 1), 3, axis=1)
    z[1] = 0.0
    check_values(submission, "softmax", z)


@pytest.mark.task("activations", weight=0.5, needs="test_activation_values")
@each
def test_activation_arguments(submission: Any, rng: torch.Generator, name: str) -> None:
    """z is as it was before the call, and earlier calls make no difference."""
    for shape in ((3, 4), (3, 4), (2, 5), (3, 4)):
        z = signed(rng, *shape)
        before = z.copy()
        found = getattr(submission, name)(z)
        reference.unchanged(before, z, "z")
        hint = "is something kept from an earlier call?"
        check(found, name, FORMULAS[name](before), hint=hint)


@pytest.mark.task("activations", weight=0.5, needs="test_activation_values")
@each
def test_activation_layout(submission: Any, rng: torch.Generator, name: str) -> None:
    """z may be a view, whose entries do not lie in memory row by row."""
    z = signed(rng, 4, 5)
    for layout in ("columns", "apart"):
        found = submission.drive(drivers_05.function_of, name, layout, z)
        hint = "is z read in the order in which its entries lie in memory?"
        check(found, name, FORMULAS[name](z), hint=hint)
