"""Grey pictures in a grid, with a label under each."""

from collections.abc import Sequence
from math import ceil
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from course_lib._arguments import whole
from course_lib._arrays import Array, Values, numbers
from course_lib._figures import MARGIN, Properties, check_view, figure
from course_lib._themes import THEMES
from course_lib.plots._png import png

MOST = 64
PICTURE, LINE = 66, 13  # pixels: the height of a picture, and of a line of its label
LETTERS = 76  # in a row of labels on a phone


def images(
    X: Values,
    labels: Values | Sequence[str] | None = None,
    *,
    names: Sequence[str] | None = None,
    columns: int = 8,
    title: str = "",
    theme: str = "auto",
) -> go.Figure:
    """Show up to 64 grey pictures in a grid, with a label under each.

    X: (n, rows, columns), (n, 1, rows, columns), or (n, pixels) of square pictures. Numbers from 0
    (black) to 1 (white) are shown as they are; if there are others, all are stretched to that
    range. `labels`, (n,), are texts, or numbers: with `names`, a number's name is shown.

        images(X[:16], y[:16], names=FASHION_CLASSES)

    Raises:
        TypeError: `columns` is no whole number.
        ValueError: X or labels has another shape, X is not finite, there are more than 64 pictures,
            a label has no name, `columns` is below 1, or `theme` is unknown.
    """
    check_view(theme)
    pictures = greys(X)
    if len(pictures) > MOST:
        raise ValueError(
            f"X must hold at most {MOST} pictures, not {len(pictures):,}: choose some, as in "
            f"X[:{MOST}]"
        )
    across = min(whole("columns", columns, 1), len(pictures))
    told = [] if labels is None else read_labels(labels, names, len(pictures))
    lines = [_wrapped(text, max(6, LETTERS // across)) for text in told]
    below = LINE * max((len(text) for text in lines), default=0) + 8
    rows, row = ceil(len(pictures) / across), PICTURE + below
    hidden = {"visible": False, "fixedrange": True}
    layout = {
        "images": _grid(pictures, across, PICTURE / row), "margin": {"l": 8, "r": 8, "b": 8},
        "xaxis": {**hidden, "range": [0, across]}, "yaxis": {**hidden, "range": [-rows, 0]},
    }  # fmt: skip
    at = np.arange(len(pictures))
    under: Properties = {
        "x": at % across + 0.5, "y": -(at // across) - (PICTURE + 3) / row, "mode": "text",
        "text": ["<br>".join(text) for text in lines] or None, "textposition": "bottom center",
        "textfont": {"size": 10, "color": THEMES[theme].ink}, "name": "labels", "hovertext": told,
        "hoverinfo": "text" if told else "skip",
    }  # fmt: skip
    return figure([under], layout, theme, title, rows * row + MARGIN["t"] + 8, legend=False)


def _grid(pictures: NDArray[np.uint8], across: int, share: float) -> list[Properties]:
    """The pictures in rows one unit high, each on its label, in proportion, that share high."""
    return [
        {"source": png(picture), "xref": "x", "yref": "y", "sizing": "contain",
         "x": i % across + 0.5, "y": -(i // across) - share, "sizex": 0.94,
         "sizey": share, "xanchor": "center", "yanchor": "bottom"}
        for i, picture in enumerate(pictures)
    ]  # fmt: skip


def _wrapped(text: str, letters: int) -> list[str]:
    """The lines of a label; a line may end at a space or after a slash."""
    lines = wrap(text.replace("/", "/ "), letters, break_on_hyphens=False)
    return [line.replace("/ ", "/") for line in lines]


def greys(X: Values, what: str = "X") -> NDArray[np.uint8]:
    """Pictures (n, rows, columns) as greys from 0 to 15.

    Raises:
        ValueError: they have another shape, or are not finite.
    """
    wanted = "(n, rows, columns), or (n, pixels) of square pictures"
    try:
        values = numbers(X)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{what} must hold pictures, {wanted}, not {type(X).__name__}") from error
    given = values.shape
    if values.ndim == 4 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and round(values.shape[1] ** 0.5) ** 2 == values.shape[1]:
        side = round(values.shape[1] ** 0.5)
        values = values.reshape(-1, side, side)
    if values.ndim != 3 or not values.size:
        raise ValueError(f"{what} must hold pictures, {wanted}, not {given}")
    if not np.isfinite(values).all():
        raise ValueError(f"{what} must hold finite numbers")
    low, high = min(0.0, float(values.min())), max(1.0, float(values.max()))
    if (low, high) != (0.0, 1.0):
        low, high = float(values.min()), float(values.max())
    return np.rint(15 * (values - low) / ((high - low) or 1.0)).astype(np.uint8)


def read_labels(labels: Any, names: Sequence[str] | None, n: int) -> list[str]:
    """A text for each of n pictures.

    Raises:
        ValueError: there are more or fewer, or a number has no name.
    """
    if isinstance(labels, list | tuple) and any(isinstance(label, str) for label in labels):
        texts = [str(label) for label in labels]
    else:
        texts = [_named(label, names) for label in _label_numbers(labels)]
    if len(texts) != n:
        raise ValueError(f"labels must hold a label for each of {n} pictures, not {len(texts)}")
    return texts


def _label_numbers(labels: Any) -> Array:
    try:
        values = numbers(labels)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"labels must hold strings or numbers, (n,), not {type(labels).__name__}"
        ) from error
    if values.ndim != 1:
        raise ValueError(f"labels must have shape (n,), not {values.shape}")
    return values


def _named(label: float, names: Sequence[str] | None) -> str:
    if names is None:
        return f"{label:g}"
    if label not in range(len(names)):
        raise ValueError(f"names must have a name for the label {label:g}, and has {len(names)}")
    return str(names[int(label)])
