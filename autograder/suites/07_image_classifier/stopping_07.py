"""What can't cross the wire of early stopping: models whose state is watched and brought back.

Nothing here knows what is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from course_lib.drivers import put, state, tensors


class Stateful(nn.Module):
    """A network of no use, with state of every kind."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.frozen = nn.Parameter(torch.arange(5.0), requires_grad=False)
        self.register_buffer("seen", torch.zeros(2, dtype=torch.int64))
        self.register_buffer("mean", torch.linspace(0, 1, 3, dtype=torch.float64))
        self.register_buffer("mask", torch.tensor([True, False, True]))


def normed() -> nn.Module:
    """A network with a normalisation, whose running statistics are part of its state."""
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 2))


def on_a_grid(model: nn.Module) -> None:
    """Round its state to numbers to which whole ones can be added without an error."""
    put(model, [(64 * v).round() / 64 if v.is_floating_point() else v for v in state(model)])


def moved(model: nn.Module, by: int) -> None:
    """Change all of its state in place, by that much."""
    with torch.no_grad():
        for own in tensors(model):
            if own.dtype == torch.bool:
                own.logical_xor_(torch.full_like(own, bool(by % 2)))
            else:
                own.add_(by)


METHODS = ("step", "restore")


def lacking(stopping: Any) -> list[str]:
    """The methods that an object should have and has not."""
    return [name for name in METHODS if not callable(getattr(stopping, name, None))]


def said(reply: Any) -> Any:
    """What a step says: a truth value, or what it is instead of one."""
    if reply is None or isinstance(reply, bool | int | np.bool_):
        return bool(reply)
    if isinstance(reply, torch.Tensor) and reply.numel() == 1:
        return bool(reply)
    return type(reply).__name__


def stopped(
    notebook: Any, options: dict[str, Any], losses: list[float], rounds: int, device: str
) -> dict[str, Any]:
    """What each step says while the model's state is moved by 1 after each, up to the first True.

    Then the state is moved once more and brought back, as often as `rounds` says.
    """
    watched = Stateful().to(device)
    on_a_grid(watched)
    start = state(watched)
    stopping = notebook.EarlyStopping(**options)
    if missing := lacking(stopping):
        return {"lacking": missing}
    told = []
    for loss in losses:
        told.append(said(stopping.step(loss, watched)))
        moved(watched, 1)
        if told[-1] is True:
            break
    restored = []
    for number in range(rounds):
        moved(watched, 3 + number)
        stopping.restore(watched)
        restored.append(state(watched))
    return {"told": told, "start": start, "restored": restored}


def stopped_side_by_side(
    notebook: Any, patience: int, one: list[float], other: list[float]
) -> dict[str, Any]:
    """What two objects say whose steps come in turns, and the state that each brings back."""
    models = [Stateful() for _ in range(2)]
    for model in models:
        on_a_grid(model)
    moved(models[1], 100)
    starts = [state(model) for model in models]
    both = [notebook.EarlyStopping(patience) for _ in range(2)]
    if missing := lacking(both[0]):
        return {"lacking": missing}
    told: list[list[Any]] = [[], []]
    for losses in zip(one, other, strict=True):
        for index, loss in enumerate(losses):
            told[index].append(said(both[index].step(loss, models[index])))
            moved(models[index], 1)
    for stopping, model in zip(both, models, strict=True):
        stopping.restore(model)
    return {"told": told, "starts": starts, "restored": [state(model) for model in models]}


def stopped_and_trained(
    notebook: Any, values: list[torch.Tensor], x: torch.Tensor
) -> dict[str, Any]:
    """The state after a step; then one of training, restored; and another such step afterwards."""
    model = normed().to(x)
    put(model, values)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    stopping = notebook.EarlyStopping(3)
    if missing := lacking(stopping):
        return {"lacking": missing}

    def train() -> None:
        model.train()
        optimizer.zero_grad()
        model(x).square().sum().backward()
        optimizer.step()

    train()
    stopping.step(1.0, model)
    best = state(model)
    train()
    changed = state(model)
    stopping.restore(model)
    back = state(model)
    train()
    again = state(model)
    return {"states": [best, changed, back, again]}


def after_a_step(notebook: Any, device: str) -> dict[str, Any]:
    """What one step leaves of a model: state, mode, gradients, and which parameters ask for one."""
    model = Stateful().to(device)
    start = state(model)
    flags = [parameter.requires_grad for parameter in model.parameters()]
    stopping = notebook.EarlyStopping(2)
    if missing := lacking(stopping):
        return {"lacking": missing}
    stopping.step(0.5, model)
    return {
        "start": start,
        "state": state(model),
        "training": all(part.training for part in model.modules()),
        "grads": any(parameter.grad is not None for parameter in model.parameters()),
        "flags": [parameter.requires_grad for parameter in model.parameters()] == flags,
    }
