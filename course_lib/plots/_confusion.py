"""The confusion matrix of a classifier, and the pictures behind each of its cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import Properties, check_view, figure
from course_lib._themes import VERMILION
from course_lib.plots._images import greys
from course_lib.plots._png import png

Labels = NDArray[np.int64]

MOST_CLASSES = 20
LISTED = 24  # kinds of mistakes that can be chosen, the most frequent ones
PICTURES = 8  # of a cell
PAPERS = {
    "auto": ("#E4E8EC", "#0072B2"),
    "light": ("#FFFFFF", "#0072B2"),
    "dark": ("#111111", "#56B4E9"),
}
EVEN = 0.179
"""The luminance on which black and white can be read equally well."""
HEIGHT, LIST, STRIP = 690, 0.09, 0.15  # pixels; shares that the list and the pictures take


def confusion(
    y: Values,
    predicted: Values,
    *,
    images: Values | None = None,
    names: Sequence[str] | None = None,
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """How often each true class (a row) was taken for each class (a column).

    y and predicted: (n,), whole numbers from 0. Each cell has its count, and the darker its colour,
    the larger its share of its row; right answers are on the diagonal. With `images`, as in
    `plots.images`, a list above the matrix has its cells, the most frequent mistakes first: the
    first eight pictures of the chosen one are shown, and the cell is framed. On a saved page ↑ and
    ↓ go through the list. `names` has a name for each class.

    Raises:
        ValueError: y and predicted are not whole numbers from 0 to 19 in the same shape, images are
            others in number or no pictures, there are fewer names than classes, or `theme` is
            unknown.
    """
    check_view(theme)
    true = _classes("y", y)
    said = _classes("predicted", predicted)
    if len(true) != len(said):
        raise ValueError(f"predicted must have shape ({len(true)},), like y, not ({len(said)},)")
    count = int(max(true.max(), said.max())) + 1
    if names is not None and len(names) < count:
        raise ValueError(f"names must have a name for each of {count} classes, not {len(names)}")
    called = [str(name) for name in names] if names is not None else list(map(str, range(count)))
    counts = np.zeros((len(called), len(called)), dtype=np.int64)
    np.add.at(counts, (true, said), 1)
    right = 100 * float((true == said).mean())
    text = f"Confusion matrix: {right:.3g} % right" if title is None else title
    layout = _axes(called, pictures=images is not None)
    if images is not None:
        layout |= _chooser(images, true, said, counts, called, theme)
    data = [_matrix(counts, called, theme), _numbers(counts, theme)]
    return figure(data, layout, theme, text, HEIGHT, legend=False)


def _classes(what: str, values: Values) -> Labels:
    found = finite_array(what, values, (None,))
    whole = (found == np.round(found)) & (found >= 0) & (found < MOST_CLASSES)
    if not whole.all():
        raise ValueError(
            f"{what} must hold classes: whole numbers from 0 to {MOST_CLASSES - 1}, not "
            f"{found[~whole][0]:g}"
        )
    return found.astype(np.int64)


def _shades(counts: Labels) -> Array:
    """How dark each cell is: the root of its share of its row, so that one mistake in a hundred can
    be told from none."""
    shades: Array = np.sqrt(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
    return shades


def _luminance(shades: Array, theme: str) -> Array:
    """How bright cells look, from 0 to 1, as the accessibility guidelines (WCAG) reckon it."""
    empty, full = (
        np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]) for colour in PAPERS[theme]
    )
    mixed = empty + (full - empty) * shades[:, None]
    linear = np.where(mixed <= 0.03928, mixed / 12.92, ((mixed + 0.055) / 1.055) ** 2.4)
    bright: Array = linear @ np.array([0.2126, 0.7152, 0.0722])
    return bright


def _numbers(counts: Labels, theme: str) -> Properties:
    """The counts above 0, in the ink that shows on the cell."""
    rows, columns = np.nonzero(counts)
    inks = np.where(_luminance(_shades(counts)[rows, columns], theme) < EVEN, "#FFFFFF", "#000000")
    return {
        "x": columns, "y": rows, "text": [str(n) for n in counts[rows, columns]], "mode": "text",
        "textfont": {"size": 10, "color": inks.tolist()}, "name": "counts", "hoverinfo": "skip",
    }  # fmt: skip


def _matrix(counts: Labels, names: list[str], theme: str) -> Properties:
    return {
        "type": "heatmap", "x": np.arange(len(names)), "y": np.arange(len(names)),
        "z": _shades(counts).round(3), "zmin": 0, "zmax": 1, "showscale": False, "xgap": 1,
        "ygap": 1, "colorscale": [[0, PAPERS[theme][0]], [1, PAPERS[theme][1]]],
        "name": "shares",
        "hovertext": [[f"{n} × {_cell(names, i, j)}" for j, n in enumerate(row)]
                      for i, row in enumerate(counts.tolist())],
        "hoverinfo": "text",
    }  # fmt: skip


def _cell(names: list[str], true: int, said: int) -> str:
    return f"{names[true]}, right" if true == said else f"{names[true]} taken for {names[said]}"


def _axes(names: list[str], *, pictures: bool) -> Properties:
    look = {
        "tickvals": list(range(len(names))), "ticktext": names, "tickfont": {"size": 11},
        "showgrid": False, "zeroline": False, "fixedrange": True,
    }  # fmt: skip
    longest = max(map(len, names))
    edge = len(names) - 0.5
    return {
        "xaxis": {**look, "title": {"text": "predicted class"}, "tickangle": -90 if longest > 2
                  else 0, "range": [-0.5, edge]},
        "yaxis": {**look, "title": {"text": "true class"}, "range": [edge, -0.5],
                  "domain": [0, 1 - LIST - STRIP if pictures else 1]},
        "margin": {"l": min(110, 35 + 7 * longest), "b": min(120, 40 + 7 * longest)},
    }  # fmt: skip


def _chooser(
    images: Values, true: Labels, said: Labels, counts: Labels, names: list[str], theme: str
) -> Properties:
    """A list of cells; what is chosen changes the picture, the frame and nothing else."""
    pictures = greys(images, "images")
    if len(pictures) != len(true):
        raise ValueError(f"images must hold a picture for each of {len(true)} labels, not "
                         f"{len(pictures)}")  # fmt: skip
    cells = [(int(i), int(j)) for i, j in zip(*np.nonzero(counts), strict=True)]
    wrong = sorted((c for c in cells if c[0] != c[1]), key=lambda c: -counts[c])[:LISTED]
    choices: list[Properties] = []
    for i, j in [*wrong, *(cell for cell in cells if cell[0] == cell[1])]:
        found = np.flatnonzero((true == i) & (said == j))[:PICTURES]
        label = f"{counts[i, j]} × {_cell(names, i, j)}"
        choices.append({"label": label, "source": png(_side_by_side(pictures[found])),
                        "corner": (i - 0.5, j - 0.5)})  # fmt: skip
    frame = {"type": "rect", "line": {"color": VERMILION, "width": 3}}
    image = {
        "xref": "paper", "yref": "paper", "x": 0, "y": 1 - LIST, "xanchor": "left",
        "yanchor": "top", "sizex": 1, "sizey": STRIP - 0.03, "sizing": "contain",
        "source": choices[0]["source"],
    }  # fmt: skip
    buttons = [
        {"label": choice["label"], "method": "relayout", "args": [
            {"images[0].source": choice["source"], **_frame(choice["corner"], "shapes[0].")}
        ]}
        for choice in choices
    ]  # fmt: skip
    light = theme != "dark"
    menu = {
        "type": "dropdown", "x": 0, "xanchor": "left", "y": 1, "yanchor": "top", "active": 0,
        "pad": {"t": 0}, "bgcolor": "#EEEEEE" if light else "#333333", "buttons": buttons,
        "font": {"color": "#222222" if light else "#BBBBBB", "size": 12}, "showactive": True,
    }  # fmt: skip
    return {
        "images": [image], "updatemenus": [menu],
        "shapes": [{**frame, **_frame(choices[0]["corner"])}],
    }  # fmt: skip


def _frame(corner: tuple[float, float], prefix: str = "") -> dict[str, Any]:
    """Where the frame of a cell is."""
    (top, left) = corner
    return {f"{prefix}{name}": value for name, value in
            (("x0", left), ("x1", left + 1), ("y0", top), ("y1", top + 1))}  # fmt: skip


def _side_by_side(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """So many pictures in one, with a grey line between two; as wide as if there were all."""
    _, rows, columns = pictures.shape
    strip = np.full((rows, PICTURES * (columns + 1) - 1), 8, dtype=np.uint8)
    for number, picture in enumerate(pictures):
        start = number * (columns + 1)
        strip[:, start : start + columns] = picture
    return strip
