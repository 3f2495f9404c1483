"""The animation of a training, beside the way in which the course's sources make it.

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
    """How many seconds it takes to build a figure, and the figure."""
    gc.collect()
    start = time.perf_counter()
    figure = build()
    return time.perf_counter() - start, figure


def main() -> int:
    """Run the benchmark; its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--points", type=int, default=500, help="points of the data (500)")
    parser.add_argument(
        "--frames", type=int, default=5001, help="recorded steps, at least 100 (5001)"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write the section to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    trajectory, y = make_trajectory(arguments.points, arguments.frames)

    def ours() -> tuple[float, go.Figure]:
        return timed(lambda: animation.animate_training(trajectory, y, title="Training"))

    ours()  # what is made once: Plotly's template
    timed(lambda: sources_way(trajectory[:100, :2], y[:2]))  # what px imports when it is first used
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
    their_part, our_part = their_page - len(get_plotlyjs().encode()), our_page - len(plotlyjs)
    rows = [
        (
            "build, ms",
            1000 * slow,
            1000 * fast,
            slow / fast,
            "times as fast",
            slow / fast >= FASTER,
        ),
        *(
            (
                what,
                theirs_ / 1000,
                ours_ / 1000,
                100 * ours_ / theirs_,
                "% of the size",
                ours_ <= SMALLER * theirs_,
            )
            for what, theirs_, ours_ in (
                ("figure's part of the page, kB", their_part, our_part),
                ("page, kB", their_page, our_page),
            )
        ),
    ]
    version = (
        f"Python {platform.python_version()}, plotly {plotly.__version__}, pandas {pd.__version__}"
    )
    lines = [
        f"{arguments.points} points, {arguments.frames:,} steps. {os.cpu_count()} cores, Linux "
        f"{platform.release()}, {version}; load: {os.getloadavg()[0]:.1f}. Frames: "
        f"{len(theirs.frames)} the sources' way, {len(figure.frames)} ours.",
        "",
        "| | the sources' way | ours | |",
        "|---|---|---|---|",
        *(
            f"| {what} | {old:,.0f} | {new:,.0f} | {ratio:.0f} {unit} |"
            for what, old, new, ratio, unit, _ in rows
        ),
    ]
    print("\n".join(lines))
    for what, *_, good in rows:
        if not good:
            print(
                f"{what}: the aim is missed ({FASTER} times as fast, {100 * SMALLER:.0f} % of the "
                "size)",
                file=sys.stderr,
            )
    if arguments.write:
        write_section("Animation", Path(__file__).name, lines)
    return 0 if all(good for *_, good in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
