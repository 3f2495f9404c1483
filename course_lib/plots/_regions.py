"""The plane, cut into the regions in which no ReLU switches."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from math import sqrt
from typing import Any

import numpy as np
import plotly.graph_objects as go
import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import DASHES, THEMES, Properties, axis, check_view, figure

Layers = Callable[
    [Array], list[Array]
]  # from points (n, 2) to the pre-activations (n, units) of each layer

MAX_REGIONS = 20_000  # more take long to find and to draw, and nobody can tell them apart
# A region's colour is the sum of UNIT_STEPS over its units that are on, modulo 8. Regions that
# share an edge differ in one unit, so never share a colour; with at most three units no two regions
# do.
UNIT_STEPS = (1, 2, 4, 3, 5, 6, 7)
REGION_COLOURS = (
    "rgba(136,136,136,0.5)", "rgba(86,180,233,0.5)", "rgba(230,159,0,0.5)", "rgba(0,158,115,0.5)",
    "rgba(240,228,66,0.5)", "rgba(204,121,167,0.5)", "rgba(213,94,0,0.5)", "rgba(0,114,178,0.5)",
)  # fmt: skip
AREA = {"mode": "lines", "line": {"width": 0}, "fill": "toself", "hoveron": "fills"}
RELUS = {
    torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_, functional.relu,
    functional.leaky_relu,
    functional.leaky_relu_, torch.prelu, torch.Tensor.prelu,
}  # fmt: skip
FLOORS = {
    torch.clamp, torch.Tensor.clamp, torch.clamp_min, torch.Tensor.clamp_min, torch.maximum,
    torch.Tensor.maximum,
}  # fmt: skip


def regions(
    w1: Values,
    b1: Values | None = None,
    *,
    points: Values | None = None,
    extent: float = 3.0,
    theme: str = "light",
) -> go.Figure:
    """The plane, cut by a ReLU layer into regions: inside each the same units are on.

    w1: (hidden, 2); b1: (hidden,), zeros when left out; points to draw on top: (n, 2). In view is
    the square from -extent to extent. There is one filled trace per region, named by its pattern
    ("101": units 1 and 3 are on, unit 2 is off), then a line per unit whose kink is in view ("unit
    1"), then the points.

    Raises:
        ValueError: an array has another shape or is not finite, `extent` or `theme` is not usable,
            or there are more than 20,000 regions.
    """
    check_view(theme, extent)
    weight = finite_array("w1", w1, (None, 2))
    bias = np.zeros(len(weight)) if b1 is None else finite_array("b1", b1, (len(weight),))
    marks = _points(points)
    _, ink, paper = THEMES[theme]
    cells, _ = _partition(lambda corners: [corners @ weight.T + bias], extent)
    data: list[Properties] = []
    labels: list[Properties] = []
    for pattern, polygon in cells:
        look = {
            **AREA,
            "fillcolor": REGION_COLOURS[_colour(pattern)],
            "showlegend": False,
            "hoverinfo": "name",
        }
        data.append({"x": polygon[:, 0], "y": polygon[:, 1], "name": pattern, **look})
        area, (x, y) = _area_and_centre(polygon)
        if sqrt(area) > extent * (
            0.18 + 0.055 * len(pattern)
        ):  # else the label would cover its region
            shift = (
                -24 if np.any(np.hypot(*(marks - (x, y)).T) < 0.15 * extent) else 0
            )  # off the points
            label = {
                "text": pattern,
                "bgcolor": paper,
                "borderpad": 2,
                "showarrow": False,
                "yshift": shift,
            }
            labels.append({"x": x, "y": y, **label})
    square = _square(extent)
    for unit, (w, b) in enumerate(zip(weight, bias, strict=True)):
        kink = _crossings(square, square @ w + b)
        if len(kink):
            line = {"color": ink, "width": 2.5, "dash": DASHES[unit % len(DASHES)]}
            style = {"mode": "lines", "line": line, "name": f"unit {unit + 1}"}
            data.append({"x": kink[:, 0], "y": kink[:, 1], **style})
    data += _cross_at(marks, ink)
    layout = {**_axes(extent), "annotations": labels}
    return figure(
        data, layout, theme, f"Regions in view: {len(cells)}", 540, legend=len(weight) <= 8
    )


def partition(
    model: nn.Module | Sequence[Values],
    biases: Sequence[Values] | None = None,
    *,
    points: Values | None = None,
    extent: float | None = None,
    theme: str = "light",
) -> go.Figure:
    """The plane, cut by all hidden layers of a ReLU network into
    the regions in which the network is linear.

    `model` is a module, (n, 2) in, whose only non-linear parts are ReLUs (leaky ones count too),
    written as modules, functions or clamp(min=0): plain and residual networks, batch normalisation
    in evaluation mode. Or it is the list of the weights, (out, in) each, of all layers, the output
    layer too; then `biases` is the list of the biases (out,), zeros when left out. The model stays
    as it is. The regions are exact.

    In view is the square from -extent to extent; when left out, 3, or more if the points (n, 2),
    which are drawn on top, reach further. One filled trace holds all regions of a colour; then
    comes a trace for each hidden layer, with the borders that its units add ("layer 1"), then the
    points.

    Raises:
        ValueError: the model does not take (n, 2), is not linear between its ReLUs or can't be
            copied, an array has another shape or is not finite, `extent` or `theme` is not usable,
            or there are more than 20,000 regions.
    """
    marks = _points(points)
    extent = max(3.0, 1.1 * float(np.abs(marks).max(initial=0.0))) if extent is None else extent
    check_view(theme, extent)
    network = model if isinstance(model, nn.Module) else _chain(model, biases)
    if network is model and biases is not None:
        raise ValueError("biases go with a list of weights, not with a module, which has its own")
    watched = _Watched(network)
    cells, borders = _partition(watched.layers, extent)
    watched.check_linear([polygon for _, polygon in cells])
    ink = THEMES[theme][1]
    data: list[Properties] = []
    coloured: list[list[Array]] = [[] for _ in REGION_COLOURS]
    for pattern, polygon in cells:
        coloured[_colour(pattern)].append(polygon)
    for fill, same in zip(REGION_COLOURS, coloured, strict=True):
        if same:
            look = {
                **AREA,
                "fillcolor": fill,
                "showlegend": False,
                "hoverinfo": "skip",
                "name": "regions",
            }
            data.append({**_apart(same), **look})
    thick = min(1.0, 10 / sqrt(len(cells)))
    for layer, segments in enumerate(borders):
        if segments:
            line = {"color": ink, "width": thick * max(3 - layer, 0.75)}
            data.append(
                {**_apart(segments), "mode": "lines", "line": line, "name": f"layer {layer + 1}"}
            )
    data += _cross_at(marks, ink)
    return figure(data, _axes(extent), theme, f"Regions in view: {len(cells):,}", 540)


class _Watched:
    """A copy of a network, on the CPU in double precision and in
    evaluation mode, whose ReLUs are listened to.
    """

    def __init__(self, network: nn.Module) -> None:
        try:
            self._network = deepcopy(network).to("cpu", torch.float64).eval()
        except RuntimeError as error:  # torch copies no tensor that belongs to a graph
            raise ValueError(
                "model can't be copied: does it keep a result of an earlier call? detach() it"
            ) from error

    def layers(self, points: Array) -> list[Array]:
        """The pre-activations (n, units) of every ReLU layer at points (n, 2)."""
        return self._run(points)[1]

    def check_linear(self, polygons: list[Array]) -> None:
        """Check that the network is linear on each of these convex polygons.

        Raises:
            ValueError: it is not.
        """
        weights = [
            np.arange(1.0, len(p) + 1)[:, None] / (len(p) * (len(p) + 1) / 2) for p in polygons
        ]
        starts = np.cumsum([0, *(len(p) for p in polygons[:-1])])
        at_corners, _ = self._run(np.concatenate(polygons))
        mixed = np.add.reduceat(np.concatenate(weights) * at_corners, starts)
        inside, _ = self._run(
            np.array([(w * p).sum(axis=0) for w, p in zip(weights, polygons, strict=True)])
        )
        if not np.allclose(mixed, inside, rtol=1e-6, atol=1e-6 * float(np.abs(at_corners).max())):
            raise ValueError(
                "model must be linear between its ReLUs, and it is not: is there another "
                "activation, or a ReLU that is neither nn.ReLU nor relu() nor clamp(min=0)?"
            )

    def _run(self, points: Array) -> tuple[Array, list[Array]]:
        with torch.no_grad(), _Listener() as listener:
            try:
                out = self._network(torch.from_numpy(points))
            except (RuntimeError, TypeError, ValueError, IndexError) as error:
                raise ValueError(
                    f"model must take points of shape (n, 2); it raised {error}"
                ) from error
        found = [z.reshape(len(z), -1).numpy() for z in (out, *listener.heard)]
        if any(len(z) != len(points) for z in found):
            raise ValueError("model must treat every row of its input, (n, 2), for itself")
        if not all(np.isfinite(z).all() for z in found):
            raise ValueError("model must give finite numbers")
        return found[0], found[1:]


class _Listener(TorchFunctionMode):
    """Notes what goes into every ReLU that is called meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[torch.Tensor] = []

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = [value for value in (*args, *(kwargs or {}).values()) if value is not None]
        if func in RELUS:
            self.heard.append(given[0].clone())  # as the call may be in place
        elif func in FLOORS and len(given) == 2:
            for z, floor in (given, given[::-1]):
                if isinstance(z, torch.Tensor) and not torch.as_tensor(floor).any():
                    self.heard.append(z.clone())
                    break
        return func(*args, **(kwargs or {}))


def _chain(weights: Sequence[Values], biases: Sequence[Values] | None) -> nn.Sequential:
    """The network of these layers, with a ReLU after each but the last."""
    if (
        isinstance(weights, torch.Tensor | np.ndarray | str)
        or not isinstance(weights, Sequence)
        or not weights
    ):
        raise ValueError(
            "model must be a module or a list of weights, (out, in) each, not "
            f"{type(weights).__name__}"
        )
    if biases is not None and len(biases) != len(weights):
        raise ValueError(
            f"biases must be as many as the weights, {len(weights)}, not {len(biases)}"
        )
    parts: list[nn.Module] = []
    size: int | None = 2
    for i, values in enumerate(weights):
        weight = torch.from_numpy(finite_array(f"weights[{i}]", values, (None, size)))
        size = len(weight)
        linear = nn.Linear(weight.shape[1], size, bias=biases is not None, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(weight)
            if biases is not None:
                linear.bias.copy_(
                    torch.from_numpy(finite_array(f"biases[{i}]", biases[i], (size,)))
                )
        parts += [linear, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def _partition(layers: Layers, extent: float) -> tuple[list[tuple[str, Array]], list[list[Array]]]:
    """The pattern and the corners (k, 2) of every region in
    view, and the borders (2, 2) that each layer adds.

    Where the layers before it do not switch, a layer's pre-activation is an affine function of the
    plane. So its values at the corners of a region say all about it: they are carried along while
    the region is cut.
    """
    cells = [("", _square(extent))]
    borders: list[list[Array]] = []
    scale = 0.0
    while len(found := layers(np.concatenate([polygon for _, polygon in cells]))) > len(borders):
        z = found[len(borders)]
        sizes = np.abs(z).max(axis=0)
        sliver = np.maximum(
            1e-9 * sizes, 1e-13 * scale
        )  # what rounding in the layers before may leave of a zero
        scale = max(scale, float(sizes.max()))
        ends = np.cumsum([len(polygon) for _, polygon in cells])[:-1]
        parts: list[tuple[str, Array]] = []
        borders.append([])
        for (pattern, polygon), values in zip(cells, np.split(z, ends), strict=True):
            whole = [np.hstack([polygon, values])]
            while whole:
                rows = whole.pop()
                on, off = rows[:, 2:].max(axis=0) > sliver, rows[:, 2:].min(axis=0) < -sliver
                cuts = np.flatnonzero(on & off)
                if len(cuts):
                    halves, border = _split(rows, rows[:, 2 + cuts[0]])
                    whole += halves
                    borders[-1].append(border[:, :2])
                else:
                    parts.append(
                        (pattern + (on + np.uint8(ord("0"))).tobytes().decode(), rows[:, :2])
                    )
                if len(parts) + len(whole) > MAX_REGIONS:
                    raise ValueError(
                        f"there are more than {MAX_REGIONS:,} regions in view: choose a smaller "
                        "extent"
                    )
        cells = parts
    return cells, borders


def _split(rows: Array, z: Array) -> tuple[list[Array], Array]:
    """Both parts of a convex polygon, cut where the affine z,
    (k,) at its corners, is 0; and the cut, (2, …).

    A row (k, 2 + …) is a corner and the values that affine functions have there.
    """
    cut = _crossings(rows, z)
    parts = []
    for side in (z > 0, z <= 0):
        part = np.concatenate([rows[side], cut])
        x, y = (part[:, :2] - part[:, :2].mean(axis=0)).T
        parts.append(part[np.argsort(np.arctan2(y, x))])  # anticlockwise again
    return parts, cut


def _crossings(rows: Array, z: Array) -> Array:
    """The points (0 or 2, …) where a convex polygon's edges pass
    from z > 0 to z ≤ 0 or back; z is affine.
    """
    following, after = np.concatenate([rows[1:], rows[:1]]), np.concatenate([z[1:], z[:1]])
    at = np.flatnonzero((z > 0) != (after > 0))
    share = z[at] / (z[at] - after[at])
    points: Array = rows[at] + (following[at] - rows[at]) * share[:, None]
    return points


def _area_and_centre(polygon: Array) -> tuple[float, Array]:
    """The area and the centre of mass (2,) of a convex polygon (k, 2), corners anticlockwise."""
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]
    return float(cross.sum()) / 2, ((polygon + following) * cross[:, None]).sum(axis=0) / (
        3 * cross.sum()
    )


def _square(extent: float) -> Array:
    return extent * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def _colour(pattern: str) -> int:
    return sum(UNIT_STEPS[i % 7] for i, bit in enumerate(pattern) if bit == "1") % 8


def _apart(shapes: list[Array]) -> Properties:
    """x and y of one trace that draws all these shapes (k, 2), each for itself."""
    gap = np.full((1, 2), np.nan)
    x, y = np.concatenate([part for shape in shapes for part in (shape, gap)]).astype(np.float32).T
    return {"x": x, "y": y}


def _points(points: Values | None) -> Array:
    return np.empty((0, 2)) if points is None else finite_array("points", points, (None, 2))


def _cross_at(marks: Array, ink: str) -> list[Properties]:
    """A trace of the points, (n, 2), if there are any, numbered if they are few."""
    if not len(marks):
        return []
    rows = [f"{row + 1}" if len(marks) <= 12 else "" for row in range(len(marks))]
    label = {"mode": "markers+text", "text": rows, "textposition": "middle right", "name": "points"}
    cross = {"symbol": "x", "size": 9 if len(marks) <= 12 else 5, "color": ink}
    return [{"x": marks[:, 0], "y": marks[:, 1], "marker": cross, **label}]


def _axes(extent: float) -> Properties:
    bare = {"showgrid": False, "zeroline": False}
    return {"xaxis": axis("x₁", 7, extent) | bare, "yaxis": axis("x₂", 7, extent) | bare}
