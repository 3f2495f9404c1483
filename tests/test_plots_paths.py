"""`plots.contour_paths`: the paths that are shown, step by step and
rate by rate, the map below them, and what is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from browser_for_tests import Browser
from numpy.typing import NDArray

from course_lib import plots
from course_lib.animation import save_html
from course_lib.landscapes import BEALE, LANDSCAPES, RAVINE, SADDLE, Landscape
from course_lib.plots._levels import level_lines


def descent(
    lr: float, steps: int, momentum: float = 0.0, nesterov: bool = False
) -> NDArray[np.float64]:
    """The path (steps + 1, 2) of torch's SGD down the ravine."""
    point = torch.tensor(RAVINE.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([point], lr, momentum=momentum, nesterov=nesterov)
    path = [point.detach().clone()]
    for _ in range(steps):
        optimizer.zero_grad()
        RAVINE(*point).backward()
        optimizer.step()
        path.append(point.detach().clone())
    return torch.stack(path).numpy()


def moving(frame: Any, name: str) -> list[Any]:
    """The traces of one path: its line, its trail, where it is."""
    return [trace for trace in frame.data if trace.legendgroup == name]


def xy(trace: Any) -> NDArray[np.float64]:
    return np.stack([trace.x, trace.y], axis=1)


class TestSteps:
    def test_every_frame_has_the_point_of_its_step_and_the_way_there(self) -> None:
        path = descent(0.09, 40)
        figure = plots.contour_paths(RAVINE, {"SGD": path})
        assert [frame.name for frame in figure.frames] == [f"step {k}" for k in range(41)]
        for step, frame in enumerate(figure.frames):
            _, trail, head = moving(frame, "SGD")
            np.testing.assert_array_equal(xy(head), path[[step]])
            np.testing.assert_array_equal(xy(trail)[[0, -1]], path[[0, step]])

    def test_the_figure_opens_at_the_end(self) -> None:
        path = descent(0.09, 40)
        figure = plots.contour_paths(RAVINE, {"SGD": path})
        np.testing.assert_array_equal(xy(moving(figure, "SGD")[2]), path[[-1]])
        (slider,) = figure.layout.sliders
        assert slider.active == 40
        assert [step.label for step in slider.steps] == [str(k) for k in range(41)]

    def test_long_paths_are_shown_in_61_frames_each_a_step_of_the_path(self) -> None:
        path = descent(0.05, 900)
        figure = plots.contour_paths(RAVINE, {"SGD": path})
        assert len(figure.frames) == 61
        for frame in figure.frames:
            step = int(frame.name.removeprefix("step "))
            np.testing.assert_array_equal(xy(moving(frame, "SGD")[2])[0], path[step])

    def test_a_shorter_path_waits_at_its_end(self) -> None:
        short, long = descent(0.09, 3), descent(0.05, 10)
        last = plots.contour_paths(RAVINE, {"a": short, "b": long}).frames[-1]
        np.testing.assert_array_equal(xy(moving(last, "a")[2]), short[[-1]])
        np.testing.assert_array_equal(xy(moving(last, "b")[2]), long[[-1]])

    def test_the_legend_tells_the_height_at_the_end_and_hides_all_of_a_path(self) -> None:
        figure = plots.contour_paths(SADDLE, {"a": [[1.0, 1.0], [0.0, 1.0]], "b": [[1.0, 1.0]]})
        shown = [trace for trace in figure.data if trace.showlegend is None]
        assert [trace.name for trace in shown] == ["a: f = −0.25", "b: f = 0.25"]
        assert [len(moving(figure, name)) for name in "ab"] == [3, 3]

    def test_paths_differ_in_more_than_colour(self) -> None:
        figure = plots.contour_paths(BEALE, {name: [[1.0, 1.0]] for name in "abcdef"})
        heads = [moving(figure, name)[2] for name in "abcdef"]
        assert len({head.marker.symbol for head in heads}) == 6
        assert len({head.line.dash for head in heads}) == 5

    def test_a_zigzag_keeps_its_corners(self) -> None:
        path = descent(0.097, 30)
        line = xy(moving(plots.contour_paths(RAVINE, {"SGD": path}), "SGD")[0])
        for corner in path[:15]:
            assert np.abs(line - corner).max(axis=1).min() < 0.01


class TestDivergence:
    @pytest.mark.parametrize("bad", [np.inf, np.nan, 1e200])
    def test_a_path_ends_where_it_is_lost(self, bad: float) -> None:
        path = [[1.0, 1.0], [2.0, 1.0], [bad, 1.0], [0.0, 0.0]]
        figure = plots.contour_paths(RAVINE, {"SGD": path})
        assert [frame.name for frame in figure.frames] == ["step 0", "step 1"]
        assert moving(figure, "SGD")[2].name == "SGD: diverges at step 2"
        json.loads(figure.to_json())

    def test_a_path_just_outside_the_view_is_not_lost(self) -> None:
        figure = plots.contour_paths(RAVINE, {"SGD": [[9.0, 5.0], [0.0, 0.0]]})
        assert moving(figure, "SGD")[2].name == "SGD: f = 0"


class TestRates:
    RATES = (0.01, 0.05, 0.2)

    def figure(self) -> Any:
        paths = {rate: descent(rate, 20) for rate in reversed(self.RATES)}
        return plots.contour_paths(RAVINE, {"SGD": paths, "only": {0.05: paths[0.05]}})

    def test_a_second_slider_goes_through_the_rates(self) -> None:
        _, chooser = self.figure().layout.sliders
        assert [step.label for step in chooser.steps] == ["0.01", "0.05", "0.2"]

    def test_it_brings_the_paths_of_its_rate_and_its_frames(self) -> None:
        figure = self.figure()
        names = [frame.name for frame in figure.frames]
        for rate, choice in zip(self.RATES, figure.layout.sliders[1].steps, strict=True):
            change, controls, traces = choice.args
            assert list(traces) == list(figure.frames[0].traces)
            shown = [step["args"][0][0] for step in controls["sliders[0].steps"]]
            assert set(shown) <= set(names)
            group = controls["updatemenus[0].buttons[0].args"][0]
            played = [frame.name for frame in figure.frames if frame.group == group]
            assert played == shown
            last = figure.frames[names.index(shown[-1])]
            assert change["name"] == [trace.name for trace in last.data]
            ends = change["name"][2]
            assert ("diverges" in ends) == (rate == 0.2)

    def test_a_rate_that_a_name_lacks_shows_no_path(self) -> None:
        figure = self.figure()
        names = [trace.name for trace in figure.data if trace.legendgroup == "only"]
        assert names == ["only: no path"] * 3

    def test_one_rate_needs_no_slider(self) -> None:
        figure = plots.contour_paths(RAVINE, {"SGD": {0.05: descent(0.05, 20)}})
        assert len(figure.layout.sliders) == 1


class TestArrows:
    @pytest.mark.parametrize("nesterov", [False, True])
    def test_both_parts_make_the_step(self, nesterov: bool) -> None:
        path = descent(0.02, 12, momentum=0.9, nesterov=nesterov)
        figure = plots.contour_paths(RAVINE, {"momentum": {0.02: path}}, arrows=["momentum"])
        for step, frame in enumerate(figure.frames[:-1]):
            downhill, rest = (xy(trace) for trace in moving(frame, "momentum")[3:])
            scale = float(moving(frame, "momentum")[3].name.partition("×")[2] or 1)
            slope = np.array(RAVINE.gradient(*path[step]))
            np.testing.assert_allclose(downhill[1] - downhill[0], -0.02 * scale * slope, atol=1e-9)
            np.testing.assert_array_equal(downhill[1], rest[0])
            move = scale * (path[step + 1] - path[step])
            np.testing.assert_allclose(rest[1] - downhill[0], move, atol=1e-9)

    def test_there_is_no_step_from_the_end(self) -> None:
        figure = plots.contour_paths(RAVINE, {"a": {0.1: [[1.0, 1.0]]}}, arrows=["a"])
        assert all(np.isnan(trace.x).all() for trace in moving(figure, "a")[3:])

    def test_plain_descent_has_no_momentum(self) -> None:
        figure = plots.contour_paths(RAVINE, {"SGD": {0.05: descent(0.05, 5)}}, arrows=["SGD"])
        rest = xy(moving(figure.frames[2], "SGD")[4])
        np.testing.assert_allclose(rest[0], rest[1], atol=1e-9)


class TestMap:
    @pytest.mark.parametrize("name", LANDSCAPES)
    def test_contour_lines_have_labels_that_say_their_height(self, name: str) -> None:
        landscape = LANDSCAPES[name]
        figure = plots.contour_paths(landscape, {"a": [landscape.start]})
        (labels,) = [trace for trace in figure.data if trace.name == "heights"]
        assert len(labels.text) >= 2
        for x, y, text in zip(labels.x, labels.y, labels.text, strict=True):
            height = float(text.replace(",", "").replace("−", "-"))
            assert landscape(x, y) == pytest.approx(height, rel=0.1, abs=0.05)

    @pytest.mark.parametrize("name", LANDSCAPES)
    def test_minima_saddles_and_starts_are_marked_by_name(self, name: str) -> None:
        landscape = LANDSCAPES[name]
        figure = plots.contour_paths(landscape, {"a": [landscape.start]})
        marks = {trace.name: [tuple(p) for p in xy(trace).tolist()] for trace in figure.data}
        assert marks["minimum"] == list(landscape.minima)
        assert marks.get("saddle point", []) == list(landscape.saddles)
        assert marks["start"] == [landscape.start]

    def test_both_axes_have_the_same_scale(self) -> None:
        layout = plots.contour_paths(BEALE, {"a": [BEALE.start]}).layout
        assert layout.yaxis.scaleanchor == "x"
        assert (*layout.xaxis.range, *layout.yaxis.range) == BEALE.view

    def test_a_function_for_tensors_only(self) -> None:
        hills = Landscape("hills", lambda x, y: torch.sin(x) + torch.cos(y),
                          lambda x, y: (np.cos(x), -np.sin(y)), (-3, 3, -3, 3))  # fmt: skip
        figure = plots.contour_paths(hills, {"a": [[0.0, 0.0]]})
        assert moving(figure, "a")[2].name == "a: f = 1"

    def test_a_function_that_is_undefined_in_a_part(self) -> None:
        half = Landscape(
            "root", lambda x, y: np.sqrt(x) + y**2, lambda x, y: (x, y), (-2, 2, -2, 2)
        )
        plots.contour_paths(half, {"a": [[1.0, 0.0]]})

    def test_a_plane(self) -> None:
        for height in (lambda x, y: x - y, lambda x, y: 0 * x + 0 * y, lambda x, _: 0 * x + 3.0):
            plane = Landscape("plane", height, lambda x, y: (x, y), (-2, 2, -2, 2))
            plots.contour_paths(plane, {"a": [[1.0, 0.0]]})

    def test_level_lines_of_a_circle_close_and_have_its_length(self) -> None:
        axis = np.linspace(-2, 2, 101)
        x, y = np.meshgrid(axis, axis)
        (line,) = level_lines(axis, axis, x**2 + y**2, 1.0)
        np.testing.assert_array_equal(line[0], line[-1])
        np.testing.assert_allclose(np.hypot(*line.T), 1, atol=1e-3)
        assert np.hypot(*np.diff(line, axis=0).T).sum() == pytest.approx(2 * np.pi, rel=1e-2)

    def test_level_lines_of_two_peaks_and_of_a_slope(self) -> None:
        axis = np.linspace(-2, 2, 101)
        x, y = np.meshgrid(axis, axis)
        assert len(level_lines(axis, axis, (x**2 - 1) ** 2 + y**2, 0.3)) == 2
        (straight,) = level_lines(axis, axis, x + 0 * y, 0.51)
        np.testing.assert_allclose(straight[:, 0], 0.51)
        assert level_lines(axis, axis, x, 5.0) == []


class TestBadInput:
    @pytest.mark.parametrize(
        ("paths", "problem"),
        [
            ({}, "paths must hold a path for each name"),
            ([[0.0, 0.0]], "paths must hold a path for each name"),
            ({"a": [1.0, 2.0]}, r"paths\['a'\] must have shape \(steps \+ 1, 2\), not \(2,\)"),
            ({"a": [[1.0]]}, r"must have shape \(steps \+ 1, 2\), not \(1, 1\)"),
            ({"a": np.empty((0, 2))}, r"must have shape \(steps \+ 1, 2\)"),
            ({"a": "path"}, "must hold points"),
            ({"a": [[np.nan, 0.0]]}, r"the start of paths\['a'\] must hold finite numbers"),
            ({"a": {}}, r"paths\['a'\] must hold a path for each learning rate"),
            ({"a": {0.0: [[0.0, 0.0]]}}, "must have positive learning rates, not 0.0"),
            ({"a": {"fast": [[0.0, 0.0]]}}, "must have positive learning rates, not 'fast'"),
            ({"a": {0.1: [[0.0, 0.0]]}, "b": [[0.0, 0.0]]}, "for all names, or for none"),
        ],
    )
    def test_paths(self, paths: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.contour_paths(BEALE, paths)

    @pytest.mark.parametrize("landscape", [None, "beale", lambda x, y: x + y])
    def test_landscape(self, landscape: Any) -> None:
        with pytest.raises(TypeError, match="landscape must be a Landscape"):
            plots.contour_paths(landscape, {"a": [[0.0, 0.0]]})

    @pytest.mark.parametrize("paths", [{"a": [[0.0, 0.0]]}, {"b": {0.1: [[0.0, 0.0]]}}])
    def test_arrows(self, paths: Any) -> None:
        with pytest.raises(ValueError, match="arrows must hold names of paths"):
            plots.contour_paths(BEALE, paths, arrows=["a"])

    @pytest.mark.parametrize("value", [lambda _, __: 1.0, lambda _, __: None, lambda x, y: x @ y.k])
    def test_a_landscape_that_is_no_function_of_arrays(self, value: Any) -> None:
        odd = Landscape("odd", value, lambda x, y: (x, y), (0, 1, 0, 1))
        with pytest.raises(ValueError, match=r"landscape\.value must take two arrays"):
            plots.contour_paths(odd, {"a": [[0.0, 0.0]]})

    def test_a_landscape_that_is_finite_nowhere(self) -> None:
        odd = Landscape("odd", lambda x, _: x * np.nan, lambda x, y: (x, y), (0, 1, 0, 1))
        with pytest.raises(ValueError, match="finite somewhere in the view"):
            plots.contour_paths(odd, {"a": [[0.0, 0.0]]})


def test_a_large_figure_is_kept_when_it_is_graded() -> None:
    walk = np.random.default_rng(0).normal(size=(501, 2)).cumsum(axis=0) / 10
    rates = dict.fromkeys((0.001, 0.003, 0.01, 0.03, 0.1), walk)
    paths = dict.fromkeys(("SGD", "momentum", "Nesterov", "AdaGrad", "RMSprop", "Adam"), rates)
    figure = plots.contour_paths(BEALE, paths, arrows=["momentum"])
    assert len(figure.to_json()) < 1024 * 2048


PLOT = "document.querySelector('.js-plotly-plot')"


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    rates = {rate: descent(rate, 20) for rate in (0.01, 0.05)}
    figure = plots.contour_paths(RAVINE, {"SGD": rates})
    save_html(figure, tmp_path / "page.html")
    browser.complaints()
    browser.open(tmp_path / "page.html")
    browser.wait(f"{PLOT} && {PLOT}.querySelector('.scatterlayer .trace')")
    yield browser
    assert browser.complaints() == []


UP, DOWN, RIGHT, HOME = "\ue013", "\ue015", "\ue014", "\ue011"


def test_keys_move_both_sliders(page: Browser) -> None:
    page.press(UP)
    page.wait(f"{PLOT}.layout.sliders[1].active === 1")
    page.press(HOME)
    page.press(RIGHT)
    page.press(RIGHT)
    page.wait(f"{PLOT}.layout.sliders[0].active === 2")
    (x, y) = page.wait(
        f"{PLOT}._fullData.filter((t) => t.legendgroup === 'SGD').map((t) => [t.x[0], t.y[0]])[2]"
    )
    np.testing.assert_allclose([x, y], descent(0.05, 2)[-1], rtol=1e-5)
    page.press(DOWN)
    page.wait(f"{PLOT}.layout.sliders[1].active === 0")
    page.wait(f"{PLOT}.layout.sliders[0].active === 20")
