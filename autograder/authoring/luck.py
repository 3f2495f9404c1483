"""Run a hidden suite on its bank with many seeds, and report programs whose points depend on luck.

The programs of the bank are ours, so they run without a sandbox; what they must earn is said by
`autograder verify`. pytest collects the suite once, and its tests are then called as functions: a
hundred times as fast as a run of pytest.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError
from autograder.core.solution import model_cells
from autograder.pipeline.follow_through import Solution, methods_again
from autograder.pipeline.plain_tests import FIXTURES, PlainTest, plain
from course_lib import _tasks
from course_lib._once import Once
from course_lib._seeds import generator_of
from course_lib.suites import LocalSubmission, judge


@dataclass(frozen=True)
class Test:
    """A collected test: its mark, its name, its share of the task's weight, and the call."""

    case: _tasks.Case
    name: str
    share: float
    plain: PlainTest


@dataclass
class Judged:
    """A program with one seed: its share of each task, and the hints of failed tests."""

    shares: dict[str, float] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> frozenset[str]:
        """The tasks of which something is not earned."""
        return frozenset(task for task, share in self.shares.items() if share < 1 - 1e-9)


class Suite:
    """The tests of a hidden suite, collected once."""

    def __init__(self, directory: Path) -> None:
        collector = _Collector()
        arguments = [
            ".",
            f"--rootdir={directory}",
            "-o",
            f"pythonpath={shlex.quote(str(directory))}",
        ]
        quiet = ["-p", "no:terminal", "-p", "no:cacheprovider", "-c", os.devnull, "--noconftest"]
        with (
            contextlib.chdir(directory),
            _forgotten({path.stem for path in directory.glob("*.py")}),
        ):
            code = pytest.main(
                [*arguments, *quiet, "--import-mode=importlib", "-W", "ignore"], plugins=[collector]
            )
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED} or collector.broken:
            raise UsageError(
                f"the suite {directory} can't be collected: {'; '.join(collector.broken) or code}"
            )
        cases = [_tasks.read(item) for item in collector.items]
        shares = _tasks.shares(cases)
        known = {str(path) for path in directory.glob("*.py")}
        self.ours = known
        self.tasks = {case.task for case in cases}
        self.tests = [
            _test(collector.items[n], cases[n], shares[n]) for n in _tasks.in_order(cases)
        ]

    def judge(self, namespace: dict[str, Any], task: str, seed: int, judged: Judged) -> None:
        """Run a task's tests on a notebook's names as they are now, and note the outcome."""
        failed: dict[tuple[str, str], str] = {}
        total = earned = 0.0
        once = Once()
        submission = LocalSubmission(namespace)
        for test in self.tests:
            if test.case.task != task:
                continue
            total += test.share
            hint = _tasks.missing_need(test.case, failed) or self._run(
                test, submission, seed, once, judged
            )
            if hint is None:
                earned += test.share
            else:
                failed[task, test.case.function] = test.case.sentence
                judged.hints[test.name] = hint
        judged.shares[task] = earned / total

    def _run(
        self, test: Test, submission: LocalSubmission, seed: int, once: Once, judged: Judged
    ) -> str | None:
        values = (submission, generator_of(seed, test.name), seed, torch.device("cpu"), once)
        fixtures = dict(zip(FIXTURES, values, strict=True))
        asked = {name: fixtures[name] for name in test.plain.fixtures}
        try:
            test.plain.function(**asked, **test.plain.parameters)
        except Exception as error:  # noqa: BLE001 - whatever a program of the bank raises
            outcome, hint = judge(error, self.ours)
            if outcome == "error":
                judged.faults[test.name] = hint
            return hint
        return None


class _Collector:
    def __init__(self) -> None:
        self.items: list[pytest.Function] = []
        self.broken: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", _tasks.DECLARATION)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.items = [item for item in items if isinstance(item, pytest.Function)]
        items.clear()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(str(report.longrepr))


@dataclass(frozen=True)
class Notebook:
    """A program as a notebook: cells as (kind, task, source), kind "code" or "test", in order.

    The reader's own play cells are left out: no answer builds on them.
    """

    cells: tuple[tuple[str, str, str], ...]
    builds_on: Mapping[str, set[str]]
    solution: Mapping[str, str]


def notebook(assignment: Assignment, program: Program) -> Notebook:
    """A program's answers, and the model solution's where it has none."""
    cells = []
    for cell in bank.submission(assignment, program.cells, after=program.after)["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        name = str(mark.get("grade_id", ""))
        if cell["cell_type"] == "code" and mark.get("grade") and not mark.get("solution"):
            cells.append(("test", name.removesuffix("-test"), ""))
        elif cell["cell_type"] == "code" and (mark or str(cell.get("id", "")).startswith("after-")):
            source = cell["source"]
            cells.append(("code", name, source if isinstance(source, str) else "".join(source)))
    solution = Solution(assignment.builds_on, model_cells(assignment))
    needed = {task: solution.all_needed(task) for task in solution.builds_on}
    return Notebook(tuple(cells), needed, dict(solution.cells))


def run(suite: Suite, program: Notebook, seed: int, tasks: Iterable[str] | None = None) -> Judged:
    """Run a notebook's cells in order, and each task's tests where its check stands.

    A task that failed, and builds on another that failed, is judged once more with the solution's
    answers there.
    """
    wanted = {name for kind, name, _ in program.cells if kind == "test"} & set(tasks or suite.tasks)
    judged = Judged()
    _pass(suite, program, seed, wanted, set(), judged)
    failed = set(judged.failed)
    again = {task for task in failed if program.builds_on.get(task, set()) & failed}
    if again:
        second = Judged()
        _pass(suite, program, seed, again, failed, second)
        for task, share in second.shares.items():
            if share > judged.shares[task]:
                judged.shares[task] = share
    return judged


def _pass(
    suite: Suite, program: Notebook, seed: int, wanted: set[str], replaced: set[str], judged: Judged
) -> None:
    torch.manual_seed(seed)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    given: list[tuple[str, int]] = []
    own: list[str] = []
    with (
        warnings.catch_warnings(),
        Path(os.devnull).open("w") as nowhere,
        contextlib.redirect_stdout(nowhere),
    ):
        warnings.simplefilter("ignore")
        for kind, name, source in _until_the_last(wanted, program.cells):
            if kind == "code":
                _exec(name, source, namespace)
                own.append(source)
                continue
            if name in wanted:
                for solution, place in given:
                    for code in methods_again([solution], own[place:]):
                        _exec(name, code, namespace)
                suite.judge(namespace, name, seed, judged)
            if name in replaced and judged.shares.get(name, 0) < 1:
                _exec(name, program.solution[name], namespace)
                given.append((program.solution[name], len(own)))


def _until_the_last(
    wanted: set[str], cells: tuple[tuple[str, str, str], ...]
) -> tuple[tuple[str, str, str], ...]:
    """The cells that come before the last test that is wanted, and this: no other matters."""
    places = [n for n, (kind, name, _) in enumerate(cells) if kind == "test" and name in wanted]
    return cells[: places[-1] + 1] if places else ()


def _exec(name: str, source: str, namespace: dict[str, Any]) -> None:
    # As in a notebook, the next cell runs all the same.
    with contextlib.suppress(Exception, SystemExit):
        exec(compile(source, f"<cell {name}>", "exec"), namespace)


def _test(item: pytest.Function, case: _tasks.Case, share: float) -> Test:
    function = plain(item)
    if function is None:
        raise UsageError(
            f"{item.name} can't be called as a function; let it ask only for "
            f"{', '.join(FIXTURES)} and its parameters"
        )
    return Test(case, item.name, share, function)


@contextlib.contextmanager
def _forgotten(names: set[str]) -> Iterator[None]:
    """Modules of another suite's that have the names of this one's are not taken for these."""
    saved = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(saved)
