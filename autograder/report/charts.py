"""Draw the charts of a report, as plotly.js figures.

The page has a table of the same numbers beside each.
"""

from __future__ import annotations

import math
from typing import Any

from autograder.report.statistics import Distribution, TaskItem, TestItem

_BLUE, _LIGHT, _RED, _INK = "#0b5cad", "#9cc4ec", "#a40e26", "#1b1f24"


def _layout(height: int, x: str, y: str, **more: Any) -> dict[str, Any]:
    axis = {
        "fixedrange": True,
        "automargin": True,
        "gridcolor": "#e3e6ea",
        "zerolinecolor": "#b6bec7",
    }
    return {
        "height": height,
        "margin": {"l": 50, "r": 15, "t": 15, "b": 55},
        "modebar": {
            "remove": ["toimage", "select2d", "lasso2d", "sendcharttocloud"]
        },  # the last uploads the figure
        "font": {"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        "dragmode": False,
        "xaxis": axis | {"title": {"text": x}} | more.pop("xaxis", {}),
        "yaxis": axis | {"title": {"text": y}} | more.pop("yaxis", {}),
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    } | more


def scores(spread: Distribution | None) -> dict[str, Any] | None:
    """How many submissions have how many points; None where nothing is graded."""
    if spread is None:
        return None
    bins = spread.bins
    names = [f"{each.low:g}–{each.high:g}" for each in bins]
    counts = [each.count for each in bins]
    bars = {
        "type": "bar",
        "x": names,
        "y": counts,
        "marker": {"color": _BLUE},
        "hovertemplate": "%{x}: %{y}<extra></extra>",
    }
    y = {"dtick": max(1, math.ceil(max(counts) / 6))}
    return {
        "data": [bars],
        "layout": _layout(
            280, "points", "submissions", bargap=0.06, xaxis={"type": "category"}, yaxis=y
        ),
    }


def tasks(items: list[TaskItem]) -> dict[str, Any] | None:
    """The mean share of points and the share with all points, by task; None without tasks."""
    if not items:
        return None
    names = [task.id for task in items]
    shares = (
        ("mean share of points", [task.share for task in items], {"color": _BLUE}),
        (
            "submissions with all points",
            [task.pass_rate for task in items],
            {"color": _LIGHT, "pattern": {"shape": "/"}},
        ),
    )
    data = [
        {"type": "bar", "orientation": "h", "name": name, "y": names, "x": values, "marker": marker,
         "hovertemplate": "%{y}: %{x:.0%}<extra></extra>"}
        for name, values, marker in shares
    ]  # fmt: skip
    layout = _layout(
        90 + 42 * len(names), "", "",
        xaxis={"range": [0, 1.03], "dtick": 0.25, "tickformat": ".0%"},
        yaxis={"autorange": "reversed", "type": "category"},
    )  # fmt: skip
    return {"data": data, "layout": layout}


def tests(items: list[TestItem]) -> dict[str, Any] | None:
    """Tests by pass rate and discrimination; None where no discrimination is known."""
    known = [item for item in items if item.discrimination is not None]
    if not known:
        return None
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [item.pass_rate for item in known],
        "y": [item.discrimination for item in known],
        "text": [f"{item.task}: {item.name}" for item in known],
        "marker": {
            "size": 10,
            "color": [_RED if (item.discrimination or 0) < 0 else _BLUE for item in known],
            "symbol": ["x" if (item.discrimination or 0) < 0 else "circle-open" for item in known],
            "line": {"width": 2},
        },
        "hovertemplate": "%{text}<br>passed by %{x:.0%}, discrimination %{y:.2f}<extra></extra>",
    }
    low = min(0, *(item.discrimination or 0.0 for item in known))
    y = {"range": [low - 0.08, 1.05]}
    x = {"range": [-0.03, 1.03], "tickformat": ".0%"}
    return {
        "data": [points],
        "layout": _layout(340, "passed by", "discrimination", xaxis=x, yaxis=y),
    }
