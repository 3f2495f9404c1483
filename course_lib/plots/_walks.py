"""Paths of optimizers on a landscape: read, checked, and cut where they diverge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from course_lib._arrays import Array, Values, finite_array, numbers
from course_lib._figures import short
from course_lib.landscapes import Landscape
from course_lib.plots._levels import thinned

LONGEST = 2_000  # points of one path's line
APART = 1 / 500  # of the view: closer points of a line can't be told apart
FAR = 3.0  # views away from the view: there a path ends, as diverged


@dataclass(frozen=True)
class Walk:
    """The points (n, 2) after each step, which of them its line needs, and how it ends."""

    points: Array
    line: NDArray[np.int64]
    end: str
    lr: float | None = None

    def trail(self, at: int, length: int) -> Array:
        """The line (k, 2) that ends at a step, no longer than so many points."""
        before = self.line[: np.searchsorted(self.line, at)]
        return self.points[[*before[max(0, len(before) + 1 - length) :], at]]


def read_walks(
    landscape: Landscape, paths: Mapping[str, Values | Mapping[float, Values]]
) -> dict[float | None, dict[str, Walk]]:
    """The paths by learning rate (None where there are no rates) and name."""
    if not isinstance(paths, Mapping) or not paths:
        raise ValueError(
            'paths must hold a path for each name, as in {"SGD": path1, "Adam": path2}'
        )
    rated = {name: isinstance(value, Mapping) for name, value in paths.items()}
    if any(rated.values()) and not all(rated.values()):
        raise ValueError("paths must be given by learning rate for all names, or for none")
    found: dict[float | None, dict[str, Walk]] = {}
    for name, value in paths.items():
        if not isinstance(value, Mapping):
            path = _path(landscape, f"paths[{name!r}]", value)
            found.setdefault(None, {})[str(name)] = path
            continue
        if not value:
            raise ValueError(f"paths[{name!r}] must hold a path for each learning rate")
        for rate, points in value.items():
            usable = isinstance(rate, int | float | np.number) and np.isfinite(rate) and rate > 0
            if isinstance(rate, bool) or not usable:
                raise ValueError(f"paths[{name!r}] must have positive learning rates, not {rate!r}")
            path = _path(landscape, f"paths[{name!r}][{rate!r}]", points)
            found.setdefault(float(rate), {})[str(name)] = replace(path, lr=float(rate))
    return dict(sorted(found.items(), key=lambda item: item[0] or 0.0))


def _path(landscape: Landscape, what: str, values: Any) -> Walk:
    """A path, checked, cut where it diverges, thinned where it is very long."""
    try:
        points = numbers(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{what} must hold points, in shape (steps + 1, 2), not {type(values).__name__}"
        ) from error
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"{what} must have shape (steps + 1, 2), not {points.shape}")
    finite_array(f"the start of {what}", points[0], (2,))
    low, size = view(landscape)
    with np.errstate(invalid="ignore", over="ignore"):
        away = np.abs((points - low) / size - 0.5).max(axis=1)
        lost = np.flatnonzero(~(away <= 0.5 + FAR))
    if len(lost) and lost[0] > 0:
        points, end = points[: lost[0]], f"diverges at step {lost[0]}"
    else:
        end = f"f = {short(float(heights(landscape, *points[-1:].T)[0]))}"
    line = thinned(points / size, APART)
    evenly = np.linspace(0, len(line) - 1, min(len(line), LONGEST)).round().astype(np.int64)
    return Walk(points, np.unique(line[evenly]), end)


def view(landscape: Landscape) -> tuple[Array, Array]:
    """The lower left corner of the view, (2,), and its sides, (2,)."""
    left, right, bottom, top = landscape.view
    return np.array([left, bottom]), np.array([right - left, top - bottom])


def heights(landscape: Landscape, x: Array, y: Array) -> Array:
    """The heights at points, of the shape of x and y."""
    for kind in (np.asarray, torch.from_numpy):
        try:
            with np.errstate(all="ignore"):
                found = numbers(landscape.value(kind(x), kind(y)))
        except (TypeError, ValueError, RuntimeError, AttributeError):
            continue
        if found.shape == x.shape:
            return found
    raise ValueError(
        "landscape.value must take two arrays, or two tensors, and give the height at each point"
    )


def slopes(landscape: Landscape, point: Array) -> Array:
    """The gradient at a point, (2,)."""
    return finite_array("the gradient", landscape.gradient(*point.tolist()), (2,))


def check_landscape(landscape: object) -> None:
    """Check the type of a landscape; raises TypeError."""
    if not isinstance(landscape, Landscape):
        raise TypeError(
            "landscape must be a Landscape, such as course_lib.landscapes.BEALE, not "
            f"{type(landscape).__name__}"
        )


def check_arrows(arrows: Collection[str], known: Collection[str]) -> None:
    """Check that arrows have names of paths that are given by learning rate; raises ValueError."""
    for name in arrows:
        if name not in known:
            raise ValueError(
                "arrows must hold names of paths that are given by learning rate, as in "
                f'{{"SGD": {{0.01: path}}}}, not {name!r}'
            )
