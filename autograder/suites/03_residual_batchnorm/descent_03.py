"""Steps of gradient descent, the same for a student's module and for its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from networks_03 import Layer

from course_lib.expect import Mismatch


def paired(leaves: list[torch.Tensor]) -> list[Layer]:
    """Layers from a list in which each weight is followed by its bias."""
    return list(zip(leaves[::2], leaves[1::2], strict=True))


def step_size(
    output: torch.Tensor, leaves: Sequence[torch.Tensor], y: torch.Tensor, share: float = 0.2
) -> float:
    """A rate for which one step changes the weights by that share of their size."""
    gradients = torch.autograd.grad((output - y).square().mean(), leaves)
    size = sum(float(leaf.detach().square().sum()) for leaf in leaves) ** 0.5
    return float(
        share * size / sum(float(gradient.square().sum()) for gradient in gradients) ** 0.5
    )


def descend(
    output: torch.Tensor, leaves: list[Any], y: torch.Tensor, rate: float, what: str
) -> None:
    """One step of gradient descent on the mean squared error.

    Raises:
        Mismatch: no gradient reaches the weights, or the backward pass fails.
    """
    if not leaves or not output.requires_grad:
        raise Mismatch(
            f"no gradient reaches the weights from {what}: was something detached, or is no "
            "parameter?"
        )
    try:
        gradients = torch.autograd.grad((output - y).square().mean(), leaves, allow_unused=True)
    except RuntimeError:
        # torch notices only now what the code under test did in its forward pass.
        cause = "was a tensor changed in place that is still needed?"
        raise Mismatch(f"the backward pass through {what} fails: {cause}") from None
    with torch.no_grad():
        for leaf, gradient in zip(leaves, gradients, strict=True):
            if gradient is not None:
                leaf.sub_(rate * gradient)
