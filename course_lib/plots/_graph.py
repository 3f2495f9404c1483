"""A computation graph, and the way of the gradients back through it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from course_lib._arrays import Array, Values, numbers
from course_lib._figures import Properties, check_view, figure, frames, player, short
from course_lib._themes import GREY, SERIES, THEMES

LEVEL = 118  # pixels from one level of the graph to the next
BELOW, ABOVE = 0.56, 0.12  # where an edge leaves a node, below its text, and where it arrives
MOST = 4  # numbers of an array that are written out; of a larger one, the shape is
LEGEND = ("gradient comes back", "gradient known")
Edge = tuple[str, str]


def graph(
    edges: Sequence[Edge],
    values: Mapping[str, Values | float],
    gradients: Mapping[str, Values | float],
    *,
    title: str = "Back through the graph",
    theme: str = "auto",
) -> go.Figure:
    """An animation that goes through a computation graph backwards, node by node.

    `edges` are pairs of names: what the first one names is used to compute the second. `values` has
    the value of every node and `gradients` the gradient of the last node (the loss) with respect to
    each, in any shape: numbers, arrays or tensors. Up to four numbers are written out, of more
    the shape. A node whose gradient is not there is passed over. Inputs are at the top, the loss is
    at the bottom. In the first frame there are values only; in each of the others one more node
    gets its gradient, which comes along the marked edges.

    Raises:
        ValueError: an edge names a node without a value, the graph has no edge or goes round in a
            circle, or `theme` is unknown.
    """
    check_view(theme)
    levels = _levels(edges, values)
    shown = [name for name in values if name in levels]
    drawn = _Drawn(list(edges), _places(shown, levels), theme)
    order = [name for name in reversed(_ordered(edges, shown, levels)) if name in gradients]
    texts = {name: f"<b>{name}</b><br>{_written(values[name])}" for name in shown}
    slopes = {name: f"<br><b>∂</b> {_written(gradients[name])}" for name in order}
    states = {
        name: drawn.traces(
            order[:known],
            [texts[n] + (slopes[n] if n in order[:known] else "<br>") for n in shown],
        )
        for known, name in enumerate(["values", *order])
    }
    depth = max(levels.values())
    height = LEVEL * (depth + 1) + 230
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True}
    layout = {
        "xaxis": {"range": [0, 1], **bare},
        "yaxis": {"range": [-depth - 0.75, 0.3], **bare},
        **player({name: name for name in states}, "at: ", theme, height, LEGEND),
    }
    layout["updatemenus"][0]["buttons"][0]["args"][1]["frame"]["duration"] = 1000
    layout["margin"] = {**layout["margin"], "l": 8, "r": 8}
    return figure(states["values"], layout, theme, title, height, frames=frames(states))


@dataclass(frozen=True)
class _Drawn:
    """A graph whose nodes have their places."""

    edges: list[Edge]
    places: Mapping[str, Array]
    theme: str

    def traces(self, done: Sequence[str], written: list[str]) -> list[Properties]:
        """What is shown once these nodes have their gradient, the last of them just now."""
        back, ink = SERIES[self.theme][1], THEMES[self.theme].ink
        paper = THEMES[self.theme].paper
        ways = [edge for edge in self.edges if edge[0] in done[-1:]]
        at = self._at(list(self.places))
        middle = np.array([_middle(edge, self.places) for edge in ways]).reshape(-1, 2)
        plain, dotted = {"color": GREY, "width": 1.5}, {"color": back, "width": 4, "dash": "dot"}
        words: Properties = {
            "x": at[:, 0], "y": at[:, 1] - 0.11, "mode": "text", "text": written,
            "textposition": "bottom center", "textfont": {"size": 12}, "hoverinfo": "skip",
            "showlegend": False, "name": "nodes",
        }  # fmt: skip
        return [
            _trace(*_lines(self.edges, self.places), "used to compute", line=plain),
            _trace(*_lines(ways, self.places), LEGEND[0], line=dotted),
            _marks(middle, "triangle-up", 15, back, back),
            _marks(at, "circle", 15, paper, ink),
            _marks(self._at(done), "circle", 15, back, ink, LEGEND[1]),
            _marks(self._at(done[-1:]), "diamond", 18, back, ink, "now"),
            words,
        ]

    def _at(self, names: Sequence[str]) -> Array:
        return np.array([self.places[name] for name in names]).reshape(-1, 2)


def _levels(edges: Sequence[Edge], values: Mapping[str, Values | float]) -> dict[str, int]:
    """How deep each node is: below all that it is computed from, and what is given just above."""
    if not edges:
        raise ValueError("edges must hold at least one pair of names")
    for name in dict.fromkeys(name for edge in edges for name in edge):
        if name not in values:
            raise ValueError(f"values must hold the node {name!r}, which an edge names")
    nodes = {name for edge in edges for name in edge}
    levels = dict.fromkeys(nodes, 0)
    for _ in nodes:
        moved = {into: levels[out] + 1 for out, into in edges if levels[into] <= levels[out]}
        if not moved:
            break
        levels |= moved
    else:
        raise ValueError("edges must not form a cycle")
    computed = {into for _, into in edges}
    for name in nodes - computed:
        levels[name] = min(levels[into] for out, into in edges if out == name) - 1
    return levels


def _places(names: Sequence[str], levels: Mapping[str, int]) -> dict[str, Array]:
    """Where each node is: those of a level side by side, in the order of the values."""
    places = dict.fromkeys(names, np.zeros(2))
    for level in set(levels.values()):
        row = [name for name in names if levels[name] == level]
        for i, name in enumerate(row):
            places[name] = np.array([(i + 0.5) / len(row), -float(level)])
    return places


def _ordered(edges: Sequence[Edge], names: Sequence[str], levels: Mapping[str, int]) -> list[str]:
    """From the inputs to the loss; of what is given, each stands right before what uses it."""
    computed = {into for _, into in edges}
    key = {name: (levels[name], name in computed) for name in names}
    return sorted(names, key=lambda name: key[name])


def _lines(edges: Sequence[Edge], places: Mapping[str, Array]) -> tuple[Array, Array]:
    points = [
        point
        for out, into in edges
        for point in ((places[out] - (0, BELOW)), (places[into] + (0, ABOVE)), (np.nan, np.nan))
    ]
    x, y = np.array(points).reshape(-1, 2).T
    return x, y


def _middle(edge: Edge, places: Mapping[str, Array]) -> Array:
    ends: Array = (places[edge[0]] - (0, BELOW) + places[edge[1]] + (0, ABOVE)) / 2
    return ends


def _trace(x: Array, y: Array, name: str, **look: Any) -> Properties:
    return {"x": x, "y": y, "mode": "lines", "name": name, "hoverinfo": "skip", **look}


def _marks(at: Array, symbol: str, size: int, colour: str, edge: str, name: str = "") -> Properties:
    marker = {"symbol": symbol, "size": size, "color": colour, "line": {"color": edge, "width": 2}}
    shown = {"name": name or symbol, "showlegend": bool(name), "hoverinfo": "skip"}
    return {"x": at[:, 0], "y": at[:, 1], "mode": "markers", "marker": marker, **shown}


def _written(value: Values | float) -> str:
    """A number, a small array in its brackets, or the shape of a larger one."""
    array = np.asarray(numbers(value))
    if array.size > MOST:
        return "×".join(str(size) for size in array.shape) + " numbers"
    return _nested(array.tolist(), 3 if array.size < MOST else 2)


def _nested(value: Any, digits: int) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_nested(part, digits) for part in value)}]"
    return short(float(f"{value:.{digits}g}"))
