"""What the tests of `BatchNorm` share: making one, its model
`nn.BatchNorm1d`, and batches to show to both.

Batches have exact spreads, chosen so large that eps plays no part, except where it is what a test
is about. So one mistake fails the tests that are about it, whatever the seed.
"""

from __future__ import annotations

from typing import Any

import drivers_03
import judging_03 as judging
import torch
from networks_03 import to_cpu
from torch import nn
from weights_03 import trainable

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_batch_norm_training"
OUTPUT = "BatchNorm(…)(x)"
EVALUATION = "BatchNorm(…)(x) in evaluation mode"
SPREAD = 1000.0
EXACT, ROUNDED = 1e-6, 1e-4


def make(
    submission: Any,
    device: torch.device,
    features: int,
    dtype: torch.dtype = torch.float64,
    **options: float,
) -> Any:
    """A new BatchNorm of the student's.

    Raises:
        Mismatch: it is no module.
    """
    module = submission.BatchNorm(features, **options)
    if not isinstance(module, nn.Module):
        raise Mismatch("BatchNorm(…) makes no nn.Module: derive the class from nn.Module")
    return module.to(device=device, dtype=dtype)


def oracle(features: int, eps: float = 1e-5, momentum: float = 0.1) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(features, eps, momentum).double()


def batches(
    rng: torch.Generator,
    device: torch.device,
    features: int,
    rows: int = 5,
    count: int = 4,
    spread: float = SPREAD,
) -> list[torch.Tensor]:
    """Batches (rows, features) of features that differ in mean
    and spread, and from batch to batch.
    """
    drawn = torch.randn(count, rows, features, generator=rng, dtype=torch.float64)
    drawn = (drawn - drawn.mean(dim=1, keepdim=True)) / drawn.std(dim=1, correction=0, keepdim=True)
    widths = 0.5 + (torch.arange(features) + torch.arange(count)[:, None]) % 3
    mean = 2 + torch.rand(count, 1, features, generator=rng, dtype=torch.float64)
    return list((spread * (mean + widths[:, None] * drawn)).to(device))


def batch(
    rng: torch.Generator, device: torch.device, features: int, rows: int = 5, spread: float = SPREAD
) -> torch.Tensor:
    return batches(rng, device, features, rows, 1, spread)[0]


def train_both(
    submission: Any, module: Any, reference: nn.BatchNorm1d, data: list[torch.Tensor]
) -> None:
    """Show the batches to both in training mode."""
    reference.train()
    for one in data:
        reference(to_cpu(one))
    output = submission.drive(drivers_03.train_on, module, torch.stack(data))
    expect.tensor(output, what=OUTPUT, shape=tuple(data[-1].shape))


def evaluated(module: Any, x: torch.Tensor) -> torch.Tensor:
    """The result in evaluation mode, a finite tensor of the shape of x."""
    found = expect.tensor(
        module.eval()(x.clone()), what=EVALUATION, shape=tuple(x.shape), dtype=x.dtype
    )
    expect.finite(found, what=EVALUATION)
    return found.detach().clone()


def affine(module: Any, reference: nn.BatchNorm1d, rng: torch.Generator, size: float = 1.0) -> None:
    """Give both the same random scale and shift of that size."""
    scale, shift = size * (
        2 + torch.rand(2, reference.num_features, generator=rng, dtype=torch.float64)
    )
    _set_affine(module, scale, -shift)
    with torch.no_grad():
        reference.weight.copy_(scale)
        reference.bias.copy_(-shift)


def _set_affine(module: Any, scale: torch.Tensor, shift: torch.Tensor) -> None:
    """Write the scale over the trainable row of ones, and the shift over that of zeros."""
    found = []
    for parameter in trainable(module):
        rows = (
            expect.tensor(parameter, what="a parameter of BatchNorm").detach().clone().reshape(-1)
        )
        for row in torch.split(rows, len(scale)):
            found.append(
                "scale"
                if bool((row == 1).all())
                else "shift"
                if bool((row == 0).all())
                else "other"
            )
            row.copy_((scale if found[-1] == "scale" else shift)[: len(row)])
        with torch.no_grad():
            parameter.copy_(rows.reshape(parameter.shape))
    if sorted(found) != ["scale", "shift"]:
        hint = (
            "BatchNorm should have two trainable numbers for each feature and no more: a scale "
            "that starts at 1 and a shift that starts at 0, both parameters"
        )
        raise Mismatch(hint)


def compare(
    found: object,
    expected: torch.Tensor,
    x: torch.Tensor,
    hint: str,
    what: str = OUTPUT,
    tolerance: float = EXACT,
) -> None:
    judging.check(found, expected.detach(), x, what, hint, tolerance=tolerance)
