"""`plots.decision_boundary`: the regions, what is right, what it costs, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import plots

X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
Y = np.array([0, 1, 1, 0])


def right_of(x: float) -> Any:
    return lambda points: (points[:, 0] > x) * 1


def named(figure: Any, name: str) -> list[Any]:
    return [trace for trace in figure.data if trace.name == name]


class TestOneModel:
    def test_every_cell_has_the_class_that_the_model_gives(self) -> None:
        figure = plots.decision_boundary(right_of(0.5), X, Y)
        (regions,) = named(figure, "regions")
        expected = np.tile(np.array(regions.x) > 0.5, (len(regions.y), 1))
        np.testing.assert_array_equal(regions.z, expected)
        (border,) = named(figure, "borders")
        np.testing.assert_allclose(border.x[~np.isnan(border.x)], 0.5, atol=0.05)

    def test_what_is_right_is_said_and_what_is_wrong_crossed_out(self) -> None:
        figure = plots.decision_boundary(right_of(0.5), X, Y, title="A line")
        assert figure.layout.title.text == "A line: 50 % right"
        (wrong,) = named(figure, "wrong")
        assert np.stack([wrong.x, wrong.y], axis=1).tolist() == [[0, 1], [3, 3]]

    def test_classes_have_symbols_and_their_regions_numbers(self) -> None:
        figure = plots.decision_boundary(right_of(0.5), X, Y)
        symbols = {named(figure, f"class {i}")[0].marker.symbol for i in (0, 1)}
        assert len(symbols) == 2
        (numbers,) = named(figure, "classes")
        found = dict(zip(numbers.text, numbers.x, strict=True))
        assert found["<b>0</b>"] < 0.5 < found["<b>1</b>"]

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_a_module_is_asked_in_its_dtype_and_in_evaluation_mode(self, dtype: Any) -> None:
        model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.9), nn.BatchNorm1d(3)).to(dtype)
        before = {name: value.clone() for name, value in model.state_dict().items()}
        one, other = (
            plots.decision_boundary(model, torch.tensor(X, dtype=dtype), torch.tensor(Y))
            for _ in range(2)
        )
        np.testing.assert_array_equal(named(one, "regions")[0].z, named(other, "regions")[0].z)
        assert model.training
        for name, value in model.state_dict().items():
            torch.testing.assert_close(value, before[name])

    def test_arrays_for_who_gives_arrays(self) -> None:
        kinds = set()

        def predict(points: Any) -> Any:
            kinds.add((type(points), points.dtype))
            return points @ np.array([[1, 0, -1], [0, 1, -1]], dtype=points.dtype)

        figure = plots.decision_boundary(predict, X.astype(np.float32), Y)
        assert kinds == {(np.ndarray, np.dtype(np.float32))}
        assert set(np.unique(named(figure, "regions")[0].z)) == {0, 1, 2}

    def test_one_column_of_labels(self) -> None:
        figure = plots.decision_boundary(lambda p: (p[:, :1] > 0.5) * 1.0, X, Y)
        assert figure.layout.title.text == "50 % right"

    def test_one_sample(self) -> None:
        plots.decision_boundary(right_of(0.0), [[1.0, 1.0]], [1])


class TestSeveralModels:
    MODELS = {name: right_of(x) for name, x in (("far", 2.0), ("near", 0.5), ("none", 9.0))}  # noqa: RUF012

    def test_the_slider_goes_through_them_and_says_share_and_time(self) -> None:
        seconds = {"far": 1.234, "near": 0.01}
        figure = plots.decision_boundary(self.MODELS, X, Y, seconds=seconds)
        assert [step.label for step in figure.layout.sliders[0].steps] == [
            "far: 25 % right, 1.23 s",
            "near: 50 % right, 0.01 s",
            "none: 50 % right",
        ]
        alone = plots.decision_boundary(self.MODELS["near"], X, Y)
        for part, expected in zip(figure.frames[1].data, alone.data, strict=True):
            assert part.name == expected.name
            key = "z" if part.type == "heatmap" else "x"
            np.testing.assert_array_equal(part[key], expected[key])

    def test_panels(self) -> None:
        figure = plots.decision_boundary(self.MODELS, X, Y, panels=True)
        assert [regions.xaxis for regions in named(figure, "regions")] == ["x", "x2", "x3"]
        titles = [note.text for note in figure.layout.annotations]
        assert titles == ["far<br>25 % right", "near<br>50 % right", "none<br>50 % right"]
        shown = [trace.name for trace in figure.data if trace.showlegend]
        assert shown == ["class 0", "class 1", "wrong"]
        assert not figure.frames

    def test_a_graded_notebook_keeps_it(self) -> None:
        models = {str(i): lambda p: (np.sin(9 * p).sum(axis=1) > 0) * 1 for i in range(10)}
        assert len(plots.decision_boundary(models, X, Y).to_json()) < 1_500_000


class TestBadInput:
    @pytest.mark.parametrize(
        ("predict", "problem"),
        [
            ({}, "predict must hold a model for each name"),
            (lambda _: None, r"predict must give classes \(m,\), or a score .* not NoneType"),
            (lambda _: np.ones(3), r"for m = 10004 points, not \(3,\)"),
            (lambda p: p[:, 0], "what predict gives must hold classes: whole numbers from 0 to 5"),
            (lambda p: p[:, 0] * 0 + 7, "from 0 to 5, not 7"),
            (lambda p: p * np.nan, "scores that are numbers, and some are nan"),
        ],
    )
    def test_models(self, predict: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.decision_boundary(predict, X, Y)

    @pytest.mark.parametrize("predict", [None, 3, nn.ReLU, {"a": "model"}])
    def test_no_models(self, predict: Any) -> None:
        with pytest.raises(TypeError, match="must be a function or a module"):
            plots.decision_boundary(predict, X, Y)

    @pytest.mark.parametrize(
        ("points", "classes", "problem"),
        [
            ([[1.0]], [0], r"X must have shape \(n, 2\)"),
            (X, [0], r"y must have shape \(4,\)"),
            (X, [0, 1, 0.5, 1], "y must hold classes: whole numbers from 0 to 5, not 0.5"),
            (X, [0, 1, -1, 1], "y must hold classes: .* not -1"),
        ],
    )
    def test_samples(self, points: Any, classes: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.decision_boundary(right_of(0.0), points, classes)

    def test_times_and_panels(self) -> None:
        models = {str(i): right_of(i) for i in range(7)}
        with pytest.raises(ValueError, match="seconds must map names of models to times"):
            plots.decision_boundary(models, X, Y, seconds={"other": 1.0})
        with pytest.raises(ValueError, match="must be at least 0"):
            plots.decision_boundary(models, X, Y, seconds={"1": -1.0})
        with pytest.raises(ValueError, match="at most 6 models"):
            plots.decision_boundary(models, X, Y, panels=True)
