"""Calls of the student's functions and modules that have to be made on the student's side.

Nothing here knows what is right.
"""

from __future__ import annotations

from typing import Any

import torch


def counted_twice(notebook: Any, dims: list[int]) -> list[Any]:
    """Two counts for the same list, and the list afterwards."""
    return [[notebook.count_parameters(dims) for _ in range(2)], list(dims)]


def made_of(
    notebook: Any, inputs: int, hidden: list[int], classes: int, options: dict[str, Any]
) -> list[Any]:
    """Two modules made with the same list of sizes, and the list afterwards."""
    modules = [notebook.make_classifier(inputs, hidden, classes, **options) for _ in range(2)]
    return [*modules, list(hidden)]


def settle(notebook: Any, module: Any, x: torch.Tensor, times: int) -> None:  # noqa: ARG001
    """Show a module the same batch many times in training mode."""
    module.train()
    with torch.no_grad():
        for _ in range(times):
            module(x.clone())


def many_masks(notebook: Any, module: Any, x: torch.Tensor, times: int) -> Any:  # noqa: ARG001
    """The outputs of many calls in training mode, one below the other."""
    module.train()
    with torch.no_grad():
        return torch.cat([module(x.clone()) for _ in range(times)])


def after_others(
    notebook: Any,  # noqa: ARG001
    module: Any,
    others: torch.Tensor,
    x: torch.Tensor,
) -> Any:
    """The result for x in evaluation mode after calls with other numbers in the same tensor."""
    module.eval()
    given = x.clone()
    with torch.no_grad():
        for other in others:
            given.copy_(other)
            module(given)
        given.copy_(x)
        return module(given).clone()


def learned(notebook: Any, repaired_model: Any, x: torch.Tensor) -> Any:  # noqa: ARG001
    """The size of the gradients that come back through a module."""
    out = repaired_model(x)
    trainable = [p for p in repaired_model.parameters() if p.requires_grad]
    grads = torch.autograd.grad(out.square().sum(), trainable, allow_unused=True)
    return [0.0 if g is None else float(g.abs().max()) for g in grads]


def fitted(
    notebook: Any,
    X_train: torch.Tensor,
    y_train: torch.Tensor,
    X_val: torch.Tensor,
    y_val: torch.Tensor,
    device: str,
) -> dict[str, Any]:
    """The module that fit returns, and its arguments as they are afterwards."""
    module = notebook.fit(X_train, y_train, X_val, y_val, torch.device(device))
    return {"module": module, "after": [X_train, y_train, X_val, y_val]}
