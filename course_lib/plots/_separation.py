"""Points of two kinds, and the lines that are tried to separate them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from course_lib._arrays import Array, Values, finite_array, numbers
from course_lib._figures import Properties, axis, check_view, figure, frames, player
from course_lib._themes import SERIES, THEMES


def separation(
    X: Values,
    y: Values,
    lines: Sequence[tuple[Any, Any]],
    *,
    title: str = "A line between two kinds of points",
    theme: str = "auto",
) -> go.Figure:
    """An animation of the line w·x + b = 0 on its way, among points with the labels 0 and 1.

    X: (n, 2); y: (n,). `lines` holds a pair (w, b) for each epoch. A short stroke on the line
    points to the side of label 1. Points on the wrong side are marked. Where w is 0 there is no
    line.

    Raises:
        ValueError: X, y or a line has another shape or is not finite, there is no line, or `theme`
            is unknown.
    """
    check_view(theme)
    points = finite_array("X", X, (None, 2))
    labels = finite_array("y", y, (len(points),)) > 0.5
    if not len(lines):
        raise ValueError("lines must hold at least one pair (w, b)")
    reach = 1.15 * float(np.abs(points).max() or 1.0)
    states = {}
    for number, (w, b) in enumerate(lines, start=1):
        weights = finite_array("w", w, (2,))
        bias = float(numbers(b).reshape(-1)[0])
        states[str(number)] = _traces(points, labels, weights, bias, reach, theme)
    legend = ["label 1", "label 0", "wrong", "w·x + b = 0", "side of label 1"]
    layout = {
        "xaxis": axis("input 1", 7, reach),
        "yaxis": axis("input 2", 7, reach),
        **player({name: name for name in states}, "after epoch ", theme, 560, legend),
    }
    layout["updatemenus"][0]["buttons"][0]["args"][1]["frame"]["duration"] = 500
    return figure(states["1"], layout, theme, title, 560, frames=frames(states))


def _traces(
    points: Array, labels: NDArray[np.bool_], w: Array, b: float, reach: float, theme: str
) -> list[Properties]:
    one, zero = SERIES[theme][0], SERIES[theme][1]
    ink = THEMES[theme].ink
    wrong = points[(points @ w + b > 0) != labels]
    ends, side = _line(w, b, reach)
    crossed = {"symbol": "x-thin-open", "size": 13, "line": {"width": 2.5}, "color": ink}
    return [
        _points(points[labels], "label 1", {"symbol": "circle", "size": 9, "color": one}),
        _points(points[~labels], "label 0", {"symbol": "diamond", "size": 9, "color": zero}),
        _points(wrong, "wrong", crossed),
        _stroke(ends, "w·x + b = 0", {"color": ink, "width": 3}),
        _stroke(side, "side of label 1", {"color": one, "width": 5, "dash": "dot"}),
    ]


def _points(at: Array, name: str, marker: Properties) -> Properties:
    hover = "(%{x:.2f}, %{y:.2f})"
    look = {"mode": "markers", "marker": marker, "name": name, "hovertemplate": hover}
    return {"x": at[:, 0], "y": at[:, 1], **look}


def _stroke(ends: Array, name: str, line: Properties) -> Properties:
    look = {"mode": "lines", "line": line, "name": name, "hoverinfo": "skip"}
    return {"x": ends[:, 0], "y": ends[:, 1], **look}


def _line(w: Array, b: float, reach: float) -> tuple[Array, Array]:
    """The ends of the line, and of the stroke that leaves it on the side of label 1."""
    length = float(np.hypot(*w))
    if length == 0:
        none = np.full((2, 2), np.nan)
        return none, none
    foot, across = -b * w / length**2, w / length
    along = np.array([-across[1], across[0]])
    ends = np.stack([foot - 4 * reach * along, foot + 4 * reach * along])
    return ends, np.stack([foot, foot + 0.3 * reach * across])
