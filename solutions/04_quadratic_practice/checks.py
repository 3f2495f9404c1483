"""Public checks for 04_quadratic_practice: easy examples; the
grade comes from other, hidden tests.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from course_lib import datasets, expect
from course_lib.expect import Mismatch

POINTS = {"target": 2, "model": 2, "fit": 8, "frames": 3, "animation": 3}


def module(value: object, call: str) -> nn.Module:
    """The value, which is a module."""
    if isinstance(value, nn.Module):
        return value
    raise Mismatch(f"{call} does not return an nn.Module: return the model, and nothing else")


def error(prediction: torch.Tensor, y: torch.Tensor) -> float:
    return float((prediction.detach() - y).square().mean())


def told(value: torch.Tensor) -> str:
    """A small matrix as it would be written by hand."""
    return str([[float(f"{number:.4g}") for number in row] for row in value.detach().tolist()])


@pytest.mark.task("target")
def test_target_by_hand(submission: Any) -> None:
    """The target of (1, 0) is (3.5, 0.5), that of (−1, 2) is (−0.5, 8.5)."""
    for point, goal in (([1.0, 0.0], [3.5, 0.5]), ([-1.0, 2.0], [-0.5, 8.5])):
        X, expected = torch.tensor([point]), torch.tensor([goal])
        found = expect.tensor(submission.target(X), what="target(X)", shape=(1, 2))
        if not torch.allclose(found.detach().float(), expected, rtol=0, atol=1e-5):
            raise Mismatch(
                f"target({told(torch.tensor([point]))}) is {told(found)}, expected {told(expected)}"
            )
        expect.unchanged(torch.tensor([point]), X, what="X")


@pytest.mark.task("target")
def test_target_shape(submission: Any) -> None:
    """target(X) has a row for each row of X, and its dtype."""
    expect.tensor(
        submission.target(torch.ones(7, 2)), what="target(X)", shape=(7, 2), dtype=torch.float32
    )
    X = torch.ones(3, 2, dtype=torch.float64)
    expect.tensor(submission.target(X), what="target(X)", shape=(3, 2), dtype=torch.float64)


@pytest.mark.task("model")
def test_model_shape(submission: Any) -> None:
    """make_model() returns a module that turns 5 points into 5 points, and one into one."""
    model = module(submission.make_model(), "make_model()").eval()
    for n in (5, 1):
        found = expect.tensor(
            model(torch.randn(n, 2)), what="make_model()(X)", shape=(n, 2), dtype=torch.float32
        )
        expect.finite(found, what="make_model()(X)")


@pytest.mark.task("model")
def test_model_can_learn(submission: Any) -> None:
    """The output depends on the input and on parameters that can
    be trained; each row is treated separately.
    """
    model, X = module(submission.make_model(), "make_model()").eval(), torch.randn(6, 2)
    given = X.clone()
    output = expect.tensor(model(X), what="make_model()(X)", shape=(6, 2))
    expect.unchanged(given, X, what="X")
    if not output.requires_grad:
        raise Mismatch(
            "no gradient would reach the model's parameters: are there any, and is nothing "
            "detached?"
        )
    with torch.no_grad():
        for weights in model.parameters():
            weights.add_(0.3 * torch.randn_like(weights))
        alone, together = torch.cat([model(row[None]) for row in X]), model(X)
    if not torch.allclose(alone, together, rtol=1e-3, atol=1e-4):
        raise Mismatch(
            "a point gets another output alone than among others: is something computed over the "
            "rows?"
        )
    if torch.equal(together, together[:1].expand(6, 2)):
        raise Mismatch("six different points get the same output: does forward use its argument?")


@pytest.mark.task("model")
def test_model_is_new(submission: Any) -> None:
    """Two calls give two models, with parameters of their own."""
    one, other = submission.make_model(), submission.make_model()
    if one is other:
        raise Mismatch(
            "make_model() returns the same module again: make a new one inside the function"
        )
    shared = {id(p) for p in module(one, "make_model()").parameters()}
    if shared & {id(p) for p in module(other, "make_model()").parameters()}:
        raise Mismatch("two models share parameters: make all layers inside the function")


def fitted(submission: Any) -> tuple[float, float, float]:
    """Errors on new points: of the trained model, of the best
    constant, of the best straight map.
    """
    X, y = datasets.quadratic(seed=2)
    X_new, y_new = datasets.quadratic(seed=3)
    given = X.clone(), y.clone()
    model = module(submission.fit(*given), "fit(X, y)").eval()
    expect.unchanged(X, given[0], what="X")
    expect.unchanged(y, given[1], what="y")
    found = expect.tensor(
        model(X_new), what="the output after fit", shape=(500, 2), dtype=torch.float32
    )
    expect.finite(found, what="the output after fit")
    ones = torch.ones(500, 1)
    straight = (
        torch.cat([X_new, ones], dim=1)
        @ torch.linalg.lstsq(torch.cat([X, ones], dim=1), y).solution
    )
    return error(found, y_new), error(y.mean(dim=0).expand(500, 2), y_new), error(straight, y_new)


@pytest.mark.task("fit")
def test_fit_learns(submission: Any, once: Any) -> None:
    """On new points, the trained model is better than the best constant."""
    model, constant, _ = once(fitted, submission)
    if model >= constant:
        raise Mismatch(
            f"the error is {model:.4g}, that of the best constant {constant:.4g}: does it learn "
            "at all?"
        )


@pytest.mark.task("fit")
def test_fit_bends(submission: Any, once: Any) -> None:
    """On new points, the trained model is better than the best straight map."""
    model, _, straight = once(fitted, submission)
    hint = "more hidden units, more steps or another rate may help"
    if model >= straight:
        raise Mismatch(
            f"the error is {model:.4g}, that of the best straight map {straight:.4g}: {hint}"
        )


@pytest.mark.task("fit")
def test_fit_learns_its_arguments(submission: Any) -> None:
    """With another target, a wave, it learns that one: it is
    better than the best constant again.
    """
    X = datasets.quadratic(n=300, seed=4).X
    y = torch.cos(2.5 * X)
    model = module(submission.fit(X.clone(), y.clone()), "fit(X, y)").eval()
    found, constant = error(model(X), y), error(y.mean(dim=0).expand(300, 2), y)
    if not found < 0.5 * constant:
        raise Mismatch(
            f"on a wave, the error is {found:.4g}, that of the best constant {constant:.4g}"
        )


@pytest.mark.task("frames")
def test_frames_shape(submission: Any, once: Any) -> None:
    """There are at least 20 frames, each with a row for each point."""
    found = len(once(filmed, submission))
    if found < 20:
        raise Mismatch(f"there are {found} frames, expected 20 or more: record more often")


@pytest.mark.task("frames")
def test_frames_improve(submission: Any, once: Any) -> None:
    """The last frame is closer to the target than the first, and better than the best constant."""
    frames, y = once(filmed, submission), datasets.quadratic(n=300).y
    first, last, constant = (
        error(frames[0], y),
        error(frames[-1], y),
        error(y.mean(dim=0).expand(300, 2), y),
    )
    if last >= min(first, constant):
        text = f"the error is {first:.4g} in the first frame, {last:.4g} in the last one"
        raise Mismatch(
            f"{text}, and {constant:.4g} for the best constant: are they in order, and copies?"
        )


@pytest.mark.task("frames")
def test_frames_move(submission: Any, once: Any) -> None:
    """The frames differ from one another."""
    frames = once(filmed, submission)
    moved = int(((frames[1:] - frames[:-1]).abs().amax(dim=(1, 2)) > 1e-6).sum())
    if moved < min(10, len(frames) - 1):
        raise Mismatch(f"only {moved} of {len(frames)} frames differ from the one before")


def filmed(submission: Any) -> torch.Tensor:
    frames = expect.values(
        submission.training_frames(*datasets.quadratic(n=300)), what="training_frames(X, y)"
    )
    if frames.dim() != 3 or tuple(frames.shape[1:]) != (300, 2):
        raise Mismatch(
            f"training_frames(X, y) has shape {tuple(frames.shape)}, expected (frames, 300, 2)"
        )
    expect.finite(frames, what="training_frames(X, y)")
    return frames


def film(value: object) -> go.Figure:
    """The value as a figure; Plotly also takes dicts for one."""
    if isinstance(value, go.Figure | dict):
        return go.Figure(value)
    raise Mismatch("figure is not a Plotly figure: was it shown without being stored?")


def column(values: Any) -> torch.Tensor:
    """The numbers of one axis, which Plotly may hold as text in base64."""
    if isinstance(values, dict):
        values = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return torch.as_tensor(np.array(values, dtype=np.float64))


def points(traces: Any) -> torch.Tensor:
    """All points that some traces show, (m, 2)."""
    shown = [torch.empty(0, 2, dtype=torch.float64)]
    for trace in traces:
        x, y = getattr(trace, "x", None), getattr(trace, "y", None)
        if x is not None and y is not None and getattr(trace, "visible", None) in (None, True):
            shown.append(torch.stack([column(x), column(y)], dim=1))
    return torch.cat(shown)


@pytest.mark.task("animation")
def test_figure_is_a_film(submission: Any) -> None:
    """figure is a Plotly figure and has 20 frames or more, in
    which the predictions for all points move.
    """
    figure = film(submission.figure)
    if len(figure.frames) < 20:
        raise Mismatch(f"there are {len(figure.frames)} frames in figure, expected 20 or more")
    first, last = points(figure.frames[0].data), points(figure.frames[-1].data)
    if len(first) < 500 or len(last) < 500:
        raise Mismatch(
            f"a frame shows {min(len(first), len(last))} points, expected the 500 predictions"
        )
    if torch.equal(first, last):
        raise Mismatch("the last frame shows what the first one shows")


@pytest.mark.task("animation")
def test_figure_shows_the_target(submission: Any) -> None:
    """The points of y can be seen before the film begins."""
    y, shown = datasets.quadratic().y.double(), points(film(submission.figure).data)
    there = (torch.cdist(y, shown).amin(dim=1) < 0.01).sum() if len(shown) else torch.tensor(0)
    if there < 500:
        raise Mismatch(f"{int(there)} of the 500 points of y can be found in figure")


@pytest.mark.task("animation")
def test_figure_can_be_played(submission: Any) -> None:
    """There is a button that plays, and a slider with steps."""
    layout = film(submission.figure).layout
    buttons = [button for menu in layout.updatemenus or () for button in menu.buttons or ()]
    if not any(button.method == "animate" for button in buttons):
        raise Mismatch(f"figure has {len(buttons)} buttons, and none with the method animate")
    steps = max((len(slider.steps or ()) for slider in layout.sliders or ()), default=0)
    if steps < 5:
        raise Mismatch(
            f"figure's slider has {steps} steps: it should lead to all parts of the film"
        )
