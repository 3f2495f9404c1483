"""`train`: the steps of gradient descent, and what a network learns of scikit-learn's digits."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import NAMES, Array, Weights, draw, normal, onehot
from sklearn.datasets import load_digits

from course_lib import expect, follow_through
from course_lib.expect import Mismatch

SIZES = (3, 5, 3)
SECONDS = 30
STEPS = "test_steps"


@functools.cache
def digits() -> tuple[Array, Array, Array]:
    """The images as rows, their labels as one-hot rows, and as numbers."""
    data = load_digits()
    return data.data / 16, np.eye(10)[data.target], data.target


def run(
    submission: Any, weights: Weights, X: Array, y: Array, epochs: int, rate: float, **options: Any
) -> Any:
    return submission.drive(
        drivers_05.call, "train", list(SIZES), weights, X, y, epochs, rate, **options
    )


def losses_of(found: object, epochs: int) -> Array:
    numbers = expect.values(found, what="the list of losses", shape=(epochs,))
    expect.finite(numbers, what="the list of losses")
    made: Array = numbers.numpy()
    return made


def judge(
    call: Any, weights: Weights, X: Array, y: Array, epochs: int, rate: float, hint: str
) -> None:
    """Compare the weights after the training with those of gradient descent."""
    own, tolerance = reference.used(call, weights)
    if X.dtype != np.float64:
        tolerance = reference.ROUNDED
    reference.descend(own, X, y, epochs, rate)
    for name in NAMES:
        what = f"the array {name} after the training"
        reference.check(call["after"][name], own[name], what, hint, 10 * tolerance)


def judge_losses(
    submission: Any, found: object, weights: Weights, X: Array, y: Array, epochs: int, rate: float
) -> None:
    """The losses are the true ones, or those that the student's own cross_entropy gives."""
    told = torch.from_numpy(losses_of(found, epochs))
    start = dict(weights)
    true = torch.tensor(reference.descend(weights, X, y, epochs, rate), dtype=torch.float64)
    what, hint = "the list of losses", "is each one the mean cross-entropy before the step?"
    try:
        # Small numbers that are added before a logarithm don't tell.
        expect.close(told, true, what=what, rtol=1e-4, atol=1e-4, hint=hint)
    except Mismatch:
        own = own_losses(submission, start, X, y, epochs, rate)
        of = "cross_entropy"
        follow_through.close(told, true, own, what=what, of=of, rtol=1e-4, atol=1e-4, hint=hint)


def own_losses(
    submission: Any, weights: Weights, X: Array, y: Array, epochs: int, rate: float
) -> torch.Tensor | None:
    """What the student's cross_entropy says on the way; None where nothing can be judged by it."""
    losses = []
    try:
        for _ in range(epochs):
            told = submission.cross_entropy(y, reference.forward(weights, X))
            losses.append(expect.number(told, what="cross_entropy"))
            reference.descend(weights, X, y, 1, rate)
    except Exception as error:
        if getattr(error, "hint", None) is None:
            raise
        return None
    return None if len(set(losses)) < epochs else torch.tensor(losses, dtype=torch.float64)


@pytest.mark.task("train", weight=4)
@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_steps(submission: Any, rng: torch.Generator, epochs: int) -> None:
    """Each epoch takes one step against the gradients of all samples: the rate times these."""
    weights, X, y = draw(rng, SIZES), normal(rng, 8, 3), onehot(rng, 8, 3)
    for rate in (0.1, 0.7):
        hint = "one step each epoch, for all four arrays, by the rate times the gradient"
        judge(run(submission, weights, X, y, epochs, rate), weights, X, y, epochs, rate, hint)


@pytest.mark.task("train", weight=3)
def test_losses_before_steps(submission: Any, rng: torch.Generator) -> None:
    """There is one loss for each epoch, taken before its step: the first is the untrained one."""
    weights, X, y = draw(rng, SIZES), normal(rng, 7, 3), onehot(rng, 7, 3)
    for epochs in (2, 5):
        call = run(submission, weights, X, y, epochs, 0.5)
        own, _ = reference.used(call, weights)
        judge_losses(submission, reference.result(call), own, X, y, epochs, 0.5)


@pytest.mark.task("train", weight=4, seconds=SECONDS)
def test_digits(submission: Any, rng: torch.Generator) -> None:
    """A new network learns the digits: after 300 epochs, each with its loss, at least 90 of 100
    training images are recognised."""
    X, y, labels = digits()
    sizes = (64, 32, 10)
    # From its own start a step or two: how well it learns must not depend on what `forward` chose.
    for weights, epochs in (({}, 2), (draw(rng, sizes), 300)):
        call = submission.drive(drivers_05.learned, list(sizes), weights, X, y, epochs, 0.5)
        losses_of(call.get("losses") if isinstance(call, Mapping) else None, epochs)
    what = "forward(X) after the training"
    probabilities = reference.values(reference.result(call), what, (len(X), 10)).numpy()
    share = float((probabilities.argmax(axis=1) == labels).mean())
    if share < 0.9:
        raise Mismatch(
            f"the network recognises {share:.0%} of the training images, expected at least 90%: "
            "do all four arrays learn, with the rate that was given, in every epoch?"
        )


@pytest.mark.task("train", weight=2, needs=(STEPS, "test_losses_before_steps"))
@pytest.mark.parametrize("case", ["learned", "no_rate", "too_fast"])
def test_every_epoch(submission: Any, rng: torch.Generator, case: str) -> None:
    """No epoch is left out: not where all is learned, where nothing moves, or where the loss
    rises."""
    weights, X, y = draw(rng, SIZES), normal(rng, 8, 3), onehot(rng, 8, 3)
    rate, epochs = 0.0 if case == "no_rate" else 0.3, 6
    if case == "learned":
        X, y = clear_rows(rng, weights)
        while reference.loss(weights, X, y) > 0.002:
            weights["W2"], weights["b2"] = 1.2 * weights["W2"], 1.2 * weights["b2"]
    while case == "too_fast":
        losses = reference.descend(dict(weights), X, y, epochs, rate)
        if max(losses) > 2.5:  # a probability may be as small as what is added to it
            weights, rate = draw(rng, SIZES), 0.3
        elif (np.diff(losses) > 0.01).any():
            break
        rate *= 1.3
    call = run(submission, weights, X, y, epochs, rate)
    own, _ = reference.used(call, weights)
    hint = "does the training end before the last epoch, or is the rate changed on the way?"
    judge(call, weights, X, y, epochs, rate, hint)
    judge_losses(submission, reference.result(call), own, X, y, epochs, rate)


def clear_rows(rng: torch.Generator, weights: Weights) -> tuple[Array, Array]:
    """Eight rows of which a network is most sure, and the labels that it gives them."""
    X = normal(rng, 200, 3)
    probabilities = reference.forward(weights, X)
    X = X[np.argsort(probabilities.max(axis=1))[-8:]]
    return X, np.eye(3)[reference.forward(weights, X).argmax(axis=1)]


@pytest.mark.task("train", needs=STEPS)
def test_goes_on(submission: Any, rng: torch.Generator) -> None:
    """A second call goes on where the first one ended, and returns the losses of its own epochs."""
    weights, X, y = draw(rng, SIZES), normal(rng, 8, 3), onehot(rng, 8, 3)
    call = submission.drive(drivers_05.trained_again, list(SIZES), weights, X, y, [3, 2], 0.4)
    judge(call, weights, X, y, 5, 0.4, "does a second call begin anew?")
    for losses, epochs in zip(call["result"], (3, 2), strict=True):
        losses_of(losses, epochs)


@pytest.mark.task("train", weight=0.5, needs=STEPS)
def test_training_sizes(submission: Any, rng: torch.Generator) -> None:
    """One sample, many samples and float32 rows are no obstacle."""
    for n, dtype in ((1, np.float64), (517, np.float64), (6, np.float32)):
        weights = draw(rng, SIZES)
        X, y = normal(rng, n, 3).astype(dtype), onehot(rng, n, 3)
        judge(run(submission, weights, X, y, 2, 0.3), weights, X, y, 2, 0.3, "are all rows used?")


@pytest.mark.task("train", weight=0.5, needs=STEPS)
def test_training_leaves_data_alone(submission: Any, rng: torch.Generator) -> None:
    """X and y_onehot are as they were, with their rows in the same order."""
    weights, X, y = draw(rng, SIZES), normal(rng, 9, 3), onehot(rng, 9, 3)
    call = run(submission, weights, X, y, 3, 0.3)
    reference.unchanged(X, call["args"][0], "X")
    reference.unchanged(y, call["args"][1], "y_onehot")
