"""Figures of data, predictions and losses."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go

from course_lib._arrays import Array, Values, finite_array, numbers
from course_lib._figures import DASHES, Properties, check_view, figure, log_ticks
from course_lib._groups import by_group
from course_lib._notes import note
from course_lib._themes import SERIES, THEMES

ARROWS = 12


class Run(Protocol):
    """What is shown of a training; `course_lib.training.TrainingRun` has it."""

    @property
    def losses(self) -> Values:
        """The loss at each step, (steps,)."""


def dataset(
    X: Values,
    y: Values,
    *,
    groups: Values | None = None,
    title: str = "",
    theme: str = "auto",
) -> go.Figure:
    """Plot samples X, (n, 2), and targets y, (n, 2), with arrows between some of them.

    There are three traces: "X", "y" and the arrows. The dozen samples with an arrow are evenly
    chosen. `groups`, (n,), whole numbers from 0 on, gives each group a colour and a symbol of its
    own: filled for X, open for y.

    Raises:
        ValueError: X or y has another shape or is not finite, `groups` does not fit, or `theme` is
            unknown.
    """
    check_view(theme)
    start = finite_array("X", X, (None, 2))
    end = finite_array("y", y, (len(start), 2))
    rows = np.linspace(0, len(start) - 1, min(ARROWS, len(start))).round().astype(int)
    ink, (first, second, *_) = THEMES[theme].ink, SERIES[theme]
    data: list[Properties] = []
    filled, open_ = by_group(groups, len(start), theme)
    for name, points, color, symbol, own in (
        ("X", start, first, "circle", filled),
        ("y", end, second, "circle-open", open_),
    ):
        marker = {"color": color, "symbol": symbol, "size": 7, "opacity": 0.7, **own}
        look = {"mode": "markers", "marker": marker}
        data.append({"x": points[:, 0], "y": points[:, 1], "name": name, **look})
    gap = np.full((len(rows), 2), np.nan)
    across, up = np.stack([start[rows], end[rows], gap], axis=1).reshape(-1, 2).T
    head = {"symbol": "arrow", "angleref": "previous", "size": [0, 12, 0] * len(rows), "color": ink}
    arrows = {
        "mode": "lines+markers",
        "marker": head,
        "line": {"color": ink, "width": 1.5},
        "hoverinfo": "skip",
    }
    data.append({"x": across, "y": up, "name": "from X to y", **arrows})
    layout = {
        "xaxis": {"title": {"text": "feature 1"}, "nticks": 8},
        "yaxis": {"title": {"text": "feature 2"}, "nticks": 8, "scaleanchor": "x"},
    }
    return figure(data, layout, theme, title, 520)


def losses(
    runs: Run | Values | Mapping[str, Run | Values], *, title: str = "", theme: str = "auto"
) -> go.Figure:
    """The loss at each step of one training, or of several by name, on a logarithmic scale.

    A run is what `train_model` returns, or the losses alone, (steps,). Losses that a logarithmic
    scale can't show (0, negative, nan, infinite) are left out: the line has a gap there, and the
    legend tells of a run of which nothing is left. There is one trace per run.

    Raises:
        ValueError: there is no run, losses have another shape, or `theme` is unknown.
    """
    check_view(theme)
    if isinstance(runs, Mapping):
        if not runs:
            raise ValueError(
                'runs must hold a run for each name, as in {"linear": run1, "mlp": run2}'
            )
        read = {str(name): _losses(f"runs[{name!r}]", run) for name, run in runs.items()}
    else:
        read = {"loss": _losses("runs", runs)}
    data: list[Properties] = []
    colours = SERIES[theme]
    for i, (name, values) in enumerate(read.items()):
        line = {
            "color": colours[i % len(colours)],
            "dash": DASHES[i % (len(DASHES) - 1)],
            "width": 2,
        }
        mode = "lines" if len(values) > 20 else "lines+markers"
        name += ": never above 0" if np.isnan(values).all() else ""
        data.append(
            {"x": np.arange(len(values)), "y": values, "mode": mode, "name": name, "line": line}
        )
    every = np.concatenate(list(read.values()))
    if np.isnan(every).all():
        return note(
            "No loss is above 0 and finite, so a logarithmic scale has nothing to show.", theme
        )
    low, high = float(np.nanmin(every)), float(np.nanmax(every))
    layout = {
        "xaxis": {"title": {"text": "step"}, "nticks": 8, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "loss"}, "type": "log"} | log_ticks(low, high),
    }
    return figure(data, layout, theme, title, 420, legend=isinstance(runs, Mapping))


def _losses(what: str, run: Any) -> Array:
    """The losses of a run, those that can't be shown replaced by nan."""
    given = getattr(run, "losses", run)
    try:
        values = numbers(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{what} must be a run or its losses, (steps,), not {type(run).__name__}"
        ) from error
    if values.ndim != 1 or not len(values):
        raise ValueError(f"{what} must hold losses of shape (steps,), not {values.shape}")
    shown = np.isfinite(values) & (values > 0)
    return np.where(shown, values, np.nan)
