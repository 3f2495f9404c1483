"""A Plotly figure as plotly.js would show it, read off the
figure's JSON in any of the forms that Plotly has for it.

Frames are read one after the other, and no more is kept than a few of them: a film may be tens of
megabytes long.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, NamedTuple

import numpy as np
import torch
from plotly.basedatatypes import BaseFigure

from autograder import wire
from course_lib.expect import Mismatch

MOST_POINTS = 20_000  # at a time; nobody sees more
TOO_MANY = "figure shows far more points at a time than there are in the data"
STILL = 1e-6  # what moves less does not move
SIZES = {"float": (4, 8), "int": (1, 2, 4), "uint": (1, 2, 4)}
TYPES = {  # Plotly's names of typed arrays, short and long
    name: f"<{kind[0]}{size}"
    for kind, sizes in SIZES.items()
    for size in sizes
    for name in (f"{kind[0]}{size}", f"{kind}{8 * size}")
}
Points = torch.Tensor  # (m, 2), float64


class Film(NamedTuple):
    """A figure: what is seen at some moments, how often it
    changes, and how its frames are called.

    `moments` are: before the first frame, at the first, the middle and the last one. `begin` and
    `end` are the points that move, where they are in the first and in the last frame. `names` and
    `groups` hold the numbers of the frames, in their order.
    """

    length: int
    moments: list[Points]
    changes: int
    begin: Points
    end: Points
    names: dict[str, int]
    groups: dict[str, list[int]]
    layout: dict[str, Any]


def film(submission: Any) -> Film:
    """Read the figure, for all tests."""
    figure = _figure(submission.figure)
    stage = _Stage([as_dict(trace) for trace in as_list(figure.get("data"))])
    frames = [as_dict(frame) for frame in as_list(figure.get("frames"))]
    told = [number for number, frame in enumerate(frames) if as_list(frame.get("data"))]
    wanted = [told[k] for k in (0, len(told) // 2, -1)] if told else []
    moments, changes = [stage.seen()], 0
    names: dict[str, int] = {}
    groups: dict[str, list[int]] = {}
    for number in told:
        changed = stage.show(frames[number], first=number == told[0])
        changes += changed and number != told[0]
        names[name_of(frames[number].get("name", f"frame {number}"))] = number
        if (group := frames[number].get("group")) is not None:
            groups.setdefault(name_of(group), []).append(number)
        if number in wanted:  # else each frame would copy all points
            moments += [stage.seen()] * wanted.count(number)
    begin, end = stage.moving()
    layout = as_dict(figure.get("layout"))
    return Film(len(told), moments, changes, begin, end, names, groups, layout)


class _Stage:
    """What is shown: each trace as it is now, where its points
    were in the first frame, and which of them moved.
    """

    def __init__(self, traces: list[dict[str, Any]]) -> None:
        self._traces = traces
        self._now = [_points(trace) for trace in traces]
        self._begin = list(self._now)
        self._moved = [torch.zeros(len(points), dtype=torch.bool) for points in self._now]
        self._total = sum(map(len, self._now))
        self._check()

    def show(self, frame: dict[str, Any], *, first: bool) -> bool:
        """Put a frame's data in the place of what was there;
        whether anything looks different now.
        """
        data = [as_dict(trace) for trace in as_list(frame.get("data"))]
        places = as_list(frame["traces"]) if "traces" in frame else list(range(len(data)))
        changed = False
        for place, change in zip(places, data, strict=False):
            if isinstance(place, int) and 0 <= place < len(
                self._traces
            ):  # plotly.js leaves out what is not there
                self._traces[place] = self._traces[place] | change
                changed |= self._replace(place, _points(self._traces[place]), first=first)
        self._check()
        return changed

    def _replace(self, place: int, points: Points, *, first: bool) -> bool:
        before = self._now[place]
        self._now[place] = points
        self._total += len(points) - len(before)
        if first or len(points) != len(self._begin[place]):
            self._begin[place] = points
            self._moved[place] = torch.full((len(points),), not first)
        else:
            self._moved[place] |= _differs(points, self._begin[place])
        return len(points) != len(before) or bool(_differs(points, before).any())

    def _check(self) -> None:
        if self._total > MOST_POINTS:
            raise Mismatch(TOO_MANY)

    def seen(self) -> Points:
        """All points that are shown now."""
        return torch.cat([torch.empty(0, 2, dtype=torch.float64), *self._now])

    def moving(self) -> tuple[Points, Points]:
        """The points that moved, in the first frame and now."""
        empty = torch.empty(0, 2, dtype=torch.float64)
        begin = [points[moved] for points, moved in zip(self._begin, self._moved, strict=True)]
        end = [points[moved] for points, moved in zip(self._now, self._moved, strict=True)]
        return torch.cat([empty, *begin]), torch.cat([empty, *end])


def _differs(one: Points, other: Points) -> torch.Tensor:
    return ((one - other).abs() > STILL).any(dim=1)


def _figure(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if not isinstance(value, BaseFigure | wire.Figure):
        raise Mismatch("figure is no Plotly figure: is it what the animating function returned?")
    text = value.json if isinstance(value, wire.Figure) else str(value.to_json())
    try:
        return as_dict(json.loads(text))
    except (ValueError, RecursionError):
        raise Mismatch("figure can't be read: its JSON is broken") from None


def as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def name_of(value: object) -> str:
    """A frame's name; plotly.js makes text of numbers."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _points(trace: dict[str, Any]) -> Points:
    """What a trace shows; nothing where it has no x and y, or is hidden."""
    x, y = _numbers(trace.get("x")), _numbers(trace.get("y"))
    if trace.get("visible", True) is not True:
        x = x[:0]
    count = min(len(x), len(y))
    points = torch.from_numpy(np.stack([x[:count], y[:count]], axis=1))
    return points[torch.isfinite(points).all(dim=1)]


def _numbers(value: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    """One row of numbers out of a list, an array, a tensor or
    Plotly's typed arrays; empty if it is none.
    """
    if isinstance(value, dict):
        value = _typed(value)
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    if not isinstance(value, list | tuple | np.ndarray):
        return np.empty(0)
    try:
        if len(value) > MOST_POINTS:
            raise Mismatch(TOO_MANY)
        found = np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        return np.empty(0)
    return found if found.ndim == 1 else np.empty(0)


def _typed(value: dict[str, Any]) -> np.ndarray[Any, Any] | None:
    kind, text = value.get("dtype"), value.get("bdata")
    if not isinstance(kind, str) or kind not in TYPES or not isinstance(text, str):
        return None
    if "," in str(value.get("shape", "")):  # rows and columns, which are no coordinates
        return None
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), dtype=TYPES[kind])
    except (ValueError, binascii.Error):
        return None
