"""`evaluate`: the accuracy, in evaluation mode, and nothing that it changes."""

from __future__ import annotations

from typing import Any

import drivers_07
import epochs_07 as epochs
import pytest
import torch
from epochs_07 import ACCURACY, LOADERS, Work, check_batches, work

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_accuracy"
SHARE = "it is the share of all samples for which the largest logit is that of the label"


def run(submission: Any, task: Work, device: torch.device) -> Any:
    given = epochs.copies(task.epochs[0])
    return submission.drive(drivers_07.judged, task.how, task.values, given, str(device))


def check_accuracy(told: object, task: Work, hint: str = SHARE) -> None:
    found = expect.number(told, what=ACCURACY)
    if abs(found - epochs.accuracy(task)) > 1e-5:
        raise Mismatch(f"{ACCURACY} is not the accuracy: {hint}")


def labelled(task: Work, rng: torch.Generator, share: float) -> Work:
    """With labels that are right for about that share of the samples, and wrong for the others.

    In the first batch, the smaller ones and all the others the shares differ.
    """
    model = drivers_07.made(task.how["kind"], task.how["sizes"], task.values, "cpu").eval()
    classes, batches = task.how["sizes"][2], []
    for number, (x, _) in enumerate(task.epochs[0]):
        best = model(x).argmax(dim=1)
        right = torch.rand(len(x), generator=rng) < (share if number % 2 else share / 4)
        off = torch.randint(1, classes, (len(x),), generator=rng)
        batches.append((x, torch.where(right, best, (best + off) % classes)))
    return task._replace(epochs=[batches])


@pytest.mark.task("epoch_loop", weight=3)
@pytest.mark.parametrize(
    "lengths",
    [(20, 3, 20, 1), (1, 30), (25,), (12, 12, 12), (1,)],
    ids=["unequal", "two", "one_batch", "equal", "one_image"],
)
def test_accuracy(
    submission: Any, rng: torch.Generator, device: torch.device, lengths: tuple[int, ...]
) -> None:
    """The accuracy counts every sample once, however the batches are cut."""
    for share in (0.2, 0.9, 4.0):  # the last one: all labels are right
        task = labelled(work(rng, lengths=lengths), rng, share)
        check_accuracy(run(submission, task, device)["told"], task)


@pytest.mark.task("epoch_loop", weight=4)
@pytest.mark.parametrize("kind", ["likes_evaluation", "normed"])
def test_evaluates_in_evaluation_mode(
    submission: Any, rng: torch.Generator, device: torch.device, kind: str
) -> None:
    """The model is in evaluation mode, all parts of it, whatever mode it was in before."""
    hint = "is the model put into evaluation mode?"
    for training in (True, False):
        task = work(rng, kind, lengths=(40, 9), training=training)
        task = labelled(task, rng, 0.9)
        result = run(submission, task, device)
        epochs.check_same(
            result["state"], task.values, "a parameter or buffer has changed in evaluate", hint
        )
        check_accuracy(result["told"], task, hint)


@pytest.mark.task("epoch_loop", weight=1, needs=VALUES)
@pytest.mark.parametrize("share", [0.0, 1.0], ids=["all_wrong", "all_right"])
def test_accuracy_of_extremes(
    submission: Any, rng: torch.Generator, device: torch.device, share: float
) -> None:
    """An accuracy of 0 and one of 1 are possible."""
    task = work(rng, lengths=(6, 2))
    model = drivers_07.made(task.how["kind"], task.how["sizes"], task.values, "cpu").eval()
    batches = [(x, (model(x).argmax(dim=1) + (share == 0)) % 3) for x, _ in task.epochs[0]]
    task = task._replace(epochs=[batches])
    check_accuracy(run(submission, task, device)["told"], task, "it is a number from 0 to 1")


@pytest.mark.task("epoch_loop", weight=1.5, needs=VALUES)
@pytest.mark.parametrize("loader", LOADERS)
def test_accuracy_of_any_loader(
    submission: Any, rng: torch.Generator, device: torch.device, loader: str
) -> None:
    """The loader may be a tuple, lists, a generator, a stream without length, a DataLoader."""
    task = labelled(work(rng, loader=loader, lengths=(8, 8, 3)), rng, 0.7)
    hint = "is the loader walked through once, and its length not used?"
    check_accuracy(run(submission, task, device)["told"], task, hint)


@pytest.mark.task("epoch_loop", weight=1.5, needs=VALUES)
def test_accuracy_of_batches_from_elsewhere(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Batches that lie on another device are sent to the model's."""
    task = labelled(work(rng, loader="elsewhere"), rng, 0.7)
    check_accuracy(run(submission, task, device)["told"], task)


@pytest.mark.task("epoch_loop", weight=1, needs=VALUES)
@pytest.mark.parametrize(
    "sizes", [[3, 2, 2], [5, 4, 12], [6, 5, 90], [784, 3, 10]], ids=lambda s: f"{s[0]}_{s[2]}"
)
def test_accuracy_of_many(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: list[int]
) -> None:
    """There may be any number of classes, and many batches."""
    lengths = (30, 7, 1) * 30 if sizes[0] == 5 else (50, 8)
    for dtype in (torch.float64, torch.float32):
        task = labelled(work(rng, sizes=sizes, lengths=lengths, dtype=dtype), rng, 0.8)
        check_accuracy(run(submission, task, device)["told"], task)


@pytest.mark.task("epoch_loop", weight=2.5, needs=VALUES)
@pytest.mark.parametrize("kind", ["plain", "normed"])
def test_evaluation_trains_nothing(
    submission: Any, rng: torch.Generator, device: torch.device, kind: str
) -> None:
    """Parameters, buffers, gradients and batches are as they were."""
    task = labelled(work(rng, kind, lengths=(9, 4)), rng, 0.7)
    result = run(submission, task, device)
    hint = "an evaluation must change nothing"
    epochs.check_same(result["state"], task.values, "evaluate changes parameters or buffers", hint)
    grads = [torch.full_like(value, 0.25) for value in task.values[: count_parameters(task)]]
    if any(not isinstance(grad, torch.Tensor) for grad in listed(result["grads"])):
        raise Mismatch("evaluate empties .grad: it must leave .grad as it was")
    epochs.check_same(result["grads"], grads, "evaluate changes .grad", hint)
    check_batches([result["batches"]], task)


def count_parameters(task: Work) -> int:
    return len(list(drivers_07.network(task.how["kind"], task.how["sizes"]).parameters()))


def listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []
