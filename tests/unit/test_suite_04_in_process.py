"""The suite of 04_quadratic_practice against values that nobody
means: never an error of its own, never full marks.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from course_lib import datasets
from course_lib.suites import Report, run_suite

SUITE = Path(__file__).resolve().parents[2] / "autograder/suites/04_quadratic_practice"
Y = datasets.quadratic().y
TARGET = {"x": Y[:, 0].tolist(), "y": Y[:, 1].tolist()}
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


def film(**changes: Any) -> dict[str, Any]:
    """A figure as plain dicts that passes every test; the points come from below, on the left."""
    names = [str(k) for k in range(25)]
    moving = [
        {axis: [value - 1 + k / 25 for value in values] for axis, values in TARGET.items()}
        for k in range(25)
    ]
    return {
        "data": [TARGET, moving[0]],
        "frames": [
            {"name": name, "data": [points], "traces": [1]}
            for name, points in zip(names, moving, strict=True)
        ],
        "layout": {
            "updatemenus": [{"buttons": [{"method": "animate", "args": [None]}]}],
            "sliders": [{"steps": [{"method": "animate", "args": [[name]]} for name in names]}],
        },
    } | changes


def typed(values: list[float], dtype: str) -> dict[str, Any]:
    kind = {"f8": "<f8", "float64": "<f8", "f4": "<f4", "float32": "<f4"}[dtype]
    return {
        "dtype": dtype,
        "bdata": base64.b64encode(np.array(values, dtype=kind).tobytes()).decode(),
    }


def judged(task: str, **names: object) -> list[Report]:
    return run_suite(SUITE, names, task=task, seed=3)


@pytest.mark.parametrize("dtype", ["f8", "float64", "f4", "float32", "list", "array", "tensor"])
def test_a_figure_is_read_in_every_form_that_plotly_has_for_numbers(dtype: str) -> None:
    forms: dict[str, Any] = {
        "list": lambda values: values,
        "array": np.array,
        "tensor": torch.tensor,
    }
    form = forms.get(dtype, lambda values: typed(values, dtype))
    figure = film(data=[{key: form(values) for key, values in TARGET.items()}, film()["data"][1]])
    assert [
        report for report in judged("animation", figure=figure) if report.outcome != "passed"
    ] == []
    if dtype == "list":
        assert [
            report
            for report in judged("animation", figure=go.Figure(figure))
            if report.outcome != "passed"
        ] == []


STRANGE_FIGURES: list[object] = [
    None,
    0,
    "{}",
    [],
    {},
    torch.zeros(30, 2),
    go.Figure(),
    film(data=None),
    film(data=[None, 1, "x"]),
    film(data=ENDLESS),
    film(data=[{"x": ENDLESS, "y": ENDLESS}] * 2),
    film(data=[{"x": ["a", None], "y": [1e400, 10**400]}] * 2),
    film(data=[{"x": {"dtype": "f8", "bdata": "no base64!"}, "y": {"dtype": "O", "bdata": ""}}]),
    film(data=[{"x": np.zeros((2, 2)), "y": np.array(1.0)}]),
    film(data=[{"x": np.zeros(10**6), "y": np.zeros(10**6)}]),
    film(frames=[None] * 30),
    film(frames=[{"data": 1, "traces": {}}] * 30),
    film(frames=[{"data": [TARGET], "traces": [[], -1, 99, "0"]}] * 30),
    film(frames=[{"data": [{"x": None}], "name": ENDLESS}] * 30),
    film(layout=[1]),
    film(layout={"updatemenus": {"buttons": 1}, "sliders": 1}),
    film(layout={"updatemenus": [{"buttons": [{"method": "animate", "args": [[]]}]}]}),
    film(layout={"sliders": [{"steps": [ENDLESS]}]}),
]


@pytest.mark.parametrize("figure", STRANGE_FIGURES, ids=range(len(STRANGE_FIGURES)))
def test_a_strange_figure_is_not_enough(figure: object) -> None:
    outcomes = {report.outcome for report in judged("animation", figure=figure)}
    assert "error" not in outcomes
    assert "failed" in outcomes


STRANGE: list[object] = [
    None,
    1.0,
    "text",
    [],
    ENDLESS,
    [[[1.0, 2.0]], [[1.0]]],
    torch.tensor(1.0),
    torch.empty(0, 420, 2),
    torch.full((25, 420, 2), torch.nan),
    torch.full((25, 420, 2), 1e300, dtype=torch.float64),
    torch.zeros(25, 420, 2, dtype=torch.bool),
    torch.zeros(25, 420, 2, dtype=torch.complex64),
    np.zeros((25, 420, 2)),
    torch.zeros(20_001, 1, 1).expand(-1, 420, 2),
    nn.Linear(2, 3),
    nn.Identity(),
    nn.Sequential(),
    nn.Linear,
    lambda *_: None,
]


@pytest.mark.parametrize("value", STRANGE, ids=range(len(STRANGE)))
@pytest.mark.parametrize(
    ("task", "name"),
    [("target", "target"), ("model", "make_model"), ("fit", "fit"), ("frames", "training_frames")],
)
def test_a_strange_result_is_not_enough(task: str, name: str, value: object) -> None:
    outcomes = {report.outcome for report in judged(task, **{name: lambda *_: value})}
    assert "error" not in outcomes
    assert "failed" in outcomes
