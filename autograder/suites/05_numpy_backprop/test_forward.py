"""`NumpyMLP`: its arrays, how it starts, and its forward pass with weights of ours."""

from __future__ import annotations

from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import NAMES, Array, Weights, draw, normal

from course_lib import expect, follow_through
from course_lib.expect import Mismatch

CALL = "forward(X)"
SUBSTANCE = "test_rows_for_samples"
PROBE = np.array([[0.3, -1.2, 2.0], [1.1, 0.4, -0.7]])
HINT = "X W1 + b1, ReLU, times W2, plus b2, and softmax for each row"
OVERFLOWS = 1000.0
"""The exponential of such a number is infinite, and that of its negative is 0, in float64."""
SIZES = {
    "batch": (7, (3, 5, 2)),
    "one_sample": (1, (3, 5, 4)),
    "one_input": (6, (1, 4, 3)),
    "one_unit": (6, (3, 1, 2)),
    "one_class": (5, (3, 4, 1)),
    "square": (4, (4, 4, 4)),
    "few_samples": (2, (6, 5, 3)),
    "many_inputs": (5, (80, 6, 3)),
    "many_units": (9, (2, 70, 3)),
    "many_classes": (4, (3, 6, 90)),
    "many_samples": (1031, (3, 4, 2)),
}


def run(
    submission: Any, sizes: tuple[int, int, int], weights: Weights, X: Array, **options: Any
) -> Any:
    return submission.drive(drivers_05.call, "forward", list(sizes), weights, X, **options)


def judge(submission: Any, call: Any, weights: Weights, X: Array, hint: str = HINT) -> None:
    """The probabilities are the true ones, or follow from the student's own relu and softmax."""
    own, tolerance = reference.used(call, weights)
    if X.dtype != np.float64:
        tolerance = reference.ROUNDED
    expected = torch.from_numpy(reference.forward(own, X))
    found = reference.values(reference.result(call), CALL, tuple(expected.shape))
    try:
        expect.close(found, expected, what=CALL, rtol=0, atol=tolerance, hint=hint)
    except Mismatch:
        follows = with_own_activations(submission, own, X)
        of = "relu and softmax"
        follow_through.close(
            found, expected, follows, what=CALL, of=of, rtol=0, atol=tolerance, hint=hint
        )


def with_own_activations(submission: Any, weights: Weights, X: Array) -> torch.Tensor | None:
    """What the student's own functions make of it; None where nothing can be judged by that."""
    z = reference.hidden(weights, X)
    try:
        units = reference.values(submission.relu(z), "relu(z)", z.shape).numpy()
        z = units @ weights["W2"] + weights["b2"]
        found = reference.values(submission.softmax(z), "softmax(z)", z.shape)
        probe = reference.values(submission.softmax(PROBE), "softmax(z)", PROBE.shape)
    except Exception as error:
        if getattr(error, "hint", None) is None:
            raise
        return None
    # A function that gives one number for everything would make whatever follows right.
    return None if bool((probe == probe.flatten()[0]).all()) else found


@pytest.mark.task("forward", weight=2)
@pytest.mark.parametrize("n", [6, 2])
def test_rows_for_samples(submission: Any, rng: torch.Generator, n: int) -> None:
    """forward gives a row of numbers for each sample, and different rows for different samples."""
    X = normal(rng, n, 3)
    told = submission.drive(drivers_05.untrained, [3, 8, 4], 3, X)
    found = reference.values(told, CALL, (n, 4))
    if bool((found == found[0]).all()):
        raise Mismatch("forward(X) is the same for all samples: does it use X and the weights?")


@pytest.mark.task("forward", weight=2, needs=SUBSTANCE)
@pytest.mark.parametrize("sizes", [(3, 5, 2), (1, 1, 1), (64, 32, 10), (2, 2, 2)], ids=str)
def test_arrays(submission: Any, sizes: tuple[int, int, int]) -> None:
    """W1, b1, W2 and b2 are floating-point arrays, in the shapes that the task names."""
    inputs, hidden, outputs = sizes
    shapes = ((inputs, hidden), (1, hidden), (hidden, outputs), (1, outputs))
    model = submission.drive(drivers_05.attributes, list(sizes), {})
    for name, shape in zip(NAMES, shapes, strict=True):
        found = model[name]
        reference.values(found, name, shape)
        if found.dtype not in (np.float32, np.float64):
            raise Mismatch(f"{name} is {found.dtype}, expected float32 or float64")


@pytest.mark.task("forward", weight=2, needs=SUBSTANCE)
def test_seed(submission: Any, rng: torch.Generator) -> None:
    """The same seed gives the same weights, another seed others, and the default seed is 0."""
    seed = 1 + int(torch.randint(0, 1000, (1,), generator=rng))
    made = [
        submission.drive(drivers_05.attributes, [4, 6, 3], options)
        for options in ({"seed": seed}, {"seed": seed + 1}, {"seed": seed}, {}, {"seed": 0}, {})
    ]
    first, other, again, usual, zero, later = (
        {name: reference.values(model[name], name, shape) for name, shape in SHAPES}
        for model in made
    )
    for name, _ in SHAPES:
        for one, two in ((first, again), (usual, zero), (usual, later)):
            if not torch.equal(one[name], two[name]):
                raise Mismatch(f"{name} differs between two networks of the same seed")
    for name in ("W1", "W2"):
        for one, two in ((first, other), (first, usual)):
            if torch.equal(one[name], two[name]):
                raise Mismatch(f"{name} is the same for two seeds: is it drawn with the seed?")


SHAPES = (("W1", (4, 6)), ("b1", (1, 6)), ("W2", (6, 3)), ("b2", (1, 3)))


@pytest.mark.task("forward", needs=SUBSTANCE)
def test_units_differ(submission: Any, rng: torch.Generator) -> None:
    """No two hidden units start alike: they would stay alike for ever."""
    seed = int(torch.randint(0, 1000, (1,), generator=rng))
    model = submission.drive(drivers_05.attributes, [5, 8, 4], {"seed": seed})
    W1, W2 = (
        reference.values(model[name], name, shape)
        for name, shape in (("W1", (5, 8)), ("W2", (8, 4)))
    )
    if len(np.unique(torch.cat([W1.T, W2], dim=1).numpy(), axis=0)) < 8:
        raise Mismatch("two hidden units start with the same weights: draw them at random")


@pytest.mark.task("forward", weight=6)
@pytest.mark.parametrize(("n", "sizes"), SIZES.values(), ids=SIZES)
def test_forward_values(
    submission: Any,
    rng: torch.Generator,
    n: int,
    sizes: tuple[int, int, int],
) -> None:
    """With any weights and biases, forward gives the probabilities, for one sample as for many."""
    weights = draw(rng, sizes)
    X = normal(rng, n, sizes[0])
    judge(submission, run(submission, sizes, weights, X), weights, X)


@pytest.mark.task("forward")
@pytest.mark.parametrize("name", NAMES)
def test_each_array_counts(submission: Any, rng: torch.Generator, name: str) -> None:
    """Each of the four arrays takes part in the result."""
    weights = draw(rng, (3, 4, 3))
    weights[name] = weights[name] * 3
    X = normal(rng, 6, 3)
    judge(
        submission,
        run(submission, (3, 4, 3), weights, X),
        weights,
        X,
        f"does {name} take part in the result?",
    )


@pytest.mark.task("forward", needs="test_forward_values")
def test_forward_float32(submission: Any, rng: torch.Generator) -> None:
    """float32 rows work as well as float64 ones."""
    weights = draw(rng, (3, 5, 4))
    X = normal(rng, 6, 3).astype(np.float32)
    judge(submission, run(submission, (3, 5, 4), weights, X), weights, X)


@pytest.mark.task("forward")
def test_large_outputs(submission: Any, rng: torch.Generator) -> None:
    """With large weights or large inputs the probabilities stay finite and right."""
    weights = draw(rng, (3, 5, 4))
    X = normal(rng, 6, 3)
    hint = "is softmax finite for large numbers?"
    large, rows = weights, X
    for _ in range(60):  # 1.5⁶⁰ is enough for whatever was drawn
        if farthest(large, X) < OVERFLOWS:
            large = large | {"W2": 1.5 * large["W2"], "b2": 1.5 * large["b2"]}
        if farthest(weights, rows) < OVERFLOWS:
            rows = 1.5 * rows
    small = weights | {"W2": 1e-3 * weights["W2"], "b2": 1e-3 * weights["b2"]}
    for some, x in ((large, X), (weights, rows), (small, X)):
        judge(submission, run(submission, (3, 5, 4), some, x), some, x, hint)


def farthest(weights: Weights, X: Array) -> float:
    """How far from 0 the largest number of a row lies that softmax gets.

    Far above 0 its exponential is infinite; far below 0 all of the row's are 0.
    """
    units = np.maximum(reference.hidden(weights, X), 0)
    return float(np.abs((units @ weights["W2"] + weights["b2"]).max(axis=1)).max())


@pytest.mark.task("forward", needs="test_forward_values")
def test_forward_leaves_all_alone(submission: Any, rng: torch.Generator) -> None:
    """forward changes neither X nor the weights, and X may be a view."""
    weights = draw(rng, (3, 5, 2))
    X = normal(rng, 6, 3)
    for layout in ("rows", "columns", "apart"):
        call = run(submission, (3, 5, 2), weights, X, layout=layout)
        judge(submission, call, weights, X, "is X read in the order in which it lies in memory?")
        reference.unchanged(X, call["args"][0], "X")
        for name in NAMES:
            reference.unchanged(call["used"][name], call["after"][name], name)


@pytest.mark.task("forward", weight=2, needs="test_forward_values")
def test_nothing_is_kept(submission: Any, rng: torch.Generator) -> None:
    """The result depends on X and the current weights alone: earlier calls and other networks make
    no difference."""
    sizes = (3, 4, 2)
    weights, X = draw(rng, sizes), normal(rng, 5, 3)
    for rows in (5, 3):
        before = (("forward", [normal(rng, rows, 3)]),)
        judge(
            submission,
            run(submission, sizes, weights, X, before=before),
            weights,
            X,
            "is a result kept?",
        )
    changed = draw(rng, sizes)
    call = submission.drive(drivers_05.changed_weights, "forward", list(sizes), weights, changed, X)
    judge(submission, call, changed, X, "were the weights read when the network was made?")
    call = submission.drive(drivers_05.two_networks, list(sizes), weights, changed, X)
    judge(submission, call, weights, X, "do two networks share their arrays?")
    call = submission.drive(drivers_05.twice, "forward", list(sizes), weights, X)
    for found in call["result"]:
        judge(
            submission,
            {"used": call["used"], "result": found},
            weights,
            X,
            "does a call change something?",
        )
