"""`train_epoch`: the steps that it takes, and the loss that it returns."""

from __future__ import annotations

from typing import Any

import drivers_07
import epochs_07 as epochs
import pytest
import torch
from epochs_07 import (
    LOADERS,
    check_batches,
    check_losses,
    check_state,
    run,
    tolerance,
    trained,
    work,
)

TRAINS, LOSSES = "test_steps", "test_loss_per_sample"
MEAN = "a batch counts as often as it has samples, with the loss before its step"


def judge(submission: Any, task: epochs.Work, device: torch.device, hint: str) -> None:
    """Losses and state are those of a training of ours."""
    losses, after = trained(task)
    result = run(submission, task, device)
    check_state(result["state"], after, tolerance(task), hint)
    check_losses(result["told"], losses, tolerance(task), hint)


@pytest.mark.task("epoch_loop", weight=4)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_steps(submission: Any, rng: torch.Generator, device: torch.device, optimizer: str) -> None:
    """The optimizer takes one step for each batch, by the gradients of this batch alone."""
    task = work(rng, optimizer=optimizer)
    result = run(submission, task, device)
    check_state(result["state"], trained(task)[1], tolerance(task), epochs.STEPS)


@pytest.mark.task("epoch_loop", weight=4)
@pytest.mark.parametrize(
    "lengths", [(7, 2, 4, 1), (1, 9), (5,), (3, 3, 3)], ids=["unequal", "two", "one", "equal"]
)
def test_loss_per_sample(
    submission: Any, rng: torch.Generator, device: torch.device, lengths: tuple[int, ...]
) -> None:
    """The mean loss counts every sample once, however the batches are cut."""
    task = work(rng, lengths=lengths)
    check_losses(run(submission, task, device)["told"], trained(task)[0], tolerance(task), MEAN)


@pytest.mark.task("epoch_loop", weight=3)
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_gradients_from_before(
    submission: Any, rng: torch.Generator, device: torch.device, optimizer: str
) -> None:
    """Gradients that were there before the first batch have no influence."""
    task = work(rng, optimizer=optimizer, left=0.7)
    hint = "is .grad empty when the first batch comes?"
    check_state(run(submission, task, device)["state"], trained(task)[1], tolerance(task), hint)


@pytest.mark.task("epoch_loop", weight=3)
def test_trains_in_training_mode(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The model is in training mode, all parts of it, whatever mode it was in before."""
    task = work(rng, "likes_training")
    hint = "is the model put into training mode?"
    check_state(run(submission, task, device)["state"], trained(task)[1], tolerance(task), hint)


@pytest.mark.task("epoch_loop", weight=1, needs=TRAINS)
def test_running_statistics(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A model with batch normalisation sees each batch once, so its statistics are right."""
    task = work(rng, "normed", lengths=(7, 3, 5))
    judge(submission, task, device, "is the model called once for each batch?")


@pytest.mark.task("epoch_loop", weight=1.5, needs=(TRAINS, LOSSES))
@pytest.mark.parametrize("loss", ["module", "smoothed", "squares", "minus"])
def test_any_loss_function(
    submission: Any, rng: torch.Generator, device: torch.device, loss: str
) -> None:
    """The loss is that of loss_fn(logits, labels), whatever function it is."""
    task = work(rng, loss=loss)
    judge(submission, task, device, "is loss_fn called with the logits and the labels?")


@pytest.mark.task("epoch_loop", weight=2, needs=(TRAINS, LOSSES))
@pytest.mark.parametrize("loader", LOADERS)
def test_any_loader(
    submission: Any, rng: torch.Generator, device: torch.device, loader: str
) -> None:
    """The loader may be a tuple, lists, a generator, a stream without length, a DataLoader."""
    task = work(rng, loader=loader, lengths=(4, 4, 3))
    judge(submission, task, device, "is the loader walked through once, and its length not used?")


@pytest.mark.task("epoch_loop", weight=1.5, needs=(TRAINS, LOSSES))
def test_batches_from_elsewhere(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Batches that lie on another device are sent to the model's."""
    judge(submission, work(rng, loader="elsewhere"), device, "is every batch sent to `device`?")


@pytest.mark.task("epoch_loop", weight=1, needs=(TRAINS, LOSSES))
@pytest.mark.parametrize(
    "sizes", [[1, 1, 2], [5, 4, 12], [70, 66, 3], [784, 3, 10]], ids=lambda s: f"{s[0]}_{s[2]}"
)
def test_training_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: list[int]
) -> None:
    """Networks may have any sizes, and there may be many batches."""
    lengths = (3, 1, 2) * 25 if sizes[0] == 5 else epochs.UNEQUAL
    judge(submission, work(rng, sizes=sizes, lengths=lengths), device, epochs.STEPS)


@pytest.mark.task("epoch_loop", weight=0.5, needs=(TRAINS, LOSSES))
def test_images_in_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """float32 networks and images of several rows work as well."""
    task = work(rng, dtype=torch.float32, sizes=[6, 4, 3])
    shaped = [[(x.reshape(-1, 2, 3), y) for x, y in batches] for batches in task.epochs]
    judge(submission, task._replace(epochs=shaped), device, epochs.STEPS)


@pytest.mark.task("epoch_loop", weight=1, needs=(TRAINS, LOSSES))
def test_three_epochs(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Each epoch goes on where the last one ended, and returns its own loss."""
    task = work(rng, optimizer="momentum", epochs=3)
    judge(submission, task, device, "is something kept from one call to the next?")


@pytest.mark.task("epoch_loop", weight=0.5, needs=TRAINS)
def test_optimizer_of_some(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """An optimizer may hold only some of the parameters: the others stay as they are."""
    task = work(rng, optimizer="last_layer")
    judge(submission, task, device, "does the optimizer that was given take the steps?")


@pytest.mark.task("epoch_loop", weight=0.5, needs=(TRAINS, LOSSES))
def test_training_leaves_batches_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The batches are as they were."""
    task = work(rng)
    found = run(submission, task, device)["batches"]
    check_batches(found, task)


@pytest.mark.task("epoch_loop", weight=1, needs=(TRAINS, "test_accuracy"))
def test_after_an_evaluation(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """An evaluation between two epochs changes nothing about the second one."""
    task = work(rng, "likes_training", optimizer="momentum")
    twice = task._replace(epochs=task.epochs * 2)
    losses, after = trained(twice)
    given = epochs.copies(task.epochs[0])
    result = submission.drive(drivers_07.in_turn, task.how, task.values, given, str(device))
    hint = "is the model in training mode again after an evaluation?"
    check_state(result["state"], after, tolerance(task), hint)
    check_losses(result["told"], losses, tolerance(task), hint)
