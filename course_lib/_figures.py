"""Build the figures of `plots` and `animation` from plain dicts, as plotly.js reads them.

Plotly's Python classes check every property that they are given, which takes a tenth of a second
for an animation. So figures are made unchecked here, and the tests have Plotly check them.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import ceil, floor, isfinite, log10
from textwrap import wrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from course_lib._arrays import Array
from course_lib._themes import THEMES, template_of

REMOVED = ["zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "sendChartToCloud"]
Properties = dict[str, Any]  # of a trace, of a layout or of a part of it

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARGIN = {"l": 50, "r": 15, "t": 65}
RIGHT = {"xaxis": "x2", "yaxis": "y2"}  # of a trace in the right one of two plots side by side


def check_view(theme: str, extent: float = 1.0) -> None:
    """Check what most figures are asked for.

    Raises:
        ValueError: `extent` or `theme` is not usable.
    """
    if not (isfinite(extent) and extent > 0):
        raise ValueError(f"extent must be a positive number, not {extent!r}")
    if theme not in THEMES:
        raise ValueError(f"theme must be 'auto', 'light' or 'dark', not {theme!r}")


def short(number: float) -> str:
    """A number in at most three digits, with a true minus sign."""
    return f"{0.0 if abs(number) < 1e-9 else number:.3g}".replace("-", "−")


def axis(title: str, nticks: int, reach: float | None = None) -> Properties:
    """An axis from -reach to reach, or as long as the data; its title may be empty."""
    named = {"title": {"text": title}} if title else {}
    return {**named, "nticks": nticks, **({} if reach is None else {"range": [-reach, reach]})}


def side_by_side(left: str, right: str, **axes: Properties) -> Properties:
    """The layout of two plots with these titles.

    The left one has xaxis and yaxis, the right one xaxis2 and yaxis2.
    """
    places = {
        "xaxis": {"anchor": "y", "domain": [0.0, 0.45]},
        "yaxis": {"anchor": "x", "domain": [0.0, 1.0]},
        "xaxis2": {"anchor": "y2", "domain": [0.55, 1.0]},
        "yaxis2": {"anchor": "x2", "domain": [0.0, 1.0]},
    }
    title = {
        "xref": "paper", "yref": "paper", "y": 1.0, "xanchor": "center", "yanchor": "bottom",
        "showarrow": False, "font": {"size": 16},
    }  # fmt: skip
    return {
        **{name: {**place, **axes.get(name, {})} for name, place in places.items()},
        "annotations": [{"text": left, "x": 0.225, **title}, {"text": right, "x": 0.775, **title}],
    }


def player(
    labels: Mapping[str, str],
    prefix: str,
    theme: str,
    height: int,
    legend: Sequence[str] = (),
    *,
    group: str | None = None,
    chooser: Properties | None = None,
    redraw: bool = False,
    milliseconds: int = 60,
) -> Properties:
    """Layout of the play and pause buttons and the slider, between plot and legend.

    `labels` says what the slider shows for each frame, after the prefix; `legend` has the names in
    the legend, for which there is room on a phone too. "Play" shows the frames of `group` (None:
    all), each for so many milliseconds; `redraw` is needed where a frame has more than x, y and
    text. `chooser` is a second slider, from `choosing`, below the first one.
    """
    jump = _jump(redraw)
    buttons = [("Play", play_args(group, redraw, milliseconds)), ("Pause", [[None], jump])]
    widest = max(
        (38 + 6 * len(name) for name in legend), default=1
    )  # plotly.js makes all entries as wide
    rows = ceil(len(legend) / max(1, 330 // widest))
    controls = 126 + (CHOOSER if chooser else 0)
    margin = {**MARGIN, "b": controls + 20 * rows}
    below = -controls / (height - margin["t"] - margin["b"])
    frames_slider = {"steps": jumps(labels, redraw), **_slider(prefix, theme), "y": 0,
                     "pad": {"t": 54, "l": 130}}  # fmt: skip
    return {
        "margin": margin,
        "legend": {"orientation": "h", "x": 0, "y": below, "yanchor": "top"},
        "sliders": [frames_slider, *([chooser] if chooser else [])],
        "updatemenus": [{
            "type": "buttons", "direction": "left", "showactive": False, "x": 0, "xanchor": "left",
            "y": 0,
            "yanchor": "top", "pad": {"t": 72}, "bgcolor": "#DDDDDD", "font": {"color": "#222222"},
            "buttons": [{"label": label, "method": "animate",
            "args": args} for label, args in buttons],
        }],
    }  # fmt: skip


CHOOSER = 72  # the height of a second slider


def choosing(steps: Sequence[Properties], prefix: str, theme: str, active: int = 0) -> Properties:
    """A second slider, for `player`: its steps call plotly.js's methods, as "update"."""
    look = _slider(prefix, theme)
    return {"steps": list(steps), **look, "active": active, "y": 0, "pad": {"t": 48 + CHOOSER}}


def jumps(labels: Mapping[str, str], redraw: bool = False) -> list[Properties]:
    """The steps of a slider, each of which shows a frame: from the frame's name to its label."""
    return [
        {"label": label, "method": "animate", "args": [[name], _jump(redraw)]}
        for name, label in labels.items()
    ]


def play_args(group: str | None, redraw: bool = False, milliseconds: int = 60) -> list[Any]:
    """What "Play" tells plotly.js: the frames of a group, or all, from the one shown."""
    frame = {"duration": milliseconds, "redraw": redraw}
    return [group, {**_jump(redraw), "frame": frame, "fromcurrent": True}]


def _jump(redraw: bool) -> Properties:
    return {
        "frame": {"duration": 0, "redraw": redraw},
        "mode": "immediate",
        "transition": {"duration": 0},
    }


def _slider(prefix: str, theme: str) -> Properties:
    """A slider's look: what is chosen stands above it, and nothing at its single steps."""
    return {
        "currentvalue": {"prefix": prefix, "font": {"size": 13, "color": THEMES[theme].ink}},
        "ticklen": 0,
        "minorticklen": 0,
        "font": {"color": "rgba(0,0,0,0)", "size": 1},
    }


class Figure(go.Figure):  # type: ignore[misc]  # Plotly has no types
    """A figure that shows itself where nbformat is missing, too: a kernel alone is without it."""

    def _ipython_display_(self) -> None:
        if find_spec("nbformat") is None:  # Plotly would raise an error, and show the figure then
            from IPython.display import display

            display(self._repr_mimebundle_(), raw=True)
        else:
            super()._ipython_display_()


class _Frame(go.Frame):  # type: ignore[misc]  # Plotly has no types
    """A frame in which only what changes is written.

    Once somebody reads it, its traces are whole, and checked.
    """

    def __getitem__(self, name: str) -> Any:
        if not self._validate:  # type: ignore[has-type]
            self._validate = True
            self["data"] = self._whole
        return super().__getitem__(name)


def frames(
    states: Mapping[str, list[Properties]],
    group: str | None = None,
    layouts: Mapping[str, Properties] | None = None,
    still: int = 0,
) -> list[_Frame]:
    """Frames through `states`, from name to traces; the figure itself shows the first.

    Of a trace, x, y, z and text may change; what is the same in all states is written in none.
    `layouts` has what changes in the layout, by name. With a `group`, a button can play these
    frames alone. The first `still` traces are in no frame: contours would vanish without a redraw.
    """
    states = {name: traces[still:] for name, traces in states.items()}
    moving = [
        [
            key
            for key in ("x", "y", "z", "text")
            if key in trace[0] and any(_differ(trace[0][key], t[key]) for t in trace)
        ]
        for trace in zip(*states.values(), strict=True)
    ]
    for trace, keys in zip(next(iter(states.values())), moving, strict=True):
        if keys and "type" in trace:
            keys.append("type")  # plotly.js knows it; Plotly would take it for a scatter trace
    made = []
    for name, traces in states.items():
        data = [
            {key: trace[key] if key == "type" else packed(trace[key]) for key in keys}
            for trace, keys in zip(traces, moving, strict=True)
        ]
        more: Properties = {} if group is None else {"group": group}
        if still:
            more = {**more, "traces": list(range(still, still + len(traces)))}
        if layouts is not None:
            more = {**more, "layout": layouts[name]}
        frame = _Frame({"name": name, "data": data, **more}, _validate=False)
        frame._whole = traces
        made.append(frame)
    return made


def _differ(one: Any, other: Any) -> bool:
    return one is not other and not np.array_equal(one, other)


def log_ticks(low: float, high: float) -> Properties:
    """Ticks of a logarithmic axis that shows `low` to `high`, each with its whole number.

    plotly.js would write 2 and 5 for 20 and 50, or 0.02 and 0.05, between the powers of ten.
    """
    first, last = floor(log10(low)), ceil(log10(high))
    if log10(high / low) < 2:
        steps = (1, 2, 5) if high > 3 * low else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
        values = [step * 10.0**power for power in range(first, last + 1) for step in steps]
    else:
        values = [10.0**power for power in range(first, last + 1, 1 + (last - first) // 8)]
    texts = [
        f"{value:g}" if 1e-4 < value < 1e6 else f"{value:.0e}".replace("e-0", "e-")
        for value in values
    ]
    return {"tickmode": "array", "tickvals": values, "ticktext": texts}


def single(values: Array) -> NDArray[Any]:
    """An array in single precision where possible: half as much to write and send."""
    sizes = np.abs(values[values != 0])
    return (
        values.astype("<f4")
        if not sizes.size or (sizes.min() > 1e-30 and sizes.max() < 1e30)
        else values
    )


def packed(values: Any) -> Any:
    """An array for plotly.js, in single precision where possible; a list as it is."""
    if isinstance(values, list):
        return values
    array = values if values.dtype == np.int8 else single(values)
    shape = {"shape": ", ".join(map(str, array.shape))} if array.ndim > 1 else {}
    return {"dtype": array.dtype.str[1:], "bdata": b64encode(array.tobytes()).decode(), **shape}


def figure(
    data: list[Properties],
    layout: Properties,
    theme: str,
    title: str,
    height: int,
    *,
    legend: bool = True,
    frames: Sequence[go.Frame] = (),
) -> go.Figure:
    """A figure in the common style: as wide as the page, legend below.

    A title too long for a phone becomes several lines."""
    lines = wrap(title, 42)  # as many letters as a phone has room for
    margin = {**MARGIN, **layout.get("margin", {}), "t": 43 + 22 * len(lines)}
    look = {
        "template": template_of(theme), "height": height,
        "title": {"text": "<br>".join(lines), "x": 0.02, "y": 0.97,
        "yanchor": "top"}, "showlegend": legend,
        "legend": {"orientation": "h", "y": -0.17, "yanchor": "top"},
        "modebar": {"remove": REMOVED},
    }  # fmt: skip
    made = Figure(data, {**look, **layout, "margin": margin}, _validate=False)
    made._frame_objs = list(frames)  # to set `made.frames` would check them
    for part in (made, made.layout, *made.data):
        part._validate = True  # what the reader changes is checked
    return made
