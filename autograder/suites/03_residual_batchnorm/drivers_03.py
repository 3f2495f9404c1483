"""Runs on the student's side: looks at what can't cross the wire.

Nothing here knows what is right.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

KINDS = (
    "batch_norm",
    "instance_norm",
    "layer_norm",
    "group_norm",
    "rms_norm",
    "batchnorm",
    "layernorm",
)
MODULES = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
    nn.LocalResponseNorm,
    nn.CrossMapLRN2d,
)


class _Functions(TorchFunctionMode):
    """Notes the names of torch's functions that are called inside, whoever calls them."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self.names = names

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(getattr(func, "__name__", ""))
        return func(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes the names of what those functions are made of, which `torch.ops` can call as well."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names = names

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(str(func))
        return func(*args, **(kwargs or {}))


def library_norms(notebook: Any, x: torch.Tensor) -> int:
    """How often one of torch's own normalisations is at work in
    BatchNorm: as a module, or as a function.
    """
    module = notebook.BatchNorm(x.shape[1]).to(x)
    parts = sum(isinstance(part, MODULES) for part in module.modules())
    names: list[str] = []
    with _Functions(names), _Operators(names):
        module.train()(x)
        module.eval()(x)
    return parts + sum(any(kind in name.lower() for kind in KINDS) for name in names)


def reloaded(notebook: Any, batches: list[torch.Tensor], x: torch.Tensor) -> Any:
    """What a new BatchNorm gives for x in evaluation mode, with
    the state of one that has seen the batches.
    """
    seen, new = notebook.BatchNorm(x.shape[1]).to(x), notebook.BatchNorm(x.shape[1]).to(x)
    for batch in batches:
        seen(batch)
    new.load_state_dict(seen.state_dict())
    return new.eval()(x).detach()


def remembers(notebook: Any, batches: list[torch.Tensor], x: torch.Tensor) -> bool:
    """Whether a result in evaluation mode still hangs on the batches of the training before it."""
    module = notebook.BatchNorm(x.shape[1]).to(x)
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    for batch in batches:
        module(batch.clone().requires_grad_())
    return bool(module.eval()(x).requires_grad)


def settle(notebook: Any, module: Any, x: torch.Tensor, times: int) -> None:  # noqa: ARG001
    """Show a module the same batch many times in training mode,
    so that running statistics become the batch's.
    """
    module.train()
    with torch.no_grad():
        for _ in range(times):
            module(x.clone())


def train_on(notebook: Any, module: Any, data: torch.Tensor) -> Any:  # noqa: ARG001
    """The last result of a module that is called with one batch
    after the other in training mode.
    """
    module.train()
    for batch in data:
        output = module(batch.clone())
    return output.detach()


def after_calls(
    notebook: Any,  # noqa: ARG001
    module: Any,
    others: torch.Tensor,
    x: torch.Tensor,
    training: bool,
) -> tuple[torch.Tensor, bool]:
    """The result for x after calls with other numbers in the
    same tensor, and whether a call left gradients behind.
    """
    module.train(training)
    same = x.clone()
    for other in others:
        same.copy_(other)
        module(same)
    same.copy_(x)
    output = module(same).detach()
    left = any(p.grad is not None for p in module.parameters())
    return output, bool(left or same.requires_grad or same.grad is not None)
