"""What can't cross the wire of `repair`: networks in which a mistake was put.

Nothing here knows what is right.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from course_lib.drivers import put, state


def sequential(parts: list[tuple[Any, ...]]) -> nn.Sequential:
    """Linear layers, activations and the like, in a row."""
    kinds: dict[str, Any] = {
        "flatten": nn.Flatten,
        "linear": nn.Linear,
        "relu": nn.ReLU,
        "relu_in_place": lambda: nn.ReLU(inplace=True),
        "tanh": nn.Tanh,
        "norm": nn.BatchNorm1d,
        "dropout": nn.Dropout,
    }
    return nn.Sequential(*(kinds[name](*sizes) for name, *sizes in parts))


def repaired(
    notebook: Any,
    parts: list[tuple[Any, ...]],
    values: list[torch.Tensor],
    x: torch.Tensor,
    training: bool,
) -> dict[str, Any]:
    """What repair makes of a network, and what the network is after that."""
    model = sequential(parts).to(x)
    put(model, values)
    model.train(training)
    module = notebook.repair(model)
    kinds = [type(part).__name__ for part in model]
    modes = [part.training for part in model.modules()]
    after = state(model)
    asks = [parameter.requires_grad for parameter in model.parameters()]
    output = model.eval()(x.clone()).detach()
    return {"module": module, "kinds": kinds, "modes": modes, "state": after, "asks": asks,
            "output": output}  # fmt: skip


def repaired_twice(
    notebook: Any, parts: list[tuple[Any, ...]], one: list[torch.Tensor], other: list[torch.Tensor],
    x: torch.Tensor,
) -> list[Any]:  # fmt: skip
    """What repair makes of two networks, one after the other."""
    models = [sequential(parts).to(x) for _ in range(2)]
    for model, values in zip(models, (one, other), strict=True):
        put(model, values)
    return [notebook.repair(model) for model in models]
