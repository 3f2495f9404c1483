"""Figures of the plane, cut into the regions in which no ReLU of a network switches."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import plotly.graph_objects as go
from torch import nn

from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import DASHES, Properties, axis, check_view, figure
from course_lib._notes import CannotDrawError, note
from course_lib._themes import THEMES
from course_lib.plots._cells import area_and_centre, crossings, cut_plane, square
from course_lib.plots._relu_layers import Watched, chain

# A region's colour is the sum of UNIT_STEPS over its units that are on, modulo 8. Regions that
# share an edge differ in one unit, so never share a colour; with at most three units no two regions
# do.
UNIT_STEPS = (1, 2, 4, 3, 5, 6, 7)
REGION_COLOURS = (
    "rgba(136,136,136,0.5)", "rgba(86,180,233,0.5)", "rgba(230,159,0,0.5)", "rgba(0,158,115,0.5)",
    "rgba(240,228,66,0.5)", "rgba(204,121,167,0.5)", "rgba(213,94,0,0.5)", "rgba(0,114,178,0.5)",
)  # fmt: skip
AREA = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "hoveron": "fills"}


def regions(
    w1: Values,
    b1: Values | None = None,
    *,
    points: Values | None = None,
    extent: float = 3.0,
    theme: str = "auto",
) -> go.Figure:
    """The plane, cut by a ReLU layer into regions: inside each the same units are on.

    w1: (hidden, 2); b1: (hidden,), zeros when left out; points to draw on top: (n, 2). In view is
    the square from -extent to extent. There is one filled trace per region, named by its pattern
    ("101": units 1 and 3 are on, unit 2 is off), then a line per unit whose kink is in view ("unit
    1"), then the points.

    With more than 20,000 regions the figure says so and draws none.

    Raises:
        ValueError: an array has another shape or is not finite, or `extent` or `theme` is not
            usable.
    """
    check_view(theme, extent)
    weight = finite_array("w1", w1, (None, 2))
    bias = np.zeros(len(weight)) if b1 is None else finite_array("b1", b1, (len(weight),))
    marks = _points(points)
    ink = THEMES[theme].ink
    try:
        cells, _ = cut_plane(lambda corners: [corners @ weight.T + bias], extent)
    except CannotDrawError as reason:
        return note(str(reason), theme)
    data: list[Properties] = [_area(polygon, pattern) for pattern, polygon in cells]
    data += _kinks(weight, bias, extent, ink)
    data += _cross_at(marks, theme)
    layout = {**_axes(extent), "annotations": _labels(cells, marks, extent, theme)}
    return figure(
        data, layout, theme, f"Regions in view: {len(cells)}", 540, legend=len(weight) <= 8
    )


def partition(
    model: nn.Module | Sequence[Values],
    biases: Sequence[Values] | None = None,
    *,
    points: Values | None = None,
    extent: float | None = None,
    theme: str = "auto",
) -> go.Figure:
    """The plane, cut by all hidden layers of a ReLU network into the regions in which it is linear.

    `model` is a module, (n, 2) in, whose only non-linear parts are ReLUs (leaky ones count too),
    written as modules, functions or clamp(min=0): plain and residual networks, batch normalisation
    in evaluation mode. Or it is the list of the weights, (out, in) each, of all layers, the output
    layer too; then `biases` is the list of the biases (out,), zeros when left out. The model stays
    as it is. The regions are exact.

    In view is the square from -extent to extent; when left out, 3, or more if the points (n, 2),
    which are drawn on top, reach further. One filled trace holds all regions of a colour; then
    comes a trace for each hidden layer, with the borders that its units add ("layer 1"), then the
    points.

    Where the model does not take (n, 2), is not linear between its ReLUs, can't be copied or has
    more than 20,000 regions, the figure says so and draws none.

    Raises:
        ValueError: an array has another shape or is not finite, or `extent` or `theme` is not
            usable.
    """
    marks = _points(points)
    extent = max(3.0, 1.1 * float(np.abs(marks).max(initial=0.0))) if extent is None else extent
    check_view(theme, extent)
    network = model if isinstance(model, nn.Module) else chain(model, biases)
    if network is model and biases is not None:
        raise ValueError("biases go with a list of weights, not with a module, which has its own")
    try:
        watched = Watched(network)
        cells, borders = cut_plane(watched.layers, extent)
        watched.check_linear([polygon for _, polygon in cells])
    except CannotDrawError as reason:
        return note(str(reason), theme)
    ink = THEMES[theme].ink
    data = [*_coloured(cells), *_borders(borders, len(cells), ink)]
    data += _cross_at(marks, theme)
    return figure(data, _axes(extent), theme, f"Regions in view: {len(cells):,}", 540)


def _area(polygon: Array, pattern: str) -> Properties:
    """A trace that fills one region, named by its pattern."""
    return {
        "x": polygon[:, 0],
        "y": polygon[:, 1],
        "name": pattern,
        **AREA,
        "fillcolor": REGION_COLOURS[_colour(pattern)],
        "showlegend": False,
        "hoverinfo": "name",
    }


def _labels(
    cells: list[tuple[str, Array]], marks: Array, extent: float, theme: str
) -> list[Properties]:
    """The patterns of the regions that are large enough for them, as annotations."""
    labels: list[Properties] = []
    for pattern, polygon in cells:
        area, (x, y) = area_and_centre(polygon)
        if sqrt(area) > extent * (0.18 + 0.055 * len(pattern)):
            near_a_point = np.any(np.hypot(*(marks - (x, y)).T) < 0.15 * extent)
            label = {
                "text": pattern,
                "bgcolor": THEMES[theme].label,
                "font": {"color": THEMES[theme].label_ink},
                "borderpad": 2,
                "showarrow": False,
                "yshift": -24 if near_a_point else 0,  # so that it does not cover the point
            }
            labels.append({"x": x, "y": y, **label})
    return labels


def _kinks(weight: Array, bias: Array, extent: float, ink: str) -> list[Properties]:
    """A line for each unit whose kink is in view."""
    corners = square(extent)
    lines: list[Properties] = []
    for unit, (w, b) in enumerate(zip(weight, bias, strict=True)):
        kink = crossings(corners, corners @ w + b)
        if len(kink):
            line = {"color": ink, "width": 2.5, "dash": DASHES[unit % len(DASHES)]}
            style = {"mode": "lines", "line": line, "name": f"unit {unit + 1}"}
            lines.append({"x": kink[:, 0], "y": kink[:, 1], **style})
    return lines


def _coloured(cells: list[tuple[str, Array]]) -> list[Properties]:
    """A trace for each colour that fills all regions of the colour."""
    by_colour: list[list[Array]] = [[] for _ in REGION_COLOURS]
    for pattern, polygon in cells:
        by_colour[_colour(pattern)].append(polygon)
    return [
        {
            **_apart(same),
            **AREA,
            "fillcolor": fill,
            "showlegend": False,
            "hoverinfo": "skip",
            "name": "regions",
        }
        for fill, same in zip(REGION_COLOURS, by_colour, strict=True)
        if same
    ]


def _borders(borders: list[list[Array]], count: int, ink: str) -> list[Properties]:
    """A trace for each layer with the borders that its units add, thinner in later layers."""
    thick = min(1.0, 10 / sqrt(count))
    return [
        {
            **_apart(segments),
            "mode": "lines",
            "line": {"color": ink, "width": thick * max(3 - layer, 0.75)},
            "name": f"layer {layer + 1}",
        }
        for layer, segments in enumerate(borders)
        if segments
    ]


def _colour(pattern: str) -> int:
    return sum(UNIT_STEPS[i % 7] for i, bit in enumerate(pattern) if bit == "1") % 8


def _apart(shapes: list[Array]) -> Properties:
    """x and y of one trace that draws all these shapes (k, 2), with gaps in between."""
    gap = np.full((1, 2), np.nan)
    x, y = np.concatenate([part for shape in shapes for part in (shape, gap)]).astype(np.float32).T
    return {"x": x, "y": y}


def _points(points: Values | None) -> Array:
    return np.empty((0, 2)) if points is None else finite_array("points", points, (None, 2))


def _cross_at(marks: Array, theme: str) -> list[Properties]:
    """A trace of the points, (n, 2), if there are any, numbered if they are few."""
    if not len(marks):
        return []
    rows = [f"{row + 1}" if len(marks) <= 12 else "" for row in range(len(marks))]
    label = {"mode": "markers+text", "text": rows, "textposition": "middle right", "name": "points"}
    look = THEMES[theme]
    cross = {"symbol": "x", "size": 9 if len(marks) <= 12 else 6, "color": look.paper_ink,
             "line": {"color": look.paper, "width": 1}}  # fmt: skip
    return [{"x": marks[:, 0], "y": marks[:, 1], "marker": cross, **label}]


def _axes(extent: float) -> Properties:
    bare = {"showgrid": False, "zeroline": False}
    return {"xaxis": axis("x₁", 7, extent) | bare, "yaxis": axis("x₂", 7, extent) | bare}
