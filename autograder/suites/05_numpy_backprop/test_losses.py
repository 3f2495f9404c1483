"""Mean squared error and cross-entropy: means over the right things, finite everywhere."""

from __future__ import annotations

from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import Array, normal, onehot, uniform

from course_lib import expect
from course_lib.expect import Mismatch

MSE, CE = "mse(prediction, y)", "cross_entropy(y_onehot, probabilities)"
MEAN = "it is the mean over all elements, whatever their number"
TRUE_CLASS = (
    "the loss of a sample is −log of its true class's probability, and these losses are averaged"
)
SHAPES = {
    "batch": (7, 3),
    "one_sample": (1, 4),
    "one_column": (6, 1),
    "one_element": (1, 1),
    "square": (4, 4),
    "many_samples": (1031, 2),
    "one_axis": (9,),
}


def check_mse(submission: Any, prediction: Array, y: Array, tolerance: float = 1e-9) -> None:
    expected = float(np.mean((prediction.astype(float) - y.astype(float)) ** 2))
    found = expect.values(submission.mse(prediction.copy(), y.copy()), what=MSE, shape=())
    target = torch.tensor(expected, dtype=torch.float64)
    expect.close(found, target, what=MSE, rtol=tolerance, atol=0, hint=MEAN)


@pytest.mark.task("losses", weight=3)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_mse(submission: Any, rng: torch.Generator, shape: tuple[int, ...]) -> None:
    """mse is the mean of the squared differences over all elements, for any shape."""
    check_mse(submission, 2 * normal(rng, *shape), normal(rng, *shape))


@pytest.mark.task("losses")
def test_mse_numbers(submission: Any, rng: torch.Generator) -> None:
    """mse is right for large and small numbers and for float32, and it is 0 if nothing differs."""
    for scale in (1e6, 1e-6):
        check_mse(submission, scale * normal(rng, 5, 2), scale * normal(rng, 5, 2))
    prediction, y = (normal(rng, 6, 2).astype(np.float32) for _ in range(2))
    check_mse(submission, prediction, y, 1e-5)
    y = normal(rng, 4, 3)
    expect.close(
        expect.values(submission.mse(y.copy(), y.copy()), what=MSE, shape=()),
        torch.tensor(0.0), what=MSE, rtol=0, atol=1e-12, hint="nothing differs here",
    )  # fmt: skip


def likely(rng: torch.Generator, n: int, classes: int) -> Array:
    """Probabilities, hardly any below 0.01 (so small numbers that are added don't tell)."""
    made = 0.01 * classes + uniform(rng, n, classes)
    return np.asarray(made / made.sum(axis=1, keepdims=True))


def entropy(y: Array, probabilities: Array) -> float:
    return float(-(y * np.log(probabilities)).sum() / len(y))


def check_entropy(
    submission: Any, y: Array, probabilities: Array, hint: str = TRUE_CLASS, near: float = 1e-4
) -> None:
    expected = entropy(y.astype(float), probabilities.astype(float))
    found = submission.cross_entropy(y.copy(), probabilities.copy())
    reference.number(found, expected, CE, hint, near)


@pytest.mark.task("losses", weight=4)
@pytest.mark.parametrize(
    ("n", "classes"), [(7, 3), (1, 4), (4, 4), (6, 2), (1031, 5), (12, 40)],
    ids=["batch", "one_sample", "square", "two_classes", "many_samples", "many_classes"],
)  # fmt: skip
def test_cross_entropy(submission: Any, rng: torch.Generator, n: int, classes: int) -> None:
    """cross_entropy is a mean over the samples; only the true class's probability counts."""
    check_entropy(submission, onehot(rng, n, classes), likely(rng, n, classes))


@pytest.mark.task("losses")
@pytest.mark.parametrize("kind", ["integers", "float32"])
def test_cross_entropy_types(submission: Any, rng: torch.Generator, kind: str) -> None:
    """Whole-numbered labels and float32 probabilities work as well as others."""
    y, probabilities = onehot(rng, 8, 3), likely(rng, 8, 3)
    if kind == "integers":
        check_entropy(submission, y.astype(np.int64), probabilities)
    else:
        check_entropy(submission, y.astype(np.float32), probabilities.astype(np.float32))


@pytest.mark.task("losses", weight=2)
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_impossible(submission: Any, rng: torch.Generator, dtype: Any) -> None:
    """Where the true class has probability 0 the loss is finite, and very large for that sample."""
    y, probabilities = onehot(rng, 4, 3), likely(rng, 4, 3)
    wrong = (int(y[0].argmax()) + 1) % 3
    probabilities[0] = np.eye(3)[wrong]
    others = entropy(y[1:], probabilities[1:]) * 3
    found = submission.cross_entropy(y.astype(dtype), probabilities.astype(dtype))
    total = 4 * finite(found, "the logarithm of 0 is minus infinity")
    # Of a probability of 1/10,000 the logarithm is −9.21.
    if total < others + 9.22:
        raise Mismatch(
            f"{CE} is too small where the true class has probability 0: a sure and wrong answer "
            "must cost more than any other"
        )


@pytest.mark.task("losses", weight=2)
def test_certain(submission: Any, rng: torch.Generator) -> None:
    """Where other classes have probability 0 the loss is finite, and 0 for a sure, right answer."""
    for n in (1, 5):
        y = onehot(rng, n, 4)
        check_entropy_of(submission, y, y.copy(), 0.0)
        half = (y + np.roll(y, 1, axis=1)) / 2
        check_entropy_of(submission, y, half, float(np.log(2)))


def check_entropy_of(submission: Any, y: Array, probabilities: Array, expected: float) -> None:
    hint = "0 · log 0 is nan for a computer"
    found = submission.cross_entropy(y, probabilities)
    finite(found, hint)
    reference.number(found, expected, CE, hint, 1e-4)


def finite(found: object, why: str) -> float:
    number = float(expect.values(found, what=CE, shape=()))
    if not np.isfinite(number):
        raise Mismatch(f"{CE} is {number}: {why}; what is done about a probability of 0?")
    return number


@pytest.mark.task("losses")
def test_unlikely(submission: Any, rng: torch.Generator) -> None:
    """Probabilities down to 0.0001 count as they are, to two digits."""
    for power, near in ((1e-3, 1e-2), (1e-4, 2e-2)):
        y = onehot(rng, 3, 3)
        probabilities = np.where(y == 1, power, (1 - power) / 2)
        check_entropy(submission, y, probabilities, "is a probability cut off too early?", near)


@pytest.mark.task("losses", weight=0.5, needs=("test_mse", "test_cross_entropy"))
def test_loss_arguments(submission: Any, rng: torch.Generator) -> None:
    """Both losses leave their arguments alone, and earlier calls make no difference."""
    for n in (5, 5, 3):
        y, probabilities = onehot(rng, n, 3), likely(rng, n, 3)
        probabilities[0] = [1.0, 0.0, 0.0]
        given = y.copy(), probabilities.copy()
        submission.cross_entropy(*given)
        reference.unchanged(y, given[0], "y_onehot")
        reference.unchanged(probabilities, given[1], "probabilities")
        one, other = normal(rng, n, 2), normal(rng, n, 2)
        pair = one.copy(), other.copy()
        submission.mse(*pair)
        reference.unchanged(one, pair[0], "prediction")
        reference.unchanged(other, pair[1], "y")
        check_mse(submission, one, other)
        again = submission.drive(drivers_05.changed_in_place, "mse", [other, one], [one, one])
        hint = "is a result kept for arrays that look the same?"
        reference.number(again, 0.0, MSE, hint, 1e-9)
        check_entropy(submission, y, likely(rng, n, 3))


@pytest.mark.task("losses", weight=0.5, needs=("test_mse", "test_cross_entropy"))
def test_loss_layout(submission: Any, rng: torch.Generator) -> None:
    """Arrays may be views, whose entries do not lie in memory row by row."""
    y, probabilities = onehot(rng, 5, 3), likely(rng, 5, 3)
    for layout in ("columns", "apart"):
        found = submission.drive(drivers_05.function_of, "cross_entropy", layout, y, probabilities)
        reference.number(found, entropy(y, probabilities), CE, TRUE_CLASS, 1e-4)
