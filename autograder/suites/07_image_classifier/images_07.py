"""Train a submission's classifier once for all tests, and judge it on images it has not seen.

All images of a run are moved by the same pixel, and its classes are numbered in another order: who
knows the images by heart, or trains on others than it was given, knows nothing here. (One shift for
each image by itself would cost every network three of 100 images.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import calls_07
import torch
from torch import nn
from torch.nn import functional

from course_lib import expect
from course_lib.datasets import fashion_mnist
from course_lib.expect import Mismatch

TRAIN, VAL, HELD_OUT = 6000, 1000, 5000
LOGITS = "the trained module's output"
SHIFTS = [(down, right) for down in range(3) for right in range(3) if (down, right) != (1, 1)]


class Fitted(NamedTuple):
    """What was found about a trained module."""

    accuracy: float
    unchanged: bool
    on_device: bool
    alone: bool
    """Whether an image by itself gets the logits that it gets among others."""


def moved(X: torch.Tensor, shift: tuple[int, int]) -> torch.Tensor:
    """Images moved by up to a pixel in both directions, with black at the border."""
    down, right = shift
    return functional.pad(X, (1, 1, 1, 1))[:, down : down + 28, right : right + 28].contiguous()


def fitted(submission: Any, seed: int, device: torch.device) -> Fitted:
    """Call fit once, on images and an order of classes that the seed chooses."""
    rng = torch.Generator().manual_seed(seed)
    shift = SHIFTS[int(torch.randint(0, len(SHIFTS), (), generator=rng))]
    order = torch.randperm(10, generator=rng)
    known, new = fashion_mnist("train"), fashion_mnist("test")
    chosen = torch.randperm(len(known.X), generator=rng)[: TRAIN + VAL]
    X, y = moved(known.X[chosen], shift), order[known.y[chosen]]
    given = [X[:TRAIN], y[:TRAIN], X[TRAIN:], y[TRAIN:]]
    result = submission.drive(
        calls_07.fitted, *(part.clone() for part in given), device=str(device)
    )
    module = result["module"]
    if not isinstance(module, nn.Module):
        raise Mismatch("fit(…) returns no nn.Module: is a return missing?")
    places = {value.device.type for value in (*module.parameters(), *module.buffers())}
    X_new, y_new = moved(new.X[-HELD_OUT:], shift), order[new.y[-HELD_OUT:]]
    logits = predicted(module.eval(), X_new.to(device))
    single = predicted(module, X_new[:1].to(device))
    return Fitted(
        float((logits.argmax(dim=1) == y_new).double().mean()),
        unchanged(result["after"], given),
        places <= {device.type},
        bool(torch.allclose(single, logits[:1], rtol=1e-3, atol=1e-3)),
    )


def predicted(module: nn.Module, X: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        found = expect.tensor(module(X), what=LOGITS, shape=(len(X), 10))
    expect.finite(found, what=LOGITS)
    return found.detach().cpu().double()


def unchanged(after: object, given: list[torch.Tensor]) -> bool:
    found = list(after) if isinstance(after, list | tuple) else []
    return len(found) == len(given) and all(
        isinstance(one, torch.Tensor) and torch.equal(one.detach().cpu(), before)
        for one, before in zip(found, given, strict=True)
    )
