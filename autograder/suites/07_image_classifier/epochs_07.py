"""What a training and an evaluation of ours give, and how those of the student's are judged."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import drivers_07
import torch
from torch import nn

from course_lib import expect
from course_lib.drivers import state
from course_lib.expect import Mismatch

Batch = tuple[torch.Tensor, torch.Tensor]
SIZES = [5, 4, 3]
UNEQUAL = (7, 2, 4, 1)
LOADERS = ["tuple", "list_of_lists", "generator", "stream", "data_loader"]
EXACT, ROUNDED = 1e-8, 1e-4
LOSS, ACCURACY = "what train_epoch returns", "what evaluate returns"
STEPS = (
    "one step for each batch, by the gradient of this batch alone, with nothing of the batches "
    "before or of what was in .grad"
)


class Work(NamedTuple):
    """A network's state, and the batches that it is trained on."""

    how: dict[str, Any]
    values: list[torch.Tensor]
    epochs: list[list[Batch]]


def start(kind: str, sizes: list[int], rng: torch.Generator, dtype: torch.dtype) -> list[Any]:
    """Random parameters and buffers for a network of that kind; variances are positive."""
    values = []
    for value in state(drivers_07.network(kind, sizes)):
        if value.is_floating_point():
            drawn = torch.randn(value.shape, generator=rng, dtype=torch.float64)
            ones = value.dim() == 1 and bool((value == 1).all())
            values.append((drawn.abs() + 0.5 if ones else drawn).to(dtype))
        else:
            values.append(value)
    return values


def deal(
    rng: torch.Generator,
    sizes: list[int],
    lengths: tuple[int, ...],
    dtype: torch.dtype = torch.float64,
    shape: tuple[int, ...] | None = None,
) -> list[Batch]:
    """Batches of these lengths: images (n, inputs) and labels."""
    return [
        (
            torch.randn(n, *(shape or (sizes[0],)), generator=rng, dtype=torch.float64).to(dtype),
            torch.randint(0, sizes[2], (n,), generator=rng),
        )
        for n in lengths
    ]


def work(
    rng: torch.Generator,
    kind: str = "plain",
    *,
    lengths: tuple[int, ...] = UNEQUAL,
    epochs: int = 1,
    dtype: torch.dtype = torch.float64,
    sizes: list[int] | None = None,
    **how: Any,
) -> Work:
    options = {"kind": kind, "sizes": sizes or SIZES, "loss": "cross_entropy", "optimizer": "sgd",
               "loader": "list"} | how  # fmt: skip
    values = start(kind, options["sizes"], rng, dtype)
    return Work(
        options, values, [deal(rng, options["sizes"], lengths, dtype) for _ in range(epochs)]
    )


def trained(task: Work) -> tuple[list[float], list[torch.Tensor]]:
    """The mean loss per sample of each epoch, and the state after all."""
    model = drivers_07.made(task.how["kind"], task.how["sizes"], task.values, "cpu").train()
    optimizer = drivers_07.OPTIMIZERS[task.how["optimizer"]](model)
    losses = [
        epoch(model, batches, drivers_07.LOSSES[task.how["loss"]], optimizer)
        for batches in task.epochs
    ]
    return losses, state(model)


def epoch(
    model: nn.Module, batches: list[Batch], loss_fn: Any, optimizer: torch.optim.Optimizer
) -> float:
    total = 0.0
    for images, labels in batches:
        model.zero_grad()
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        total += len(labels) * float(loss.detach())
    return total / sum(len(labels) for _, labels in batches)


def accuracy(task: Work) -> float:
    """The share of right answers in evaluation mode."""
    model = drivers_07.made(task.how["kind"], task.how["sizes"], task.values, "cpu").eval()
    right = [
        (model(images).argmax(dim=1) == labels) for images, labels in itertools.chain(*task.epochs)
    ]
    return float(torch.cat(right).double().mean())


def run(submission: Any, task: Work, device: torch.device) -> Any:
    """What the student's train_epoch makes of it."""
    given = [copies(batches) for batches in task.epochs]
    return submission.drive(drivers_07.trained, task.how, task.values, given, str(device))


def copies(batches: list[Batch]) -> list[Batch]:
    """Batches that a call may change."""
    return [(images.clone(), labels.clone()) for images, labels in batches]


def tolerance(task: Work) -> float:
    return EXACT if task.values[0].dtype == torch.float64 else ROUNDED


def check_losses(told: object, expected: list[float], near: float, hint: str) -> None:
    found = expect.items(told, what="the returned losses", length=len(expected))
    for one, right in zip(found, expected, strict=True):
        if abs(expect.number(one, what=LOSS) - right) > near * max(1.0, abs(right)):
            raise Mismatch(f"{LOSS} is not the mean loss per sample: {hint}")


def check_state(found: object, expected: list[torch.Tensor], near: float, hint: str) -> None:
    """Compare the parameters and buffers of a network after a training."""
    what = "the network after train_epoch"
    values = expect.items(found, what=what, length=len(expected))
    for value, right in zip(values, expected, strict=True):
        size = max(1.0, float(right.double().abs().max())) if right.numel() else 1.0
        expect.close(value, right.double(), what=what, rtol=0, atol=near * size, hint=hint)


def check_same(found: object, expected: list[torch.Tensor], what: str, hint: str) -> None:
    """Compare state that must be what it was, bit for bit."""
    values = expect.items(found, what=what, length=len(expected))
    for value, right in zip(values, expected, strict=True):
        inner = expect.tensor(value, what=what, shape=tuple(right.shape), dtype=right.dtype)
        if not torch.equal(inner.detach().cpu(), right.cpu()):
            raise Mismatch(f"{what}: {hint}")


def check_batches(found: object, task: Work) -> None:
    """No batch is another one than before."""
    for batches, given in zip(
        expect.items(found, what="the epochs", length=len(task.epochs)), task.epochs, strict=True
    ):
        for pair, (x, y) in zip(
            expect.items(batches, what="the batches", length=len(given)), given, strict=True
        ):
            images, labels = expect.items(pair, what="a batch", length=2)
            expect.unchanged(x, expect.tensor(images, what="the images"), what="images")
            expect.unchanged(y, expect.tensor(labels, what="the labels"), what="labels")
