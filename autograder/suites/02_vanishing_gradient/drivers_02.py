"""What can't cross the wire: activations, which are functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from course_lib.drivers import kept

Activation = Callable[[torch.Tensor], torch.Tensor]

ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "softplus": torch.nn.Softplus(),  # a module, as students know them
    "wave": lambda z: 0.5 * z + z.sin(),  # one that no library knows
    "identity": lambda z: z,
}


def norms(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> Any:
    return submission.gradient_norms(weights, x, ACTIVATIONS[activation])


def norms_of_parameters(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> Any:
    """The weights ask for gradients, as those of a model do."""
    parameters = [torch.nn.Parameter(weight) for weight in weights]
    return submission.gradient_norms(parameters, x, ACTIVATIONS[activation])


def norms_twice(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> list[Any]:
    """Both results of two calls with the same arguments."""
    return [submission.gradient_norms(weights, x, ACTIVATIONS[activation]) for _ in range(2)]


def norms_and_arguments(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> Any:
    """The result, and the weights and x as the call left them."""
    result = submission.gradient_norms(weights, x, ACTIVATIONS[activation])
    return result, [weight.detach() for weight in weights], x.detach()


def norms_and_flags(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str, asking: bool
) -> list[bool]:
    """After a call with weights of a model, or with plain ones:
    who asks for a gradient, and does any hold one?
    """
    given = [weight.detach().clone().requires_grad_(asking) for weight in weights]
    here = x.detach().clone()
    submission.gradient_norms(given, here, ACTIVATIONS[activation])
    return [
        *(one.requires_grad for one in (*given, here)),
        any(one.grad is not None for one in (*given, here)),
    ]


def norms_around_a_step(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> list[Any]:
    """Two results: of a call, and of one more after each
    argument was changed in place, as training does.
    """
    given, here = [weight.detach().clone() for weight in weights], x.detach().clone()
    first = kept(submission.gradient_norms(given, here, ACTIVATIONS[activation]))
    for value in (*given, here):
        value.mul_(-0.75)
    return [first, kept(submission.gradient_norms(given, here, ACTIVATIONS[activation]))]
