"""What can't cross the wire: activations, which are functions, and two calls with the very same tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

Activation = Callable[[torch.Tensor], torch.Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softplus": torch.nn.Softplus(),  # a module, as students know them
    "wave": lambda z: 0.5 * z + z.sin(),  # one that no library knows
    "identity": lambda z: z,
}


def twice(submission: Any, function: str, *args: torch.Tensor) -> list[Any]:
    """Both results of two calls with the same arguments, as they are after the second."""
    return [getattr(submission, function)(*args) for _ in range(2)]


def norms(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> Any:
    return submission.gradient_norms(weights, x, ACTIVATIONS[activation])


def norms_of_parameters(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> Any:
    """The weights ask for gradients, as those of a model do."""
    parameters = [torch.nn.Parameter(weight) for weight in weights]
    return submission.gradient_norms(parameters, x, ACTIVATIONS[activation])


def norms_twice(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> list[Any]:
    """Both results of two calls with the same arguments."""
    return [submission.gradient_norms(weights, x, ACTIVATIONS[activation]) for _ in range(2)]


def norms_and_arguments(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> Any:
    """The result, and the weights and x as the call left them."""
    result = submission.gradient_norms(weights, x, ACTIVATIONS[activation])
    return result, [weight.detach() for weight in weights], x.detach()
