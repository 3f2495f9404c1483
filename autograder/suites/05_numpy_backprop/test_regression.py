"""`regression_gradients` against the chain rule, written with the biases apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import Array, normal, uniform

from course_lib import expect

CALL = "regression_gradients(X, y, W1, W2, reg)"
HINTS = {
    "dW1": "back through the second layer without its bias, through the ReLU, to the rows of W1",
    "dW2": "the error of each sample times 2/n, times what the second layer receives, 1 included",
}
SIZES = {
    "one_sample": (1, 3, 4),
    "one_input": (6, 1, 4),
    "one_unit": (6, 3, 1),
    "square": (4, 4, 4),
    "few_samples": (2, 6, 5),
    "many_inputs": (5, 80, 4),
    "many_units": (9, 2, 70),
    "many_samples": (1031, 3, 4),
    "all_ones": (1, 1, 1),
}
each = pytest.mark.parametrize("name", ["dW1", "dW2"])


class Problem(NamedTuple):
    """The arguments of one call."""

    X: Array
    y: Array
    W1: Array
    W2: Array
    reg: float


def draw(
    rng: torch.Generator, n: int, d: int, hidden: int, reg: float = 0.0, scale: float = 1.0
) -> Problem:
    """Weights and rows that keep away from the kink; at least one unit is on somewhere."""
    while True:
        W1, W2 = normal(rng, d + 1, hidden), normal(rng, hidden + 1, 1)
        parts = {"W1": W1[1:], "b1": W1[:1]}
        X = reference.inputs_for(rng, parts, n)
        if (X @ W1[1:] + W1[:1] > 0).any():
            return Problem(scale * X, normal(rng, n, 1), W1, W2, reg)


def right(p: Problem) -> dict[str, Array]:
    X, y, W1, W2 = (np.asarray(value, float) for value in p[:4])
    z = X @ W1[1:] + W1[0]
    outer = 2 * (np.maximum(z, 0) @ W2[1:] + W2[0] - y) / len(X)
    inner = outer @ W2[1:].T * (z > 0)
    return {
        "dW1": np.vstack([inner.sum(axis=0), X.T @ inner]) + p.reg * W1,
        "dW2": np.vstack([outer.sum(axis=0), np.maximum(z, 0).T @ outer]) + p.reg * W2,
    }


def judge(
    found: object, problem: Problem, name: str, hint: str | None = None, tolerance: float = 1e-9
) -> None:
    pair = dict(zip(HINTS, expect.items(found, what=CALL, length=2), strict=True))
    reference.check(pair[name], right(problem)[name], name, hint or HINTS[name], tolerance)


def check(
    submission: Any, problem: Problem, name: str, hint: str | None = None, tolerance: float = 1e-9
) -> None:
    given = [np.array(value) for value in problem[:4]]
    judge(submission.regression_gradients(*given, problem.reg), problem, name, hint, tolerance)


@pytest.mark.task("regression", weight=5)
@each
def test_regression_values(submission: Any, rng: torch.Generator, name: str) -> None:
    """Without regularisation both gradients are those of the mean squared error."""
    check(submission, draw(rng, 8, 3, 5), name)


@pytest.mark.task("regression", weight=3)
@each
def test_regularisation(submission: Any, rng: torch.Generator, name: str) -> None:
    """reg·W is added to each gradient, to the rows of the biases as well."""
    for reg in (0.3 + float(uniform(rng)), 40.0):
        hint = "what is added for the regularisation, and to which rows?"
        check(submission, draw(rng, 7, 3, 4, reg), name, hint)


@pytest.mark.task("regression", weight=2)
@each
@pytest.mark.parametrize(("n", "d", "hidden"), SIZES.values(), ids=SIZES)
def test_regression_sizes(
    submission: Any,
    rng: torch.Generator,
    name: str,
    n: int,
    d: int,
    hidden: int,
) -> None:
    """Any number of samples, inputs and units will do, even one of each."""
    hint = "is a size fixed, or an axis taken for another one?"
    check(submission, draw(rng, n, d, hidden, 0.2), name, hint)


@pytest.mark.task("regression")
@each
@pytest.mark.parametrize("scale", [1e-4, 1e4], ids=["small", "large"])
def test_regression_scale(submission: Any, rng: torch.Generator, name: str, scale: float) -> None:
    """Small and large inputs are no obstacle: nothing is clipped or scaled."""
    problem = draw(rng, 6, 3, 4, 0.1)
    W1 = problem.W1.copy()
    W1[1:] /= scale  # so the pre-activations stay away from 0
    check(submission, problem._replace(X=scale * problem.X, W1=W1), name, "is something scaled?")
    large = problem._replace(y=scale * problem.y, W2=scale * problem.W2)
    check(submission, large, name, "is something clipped?")


@pytest.mark.task("regression", weight=0.5, needs="test_regression_values")
@each
def test_regression_float32(submission: Any, rng: torch.Generator, name: str) -> None:
    """float32 arrays are as welcome as float64 ones."""
    problem = draw(rng, 6, 3, 4, 0.5)
    X, y, W1, W2 = (value.astype(np.float32) for value in problem[:4])
    single = Problem(X, y, W1, W2, problem.reg)
    check(submission, single, name, tolerance=1e-4)


@pytest.mark.task("regression", weight=0.5, needs="test_regression_values")
def test_dead_hidden_layer(submission: Any, rng: torch.Generator) -> None:
    """Where every unit is off, only the regularisation moves W1, and the last bias still learns."""
    problem = draw(rng, 5, 2, 3, 0.2)
    W1 = problem.W1.copy()
    W1[0] = -50.0
    for name in HINTS:
        check(submission, problem._replace(W1=W1), name, "every unit is off here")


@pytest.mark.task("regression", weight=0.5, needs="test_regression_values")
def test_regression_arguments(submission: Any, rng: torch.Generator) -> None:
    """The arguments are as they were before the call, and earlier calls make no difference."""
    for n, d, hidden in ((5, 3, 4), (5, 3, 4), (4, 2, 3)):
        problem = draw(rng, n, d, hidden, 0.3)
        given = [value.copy() for value in problem[:4]]
        found = submission.regression_gradients(*given, problem.reg)
        for what, before, after in zip(("X", "y", "W1", "W2"), problem[:4], given, strict=True):
            reference.unchanged(before, after, what)
        for name in HINTS:
            judge(found, problem, name, "is something kept from an earlier call?")
        for layout in ("columns", "apart"):
            found = submission.drive(
                drivers_05.function_of, "regression_gradients", layout, *problem[:4], problem.reg
            )
            for name in HINTS:
                judge(found, problem, name, "is an array read in its order in memory?")
