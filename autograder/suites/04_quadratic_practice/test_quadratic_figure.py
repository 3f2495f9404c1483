"""`figure`: its frames, the target and the predictions in them, and what plays them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from film_04 import STILL, Film, Points, as_dict, as_list, film, name_of

from course_lib import datasets, follow_through
from course_lib._once import Once
from course_lib.expect import Mismatch

LEAST_FRAMES, LEAST_CHANGES, LEAST_STEPS = 20, 12, 5
LEAST_POINTS = 450  # of 500
MOST_OUTSIDE = 250  # of 500: who cuts off a part of the target still shows it
NEAR = 0.01  # in the units of y: rounded coordinates are near enough
MOMENTS = ("before the first frame", "in the first frame", "in the middle", "in the last frame")
MOVES = "test_figure_comes_closer"


def distances(these: Points, others: Points) -> Points:
    """How far each point of the first is from the nearest one of the second."""
    return (
        torch.cdist(these, others).amin(dim=1)
        if len(others)
        else torch.full((len(these),), torch.inf)
    )


def own_target(submission: Any) -> Points | None:
    """What the student's own `target` gives, where it is nearly
    as many points as there are in y.
    """
    try:
        value = submission.target(datasets.quadratic().X)
    # Whatever is wrong with the task `target`, this one is about the figure.
    except Exception:  # noqa: BLE001
        return None
    own = follow_through.earlier(_Holder(value), "value", shape=(500, 2))
    return (
        None if own is None or len({tuple(point) for point in own.tolist()}) < LEAST_POINTS else own
    )


def _exchanged(points: Points, target: Points) -> bool:
    """Whether the points, row by row, are those of the target
    with the two columns exchanged: as a whole, the curve is nearly its own mirror image.
    """
    direct, mirrored = (
        float((these - target).norm(dim=1).mean()) for these in (points, points.flip(1))
    )
    return mirrored < min(0.1, 0.1 * direct)


class _Holder:
    """One value under a name, as a notebook has it."""

    def __init__(self, value: object) -> None:
        self.value = value


def missing(target: Points, found: Film) -> list[int]:
    """How many points of a target can't be seen, at each moment."""
    return [int((distances(target, moment) > NEAR).sum()) for moment in found.moments]


def seen(submission: Any) -> tuple[Film, Points, list[int]]:
    """The film, its target and what is missing of it: y; or the
    student's own, where that one is shown instead.
    """
    found, target = film(submission), datasets.quadratic().y.double()
    absent = missing(target, found)
    own = own_target(submission) if any(absent) else None
    if own is not None and not any(missing(own, found)):
        return found, own, missing(own, found)
    return found, target, absent


@pytest.mark.task("animation", weight=3)
def test_figure_comes_closer(submission: Any, once: Once) -> None:
    """The points of the predictions, one for each row of X,
    move, and end closer to the target than they began.
    """
    found, target, _ = once(seen, submission)
    if found.length < 2:
        raise Mismatch("figure has too few frames for anything to move")
    if min(len(found.begin), len(found.end)) < LEAST_POINTS:
        moving = f"{len(found.end)} of 500 points move" if len(found.end) else "nothing moves"
        raise Mismatch(f"in figure, {moving}: does each frame hold the predictions for all points?")
    if len(found.end) == len(target) and _exchanged(found.end, target):
        raise Mismatch(
            "in figure, the columns of the predictions are exchanged, those of y are not"
        )
    across, upwards = (found.end - found.begin).abs().amax(dim=0).tolist()
    if min(across, upwards) < STILL:
        axis = "upwards" if across < STILL else "across"
        raise Mismatch(f"in figure, points move {axis} only: do frames hold both columns?")
    # Of the two distances at the beginning the larger one counts: an untrained network may put all
    # its points near a part of the target, and then they can hardly come closer to it.
    first = max(
        float(distances(found.begin, target).mean()), float(distances(target, found.begin).mean())
    )
    for name, last in {
        "the moving points in figure do not come closer to the target": distances(
            found.end, target
        ),
        "parts of the target in figure are not reached": distances(target, found.end),
    }.items():
        if not float(last.mean()) < 0.5 * first:
            raise Mismatch(f"{name}: are the frames those of a training, and in its order?")


@pytest.mark.task("animation", weight=2, needs=MOVES)
def test_figure_has_frames(submission: Any, once: Once) -> None:
    """figure is a Plotly figure with at least 20 frames."""
    if once(seen, submission)[0].length < LEAST_FRAMES:
        raise Mismatch("figure has fewer than 20 frames: record the training more often")


@pytest.mark.task("animation", weight=3, needs=MOVES)
def test_figure_shows_the_target(submission: Any, once: Once) -> None:
    """The points of y can be seen, from the beginning to the end."""
    absent = once(seen, submission)[2]
    for when, count in zip(MOMENTS, absent, strict=False):
        if not count:
            continue
        hint = "is the target drawn, with its first column across and its second upwards?"
        raise Mismatch(f"{when}, {count} of the 500 points of y can't be found in figure: {hint}")
    outside = out_of_view(once(seen, submission)[1], once(seen, submission)[0].layout)
    if outside > MOST_OUTSIDE:
        raise Mismatch(
            f"{outside} of the 500 points of y lie outside of what figure's axes show: are their "
            "ranges those of y, and not those of X?"
        )


def out_of_view(target: Points, layout: dict[str, Any]) -> int:
    """How many points of a target lie outside of fixed linear axes; none where there are several
    pairs of axes, or where plotly.js chooses the range.
    """
    outside = torch.zeros(len(target), dtype=torch.bool)
    if {"xaxis2", "yaxis2"} & layout.keys():
        return 0
    for name, values in zip(("xaxis", "yaxis"), target.T, strict=True):
        axis = as_dict(layout.get(name))
        ends = as_list(axis.get("range"))
        if axis.get("autorange") or axis.get("type", "linear") not in ("linear", "-"):
            continue
        if len(ends) == 2 and all(isinstance(end, int | float) for end in ends):
            outside |= (values < min(ends)) | (values > max(ends))
    return int(outside.sum())


@pytest.mark.task("animation", weight=1, needs=MOVES)
def test_figure_moves(submission: Any, once: Once) -> None:
    """What the frames show changes from frame to frame."""
    if once(seen, submission)[0].changes < LEAST_CHANGES:
        raise Mismatch(
            "most frames show what the one before shows: does each hold the prediction of another "
            "step?"
        )


@pytest.mark.task("animation", weight=2, needs=MOVES)
def test_figure_has_a_play_button(submission: Any, once: Once) -> None:
    """There is a button that plays the frames, in their order."""
    found = once(seen, submission)[0]
    menus = map(as_dict, as_list(found.layout.get("updatemenus")))
    buttons = [as_dict(button) for menu in menus for button in as_list(menu.get("buttons"))]
    played = [leads_to(button, found) for button in buttons]
    long = [frames for frames in played if len(set(frames)) >= LEAST_CHANGES]
    if not long:
        raise Mismatch(
            "figure has no button that plays: one with method 'animate' whose first argument is "
            "None"
        )
    if all(map(_backwards, long)):
        raise Mismatch("figure's button plays the film backwards, from the last frame to the first")


@pytest.mark.task("animation", weight=2, needs=MOVES)
def test_figure_has_a_slider(submission: Any, once: Once) -> None:
    """There is a slider whose steps lead to frames, from the beginning to the end of the film."""
    found = once(seen, submission)[0]
    sliders = [
        as_list(as_dict(slider).get("steps")) for slider in as_list(found.layout.get("sliders"))
    ]
    reached = [
        {frame for step in map(as_dict, steps) for frame in leads_to(step, found, all_frames=False)}
        for steps in sliders
    ]
    if any(len(frames) >= LEAST_STEPS for frames in reached):
        return
    if any(reached):
        raise Mismatch("figure's slider leads to a few frames only: give it a step for each frame")
    if any(sliders):
        raise Mismatch(
            "the steps of figure's slider lead to no frames: is the first of each step's args a "
            "list with the name of a frame?"
        )
    raise Mismatch("figure has no slider with steps")


def _backwards(frames: list[Any]) -> bool:
    numbers = [frame for frame in frames if isinstance(frame, int)]
    return bool(numbers) and numbers.index(max(numbers)) < numbers.index(min(numbers))


def leads_to(control: dict[str, Any], found: Film, *, all_frames: bool = True) -> list[Any]:
    """The frames that a button or a step animates to, in order, as plotly.js reads the first of its
    arguments: without one, all of them, if they count; a text or number is a group's name; a list
    has names, or frames that are given whole. To animate to [None] is to pause.
    """
    if control.get("method") != "animate":
        return []
    args = as_list(control.get("args"))
    wanted = args[0] if args else None
    if wanted is None:
        return list(range(found.length)) if all_frames else []
    if isinstance(wanted, str | int | float):
        return found.groups.get(name_of(wanted), [])
    frames = [
        str(id(one)) if _is_frame(one) else found.names.get(name_of(one))
        for one in as_list(wanted)
        if _is_frame(one) or not isinstance(one, dict | list)
    ]
    return [frame for frame in frames if frame is not None]


def _is_frame(value: object) -> bool:
    """Whether it is a frame with data, and not options in its place."""
    return isinstance(value, dict) and bool(as_list(value.get("data")))
