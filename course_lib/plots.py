"""The pictures of the notebooks: functions and weights in, Plotly figures out.

Every figure takes the width of the page it stands on. Colours are those of Okabe and Ito, which people with
any colour vision can tell apart, and what a colour says, a marker, a dash pattern or a label says too.
`theme` is "light" or "dark". Tensors may live on any device and require gradients: only values are read.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite, sqrt
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from numpy.typing import NDArray

from course_lib._figures import RIGHT, THEMES, Properties, axis, figure, frames, player, side_by_side

Array = NDArray[np.float64]
Values = torch.Tensor | Array | Sequence[Any]
Function = Callable[[torch.Tensor], torch.Tensor]

BLUE, GREEN, VERMILION, GREY = "#0072B2", "#009E73", "#D55E00", "#888888"
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
# A region's colour is the sum of UNIT_STEPS over its units that are on, modulo 8. Regions that share an edge
# differ in one unit, so never share a colour; with at most three units no two regions do.
UNIT_STEPS = (1, 2, 4, 3, 5, 6, 7)
REGION_COLOURS = (
    "rgba(136,136,136,0.5)", "rgba(86,180,233,0.5)", "rgba(230,159,0,0.5)", "rgba(0,158,115,0.5)",
    "rgba(240,228,66,0.5)", "rgba(204,121,167,0.5)", "rgba(213,94,0,0.5)", "rgba(0,114,178,0.5)",
)  # fmt: skip
AREA = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "hoveron": "fills", "hoverinfo": "name"}

ACTIVATIONS: dict[str, Function] = {
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.1),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
}


def activation(function: str | Function, *, extent: float = 3.0, theme: str = "light") -> go.Figure:
    """A function of one number and, beside it, its derivative, from -extent to extent.

    `function` is one of `ACTIVATIONS` or any elementwise function of a tensor: (n,) in, (n,) out. Autograd
    gives the derivative. Where it jumps, its line is broken and open circles mark both sides.

    Raises:
        ValueError: the name is unknown, the result has another shape, or `extent` or `theme` is not usable.
    """
    _check(theme, extent)
    if isinstance(function, str) and function not in ACTIVATIONS:
        raise ValueError(f"function must be callable or one of {', '.join(ACTIVATIONS)}, not {function!r}")
    apply = ACTIVATIONS[function] if isinstance(function, str) else function
    z = torch.linspace(-extent, extent, 600, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        value = apply(z)
        if not isinstance(value, torch.Tensor) or value.shape != z.shape:
            raise ValueError(f"function must turn a tensor of shape {tuple(z.shape)} into one of that shape")
        slope = torch.zeros_like(z)
        if value.requires_grad:
            (slope,) = torch.autograd.grad(value.sum(), z, allow_unused=True, materialize_grads=True)
    t, f, d = _numbers(z), _numbers(value), _numbers(slope)
    jumps = np.flatnonzero(np.abs(np.diff(d)) > 0.05 * max(float(np.ptp(d)), 1e-9))
    ends = np.union1d(jumps, jumps + 1)
    gap_t, gap_d = (np.insert(values, jumps + 1, np.nan) for values in (t, d))
    blue, red = {"color": BLUE, "width": 3}, {"color": VERMILION, "width": 3, "dash": "dash"}
    circle = {"symbol": "circle-open", "size": 9, "color": VERMILION, "line": {"width": 2}}
    data = [
        {"x": t, "y": f, "mode": "lines", "line": blue, "name": "function"},
        {"x": gap_t, "y": gap_d, "mode": "lines", "line": red, "name": "derivative", **RIGHT},
        {"x": t[ends], "y": d[ends], "mode": "markers", "marker": circle, "name": "jump", **RIGHT},
    ]
    layout = side_by_side("the function", "its derivative", xaxis=axis("z", 7), xaxis2=axis("z", 7))
    return figure(data, layout, theme, function if isinstance(function, str) else "", 340, legend=False)


def fold(w1: Values | None = None, w2: Values | None = None, *, theme: str = "light") -> go.Figure:
    """An animation of what a layer of two ReLU units does to the number line, and the next layer with that.

    w1: (2, 1), w2: (1, 2), no biases; left out, a network that keeps t > 0 as it is and mirrors t < 0. On the
    left is the plane of the hidden units, on the right the output over the input t. There are 21 frames: in
    the first the hidden layer is linear, in the last it is a ReLU; between, negative values shrink to zero.

    Raises:
        ValueError: a weight has another shape or is not finite, or `theme` is not usable.
    """
    _check(theme)
    first = _array("w1", [[1.0], [-1.0]] if w1 is None else w1, (2, 1))
    second = _array("w2", [[1.0, 1.0]] if w2 is None else w2, (1, 2))
    side, ends = np.linspace(0.0, 2.0, 9), np.array([2.0, -2.0])
    halves = (  # t from 0 outwards, its name, its look
        (side, "t > 0", "bottom center", {"color": BLUE, "width": 4}, "circle"),
        (-side, "t < 0", "top center", {"color": VERMILION, "width": 4, "dash": "dot"}, "diamond"),
    )

    def layers(t: Array, folded: float) -> tuple[Array, Array]:
        """The hidden plane (n, 2) and the output (n,) for the inputs t (n,)."""
        z = t[:, None] @ first.T
        hidden = np.maximum(z, 0) + (1 - folded) * np.minimum(z, 0)
        return hidden, hidden @ second[0]

    reach = 2.7 * (np.abs(first).max() or 1.0)
    top = 1.5 * (max(np.abs(layers(ends, folded)[1]).max() for folded in (0.0, 1.0)) or 1.0)

    def traces(folded: float) -> list[Properties]:
        made = []
        for t, name, position, line, symbol in halves:
            hidden, output = layers(t, folded)
            style = {"name": name, "line": line, "marker": {"symbol": symbol, "size": 8}}
            end = {"text": [""] * 8 + [f"t = {_short(t[-1])}"], "textposition": position}
            made.append({"x": hidden[:, 0], "y": hidden[:, 1], "mode": "lines+markers+text", **end, **style})
            made.append({"x": t, "y": output, "mode": "lines+markers", **RIGHT, **style})
        slopes = [f"slope<br>{_short(slope)}" for slope in layers(ends, folded)[1] / ends]
        place = {"x": ends / 2, "y": [-0.85 * top] * 2, **RIGHT}
        return [*made, {"mode": "text", "text": slopes, "hoverinfo": "skip", "name": "slopes", **place}]

    layout = side_by_side(
        "hidden units",
        "output",
        xaxis=axis("unit 1", 5, reach),
        yaxis=axis("unit 2", 5, reach),
        xaxis2=axis("input t", 5, 2.4),
        yaxis2=axis("", 5, top),
    )
    states = {f"{5 * i}%": traces(i / 20) for i in range(21)}
    layout |= player(states, "folded: ", theme)
    return figure(states["0%"], layout, theme, "Fold the line", 520, legend=False, frames=frames(states))


def linear_vs_relu(right: float = 1.0, left: float = 1.0, *, theme: str = "light") -> go.Figure:
    """A bent line, the best that a matrix and a straight line can do about it, and two ReLU units.

    The bent line is right·t for t > 0 and left·(−t) for t < 0. The legend gives each mean squared error.

    Raises:
        ValueError: `right` or `left` is not finite, or `theme` is not usable.
    """
    _check(theme)
    if not (isfinite(right) and isfinite(left)):
        raise ValueError(f"right and left must be finite numbers, not {right!r} and {left!r}")
    t = np.linspace(-2.0, 2.0, 41)
    target = np.where(t > 0, right * t, -left * t)
    matrix = t * (t @ target) / (t @ t)
    fits = (
        ("two ReLU units", right * np.maximum(t, 0) + left * np.maximum(-t, 0), {"color": BLUE}),
        ("best matrix", matrix, {"color": VERMILION, "dash": "dash"}),
        ("best straight line", matrix + target.mean(), {"color": GREEN, "dash": "dot"}),  # as t has mean 0
    )
    circle = {"symbol": "circle-open", "size": 8, "color": GREY, "line": {"width": 2}}
    data: list[Properties] = [{"x": t, "y": target, "mode": "markers", "marker": circle, "name": "target"}]
    for name, fit, line in fits:
        label = f"{name}: error {_short(float(np.mean((fit - target) ** 2)))}"
        data.append({"x": t, "y": fit, "mode": "lines", "line": {"width": 3, **line}, "name": label})
    layout = {"xaxis": axis("input t", 9), "yaxis": axis("output", 7)}
    return figure(data, layout, theme, "A bend, and what fits it", 460)


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
    _check(theme, extent)
    weight = _array("w1", w1, (None, 2))
    bias = np.zeros(len(weight)) if b1 is None else _array("b1", b1, (len(weight),))
    marks = np.empty((0, 2)) if points is None else _array("points", points, (None, 2))
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


def _check(theme: str, extent: float = 1.0) -> None:
    if not (isfinite(extent) and extent > 0):
        raise ValueError(f"extent must be a positive number, not {extent!r}")
    if theme not in THEMES:
        raise ValueError(f"theme must be 'light' or 'dark', not {theme!r}")


def _numbers(value: Any) -> Array:
    """The numbers of a tensor, or of anything array-like, as float64 on the CPU."""
    return np.asarray(torch.as_tensor(value).detach().cpu().to(torch.float64).numpy())


def _array(name: str, value: Any, shape: tuple[int | None, ...]) -> Array:
    """The numbers of the argument called `name`, checked; None in `shape` stands for any size above 0."""
    wanted = str(shape).replace("None", "n")
    try:
        array = _numbers(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} must hold numbers, in shape {wanted}") from error
    fits = [n > 0 and size in (n, None) for n, size in zip(array.shape, shape, strict=False)]
    if array.ndim != len(shape) or not all(fits):
        raise ValueError(f"{name} must have shape {wanted}, not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers")
    return array


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


def _short(number: float) -> str:
    """A number in at most three digits, with a true minus sign."""
    return f"{0.0 if abs(number) < 1e-9 else number:.3g}".replace("-", "−")
