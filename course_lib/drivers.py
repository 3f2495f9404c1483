"""Drivers: calls that hidden tests run on the student's side, to inspect the same tensors later.

Pass one to `submission.drive`. The source of this module goes to the student's side, so it holds no
expected value.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def twice(submission: Any, function: str, *args: torch.Tensor) -> list[Any]:
    """Both results of two calls with the same arguments, as they are after the second."""
    return [getattr(submission, function)(*args) for _ in range(2)]


def around_a_step(
    submission: Any, function: str, factors: list[float], *args: torch.Tensor
) -> list[Any]:
    """The results of two calls, before and after the arguments are multiplied in place."""
    leaves = [value.detach().clone() for value in args]
    first = kept(getattr(submission, function)(*leaves))
    for leaf, value, factor in zip(leaves, args, factors, strict=True):
        leaf.copy_(factor * value)  # of what was given, whatever the call made of it
    return [first, kept(getattr(submission, function)(*leaves))]


def flags_after(submission: Any, function: str, asking: bool, *args: torch.Tensor) -> list[bool]:
    """After a call: does each argument ask for a gradient, and then: does any of them hold one?"""
    leaves = [value.detach().clone().requires_grad_(asking) for value in args]
    getattr(submission, function)(*leaves)
    return [*(leaf.requires_grad for leaf in leaves), any(leaf.grad is not None for leaf in leaves)]


def kept(result: Any) -> Any:
    """A result as it is now, whatever becomes of the tensors that it shares memory with."""
    if isinstance(result, list | tuple):
        return [kept(member) for member in result]
    return result.detach().clone() if isinstance(result, torch.Tensor) else result


def tensors(module: nn.Module) -> list[torch.Tensor]:
    """A module's parameters and buffers themselves."""
    return [*module.parameters(), *module.buffers()]


def state(module: nn.Module) -> list[torch.Tensor]:
    """Copies of its parameters and buffers, as they are now."""
    return [value.detach().clone() for value in tensors(module)]


def put(module: nn.Module, values: list[torch.Tensor]) -> None:
    """Write into its parameters and buffers, in the order of `state`."""
    with torch.no_grad():
        for own, value in zip(tensors(module), values, strict=True):
            own.copy_(value)
