"""`smooth_labels`: soft targets for class indices."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect

VALUES = "test_smoothed_values"
WHAT = "smooth_labels(y, n_classes, alpha)"
HINT = "the right class gets 1 − α, and each of the K classes, the right one too, gets α / K"


def draw(rng: torch.Generator, device: torch.device, n: int, classes: int) -> torch.Tensor:
    return torch.randint(0, classes, (n,), generator=rng).to(device)


def smoothed(y: torch.Tensor, classes: int, alpha: float) -> torch.Tensor:
    onehot = (y.cpu()[:, None] == torch.arange(classes)).double()
    return (1 - alpha) * onehot + alpha / classes


def judge(submission: Any, y: torch.Tensor, classes: int, alpha: float, hint: str = HINT) -> None:
    expected = smoothed(y, classes, alpha)
    found = expect.tensor(
        submission.smooth_labels(y, classes, alpha),
        what=WHAT,
        shape=(len(y), classes),
        device=y.device,
    )
    expect.close(found, expected, what=WHAT, rtol=0, atol=1e-6, hint=hint)


@pytest.mark.task("regularisation", weight=4)
@pytest.mark.parametrize("alpha", [0.1, 0.3, 0.75])
def test_smoothed_values(
    submission: Any, rng: torch.Generator, device: torch.device, alpha: float
) -> None:
    """The right class has 1 − α and an equal share of α, the others have that share alone."""
    for n, classes in ((7, 4), (12, 10)):
        judge(submission, draw(rng, device, n, classes), classes, alpha)


@pytest.mark.task("regularisation", weight=1, needs=VALUES)
@pytest.mark.parametrize("alpha", [0.0, 1.0, 0, 1])
def test_smoothed_ends(
    submission: Any, rng: torch.Generator, device: torch.device, alpha: float
) -> None:
    """With α = 0 the targets are one-hot, with α = 1 all are equal."""
    judge(submission, draw(rng, device, 6, 5), 5, alpha)


@pytest.mark.task("regularisation", weight=1, needs=VALUES)
@pytest.mark.parametrize(
    ("n", "classes"), [(1, 10), (1, 1), (5, 2), (1031, 3), (4, 130), (3, 3)],
    ids=lambda value: str(value),
)  # fmt: skip
def test_smoothed_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, n: int, classes: int
) -> None:
    """There may be one label or many, and any number of classes."""
    judge(submission, draw(rng, device, n, classes), classes, 0.2)


@pytest.mark.task("regularisation", weight=1, needs=VALUES)
def test_smoothed_classes_that_are_missing(submission: Any, device: torch.device) -> None:
    """The number of classes is n_classes, whichever classes occur among the labels."""
    judge(submission, torch.tensor([1, 0, 1], device=device), 6, 0.3,
          "the labels of a batch need not hold every class")  # fmt: skip
    for labels in ([0, 0, 0, 0], [3, 1, 3], [2]):
        judge(submission, torch.tensor(labels, device=device), 4, 0.3)


@pytest.mark.task("regularisation", weight=0.5, needs=VALUES)
def test_smoothing_leaves_labels_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The labels are as they were, and may lie apart in memory; an earlier call plays no part."""
    y = draw(rng, device, 12, 4)
    before = y.clone()
    judge(submission, y, 4, 0.4)
    expect.unchanged(before, y, what="y")
    judge(submission, y[::3], 4, 0.4)
    judge(submission, y, 4, 0.1, "every call smooths anew")
