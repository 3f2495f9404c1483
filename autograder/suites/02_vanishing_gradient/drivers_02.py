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


def norms_and_flags(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str, asking: bool
) -> list[bool]:
    """After a call with weights of a model, or with plain ones: who asks for a gradient, and does any hold one?"""
    given = [weight.detach().clone().requires_grad_(asking) for weight in weights]
    here = x.detach().clone()
    submission.gradient_norms(given, here, ACTIVATIONS[activation])
    return [*_asks(given), here.requires_grad, _holds([*given, here])]


def norms_around_a_step(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> list[Any]:
    """Two results: of a call, and of one more after each argument was changed in place, as training does."""
    given, here = [weight.detach().clone() for weight in weights], x.detach().clone()
    first = kept(submission.gradient_norms(given, here, ACTIVATIONS[activation]))
    for value in (*given, here):
        value.mul_(-0.75)
    return [first, kept(submission.gradient_norms(given, here, ACTIVATIONS[activation]))]


def kept(result: Any) -> Any:
    """A result as it is now, whatever becomes of the tensors that it shares memory with."""
    if isinstance(result, list | tuple):
        return [kept(member) for member in result]
    return result.detach().clone() if isinstance(result, torch.Tensor) else result


def around_a_step(submission: Any, function: str, factors: list[float], *args: torch.Tensor) -> list[Any]:
    """Two results: of a call, and of one more after each argument was multiplied in place, as training changes it."""
    leaves = [value.detach().clone() for value in args]
    first = kept(getattr(submission, function)(*leaves))
    for leaf, factor in zip(leaves, factors, strict=True):
        leaf.mul_(factor)
    return [first, kept(getattr(submission, function)(*leaves))]


def flags_after(submission: Any, function: str, *args: torch.Tensor) -> list[bool]:
    """After a call: does each argument ask for a gradient, and then: does any of them hold one?"""
    leaves = [value.detach().clone() for value in args]
    getattr(submission, function)(*leaves)
    return [*_asks(leaves), _holds(leaves)]


def _asks(leaves: list[torch.Tensor]) -> list[bool]:
    return [leaf.requires_grad for leaf in leaves]


def _holds(leaves: list[torch.Tensor]) -> bool:
    return any(leaf.grad is not None for leaf in leaves)
