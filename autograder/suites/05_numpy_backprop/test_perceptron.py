"""The perceptron by what holds for every order of the rows, every tie and every rate.

From zero, (w, b) is a sum of rows with a 1 appended, each as often as it was added or taken away.
Of linearly independent rows these numbers can be found again, and they add up to `mistakes`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import Array, normal, uniform

from course_lib import expect
from course_lib.expect import Mismatch

CALL = "perceptron_fit(X, y, max_epochs)"
PREDICT = "perceptron_predict(X, w, b)"
EPOCHS = 1000
SUBSTANCE = ("test_separates", "test_every_update_counts")


class Fit(NamedTuple):
    """What perceptron_fit found."""

    w: Array
    b: float
    mistakes: int


class Data(NamedTuple):
    """Rows with labels, a direction (with the bias as its last entry) that separates them."""

    X: Array
    y: Array
    direction: Array

    @property
    def bound(self) -> float:
        """(R/γ)², with the margin of this direction."""
        rows = appended(self.X)
        along = (2 * self.y - 1) * (rows @ self.direction) / np.linalg.norm(self.direction)
        return float((rows**2).sum(axis=1).max() / along.min() ** 2)


def appended(X: Array) -> Array:
    return np.hstack([X, np.ones((len(X), 1))])


def separable(rng: torch.Generator, n: int, d: int, gap: float = 0.3, scale: float = 1.0) -> Data:
    """Rows on both sides of a plane that does not pass through 0, none nearer to it than gap."""
    u = normal(rng, d)
    u /= np.linalg.norm(u)
    y = torch.randperm(n, generator=rng).numpy() % 2
    X = normal(rng, n, d)
    offset = 1.5 + float(uniform(rng))
    side = (2 * y - 1) * (gap + np.abs(X @ u))
    X = X + np.outer(side - X @ u + offset, u)
    return Data(scale * X, y, np.append(u, -scale * offset))


def clusters(rng: torch.Generator, n: int, d: int) -> Data:
    """Two small clouds far apart: once one row was wrong, none is."""
    u = normal(rng, d)
    u *= 10 / np.linalg.norm(u)
    y = torch.randperm(n, generator=rng).numpy() % 2
    X = np.outer(2 * y - 1, u) + 0.05 * (uniform(rng, n, d) - 0.5)
    return Data(X, y, np.append(u, 0.0))


def one_pair(rng: torch.Generator, n: int, place: int) -> Data:
    """Rows that only their first entry tells apart, and two that only their second one does."""
    y = np.arange(n) % 2
    X = np.zeros((n, 2))
    X[:, 0] = (2 * y - 1) * (1 + uniform(rng, n))
    X[place], X[place + 1] = (0.0, 1.0), (0.0, -1.0)
    y[place], y[place + 1] = 1, 0
    return Data(X, y, np.array([1.0, 1.0, 0.0]))


def steps(X: Array, y: Array, tie: int, epochs: int = EPOCHS) -> tuple[list[int], int]:
    """How often each row is used, and in how many epochs, when rows are taken in order."""
    rows, w, counts = appended(X), np.zeros(X.shape[1] + 1), [0] * len(X)
    for epoch in range(epochs):
        begin = sum(counts)
        for i, row in enumerate(rows):
            score = row @ w
            found = int(score > 0) if score else tie
            if found != y[i]:
                w, counts[i] = w + (2 * y[i] - 1) * row, counts[i] + 1
        if sum(counts) == begin:
            return counts, epoch
    return counts, epochs


def independent(rng: torch.Generator, d: int) -> Data:
    """d + 1 linearly independent rows that need several epochs, whatever is said of a tie."""
    while True:
        X = 1.5 * normal(rng, d + 1, d)
        X[:, 0] += 1.0
        y = torch.randperm(d + 1, generator=rng).numpy() % 2
        rows = appended(X)
        if np.linalg.cond(rows) > 30:
            continue
        runs = [steps(X, y, tie, 60) for tie in (0, 1)]
        many = all(8 <= sum(counts) <= 80 and 3 <= epochs < 60 for counts, epochs in runs)
        # Counts of which one is odd: half of them is no number of updates.
        if many and all(np.gcd.reduce(counts) == 1 for counts, _ in runs):
            return Data(X, y, np.linalg.solve(rows, 2.0 * y - 1))


def fit(submission: Any, X: Array, y: Array, epochs: int = EPOCHS) -> Fit:
    return judged(submission.perceptron_fit(X.copy(), y.copy(), epochs), X.shape[1])


def judged(found: object, d: int) -> Fit:
    w, b, mistakes = expect.items(found, what=CALL, length=3)
    weights = reference.values(w, "w", (d,)).numpy()
    bias = expect.values(b, what="b")
    if bias.numel() != 1 or bias.dim() > 1:
        expect.values(b, what="b", shape=())
    expect.finite(bias, what="b")
    return Fit(weights, float(bias.reshape(())), expect.integer(mistakes, what="mistakes"))


def check_separates(submission: Any, data: Data, epochs: int = EPOCHS) -> Fit:
    found = fit(submission, data.X, data.y, epochs)
    wrong = ((data.X @ found.w + found.b > 0) != data.y).sum()
    if wrong:
        raise Mismatch(
            f"w and b put {wrong} of {len(data.y)} rows on the wrong side, though a line can "
            "separate them: is b learned too, and does training go on until an epoch has no "
            "mistake?"
        )
    return found


def check_counts(found: Fit, X: Array, y: Array) -> None:
    """Find out how often each row was used, from w and b alone."""
    parts = np.linalg.solve(appended(X).T, np.append(found.w, found.b)) * (2 * y - 1)
    if found.mistakes < 1:
        raise Mismatch(
            "mistakes is below 1, though w can't stay 0: count the updates of all epochs"
        )
    counts = parts / (parts.sum() / found.mistakes)
    if not np.isfinite(counts).all() or np.abs(counts - counts.round()).max() > 1e-2:
        raise Mismatch(
            "w and b are not what `mistakes` updates make of w = 0 and b = 0: does each mistake "
            "add its row to w and 1 to b, or take both away, and count once?"
        )
    if counts.min() < -0.5:
        raise Mismatch("a row was added where it should be taken away, or the other way round")


@pytest.mark.task("perceptron", weight=4)
@pytest.mark.parametrize(
    ("n", "d"),
    [(12, 2), (40, 5), (150, 3), (60, 40)],
    ids=["plane", "five_inputs", "many_rows", "many_inputs"],
)
def test_separates(submission: Any, rng: torch.Generator, n: int, d: int) -> None:
    """If a line can separate the two labels, w and b do: each row is on the side of its label."""
    data = separable(rng, n, d)
    found = check_separates(submission, data)
    told = submission.perceptron_predict(data.X.copy(), found.w, found.b)
    check_labels(told, data.y)


@pytest.mark.task("perceptron", weight=2, needs="test_separates")
def test_every_row_counts(submission: Any, rng: torch.Generator) -> None:
    """Every row is learned from: the first ones, the last ones, and those between."""
    for n in (12, 150, 1100):
        for place in (0, n // 2, n - 2):
            check_separates(submission, one_pair(rng, n, place))


@pytest.mark.task("perceptron", weight=3, needs="test_separates")
def test_bound(submission: Any, rng: torch.Generator) -> None:
    """The number of mistakes stays within (R/γ)²."""
    for data in (separable(rng, 30, 3), clusters(rng, 20, 2), clusters(rng, 40, 4)):
        found = check_separates(submission, data)
        if found.mistakes > data.bound:
            raise Mismatch(
                "mistakes is larger than (R/γ)²: does a row with the right answer leave w and b "
                "alone, and does the next row meet the new w and b?"
            )
        if found.mistakes < 1:
            raise Mismatch("mistakes is 0, though w = 0 and b = 0 give every row the same label")


@pytest.mark.task("perceptron", weight=3)
@pytest.mark.parametrize("d", [2, 3, 4])
def test_every_update_counts(submission: Any, rng: torch.Generator, d: int) -> None:
    """From w = 0 and b = 0 on, each mistake is one update by its row; `mistakes` counts all."""
    data = independent(rng, d)
    check_counts(check_separates(submission, data), data.X, data.y)


@pytest.mark.task("perceptron", needs=SUBSTANCE)
def test_one_epoch(submission: Any, rng: torch.Generator) -> None:
    """With max_epochs = 1 each row is met once."""
    data = independent(rng, 3)
    found = fit(submission, data.X, data.y, 1)
    if found.mistakes > len(data.X):
        raise Mismatch("there are more mistakes in one epoch than rows: is max_epochs used?")
    check_counts(found, data.X, data.y)


@pytest.mark.task("perceptron", weight=2, needs=SUBSTANCE)
def test_whole_epochs(submission: Any, rng: torch.Generator) -> None:
    """An epoch goes on to the last row, however many mistakes it had."""
    pairs = 30
    X = 10 * np.concatenate([np.eye(pairs), -np.eye(pairs)])
    order = torch.randperm(2 * pairs, generator=rng).numpy()
    y = np.tile(torch.randint(0, 2, (pairs,), generator=rng).numpy(), 2)
    y[pairs:] = 1 - y[pairs:]
    # Each pair costs one mistake, whatever the order and the answer at 0, and all in one epoch.
    found = fit(submission, X[order], y[order], 12)
    if found.mistakes != pairs:
        raise Mismatch(
            f"mistakes is {found.mistakes}, expected {pairs}: does an epoch go on after a mistake, "
            "to the rows that follow?"
        )


@pytest.mark.task("perceptron", needs=SUBSTANCE)
def test_no_line(submission: Any, rng: torch.Generator) -> None:
    """If no line can separate the labels, training ends after max_epochs, each with a mistake."""
    X = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]) * (1 + uniform(rng))
    y = np.array([1, 0, 1, 0])
    for epochs in (1, 7, 150):
        found = fit(submission, X + 0.5, y, epochs)
        if not epochs <= found.mistakes <= epochs * len(X):
            raise Mismatch(
                "mistakes can't be right: every epoch has at least one mistake here, and at most "
                "one for each row"
            )


@pytest.mark.task("perceptron", weight=0.5, needs=SUBSTANCE)
def test_one_label(submission: Any, rng: torch.Generator) -> None:
    """Rows that all have the same label are no obstacle, nor is a single row or a single input."""
    for label in (0, 1):
        for n, d in ((5, 3), (1, 4), (4, 1)):
            X = normal(rng, n, d)
            y = np.full(n, label)
            found = fit(submission, X, y)
            score = X @ found.w + found.b
            if not ((score >= 0) if label else (score <= 0)).all():
                raise Mismatch("rows of a single label are not all right in the end")
            told = submission.perceptron_predict(X.copy(), found.w, found.b)
            check_labels(told, y, np.abs(score) > 1e-9)


@pytest.mark.task("perceptron", weight=0.5, needs=SUBSTANCE)
@pytest.mark.parametrize("scale", [1e-3, 1e5], ids=["small", "large"])
def test_scale(submission: Any, rng: torch.Generator, scale: float) -> None:
    """Small and large inputs are separated as well, in float32 too."""
    data = clusters(rng, 12, 3)
    scaled = Data((scale * data.X).astype(np.float32), data.y, data.direction)
    check_separates(submission, scaled)


@pytest.mark.task("perceptron", weight=0.5, needs=SUBSTANCE)
def test_perceptron_calls(submission: Any, rng: torch.Generator) -> None:
    """Every call begins anew, leaves X and y alone, and takes arrays in any memory layout."""
    for d in (3, 3, 2):
        data = independent(rng, d)
        X, y = data.X.copy(), data.y.copy()
        found = judged(submission.perceptron_fit(X, y, EPOCHS), d)
        reference.unchanged(data.X, X, "X")
        reference.unchanged(data.y, y, "y")
        check_counts(found, data.X, data.y)
        for layout in ("columns", "apart"):
            laid = submission.drive(
                drivers_05.function_of, "perceptron_fit", layout, data.X, data.y, EPOCHS
            )
            check_counts(judged(laid, d), data.X, data.y)


def check_labels(found: object, y: Array, clear: Array | slice = slice(None)) -> None:
    """Compare the labels of those rows whose score is not 0."""
    # True and False are 1 and 0 to NumPy, and compare as such.
    if isinstance(found, np.ndarray) and found.dtype == np.bool_:
        found = found.astype(int)
    labels = reference.values(found, PREDICT, y.shape).numpy()
    if not np.isin(labels, (0, 1)).all():
        raise Mismatch(f"{PREDICT} has entries other than 0 and 1")
    if (labels != y)[clear].any():
        raise Mismatch(f"{PREDICT} has wrong labels: on which side of the line is label 1?")


@pytest.mark.task("perceptron", weight=3)
@pytest.mark.parametrize(
    ("n", "d"), [(9, 4), (1, 3), (7, 1), (300, 2), (3, 3)],
    ids=["batch", "one_row", "one_input", "many_rows", "square"],
)  # fmt: skip
def test_predict(submission: Any, rng: torch.Generator, n: int, d: int) -> None:
    """The label is 1 where w·x + b is above 0, and 0 where it is below, for any w and b."""
    for b, dtype, turned in ((1.5, float, 0), (-1.5, float, 1), (0.25, np.float32, 0)):
        w = normal(rng, d)
        X = 2 * normal(rng, n, d)
        y = (torch.randperm(n, generator=rng).numpy() + turned) % 2
        # As far from the line as is told, on the side of the label.
        X += np.outer((2 * y - 1) * (0.1 + uniform(rng, n)) - X @ w - b, w / (w @ w))
        X, w = X.astype(dtype), w.astype(dtype)
        given = X.copy(), w.copy()
        check_labels(submission.perceptron_predict(*given, b), y)
        reference.unchanged(X, given[0], "X")
        reference.unchanged(w, given[1], "w")
