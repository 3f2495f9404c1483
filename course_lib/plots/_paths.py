"""Ways down a landscape."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import floor, log10
from typing import Any

import numpy as np
import plotly.graph_objects as go

from course_lib._arrays import Array, Values
from course_lib._figures import (
    DASHES,
    Properties,
    check_view,
    choosing,
    figure,
    frames,
    jumps,
    packed,
    play_args,
    player,
    short,
)
from course_lib._themes import SERIES, THEMES
from course_lib.landscapes import Landscape
from course_lib.plots._levels import Map
from course_lib.plots._walks import (
    Walk,
    check_arrows,
    check_landscape,
    heights,
    read_walks,
    slopes,
    view,
)

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "pentagon", "star-triangle-down")
FRAMES = 61
# Of all trails in all frames: 0.7 MB, where a graded notebook keeps 2 MB of a cell.
BUDGET = 60_000
HEIGHT = 720
GRID = (153, 99)
AROUND = (3.4, 2.2)  # how much of the plane is computed, in views: a wide page shows more of it


def contour_paths(
    landscape: Landscape,
    paths: Mapping[str, Values | Mapping[float, Values]],
    *,
    arrows: Collection[str] = (),
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """The ways of several optimizers down a landscape, seen from above.

    A slider and a button move them; where each path is its start alone, there is nothing to move.

    `paths` has a path for each name, (steps + 1, 2), the start first; or, for each name, paths by
    learning rate: a second slider then goes through the rates. A click in the legend hides or shows
    a path. The legend says the height at which each one ends. A path that is no longer finite, or
    far outside the view, ends there, and the legend says so. Rates of which there is no path for a
    name show the others.

    `arrows` has names of paths whose next step is drawn in two parts, enlarged: the learning rate
    times the negative gradient, and the rest, which momentum adds (Nesterov's too). Those paths
    must be given by learning rate, if only by one.

    The slider goes through at most 61 steps. The whole path is a thin line under its trail.

        contour_paths(BEALE, {"SGD": sgd, "Adam": adam})
        contour_paths(RAVINE, {"SGD": {0.05: a, 0.09: b}, "momentum": {0.05: c, 0.09: d}},
                      arrows=["momentum"])

    Raises:
        TypeError: `landscape` is none.
        ValueError: there is no path, one has another shape or does not start at finite numbers, a
            rate is not positive, `arrows` has an unknown name or one without rates, or `theme` is
            unknown.
    """
    check_view(theme)
    check_landscape(landscape)
    by_rate = read_walks(landscape, paths)
    names = [str(name) for name in paths]
    check_arrows(arrows, names if None not in by_rate else [])
    hills = _map(landscape)
    film = _Film(landscape, hills, names, by_rate, [str(name) for name in arrows], theme)
    first = next(iter(by_rate))
    layout = {**_axes(landscape), "images": [hills.picture(theme)]}
    rates = [film.switch(rate) for rate in by_rate] if len(by_rate) > 1 else []
    made = [frame for rate in by_rate for frame in film.frames(rate)]
    if len(made) > 1:
        layout |= _controls(film, first, rates, theme)
    text = landscape.name if title is None else title
    return figure(film.states(first)[-1], layout, theme, text, HEIGHT, frames=made)


class _Film:
    """What is drawn for each learning rate and each step; arguments are checked."""

    def __init__(
        self,
        landscape: Landscape,
        hills: Map,
        names: list[str],
        by_rate: dict[float | None, dict[str, Walk]],
        arrows: list[str],
        theme: str,
    ) -> None:
        self._landscape, self._names, self._by_rate = landscape, names, by_rate
        self._arrows, self._theme = arrows, theme
        self._scale = _enlarged(landscape, by_rate, arrows) if arrows else 1.0
        frames = sum(len(self._steps(rate)) for rate in by_rate)
        self._trail = max(8, BUDGET // (frames * len(names)))
        notes = self._points_of_note()
        avoid = [point for t in notes for point in zip(t["x"], t["y"], strict=True)]
        self._background = [*hills.traces(theme, avoid), *notes]

    def group(self, rate: float | None) -> str:
        """The name of a learning rate's frames."""
        return "paths" if rate is None else f"rate {rate:g}"

    def labels(self, rate: float | None) -> dict[str, str]:
        """By the name of each frame, the step."""
        start = "" if rate is None else f"{rate:g}, "
        return {f"{start}step {step:g}": f"{step:g}" for step in self._steps(rate)}

    def legend(self, rate: float | None) -> list[str]:
        """What the legend says of each path."""
        found = self._by_rate[rate]
        return [f"{n}: {found[n].end}" if n in found else f"{n}: no path" for n in self._names]

    def arrow_names(self) -> list[str]:
        """What it says of the arrows."""
        times = "" if self._scale == 1 else f", ×{self._scale:g}"
        return [f"−lr·gradient{times}", f"momentum{times}"] if self._arrows else []

    def states(self, rate: float | None) -> list[list[Properties]]:
        """For each frame, all traces."""
        return [[*self._background, *self._moving(rate, step)] for step in self._steps(rate)]

    def frames(self, rate: float | None) -> list[Any]:
        """The frames of a learning rate."""
        states = dict(zip(self.labels(rate), self.states(rate), strict=True))
        return list(frames(states, self.group(rate), still=len(self._background)))

    def switch(self, rate: float | None) -> Properties:
        """The step of the second slider that shows the paths of a learning rate, at their ends."""
        moving = self.states(rate)[-1][len(self._background) :]
        labels = self.labels(rate)
        change = {key: [packed(trace[key]) for trace in moving] for key in ("x", "y")}
        change["text"] = [trace.get("text") for trace in moving]
        change["name"] = [trace["name"] for trace in moving]
        controls = {
            "sliders[0].steps": jumps(labels),
            "sliders[0].active": len(labels) - 1,
            "updatemenus[0].buttons[0].args": play_args(self.group(rate)),
        }
        start = len(self._background)
        traces = list(range(start, start + len(moving)))
        return {"label": f"{rate:g}", "method": "update", "args": [change, controls, traces]}

    def _steps(self, rate: float | None) -> Array:
        last = max(len(path.points) for path in self._by_rate[rate].values()) - 1
        return np.unique(np.linspace(0, last, min(FRAMES, last + 1)).round())

    def _points_of_note(self) -> list[Properties]:
        ink = THEMES[self._theme].ink
        starts = {
            tuple(path.points[0].tolist())
            for found in self._by_rate.values()
            for path in found.values()
        }
        kinds = (
            ("minimum", self._landscape.minima, "star", 15),
            ("saddle point", self._landscape.saddles, "x-thin-open", 11),
            ("start", sorted(starts), "circle-open", 13),
        )
        made: list[Properties] = []
        for name, places, symbol, size in kinds:
            if places:
                x, y = np.array(places, dtype=np.float64).T
                marker = {"symbol": symbol, "size": size, "color": ink, "line": {"width": 2}}
                text = [f"{name}, f = {short(h)}" for h in heights(self._landscape, x, y)]
                made.append({
                    "x": x, "y": y, "mode": "markers+text", "name": name, "marker": marker,
                    "text": [name] * len(x), "textposition": "bottom center", "customdata": text,
                    "textfont": {"color": ink},
                    "hovertemplate": "%{customdata}<extra></extra>", "showlegend": False,
                })  # fmt: skip
        return made

    def _moving(self, rate: float | None, step: float) -> list[Properties]:
        """The traces of all paths at a step: the whole path, the trail, where it is."""
        colours = SERIES[self._theme]
        made: list[Properties] = []
        nowhere = Walk(np.full((1, 2), np.nan), np.zeros(1, dtype=np.int64), "no path")
        labels = self.legend(rate)
        for i, name in enumerate(self._names):
            path = self._by_rate[rate].get(name, nowhere)
            line = {"color": colours[i % len(colours)], "dash": DASHES[i % (len(DASHES) - 1)]}
            at = min(int(step), len(path.points) - 1)
            group = {"legendgroup": name, "name": labels[i]}
            quiet = {**group, "mode": "lines", "showlegend": False, "hoverinfo": "skip"}
            made += [
                {**_xy(path.points[path.line]), **quiet, "line": {**line, "width": 1}},
                {**_xy(path.trail(at, self._trail)), **quiet, "line": {**line, "width": 3}},
                {**_xy(path.points[at : at + 1]), **group, "mode": "lines+markers", "line": line,
                 "marker": self._head(i), "text": [self._said(name, path, at)],
                 "hovertemplate": "%{text}<extra></extra>"},
            ]  # fmt: skip
        for name in self._arrows:
            made += self._two_parts(name, self._by_rate[rate].get(name, nowhere), step)
        return made

    def _head(self, i: int) -> Properties:
        colours = SERIES[self._theme]
        edge = {"color": THEMES[self._theme].ink, "width": 1}
        return {"symbol": SYMBOLS[i % len(SYMBOLS)], "size": 11, "color": colours[i % len(colours)],
                "line": edge}  # fmt: skip

    def _said(self, name: str, path: Walk, at: int) -> str:
        x, y = path.points[at]
        height = heights(self._landscape, x[None], y[None])[0]
        return f"{name}, step {at}<br>f({short(x)}, {short(y)}) = {short(height)}"

    def _two_parts(self, name: str, path: Walk, step: float) -> list[Properties]:
        """The arrows of the next step."""
        ink, at = THEMES[self._theme].ink, int(step)
        parts = np.full((3, 2), np.nan)
        if path.lr is not None and at + 1 < len(path.points):
            here, there = path.points[at : at + 2]
            downhill = -path.lr * slopes(self._landscape, here)
            parts = np.array([here, here + self._scale * downhill,
                              here + self._scale * (there - here)])  # fmt: skip
        first = name == self._arrows[0]
        made = []
        for label, dash, points in zip(
            self.arrow_names(), ("solid", "dot"), (parts[:2], parts[1:]), strict=True
        ):
            head = {"symbol": "arrow", "angleref": "previous", "size": [0, 11], "color": ink}
            look = {"line": {"color": ink, "width": 2, "dash": dash}, "marker": head}
            made.append({
                **_xy(points), **look, "mode": "lines+markers", "name": label, "hoverinfo": "skip",
                "legendgroup": name, "showlegend": first,
            })  # fmt: skip
        return made


def _xy(points: Array) -> Properties:
    return {"x": points[:, 0], "y": points[:, 1]}


def _enlarged(
    landscape: Landscape, by_rate: dict[float | None, dict[str, Walk]], arrows: list[str]
) -> float:
    """How many times as long as they are the arrows are drawn: 1, 2, 5, 10, …"""
    size = float(view(landscape)[1].min())
    paths = [found[name].points for found in by_rate.values() for name in arrows if name in found]
    moves = np.concatenate([np.hypot(*np.diff(points[:30], axis=0).T) for points in paths])
    usual, longest = (float(np.quantile(moves, q)) if len(moves) else 0.0 for q in (0.5, 1.0))
    wanted = max(min(0.2 * size / (usual or size), size / (longest or size)), 1.0)
    power = 10.0 ** floor(log10(wanted))
    return max(power * k for k in (1, 2, 5) if power * k <= wanted)


def _map(landscape: Landscape) -> Map:
    """The heights in the view and around it."""
    low, size = view(landscape)
    middle = low + size / 2
    x, y = (
        np.linspace(m - a * s / 2, m + a * s / 2, n)
        for m, s, a, n in zip(middle, size, AROUND, GRID, strict=True)
    )
    z = heights(landscape, *np.meshgrid(x, y))
    middling = z[GRID[1] // 4 : -GRID[1] // 4, GRID[0] // 3 : -GRID[0] // 3]
    if not np.isfinite(middling).any():
        raise ValueError("landscape.value must be finite somewhere in the view")
    return Map(x, y, z, landscape.view)


def _axes(landscape: Landscape) -> Properties:
    left, right, bottom, top = landscape.view
    common = {"zeroline": False, "showgrid": False, "nticks": 8}
    return {
        "xaxis": {"title": {"text": "x"}, "range": [left, right], **common},
        "yaxis": {"title": {"text": "y"}, "range": [bottom, top], "scaleanchor": "x", **common},
    }


def _controls(film: _Film, first: float | None, rates: list[Properties], theme: str) -> Properties:
    """The slider over the steps, at its end, and one over the rates where there are several."""
    labels = film.labels(first)
    legend = [*film.legend(first), *film.arrow_names()]
    chooser = choosing(rates, "learning rate: ", theme) if rates else None
    group = film.group(first)
    made = player(labels, "step ", theme, HEIGHT, legend, group=group, chooser=chooser)
    made["sliders"][0]["active"] = len(labels) - 1
    return made
