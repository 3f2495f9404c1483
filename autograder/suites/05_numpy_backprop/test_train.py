"""`train`: the steps of gradient descent, and what a network learns of scikit-learn's digits."""

from __future__ import annotations

import functools
from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import NAMES, Array, Weights, draw, normal, onehot
from sklearn.datasets import load_digits

from course_lib import expect
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
    """Compare the losses and the weights with those of gradient descent."""
    own, tolerance = reference.used(call, weights)
    if X.dtype != np.float64:
        tolerance = reference.ROUNDED
    losses = np.array(reference.descend(own, X, y, epochs, rate))
    found = losses_of(reference.result(call), epochs)
    target = torch.from_numpy(losses)
    # Small numbers that are added before a logarithm don't tell.
    expect.close(
        torch.from_numpy(found), target, what="the list of losses", rtol=1e-4, atol=1e-4, hint=hint
    )
    for name in NAMES:
        what = f"the array {name} after the training"
        reference.check(call["after"][name], own[name], what, hint, 10 * tolerance)


@pytest.mark.task("train", weight=4)
@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_steps(submission: Any, rng: torch.Generator, epochs: int) -> None:
    """Each epoch takes one step against the gradients of all samples, as long as the rate says."""
    weights, X, y = draw(rng, SIZES), normal(rng, 8, 3), onehot(rng, 8, 3)
    for rate in (0.1, 0.7):
        hint = "one step each epoch, for all four arrays, by the rate times the gradient"
        judge(run(submission, weights, X, y, epochs, rate), weights, X, y, epochs, rate, hint)


@pytest.mark.task("train", weight=2)
def test_losses_before_steps(submission: Any, rng: torch.Generator) -> None:
    """There is one loss for each epoch, taken before its step: the first is the untrained one."""
    weights, X, y = draw(rng, SIZES), normal(rng, 7, 3), onehot(rng, 7, 3)
    for epochs in (1, 4):
        call = run(submission, weights, X, y, epochs, 0.5)
        own, _ = reference.used(call, weights)
        expected = torch.tensor(reference.descend(own, X, y, epochs, 0.5), dtype=torch.float64)
        found = torch.from_numpy(losses_of(reference.result(call), epochs))
        hint = "is each loss the mean cross-entropy before the step?"
        expect.close(found, expected, what="the list of losses", rtol=1e-4, atol=1e-4, hint=hint)


def on_digits(submission: Any, seed: int) -> tuple[Array, float, Array]:
    X, y, _ = digits()
    call = submission.drive(drivers_05.learned, [64, 32, 10], seed, X, y, 300, 0.5)
    told = reference.result(call)
    probabilities = reference.values(told, "forward(X) after the training", (len(X), 10))
    start = submission.NumpyMLP(64, 32, 10, seed=seed)
    weights = {name: np.asarray(getattr(start, name), float) for name in NAMES}
    return losses_of(call["losses"], 300), reference.loss(weights, X, y), probabilities.numpy()


@pytest.mark.task("train", weight=4, seconds=SECONDS)
def test_digits(submission: Any, seed: int, once: Any) -> None:
    """After 300 epochs on the digits, at least 90 of 100 training images are recognised."""
    _, _, probabilities = once(on_digits, submission, seed)
    share = float((probabilities.argmax(axis=1) == digits()[2]).mean())
    if share < 0.9:
        raise Mismatch(
            f"the network recognises {share:.0%} of the training images, expected at least 90%: "
            "do all four arrays learn, with the rate that was given, in every epoch?"
        )


@pytest.mark.task("train", seconds=SECONDS, needs=("test_digits", STEPS))
def test_losses_on_digits(submission: Any, seed: int, once: Any) -> None:
    """The losses of this training begin with the untrained network's and fall to a small part."""
    losses, first, _ = once(on_digits, submission, seed)
    if abs(losses[0] - first) > 1e-3 * first:
        raise Mismatch(
            "the first loss is not that of the untrained network: was it trained before?"
        )
    hint = "are the losses those of this training?"
    expect.below(
        float(losses[-1]), what="the last loss", share=0.25, baseline=first,
        of="the untrained network", hint=hint,
    )  # fmt: skip


@pytest.mark.task("train", needs=STEPS)
def test_goes_on(submission: Any, rng: torch.Generator) -> None:
    """A second call goes on where the first one ended."""
    weights, X, y = draw(rng, SIZES), normal(rng, 8, 3), onehot(rng, 8, 3)
    call = submission.drive(drivers_05.trained_again, list(SIZES), weights, X, y, [3, 2], 0.4)
    own, _ = reference.used(call, weights)
    hint = "does a second call begin anew?"
    for epochs, found in zip((3, 2), call["result"], strict=True):
        expected = torch.tensor(reference.descend(own, X, y, epochs, 0.4), dtype=torch.float64)
        told = torch.from_numpy(losses_of(found, epochs))
        expect.close(told, expected, what="the list of losses", rtol=1e-4, atol=1e-4, hint=hint)


@pytest.mark.task("train", weight=0.5, needs=STEPS)
def test_training_sizes(submission: Any, rng: torch.Generator) -> None:
    """One sample, many samples and float32 rows are no obstacle."""
    for n, dtype in ((1, np.float64), (517, np.float64), (6, np.float32)):
        weights = draw(rng, SIZES)
        X, y = normal(rng, n, 3).astype(dtype), onehot(rng, n, 3)
        judge(run(submission, weights, X, y, 2, 0.3), weights, X, y, 2, 0.3, "are all rows used?")


@pytest.mark.task("train", weight=0.5, needs=STEPS)
def test_training_leaves_data_alone(submission: Any, rng: torch.Generator) -> None:
    """X and y_onehot are as they were, in their order too."""
    weights, X, y = draw(rng, SIZES), normal(rng, 9, 3), onehot(rng, 9, 3)
    call = run(submission, weights, X, y, 3, 0.3)
    reference.unchanged(X, call["args"][0], "X")
    reference.unchanged(y, call["args"][1], "y_onehot")
