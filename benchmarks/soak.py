"""Grade for a long time: do memory, open files or time per submission grow?

    .venv/bin/python benchmarks/soak.py [--rounds 5] [--jobs 2] [--write]

One run grades the same hundred submissions once per round, in the same order: 30 of the programs in
tests/hostile/programs/ among correct and wrong ones of the bank of 01_relu_matrix, and the
untouched release. The engine's own processes are those that live from the first submission to the
last; a submission's processes come and go. Since every round is the same hundred, the first and the
last can be compared. Memory is what is resident: a process's share of pages would also depend on
how many submissions share them at the moment. Exit status: 1 when the last round's memory is a
tenth higher than that of the first, when its submissions take a quarter longer, when descriptors or
processes were left open, or when two rounds gave different scores. `--write` puts what is printed
into docs/benchmarks.md, and a picture beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import engine
import msgspec
import plotly.graph_objects as go
from memory import MemoryWatch, Sample
from plotly.subplots import make_subplots
from report import REPORT, write_section
from throughput import ASSIGNMENT, MIB, SEED, make_class

from autograder.commands.demo_class import Member, hand_in
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course
from course_lib.animation import save_html

sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
import hostile_for_tests
from browser_for_tests import MISSING, Browser

PICTURE = REPOSITORY / "docs" / "images" / "soak.png"
HUNDRED = 100
HOSTILE = 30
LIMITS = (
    "c = get_config()\nc.Autograder.limits = {'cell_seconds': 3, 'test_seconds': 2, "
    "'timeouts_per_task': 1}\n"
)
"""Less than usual: otherwise a run would mostly wait for programs that never end."""


@dataclass(frozen=True)
class Round:
    """The median use of the engine's processes over a hundred submissions, and their seconds."""

    memory: float
    descriptors: float
    processes: float
    each: list[float]
    scores: list[float | None]


def make_hundred() -> list[Member]:
    """Thirty hostile submissions among others, the same each time."""
    programs = [
        p for p in hostile_for_tests.load() if p.assignment == ASSIGNMENT and p.needs is None
    ]
    words = dict.fromkeys(("COURSE", "REPOSITORY", "HOME", "SECRET", "ABSTRACT"), "/nowhere") | {
        "PORT": "9"
    }
    chosen = random.Random(SEED).sample(programs, HOSTILE)
    hundred = [Member("", p.name, p.notebook(words), None) for p in chosen]
    hundred += make_class(find(ASSIGNMENT), HUNDRED - HOSTILE)
    random.Random(SEED).shuffle(hundred)
    return hundred


def grade(root: Path, count: int, jobs: int) -> tuple[engine.EngineRun, list[Sample]]:
    """Grade the course directory in a new process, watched once a second.

    Raises:
        SystemExit: grading failed.
    """
    command = [sys.executable, engine.__file__, str(root), ASSIGNMENT, str(SEED), "task", str(jobs)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    watch = MemoryWatch(process.pid)
    watch.start()
    lines = []
    for line in process.stderr:
        lines.append(line)
        print(f"\r{line.strip()} of {count}", end="", file=sys.stderr, flush=True)
    watch.stop()
    print(file=sys.stderr)
    if process.wait():
        raise SystemExit("".join(lines)[-3000:])
    return msgspec.json.decode(
        (root / engine.TOLD).read_bytes(), type=engine.EngineRun
    ), watch.samples


def rounds_of(run: engine.EngineRun, samples: list[Sample]) -> tuple[list[Round], list[Sample]]:
    """Each round, and the samples of the engine's own processes during the run."""
    ends = {name: timing.began + timing.wall for name, timing in run.timings.items()}
    during = [s for s in samples if run.first < s.time < max(ends.values())]
    # A worker that a hostile submission took along is replaced, so a few samples may lack one.
    seen = [pid for sample in during for pid in sample.resident]
    own = {pid for pid in set(seen) if seen.count(pid) > 0.9 * len(during)}
    kept = [s.of(own) for s in during]
    names = sorted(run.timings)
    made = []
    for start in range(0, len(names), HUNDRED):
        hundred = names[start : start + HUNDRED]
        begin, end = min(run.timings[n].began for n in hundred), max(ends[n] for n in hundred)
        mine = [s for s in kept if begin <= s.time <= end]
        made.append(
            Round(
                median(sum(s.resident.values()) for s in mine),
                median(sum(s.descriptors.values()) for s in mine),
                median(len(s.resident) for s in mine),
                [run.timings[n].wall for n in hundred],
                [run.results[n].score for n in hundred],
            )
        )
    return made, kept


def draw(run: engine.EngineRun, samples: list[Sample], path: Path) -> None:
    """Draw the engine's memory and descriptors over time, and the seconds of every submission."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.08,
        subplot_titles=(
            "Resident memory of the engine, MiB", "Its open descriptors", "Seconds per submission",
        ),
    )  # fmt: skip
    minutes = [(s.time - run.first) / 60 for s in samples]
    memory = [sum(s.resident.values()) / MIB for s in samples]
    descriptors = [sum(s.descriptors.values()) for s in samples]
    figure.add_trace(go.Scatter(x=minutes, y=memory, line_color="#0072B2"), row=1, col=1)
    figure.add_trace(go.Scatter(x=minutes, y=descriptors, line_color="#D55E00"), row=2, col=1)
    began = [(t.began - run.first) / 60 for t in run.timings.values()]
    each = [t.wall for t in run.timings.values()]
    dots = {"mode": "markers", "marker": {"size": 4, "color": "#009E73"}}
    figure.add_trace(go.Scatter(x=began, y=each, **dots), row=3, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    figure.update_yaxes(type="log", row=3, col=1)
    figure.update_xaxes(title_text="minutes since the first submission", row=3, col=1)
    figure.update_layout(
        template="plotly_white", showlegend=False, width=900, height=640, margin={"t": 40, "b": 50}
    )
    figure.update_layout(
        modebar_remove=[
            "toimage",
            "zoom",
            "pan",
            "select",
            "lasso",
            "zoomin",
            "zoomout",
            "resetscale",
        ]
    )
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "soak.html"
        save_html(figure, page)
        browser = Browser(Path(directory) / "profile")
        try:
            browser.resize(940, 680)
            browser.open(page)
            browser.wait("document.querySelector('.main-svg')")
            browser.screenshot(path)
        finally:
            browser.close()


def report(
    run: engine.EngineRun, rounds: list[Round], count: int, jobs: int, load: float, *, same: bool
) -> list[str]:
    """The lines that are printed and go into docs/benchmarks.md."""
    first, last = rounds[0], rounds[-1]
    graded = sum(result.status == "graded" for result in run.results.values())
    scores = (
        "every round gave the same scores." if same else "**two rounds gave different scores.**"
    )
    return [
        f"{count} submissions of {ASSIGNMENT}, {HOSTILE} of each hundred hostile, "
        f"{jobs} workers. {os.cpu_count()} cores, Linux {platform.release()}, Python "
        f"{platform.python_version()}; load before: {load:.1f}.",
        "",
        "| submissions | MiB of the engine | its descriptors | its processes | s per submission, "
        "median | mean |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {n * HUNDRED + 1} to {(n + 1) * HUNDRED} | {r.memory / MIB:.0f} | "
            f"{r.descriptors:.0f} "
            f"| {r.processes:.0f} | {median(r.each):.2f} | {mean(r.each):.2f} |"
            for n, r in enumerate(rounds)
        ),
        "",
        f"- {graded} graded, {len(run.results) - graded} not; {scores}",
        f"- The last hundred against the first: memory {last.memory / first.memory:.2f} ×, "
        f"time {mean(last.each) / mean(first.each):.2f} ×.",
        "",
        "![Memory, descriptors and time per submission over the run](images/soak.png)",
    ]


def wears(first: Round, last: Round) -> bool:
    """Whether the engine holds more in the last round than in the first, or is slower."""
    return (
        last.memory >= 1.1 * first.memory
        or mean(last.each) >= 1.25 * mean(first.each)
        or (last.descriptors, last.processes) != (first.descriptors, first.processes)
    )


def main() -> int:
    """Run the benchmark and return its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often the hundred is graded, at least 2 (5)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="workers (2)")
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    if arguments.write and MISSING:
        raise SystemExit(f"--write draws a picture, which {MISSING}")
    hundred, load = make_hundred(), os.getloadavg()[0]
    class_ = [
        Member(f"r{number}-{n:03}", member.what, member.notebook, None)
        for number in range(max(2, arguments.rounds))
        for n, member in enumerate(hundred)
    ]
    with tempfile.TemporaryDirectory(prefix="soak-") as directory:
        root = Path(directory)
        hand_in(Course(root), find(ASSIGNMENT), class_)
        (root / "nbgrader_config.py").write_text(LIMITS)
        run, samples = grade(root, len(class_), arguments.jobs)
    rounds, kept = rounds_of(run, samples)
    same = all(r.scores == rounds[0].scores for r in rounds)
    lines = report(run, rounds, len(class_), arguments.jobs, load, same=same)
    print("\n".join(lines))
    if arguments.write:
        draw(run, kept, PICTURE)
        write_section("Soak", Path(__file__).name, lines)
    return 0 if same and not wears(rounds[0], rounds[-1]) else 1


if __name__ == "__main__":
    sys.exit(main())
