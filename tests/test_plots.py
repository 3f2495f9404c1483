"""The figures of `course_lib.plots`, by what they show: traces, frames, values, and what they refuse."""

import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from course_lib import plots

FIGURES: dict[str, Callable[..., Any]] = {
    "activation": lambda **options: plots.activation("relu", **options),
    "fold": plots.fold,
    "linear_vs_relu": plots.linear_vs_relu,
    "regions": lambda **options: plots.regions([[1.0, 2.0]], **options),
}


def trace(figure: Any, name: str) -> Any:
    """The one trace whose name starts with `name`."""
    (found,) = [candidate for candidate in figure.data if candidate.name.startswith(name)]
    return found


def patterns(figure: Any) -> list[str]:
    return sorted(candidate.name for candidate in figure.data if candidate.fill == "toself")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize(("theme", "template"), [("light", "plotly_white"), ("dark", "plotly_dark")])
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
@pytest.mark.parametrize("name", ["activation", "regions"])
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
        np.testing.assert_allclose(slopes[far_from_the_kink], quotients[far_from_the_kink], atol=5e-3)

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
        with pytest.raises(ValueError, match=r"function must be callable or one of relu, .*'rellu'"):
            plots.activation("rellu")

    @pytest.mark.parametrize("function", [torch.sum, lambda z: z[:, None], lambda _: 1.0])
    def test_a_function_that_is_not_elementwise(self, function: Callable[[torch.Tensor], Any]) -> None:
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
            assert max(np.abs(frame.data[i].y).max() for i in (1, 3)) < figure.layout.yaxis2.range[1]
            assert max(np.abs(frame.data[i].x).max() for i in (0, 2)) < figure.layout.xaxis.range[1]

    def test_player(self) -> None:
        layout = plots.fold().layout
        assert [button.label for button in layout.updatemenus[0].buttons] == ["Play", "Pause"]
        assert [step.args[0][0] for step in layout.sliders[0].steps] == [f"{5 * i}%" for i in range(21)]

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
        figure = plots.regions(torch.randn(9, 2, generator=generator), torch.randn(9, generator=generator))
        colour = {region.name: region.fillcolor for region in figure.data if region.fill == "toself"}
        neighbours = [(a, b) for a in colour for b in colour if sum(p != q for p, q in zip(a, b, strict=True)) == 1]
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
        figure = plots.regions([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]], [0.0, 9.0, 0.0, 1.0])
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
        figure = plots.regions(torch.randn(40, 2, generator=generator), torch.randn(40, generator=generator))
        assert len(patterns(figure)) == len(set(patterns(figure)))
        assert figure.layout.showlegend is False

    def test_a_layer_in_training(self) -> None:
        layer = torch.nn.Linear(2, 4)
        assert all(len(pattern) == 4 for pattern in patterns(plots.regions(layer.weight, layer.bias)))
        assert layer.weight.requires_grad

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
    def test_a_layer_on_a_gpu(self) -> None:
        assert len(patterns(plots.regions(self.W.cuda(), self.B.cuda(), points=self.W[:, :2].cuda()))) == 7

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"w1": torch.ones(3, 3)}, r"w1 must have shape \(n, 2\), not \(3, 3\)"),
            ({"w1": torch.ones(0, 2)}, r"w1 must have shape \(n, 2\), not \(0, 2\)"),
            ({"w1": torch.ones(2)}, r"w1 must have shape \(n, 2\), not \(2,\)"),
            ({"w1": [[1.0], [1.0, 2.0]]}, r"w1 must hold numbers, in shape \(n, 2\)"),
            ({"w1": torch.ones(3, 2), "b1": torch.ones(2)}, r"b1 must have shape \(3,\), not \(2,\)"),
            ({"w1": torch.ones(1, 2), "b1": [float("inf")]}, "b1 must hold finite numbers"),
            ({"w1": torch.ones(1, 2), "points": [1.0, 2.0]}, r"points must have shape \(n, 2\)"),
        ],
    )
    def test_bad_arguments(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.regions(**arguments)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_survive_the_way_through_json(name: str) -> None:
    figure = FIGURES[name]()
    again = go.Figure(json.loads(figure.to_json()))
    assert len(again.data) == len(figure.data)
    assert len(again.frames) == len(figure.frames)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "make",
    [
        *FIGURES.values(),
        lambda **options: plots.activation(torch.tanh, **options),  # no jump
        lambda **options: plots.fold([[2.0], [0.0]], [[0.0, 1.0]], **options),  # traces that never change
        lambda **options: plots.regions(torch.eye(2), torch.ones(2), points=torch.ones(3, 2), **options),
    ],
)
def test_plotly_finds_nothing_wrong_with_a_figure_and_nothing_to_add(make: Callable[..., Any], theme: str) -> None:
    figure = make(theme=theme)
    checked = json.loads(go.Figure(figure.to_dict()).to_json())
    written = json.loads(figure.to_json())
    for frame in written.get("frames", []):
        frame["data"] = [{**change, "type": "scatter"} for change in frame["data"]]  # which is the default
    assert checked == written


@pytest.mark.parametrize("name", FIGURES)
def test_what_is_changed_in_a_figure_is_checked_again(name: str) -> None:
    figure = FIGURES[name]()
    figure.update_layout(title="mine", xaxis_title="t", template="simple_white")
    figure.update_traces(opacity=0.5)
    assert (figure.layout.title.text, figure.layout.xaxis.title.text, figure.data[0].opacity) == ("mine", "t", 0.5)
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_layout(titel="mine")
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_xaxes(nticks=-1)
    with pytest.raises(ValueError, match="Invalid"):
        figure.update_traces(opacity=2)


class TestFrames:
    def test_only_what_changes_is_written(self) -> None:
        written = plots.fold().to_dict()["frames"]
        assert {tuple(map(tuple, frame["data"])) for frame in written} == {(("y",), ("y",), ("x",), ("y",), ("text",))}

    def test_what_is_read_is_whole_and_may_be_changed(self) -> None:
        figure = plots.fold()
        assert figure.frames[7].data[0] == go.Scatter(figure.data[0]).update(y=figure.frames[7].data[0].y)
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
