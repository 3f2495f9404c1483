"""What happens to numbers on their way through a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from course_lib._arrays import Array, Values, numbers
from course_lib._figures import (
    RIGHT,
    Properties,
    check_view,
    figure,
    frames,
    player,
    short,
    side_by_side,
)
from course_lib._themes import SERIES, THEMES

ROWS = 12  # layers that are shown; of more, as many, evenly chosen
BINS = 50
TALLEST = 0.6  # of a row; above it is room for a text


@dataclass(frozen=True)
class _Row:
    """The finite values of a layer that are not 0, and what is said of all."""

    values: Array
    text: str


def layer_histograms(
    activations: Mapping[str, Sequence[Values]],
    gradients: Mapping[str, Sequence[Values]] | None = None,
    *,
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """How the values of each layer are distributed, from the
    first layer at the top to the last one; a slider goes through several initialisations.

    `activations` has a list for each initialisation: a tensor for each layer, of any shape.
    `gradients`, if given, has lists for the same names and as many layers; they are shown on the
    right. Above each distribution stand its standard deviation ("sd") and how many values are
    exactly 0, which are not drawn; the others are counted in about 50 bins, and each distribution
    is as high as the others. The horizontal axis fits what is shown. Values that are not finite are
    told of. Of more than 12 layers, 12 are shown, the first and the last among them.

        layer_histograms({"zeros": [h1, h2], "he": [h1, h2]}, {"zeros": [g1, g2], "he": [g1, g2]})

    Raises:
        ValueError: there is no name or no layer, the names or the numbers of layers differ, a layer
            holds something else than numbers, or `theme` is unknown.
    """
    check_view(theme)
    read = _read_both(activations, gradients)
    layers = len(next(iter(read["activations"].values())))
    chosen = np.unique(np.linspace(0, layers - 1, min(layers, ROWS)).round().astype(int))
    states, layouts = {}, {}
    for name in read["activations"]:
        shown = {kind: [found[name][i] for i in chosen] for kind, found in read.items()}
        states[name], layouts[name] = _traces(shown, theme)
    first = next(iter(states))
    layout = _layout(chosen + 1, list(read))
    height = 140 + 44 * len(chosen)
    for axis, ranges in layouts[first].items():
        layout[axis] = {**layout[axis], **ranges}
    if len(states) == 1:
        text = title if title is not None else first
        return figure(states[first], layout, theme, text, height, legend=False)
    height += 80
    labels = {name: name for name in states}
    layout |= player(labels, "", theme, height, redraw=True, milliseconds=1200)
    made = frames(states, layouts=layouts)
    return figure(states[first], layout, theme, title or "", height, legend=False, frames=made)


def _read_both(
    activations: Mapping[str, Sequence[Values]], gradients: Mapping[str, Sequence[Values]] | None
) -> dict[str, dict[str, list[_Row]]]:
    """Both kinds of values, with the same names and as many layers for each."""
    read = {"activations": _read("activations", activations)}
    if gradients is not None:
        read["gradients"] = _read("gradients", gradients)
        if list(read["gradients"]) != list(read["activations"]):
            raise ValueError(
                "gradients must have the same names as activations, "
                f"{', '.join(read['activations'])}, not {', '.join(read['gradients'])}"
            )
    counts = {len(layers) for found in read.values() for layers in found.values()}
    if len(counts) > 1:
        raise ValueError(
            "activations and gradients must have the same number of layers for every name, not "
            f"{', '.join(map(str, sorted(counts)))}"
        )
    return read


def _read(what: str, given: Any) -> dict[str, list[_Row]]:
    """The layers of each name."""
    if not isinstance(given, Mapping) or not given:
        raise ValueError(
            f'{what} must hold a list of layers for each name, as in {{"he": [h1, h2]}}'
        )
    found = {}
    for name, layers in given.items():
        if isinstance(layers, str) or not isinstance(layers, Sequence) or not layers:
            raise ValueError(
                f"{what}[{name!r}] must be a list with the values of each layer, not "
                f"{'an empty one' if isinstance(layers, list) else type(layers).__name__}"
            )
        found[str(name)] = [
            _row(f"layer {i} of {what}[{name!r}]", values) for i, values in enumerate(layers, 1)
        ]
    return found


def _row(what: str, values: Any) -> _Row:
    try:
        every = numbers(values).ravel()
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what} must hold numbers, not {type(values).__name__}") from error
    if not every.size:
        raise ValueError(f"{what} must hold at least one number")
    finite = every[np.isfinite(every)]
    lost, zeros = 1 - len(finite) / len(every), float(np.mean(every == 0))
    if not len(finite):
        return _Row(finite, "not finite")
    if zeros == 1:
        return _Row(finite[:0], "all are 0")
    with np.errstate(over="ignore"):
        said = [f"sd {short(float(finite.std()))}"]
    said += [f"{_percent(zeros)} zero"] if zeros else []
    said += [f"{_percent(lost)} not finite"] if lost else []
    return _Row(finite[finite != 0], ", ".join(said))


def _percent(share: float) -> str:
    return f"{min(max(round(100 * share), 1), 99)} %"


def _traces(
    shown: Mapping[str, list[_Row]], theme: str
) -> tuple[list[Properties], dict[str, Properties]]:
    """What is drawn of one initialisation, and the ranges of the horizontal axes."""
    data: list[Properties] = []
    ranges: dict[str, Properties] = {}
    for i, (kind, rows) in enumerate(shown.items()):
        low, high = _range(rows)
        place = RIGHT if i else {}
        x, y = _outlines(rows, low, high)
        colour = SERIES[theme][i]
        edge = {"color": colour, "width": 1.5}
        data.append({
            "x": x, "y": y, "mode": "lines", "line": edge, "fill": "toself", "name": kind,
            "fillcolor": _pale(colour), "hoverinfo": "skip", **place,
        })  # fmt: skip
        data.append({
            "x": np.full(len(rows), high), "y": TALLEST - np.arange(len(rows)) + 0.02,
            "mode": "text", "text": [row.text for row in rows], "textposition": "top left",
            "textfont": {"size": 11, "color": THEMES[theme].ink}, "name": f"sd of {kind}",
            "hoverinfo": "skip", **place,
        })  # fmt: skip
        ranges["xaxis2" if i else "xaxis"] = {"range": [low, high]}
    return data, ranges


def _range(rows: list[_Row]) -> tuple[float, float]:
    """From where to where nearly all values of all layers are, 0 among them."""
    ends = [np.quantile(row.values, [0.002, 0.998]) for row in rows if len(row.values)]
    low = min((float(end[0]) for end in ends), default=0.0)
    high = max((float(end[1]) for end in ends), default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        return -1.0, 1.0
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _outlines(rows: list[_Row], low: float, high: float) -> tuple[Array, Array]:
    """The outline of each row's histogram, closed, gaps between them."""
    width = (high - low) / BINS  # 0 is an edge, so that no bin holds both signs
    edges = width * np.arange(np.ceil(low / width), np.floor(high / width) + 1)
    pieces = []
    for i, row in enumerate(rows):
        counts, _ = np.histogram(row.values, edges)
        tall = TALLEST * counts / max(counts.max(), 1)
        steps = np.concatenate([[0.0], np.repeat(tall, 2), [0.0]]) - i
        across = np.concatenate([edges[:1], np.repeat(edges, 2)[1:-1], edges[-1:]])
        outline = np.stack([across, steps], axis=1)
        pieces += [outline, outline[:1], np.full((1, 2), np.nan)]
    x, y = np.concatenate(pieces).astype("<f4").T
    return x, y


def _pale(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.35)"


def _layout(layers: Any, kinds: list[str]) -> Properties:
    rows = len(layers)
    upright = {
        "range": [-rows + 0.85, 0.95],
        "tickvals": [-i for i in range(rows)],
        "ticktext": [str(layer) for layer in layers],
        "zeroline": False,
    }
    flat: Properties = {"nticks": 5, "zeroline": True, "exponentformat": "power"}
    left = {**upright, "title": {"text": "layer"}}
    if len(kinds) == 1:
        return {"xaxis": {**flat, "title": {"text": kinds[0]}}, "yaxis": left}
    return side_by_side(
        *kinds, xaxis=flat, xaxis2=flat, yaxis=left, yaxis2={**upright, "showticklabels": False}
    )
