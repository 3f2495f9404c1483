"""Which class a model gives to each point of the plane."""

from collections.abc import Mapping
from math import ceil

import numpy as np
import plotly.graph_objects as go

from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import Properties, check_view, figure, frames, player
from course_lib._themes import SERIES, THEMES
from course_lib.plots._answers import (
    MAX_CLASSES,
    Answers,
    Labels,
    Predict,
    ask,
    grid_around,
    read_times,
    whole_classes,
)
from course_lib.plots._levels import level_lines

MAX_PANELS = 6
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
HEIGHT = 620


def decision_boundary(
    predict: Predict | Mapping[str, Predict],
    X: Values,
    y: Values,
    *,
    seconds: Mapping[str, float] | None = None,
    panels: bool = False,
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """The class that a model gives to each point of the plane, and the samples X, (n, 2), of the
    classes y, (n,).

    `predict` takes points, (m, 2), arrays or tensors as X is, and gives classes, (m,), or a score
    for each class, (m, classes), of which the largest counts; an `nn.Module` is called in its
    evaluation mode. Or it is a model for each name: a slider goes through them; with `panels` up to
    six stand beside each other. Said is the share of the samples that is right, and how long the
    model took, where `seconds` tells it by name. Samples that are wrong are crossed out.

    A region's colour is that of its class, and the class's number stands in it; each class has its
    own symbol.

        decision_boundary(net, X, y)
        decision_boundary({"small": a, "large": b}, X, y, seconds={"small": 0.2, "large": 1.5})

    Raises:
        TypeError: a model can't be called, or a time is no number.
        ValueError: X or y has another shape, classes are not whole numbers from 0 to 5, a model
            gives something else, there is no model or too many for panels, `seconds` has another
            name, or `theme` is unknown.
    """
    check_view(theme)
    samples = finite_array("X", X, (None, 2))
    classes = whole_classes("y", finite_array("y", y, (len(samples),)))
    models = dict(predict) if isinstance(predict, Mapping) else {"": predict}
    if not models:
        raise ValueError('predict must hold a model for each name, as in {"linear": model}')
    times = read_times(seconds, models)
    grid = grid_around(samples)
    shown = {
        str(name): ask(name, model, X, samples, classes, grid, times.get(name))
        for name, model in models.items()
    }
    if panels and len(shown) > MAX_PANELS:
        raise ValueError(f"predict must hold at most {MAX_PANELS} models when panels is True")
    if panels and len(shown) > 1:
        return _side_by_side(shown, samples, classes, grid, title, theme)
    states = {n: _traces(s, samples, classes, grid, theme) for n, s in shown.items()}
    labels = {name: _label(name, s) for name, s in shown.items()}
    return _one_by_one(states, labels, _axes(grid), title, theme)


def _one_by_one(
    states: dict[str, list[Properties]],
    labels: dict[str, str],
    layout: Properties,
    title: str | None,
    theme: str,
) -> go.Figure:
    """One model, or a slider that goes through several."""
    first = next(iter(states.values()))
    legend = [str(trace["name"]) for trace in first if trace.get("showlegend", True)]
    if len(states) == 1:
        (said,) = labels.values()
        text = said if title is None else f"{title}: {said}"
        return figure(first, layout, theme, text, HEIGHT - 80)
    layout |= player(labels, "", theme, HEIGHT, legend, redraw=True, milliseconds=1500)
    return figure(first, layout, theme, title or "", HEIGHT, frames=frames(states))


def _label(name: str, shown: Answers) -> str:
    return f"{name}: {shown.said}" if name else shown.said


def _traces(
    shown: Answers,
    samples: Array,
    classes: Labels,
    grid: tuple[Array, Array],
    theme: str,
    place: Properties | None = None,
) -> list[Properties]:
    """The regions, their borders and numbers, and the samples."""
    ink = THEMES[theme].ink
    colours, place = SERIES[theme], place or {}
    pale = [_mixed(colour, theme) for colour in colours]
    scale = [[(i + k) / MAX_CLASSES, pale[i]] for i in range(MAX_CLASSES) for k in (0, 1)]
    quiet = {"hoverinfo": "skip", "showlegend": False, **place}
    borders, (x, y, text) = _borders(shown.cells, grid), _numbers(shown.cells, grid)
    data: list[Properties] = [
        {"type": "heatmap", "x": grid[0], "y": grid[1], "z": shown.cells.astype(np.int8),
         "colorscale": scale, "zmin": -0.5, "zmax": MAX_CLASSES - 0.5, "showscale": False,
         "name": "regions", **quiet},
        {"x": borders[:, 0], "y": borders[:, 1], "mode": "lines", "name": "borders",
         "line": {"color": ink, "width": 1.5}, **quiet},
    ]  # fmt: skip
    for label in np.unique(classes):
        marker = {"symbol": SYMBOLS[label], "size": 7, "color": colours[label],
                  "line": {"color": ink, "width": 0.8}}  # fmt: skip
        data.append({
            **_xy(samples[classes == label]), "mode": "markers", "name": f"class {label}",
            "marker": marker, "legendgroup": f"class {label}", **place,
        })  # fmt: skip
    cross = {"symbol": "x-thin", "size": 11, "line": {"color": ink, "width": 2}}
    wrong = samples[shown.samples != classes]
    data += [
        {**_xy(wrong), "mode": "markers", "name": "wrong", "marker": cross, "legendgroup": "wrong",
         "hoverinfo": "skip", **place},
        {"x": x, "y": y, "mode": "text", "text": text, "name": "classes",
         "textfont": {"size": 18, "color": ink}, **quiet},
    ]  # fmt: skip
    return data


def _xy(points: Array) -> Properties:
    return {"x": points[:, 0].astype("<f4"), "y": points[:, 1].astype("<f4")}


def _mixed(colour: str, theme: str) -> str:
    """A colour, mostly paper: the page's own where the theme is that of the page."""
    if theme == "auto":
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red},{green},{blue},0.3)"
    paper = THEMES[theme].paper
    parts = [
        round(0.3 * int(colour[i : i + 2], 16) + 0.7 * int(paper[i : i + 2], 16)) for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02X}" for part in parts)


def _borders(cells: Labels, grid: tuple[Array, Array]) -> Array:
    """The lines between classes, (k, 2), with gaps."""
    gap, pieces = np.full((1, 2), np.nan), []
    for label in np.unique(cells)[:-1]:  # the last one has borders with the others only
        for line in level_lines(*grid, (cells == label).astype(np.float64), 0.5):
            pieces += [line, gap]
    return np.concatenate(pieces or [gap]).astype("<f4")


def _numbers(cells: Labels, grid: tuple[Array, Array]) -> tuple[Array, Array, list[str]]:
    """A place deep inside each class's regions, and its number."""
    x, y, text = [], [], []
    for label in np.unique(cells):
        left = inside = np.pad(cells == label, 1)
        while left.any():
            inside, left = left, left.copy()
            for axis in (0, 1):
                for step in (1, -1):
                    left &= np.roll(inside, step, axis)
        rows, columns = np.nonzero(inside)
        row, column = (rows[len(rows) // 2] - 1, columns[len(rows) // 2] - 1)
        x.append(grid[0][column])
        y.append(grid[1][row])
        text.append(f"<b>{label}</b>")
    return np.array(x), np.array(y), text


def _axes(
    grid: tuple[Array, Array], number: str = "", titles: bool = True
) -> dict[str, Properties]:
    axes = {}
    for i, (letter, cells) in enumerate(zip("xy", grid, strict=True), start=1):
        title = {"title": {"text": f"feature {i}"}} if titles else {}
        ends = [float(cells[0]), float(cells[-1])]
        look = {"range": ends, "zeroline": False, "showgrid": False, "nticks": 6}
        axes[f"{letter}axis{number}"] = {**look, **title}
    return axes


def _side_by_side(
    shown: Mapping[str, Answers],
    samples: Array,
    classes: Labels,
    grid: tuple[Array, Array],
    title: str | None,
    theme: str,
) -> go.Figure:
    """Models in two columns."""
    rows = ceil(len(shown) / 2)
    height, inner = 125 + 310 * rows, 310 * rows
    layout: Properties = {"annotations": [], "margin": {"b": 60}}
    data: list[Properties] = []
    for i, (name, model) in enumerate(shown.items()):
        number, row, column = str(i + 1) if i else "", i // 2, i % 2
        x = [0.54 * column, 0.46 + 0.54 * column]
        y = [1 - (row + 1) / rows + 35 / inner, 1 - row / rows - 40 / inner]
        axes = _axes(grid, number, titles=False)
        axes[f"xaxis{number}"] |= {"domain": x, "anchor": f"y{number}"}
        axes[f"yaxis{number}"] |= {"domain": y, "anchor": f"x{number}"}
        layout |= axes
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        data += [
            {**trace, "showlegend": trace.get("showlegend", True) and i == 0}
            for trace in _traces(model, samples, classes, grid, theme, place)
        ]
        layout["annotations"].append({
            "text": f"{name}<br>{model.said}", "xref": "paper", "yref": "paper",
            "x": sum(x) / 2, "y": y[1], "xanchor": "center", "yanchor": "bottom",
            "showarrow": False, "font": {"size": 13},
        })  # fmt: skip
    layout["legend"] = {"orientation": "h", "y": -5 / inner, "yanchor": "top"}
    return figure(data, layout, theme, title or "", height)
