"""Check the model and the data of a training, and say what is wrong with them."""

from __future__ import annotations

import torch
from torch import nn


def check_model(model: object) -> None:
    """Check that there is a model with a parameter to train; raises TypeError or ValueError."""
    if isinstance(model, type):
        raise TypeError(
            f"model must be a module, not the class {model.__name__}: make one with "
            f"{model.__name__}(…)"
        )
    if not isinstance(model, nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise TypeError(f"model must be an ordinary nn.Module, not {type(model).__name__}")
    parameters = list(model.parameters())
    if not any(p.requires_grad for p in parameters):
        found = f"all of its {len(parameters)} are frozen" if parameters else "it has none at all"
        raise ValueError(f"model must have a parameter that can be trained: {found}")


def check_data(X: object, y: object) -> None:
    """Check the rows to train on.

    Raises:
        TypeError: one is no tensor of floating-point numbers.
        ValueError: a shape does not fit, or a number is not finite.
    """
    _check_numbers("X", X)
    _check_numbers("y", y)
    assert isinstance(X, torch.Tensor)
    assert isinstance(y, torch.Tensor)
    if y.ndim != 2 or y.shape[1] == 0:
        raise ValueError(f"y must have shape (n, d), not {tuple(y.shape)}")
    if len(X) != len(y):
        raise ValueError(f"X and y must have the same number of rows, not {len(X)} and {len(y)}")


def _check_numbers(name: str, value: object) -> None:
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, not {type(value).__name__}")
    if not value.is_floating_point():
        raise TypeError(
            f"{name} must hold floating-point numbers, not {value.dtype}: use {name}.float()"
        )
    if value.ndim == 0 or len(value) == 0:
        raise ValueError(f"{name} must have at least one row, not shape {tuple(value.shape)}")
    bad = value.isfinite().logical_not().nonzero()
    if len(bad):
        raise ValueError(f"{name} must hold finite numbers only; look at row {int(bad[0, 0])}")


def check_prediction(prediction: object, X: torch.Tensor, y: torch.Tensor) -> None:
    """Check what a model made of X; raises TypeError or ValueError."""
    if not isinstance(prediction, torch.Tensor):
        raise TypeError(f"model must return a tensor, not {type(prediction).__name__}")
    if prediction.shape != y.shape:
        shapes = (
            f"X, {tuple(X.shape)}, into predictions of y's shape, {tuple(y.shape)}, not "
            f"{tuple(prediction.shape)}"
        )
        raise ValueError(f"model must turn {shapes}")
    if prediction.dtype != y.dtype:
        raise ValueError(
            f"model must return predictions of y's dtype, {y.dtype}, not {prediction.dtype}"
        )
    if not prediction.requires_grad:
        raise ValueError(
            "model must return predictions that depend on a parameter that can be trained"
        )
