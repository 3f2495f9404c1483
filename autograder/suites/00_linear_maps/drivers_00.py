"""What can't cross the wire: layers of torch's, as an argument and as a result."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from course_lib import drivers


def kept(result: Any) -> Any:
    """A result as it is now, whatever becomes of the tensors and arrays that it shares memory
    with."""
    if isinstance(result, list | tuple):
        return [kept(member) for member in result]
    return result.copy() if isinstance(result, np.ndarray) else drivers.kept(result)


def linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    """A layer with these numbers, of their dtype and on their device."""
    layer = nn.Linear(2, 2, device=weight.device, dtype=weight.dtype)
    put(layer, weight, bias)
    return layer


def put(layer: nn.Linear, weight: torch.Tensor, bias: torch.Tensor) -> None:
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)


def recovered(submission: Any, weight: torch.Tensor, bias: torch.Tensor) -> Any:
    return kept(submission.recover(linear(weight, bias)))


def recovered_frozen(submission: Any, weight: torch.Tensor, bias: torch.Tensor) -> Any:
    """A layer in evaluation mode whose numbers ask for no gradients."""
    return kept(submission.recover(linear(weight, bias).eval().requires_grad_(False)))


def recovered_around_a_step(
    submission: Any, numbers: list[tuple[torch.Tensor, torch.Tensor]]
) -> list[Any]:
    """Results for one layer whose numbers change in place from call to call."""
    layer, found = linear(*numbers[0]), []
    for weight, bias in numbers:
        put(layer, weight, bias)
        found.append(kept(submission.recover(layer)))
    return found


def layer_after(submission: Any, weight: torch.Tensor, bias: torch.Tensor) -> list[Any]:
    """The layer's numbers after a call, then what it asks for and whether it holds gradients."""
    layer = linear(weight, bias)
    w, b = layer.weight, layer.bias
    submission.recover(layer)
    same = layer.weight is w and layer.bias is b and layer.training
    flags = [same, w.requires_grad, b.requires_grad, w.grad is None, b.grad is None]
    return [layer.weight.detach(), layer.bias.detach(), flags]


def fitted_both(submission: Any, one: list[torch.Tensor], two: list[torch.Tensor]) -> list[Any]:
    """For two sets of X, y and new points: what each call left in X and y, whether its result is a
    linear layer of torch's, its numbers, and its output for the new points; then the first layer's
    output after the second call. The second call gets the same two tensors, with other entries."""
    found, layers = [], []
    X, y = (value.clone() for value in one[:2])
    for given_X, given_y, new in (one, two):
        X.copy_(given_X)
        y.copy_(given_y)
        layer = submission.fit_linear(X, y)
        layers.append(layer)
        numbers = [getattr(layer, name, None) for name in ("weight", "bias")]
        shown = [kept(value) if isinstance(value, torch.Tensor) else None for value in numbers]
        output = kept(layer(new)) if callable(layer) else None
        found.append([kept(X), kept(y), isinstance(layer, nn.Linear), *shown, output])
    again = kept(layers[0](one[2])) if callable(layers[0]) else None
    return [*found, again]
