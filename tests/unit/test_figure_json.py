"""What the grader writes of a figure is what Plotly writes, without Plotly's copies of it."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from autograder.student.figures import figure_json
from course_lib import plots


def plain(value: Any) -> Any:
    """JSON with arrays as lists: Plotly packs short ones too, which a range of an axis can't be."""
    if isinstance(value, dict) and "bdata" in value:
        flat = np.frombuffer(b64decode(value["bdata"]), value["dtype"])
        shape = [int(size) for size in value["shape"].split(",")] if "shape" in value else [-1]
        return plain(flat.reshape(shape).tolist())
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if value != value else value  # JSON has no NaN


FIGURES: dict[str, Callable[[], go.Figure]] = {
    "of the course": lambda: plots.activation("relu"),
    "with frames": lambda: plots.fold(),
    "with a slider": lambda: plots.regions(torch.eye(2), torch.zeros(2)),
    "of a student": lambda: go.Figure(
        go.Scatter(x=np.linspace(0, 1, 9), y=[1, None, float("nan"), 4], text=["ä", "b", "c", "d"]),
        go.Layout(xaxis={"range": np.array([0.0, 1.0])}, title="x"),
    ),
    "of whole numbers": lambda: go.Figure(go.Heatmap(z=np.arange(12).reshape(3, 4))),
}


@pytest.mark.parametrize("made", FIGURES.values(), ids=FIGURES)
def test_a_figure_is_written_as_plotly_writes_it(
    made: Callable[[], go.Figure], monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = made()
    expected = plain(json.loads(figure.to_json()))
    monkeypatch.setattr("plotly.io._json.to_json", None)  # it copies the figure, and takes its time
    assert plain(json.loads(figure_json(figure))) == expected


def test_a_figure_that_writes_itself_may_do_so() -> None:
    class Own(go.Figure):  # type: ignore[misc]  # Plotly has no types
        def to_json(self, *_: object, **__: object) -> str:
            return '{"own": true}'

    assert json.loads(figure_json(Own())) == {"own": True}


def test_what_only_plotly_can_write_is_left_to_it() -> None:
    figure = go.Figure(go.Scatter(x=np.array(["2026-01-01"], dtype="datetime64[D]"), y=[1]))
    assert json.loads(figure_json(figure)) == json.loads(figure.to_json())
