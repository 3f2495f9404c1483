"""Check a release: public checks pass on the solution, fail on the stubs, and all points agree.

Whatever is wrong is told by file and task, before a student meets it. What was once found right is
remembered, by a digest of all that it depends on, under .cache: checks that train take their time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.source import Source
from autograder.core.errors import BuildError
from autograder.core.files import write

SECONDS = 300
"""Of wall time for the public checks of one assignment."""
_HEADING = re.compile(r"^#+ .*?\((\d+(?:\.\d+)?) points?\)", re.MULTILINE)
_TOTAL = re.compile(r"(\d+) tasks?,\s+(\d+(?:\.\d+)?) points? in all")


@dataclass(frozen=True)
class Answers:
    """A notebook's code cells by task: those for everybody, the solution's, the stubs."""

    given: list[str]
    solution: dict[str, str]
    stubs: dict[str, str]


def check_points(source: Source) -> list[str]:
    """Find headings and totals in the text whose points differ from the cells'."""
    problems = []
    stated: tuple[int, float] | None = None
    points: list[float] = []
    for cell in source.cells:
        if cell.role in ("test", "manual"):
            points.append(float(cell.points or 0))
            if stated is not None and stated[1] != points[-1]:
                problems.append(
                    f"{source.path}:{stated[0]}: the heading says {stated[1]:g} points, but the "
                    f"task {cell.cell_id.removesuffix('-test')} below it has {points[-1]:g}"
                )
            stated = None
        elif cell.kind == "markdown" and (found := _HEADING.findall(cell.source)):
            stated = cell.line, float(found[-1])
    for cell in source.cells:
        if cell.kind == "markdown" and (total := _TOTAL.search(" ".join(cell.source.split()))):
            tasks, whole = int(total[1]), float(total[2])
            if (tasks, whole) != (len(points), sum(points)):
                problems.append(
                    f"{source.path}:{cell.line}: the text says {tasks} tasks and {whole:g} points, "
                    f"but the cells have {len(points)} tasks and {sum(points):g} points"
                )
    return problems


def check_checks(
    source: Source, checks: Path, released: dict[str, str], library: Path, cache: Path
) -> list[str]:
    """Find what is wrong with checks.py: its tasks, its POINTS, and what its checks say.

    Args:
        released: the source of each solution cell as students get it.
        library: the directory that holds course_lib.
        cache: where digests of what was found right are kept.
    """
    points = {
        cell.cell_id.removesuffix("-test"): float(cell.points or 0)
        for cell in source.cells
        if cell.role == "test"
    }
    answers = _answers(source, released)
    content = {
        "points": points,
        "given": answers.given,
        "solution": answers.solution,
        "stubs": answers.stubs,
    }
    mark = cache / f"checked-{_digest(json.dumps(content), checks, library)}"
    if mark.exists():
        return []
    problems = _ask(json.dumps({"checks": str(checks), **content}), library, checks)
    if not problems:
        with contextlib.suppress(OSError):  # a cache that can't be written costs time only
            cache.mkdir(parents=True, exist_ok=True)
            write(mark, b"")
    return problems


def _answers(source: Source, released: dict[str, str]) -> Answers:
    given, solution, stubs = [], {}, {}
    for cell in source.cells:
        if cell.kind != "code":
            continue
        if cell.role == "locked":
            given.append(cell.source)
        elif cell.role == "solution":
            solution[cell.cell_id] = cell.source
            stubs[cell.cell_id] = released[cell.cell_id]
    return Answers(given, solution, stubs)


def _digest(job: str, checks: Path, library: Path) -> str:
    digest = hashlib.sha256(job.encode())
    for path in (checks, Path(__file__), *sorted((library / "course_lib").rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _ask(job: str, library: Path, checks: Path) -> list[str]:
    """Run the checks in a process of their own: they run the notebook's code."""
    environment = os.environ | {"PYTHONPATH": str(library), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as directory:
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", _PROGRAM],
                input=job, cwd=directory, env=environment, capture_output=True, text=True,
                timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return [f"{checks}: no result after {SECONDS} s; make the slowest check faster"]
    try:
        problems = json.loads(done.stdout.rpartition("\n\0")[2])
    except ValueError:
        raise BuildError(
            f"{checks}: the checks can't be run: {done.stderr.strip()[-600:]}"
        ) from None
    return [f"{checks}: {problem}" for problem in problems]


# In the other process. It imports the students' library only, from the repository that is being
# built.
_PROGRAM = """
import contextlib, io, json, sys, traceback
from pathlib import Path
job = json.load(sys.stdin)
from course_lib.suites import SuiteError, run
import torch
torch.set_num_threads(1)
path, problems = Path(job["checks"]), []

def notebook(cells):
    space = {"__name__": "__main__"}
    for source in [*job["given"], *cells.values()]:
        try:
            exec(compile(source, "<cell>", "exec"), space)
        except Exception:
            if cells is job["solution"]:
                problems.append("the solution raises: " + traceback.format_exc(limit=0).strip())
    return space

with contextlib.redirect_stdout(io.StringIO()):
    try:
        torch.manual_seed(0)
        right = run(path, notebook(job["solution"]), None, 0, "cpu")
        wrong = run(path, notebook(job["stubs"]), None, 0, "cpu")
    except SuiteError as error:
        problems.append(str(error))
    else:
        tasks = set(job["points"])
        for name in sorted(set(right.tasks) - tasks):
            problems.append(f"it has checks of {name}, which is no task of the notebook")
        for name in sorted(tasks - set(right.tasks)):
            problems.append(f"the task {name} has no check")
        for name in sorted(set(right.points) | tasks):
            if right.points.get(name) != job["points"].get(name):
                say = lambda value: "none" if value is None else f"{value:g}"
                told = (say(right.points.get(name)), say(job["points"].get(name)))
                problems.append(
                    f"POINTS[{name!r}] is {told[0]}, and the notebook's test cell has {told[1]}"
                )
        for report in right.reports:
            if report.outcome != "passed":
                problems.append(
                    f"{report.name} fails on the solution of {report.task}: {report.hint}"
                )
        for name in sorted(tasks & set(wrong.tasks)):
            if all(report.outcome == "passed" for report in wrong.reports if report.task == name):
                problems.append(
                    f"every check of {name} passes on the stub that students start from"
                )
print("\\n\\0" + json.dumps(problems))
"""
