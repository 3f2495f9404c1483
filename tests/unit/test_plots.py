"""The figures of `course_lib.plots`, by what they show: traces,
frames, values, and what they refuse.
"""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from nbclient import NotebookClient
from numpy.typing import NDArray
from torch import nn

from course_lib import plots
from course_lib.animation import animate_training
from course_lib.landscapes import BEALE

WALK = np.linspace([0.8, 1.6], [3.0, 0.5], 12)
EDGES = [("x", "z"), ("w", "z"), ("z", "loss"), ("y", "loss")]
VALUES: dict[str, Any] = {
    "x": 2.0,
    "w": [3.0, -1.0],
    "z": torch.tensor([6.0, -2.0]),
    "y": 1,
    "loss": 0.5,
}
SLOPES: dict[str, Any] = {"loss": 1.0, "z": np.array([4.0, 8.0]), "w": [8.0, 16.0]}

FIGURES: dict[str, Callable[..., Any]] = {
    "activation": lambda **options: plots.activation("relu", **options),
    "calibration": lambda **options: plots.calibration([[0.2, 0.8], [0.6, 0.4]], [1, 0], **options),
    "confusion": lambda **options: plots.confusion(
        [0, 1, 2, 1], [0, 2, 2, 1], images=torch.rand(4, 5, 5), names=["a", "b", "c"], **options
    ),
    "dataset": lambda **options: plots.dataset(torch.ones(3, 2), torch.eye(3, 2), **options),
    "contour_paths": lambda **options: plots.contour_paths(
        BEALE, {"a": {0.1: WALK, 1.0: WALK}, "b": {0.1: WALK[:3]}}, arrows=["a"], **options
    ),
    "decision_boundary": lambda **options: plots.decision_boundary(
        {"left": lambda p: p[:, 0] > 2, "below": lambda p: p[:, 1] > 1},
        WALK,
        np.arange(12) % 2,
        seconds={"left": 1.5},
        **options,
    ),
    "fold": plots.fold,
    "images": lambda **options: plots.images(torch.rand(9, 5, 5), range(9), **options),
    "layer_histograms": lambda **options: plots.layer_histograms(
        {"one": [WALK, WALK[:0:-1]], "two": [WALK, 0 * WALK]},
        {"one": [WALK, WALK], "two": [WALK, WALK]},
        **options,
    ),
    "graph": lambda **options: plots.graph(EDGES, VALUES, SLOPES, **options),
    "linear_vs_relu": plots.linear_vs_relu,
    "losses": lambda **options: plots.losses({"one": [3.0, 2.0, 1.0], "two": [2.0]}, **options),
    "network": lambda **options: plots.network([2, 16, 1], **options),
    "network_in_detail": lambda **options: plots.network(
        nn.Sequential(nn.Linear(2, 12), nn.Linear(12, 3)),
        inputs=["a", "b"],
        activation="ReLU",
        output="softmax",
        biases=True,
        highlight=True,
        **options,
    ),
    "partition": lambda **options: plots.partition([[[1.0, 2.0]], [[3.0]]], **options),
    "regions": lambda **options: plots.regions([[1.0, 2.0]], **options),
    "schedules": lambda **options: plots.schedules({"a": [0.1, 0.2], "b": float}, **options),
    "separation": lambda **options: plots.separation(
        torch.eye(2), [0, 1], [([0.0, 0.0], 0.0), ([1.0, -1.0], 0.5)], **options
    ),
}


def trace(figure: Any, name: str) -> Any:
    """The one trace whose name starts with `name`."""
    (found,) = [candidate for candidate in figure.data if candidate.name.startswith(name)]
    return found


def said(figure: Any) -> str:
    """The sentence of a figure that draws nothing."""
    assert not figure.data
    (reason,) = figure.layout.annotations
    return str(reason.text).replace("<br>", " ")


def patterns(figure: Any) -> list[str]:
    return sorted(candidate.name for candidate in figure.data if candidate.fill == "toself")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(
    ("theme", "template"), [("light", "plotly_white"), ("dark", "plotly_dark")]
)
def test_every_figure_takes_the_width_of_its_page_and_the_look_that_is_asked_for(
    name: str, theme: str, template: str
) -> None:
    figure = FIGURES[name](theme=theme)
    assert figure.layout.width is None
    assert (
        figure.layout.template.layout.to_plotly_json()
        == go.Figure(layout={"template": template}).layout.template.layout.to_plotly_json()
    )
    assert len(figure.to_json()) < 200_000


@pytest.mark.parametrize("name", FIGURES)
def test_unknown_theme(name: str) -> None:
    with pytest.raises(ValueError, match="theme must be"):
        FIGURES[name](theme="sepia")


@pytest.mark.parametrize("extent", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["activation", "partition", "regions"])
def test_extent_must_be_positive_and_finite(name: str, extent: float) -> None:
    with pytest.raises(ValueError, match="extent must be"):
        FIGURES[name](extent=extent)


class TestActivation:
    @pytest.mark.parametrize("name", plots.ACTIVATIONS)
    def test_known_names_show_the_function_and_its_derivative(self, name: str) -> None:
        figure = plots.activation(name)
        function, derivative = trace(figure, "function"), trace(figure, "derivative")
        expected = plots.ACTIVATIONS[name](torch.tensor(function.x)).numpy()
        np.testing.assert_allclose(function.y, expected)
        quotients = np.gradient(function.y, function.x)
        slopes = derivative.y[~np.isnan(derivative.y)]
        far_from_the_kink = np.abs(function.x) > 0.1
        np.testing.assert_allclose(
            slopes[far_from_the_kink], quotients[far_from_the_kink], atol=5e-3
        )

    def test_without_the_derivative(self) -> None:
        figure = plots.activation("tanh", derivative=False)
        assert [curve.name for curve in figure.data] == ["function"]
        np.testing.assert_allclose(figure.data[0].y, np.tanh(figure.data[0].x))
        assert "xaxis2" not in figure.to_dict()["layout"]

    def test_relu_has_its_jump_at_zero_marked(self) -> None:
        figure = plots.activation("relu")
        jump = trace(figure, "jump")
        np.testing.assert_allclose(jump.x, [0, 0], atol=0.01)
        assert jump.y.tolist() == [0, 1]
        assert np.isnan(trace(figure, "derivative").y).sum() == 1

    def test_a_smooth_function_has_no_jump(self) -> None:
        assert len(trace(plots.activation(torch.tanh), "jump").x) == 0

    def test_a_zigzag_has_a_jump_at_every_corner(self) -> None:
        figure = plots.activation(lambda t: 1 - 2 * (1 - 2 * t.abs()).abs(), extent=1.0)
        np.testing.assert_allclose(trace(figure, "jump").x, np.repeat([-0.5, 0, 0.5], 2), atol=0.01)

    @pytest.mark.parametrize("function", [torch.zeros_like, lambda z: (z > 0).double(), torch.sign])
    def test_a_function_without_slope_is_shown_with_slope_zero(
        self, function: Callable[[torch.Tensor], torch.Tensor]
    ) -> None:
        assert not np.any(trace(plots.activation(function), "derivative").y)

    def test_it_works_where_gradients_are_off(self) -> None:
        with torch.no_grad():
            figure = plots.activation("relu")
        assert np.nanmax(trace(figure, "derivative").y) == 1

    def test_unknown_name(self) -> None:
        with pytest.raises(
            ValueError, match=r"function must be callable or one of relu, .*'rellu'"
        ):
            plots.activation("rellu")

    @pytest.mark.parametrize("function", [torch.sum, lambda z: z[:, None], lambda _: 1.0])
    def test_a_function_that_is_not_elementwise(
        self, function: Callable[[torch.Tensor], Any]
    ) -> None:
        with pytest.raises(ValueError, match="function must turn a tensor of shape"):
            plots.activation(function)


class TestFold:
    def test_without_weights_it_ends_as_the_absolute_value(self) -> None:
        last = plots.fold().frames[-1]
        for side in (1, 3):
            np.testing.assert_allclose(last.data[side].y, np.abs(last.data[side].x))
        assert list(last.data[4].text) == ["slope<br>1", "slope<br>−1"]

    def test_the_line_starts_straight_and_ends_as_two_arms(self) -> None:
        figure = plots.fold()
        assert [frame.name for frame in figure.frames] == [f"{5 * i}%" for i in range(21)]
        for positive, negative, folded in (
            (figure.data[0], figure.data[2], False),
            (*figure.frames[-1].data[0:3:2], True),
        ):
            np.testing.assert_allclose(positive.y, 0 if folded else -positive.x)
            np.testing.assert_allclose(negative.x, 0 if folded else -negative.y)

    def test_every_frame_is_a_leaky_relu_network(self) -> None:
        w1, w2 = torch.tensor([[1.5], [-0.5]]).double(), torch.tensor([[2.0, 3.0]]).double()
        for step, frame in enumerate(plots.fold(w1, w2).frames):
            for side in (1, 3):
                t = torch.tensor(frame.data[side].x)[:, None]
                hidden = torch.nn.functional.leaky_relu(t @ w1.T, 1 - step / 20)
                np.testing.assert_allclose(frame.data[side].y, (hidden @ w2.T)[:, 0], atol=1e-12)

    def test_the_sides_differ_in_more_than_colour(self) -> None:
        right, left = plots.fold().data[0], plots.fold().data[2]
        assert right.marker.symbol != left.marker.symbol
        assert right.line.dash != left.line.dash

    def test_all_frames_stay_in_view(self) -> None:
        figure = plots.fold([[3.0], [2.0]], [[5.0, -4.0]])
        for frame in figure.frames:
            assert (
                max(np.abs(frame.data[i].y).max() for i in (1, 3)) < figure.layout.yaxis2.range[1]
            )
            assert max(np.abs(frame.data[i].x).max() for i in (0, 2)) < figure.layout.xaxis.range[1]

    def test_player(self) -> None:
        layout = plots.fold().layout
        assert [button.label for button in layout.updatemenus[0].buttons] == ["Play", "Pause"]
        assert [step.args[0][0] for step in layout.sliders[0].steps] == [
            f"{5 * i}%" for i in range(21)
        ]

    def test_zero_weights_are_no_trouble(self) -> None:
        figure = plots.fold([[0.0], [0.0]], [[0.0, 0.0]])
        assert np.diff(figure.layout.yaxis2.range)[0] > 0

    def test_weights_may_require_gradients_and_stay_as_they_are(self) -> None:
        w1 = torch.tensor([[1.0], [-1.0]], requires_grad=True)
        plots.fold(w1, torch.tensor([[2, 1]]))
        assert w1.requires_grad
        assert w1.tolist() == [[1.0], [-1.0]]

    @pytest.mark.parametrize(
        ("name", "value", "problem"),
        [
            ("w1", [[1.0, -1.0]], r"w1 must have shape \(2, 1\), not \(1, 2\)"),
            ("w1", [1.0, -1.0], r"w1 must have shape \(2, 1\), not \(2,\)"),
            ("w2", [[1.0], [1.0]], r"w2 must have shape \(1, 2\), not \(2, 1\)"),
            ("w2", [[1.0, float("nan")]], "w2 must hold finite numbers"),
            ("w2", "one, one", r"w2 must hold numbers, in shape \(1, 2\)"),
            ("w2", [[1.0, None]], "w2 must hold numbers"),
        ],
    )
    def test_bad_weights(self, name: str, value: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.fold(**{name: value})


class TestLinearVsRelu:
    @pytest.mark.parametrize(("right", "left"), [(1.0, 1.0), (2.0, 0.5), (-1.0, 3.0)])
    def test_fits_are_the_best_of_their_kind(self, right: float, left: float) -> None:
        figure = plots.linear_vs_relu(right, left)
        target = trace(figure, "target")
        t = np.asarray(target.x)
        np.testing.assert_allclose(target.y, np.where(t > 0, right * t, -left * t))
        np.testing.assert_allclose(trace(figure, "two ReLU units").y, target.y)
        for name, columns in (("best matrix", [t]), ("best straight line", [t, np.ones_like(t)])):
            design = np.stack(columns, axis=1)
            best = design @ np.linalg.lstsq(design, target.y, rcond=None)[0]
            np.testing.assert_allclose(trace(figure, name).y, best, atol=1e-12)
            error = float(trace(figure, name).name.rsplit(" ", 1)[1])
            assert error == pytest.approx(np.mean((best - target.y) ** 2), rel=0.01)

    def test_a_line_without_a_bend_is_fitted_by_all(self) -> None:
        figure = plots.linear_vs_relu(2.0, -2.0)
        assert [fit.name.rsplit(" ", 1)[1] for fit in figure.data[1:]] == ["0", "0", "0"]

    def test_fits_differ_in_more_than_colour(self) -> None:
        dashes = [fit.line.dash for fit in plots.linear_vs_relu().data[1:]]
        assert len(set(dashes)) == 3

    @pytest.mark.parametrize("sides", [(float("nan"), 1.0), (1.0, float("inf"))])
    def test_bad_sides(self, sides: tuple[float, float]) -> None:
        with pytest.raises(ValueError, match="right and left must be finite"):
            plots.linear_vs_relu(*sides)


class TestRegions:
    W = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    B = torch.tensor([0.0, 0.0, -1.0])

    def test_one_trace_per_region_then_one_line_per_unit(self) -> None:
        figure = plots.regions(self.W, self.B)
        assert patterns(figure) == ["000", "010", "011", "100", "101", "110", "111"]
        assert [line.name for line in figure.data[7:]] == ["unit 1", "unit 2", "unit 3"]
        assert len({line.line.dash for line in figure.data[7:]}) == 3
        assert figure.layout.title.text == "Regions in view: 7"

    @pytest.mark.parametrize("seed", range(5))
    def test_regions_are_the_patterns_of_their_points_and_fill_the_square(self, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        w1 = torch.randn(6, 2, generator=generator, dtype=torch.float64)
        b1 = torch.randn(6, generator=generator, dtype=torch.float64)
        figure = plots.regions(w1, b1, extent=2.0)
        area = 0.0
        for region in figure.data:
            if region.fill != "toself":
                continue
            corners = torch.tensor(np.stack([region.x, region.y], axis=1))
            inside = corners.mean(dim=0)
            pattern = "".join("1" if on else "0" for on in (w1 @ inside + b1 > 0).tolist())
            assert region.name == pattern
            x, y = corners.T
            area += float((x * y.roll(-1) - x.roll(-1) * y).sum() / 2)
        assert area == pytest.approx(16.0)
        darts = 4 * torch.rand(20_000, 2, generator=generator, dtype=torch.float64) - 2
        seen = {"".join(map(str, row)) for row in (darts @ w1.T + b1 > 0).int().tolist()}
        assert seen <= set(patterns(figure))

    def test_neighbours_never_share_a_colour(self) -> None:
        generator = torch.Generator().manual_seed(0)
        figure = plots.regions(
            torch.randn(9, 2, generator=generator), torch.randn(9, generator=generator)
        )
        colour = {
            region.name: region.fillcolor for region in figure.data if region.fill == "toself"
        }
        neighbours = [
            (a, b)
            for a in colour
            for b in colour
            if sum(p != q for p, q in zip(a, b, strict=True)) == 1
        ]
        assert len(neighbours) > 20
        assert all(colour[a] != colour[b] for a, b in neighbours)

    def test_kinks_lie_where_the_pre_activation_is_zero(self) -> None:
        kink = trace(plots.regions(self.W, self.B), "unit 3")
        np.testing.assert_allclose(kink.x + kink.y - 1, 0, atol=1e-12)
        np.testing.assert_allclose(np.maximum(np.abs(kink.x), np.abs(kink.y)), 3)

    def test_two_units_with_the_same_kink_make_two_regions(self) -> None:
        assert patterns(plots.regions([[1, 1], [-1, -1]])) == ["01", "10"]
        assert patterns(plots.regions([[1, 1], [3, 3]])) == ["00", "11"]

    def test_a_unit_that_never_switches_in_view_cuts_nothing(self) -> None:
        figure = plots.regions(
            [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]], [0.0, 9.0, 0.0, 1.0]
        )
        assert patterns(figure) == ["0101", "1101"]
        assert [line.name for line in figure.data[2:]] == ["unit 1"]

    def test_large_regions_carry_their_pattern(self) -> None:
        figure = plots.regions(self.W[:2])
        assert sorted(note.text for note in figure.layout.annotations) == ["00", "01", "10", "11"]

    def test_points_are_drawn_on_top_with_their_row(self) -> None:
        points = torch.tensor([[1.0, 1.0], [-1.0, 2.0]])
        drawn = plots.regions(self.W, self.B, points=points).data[-1]
        assert drawn.name == "points"
        assert np.stack([drawn.x, drawn.y], axis=1).tolist() == points.tolist()
        assert list(drawn.text) == ["1", "2"]

    def test_many_points_carry_no_number(self) -> None:
        assert not any(plots.regions(self.W, points=torch.randn(50, 2)).data[-1].text)

    def test_many_units(self) -> None:
        generator = torch.Generator().manual_seed(0)
        figure = plots.regions(
            torch.randn(40, 2, generator=generator), torch.randn(40, generator=generator)
        )
        assert len(patterns(figure)) == len(set(patterns(figure)))
        assert figure.layout.showlegend is False

    def test_a_layer_in_training(self) -> None:
        layer = torch.nn.Linear(2, 4)
        assert all(
            len(pattern) == 4 for pattern in patterns(plots.regions(layer.weight, layer.bias))
        )
        assert layer.weight.requires_grad

    @pytest.mark.cuda
    def test_a_layer_on_a_gpu(self) -> None:
        assert (
            len(patterns(plots.regions(self.W.cuda(), self.B.cuda(), points=self.W[:, :2].cuda())))
            == 7
        )

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"w1": torch.ones(3, 3)}, r"w1 must have shape \(n, 2\), not \(3, 3\)"),
            ({"w1": torch.ones(0, 2)}, r"w1 must have shape \(n, 2\), not \(0, 2\)"),
            ({"w1": torch.ones(2)}, r"w1 must have shape \(n, 2\), not \(2,\)"),
            ({"w1": [[1.0], [1.0, 2.0]]}, r"w1 must hold numbers, in shape \(n, 2\)"),
            (
                {"w1": torch.ones(3, 2), "b1": torch.ones(2)},
                r"b1 must have shape \(3,\), not \(2,\)",
            ),
            ({"w1": torch.ones(1, 2), "b1": [float("inf")]}, "b1 must hold finite numbers"),
            ({"w1": torch.ones(1, 2), "points": [1.0, 2.0]}, r"points must have shape \(n, 2\)"),
        ],
    )
    def test_bad_arguments(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.regions(**arguments)


class TestDataset:
    X = torch.randn(100, 2, generator=torch.Generator().manual_seed(1))
    Y = 2 * X + 1

    def test_all_samples_and_all_targets(self) -> None:
        figure = plots.dataset(self.X, self.Y, title="Mine")
        for name, points in (("X", self.X), ("y", self.Y)):
            found = trace(figure, name)
            np.testing.assert_array_equal(np.stack([found.x, found.y], axis=1), points)
        assert trace(figure, "X").marker.symbol != trace(figure, "y").marker.symbol
        assert figure.layout.yaxis.scaleanchor == "x"
        assert figure.layout.title.text == "Mine"

    @pytest.mark.parametrize("n", [1, 2, 12, 13, 100])
    def test_arrows_lead_from_some_samples_to_their_targets(self, n: int) -> None:
        arrows = trace(plots.dataset(self.X[:n], self.Y[:n]), "from X to y")
        ends = np.stack([arrows.x, arrows.y], axis=1).reshape(-1, 3, 2)
        assert len(ends) == len(np.unique(ends[:, 0], axis=0)) == min(n, 12)
        np.testing.assert_allclose(ends[:, 1], 2 * ends[:, 0] + 1, rtol=1e-6)
        assert np.isnan(ends[:, 2]).all()
        assert set(map(tuple, ends[:, 0])) <= set(map(tuple, self.X.double().tolist()))
        assert list(arrows.marker.size) == [0, 12, 0] * len(ends)

    @pytest.mark.filterwarnings("error")
    def test_tensors_in_training_and_arrays(self) -> None:
        fixed = self.Y.numpy()
        fixed.flags.writeable = False
        assert len(plots.dataset(self.X.clone().requires_grad_(), fixed).data) == 3

    @pytest.mark.parametrize(
        ("X", "y", "problem"),
        [
            (torch.ones(3, 1), torch.ones(3, 2), r"X must have shape \(n, 2\), not \(3, 1\)"),
            (torch.ones(3, 2), torch.ones(4, 2), r"y must have shape \(3, 2\), not \(4, 2\)"),
            (torch.ones(3, 2), torch.ones(3), r"y must have shape \(3, 2\), not \(3,\)"),
            (torch.full((3, 2), torch.nan), torch.ones(3, 2), "X must hold finite numbers"),
            (torch.ones(3, 2) * 1j, torch.ones(3, 2), "X must hold numbers"),
            ("X", torch.ones(3, 2), "X must hold numbers, .* not str"),
        ],
    )
    def test_bad_arguments(self, X: Any, y: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.dataset(X, y)


class TestLosses:
    @pytest.mark.parametrize(
        "run",
        [
            SimpleNamespace(losses=torch.tensor([4.0, 2.0, 1.0], requires_grad=True)),
            [4.0, 2.0, 1.0],
            np.array([4, 2, 1]),
            [torch.tensor(4.0, requires_grad=True), torch.tensor(2.0), torch.tensor(1.0)],
        ],
    )
    @pytest.mark.filterwarnings("error")
    def test_one_training(self, run: Any) -> None:
        figure = plots.losses(run)
        (line,) = figure.data
        assert (line.x.tolist(), line.y.tolist()) == ([0, 1, 2], [4, 2, 1])
        assert figure.layout.yaxis.type == "log"
        assert not figure.layout.showlegend

    def test_several_differ_in_more_than_colour(self) -> None:
        figure = plots.losses({str(name): [name + 1.0] * 30 for name in range(12)}, title="All")
        assert [line.name for line in figure.data] == [str(name) for name in range(12)]
        assert [line.y[0] for line in figure.data] == list(range(1, 13))
        assert len({(line.line.color, line.line.dash) for line in figure.data}) == 12
        assert len({line.line.dash for line in figure.data[:5]}) == 5
        assert figure.layout.showlegend

    def test_what_a_logarithmic_scale_cannot_show_is_a_gap(self) -> None:
        (line,) = plots.losses([3.0, 0.0, float("nan"), float("inf"), -1.0, 2.0]).data
        np.testing.assert_array_equal(line.y, [3, *[np.nan] * 4, 2])

    def test_a_few_losses_are_marked(self) -> None:
        assert plots.losses([3.0]).data[0].mode == "lines+markers"
        assert plots.losses([3.0] * 100).data[0].mode == "lines"

    def test_a_run_without_a_loss_above_0_is_no_error(self) -> None:
        figure = plots.losses({"solved": [0.0, 0.0], "other": [2.0, 1.0]})
        assert [line.name for line in figure.data] == ["solved: never above 0", "other"]
        assert "nothing to show" in said(plots.losses([0.0, float("nan")]))

    @pytest.mark.parametrize(
        ("runs", "problem"),
        [
            ({}, "runs must hold a run for each name"),
            (
                {"a": [1.0], "b": []},
                r"runs\['b'\] must hold losses of shape \(steps,\), not \(0,\)",
            ),
            (torch.ones(3, 2), r"runs must hold losses of shape \(steps,\), not \(3, 2\)"),
            ("losses", "runs must be a run or its losses"),
            (None, "runs must be a run or its losses, .* not NoneType"),
        ],
    )
    def test_bad_arguments(self, runs: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.losses(runs)


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    return [part for part in model.modules() if isinstance(part, nn.Linear)]


def relu_network(*sizes: int, seed: int = 0) -> nn.Sequential:
    """Linear layers of these sizes, float64, random, with ReLUs between."""
    torch.manual_seed(seed)
    parts: list[nn.Module] = []
    for n, m in pairwise(sizes):
        parts += [nn.Linear(n, m, dtype=torch.float64), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def polygons(figure: Any) -> list[NDArray[np.float64]]:
    """The corners (k, 2) of every region of a partition."""
    found = []
    for area in figure.data:
        if area.fill == "toself":
            corners = np.stack([area.x, area.y], axis=1).astype(np.float64)
            found += [
                part[~np.isnan(part[:, 0])]
                for part in np.split(corners, np.flatnonzero(np.isnan(corners[:, 0])))
            ]
    return [part for part in found if len(part)]


def signs(network: nn.Sequential, points: torch.Tensor) -> list[str]:
    """The pattern of all hidden units at each of the points (n, 2)."""
    on = []
    for part in network:
        if isinstance(part, nn.ReLU):
            on.append(points > 0)
        points = part(points)
    return ["".join(map(str, row)) for row in torch.cat(on, dim=1).int().tolist()]


class Styles:
    """The same network, with one hidden ReLU layer after
    another, in the ways in which students write it.
    """

    class Base(nn.Module):
        def __init__(self, network: nn.Sequential) -> None:
            super().__init__()
            self.a, self.b, self.c = network[0], network[2], network[4]

        def relu(self, z: torch.Tensor) -> torch.Tensor:
            raise NotImplementedError

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.c(self.relu(self.b(self.relu(self.a(x)))))
            return out

    @staticmethod
    def made(relu: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[nn.Sequential], nn.Module]:
        return type("Style", (Styles.Base,), {"relu": lambda _, z: relu(z)})


STYLES: dict[str, Callable[[nn.Sequential], nn.Module]] = {
    "torch.relu": Styles.made(torch.relu),
    "functional": Styles.made(nn.functional.relu),
    "in place": Styles.made(lambda z: nn.functional.relu(z, inplace=True)),
    "method": Styles.made(lambda z: z.relu()),
    "method in place": Styles.made(lambda z: z.relu_()),
    "clamp": Styles.made(lambda z: z.clamp(min=0)),
    "clamp, by place": Styles.made(lambda z: torch.clamp(z, 0.0)),
    "clamp_min": Styles.made(lambda z: z.clamp_min(0)),
    "maximum": Styles.made(lambda z: torch.maximum(z, torch.zeros_like(z))),
    "maximum, the other way round": Styles.made(
        lambda z: torch.maximum(torch.tensor(0.0, dtype=z.dtype), z)
    ),
    "module": Styles.made(nn.ReLU()),
    "nested": lambda network: nn.Sequential(network[:3], nn.Dropout(), nn.Identity(), network[3:]),
    "single precision": lambda network: deepcopy(network).float(),
}


class Leaky(nn.Module):
    """Two hidden layers whose ReLUs leak."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, 6), nn.LeakyReLU(0.2), nn.Linear(6, 5), nn.PReLU(), nn.Linear(5, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layers(x)
        return out


class Residual(nn.Module):
    """Linear, two residual blocks with batch normalisation, linear."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(2, 5), nn.Linear(5, 2)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5)) for _ in range(2)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(5) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.into(x)
        for block, norm in zip(self.blocks, self.norms, strict=True):
            x = norm(x + block(x))
        out: torch.Tensor = self.out(x)
        return out


class TestPartition:
    @pytest.mark.parametrize("sizes", [(2, 6, 1), (2, 8, 8, 2), (2, 5, 7, 4, 3), (2, 12, 3, 12, 1)])
    def test_regions_have_one_pattern_each_fill_the_square_and_leave_none_out(
        self, sizes: tuple[int, ...]
    ) -> None:
        network = relu_network(*sizes, seed=sum(sizes))
        figure = plots.partition(network, extent=2.0)
        regions = polygons(figure)
        assert figure.layout.title.text == f"Regions in view: {len(regions)}"
        centres = torch.tensor(np.array([corners.mean(axis=0) for corners in regions]))
        patterns = signs(network, centres)
        assert len(set(patterns)) == len(regions)
        area = 0.0
        for corners, pattern in zip(regions, patterns, strict=True):
            x, y = corners.T
            area += float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2
            inside = torch.tensor(0.999 * corners + 0.001 * corners.mean(axis=0))
            if np.ptp(corners, axis=0).min() > 1e-2:
                assert set(signs(network, inside)) == {pattern}
        assert area == pytest.approx(16.0, rel=1e-5)
        darts = 4 * torch.rand(50_000, 2, dtype=torch.float64) - 2
        assert set(signs(network, darts)) <= set(patterns)

    def test_one_layer_is_cut_as_by_regions(self) -> None:
        network = relu_network(2, 7, 3, seed=4)
        layer, _ = linear_layers(network)
        one, other = plots.partition(network), plots.regions(layer.weight, layer.bias)
        assert one.layout.title.text == other.layout.title.text

    def test_three_folds_make_eight_strips(self) -> None:
        fold, stretch, last = [[1.0, 0.0], [-1.0, 0.0]], [[-2.0, -2.0], [2.0, 2.0]], [[-2.0, -2.0]]
        biases = [[0.0, 0.0], [1.0, -1.0], [1.0, -1.0], [1.0]]
        figure = plots.partition([fold, stretch, stretch, last], biases, extent=1.0)
        assert figure.layout.title.text == "Regions in view: 8"
        for layer, kinks in (
            ("layer 1", [0]),
            ("layer 2", [-0.5, 0.5]),
            ("layer 3", [-0.75, -0.25, 0.25, 0.75]),
        ):
            x = trace(figure, layer).x
            np.testing.assert_allclose(np.unique(x[~np.isnan(x)].round(6)), kinks, atol=1e-6)
        assert (
            plots.partition([fold, stretch, stretch, last], extent=1.0).layout.title.text
            != figure.layout.title.text
        )

    @pytest.mark.parametrize("style", STYLES)
    @pytest.mark.filterwarnings("error")
    def test_every_way_to_write_a_network(self, style: str) -> None:
        network = relu_network(2, 6, 5, 2, seed=2)
        expected = plots.partition(network)
        figure = plots.partition(STYLES[style](network))
        assert [len(found.x) for found in figure.data] == [len(found.x) for found in expected.data]
        assert figure.layout.title.text == expected.layout.title.text

    def test_weights_and_biases_of_a_network(self) -> None:
        network = relu_network(2, 6, 5, 2, seed=2)
        layers = linear_layers(network)
        figure = plots.partition(
            [layer.weight for layer in layers], [layer.bias for layer in layers]
        )
        assert figure.to_dict() == plots.partition(network).to_dict()

    @pytest.mark.parametrize("kind", [Residual, Leaky])
    def test_other_piecewise_linear_networks(self, kind: type[nn.Module]) -> None:
        torch.manual_seed(0)
        model = kind()
        model(torch.randn(50, 2))  # running statistics of its own
        before = {name: value.clone() for name, value in model.state_dict().items()}
        figure = plots.partition(model)
        assert [line.name for line in figure.data if line.fill is None] == ["layer 1", "layer 2"]
        assert model.training
        for name, value in model.state_dict().items():
            assert torch.equal(value, before[name])
            assert value.dtype == before[name].dtype
        model = deepcopy(model).double().eval()
        for corners in polygons(
            figure
        ):  # the network is linear there: its gradient is the same everywhere
            if np.ptp(corners, axis=0).min() > 1e-2:
                inside = torch.tensor(0.99 * corners + 0.01 * corners.mean(axis=0)).requires_grad_()
                (slopes,) = torch.autograd.grad(model(inside)[:, 0].sum(), inside)
                np.testing.assert_allclose(slopes, slopes[:1].expand_as(slopes), atol=1e-9)

    def test_neighbours_never_share_a_colour(self) -> None:
        figure = plots.partition(relu_network(2, 6, 6, 1, seed=3))
        for area in figure.data:
            if area.fill == "toself":
                x = area.x.astype(np.float64)
                parts = np.split(np.stack([x, area.y], axis=1), np.flatnonzero(np.isnan(x)))
                corners = [set(map(tuple, part[~np.isnan(part[:, 0])].round(4))) for part in parts]
                assert all(
                    len(one & two) < 2 for i, one in enumerate(corners) for two in corners[:i]
                )

    @pytest.mark.parametrize(
        "network",
        [
            nn.Linear(2, 3),
            nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)),
            [np.zeros((3, 2)), np.zeros((3, 3)), np.zeros((1, 3))],
        ],
    )
    def test_without_a_kink_there_is_one_region(self, network: Any) -> None:
        assert plots.partition(network).layout.title.text == "Regions in view: 1"

    def test_a_layer_whose_input_is_dead_cuts_nothing(self) -> None:
        layers = [-np.eye(2) * 0, np.random.default_rng(0).normal(size=(9, 2)), np.ones((1, 9))]
        figure = plots.partition(layers, [[-1.0, -1.0], np.zeros(9), [0.0]])
        assert figure.layout.title.text == "Regions in view: 1"

    def test_identity_start_with_more_hidden_units_than_inputs(self) -> None:
        network = relu_network(2, 8, 8, 2)
        for part in linear_layers(network):
            nn.init.eye_(part.weight)
            nn.init.zeros_(part.bias)
        assert plots.partition(network).layout.title.text == "Regions in view: 4"

    def test_the_view_holds_the_points(self) -> None:
        figure = plots.partition(nn.Linear(2, 1), points=[[10.0, 1.0]])
        assert figure.layout.xaxis.range == (-11, 11)
        assert figure.data[-1].name == "points"
        assert plots.partition(
            nn.Linear(2, 1), points=[[10.0, 1.0]], extent=2.0
        ).layout.xaxis.range == (-2, 2)
        assert plots.partition(nn.Linear(2, 1)).layout.xaxis.range == (-3, 3)

    def test_it_works_where_gradients_are_off(self) -> None:
        with torch.inference_mode():
            assert plots.partition(relu_network(2, 3, 1)).layout.title.text == "Regions in view: 7"

    @pytest.mark.cuda
    def test_a_network_on_a_gpu(self) -> None:
        network = relu_network(2, 6, 6, 1)
        expected = plots.partition(network).to_dict()
        assert plots.partition(network.cuda()).to_dict() == expected

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"model": nn.Linear(2, 1), "biases": [[0.0]]}, "biases go with a list of weights"),
            (
                {"model": torch.ones(3, 2)},
                "model must be a module or a list of weights, .* not Tensor",
            ),
            ({"model": []}, "model must be a module or a list of weights"),
            ({"model": "relu"}, "model must be a module or a list of weights, .* not str"),
            ({"model": [np.ones((3, 3))]}, r"weights\[0\] must have shape \(n, 2\), not \(3, 3\)"),
            (
                {"model": [np.ones((3, 2)), np.ones((1, 2))]},
                r"weights\[1\] must have shape \(n, 3\), not \(1, 2\)",
            ),
            (
                {"model": [np.ones((3, 2))], "biases": []},
                "there must be as many biases as weights, 1, not 0",
            ),
            (
                {"model": [np.ones((3, 2))], "biases": [np.ones(2)]},
                r"biases\[0\] must have shape \(3,\), not \(2,\)",
            ),
            ({"model": [np.full((3, 2), np.nan)]}, r"weights\[0\] must hold finite numbers"),
            ({"model": nn.Linear(2, 1), "points": [1.0]}, r"points must have shape \(n, 2\)"),
        ],
    )
    def test_bad_arguments(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.partition(**arguments)

    @pytest.mark.parametrize(
        ("model", "reason"),
        [
            (nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)), "functions are ReLUs"),
            (nn.Sequential(nn.Linear(2, 3, bias=False), nn.Tanh()), "functions are ReLUs"),
            (nn.Sequential(nn.Linear(2, 9), nn.Hardtanh()), "functions are ReLUs"),
            (nn.Linear(3, 2), "take points of shape (n, 2)"),
            (nn.Flatten(0), "treat each row"),
        ],
    )
    def test_a_model_of_another_kind_is_no_error(self, model: nn.Module, reason: str) -> None:
        assert reason in said(plots.partition(model, points=torch.ones(3, 2)))

    def test_a_module_that_keeps_a_result(self) -> None:
        model = nn.Linear(2, 1)
        model.kept = model(torch.ones(1, 2))
        assert "The model can't be copied" in said(plots.partition(model))

    def test_a_network_that_is_not_finite(self) -> None:
        network = relu_network(2, 3, 1)
        nn.init.constant_(linear_layers(network)[0].weight, float("inf"))
        assert "not finite" in said(plots.partition(network))

    def test_too_many_regions(self) -> None:
        reason = "more than 20,000 regions in view: choose a smaller extent"
        model = relu_network(2, 300, 1)
        assert reason in said(plots.partition(model, extent=100.0))
        weight = linear_layers(model)[0].weight
        bias = linear_layers(model)[0].bias
        assert reason in said(plots.regions(weight, bias, extent=100.0))


class TestNetwork:
    @pytest.mark.parametrize(
        ("sizes", "each", "total"),
        [
            ([784, 32, 64, 128, 64, 10], ["25,120", "2,112", "8,320", "8,256", "650"], "44,458"),
            ([784, 512, 512, 10], ["401,920", "262,656", "5,130"], "669,706"),
            ((2, np.int64(1)), ["3"], "3"),
        ],
    )
    def test_parameters_of_each_layer_and_of_all(
        self, sizes: list[int], each: list[str], total: str
    ) -> None:
        figure = plots.network(sizes)
        assert figure.layout.title.text == f"{total} parameters"
        assert [text.split("<br>")[0] for text in figure.layout.xaxis.ticktext] == each
        named = [note.text for note in figure.layout.annotations if note.text != "⋮"]
        assert [text.split("<br>")[1] for text in named] == [f"<b>{size}</b>" for size in sizes]

    def test_a_module_is_counted_as_it_is(self) -> None:
        model = nn.Sequential(
            nn.Linear(2, 3, bias=False), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 1)
        )
        figure = plots.network(model)
        assert list(figure.layout.xaxis.ticktext) == ["6<br>2·3", "4<br>3·1+1"]
        assert figure.layout.title.text == "16 parameters, 6 of them not in linear<br>layers"

    def test_every_weight_is_a_line_by_sign_and_size(self) -> None:
        model = nn.Sequential(nn.Linear(2, 3, bias=False), nn.ReLU(), nn.Linear(3, 1))
        first, second = linear_layers(model)
        with torch.no_grad():
            first.weight.copy_(torch.tensor([[4.0, -4.0], [1.0, 0.0], [-2.1, 3.0]]))
            second.weight.copy_(torch.tensor([[0.1, 0.2, -0.4]]))
        figure = plots.network(model)
        drawn = {}
        for line in figure.data[:-1]:
            for (left, low), (right, high) in np.stack([line.x, line.y], axis=1).reshape(-1, 3, 2)[
                :, :2
            ]:
                assert right == left + 1
                drawn[left, low, high] = (line.line.dash, line.line.width, line.name)
        up, down = "positive weight", "negative weight"
        assert drawn == {
            (0, 0.5, 1): ("solid", 4, up), (0, -0.5, 1): ("dash", 4, down), (0, 0.5, 0): ("solid",
            1, up),
            (0, 0.5, -1): ("dash", 3, down), (0, -0.5, -1): ("solid", 3, up),
            (1, 1, 0): ("solid", 1, up), (1, 0, 0): ("solid", 2, up), (1, -1, 0): ("dash", 4, down),
        }  # fmt: skip
        assert [line.showlegend for line in figure.data[:-1]].count(True) == 2

    def test_of_a_large_layer_the_first_and_the_last_units_are_drawn(self) -> None:
        model = nn.Linear(1, 20)
        with torch.no_grad():
            model.weight[4:16] = 1e9  # not drawn, but as large as the largest
            model.weight[-1] = -1e9
        figure = plots.network(model)
        units = figure.data[-1]
        assert list(units.text)[1:] == [f"unit {n} of 20" for n in (1, 2, 3, 4, 17, 18, 19, 20)]
        dashed = [line for line in figure.data[:-1] if line.line.width == 4]
        assert [(line.y[0], line.y[1]) for line in dashed] == [(0, units.y[-1])]
        assert [note.x for note in figure.layout.annotations if note.text == "⋮"] == [1]

    def test_sizes_alone_draw_plain_lines(self) -> None:
        figure = plots.network([2, 3, 1])
        assert len(figure.data) == 2
        assert len(figure.data[0].x) == 3 * (2 * 3 + 3)
        assert not figure.layout.showlegend

    @pytest.mark.parametrize(
        ("model", "problem"),
        [
            ([2], r"model must be a module or a list of sizes, as in \[2, 16, 2\], not \[2\]"),
            ([2, 0, 1], "model must be a module or a list of sizes"),
            ([2, 1.5], "model must be a module or a list of sizes"),
            ([2, True], "model must be a module or a list of sizes"),
            ("21", "model must be a module or a list of sizes"),
            (None, "model must be a module or a list of sizes"),
        ],
    )
    def test_bad_arguments(self, model: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.network(model)

    def test_weights_that_are_not_finite(self) -> None:
        model = nn.Linear(2, 1)
        nn.init.constant_(model.weight, float("nan"))
        assert "not finite" in said(plots.network(model))

    @pytest.mark.parametrize(
        ("model", "reason"),
        [
            (nn.ReLU(), "this one has none"),
            (
                nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)),
                "layer 1 gives 3 values, and layer 2 takes 4",
            ),
            (nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2)), "Call the model once"),
        ],
    )
    def test_a_model_of_another_kind_is_no_error(self, model: nn.Module, reason: str) -> None:
        assert reason in said(plots.network(model))


class TestNetworkInDetail:
    """What can be asked of `network` beyond its units and weights."""

    def test_labels_stand_beside_inputs_and_outputs(self) -> None:
        figure = plots.network([2, 3, 1], inputs=["age", "height"], outputs=["weight"])
        notes = {note.text: (note.x, note.y) for note in figure.layout.annotations}
        assert (notes["age"], notes["height"], notes["weight"]) == ((0, 0.5), (0, -0.5), (2, 0))
        assert figure.layout.xaxis.range[0] < -0.5

    def test_of_a_large_layer_the_labels_of_drawn_units_are_shown(self) -> None:
        labels = [f"pixel {i}" for i in range(1, 21)]
        figure = plots.network([20, 1], inputs=labels)
        shown = [n.text for n in figure.layout.annotations if n.text.startswith("pixel")]
        assert shown == [f"pixel {i}" for i in (1, 2, 3, 4, 17, 18, 19, 20)]

    def test_functions_stand_in_the_units_and_above_their_layer(self) -> None:
        figure = plots.network([2, 3, 2, 1], activation=["ReLU", "tanh"], output="sigmoid")
        inside = trace(figure, "functions")
        assert list(inside.text) == ["ReLU"] * 3 + ["tanh"] * 2 + ["σ"]
        assert list(inside.x) == [1, 1, 1, 2, 2, 3]
        heads = [note.text for note in figure.layout.annotations]
        assert heads[1:4] == [
            "hidden 1<br><b>3</b><br>ReLU",
            "hidden 2<br><b>2</b><br>tanh",
            "output<br><b>1</b><br>sigmoid",
        ]

    def test_softmax_takes_all_outputs_together(self) -> None:
        (frame,) = plots.network([2, 4], output="softmax").layout.shapes
        assert (frame.xanchor, frame.y0, frame.y1) == (1, -2, 2)
        assert not plots.network([2, 4], output="none").layout.shapes

    def test_weights_and_biases_are_counted(self) -> None:
        model = nn.Sequential(nn.Linear(2, 3, bias=False), nn.Linear(3, 1))
        for given, counts in ((model, "9 weights, 1 biases"), ([784, 10], "7,840 weights, 10 bi")):
            assert plots.network(given).layout.xaxis.title.text.startswith(counts)

    def test_bias_nodes_have_a_line_for_each_bias_that_is_not_0(self) -> None:
        model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1, bias=False))
        first, _ = linear_layers(model)
        with torch.no_grad():
            first.weight.fill_(1.0)
            first.bias.copy_(torch.tensor([-2.0, 0.0, 0.5]))
        figure = plots.network(model, biases=True)
        node = trace(figure, "bias nodes")
        assert list(node.x) == [0]
        drawn = {}
        for line in figure.data:
            if line.mode == "lines":
                ends = np.stack([line.x, line.y], axis=1).reshape(-1, 3, 2)
                for start, end in ends[:, :2]:
                    if start[1] == node.y[0]:
                        drawn[float(end[1])] = (line.line.dash, line.line.width)
        assert drawn == {1.0: ("dash", 4), -1.0: ("solid", 1)}

    def test_the_slider_shows_what_comes_into_each_unit(self) -> None:
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        first, _ = linear_layers(model)
        with torch.no_grad():
            first.weight.copy_(torch.tensor([[4.0, -4.0], [1.0, 0.0], [-2.1, 3.0]]))
        figure = plots.network(model, highlight=True)
        assert [frame.name for frame in figure.frames] == [
            "no unit",
            *(f"hidden 1, unit {i}: 2 weights + 1 bias" for i in (1, 2, 3)),
            "output, unit 1: 3 weights + 1 bias",
        ]
        parts = {part.name: part for part in figure.frames[1].data}
        up, down = parts["positive, into the unit"], parts["negative, into the unit"]
        assert (list(up.x[:2]), list(up.y[:2])) == ([0, 1], [0.5, 1])
        assert (list(down.x[:2]), list(down.y[:2])) == ([0, 1], [-0.5, 1])
        assert (up.line.dash, down.line.dash) == ("solid", "dash")
        assert list(parts["values"].text) == ["4", "−4"]
        assert (list(parts["unit"].x), list(parts["unit"].y)) == ([1], [1])
        assert [part.name for part in figure.frames[0].data if part.name == "unit"] == ["unit"]
        assert not len(figure.frames[0].data[-1].x)

    def test_the_slider_for_sizes_and_for_biases(self) -> None:
        figure = plots.network([2, 1], highlight=True, biases=True)
        lines = [p for p in figure.frames[1].data if p.name == "positive, into the unit"]
        assert sorted(lines[0].y[0::3]) == [-1.5, -0.5, 0.5]

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ({"inputs": ["a"]}, "inputs must hold a label for each of the 2 inputs, not 1"),
            ({"inputs": "ab"}, "inputs must hold a label for each of the 2 inputs, not a string"),
            ({"outputs": ["a"] * 4}, "outputs must hold a label for each of the 1 outputs, not 4"),
            ({"activation": ["ReLU"] * 2}, "one for each of the 1 hidden layers, not 2"),
            ({"output": "relu"}, "output must be one of none, sigmoid, softmax, not 'relu'"),
        ],
    )
    def test_bad_options(self, options: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.network([2, 3, 1], **options)

    def test_biases_that_are_not_finite(self) -> None:
        model = nn.Linear(2, 1)
        nn.init.constant_(model.bias, float("inf"))
        assert "not finite" in said(plots.network(model))


@pytest.mark.parametrize("name", FIGURES)
def test_figures_survive_the_way_through_json(name: str) -> None:
    figure = FIGURES[name]()
    again = go.Figure(json.loads(figure.to_json()))
    assert len(again.data) == len(figure.data)
    assert len(again.frames) == len(figure.frames)


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
@pytest.mark.parametrize(
    "make",
    [
        *FIGURES.values(),
        lambda **options: plots.activation(torch.tanh, **options),  # no jump
        lambda **options: plots.activation("gelu", derivative=False, **options),
        lambda **options: plots.losses([1e-9, 1.0, 1e9], **options),
        lambda **options: plots.network(
            nn.Sequential(nn.Linear(2, 20), nn.Linear(20, 2)), **options
        ),
        lambda **options: plots.partition(nn.Linear(2, 2), points=torch.ones(3, 2), **options),
        lambda **options: plots.fold(
            [[2.0], [0.0]], [[0.0, 1.0]], **options
        ),  # traces that never change
        lambda **options: plots.regions(
            torch.eye(2), torch.ones(2), points=torch.ones(3, 2), **options
        ),
    ],
)
def test_plotly_finds_nothing_wrong_with_a_figure_and_nothing_to_add(
    make: Callable[..., Any], theme: str
) -> None:
    figure = make(theme=theme)
    checked = json.loads(go.Figure(figure.to_dict()).to_json())
    written = json.loads(figure.to_json())
    for frame in written.get("frames", []):
        frame["data"] = [
            {"type": "scatter", **change} for change in frame["data"]
        ]  # which is the default
    assert checked == written


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_changed_in_a_figure_is_checked_again(name: str) -> None:
    figure = FIGURES[name]()
    figure.update_layout(title="mine", xaxis_title="t", template="simple_white")
    figure.update_traces(opacity=0.5)
    assert (figure.layout.title.text, figure.layout.xaxis.title.text, figure.data[0].opacity) == (
        "mine",
        "t",
        0.5,
    )
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_layout(titel="mine")
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_xaxes(nticks=-1)
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_traces(opacity=2)


class TestFrames:
    def test_only_what_changes_is_written(self) -> None:
        written = plots.fold().to_dict()["frames"]
        assert {tuple(map(tuple, frame["data"])) for frame in written} == {
            (("y",), ("y",), ("x",), ("y",), ("text",))
        }

    def test_what_is_read_is_whole_and_may_be_changed(self) -> None:
        figure = plots.fold()
        assert figure.frames[7].data[0] == go.Scatter(figure.data[0]).update(
            y=figure.frames[7].data[0].y
        )
        figure.frames[7].data[0].update(name="mine")
        assert figure.to_dict()["frames"][7]["data"][0]["name"] == "mine"
        assert "name" not in figure.to_dict()["frames"][8]["data"][0]
        with pytest.raises(ValueError, match="Invalid"):
            figure.frames[7].data[0].opacity = 2

    @pytest.mark.parametrize(("scale", "dtype"), [(1.0, "f4"), (1e39, "f8"), (1e-39, "f8")])
    def test_what_is_written_is_what_is_read(self, scale: float, dtype: str) -> None:
        figure = plots.fold(scale * torch.tensor([[1.0], [-0.3]]).double(), [[0.7, 1.1]])
        written = [frame["data"][1]["y"] for frame in figure.to_dict()["frames"]]
        assert {y["dtype"] for y in written} == {dtype}
        for y, frame in zip(written, figure.frames, strict=True):
            numbers = np.frombuffer(base64.b64decode(y["bdata"]), np.dtype(dtype))
            np.testing.assert_allclose(numbers, frame.data[1].y, rtol=1e-7)


def texts(figure: Any, frame: int) -> list[str]:
    """What stands at the nodes of a graph in a frame."""
    (found,) = [part.text for part in figure.frames[frame].data if part.name == "nodes"]
    return list(found)


def test_a_graph_shows_values_first_and_then_one_gradient_more_in_each_frame() -> None:
    figure = plots.graph(EDGES, VALUES, SLOPES)
    assert [frame.name for frame in figure.frames] == ["values", "loss", "z", "w"]
    known = [sum("∂" in text for text in texts(figure, frame)) for frame in range(4)]
    assert known == [0, 1, 2, 3]
    assert "<b>w</b><br>[3, −1]<br><b>∂</b> [8, 16]" in texts(figure, 3)
    assert len(figure.layout.sliders[0].steps) == 4


def test_a_graph_marks_the_edges_along_which_the_gradient_of_a_node_comes() -> None:
    figure = plots.graph(EDGES, VALUES, SLOPES)
    for frame, edges in ((1, 0), (2, 1), (3, 1)):
        (way,) = [p for p in figure.frames[frame].data if p.name == "gradient comes back"]
        assert np.isfinite(np.array(way.x, float)).sum() == 2 * edges


def test_a_graph_puts_what_is_given_right_above_what_uses_it() -> None:
    figure = plots.graph(
        [("x", "z"), ("z", "a"), ("a", "loss"), ("y", "loss")],
        dict.fromkeys("xzay", 1) | {"loss": 2},
        {},
    )
    (nodes,) = [part for part in figure.data if part.name == "circle"]
    heights = dict(zip("xzay", nodes.y, strict=False))
    assert heights["y"] == heights["a"] < heights["z"] < heights["x"]


def test_a_graph_writes_the_shape_of_a_large_array_and_tells_nan() -> None:
    figure = plots.graph([("W", "L")], {"W": np.ones((3, 4)), "L": float("nan")}, {"W": np.ones(5)})
    assert "3×4 numbers" in texts(figure, 1)[0]
    assert "5 numbers" in texts(figure, 1)[0]
    assert "nan" in texts(figure, 0)[1]


@pytest.mark.parametrize(
    ("edges", "word"),
    [([], "pair"), ([("a", "b"), ("b", "a")], "cycle"), ([("a", "q")], "'q'")],
    ids=["none", "cycle", "unknown"],
)
def test_a_graph_that_is_none_is_refused(edges: list[tuple[str, str]], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        plots.graph(edges, {"a": 1.0, "b": 2.0}, {})


def test_a_separation_marks_the_points_on_the_wrong_side_of_each_line() -> None:
    figure = plots.separation(
        [[2.0, 0.0], [-2.0, 1.0]], [1, 0], [([0, 0], 0), ([1, 0], 3), ([1, 0], 0)]
    )
    wrong = [len(next(p.x for p in frame.data if p.name == "wrong")) for frame in figure.frames]
    assert wrong == [1, 1, 0]
    with pytest.raises(ValueError, match="lines"):
        plots.separation([[2.0, 0.0]], [1], [])


def test_each_group_of_points_has_a_colour_and_a_symbol() -> None:
    X, groups = torch.rand(5, 2), [0, 1, 1, 2, 7]
    for shown, aimed in (
        (trace(plots.dataset(X, X, groups=groups), name) for name in ("X", "y")),
        (
            trace(animate_training(torch.rand(3, 5, 2), X, groups=torch.tensor(groups)), name)
            for name in ("prediction", "target")
        ),
    ):
        looks = list(zip(shown.marker.color, shown.marker.symbol, strict=True))
        assert looks[1] == looks[2]
        assert len(set(looks)) == 4
        assert list(shown.marker.color) == list(aimed.marker.color)
        assert [f"{symbol}-open" for symbol in shown.marker.symbol] == list(aimed.marker.symbol)
    for wrong in ([0, 1], [0.5] * 5, [-1] * 5):
        with pytest.raises(ValueError, match="groups must"):
            plots.dataset(X, X, groups=wrong)


@pytest.mark.parametrize("name", FIGURES)
def test_without_a_theme_a_figure_shows_on_light_and_on_dark_pages(name: str) -> None:
    """No background of its own, and all text with a contrast of 3.8 on both."""
    figure = FIGURES[name]()
    template = figure.layout.template.layout
    assert template.paper_bgcolor == template.plot_bgcolor == "rgba(0,0,0,0)"
    assert figure.layout.paper_bgcolor is figure.layout.plot_bgcolor is None

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    inks = {template.font.color}
    inks |= {slider.currentvalue.font.color for slider in figure.layout.sliders}
    inks |= {
        part.textfont.color
        for part in figure.data
        if part.type == "scatter" and "text" in (part.mode or "")
        if isinstance(part.textfont.color, str)
        if part.name not in ("functions", "bias nodes")  # which have a paper of their own
    }
    for ink in inks:
        for page in ("#FFFFFF", "#111111", "#1F1F1F"):  # JupyterLab's two, and VS Code's
            dark, light = sorted([luminance(ink), luminance(page)])
            assert (light + 0.05) / (dark + 0.05) > 3.8, (ink, page)


def test_a_figure_shows_itself_in_a_kernel_without_nbformat() -> None:
    source = (
        "import sys; sys.modules['nbformat'] = None\nfrom course_lib import plots\nplots.fold()"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, timeout=120).execute()
    (output,) = notebook.cells[0].outputs
    assert "application/vnd.plotly.v1+json" in output.data
