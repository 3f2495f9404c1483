"""A figure of a network as circles and lines."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np
import plotly.graph_objects as go
from torch import nn

from course_lib._arrays import Array, finite_array
from course_lib._figures import GREY, SERIES, THEMES, Properties, check_view, figure

SLOTS = (
    9  # places for the units of a layer; of a larger layer, the first and the last few are drawn
)
PLAIN = {"color": GREY, "width": 1}


def network(model: nn.Module | Sequence[int], *, theme: str = "light") -> go.Figure:
    """Plot a network of linear layers: its units, its weights, its numbers of parameters.

    `model` is the list of its sizes, from the input to the output, as in [2, 16, 2]; or a module,
    whose `nn.Linear` layers are drawn in the order in which it defines them, as a chain. A weight
    of a module is a line, the wider the larger it is among those of its layer: solid for positive,
    dashed and of another colour for negative, absent for 0. Of a layer with more than 9 units, the
    first 4 and the last 4 are drawn.

    Raises:
        ValueError: the sizes are not two or more whole numbers above 0, the module has no linear
            layer or one that does not fit the one before or holds a weight that is not finite, or
            `theme` is unknown.
    """
    check_view(theme)
    layers = (
        [part for part in model.modules() if isinstance(part, nn.Linear)]
        if isinstance(model, nn.Module)
        else []
    )
    sizes = _sizes_of(layers) if isinstance(model, nn.Module) else _checked(model)
    biased = [layer.bias is not None for layer in layers] or [True] * (len(sizes) - 1)
    counts = [n * m + m * bias for (n, m), bias in zip(pairwise(sizes), biased, strict=True)]
    total = (
        sum(p.numel() for p in model.parameters()) if isinstance(model, nn.Module) else sum(counts)
    )
    rest = f", {total - sum(counts):,} of them not in linear layers" if total > sum(counts) else ""
    places = [_places(size) for size in sizes]
    weights = [
        finite_array(
            f"the weight of linear layer {i}", layer.weight, (layer.out_features, layer.in_features)
        )
        for i, layer in enumerate(layers, start=1)
    ]
    data = [*_lines(places, weights, SERIES[theme]), _units(places, sizes, theme)]
    names = ["input", *(f"hidden {i}" for i in range(1, len(sizes) - 1)), "output"]
    top = max(p[:, 1].max() for p in places)
    labels: list[Properties] = [
        {
            "x": i,
            "y": top + 0.6,
            "yanchor": "bottom",
            "text": f"{name}<br><b>{size:,}</b>",
            "showarrow": False,
        }
        for i, (name, size) in enumerate(zip(names, sizes, strict=True))
    ]
    labels += [
        {"x": i, "y": 0, "text": "⋮", "showarrow": False}
        for i, size in enumerate(sizes)
        if size > SLOTS
    ]
    sums = [
        f"{count:,}<br>{n}·{m}{f'+{m}' if bias else ''}"
        for count, (n, m), bias in zip(counts, pairwise(sizes), biased, strict=True)
    ]
    bare = {"showgrid": False, "zeroline": False}
    layout = {
        "xaxis": {
            "range": [-0.5,
            len(sizes) - 0.5], "tickvals": [i + 0.5 for i in range(len(counts))], "ticktext": sums,
            "tickangle": 0, "tickfont": {"size": 11},
            "title": {"text": "parameters between the layers"}, **bare,
        },
        "yaxis": {"range": [-top - 0.7, top + 2], "showticklabels": False, **bare},
        "margin": {"l": 5, "r": 5}, "annotations": labels,
    }  # fmt: skip
    return figure(data, layout, theme, f"{total:,} parameters{rest}", 480, legend=bool(layers))


def _checked(sizes: Sequence[int]) -> list[int]:
    whole = isinstance(sizes, Sequence) and all(
        isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
        for size in sizes
    )
    if not whole or len(sizes) < 2:
        raise ValueError(
            f"model must be a module or a list of sizes, as in [2, 16, 2], not {sizes!r}"
        )
    return [int(size) for size in sizes]


def _sizes_of(layers: list[nn.Linear]) -> list[int]:
    if not layers:
        raise ValueError("model must have nn.Linear layers, and has none")
    for i, (one, following) in enumerate(pairwise(layers), start=1):
        if one.out_features != following.in_features:
            raise ValueError(
                f"model must be a chain of nn.Linear layers, but number {i} gives "
                f"{one.out_features} values and number {i + 1} takes {following.in_features}"
            )
    return [layers[0].in_features, *(layer.out_features for layer in layers)]


def _places(size: int) -> Array:
    """The units of a layer that are drawn, and the height of each: (drawn, 2)."""
    slots = min(size, SLOTS)
    rows = np.array([[slot, (slots - 1) / 2 - slot] for slot in range(slots)])
    if size > SLOTS:
        rows = np.delete(rows, SLOTS // 2, axis=0)  # "⋮" stands there
        rows[SLOTS // 2 :, 0] += size - SLOTS
    return rows


def _lines(places: list[Array], weights: list[Array], colours: Sequence[str]) -> list[Properties]:
    """The traces of the weights: one per width and sign, or one in all if only sizes are known."""
    strokes: dict[
        tuple[int, int], list[tuple[float, float]]
    ] = {}  # sign and width of each, from 1 to 4
    for column, (left, right) in enumerate(pairwise(places)):
        largest = float(np.abs(weights[column]).max()) if weights else 1.0
        for into, low in left:
            for out, high in right:
                weight = float(weights[column][int(out), int(into)]) if weights else 1.0
                if weight:
                    style = (1 if weight > 0 else -1, ceil(4 * abs(weight) / largest))
                    strokes.setdefault(style, []).extend(
                        [(column, low), (column + 1, high), (np.nan, np.nan)]
                    )
    named: set[int] = set()
    traces: list[Properties] = []
    for (sign, width), points in sorted(strokes.items(), reverse=True):
        x, y = np.array(points).T
        name, colour, dash = (
            ("positive", colours[0], "solid") if sign > 0 else ("negative", colours[1], "dash")
        )
        line = {"color": colour, "width": width, "dash": dash} if weights else PLAIN
        look = {"line": line, "name": f"{name} weight" if weights else "weights"}
        group = {"legendgroup": name, "showlegend": sign not in named}
        traces.append({"x": x, "y": y, "mode": "lines", "hoverinfo": "skip", **look, **group})
        named.add(sign)
    return traces


def _units(places: list[Array], sizes: list[int], theme: str) -> Properties:
    """The trace of the units."""
    ink, paper = THEMES[theme][1], "#FFFFFF" if theme == "light" else "#111111"
    units = [
        (i, height, f"unit {unit + 1:.0f} of {sizes[i]:,}")
        for i, p in enumerate(places)
        for unit, height in p
    ]
    x, y, text = zip(*units, strict=True)
    look = {"size": 16, "color": paper, "line": {"color": ink, "width": 2}}
    return {
        "x": np.array(x), "y": np.array(y), "mode": "markers", "marker": look, "name": "units",
        "showlegend": False,
        "text": list(text), "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
