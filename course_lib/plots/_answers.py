"""What models answer when they are asked for the class of points of the plane."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from course_lib._arguments import number
from course_lib._arrays import Array, numbers
from course_lib._figures import short

Predict = Callable[[Any], Any]
Labels = NDArray[np.int64]

CELLS = 100  # of the grid, each way
MAX_CLASSES = 6  # as many as there are colours; each has a symbol too


@dataclass(frozen=True)
class Answers:
    """What a model does: the class of each cell (rows, columns) and of each sample (n,)."""

    cells: Labels
    samples: Labels
    said: str


def whole_classes(what: str, values: Array) -> Labels:
    whole = (values == np.round(values)) & (values >= 0) & (values < MAX_CLASSES)
    if not whole.all():
        raise ValueError(
            f"{what} must hold classes: whole numbers from 0 to {MAX_CLASSES - 1}, not "
            f"{values[~whole][0]:g}"
        )
    return values.astype(np.int64)


def read_times(seconds: Any, models: Mapping[str, Predict]) -> dict[str, float]:
    """How long each model took."""
    if seconds is None:
        return {}
    if not isinstance(seconds, Mapping) or not set(seconds) <= set(models):
        raise ValueError(
            "seconds must map names of models to times; the names are "
            f"{', '.join(map(repr, models))}"
        )
    return {
        name: number(f"seconds[{name!r}]", value, positive=False) for name, value in seconds.items()
    }


def grid_around(samples: Array) -> tuple[Array, Array]:
    """The middles of the cells, across and up: all samples, and room around them."""
    low, high = samples.min(axis=0), samples.max(axis=0)
    reach = 0.6 * (float((high - low).max()) or 1.0)
    middle = (low + high) / 2
    across, up = (np.linspace(m - reach, m + reach, CELLS) for m in middle)
    return across, up


def ask(
    name: str,
    model: Predict,
    X: Any,
    samples: Array,
    classes: Labels,
    grid: tuple[Array, Array],
    seconds: float | None,
) -> Answers:
    """What a model gives for the grid and for the samples, which it is asked for at once."""
    what = f"predict[{name!r}]" if name else "predict"
    if not callable(model) or isinstance(model, type):
        raise TypeError(f"{what} must be a function or a module, not {type(model).__name__}")
    across, up = np.meshgrid(*grid)
    points = np.concatenate([samples, np.stack([across.ravel(), up.ravel()], axis=1)])
    found = _predicted(what, model, _as(X, points))
    right = float(np.mean(found[: len(samples)] == classes))
    said = f"{100 * right:.3g} % right"
    if seconds is not None:
        said += f", {short(seconds)} s"
    return Answers(found[len(samples) :].reshape(across.shape), found[: len(samples)], said)


def _as(X: Any, points: Array) -> Any:
    """The points as X is: an array, or a tensor of its type on its device."""
    if isinstance(X, torch.Tensor):
        dtype = X.dtype if X.is_floating_point() else torch.float32
        return torch.from_numpy(points).to(X.device, dtype)
    kept = isinstance(X, np.ndarray) and X.dtype.kind == "f"
    return points.astype(X.dtype) if kept else points


def _predicted(what: str, model: Predict, points: Any) -> Labels:
    """The class of each point."""
    trains = isinstance(model, nn.Module) and model.training
    if isinstance(model, nn.Module):
        points = torch.as_tensor(points)
        model.eval()
    try:
        with torch.no_grad():
            given = model(points)
    finally:
        if trains and isinstance(model, nn.Module):
            model.train()
    wanted = "classes (m,), or a score for each class, (m, classes)"
    try:
        values = numbers(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what} must give {wanted}, not {type(given).__name__}") from error
    if values.ndim == 2 and values.shape[1:] == (1,):
        values = values[:, 0]
    if values.ndim not in (1, 2) or len(values) != len(points) or not values.size:
        raise ValueError(
            f"{what} must give {wanted}, for m = {len(points)} points, not {values.shape}"
        )
    if values.ndim == 2 and np.isnan(values).any():
        raise ValueError(f"{what} must give scores that are numbers, and some are nan")
    classes = values.argmax(axis=1).astype(np.float64) if values.ndim == 2 else values
    return whole_classes(f"what {what} gives", classes)
