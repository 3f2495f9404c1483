"""`figure`: what plotly.js would show, read off the figure's JSON in any of the forms that Plotly has for it."""

from __future__ import annotations

import base64
import binascii
import json
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from plotly.basedatatypes import BaseFigure

from autograder import wire
from course_lib import datasets
from course_lib._once import Once
from course_lib.expect import Mismatch

LEAST_FRAMES = 20
NEAR = 0.01  # in the units of y: rounded coordinates are near enough
MOST_POINTS = 20_000  # at a time; nobody sees more
TOO_MANY = "figure shows far more points at a time than there are in the data"
SIZES = {"float": (4, 8), "int": (1, 2, 4), "uint": (1, 2, 4)}
TYPES = {  # Plotly's names of typed arrays, short and long
    name: f"<{kind[0]}{size}"
    for kind, sizes in SIZES.items()
    for size in sizes
    for name in (f"{kind[0]}{size}", f"{kind}{8 * size}")
}
Points = torch.Tensor  # (m, 2), float64


class Film(NamedTuple):
    """A figure: what each trace shows at first and after each frame, and the names by which frames are called."""

    first: list[Points]
    states: list[list[Points]]
    names: set[str]
    layout: dict[str, Any]


def film(submission: Any) -> Film:
    """Read the figure, for all tests."""
    figure = _figure(submission.figure)
    traces = [_dict(trace) for trace in _list(figure.get("data"))]
    shown = [_points(trace) for trace in traces]
    first, states, names = list(shown), [], set()
    for number, frame in enumerate(map(_dict, _list(figure.get("frames")))):
        data = [_dict(trace) for trace in _list(frame.get("data"))]
        places = _list(frame["traces"]) if "traces" in frame else list(range(len(data)))
        for place, change in zip(places, data, strict=False):
            if isinstance(place, int) and 0 <= place < len(traces):  # plotly.js leaves out traces that are not there
                traces[place] = traces[place] | change
                shown[place] = _points(traces[place])
        if data:
            states.append(list(shown))
            names.add(_name(frame.get("name", f"frame {number}")))
            names.add(_name(frame.get("group", "")))
    for state in (first, *states):
        if sum(map(len, state)) > MOST_POINTS:
            raise Mismatch(TOO_MANY)
    return Film(first, states, names - {""}, _dict(figure.get("layout")))


def _figure(value: object) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if not isinstance(value, BaseFigure | wire.Figure):
        raise Mismatch("figure is no Plotly figure: is it what the animating function returned?")
    text = value.json if isinstance(value, wire.Figure) else str(value.to_json())
    try:
        return _dict(json.loads(text))
    except (ValueError, RecursionError):
        raise Mismatch("figure can't be read: its JSON is broken") from None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _name(value: object) -> str:
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
    """One row of numbers out of a list, an array, a tensor or Plotly's typed arrays; empty if it is none."""
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
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), dtype=TYPES[kind])
    except (ValueError, binascii.Error):
        return None


def distances(target: Points, shown: Points) -> Points:
    """How far each point of the first is from the nearest one of the second."""
    return torch.cdist(target, shown).amin(dim=1) if len(shown) else torch.full((len(target),), torch.inf)


def notebook_target() -> Points:
    return datasets.quadratic().y.double()


@pytest.mark.task("animation", weight=2)
def test_figure_has_frames(submission: Any, once: Once) -> None:
    """figure is a Plotly figure with at least 20 frames."""
    if len(once(film, submission).states) < LEAST_FRAMES:
        raise Mismatch("figure has fewer than 20 frames: record the training more often")


@pytest.mark.task("animation", weight=2)
@pytest.mark.parametrize("moment", ["beginning", "end"])
def test_figure_shows_the_target(submission: Any, once: Once, moment: str) -> None:
    """The points of y can be seen, from the beginning to the end."""
    found = once(film, submission)
    states = [found.first, *found.states]
    for state in states[:2] if moment == "beginning" else (states[len(states) // 2], states[-1]):
        far = distances(notebook_target(), torch.cat([torch.empty(0, 2, dtype=torch.float64), *state])) > NEAR
        if bool(far.any()):
            hint = "is the target drawn, with its first column across and its second upwards?"
            raise Mismatch(f"at the {moment}, {int(far.sum())} of the 500 points of y can't be found in figure: {hint}")


@pytest.mark.task("animation")
def test_figure_moves(submission: Any, once: Once) -> None:
    """What the frames show changes from frame to frame."""
    states = once(film, submission).states
    moved = 0
    for before, after in pairwise(states):
        pairs = zip(before, after, strict=True)
        moved += any(len(a) != len(b) or bool(((a - b).abs() > 1e-6).any()) for a, b in pairs)
    if moved < min(LEAST_FRAMES // 2, max(1, len(states) - 1)):
        raise Mismatch("most frames show what the one before shows: does each hold the prediction of another step?")


@pytest.mark.task("animation")
def test_figure_comes_closer(submission: Any, once: Once) -> None:
    """The points that move end closer to the target than they began."""
    states, target = once(film, submission).states, notebook_target()
    if len(states) < 2:
        raise Mismatch("figure has too few frames for anything to move")
    for begin, end in zip(states[0], states[-1], strict=True):
        if len(begin) and len(end) and float(distances(end, target).mean()) < float(distances(begin, target).mean()):
            return
    raise Mismatch("nothing in figure comes closer to the target: are the frames in the order of training?")


@pytest.mark.task("animation", weight=2)
def test_figure_has_a_play_button(submission: Any, once: Once) -> None:
    """There is a button that plays the frames."""
    menus = map(_dict, _list(once(film, submission).layout.get("updatemenus")))
    buttons = [_dict(button) for menu in menus for button in _list(menu.get("buttons"))]
    if not any(button.get("method") == "animate" and _plays(button) for button in buttons):
        raise Mismatch("figure has no button that plays: one with method 'animate' whose first argument is None")


def _plays(button: dict[str, Any]) -> bool:
    """Whether all frames run, or a list of them; to animate to [None] is to pause."""
    args = _list(button.get("args"))
    return not args or args[0] is None or isinstance(args[0], str) or len(_list(args[0])) > 1


@pytest.mark.task("animation", weight=2)
def test_figure_has_a_slider(submission: Any, once: Once) -> None:
    """There is a slider whose steps lead to frames."""
    found = once(film, submission)
    sliders = [_list(_dict(slider).get("steps")) for slider in _list(found.layout.get("sliders"))]
    for steps in sliders:
        reached = {name for step in map(_dict, steps) for name in _leads_to(step, found.names)}
        if len(reached) > 1:
            return
    if any(sliders):
        raise Mismatch("the steps of figure's slider lead to no frames: do they animate to the names of frames?")
    raise Mismatch("figure has no slider with steps")


def _leads_to(step: dict[str, Any], names: set[str]) -> set[str]:
    """The frames that a step animates to: by name, or given whole."""
    args = _list(step.get("args"))
    if step.get("method") != "animate" or not args:
        return set()
    wanted = args[0] if isinstance(args[0], list | tuple) else [args[0]]
    given = {str(id(frame)) for frame in wanted if isinstance(frame, dict)}
    return given | ({_name(name) for name in wanted if not isinstance(name, dict)} & names)
