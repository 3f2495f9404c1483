"""`gradients` against the chain rule, with weights of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import NAMES, Array, Weights, draw, inputs_for, normal, onehot

from course_lib.expect import Mismatch

HINTS = {
    "W1": "the error of the output, back through W2 and the ReLU, times the inputs",
    "b1": "the error of the output, back through W2 and the ReLU, summed over the samples",
    "W2": "the error of the output times what the hidden units put out",
    "b2": "the error of the output, summed over the samples",
}
SIZES = {
    "one_sample": (1, (3, 5, 4)),
    "one_input": (6, (1, 4, 3)),
    "one_unit": (6, (3, 1, 2)),
    "two_classes": (5, (3, 4, 2)),
    "square": (4, (4, 4, 4)),
    "few_samples": (2, (6, 5, 3)),
    "many_inputs": (5, (80, 6, 3)),
    "many_units": (9, (2, 70, 3)),
    "many_classes": (12, (3, 6, 70)),
    "many_samples": (1031, (3, 4, 2)),
}
each = pytest.mark.parametrize("name", NAMES)


def problem(
    rng: torch.Generator, n: int, sizes: tuple[int, int, int]
) -> tuple[Weights, Array, Array]:
    """Weights, rows away from the kink, and labels; some units are on for some rows."""
    while True:
        weights = draw(rng, sizes)
        X = inputs_for(rng, weights, n)
        on = reference.hidden(weights, X) > 0
        if on.any() and not (n > 1 and on.all()):
            return weights, X, onehot(rng, n, sizes[2])


def run(
    submission: Any,
    sizes: tuple[int, int, int],
    weights: Weights,
    X: Array,
    y: Array,
    **options: Any,
) -> Any:
    return submission.drive(drivers_05.call, "gradients", list(sizes), weights, X, y, **options)


def entry(found: object, name: str) -> object:
    if not isinstance(found, Mapping):
        raise Mismatch("gradients(…) gives no dict: is a return missing?")
    if name not in found:
        raise Mismatch(f"gradients(…) has no entry {name!r}: its keys are W1, b1, W2 and b2")
    return found[name]


def judge(
    call: Any,
    weights: Weights,
    X: Array,
    y: Array,
    names: tuple[str, ...] = NAMES,
    hint: str | None = None,
) -> None:
    own, tolerance = reference.used(call, weights)
    expected = reference.gradients(own, X, y)
    if X.dtype != np.float64:
        tolerance = reference.ROUNDED
    for name in names:
        found = entry(reference.result(call), name)
        what = f"gradients(…)[{name!r}]"
        reference.check(found, expected[name], what, hint or HINTS[name], 10 * tolerance)


@pytest.mark.task("gradients", weight=8)
@each
def test_gradient_values(submission: Any, rng: torch.Generator, name: str) -> None:
    """Each entry is the gradient of the mean cross-entropy, in the shape of its array."""
    weights, X, y = problem(rng, 7, (3, 5, 4))
    judge(run(submission, (3, 5, 4), weights, X, y), weights, X, y, (name,))


@pytest.mark.task("gradients", weight=4)
@each
@pytest.mark.parametrize(("n", "sizes"), SIZES.values(), ids=SIZES)
def test_gradient_sizes(
    submission: Any,
    rng: torch.Generator,
    name: str,
    n: int,
    sizes: tuple[int, int, int],
) -> None:
    """Any number of samples, inputs, units and classes will do."""
    weights, X, y = problem(rng, n, sizes)
    hint = "is a size fixed, an axis taken for another one, or a sum taken for a mean?"
    judge(run(submission, sizes, weights, X, y), weights, X, y, (name,), hint)


@pytest.mark.task("gradients", needs="test_gradient_values")
def test_gradient_types(submission: Any, rng: torch.Generator) -> None:
    """float32 rows and whole-numbered labels work as well as others."""
    weights, X, y = problem(rng, 6, (3, 4, 3))
    single = X.astype(np.float32), y.astype(np.float32)
    judge(run(submission, (3, 4, 3), weights, *single), weights, *single)
    whole = y.astype(np.int64)
    judge(run(submission, (3, 4, 3), weights, X, whole), weights, X, whole)


@pytest.mark.task("gradients", weight=2)
@pytest.mark.parametrize("factor", [30.0, 3000.0], ids=["sure", "quite_sure"])
def test_sure_network(submission: Any, rng: torch.Generator, factor: float) -> None:
    """The gradients stay finite and right where a probability is as good as 0, or is 0."""
    weights, X, y = problem(rng, 6, (3, 4, 3))
    weights["W2"] *= factor
    weights["b2"] *= factor
    worst = reference.forward(weights, X).argmin(axis=1)
    y[::2] = np.eye(3)[worst[::2]]
    hint = "is something divided by a probability, or is its logarithm taken?"
    judge(run(submission, (3, 4, 3), weights, X, y), weights, X, y, hint=hint)


@pytest.mark.task("gradients")
def test_gradient_scales(submission: Any, rng: torch.Generator) -> None:
    """Small and large inputs are no obstacle: nothing is clipped or scaled."""
    weights, X, y = problem(rng, 6, (3, 4, 3))
    for scale in (1e-4, 1e4):
        scaled = weights | {"W1": weights["W1"] / scale}
        hint = "is something clipped or scaled?"
        judge(run(submission, (3, 4, 3), scaled, scale * X, y), scaled, scale * X, y, hint=hint)


@pytest.mark.task("gradients", needs="test_gradient_values")
def test_dead_units(submission: Any, rng: torch.Generator) -> None:
    """Units that are off for every sample get no gradient; the last bias still does."""
    weights, X, y = problem(rng, 5, (3, 4, 3))
    for column in (slice(0, 2), slice(None)):
        off = weights | {"b1": weights["b1"].copy()}
        off["b1"][:, column] = -50.0
        judge(run(submission, (3, 4, 3), off, X, y), off, X, y, hint="units are off here")


@pytest.mark.task("gradients", weight=2, needs="test_gradient_values")
def test_gradients_leave_all_alone(submission: Any, rng: torch.Generator) -> None:
    """gradients changes neither its arguments nor the weights: no step is taken yet."""
    weights, X, y = problem(rng, 6, (3, 4, 3))
    for layout in ("rows", "columns", "apart"):
        call = run(submission, (3, 4, 3), weights, X, y, layout=layout)
        judge(call, weights, X, y, hint="is an array read in the order in which it lies in memory?")
        reference.unchanged(X, call["args"][0], "X")
        reference.unchanged(y, call["args"][1], "y_onehot")
        for name in NAMES:
            reference.unchanged(call["used"][name], call["after"][name], name)


@pytest.mark.task("gradients", weight=2, needs="test_gradient_values")
def test_gradients_keep_nothing(submission: Any, rng: torch.Generator) -> None:
    """Earlier calls of forward or gradients, with other rows or weights, make no difference."""
    sizes = (3, 4, 3)
    weights, X, y = problem(rng, 5, sizes)
    for rows in (5, 4):
        others = normal(rng, rows, 3), onehot(rng, rows, 3)
        before = (("forward", [others[0]]), ("gradients", list(others)), ("forward", [others[0]]))
        call = run(submission, sizes, weights, X, y, before=before)
        judge(call, weights, X, y, hint="is something kept from an earlier call?")
    call = submission.drive(drivers_05.twice, "gradients", list(sizes), weights, X, y)
    for found in call["result"]:
        again = {"used": call["used"], "result": found}
        judge(again, weights, X, y, hint="do gradients add up from call to call?")
    changed = draw(rng, sizes)
    X = inputs_for(rng, changed, 5)
    call = submission.drive(
        drivers_05.changed_weights, "gradients", list(sizes), weights, changed, X, y
    )
    judge(call, changed, X, y, hint="are the current weights used?")
