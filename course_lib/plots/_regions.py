"""The plane, cut into the regions in which no ReLU switches."""

from itertools import pairwise
from math import sqrt

import numpy as np
import plotly.graph_objects as go

from course_lib._arguments import Array, Values, check_view, finite_array
from course_lib._figures import DASHES, THEMES, Properties, axis, figure

# A region's colour is the sum of UNIT_STEPS over its units that are on, modulo 8. Regions that share an edge
# differ in one unit, so never share a colour; with at most three units no two regions do.
UNIT_STEPS = (1, 2, 4, 3, 5, 6, 7)
REGION_COLOURS = (
    "rgba(136,136,136,0.5)", "rgba(86,180,233,0.5)", "rgba(230,159,0,0.5)", "rgba(0,158,115,0.5)",
    "rgba(240,228,66,0.5)", "rgba(204,121,167,0.5)", "rgba(213,94,0,0.5)", "rgba(0,114,178,0.5)",
)  # fmt: skip
AREA = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "hoveron": "fills", "hoverinfo": "name"}


def regions(
    w1: Values,
    b1: Values | None = None,
    *,
    points: Values | None = None,
    extent: float = 3.0,
    theme: str = "light",
) -> go.Figure:
    """The plane, cut by a ReLU layer into regions: inside each the same units are on.

    w1: (hidden, 2); b1: (hidden,), zeros when left out; points to draw on top: (n, 2). In view is the square
    from -extent to extent. There is one filled trace per region, named by its pattern ("101": units 1 and 3
    are on, unit 2 is off), then a line per unit whose kink is in view ("unit 1"), then the points.

    Raises:
        ValueError: an array has another shape or is not finite, or `extent` or `theme` is not usable.
    """
    check_view(theme, extent)
    weight = finite_array("w1", w1, (None, 2))
    bias = np.zeros(len(weight)) if b1 is None else finite_array("b1", b1, (len(weight),))
    marks = np.empty((0, 2)) if points is None else finite_array("points", points, (None, 2))
    _, ink, paper = THEMES[theme]
    square = extent * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    cells = [("", square)]
    for w, b in zip(weight, bias, strict=True):
        cells = [part for pattern, polygon in cells for part in _split(pattern, polygon, polygon @ w + b)]
    data: list[Properties] = []
    labels: list[Properties] = []
    for pattern, polygon in cells:
        step = sum(UNIT_STEPS[i % 7] for i, bit in enumerate(pattern) if bit == "1")
        look = {**AREA, "fillcolor": REGION_COLOURS[step % 8], "showlegend": False}
        data.append({"x": polygon[:, 0], "y": polygon[:, 1], "name": pattern, **look})
        area, (x, y) = _area_and_centre(polygon)
        if sqrt(area) > extent * (0.18 + 0.055 * len(pattern)):  # else the label would cover its region
            shift = -24 if np.any(np.hypot(*(marks - (x, y)).T) < 0.15 * extent) else 0  # off the points
            label = {"text": pattern, "bgcolor": paper, "borderpad": 2, "showarrow": False, "yshift": shift}
            labels.append({"x": x, "y": y, **label})
    for unit, (w, b) in enumerate(zip(weight, bias, strict=True)):
        kink = _crossings(square, square @ w + b)
        if len(kink):
            line = {"color": ink, "width": 2.5, "dash": DASHES[unit % len(DASHES)]}
            style = {"mode": "lines", "line": line, "name": f"unit {unit + 1}"}
            data.append({"x": kink[:, 0], "y": kink[:, 1], **style})
    if len(marks):
        rows = [f"{row + 1}" if len(marks) <= 12 else "" for row in range(len(marks))]
        label = {"mode": "markers+text", "text": rows, "textposition": "middle right", "name": "points"}
        cross = {"symbol": "x", "size": 9, "color": ink}
        data.append({"x": marks[:, 0], "y": marks[:, 1], "marker": cross, **label})
    bare = {"showgrid": False, "zeroline": False}
    layout = {"xaxis": axis("x₁", 7, extent) | bare, "yaxis": axis("x₂", 7, extent) | bare, "annotations": labels}
    return figure(data, layout, theme, f"Regions in view: {len(cells)}", 540, legend=len(weight) <= 8)


def _crossings(polygon: Array, z: Array) -> Array:
    """The points (0 or 2, 2) where a convex polygon's edges pass from z > 0 to z ≤ 0 or back; z is affine."""
    edges = zip(pairwise([*polygon, polygon[0]]), pairwise([*z, z[0]]), strict=True)
    return np.array([p + (q - p) * a / (a - b) for (p, q), (a, b) in edges if (a > 0) != (b > 0)])


def _split(pattern: str, polygon: Array, z: Array) -> list[tuple[str, Array]]:
    """A convex polygon (k, 2), cut where the affine z, (k,) at its corners, is 0: what is off, what is on."""
    sliver = 1e-9 * np.abs(z).max()
    if z.max() <= sliver or z.min() >= -sliver:
        return [(pattern + ("1" if z.max() > sliver else "0"), polygon)]
    kink = _crossings(polygon, z)
    parts = []
    for bit, side in (("0", z <= 0), ("1", z > 0)):
        corners = np.vstack([polygon[side], kink])
        x, y = (corners - corners.mean(axis=0)).T
        parts.append((pattern + bit, corners[np.argsort(np.arctan2(y, x))]))  # anticlockwise again
    return parts


def _area_and_centre(polygon: Array) -> tuple[float, Array]:
    """The area and the centre of mass (2,) of a convex polygon (k, 2), corners anticlockwise."""
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]
    return float(cross.sum()) / 2, ((polygon + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
