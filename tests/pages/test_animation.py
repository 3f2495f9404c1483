"""Animations of training: what the frames show, what is refused,
and how the saved pages work in a real browser.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from browser_for_tests import Browser
from numpy.typing import NDArray

from autograder.core.limits import Limits
from course_lib import plots
from course_lib.animation import animate_training, compare_training, save_html


@dataclass(frozen=True)
class Training:
    """What the figures read of a `TrainingRun`."""

    trajectory: Any
    steps: Any


def training(frames: int, *, n: int = 6, every: int = 1, seed: int = 0) -> Training:
    """A run whose predictions start at random places and end at
    others; every frame differs from all others.
    """
    generator = torch.Generator().manual_seed(seed)
    start, end = torch.randn(2, n, 2, generator=generator)
    share = torch.linspace(0, 1, frames)[:, None, None]
    return Training(start + share * (5 * end - start), every * torch.arange(frames))


def targets(n: int = 6) -> torch.Tensor:
    return 3 * torch.randn(n, 2, generator=torch.Generator().manual_seed(9))


def points(trace: Any) -> NDArray[np.float64]:
    """The points (n, 2) of a trace."""
    return np.stack([trace.x, trace.y], axis=1)


def written(frame: dict[str, Any], trace: int) -> NDArray[np.float64]:
    """The points (n, 2) of a trace of a frame as they are written for plotly.js."""
    columns = (frame["data"][trace][axis] for axis in "xy")
    return np.stack(
        [np.frombuffer(base64.b64decode(c["bdata"]), c["dtype"]) for c in columns], axis=1
    )


class TestOneTraining:
    @pytest.mark.parametrize("count", [1, 2, 3, 99, 100, 101, 102, 199, 200, 5001])
    def test_at_most_101_frames_evenly_chosen_the_first_and_the_last_kept(self, count: int) -> None:
        run = training(count, every=10)
        figure = animate_training(run, targets())
        steps = [int(frame.name) for frame in figure.frames]
        assert len(steps) == min(count, 101)
        assert (steps[0], steps[-1]) == (0, 10 * (count - 1))
        gaps = np.diff(steps) // 10
        assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
        if count == 5001:
            assert set(gaps) == {50}
        for frame, step in zip(figure.frames, steps, strict=True):
            np.testing.assert_array_equal(points(frame.data[1]), run.trajectory[step // 10])

    @pytest.mark.parametrize(("n", "frames"), [(1400, 101), (3000, 50), (9000, 20)])
    def test_of_many_points_fewer_frames_are_shown(self, n: int, frames: int) -> None:
        figure = animate_training(training(200, n=n), targets(n))
        assert len(figure.frames) == frames
        assert (figure.frames[0].name, figure.frames[-1].name) == ("0", "199")

    def test_what_is_written_for_the_browser_are_the_same_numbers(self) -> None:
        run = training(30)
        frames = json.loads(animate_training(run, targets()).to_json())["frames"]
        for frame, expected in zip(frames, run.trajectory, strict=True):
            np.testing.assert_array_equal(written(frame, 1), expected)

    def test_the_figure_starts_with_the_first_frame(self) -> None:
        run = training(30)
        np.testing.assert_array_equal(
            points(animate_training(run, targets()).data[1]), run.trajectory[0]
        )

    def test_one_trace_holds_all_targets_and_no_frame_repeats_it(self) -> None:
        y = targets()
        figure = animate_training(training(30), y)
        assert [trace.name for trace in figure.data] == ["target", "prediction"]
        np.testing.assert_array_equal(points(figure.data[0]), y)
        assert {str(frame["data"][0]) for frame in figure.to_dict()["frames"]} == {"{}"}

    @pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
    def test_the_axes_are_fixed_hold_every_frame_and_have_the_same_scale(
        self, scale: float
    ) -> None:
        run, y = training(30), scale * targets().double()
        figure = animate_training(Training(scale * run.trajectory.double(), run.steps), y)
        every = np.concatenate([scale * run.trajectory.double().reshape(-1, 2), y])
        for axis, values in zip((figure.layout.xaxis, figure.layout.yaxis), every.T, strict=True):
            low, high = axis.range
            assert low < values.min()
            assert high > values.max()
        assert figure.layout.yaxis.scaleanchor == "x"

    def test_points_that_are_all_the_same_are_in_view(self) -> None:
        figure = animate_training(torch.ones(3, 6, 2), torch.ones(6, 2))
        assert figure.layout.xaxis.range[0] < 1 < figure.layout.xaxis.range[1]

    def test_the_slider_goes_through_the_frames_and_tells_step_and_error(self) -> None:
        run, y = training(30, every=5), targets()
        figure = animate_training(run, y)
        (slider,) = figure.layout.sliders
        assert [list(step.args[0]) for step in slider.steps] == [
            [frame.name] for frame in figure.frames
        ]
        for i, step in enumerate(slider.steps):
            told, error = step.label.split(", error ")
            assert told == str(5 * i)
            assert float(error) == pytest.approx(
                ((run.trajectory[i] - y) ** 2).mean().item(), rel=0.01
            )

    def test_there_are_buttons_to_play_and_to_pause(self) -> None:
        (menu,) = animate_training(training(30), targets()).layout.updatemenus
        assert [(button.label, button.method) for button in menu.buttons] == [
            ("Play", "animate"),
            ("Pause", "animate"),
        ]
        assert menu.buttons[0].args[0] is None  # every frame
        assert list(menu.buttons[1].args[0]) == [None]

    def test_the_title(self) -> None:
        assert animate_training(training(2), targets()).layout.title.text == ""
        assert (
            animate_training(training(2), targets(), title="A line").layout.title.text == "A line"
        )

    @pytest.mark.parametrize(
        "change",
        [
            lambda run: Training(run.trajectory.requires_grad_(), run.steps),
            lambda run: Training(run.trajectory.half().float().half(), run.steps),
            lambda run: Training(run.trajectory.numpy()[::-1][::-1], run.steps.tolist()),
            lambda run: Training(list(run.trajectory.numpy()), range(8)),
            lambda run: Training(tuple(run.trajectory), run.steps.float()),
            lambda run: run.trajectory,
            lambda run: run.trajectory.tolist(),
            lambda run: [frame.numpy() for frame in run.trajectory],
            lambda run: [frame.requires_grad_() for frame in run.trajectory],
        ],
    )
    @pytest.mark.filterwarnings("error")
    def test_arrays_lists_and_tensors_in_training(self, change: Any) -> None:
        run = training(8)
        y = targets().requires_grad_()
        figure = animate_training(change(run), y)
        assert [frame.name for frame in figure.frames] == [str(i) for i in range(8)]
        np.testing.assert_allclose(
            points(figure.frames[5].data[1]), run.trajectory[5].detach(), rtol=1e-3
        )
        assert y.requires_grad

    def test_an_array_that_may_not_be_written_to(self) -> None:
        trajectory, y = training(8).trajectory.numpy(), targets().numpy()
        trajectory.flags.writeable = y.flags.writeable = False
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(animate_training(trajectory, y).frames) == 8

    @pytest.mark.cuda
    def test_tensors_on_a_gpu(self) -> None:
        run = training(200)
        figure = animate_training(
            Training(run.trajectory.cuda(), run.steps.cuda()), targets().cuda()
        )
        np.testing.assert_array_equal(points(figure.frames[-1].data[1]), run.trajectory[-1])

    @pytest.mark.parametrize(
        ("run", "y", "problem"),
        [
            (training(3), torch.ones(6, 1), r"y must have shape \(n, 2\), not \(6, 1\)"),
            (training(3), [float("nan")] * 2, r"y must have shape"),
            (training(3), torch.full((6, 2), float("inf")), "y must hold finite numbers"),
            (training(3), "targets", "y must hold numbers"),
            (
                training(3),
                targets(5),
                r"run.trajectory must have shape \(frames, 5, 2\), .* not \(3, 6, 2\)",
            ),
            (
                Training(torch.ones(3, 6, 1), [0, 1, 2]),
                targets(),
                r"run.trajectory must have shape \(frames, 6, 2\)",
            ),
            (
                Training(torch.ones(0, 6, 2), []),
                targets(),
                r"run.trajectory must have shape .* not \(0, 6, 2\)",
            ),
            (torch.ones(6, 2), targets(), r"run must have shape \(frames, 6, 2\), .* not \(6, 2\)"),
            ("outputs", targets(), "run must hold numbers"),
            ([], targets(), "run must have shape"),
            (None, targets(), "run must hold numbers"),
            (
                Training(torch.ones(3, 6, 2), [0, 1]),
                targets(),
                r"run.steps must have shape \(3,\), not \(2,\)",
            ),
            (Training(torch.ones(3, 6, 2), [0, 2, 1]), targets(), "run.steps must increase"),
            (Training(torch.ones(3, 6, 2), [0, 1, 1]), targets(), "run.steps must increase"),
            (Training(torch.ones(3, 6, 2), None), targets(), "run.steps must"),
        ],
    )
    def test_what_is_refused(self, run: Any, y: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            animate_training(run, y)

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_a_training_that_diverged_is_named_as_one(self, value: float) -> None:
        run = training(30, every=10)
        run.trajectory[20:, 3, 1] = value
        with pytest.raises(
            ValueError, match="run is not finite at step 200: the training diverged"
        ):
            animate_training(run, targets())

    def test_unknown_theme(self) -> None:
        with pytest.raises(ValueError, match="theme must be"):
            animate_training(training(3), targets(), theme="sepia")


class TestSeveralTrainings:
    def test_runs_with_different_numbers_of_frames_go_in_step(self) -> None:
        runs = {
            "short": training(11, every=10, seed=1),
            "long": training(41, seed=2),
            "single": training(1, seed=3),
        }
        figure = compare_training(runs, targets())
        assert [trace.name for trace in figure.data] == ["target", "short", "long", "single"]
        assert len(figure.frames) == 41
        for i, frame in enumerate(figure.frames):
            for trace, run in zip(frame.data[1:], runs.values(), strict=True):
                shown = [
                    j for j, at in enumerate(run.trajectory) if np.array_equal(points(trace), at)
                ]
                assert len(shown) == 1
                assert abs(shown[0] - i / 40 * (len(run.trajectory) - 1)) <= 0.5

    def test_progress_is_that_of_the_steps_not_of_the_recorded_frames(self) -> None:
        run = training(3, seed=1)
        uneven = Training(run.trajectory, [0, 90, 100])
        figure = compare_training({"uneven": uneven, "even": training(11)}, targets())
        shown = [points(frame.data[1]) for frame in figure.frames]
        for i, expected in ((0, 0), (4, 0), (5, 1), (9, 1), (10, 2)):
            np.testing.assert_array_equal(shown[i], run.trajectory[expected])

    @pytest.mark.parametrize("count", [1, 2, 7, 99, 100, 101, 102, 3000])
    def test_at_most_101_frames_labelled_by_progress(self, count: int) -> None:
        figure = compare_training({"a": training(count), "b": training(1)}, targets())
        assert len(figure.frames) == min(count, 101)
        assert len({frame.name for frame in figure.frames}) == len(figure.frames)
        labels = [step.label for step in figure.layout.sliders[0].steps]
        assert labels[0] == "0 %"
        if count > 100:
            assert labels == [f"{share} %" for share in range(101)]
        assert labels[-1] == ("0 %" if count == 1 else "100 %")

    def test_a_figure_of_many_points_is_not_too_large_for_the_grader_to_keep(self) -> None:
        figure = compare_training(
            {str(i): training(200, n=500, seed=i) for i in range(4)}, targets(500)
        )
        assert len(figure.frames) == 75
        assert len(figure.to_json()) < 1024 * Limits().output_rich_kib

    def test_frames_say_nothing_of_what_is_visible(self) -> None:
        frames = compare_training(
            {"a": training(5), "b": training(5, seed=1)}, targets()
        ).to_dict()["frames"]
        assert {tuple(trace) for frame in frames for trace in frame["data"]} == {(), ("x", "y")}

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_no_two_models_look_the_same_and_symbols_differ_too(self, theme: str) -> None:
        figure = compare_training({i: training(2) for i in range(12)}, targets(), theme=theme)  # type: ignore[misc]
        assert figure.data[1].name == "0"
        looks = [(trace.marker.symbol, trace.marker.color) for trace in figure.data]
        assert len(set(looks)) == 13
        assert len({symbol for symbol, _ in looks[:8]}) == 8

    @pytest.mark.parametrize(
        ("runs", "problem"),
        [
            ({}, "runs must hold a run for each name"),
            (training(3), "runs must hold a run for each name"),
            (
                {"a": training(3), "b": training(3, n=5)},
                r"runs\['b'\].trajectory must have shape \(frames, 6, 2\)",
            ),
            (
                {"a": training(3), "b": torch.full((3, 6, 2), torch.nan)},
                r"runs\['b'\] is not finite at step 0",
            ),
            ({"a": Training(torch.ones(2, 6, 2), [1, 0])}, r"runs\['a'\].steps must increase"),
        ],
    )
    def test_what_is_refused(self, runs: Any, problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            compare_training(runs, targets())


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_plotly_finds_nothing_wrong_with_a_figure_and_nothing_to_add(theme: str) -> None:
    runs = {"a": training(5), "b": training(2, seed=1)}
    for figure in (
        animate_training(runs["a"], targets(), theme=theme),
        compare_training(runs, targets(), theme=theme),
    ):
        checked = json.loads(go.Figure(figure.to_dict()).to_json())
        plain = json.loads(figure.to_json())
        for frame in plain["frames"]:
            frame["data"] = [
                {**change, "type": "scatter"} for change in frame["data"]
            ]  # which is the default
        assert checked == plain


class TestSaving:
    def test_missing_directories_are_made_and_a_file_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b" / "c.html"
        save_html(plots.activation("relu"), str(path))
        before = path.read_text()
        save_html(plots.activation("tanh"), path)
        assert path.read_text() != before

    def test_a_page_refers_to_nothing_outside_itself(self, tmp_path: Path) -> None:
        save_html(animate_training(training(5), targets()), tmp_path / "page.html")
        page = (tmp_path / "page.html").read_text()
        assert not re.search(r"\b(src|href)\s*=|https?:|@import|url\(", page)

    def test_the_same_figure_makes_the_same_file(self, tmp_path: Path) -> None:
        for name in ("one.html", "two.html"):
            save_html(plots.activation("relu"), tmp_path / name)
        assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()

    def test_a_page_is_half_of_what_plotly_writes(self, tmp_path: Path) -> None:
        figure = animate_training(training(100, n=500), targets(500))
        save_html(figure, tmp_path / "ours.html")
        figure.write_html(tmp_path / "plotly.html")
        sizes = [(tmp_path / name).stat().st_size for name in ("ours.html", "plotly.html")]
        assert sizes[0] < 0.5 * sizes[1]

    def test_what_can_not_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        for path in (tmp_path, tmp_path / "file" / "page.html", tmp_path / ("n" * 300)):
            with pytest.raises(OSError, match=f"could not be saved.*{re.escape(str(path))}"):
                save_html(plots.activation("relu"), path)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_directory_that_may_not_be_written_to(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with pytest.raises(PermissionError, match="could not be saved"):
            save_html(plots.activation("relu"), tmp_path / "page.html")

    def test_what_is_no_figure(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="figure must be a Plotly figure, not dict"):
            save_html({"data": []}, tmp_path / "page.html")
        assert not list(tmp_path.iterdir())


# --- In a browser ---

PLOT = "document.querySelector('.js-plotly-plot')"
READY = f"{PLOT} && {PLOT}.querySelector('.scatterlayer .trace')"
FRAME = f"({PLOT}.layout.sliders[0].active || 0)"
TELLS = "document.querySelector('.slider-label').textContent"
DRAWN = """
    const plot = document.querySelector('.js-plotly-plot'), {xaxis, yaxis} = plot._fullLayout;
    return Object.fromEntries([...plot.querySelectorAll('.scatterlayer .trace')].map((trace) => [
      trace.__data__[0].trace.name,
      [...trace.querySelectorAll('.point')].map((point) => {
        const [x, y] = point.getAttribute('transform').match(/-?[\\d.]+/g).map(Number);
        return [xaxis.p2c(x), yaxis.p2c(y)];
      }),
    ]));"""
BOXES = """
    const box = (element) => {
      const r = element.getBoundingClientRect();
      return [r.left, r.top, r.right, r.bottom];
    };
    return Object.fromEntries(Object.entries(arguments[0]).map(
      ([name, selector]) => [name, box(document.querySelector(selector))]));"""
PARTS = {
    "title": ".gtitle",
    "plot": ".nsewdrag",
    "x axis": ".g-xtitle",
    "play": ".updatemenu-button",
    "slider": ".slider-group",
    "legend": ".legend",
}
SPACE, LEFT, RIGHT, HOME, END = " ", "\ue012", "\ue014", "\ue011", "\ue010"


class Page:
    """A figure, saved and opened in the browser."""

    def __init__(self, browser: Browser, path: Path) -> None:
        self.browser, self._path = browser, path

    def show(self, figure: Any) -> None:
        save_html(figure, self._path)
        self.browser.open(self._path)
        self.browser.wait(READY)

    def drawn(self) -> dict[str, NDArray[np.float64]]:
        """By the name of each visible trace, the points (n, 2)
        that are drawn, in the units of the axes.
        """
        return {name: np.array(found) for name, found in self.browser.run(DRAWN).items()}

    def comes_to(self, trace: str, expected: Any) -> bool:
        """Whether the points of a trace get to where they should
        be, soon: it is drawn after the slider moved.
        """
        until = time.monotonic() + 60
        while not np.allclose(self.drawn()[trace], expected, atol=0.02):  # a small part of a pixel
            if time.monotonic() > until:
                return False
        return True

    def boxes(self) -> dict[str, list[float]]:
        """Left, top, right and bottom of each part of the page."""
        found: dict[str, list[float]] = self.browser.run(BOXES, PARTS)
        return found


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    browser.complaints()
    yield Page(browser, tmp_path / "page.html")
    assert browser.complaints() == []


RUNS = {"one": training(6, seed=1), "two": training(12, seed=2), "three": training(3, seed=3)}


class TestPage:
    def test_play_goes_to_the_last_frame_and_again_from_the_first(self, page: Page) -> None:
        page.show(compare_training(RUNS, targets(), title="Three <models> & </script> more"))
        ranges = page.browser.run(f"return {PLOT}._fullLayout.xaxis.range")
        for _ in range(2):
            page.browser.click(".updatemenu-button", 0)
            page.browser.wait(f"{FRAME} < 11")
            page.browser.wait(f"{TELLS} === 'training: 100 %'")
            for name, run in RUNS.items():
                assert page.comes_to(name, run.trajectory[-1])
            assert page.comes_to("target", targets())
        assert page.browser.run(f"return {PLOT}._fullLayout.xaxis.range") == ranges
        assert page.browser.run("return document.title") == "Three <models> & </script> more"
        assert page.browser.run("return performance.getEntriesByType('resource').length") == 0

    def test_pause_stops(self, page: Page) -> None:
        page.show(animate_training(training(80), targets()))
        page.browser.click(".updatemenu-button", 0)
        page.browser.wait(f"{FRAME} > 2")
        page.browser.click(".updatemenu-button", 1)
        at = page.browser.run(f"return new Promise((done) => setTimeout(() => done({FRAME}), 200))")
        assert at == page.browser.run(
            f"return new Promise((done) => setTimeout(() => done({FRAME}), 300))"
        )
        assert 2 < at < 79

    def test_the_slider_jumps(self, page: Page) -> None:
        run = training(5)
        page.show(animate_training(run, targets()))
        assert page.browser.run(f"return {TELLS}").startswith("step 0, error")
        left, top, right, bottom = page.browser.run(BOXES, {"rail": ".slider-rail-touch-rect"})[
            "rail"
        ]
        page.browser.click_at(left + 0.75 * (right - left), (top + bottom) / 2)
        page.browser.wait(f"{FRAME} === 3")
        assert page.browser.run(f"return {TELLS}").startswith("step 3, error")
        assert page.comes_to("prediction", run.trajectory[3])

    def test_a_model_that_is_switched_off_stays_off_while_playing(self, page: Page) -> None:
        page.show(compare_training(RUNS, targets()))
        page.browser.click(".updatemenu-button", 0)
        page.browser.click(".legendtoggle", 2)
        page.browser.wait(f"{PLOT}.querySelectorAll('.scatterlayer .trace').length === 3")
        page.browser.wait(f"{TELLS} === 'training: 100 %'")
        page.browser.click(".updatemenu-button", 0)
        page.browser.wait(f"{FRAME} < 11")
        assert set(page.drawn()) == {"target", "one", "three"}
        page.browser.wait(f"{TELLS} === 'training: 100 %'")
        assert set(page.drawn()) == {"target", "one", "three"}
        page.browser.click(".legendtoggle", 2)
        page.browser.wait(f"{PLOT}.querySelectorAll('.scatterlayer .trace').length === 4")
        assert page.comes_to("two", RUNS["two"].trajectory[-1])

    def test_keys(self, page: Page) -> None:
        run = training(80)
        page.show(animate_training(run, targets()))
        for key, frame in (
            (RIGHT, 1),
            (RIGHT, 2),
            (LEFT, 1),
            (HOME, 0),
            (LEFT, 0),
            (END, 79),
            (RIGHT, 79),
        ):
            page.browser.press(key)
            page.browser.wait(f"{FRAME} === {frame}")
        assert page.comes_to("prediction", run.trajectory[-1])
        page.browser.press(HOME)
        page.browser.wait(f"{FRAME} === 0")
        page.browser.press(SPACE)
        page.browser.wait(f"{FRAME} > 3")
        page.browser.press(SPACE)
        at = page.browser.run(f"return new Promise((done) => setTimeout(() => done({FRAME}), 200))")
        assert at == page.browser.run(
            f"return new Promise((done) => setTimeout(() => done({FRAME}), 300))"
        )
        assert 3 < at < 79

    def test_a_single_frame(self, page: Page) -> None:
        run = training(1)
        page.show(animate_training(run, targets()))
        page.browser.click(".updatemenu-button", 0)
        page.browser.press(RIGHT)
        assert page.comes_to("prediction", run.trajectory[0])

    def test_other_figures(self, page: Page) -> None:
        page.show(plots.fold())
        page.browser.press(END)
        page.browser.wait(f"{FRAME} === 20")
        slopes = page.browser.run(
            "return [...document.querySelectorAll('.textpoint')].map((t) => t.textContent)"
        )
        assert [text for text in slopes if "slope" in text] == ["slope1", "slope−1"]
        without_slider = go.Figure(
            go.Scatter(y=[1, 2]), frames=[go.Frame(data=[go.Scatter(y=[2, 1])])]
        )
        for figure in (plots.activation("relu"), without_slider):
            page.show(figure)
            assert page.browser.run("return document.querySelector('#keys').hidden")

    @pytest.mark.parametrize("theme", ["auto", "light", "dark"])
    def test_nothing_overlaps_and_nothing_is_cut_off_on_a_phone_and_on_a_screen(
        self, page: Page, theme: str
    ) -> None:
        runs = {
            "linear": RUNS["one"],
            "residual": RUNS["two"],
            "residual + batch norm": RUNS["three"],
        }
        page.browser.resize(390, 844)
        page.show(compare_training(runs, targets(), title=6 * "training ", theme=theme))
        body = page.browser.run("return getComputedStyle(document.body).backgroundColor")
        grounds = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}
        assert body == grounds.get(theme, "rgba(0, 0, 0, 0)")  # as light or dark as the browser
        for width in (390, 1280):
            page.browser.resize(width, 800)
            page.browser.wait(f"{PLOT}._fullLayout.width === {width}")
            boxes = page.boxes()
            for name, (left, top, right, bottom) in boxes.items():
                assert 0 <= left < right <= width, name
                assert 0 <= top < bottom, name
                for other, (left2, top2, right2, bottom2) in boxes.items():
                    apart = right <= left2 or right2 <= left or bottom <= top2 or bottom2 <= top
                    assert name == other or apart, f"{name} and {other}"
            assert page.browser.run("return document.documentElement.scrollWidth") == width
