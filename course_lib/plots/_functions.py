"""Figures of functions of one number: activations, folds, and straight and bent fits."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

import numpy as np
import plotly.graph_objects as go
import torch

from course_lib._arrays import Array, Values, finite_array, numbers
from course_lib._figures import (
    RIGHT,
    Properties,
    axis,
    check_view,
    figure,
    frames,
    player,
    short,
    side_by_side,
)
from course_lib._themes import BLUE, GREEN, GREY, VERMILION

Function = Callable[[torch.Tensor], torch.Tensor]
ENDS = np.array([2.0, -2.0])
"""The ends of the line that `fold` folds."""

ACTIVATIONS: dict[str, Function] = {
    "relu": torch.relu,
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, 0.1),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": torch.nn.functional.gelu,
}


def activation(
    function: str | Function, derivative: bool = True, *, extent: float = 3.0, theme: str = "auto"
) -> go.Figure:
    """Plot a function of one number and, beside it, its derivative, from -extent to extent.

    `function` is one of `ACTIVATIONS` or any elementwise function of a tensor: (n,) in, (n,) out.
    Autograd gives the derivative. Where it jumps, its line is broken and open circles mark both
    sides.

    Raises:
        ValueError: the name is unknown, the result has another shape, or `extent` or `theme` is not
            usable.
    """
    check_view(theme, extent)
    if isinstance(function, str) and function not in ACTIVATIONS:
        raise ValueError(
            f"function must be callable or one of {', '.join(ACTIVATIONS)}, not {function!r}"
        )
    apply = ACTIVATIONS[function] if isinstance(function, str) else function
    z = torch.linspace(-extent, extent, 600, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        value = apply(z)
        if not isinstance(value, torch.Tensor) or value.shape != z.shape:
            raise ValueError(
                f"function must turn a tensor of shape {tuple(z.shape)} into one of that shape"
            )
        slope = torch.zeros_like(z)
        if value.requires_grad:
            (slope,) = torch.autograd.grad(
                value.sum(), z, allow_unused=True, materialize_grads=True
            )
    t, f, d = numbers(z), numbers(value), numbers(slope)
    jumps = np.flatnonzero(np.abs(np.diff(d)) > 0.05 * max(float(np.ptp(d)), 1e-9))
    ends = np.union1d(jumps, jumps + 1)
    gap_t, gap_d = (np.insert(values, jumps + 1, np.nan) for values in (t, d))
    blue, red = {"color": BLUE, "width": 3}, {"color": VERMILION, "width": 3, "dash": "dash"}
    circle = {"symbol": "circle-open", "size": 9, "color": VERMILION, "line": {"width": 2}}
    name = function if isinstance(function, str) else ""
    data = [{"x": t, "y": f, "mode": "lines", "line": blue, "name": "function"}]
    if not derivative:
        return figure(data, {"xaxis": axis("z", 7)}, theme, name, 340, legend=False)
    data += [
        {"x": gap_t, "y": gap_d, "mode": "lines", "line": red, "name": "derivative", **RIGHT},
        {"x": t[ends], "y": d[ends], "mode": "markers", "marker": circle, "name": "jump", **RIGHT},
    ]
    layout = side_by_side("the function", "its derivative", xaxis=axis("z", 7), xaxis2=axis("z", 7))
    return figure(data, layout, theme, name, 340, legend=False)


def fold(w1: Values | None = None, w2: Values | None = None, *, theme: str = "auto") -> go.Figure:
    """An animation of the number line as a layer of two ReLU units folds it, and of the output.

    w1: (2, 1), w2: (1, 2), no biases; left out, a network that keeps t > 0 as it is and mirrors t <
    0. On the left is the plane of the hidden units, on the right the output over the input t. There
    are 21 frames: in the first the hidden layer is linear, in the last it is a ReLU; between,
    negative values shrink to zero.

    Raises:
        ValueError: a weight has another shape or is not finite, or `theme` is not usable.
    """
    check_view(theme)
    first = finite_array("w1", [[1.0], [-1.0]] if w1 is None else w1, (2, 1))
    second = finite_array("w2", [[1.0, 1.0]] if w2 is None else w2, (1, 2))
    network = _Fold(first, second[0])
    reach = 2.7 * (np.abs(first).max() or 1.0)
    top = 1.5 * (max(np.abs(network.at(ENDS, folded)[1]).max() for folded in (0.0, 1.0)) or 1.0)
    layout = side_by_side(
        "hidden units",
        "output",
        xaxis=axis("unit 1", 5, reach),
        yaxis=axis("unit 2", 5, reach),
        xaxis2=axis("input t", 5, 2.4),
        yaxis2=axis("", 5, top),
    )
    states = {f"{5 * i}%": _fold_traces(network, i / 20, top) for i in range(21)}
    layout |= player({name: name for name in states}, "folded: ", theme, 500)
    return figure(
        states["0%"], layout, theme, "Fold the line", 500, legend=False, frames=frames(states)
    )


@dataclass(frozen=True)
class _Fold:
    """Two hidden units and one output, without biases: `first` (2, 1), `second` (2,)."""

    first: Array
    second: Array

    def at(self, t: Array, folded: float) -> tuple[Array, Array]:
        """The hidden plane (n, 2) and the output (n,) for the inputs t (n,).

        Args:
            folded: 0 for a linear hidden layer, 1 for a ReLU, or between.
        """
        z = t[:, None] @ self.first.T
        hidden = np.maximum(z, 0) + (1 - folded) * np.minimum(z, 0)
        return hidden, hidden @ self.second


def _fold_traces(network: _Fold, folded: float, top: float) -> list[Properties]:
    """Both halves of the line, in the hidden plane and as output, and the slopes of the output."""
    side = np.linspace(0.0, 2.0, 9)
    halves = (  # t from 0 outwards, its name, its look
        (side, "t > 0", "bottom center", {"color": BLUE, "width": 4}, "circle"),
        (-side, "t < 0", "top center", {"color": VERMILION, "width": 4, "dash": "dot"}, "diamond"),
    )
    traces = []
    for t, name, position, line, symbol in halves:
        hidden, output = network.at(t, folded)
        style = {"name": name, "line": line, "marker": {"symbol": symbol, "size": 8}}
        end = {"text": [""] * 8 + [f"t = {short(t[-1])}"], "textposition": position}
        traces.append(
            {"x": hidden[:, 0], "y": hidden[:, 1], "mode": "lines+markers+text", **end, **style}
        )
        traces.append({"x": t, "y": output, "mode": "lines+markers", **RIGHT, **style})
    slopes = [f"slope<br>{short(slope)}" for slope in network.at(ENDS, folded)[1] / ENDS]
    place = {"x": ENDS / 2, "y": [-0.85 * top] * 2, **RIGHT}
    return [
        *traces,
        {"mode": "text", "text": slopes, "hoverinfo": "skip", "name": "slopes", **place},
    ]


def linear_vs_relu(right: float = 1.0, left: float = 1.0, *, theme: str = "auto") -> go.Figure:
    """A bent line, the best that a matrix and a straight line can do about it, and two ReLU units.

    The bent line is right·t for t > 0 and left·(−t) for t < 0. The legend gives each mean squared
    error.

    Raises:
        ValueError: `right` or `left` is not finite, or `theme` is not usable.
    """
    check_view(theme)
    if not (isfinite(right) and isfinite(left)):
        raise ValueError(f"right and left must be finite numbers, not {right!r} and {left!r}")
    t = np.linspace(-2.0, 2.0, 41)
    target = np.where(t > 0, right * t, -left * t)
    matrix = t * (t @ target) / (t @ t)
    fits = (
        ("two ReLU units", right * np.maximum(t, 0) + left * np.maximum(-t, 0), {"color": BLUE}),
        ("best matrix", matrix, {"color": VERMILION, "dash": "dash"}),
        (
            "best straight line",
            matrix + target.mean(),
            {"color": GREEN, "dash": "dot"},
        ),  # as t has mean 0
    )
    circle = {"symbol": "circle-open", "size": 8, "color": GREY, "line": {"width": 2}}
    data: list[Properties] = [
        {"x": t, "y": target, "mode": "markers", "marker": circle, "name": "target"}
    ]
    for name, fit, line in fits:
        label = f"{name}: error {short(float(np.mean((fit - target) ** 2)))}"
        data.append(
            {"x": t, "y": fit, "mode": "lines", "line": {"width": 3, **line}, "name": label}
        )
    layout = {"xaxis": axis("input t", 9), "yaxis": axis("output", 7)}
    return figure(data, layout, theme, "A bend, and what fits it", 460)
