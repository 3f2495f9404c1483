"""Represent a student's module parameters on this side, also lazy ones without a size yet."""

from __future__ import annotations

from typing import Any, NoReturn, cast

import torch

from autograder.proxy.channel import StudentFault

NO_SIZE = "a parameter of a lazy layer was asked for its values before the module was first called"


class Unsized(torch.nn.parameter.UninitializedParameter):
    """A lazy layer's parameter until its module is called; then it becomes an ordinary one."""

    def become(self, value: torch.Tensor, wanted: bool) -> None:
        """Get a size, and values."""
        self.data = value
        self.__class__ = torch.nn.Parameter  # type: ignore[assignment]
        self.requires_grad_(wanted and _differentiable(value))

    @property
    def shape(self) -> NoReturn:  # type: ignore[override]
        raise StudentFault("failed", NO_SIZE)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            plain = super().__torch_function__
            return plain(func, types, args, kwargs)  # type: ignore[no-untyped-call]
        except ValueError:
            raise StudentFault("failed", NO_SIZE) from None


def parameter(value: torch.Tensor | None, wanted: bool) -> torch.nn.Parameter:
    """A parameter with this value, or with none yet; `wanted`: whether its gradient is."""
    if value is None:
        return cast(torch.nn.Parameter, Unsized())
    return torch.nn.Parameter(value, requires_grad=wanted and _differentiable(value))


def _differentiable(value: torch.Tensor) -> bool:
    return value.is_floating_point() or value.is_complex()
