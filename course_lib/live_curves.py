"""Draw the curves of a training while it runs: one picture in the notebook, which grows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import plotly.io
import torch

from course_lib._arguments import whole
from course_lib._arrays import Array
from course_lib._figures import DASHES, Properties, check_view, figure, short
from course_lib._notebook import shell
from course_lib._themes import SERIES, THEMES

PAUSE = 0.5
"""Seconds between two states of the picture in a notebook."""
MOST = 1_000
"""Epochs that are drawn, evenly chosen from more."""
MIME = "application/vnd.plotly.v1+json"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
GREATER_IS_BETTER = ("acc", "score", "precision", "recall", "f1", "auc")
"""Parts of names whose curves stand in the lower plot, and are best where they are greatest."""


class LiveCurves:
    """Losses and accuracies by epoch, drawn while a loop trains.

        curves = LiveCurves()
        for epoch in range(20):
            curves.add(train_loss=train(), val_loss=validate(), val_accuracy=accuracy())

    In a notebook the picture shows itself with the first epoch, and the same output changes with
    those that follow, twice a second at most. Elsewhere nothing is shown; `figure()` has the
    picture everywhere. Names that begin with "val" also get a moving average of `window` epochs,
    and the first of them tells which epoch is the best: the one with the least loss, or with the
    greatest accuracy. What is not finite is left out: the curve has a gap there.

    Raises:
        TypeError: `window` is no whole number.
        ValueError: `window` is below 1, or `theme` is unknown.
    """

    def __init__(self, theme: str = "auto", *, window: int = 5, title: str = "") -> None:
        check_view(theme)
        self._theme, self._title = theme, title
        self._window = whole("window", window, 1)
        self._values: dict[str, dict[int, float]] = {}
        self._epochs = 0
        self._shown = _Output()

    def add(self, **values: Any) -> None:
        """Add the values of one epoch, by name: numbers, or tensors of one number.

        Raises:
            TypeError: a value is no number.
            ValueError: there is no value.
        """
        if not values:
            raise ValueError("add needs at least one value, as in add(train_loss=0.9)")
        read = {name: _number(name, value) for name, value in values.items()}
        self._epochs += 1
        for name, value in read.items():
            self._values.setdefault(name, {})[self._epochs] = value
        self._shown.change(self.figure)

    def figure(self) -> go.Figure:
        """The picture of all epochs so far."""
        lower = [name for name in self._values if _greater(name)]
        upper = [name for name in self._values if not _greater(name)]
        both = bool(lower and upper)
        best = self._best()
        data: list[Properties] = []
        for i, name in enumerate(self._values):
            data += self._curve(name, i, best, {"yaxis": "y2"} if both and name in lower else {})
        layout: Properties = {
            "xaxis": {"title": {"text": "epoch"},
                      **({"dtick": 1} if self._epochs < 9 else {"nticks": 8})},
            "yaxis": {"title": {"text": "loss" if upper else "accuracy"}, "nticks": 6},
            "margin": {"b": 60 + 22 * -(-len(data) // 2)}, "legend": {
                "orientation": "h", "y": -55 / (430 if both else 300), "yanchor": "top"},
        }  # fmt: skip
        if both:
            layout["yaxis"]["domain"] = [0.48, 1]
            layout["yaxis2"] = {"title": {"text": "accuracy"}, "domain": [0, 0.4], "nticks": 5}
            layout["xaxis"]["anchor"] = "y2"
        if best is not None:
            layout["shapes"] = [{
                "type": "line", "xref": "x", "yref": "paper", "x0": best[1], "x1": best[1],
                "y0": 0, "y1": 1, "line": {"color": THEMES[self._theme].ink, "dash": "dot",
                "width": 1.5}, "layer": "below",
            }]  # fmt: skip
        height = (500 if both else 370) + 22 * -(-len(data) // 2)
        return figure(data, layout, self._theme, self._told(best), height)

    def _told(self, best: tuple[str, int, float] | None) -> str:
        """The title: how far the training is, and its best epoch so far, in a phone's one line."""
        told = f"epoch {self._epochs}" if self._epochs else "no epoch yet"
        if best is not None:
            name, epoch, value = best
            told += f", best {epoch}: {name} {short(value)}"
        return f"{self._title}: {told}" if self._title else told[0].upper() + told[1:]

    def _best(self) -> tuple[str, int, float] | None:
        """The name that decides, its best epoch and its value there."""
        names = sorted(self._values, key=lambda name: (not _of_validation(name), _greater(name)))
        for name in names[:1]:
            finite = {e: v for e, v in self._values[name].items() if np.isfinite(v)}
            if finite:
                choose = max if _greater(name) else min
                epoch = choose(finite, key=lambda e: finite[e])
                return name, epoch, finite[epoch]
        return None

    def _curve(
        self, name: str, number: int, best: tuple[str, int, float] | None, place: Properties
    ) -> Iterator[Properties]:
        """The curve of a name and, of a validation, its moving average and its best epoch."""
        values = np.full(self._epochs, np.nan)
        known = self._values[name]
        values[np.fromiter(known, np.int64) - 1] = list(known.values())
        values[~np.isfinite(values)] = np.nan
        some = np.unique(np.linspace(0, self._epochs - 1, min(self._epochs, MOST)).astype(np.int64))
        colour = SERIES[self._theme][number % len(SERIES[self._theme])]
        few = len(some) <= 60
        line = {"color": colour, "dash": DASHES[number % len(DASHES)], "width": 2}
        yield {
            "x": some + 1, "y": values[some], "name": name, "line": line,
            "mode": "lines+markers" if few else "lines",
            "marker": {"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 6},
            "hovertemplate": "epoch %{x}: %{y:.4g}", **place,
        }  # fmt: skip
        if _of_validation(name) and self._window > 1 and np.isfinite(values).sum() >= self._window:
            mean = _moving_average(values, self._window)
            yield {
                "x": some + 1, "y": mean[some], "name": f"{name}, mean of {self._window}",
                "mode": "lines", "line": {"color": colour, "dash": "solid", "width": 5},
                "opacity": 0.4, "hovertemplate": "epoch %{x}: %{y:.4g}", **place,
            }  # fmt: skip
        if best is not None and best[0] == name:
            ink = THEMES[self._theme].ink
            yield {
                "x": [best[1]], "y": [best[2]], "name": "best epoch", "mode": "markers",
                "marker": {"symbol": "star", "size": 15, "color": colour,
                           "line": {"color": ink, "width": 1.5}},
                "hovertemplate": "best: epoch %{x}, %{y:.4g}", **place,
            }  # fmt: skip


class _Output:
    """One output of the cell that runs, which changes until the cell ends."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._at = 0.0
        self._late = False
        self._make: Callable[[], go.Figure] | None = None

    def change(self, make: Callable[[], go.Figure]) -> None:
        """Show what `make` makes, now or, if the last time was just now, when the cell ends."""
        shell = _notebook()
        if shell is None:
            return
        from IPython.display import display

        self._make = make
        if self._handle is None:
            self._handle = display(_bundle(make()), raw=True, display_id=True)
            shell.events.register("post_run_cell", self._end)
        elif time.monotonic() < self._at + PAUSE:
            self._late = True
            return
        else:
            self._handle.update(_bundle(make()), raw=True)
        self._at, self._late = time.monotonic(), False

    def _end(self, *_: Any) -> None:
        """Show the last state. A cell that comes later, or this one once more, has its own output:
        this one may be gone by then."""
        shell = _notebook()
        if shell is not None:
            shell.events.unregister("post_run_cell", self._end)
        if self._late and self._make is not None:
            self._handle.update(_bundle(self._make()), raw=True)
        self._handle, self._late = None, False


def _notebook() -> Any:
    """The shell of the notebook that runs this; None: there is none that shows pictures."""
    found = shell()
    return None if type(found).__name__ == "TerminalInteractiveShell" else found


def _bundle(made: go.Figure) -> dict[str, Any]:
    """A figure as this notebook's front end reads it."""
    if "plotly_mimetype" in (plotly.io.renderers.default or ""):
        # Without what else Plotly would send: a page of its own, with plotly.js in it, each time.
        whole = json.loads(plotly.io.to_json(made, validate=False))
        return {MIME: whole, "text/plain": made.layout.title.text}
    return dict(made._repr_mimebundle_())


def _number(name: str, value: Any) -> float:
    try:
        return float(value.detach() if isinstance(value, torch.Tensor) else value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} must be a number, not {value!r}") from None


def _of_validation(name: str) -> bool:
    return name.lower().startswith("val")


def _greater(name: str) -> bool:
    return any(part in name.lower() for part in GREATER_IS_BETTER)


def _moving_average(values: Array, window: int) -> Array:
    """The mean of each `window` values, at the last of them; of those that are there."""
    known = np.isfinite(values)
    sums = np.cumsum(np.pad(np.where(known, values, 0), (window, 0)))
    counts = np.cumsum(np.pad(known.astype(np.float64), (window, 0)))
    with np.errstate(invalid="ignore"):
        mean: Array = (sums[window:] - sums[:-window]) / (counts[window:] - counts[:-window])
    mean[: window - 1] = np.nan
    return mean
