"""Public checks for 04_quadratic_practice: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

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
    raise Mismatch(f"{call} returns no nn.Module: return the model, and nothing else")


def error(prediction: torch.Tensor, y: torch.Tensor) -> float:
    return float((prediction.detach() - y).square().mean())


@pytest.mark.task("target")
def test_target_by_hand(submission: Any) -> None:
    """The target of (1, 0) is (3.5, 0.5)."""
    found = expect.tensor(submission.target(torch.tensor([[1.0, 0.0]])), what="target(X)", shape=(1, 2))
    expect.close(found, torch.tensor([[3.5, 0.5]]), what="target(X)", rtol=0, atol=1e-5)


@pytest.mark.task("target")
def test_target_shape(submission: Any) -> None:
    """target(X) has a row for each row of X."""
    expect.tensor(submission.target(torch.ones(7, 2)), what="target(X)", shape=(7, 2), dtype=torch.float32)


@pytest.mark.task("model")
def test_model_shape(submission: Any) -> None:
    """make_model() returns a module that turns 5 points into 5 points."""
    model = module(submission.make_model(), "make_model()")
    found = expect.tensor(model(torch.randn(5, 2)), what="make_model()(X)", shape=(5, 2), dtype=torch.float32)
    expect.finite(found, what="make_model()(X)")


@pytest.mark.task("model")
def test_model_is_new(submission: Any) -> None:
    """Two calls give two models."""
    if submission.make_model() is submission.make_model():
        raise Mismatch("make_model() returns the same module again: make a new one inside the function")


def fitted(submission: Any) -> tuple[float, float, float]:
    """Errors on new points: of the trained model, of the best constant, of the best straight map."""
    X, y = datasets.quadratic(seed=2)
    X_new, y_new = datasets.quadratic(seed=3)
    model = module(submission.fit(X.clone(), y.clone()), "fit(X, y)").eval()
    found = expect.tensor(model(X_new), what="the output after fit", shape=(500, 2), dtype=torch.float32)
    expect.finite(found, what="the output after fit")
    ones = torch.ones(500, 1)
    straight = torch.cat([X_new, ones], dim=1) @ torch.linalg.lstsq(torch.cat([X, ones], dim=1), y).solution
    return error(found, y_new), error(y.mean(dim=0).expand(500, 2), y_new), error(straight, y_new)


@pytest.mark.task("fit")
def test_fit_learns(submission: Any, once: Any) -> None:
    """On new points, the trained model is better than the best constant."""
    model, constant, _ = once(fitted, submission)
    expect.below(model, what="the error", share=1.0, baseline=constant, of="the best constant")


@pytest.mark.task("fit")
def test_fit_bends(submission: Any, once: Any) -> None:
    """On new points, the trained model is better than the best straight map."""
    model, _, straight = once(fitted, submission)
    hint = "more hidden units, more steps or another rate may help"
    expect.below(model, what="the error", share=1.0, baseline=straight, of="the best straight map", hint=hint)


@pytest.mark.task("frames")
def test_frames_shape(submission: Any, once: Any) -> None:
    """There are at least 20 frames, each with a row for each point."""
    frames = once(filmed, submission)
    if len(frames) < 20:
        raise Mismatch("there are fewer than 20 frames: record more often")


@pytest.mark.task("frames")
def test_frames_improve(submission: Any, once: Any) -> None:
    """The last frame is closer to the target than the first."""
    frames, y = once(filmed, submission), datasets.quadratic(n=300).y
    expect.below(
        error(frames[-1], y), what="the error of the last frame", share=1.0, baseline=error(frames[0], y),
        of="the first", hint="are the frames in the order of training, and copies?",
    )  # fmt: skip


def filmed(submission: Any) -> torch.Tensor:
    frames = expect.values(submission.training_frames(*datasets.quadratic(n=300)), what="training_frames(X, y)")
    if frames.dim() != 3 or tuple(frames.shape[1:]) != (300, 2):
        raise Mismatch(f"training_frames(X, y) has shape {tuple(frames.shape)}, expected (frames, 300, 2)")
    expect.finite(frames, what="training_frames(X, y)")
    return frames


def film(value: object) -> go.Figure:
    """The value as a figure; Plotly also takes dicts for one."""
    if isinstance(value, go.Figure | dict):
        return go.Figure(value)
    raise Mismatch("figure is no Plotly figure: is it shown and not kept?")


@pytest.mark.task("animation")
def test_figure_is_a_film(submission: Any) -> None:
    """figure is a Plotly figure and has 20 frames or more."""
    if len(film(submission.figure).frames) < 20:
        raise Mismatch("there are fewer than 20 frames in figure")


@pytest.mark.task("animation")
def test_figure_can_be_played(submission: Any) -> None:
    """There are buttons and a slider."""
    layout = film(submission.figure).layout
    if not (layout.updatemenus and layout.sliders):
        raise Mismatch("figure has no buttons, or no slider")
