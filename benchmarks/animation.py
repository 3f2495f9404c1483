"""Compare the speed and size of a training's animation with the usual Plotly Express way.

    .venv/bin/python benchmarks/animation.py [--points 500] [--frames 5001] [--write]

The sources' way, written anew here: a pandas frame for each recorded step, all of them put together
for `px.scatter(animation_frame=…)`, and a trace for each target point. Both get the same trajectory
of 500 points over 5,001 steps and show 101 frames of it. Build is the time from the trajectory to
the figure. A page is a file that works without a network, from the sources' figure by Plotly's
`write_html`, from ours by `save_html`; the figure's part of it is what is there besides plotly.js.
Ours is built before and after theirs, since a machine's speed drifts, and the median counts. Exit
status: 0 when ours is built at least 200 times as fast and both the page and the figure's part of
it are at most 60 % of theirs, 1 when not. `--write` puts what is printed into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import plotly
import plotly.express as px
import plotly.graph_objects as go
import torch
from plotly.offline import get_plotlyjs
from report import REPORT, write_section

from course_lib import animation

FASTER = 200
SMALLER = 0.6
REPEATS = 5


def sources_way(trajectory: torch.Tensor, y: torch.Tensor) -> go.Figure:
    """The animation as the sources make it, their mistakes that do not show here left in."""
    columns = ["Feature 1", "Feature 2"]
    tables = []
    for step, output in enumerate(trajectory.numpy()):
        table = pd.DataFrame(output, columns=columns)
        table["Frame"] = step
        tables.append(table)
    chosen = tables[:: len(tables) // 100]
    figure = px.scatter(
        pd.concat(chosen, ignore_index=True),
        x=columns[0],
        y=columns[1],
        animation_frame="Frame",
        width=600,
        height=600,
        title="Training",
    )
    goals = pd.DataFrame(y.numpy(), columns=columns)
    goals["Frame"] = -1
    for _, goal in goals.iterrows():
        figure.add_trace(
            px.scatter(pd.DataFrame([goal]), x=columns[0], y=columns[1], color="Frame").data[0]
        )
    figure.layout.updatemenus[0].buttons[0].args[1]["frame"]["duration"] = 5
    figure.update_layout(coloraxis_showscale=False)
    return figure


def make_trajectory(points: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Predictions (frames, points, 2) on their way from X to y = 2X + X² + 1/2, and y."""
    generator = torch.Generator().manual_seed(0)
    line = torch.linspace(-1, 1, points)
    X = torch.stack([line, -line], dim=1) + 0.1 * torch.randn(points, 2, generator=generator)
    y = 2 * X + X**2 + 0.5
    share = 1 - torch.exp(-8 * torch.linspace(0, 1, frames))
    return torch.lerp(X, y, share[:, None, None]), y


def timed(build: Callable[[], go.Figure]) -> tuple[float, go.Figure]:
    """Build a figure, and return the seconds that it took with the figure."""
    gc.collect()
    start = time.perf_counter()
    figure = build()
    return time.perf_counter() - start, figure


@dataclass(frozen=True)
class Comparison:
    """Both ways of one animation: seconds to build it, bytes of its page, frames."""

    slow: float
    fast: float
    their_page: int
    our_page: int
    their_part: int
    """Bytes of the page without plotly.js."""
    our_part: int
    their_frames: int
    our_frames: int


@dataclass(frozen=True)
class Row:
    """A measure of both ways, their ratio in words, and whether the aim is reached."""

    what: str
    theirs: float
    ours: float
    ratio: str
    good: bool


def compare(trajectory: torch.Tensor, y: torch.Tensor) -> Comparison:
    """Build the animation both ways and save its pages."""

    def ours() -> tuple[float, go.Figure]:
        return timed(lambda: animation.animate_training(trajectory, y, title="Training"))

    # Once beforehand: Plotly makes its template, and px imports what it needs.
    ours()
    timed(lambda: sources_way(trajectory[:100, :2], y[:2]))
    builds = [ours()[0] for _ in range(REPEATS)]
    slow, theirs = timed(lambda: sources_way(trajectory, y))
    builds += [ours()[0] for _ in range(REPEATS)]
    fast, figure = median(builds), ours()[1]
    with tempfile.TemporaryDirectory(prefix="animation-") as directory:
        pages = [Path(directory, name) for name in ("theirs.html", "ours.html")]
        theirs.write_html(pages[0])
        animation.save_html(figure, pages[1])
        their_page, our_page = (page.stat().st_size for page in pages)
        plotlyjs = max(pages[1].read_bytes().splitlines(), key=len)  # packed, on a line of its own
    return Comparison(
        slow=slow,
        fast=fast,
        their_page=their_page,
        our_page=our_page,
        their_part=their_page - len(get_plotlyjs().encode()),
        our_part=our_page - len(plotlyjs),
        their_frames=len(theirs.frames),
        our_frames=len(figure.frames),
    )


def rows_of(both: Comparison) -> list[Row]:
    """The table of a comparison."""
    faster = both.slow / both.fast
    build = f"{faster:.0f} times as fast"
    sizes = (
        ("figure's part of the page, kB", both.their_part, both.our_part),
        ("page, kB", both.their_page, both.our_page),
    )
    return [
        Row("build, ms", 1000 * both.slow, 1000 * both.fast, build, faster >= FASTER),
        *(
            Row(
                what,
                theirs / 1000,
                ours / 1000,
                f"{100 * ours / theirs:.0f} % of the size",
                ours <= SMALLER * theirs,
            )
            for what, theirs, ours in sizes
        ),
    ]


def report(points: int, steps: int, both: Comparison, rows: list[Row]) -> list[str]:
    """The lines that are printed and go into docs/benchmarks.md."""
    version = (
        f"Python {platform.python_version()}, plotly {plotly.__version__}, pandas {pd.__version__}"
    )
    return [
        f"{points} points, {steps:,} steps. {os.cpu_count()} cores, Linux "
        f"{platform.release()}, {version}; load: {os.getloadavg()[0]:.1f}. Frames: "
        f"{both.their_frames} the sources' way, {both.our_frames} ours.",
        "",
        "| | the sources' way | ours | |",
        "|---|---|---|---|",
        *(f"| {row.what} | {row.theirs:,.0f} | {row.ours:,.0f} | {row.ratio} |" for row in rows),
    ]


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--points", type=int, default=500, help="points of the data (500)")
    parser.add_argument(
        "--frames", type=int, default=5001, help="recorded steps, at least 100 (5001)"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write the section to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    both = compare(*make_trajectory(arguments.points, arguments.frames))
    rows = rows_of(both)
    lines = report(arguments.points, arguments.frames, both, rows)
    print("\n".join(lines))
    for row in rows:
        if not row.good:
            print(
                f"{row.what}: the aim is missed ({FASTER} times as fast, {100 * SMALLER:.0f} % of "
                "the size)",
                file=sys.stderr,
            )
    if arguments.write:
        write_section("Animation", Path(__file__).name, lines)
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
