"""Animate a training: the predictions of one or several models, from first to last step.

The figures have buttons to play and to pause and a slider, and axes that hold every frame.
`save_html` turns a figure into a page of its own, which needs no network.
"""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray
from plotly.utils import PlotlyJSONEncoder

from course_lib._arrays import Array, Values, finite_array, numbers
from course_lib._figures import Properties, axis, check_view, figure, frames, player, short, single
from course_lib._groups import SYMBOLS, by_group
from course_lib._themes import SERIES, THEMES

MAX_FRAMES = 101  # 5,001 recorded steps become every 50th, progress goes by 1 %
MIN_FRAMES = 20
# In all frames: then a figure is less than 2 MB, as much as graded notebooks keep of a cell.
MAX_POINTS = 150_000
HEIGHT = 680


class Run(Protocol):
    """What is shown of a training; `course_lib.training.TrainingRun` has it."""

    @property
    def steps(self) -> Values:
        """The step at which each frame was taken, (frames,), increasing."""

    @property
    def trajectory(self) -> Values:
        """The predictions in each frame, (frames, n, 2)."""


def animate_training(
    run: Run | Values,
    y: Values,
    *,
    groups: Values | None = None,
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """The predictions of a model on their way to the targets y, (n, 2).

    `run` is what `train_model` returns, or the predictions alone, (frames, n, 2), whose steps are
    then counted from 0. At most 101 frames are shown, fewer of more than 1,500 points, evenly
    chosen, the first and the last one among them. The slider tells the step and the mean squared
    error. Tensors may live on any device and require gradients; only their values are read.
    `groups`, (n,), whole numbers from 0 on, gives the points and targets of each group a colour and
    a symbol of their own.

    Raises:
        ValueError: y, the trajectory or the steps have another shape or are not finite, the steps
            do not increase, `groups` does not fit, or `theme` is unknown.
    """
    check_view(theme)
    target = finite_array("y", y, (None, 2))
    steps, trajectory = _read("run", run, len(target))
    kept = (
        np.linspace(0, len(steps) - 1, _frames_of(len(target), len(steps))).round().astype(np.int64)
    )
    predictions = _finite("run", trajectory[kept], steps[kept])
    errors = ((predictions - target) ** 2).mean(axis=(1, 2))
    labels = {
        f"{step:.15g}": f"{step:.15g}, error {short(error)}"
        for step, error in zip(steps[kept], errors, strict=True)
    }
    looks = by_group(groups, len(target), theme)
    return _animation(labels, "step ", {"prediction": predictions}, target, title, theme, looks)


def compare_training(
    runs: Mapping[str, Run | Values], y: Values, *, title: str | None = None, theme: str = "auto"
) -> go.Figure:
    """The predictions of several models, by name, on their way to the same targets y, (n, 2).

    The slider goes through the progress of training: at 50 % every model is half through its own
    steps, however many it made and however many of them were recorded. A click on a model in the
    legend hides or shows it, also while the animation plays. At most 101 frames are shown, fewer of
    more than 1,500 points in all. `runs` holds what `animate_training` takes.

    Raises:
        ValueError: `runs` is empty, a trajectory or its steps have another shape or are not finite,
            the steps do not increase, or y or `theme` is not usable.
    """
    check_view(theme)
    target = finite_array("y", y, (None, 2))
    if not isinstance(runs, Mapping) or not runs:
        raise ValueError('runs must hold a run for each name, as in {"linear": run1, "mlp": run2}')
    read = {str(name): _read(f"runs[{name!r}]", run, len(target)) for name, run in runs.items()}
    longest = max(len(steps) for steps, _ in read.values())
    progress = np.linspace(0.0, 1.0, _frames_of(len(target) * len(read), longest))
    shown = {}
    for name, (steps, trajectory) in read.items():
        wanted = steps[0] + progress * (steps[-1] - steps[0])
        kept = np.abs(steps - wanted[:, None]).argmin(axis=1)
        shown[name] = _finite(f"runs[{name!r}]", trajectory[kept], steps[kept])
    labels = {f"{100 * share:.0f} %": f"{100 * share:.0f} %" for share in progress}
    return _animation(labels, "training: ", shown, target, title, theme)


def save_html(figure: go.Figure, path: str | Path) -> None:
    """Save a figure as a page for any browser since 2023 that works offline.

    Missing directories are made, an existing file is replaced. On the page, the space bar plays and
    pauses an animation, the arrow keys go from frame to frame, Home and End to the first and to the
    last one.

    Raises:
        TypeError: `figure` is no Plotly figure.
        OSError: the file can't be written; the error names the path.
    """
    if not isinstance(figure, go.Figure):
        raise TypeError(f"figure must be a Plotly figure, not {type(figure).__name__}")
    title = (figure.layout.title.text or "Figure").replace("<br>", " ")
    page = resources.files("course_lib").joinpath("page.html").read_text(encoding="utf-8")
    parts = {"TITLE": escape(title), "FIGURE": _compressed(_json(figure)), "PLOTLY": _plotly()}
    page = re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], page)
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OSError(
            error.errno, f"the figure could not be saved ({error.strerror})", str(path)
        ) from error


def _read(name: str, run: Run | Values, n: int) -> tuple[Array, torch.Tensor | NDArray[Any]]:
    """The steps (frames,) and the trajectory (frames, n, 2) of the argument called `name`."""
    found = getattr(run, "trajectory", run)
    what = name if found is run else f"{name}.trajectory"
    trajectory = (
        found
        if isinstance(found, torch.Tensor | np.ndarray)
        else finite_array(what, found, (None, n, 2))
    )
    if trajectory.ndim != 3 or trajectory.shape[1:] != (n, 2) or not len(trajectory):
        raise ValueError(
            f"{what} must have shape (frames, {n}, 2), like y with its {n} rows, not "
            f"{tuple(trajectory.shape)}"
        )
    if found is run:
        return np.arange(len(trajectory), dtype=np.float64), trajectory
    steps = finite_array(f"{name}.steps", getattr(run, "steps", None), (len(trajectory),))
    if not (np.diff(steps) > 0).all():
        raise ValueError(f"{name}.steps must increase from frame to frame")
    return steps, trajectory


def _frames_of(points: int, recorded: int) -> int:
    """How many of the recorded frames to show, when there are so many points in each."""
    return min(recorded, MAX_FRAMES, max(MIN_FRAMES, MAX_POINTS // points))


def _finite(name: str, frames: torch.Tensor | NDArray[Any], steps: Array) -> Array:
    """The numbers of frames (frames, n, 2) that were taken at these steps."""
    found = numbers(frames)
    broken = np.flatnonzero(~np.isfinite(found).all(axis=(1, 2)))
    if len(broken):
        raise ValueError(
            f"{name} is not finite at step {steps[broken[0]]:.15g}: the training diverged; try a "
            "smaller learning rate"
        )
    return found


def _animation(
    labels: Mapping[str, str],
    prefix: str,
    shown: Mapping[str, Array],
    target: Array,
    title: str | None,
    theme: str,
    own: tuple[Properties, Properties] = ({}, {}),
) -> go.Figure:
    """The figure of targets and each name's frames (frames, n, 2), with slider `labels`.

    `own` is what the markers of predictions and of targets have of their own.
    """
    looks, ring = _markers(len(shown), theme, *own)
    goal = _points("target", target, ring)
    states = {
        name: [
            goal,
            *(_points(n, f[at], look) for (n, f), look in zip(shown.items(), looks, strict=True)),
        ]
        for at, name in enumerate(labels)
    }
    every = np.concatenate([target, *(f.reshape(-1, 2) for f in shown.values())])
    (left, low), (right, high) = every.min(axis=0), every.max(axis=0)
    pad = 0.05 * max(right - left, high - low) or 1.0
    x, y = ({**axis(f"feature {i}", 8), "hoverformat": ".3g"} for i in (1, 2))
    layout = {
        "xaxis": {**x, "range": [left - pad, right + pad]},
        "yaxis": {**y, "range": [low - pad, high + pad], "scaleanchor": "x"},
        **player(labels, prefix, theme, HEIGHT, ["target", *shown]),
    }
    start = next(iter(states.values()))
    return figure(start, layout, theme, title or "", HEIGHT, frames=frames(states))


def _markers(
    many: int, theme: str, predictions: Properties, targets: Properties
) -> tuple[list[Properties], Properties]:
    """The markers of the predictions of so many models, and those of the targets."""
    colours = SERIES[theme]
    looks = [
        {
            "symbol": SYMBOLS[i % len(SYMBOLS)],
            "size": 7,
            "color": colours[i % len(colours)],
            "opacity": 0.8,
            **predictions,
        }
        for i in range(many)
    ]
    seen = 0.7 if targets else 0.5
    ring = {"symbol": "circle-open", "size": 9, "color": THEMES[theme].ink, "opacity": seen}
    return looks, {**ring, **targets}


def _points(name: str, points: Array, look: Properties) -> Properties:
    x, y = single(points).T
    return {"x": x, "y": y, "mode": "markers", "name": name, "marker": look}


def _json(figure: go.Figure) -> str:
    """The JSON of a figure; that of `to_json` has six characters for each slash of base64."""
    return json.dumps(figure.to_dict(), cls=PlotlyJSONEncoder, separators=(",", ":"))


def _compressed(text: str) -> str:
    """A text, compressed; JavaScript undoes it."""
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@cache
def _plotly() -> str:
    """plotly.js, compressed."""
    from plotly.offline import get_plotlyjs

    return _compressed(get_plotlyjs())
