"""A figure of a network as circles and lines."""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

import numpy as np
import plotly.graph_objects as go
from torch import nn

from course_lib._figures import Properties, check_view, figure, frames, player
from course_lib._notes import CannotDrawError, note
from course_lib._themes import GREY, SERIES, THEMES
from course_lib.plots._chain import SLOTS, Chain, read_chain, title_of, unit_size
from course_lib.plots._incoming import highlighted

PLAIN = {"color": GREY, "width": 1}
OUTPUTS = {
    "none": ("no function", "z"),
    "sigmoid": ("sigmoid", "σ"),
    "softmax": ("softmax", "soft-<br>max"),
}
Labels = Sequence[str]


def network(
    model: nn.Module | Sequence[int],
    *,
    inputs: Labels | None = None,
    outputs: Labels | None = None,
    activation: str | Labels | None = None,
    output: str | None = None,
    biases: bool = False,
    highlight: bool = False,
    theme: str = "auto",
) -> go.Figure:
    """Plot a network of linear layers: its units, its weights, its numbers of parameters.

    `model` is the list of its sizes, from the input to the output, as in [2, 16, 2]; or a module,
    whose `nn.Linear` layers are drawn in the order in which it defines them, as a chain. A weight
    of a module is a line, the wider the larger it is among those of its layer: solid for positive,
    dashed and of another colour for negative, absent for 0. Of a layer with more than 9 units, the
    first 4 and the last 4 are drawn.

    - `inputs`, `outputs`: a label for each input and each output.
    - `activation`: what stands in the hidden units, as "ReLU"; or a list, one for each hidden
      layer.
    - `output`: what the outputs go through: "none", "sigmoid" or "softmax", which takes them all.
    - `biases`: whether each layer that has biases gets a node "1", with a line for each bias.
    - `highlight`: whether a slider goes through the units that are drawn, from the first hidden
      layer to the output, and shows the weights that come into one of them, with their values.

        network(net, inputs=["x1", "x2"], activation="ReLU", output="softmax", highlight=True)

    Where a module has no linear layer, one that does not fit the one before, or a weight that is
    not finite, the figure says so and draws none.

    Raises:
        ValueError: the sizes are not two or more whole numbers above 0, there are too many or too
            few labels or names, or `output` or `theme` is unknown.
    """
    check_view(theme)
    try:
        chain = read_chain(model)
    except CannotDrawError as reason:
        return note(str(reason), theme)
    functions = _functions(chain, activation, output)
    lines, units = _lines(chain, biases, SERIES[theme]), _nodes(chain, functions, biases, theme)
    layout = _labelled(chain, functions, biases, inputs, outputs)
    height = round(160 + 42 * (2 * chain.top + 3.6 + biases)) if any(functions) else 480
    if highlight:
        return _with_highlights(chain, biases, lines, units, layout, height + 120, theme)
    legend = bool(chain.weights)
    return figure([*lines, *units], layout, theme, title_of(chain), height, legend=legend)


def _with_highlights(
    chain: Chain,
    biases: bool,
    lines: list[Properties],
    units: list[Properties],
    layout: Properties,
    height: int,
    theme: str,
) -> go.Figure:
    """The figure with a slider over its units: the weights into one stand out of faint ones."""
    faint = [{**line, "opacity": 0.3} for line in lines]
    states, legend = highlighted(chain, biases, theme, faint, units), bool(chain.weights)
    layout = _with_slider(layout, list(states), height, legend, theme)
    first, made = next(iter(states.values())), frames(states, still=len(lines))
    return figure(first, layout, theme, title_of(chain), height, legend=legend, frames=made)


def _nodes(chain: Chain, functions: list[str], biases: bool, theme: str) -> list[Properties]:
    """The units, the functions inside of them, and the bias nodes."""
    nodes = [_units(chain, theme, unit_size(functions))]
    nodes += _symbols(chain, functions, theme) if any(functions) else []
    return nodes + (_bias_nodes(chain, theme) if biases else [])


def _labelled(
    chain: Chain,
    functions: list[str],
    biases: bool,
    inputs: Labels | None,
    outputs: Labels | None,
) -> Properties:
    """The layout, with room for the labels of inputs and outputs."""
    layout = _layout(chain, functions, biases)
    for what, given in (("inputs", inputs), ("outputs", outputs)):
        layout["annotations"] += _labels(what, given, chain, unit_size(functions))
    layout["xaxis"]["range"] = [-_room(inputs, chain), len(chain.counts) + _room(outputs, chain)]
    return layout


def _with_slider(
    layout: Properties, names: list[str], height: int, legend: bool, theme: str
) -> Properties:
    """The layout and a slider over the states, further down: two lines of numbers are above it."""
    named = ["positive weight", "negative weight"] if legend else []
    controls = player({name: name for name in names}, "", theme, height, named, milliseconds=700)
    for control in (controls["sliders"][0], controls["updatemenus"][0]):
        control["pad"]["t"] += 26
    controls["margin"] |= {**layout["margin"], "b": controls["margin"]["b"] + 26}
    controls["legend"]["y"] *= 1.3
    return {**layout, **controls}


def _functions(chain: Chain, activation: str | Labels | None, output: str | None) -> list[str]:
    """What each layer's units apply; "" where nothing is said."""
    hidden = len(chain.sizes) - 2
    if activation is None or isinstance(activation, str):
        names = [activation or ""] * hidden
    else:
        names = [str(name) for name in activation]
    if len(names) != hidden:
        raise ValueError(
            f"activation must be a name, or hold one for each of the {hidden} hidden layers, not "
            f"{len(names)}"
        )
    if output is not None and output not in OUTPUTS:
        raise ValueError(f"output must be one of {', '.join(OUTPUTS)}, not {output!r}")
    return ["", *names, output or ""]


def _labels(what: str, given: Labels | None, chain: Chain, size: int) -> list[Properties]:
    """The labels beside the inputs or the outputs, if there are some."""
    if given is None:
        return []
    column = 0 if what == "inputs" else len(chain.sizes) - 1
    many = chain.sizes[column]
    if isinstance(given, str) or len(given) != many:
        found = "a string" if isinstance(given, str) else str(len(given))
        raise ValueError(f"{what} must hold a label for each of the {many} {what}, not {found}")
    anchor, shift = ("right", -1) if what == "inputs" else ("left", 1)
    look = {"xanchor": anchor, "xshift": shift * (size // 2 + 8), "showarrow": False}
    return [
        {"x": column, "y": float(height), "text": str(given[int(unit)]), **look}
        for unit, height in chain.places[column]
    ]


def _symbols(chain: Chain, functions: list[str], theme: str) -> list[Properties]:
    """The trace of what stands inside the units."""
    x, y, text = [], [], []
    for column, (places, function) in enumerate(zip(chain.places, functions, strict=True)):
        last = column == len(functions) - 1
        if function:
            x += [column] * len(places)
            y += places[:, 1].tolist()
            text += [OUTPUTS[function][1] if last else function] * len(places)
    return [{
        "x": np.array(x), "y": np.array(y), "mode": "text", "text": text, "name": "functions",
        "textfont": {"size": 9, "color": THEMES[theme].paper_ink}, "showlegend": False,
        "hoverinfo": "skip",
    }]  # fmt: skip


def _bias_nodes(chain: Chain, theme: str) -> list[Properties]:
    """The nodes whose value is always 1."""
    columns = np.flatnonzero(chain.biased)
    if not len(columns):
        return []
    ink, paper = THEMES[theme].ink, THEMES[theme].paper
    look = {"symbol": "square", "size": 18, "color": paper, "line": {"color": ink, "width": 2}}
    return [{
        "x": columns, "y": np.full(len(columns), -chain.top - 1), "mode": "markers+text",
        "marker": look, "text": ["1"] * len(columns), "name": "bias nodes",
        "textfont": {"size": 11, "color": THEMES[theme].paper_ink},
        "showlegend": False, "hovertemplate": "always 1: its lines are biases<extra></extra>",
    }]  # fmt: skip


def _layout(chain: Chain, functions: list[str], biases: bool) -> Properties:
    top, sizes = chain.top, chain.sizes
    labels: list[Properties] = []
    for i, (name, size, function) in enumerate(zip(chain.names, sizes, functions, strict=True)):
        said = OUTPUTS[function][0] if i == len(sizes) - 1 and function else function
        text = f"{name}<br><b>{size:,}</b>" + (f"<br>{said}" if said else "")
        labels.append(
            {"x": i, "y": top + 0.6, "yanchor": "bottom", "text": text, "showarrow": False}
        )
    labels += [
        {"x": i, "y": 0, "text": "⋮", "showarrow": False}
        for i, size in enumerate(sizes)
        if size > SLOTS
    ]
    sums = [
        f"{weights + bias:,}<br>{n}·{m}{f'+{m}' if bias else ''}"
        for (weights, bias), (n, m) in zip(chain.counts, pairwise(sizes), strict=True)
    ]
    weights, bias = (sum(counts) for counts in zip(*chain.counts, strict=True))
    said = f"{weights:,} weights, {bias:,} biases between the layers"
    bare = {"showgrid": False, "zeroline": False}
    made: Properties = {
        "xaxis": {
            "tickvals": [i + 0.5 for i in range(len(sums))], "ticktext": sums,
            "tickangle": 0, "tickfont": {"size": 11}, "title": {"text": said}, **bare,
        },
        "yaxis": {
            "range": [-top - (1.7 if biases else 0.7), top + (2.6 if any(functions) else 2)],
            "showticklabels": False, **bare,
        },
        "margin": {"l": 5, "r": 5}, "annotations": labels,
    }  # fmt: skip
    if functions[-1] == "softmax":
        last, reach = len(sizes) - 1, float(chain.places[-1][:, 1].max()) + 0.5
        made["shapes"] = [{
            "type": "rect", "xsizemode": "pixel", "xanchor": last, "x0": -21, "x1": 21,
            "y0": -reach, "y1": reach,
            "line": {"color": GREY, "width": 1.5, "dash": "dash"},
        }]  # fmt: skip
    return made


def _room(labels: Labels | None, chain: Chain) -> float:
    """How much room, in columns, is beside the first or the last layer, on a phone too."""
    longest = max((len(str(label)) for label in labels or ()), default=0)
    return 0.5 + max(0.0, (7 * longest + 26) * len(chain.sizes) / 330 - 0.5)


def _lines(chain: Chain, biases: bool, colours: Sequence[str]) -> list[Properties]:
    """The traces of the weights, and of the biases where wanted.

    One for each width and sign, or one for all where there are only sizes.
    """
    places, weights = chain.places, chain.weights
    # By the sign and the width of each, from 1 to 4.
    strokes: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for column, (left, right) in enumerate(pairwise(places)):
        matrix = weights[column] if weights else np.ones((1, 1))
        largest = float(np.abs(matrix).max()) if weights else 1.0
        sources = [(low, int(into)) for into, low in left]
        if biases and chain.biased[column]:
            given = chain.biases[column] if weights else None
            offsets = np.ones(chain.sizes[column + 1]) if given is None else given
            largest = max(largest, float(np.abs(offsets).max()))
            sources.append((-chain.top - 1, -1))
        for low, into in sources:
            for out, high in right:
                if into < 0:
                    weight = float(offsets[int(out)])
                else:
                    weight = float(matrix[int(out), into]) if weights else 1.0
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


def _units(chain: Chain, theme: str, size: int) -> Properties:
    """The trace of the units."""
    places, sizes = chain.places, chain.sizes
    ink, paper = THEMES[theme].ink, THEMES[theme].paper
    units = [
        (i, height, f"unit {unit + 1:.0f} of {sizes[i]:,}")
        for i, p in enumerate(places)
        for unit, height in p
    ]
    x, y, text = zip(*units, strict=True)
    look = {"size": size, "color": paper, "line": {"color": ink, "width": 2}}
    return {
        "x": np.array(x), "y": np.array(y), "mode": "markers", "marker": look, "name": "units",
        "showlegend": False,
        "text": list(text), "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip
