"""`plots.layer_histograms` and `plots.schedules`: what they show, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from course_lib import plots


def layers(count: int, scale: float = 1.0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(count)
    return [scale * torch.randn(50, 8, generator=generator) for _ in range(count)]


def part(figure: Any, name: str) -> Any:
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


class TestLayerHistograms:
    def test_each_layer_says_its_spread_and_its_zeros(self) -> None:
        values = [torch.tensor([3.0, -3.0]), torch.tensor([0.0, 0.0, 0.0, 8.0]), torch.zeros(5)]
        figure = plots.layer_histograms({"one": values})
        said = part(figure, "sd of activations").text
        assert list(said) == ["sd 3", "sd 3.46, 75 % zero", "all are 0"]
        assert list(figure.layout.yaxis.ticktext) == ["1", "2", "3"]

    def test_outlines_are_the_histograms(self) -> None:
        values = torch.cat([torch.full((10,), -0.5), torch.full((5,), 1.5), torch.zeros(99)])
        figure = plots.layer_histograms({"one": [values, 2 * values]})
        outline = part(figure, "activations")
        x, y = np.array(outline.x), np.array(outline.y)
        first = np.arange(len(x)) < np.flatnonzero(np.isnan(x))[0]
        tallest = y[first].max()
        assert x[first][y[first] == tallest].mean() == pytest.approx(-0.5, abs=0.1)
        right = first & (x > 0.5) & (y > 0)
        np.testing.assert_allclose(y[right], tallest / 2, rtol=1e-5)
        assert x[right].mean() == pytest.approx(1.5, abs=0.1)
        assert y[first][x[first] == 0].max() == 0

    def test_the_slider_goes_through_the_names_each_with_its_own_axis(self) -> None:
        small, large = layers(3, 0.001), layers(3, 1000.0)
        figure = plots.layer_histograms({"small": small, "large": large})
        (slider,) = figure.layout.sliders
        assert [step.label for step in slider.steps] == ["small", "large"]
        assert [frame.name for frame in figure.frames] == ["small", "large"]
        for frame, values in zip(figure.frames, (small, large), strict=True):
            reach = float(torch.stack(values).abs().max())
            low, high = frame.layout.xaxis.range
            assert -1.2 * reach < low < -0.5 * reach
            assert 0.5 * reach < high < 1.2 * reach
        assert list(figure.layout.xaxis.range) == list(figure.frames[0].layout.xaxis.range)
        assert all(step.args[1]["frame"]["redraw"] for step in slider.steps)

    def test_gradients_stand_on_the_right(self) -> None:
        figure = plots.layer_histograms({"a": layers(2)}, {"a": layers(2, 5.0)})
        assert part(figure, "gradients").xaxis == "x2"
        assert part(figure, "activations").xaxis is None
        assert [note.text for note in figure.layout.annotations] == ["activations", "gradients"]
        assert part(figure, "sd of gradients").text[0].startswith("sd 4.8")

    def test_of_many_layers_twelve_are_shown(self) -> None:
        labels = plots.layer_histograms({"deep": layers(50)}).layout.yaxis.ticktext
        assert len(labels) == 12
        assert (labels[0], labels[-1]) == ("1", "50")

    def test_values_that_are_not_finite_are_told_of(self) -> None:
        inf, nan = float("inf"), float("nan")
        figure = plots.layer_histograms({"a": [[1.0, -1.0, inf, nan], [nan, nan]]})
        said = part(figure, "sd of activations").text
        assert list(said) == ["sd 1, 50 % not finite", "not finite"]

    def test_a_graded_notebook_keeps_it(self) -> None:
        names = [str(i) for i in range(8)]
        runs = {name: layers(30) for name in names}
        assert len(plots.layer_histograms(runs, runs).to_json()) < 500_000

    @pytest.mark.parametrize(
        ("given", "problem"),
        [
            (({},), "activations must hold a list of layers for each name"),
            (([[1.0]],), "activations must hold a list of layers for each name"),
            (({"a": []},), r"activations\['a'\] must be a list .* not an empty one"),
            (({"a": torch.ones(3)},), r"activations\['a'\] must be a list .* not Tensor"),
            (({"a": [[1.0], []]},), r"layer 2 of activations\['a'\] must hold at least one number"),
            (({"a": ["x"]},), r"layer 1 of activations\['a'\] must hold numbers"),
            (
                ({"a": [[1.0]], "b": [[1.0], [2.0]]},),
                "the same number of layers for every name, not 1, 2",
            ),
            (
                ({"a": [[1.0]]}, {"b": [[1.0]]}),
                "gradients must have the same names as activations, a",
            ),
            (
                ({"a": [[1.0]]}, {"a": [[1.0]] * 2}),
                "the same number of layers for every name, not 1, 2",
            ),
        ],
    )
    def test_bad_input(self, given: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.layer_histograms(*given)


class TestSchedules:
    def test_functions_and_lists(self) -> None:
        rates: dict[str, Any] = {
            "decay": lambda step: math.exp(-step),
            "list": torch.tensor([0.3, 0.1]),
        }
        figure = plots.schedules(rates, steps=10)
        np.testing.assert_allclose(figure.data[0].y, np.exp(-np.arange(11)))
        np.testing.assert_allclose(figure.data[1].y, [0.3, 0.1], rtol=1e-6)
        assert list(figure.data[1].x) == [0, 1]
        assert figure.data[0].line.dash != figure.data[1].line.dash

    def test_a_logarithmic_scale(self) -> None:
        assert plots.schedules({"a": [1.0, 0.1]}, log=True).layout.yaxis.type == "log"
        with pytest.raises(ValueError, match=r"rates\['a'\] must be positive, .* not 0"):
            plots.schedules({"a": [1.0, 0.0]}, log=True)

    @pytest.mark.parametrize(
        ("rates", "problem"),
        [
            ({}, "rates must hold a schedule for each name"),
            ([0.1], "rates must hold a schedule for each name"),
            ({"a": 0.1}, r"rates\['a'\] must have shape \(n,\), not \(\)"),
            ({"a": [[0.1]]}, r"rates\['a'\] must have shape \(n,\)"),
            ({"a": lambda _: None}, r"what rates\['a'\] gives must hold numbers"),
            ({"a": lambda _: math.nan}, r"what rates\['a'\] gives must hold finite numbers"),
        ],
    )
    def test_bad_rates(self, rates: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.schedules(rates)

    def test_bad_steps(self) -> None:
        with pytest.raises(ValueError, match="steps must be at least 1, not 0"):
            plots.schedules({"a": float}, 0)
        with pytest.raises(TypeError, match="steps must be a whole number"):
            plots.schedules({"a": float}, 2.5)  # type: ignore[arg-type]
