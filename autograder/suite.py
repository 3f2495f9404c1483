"""Step 4, test: a hidden suite under pytest, in this trusted process, against submission after submission.

The suite is collected once; for each submission pytest's own protocol runs every test of it. The `submission`
fixture is the only thing that differs between submissions.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shlex
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from autograder.channel import Channel, StudentFault
from autograder.errors import SandboxError, SuiteError
from autograder.execute import Execution
from autograder.jobs import ForkPer
from autograder.limits import Limits
from autograder.outcome import Outcome, TestResult
from autograder.owntime import OwnTime
from autograder.rebuild import RunnableCell
from autograder.remote import RemoteSubmission
from course_lib._once import Once
from course_lib.expect import Mismatch

_ARGUMENTS = [
    "--import-mode=importlib", "-c", os.devnull, "--strict-markers",
    "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:capture",
    "-p", "no:logging", "-p", "no:warnings", "-p", "no:junitxml", "-p", "no:doctest", "-p", "no:unittest",
    "-p", "no:threadexception", "-p", "no:unraisableexception", "-p", "no:stepwise", "-p", "no:pastebin",
]  # fmt: skip


class SuiteRunner:
    """Runs one assignment's suite. `body` is called once the suite is collected, and runs it as often as it likes.

    Args:
        fork_per: "task": the tests of a task share a process, and the next task, or a test after one that
            crashed, hung or was killed, gets a fresh one; "test": every test gets a fresh one. A process that
            was only asked for names, and ran nothing, is still fresh.
        device: on which the tests make their inputs, "cpu" or "cuda".
    """

    def __init__(
        self,
        directory: Path,
        body: Callable[[SuiteRunner], None],
        fork_per: ForkPer = "task",
        device: str = "cpu",
    ) -> None:
        self._directory = directory
        self._body = body
        self._fork_per = fork_per
        self._device = device
        self._items: list[pytest.Item] = []
        self._item: pytest.Item
        self._problems: list[str] = []
        self._failure: BaseException | None = None
        self._seed = 0
        self._once = Once()
        self._execution: Execution | None = None
        self._cells: dict[int, tuple[int, str | None]] = {}
        self._sources: dict[int, str] = {}
        self._limits = Limits()
        self._timeouts: dict[str, int] = {}
        self._own_time = OwnTime()
        self._channel: Channel | None = None
        self._channel_task: str | None = None
        self._current: list[TestResult] = []
        self.fork_seconds = 0.0
        self.fork_count = 0

    def main(self) -> None:
        """Collect the suite and call the body.

        Raises:
            SuiteError: the suite can't be collected, or has a test without a task.
        """
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        place = str(self._directory)
        # A suite's drivers and helpers lie beside its tests.
        beside = ["-o", f"pythonpath={shlex.quote(place)}"]
        with contextlib.chdir(place):  # to pytest, a bracket in a path begins a parameter
            status = pytest.main([*_ARGUMENTS, *beside, "--rootdir", place, "."], plugins=[self])
        if self._failure is not None:
            raise self._failure
        if self._problems:
            raise SuiteError("; ".join(self._problems[:3]))
        if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            raise SuiteError(f"pytest could not run {self._directory} ({pytest.ExitCode(status).name})")

    def run(
        self,
        execution: Execution,
        cells: tuple[RunnableCell, ...],
        seed: int,
        limits: Limits,
        tasks: Collection[str] | None = None,
    ) -> dict[str, list[TestResult]]:
        """The results of every test, or of those of the named tasks, by task.

        Raises:
            SuiteError: a test failed in its own code, or did not end.
            SandboxError: the sandbox failed.
        """
        self._execution, self._seed, self._limits, self._once = execution, seed, limits, Once()
        self._cells = {cell.index: (cell.source.count("\n") + 1, cell.task) for cell in cells}
        self._sources = {cell.index: cell.source for cell in cells}
        results: dict[str, list[TestResult]] = {}
        self.fork_seconds, self.fork_count = 0.0, 0
        self._timeouts = {}
        try:
            items = [item for item in self._items if tasks is None or _task(item)[0] in tasks]
            for item, following in itertools.zip_longest(items, items[1:]):
                self._current, self._item = [], item
                with self._own_time.limit(limits.suite_seconds, item.name):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if self._failure is not None:
                    break  # what is found out now is of no use any more
                results.setdefault(_task(item)[0], []).extend(self._current)
        finally:
            self._close_channel()
            self._execution = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return results

    # --- pytest's hooks ---

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "task(id, weight=1, seconds=…): the task, the weight in it, its time")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._problems.append(f"{report.nodeid or 'the suite'} can't be collected: {_last_line(report)}")

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """A suite that ends the program while it is imported: told as a sentence, where pytest would print a trace."""
        self._problems.append(f"the suite can't be collected: {excinfo.exconly().splitlines()[0]}")
        return True

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if item.get_closest_marker("task") is None:
                self._problems.append(f"{item.name} has no @pytest.mark.task")
        # Stable: the tests of a task stand together, so that they can share a process.
        order = {task: n for n, task in enumerate(dict.fromkeys(_task(item)[0] for item in items))}
        items.sort(key=lambda item: order[_task(item)[0]])
        self._items = list(items)
        if not items:
            self._problems.append(f"{self._directory} has no tests")

    def pytest_runtestloop(self) -> bool:
        if not self._problems:
            try:
                self._body(self)
            except Exception as error:  # noqa: BLE001 - raised again by main, outside of pytest
                self._failure = error
        return True

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Note the outcome. pytest would format a traceback first, which takes longer than the test."""
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None:
            if call.when == "call":
                self._note(item, "passed", None, call.duration)
        elif isinstance(error, Mismatch):
            self._note(item, "failed", error.hint, call.duration)
        elif isinstance(error, StudentFault):
            self._note(item, error.outcome, error.hint, call.duration)
        elif isinstance(error, SandboxError | SuiteError):
            self._failure = self._failure or error
        elif _not_callable(error):
            self._note(item, "failed", "what should be a function or a class is something else", call.duration)
        elif not isinstance(error, pytest.skip.Exception):
            self._failure = self._failure or _own_fault(item, call)
        when: Literal["setup", "call", "teardown"] = "call" if call.when == "collect" else call.when
        outcome: Literal["passed", "failed"] = "passed" if error is None else "failed"
        return pytest.TestReport(
            item.nodeid, item.location, {}, outcome, None, when, duration=call.duration, start=call.start
        )

    # --- fixtures ---

    @pytest.fixture
    def submission(self) -> Iterator[RemoteSubmission]:
        """The notebook under test."""
        task = _task(self._item)[0]
        if self._timeouts.get(task, 0) >= self._limits.timeouts_per_task:
            raise StudentFault("timeout", "not run: other tests of this task ran too long already")
        used = self._channel is not None and not self._channel.fresh
        if used and (self._fork_per == "test" or task != self._channel_task):
            self._close_channel()
        self._channel_task = task
        seconds = self._seconds(self._item)

        def connect() -> Channel:
            if self._channel is None or not self._channel.open:
                # Not what the fork took: it may run the whole notebook again, which has limits of its own.
                spent = 0.0 if self._channel is None else self._channel.used
                self._channel = self._fork(task)
                self._channel.begin_test(seconds, spent)
            return self._channel

        if self._channel is not None:
            self._channel.begin_test(seconds)
        yield RemoteSubmission(connect)
        if self._channel is not None and not self._channel.open:
            self._channel = None

    @pytest.fixture
    def seed(self) -> int:
        """The seed of the grading run."""
        return self._seed

    @pytest.fixture
    def rng(self) -> torch.Generator:
        """A generator whose seed comes from the run's and the test's name, whatever else runs."""
        digest = hashlib.sha256(f"{self._seed}:{self._item.name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))

    @pytest.fixture
    def once(self) -> Once:
        """What several tests judge together, such as the predictions of a trained model."""
        return self._once

    @pytest.fixture
    def device(self) -> torch.device:
        """The device on which the inputs are made."""
        return torch.device(self._device)

    # --- helpers ---

    def _seconds(self, item: pytest.Item) -> float:
        mark = item.get_closest_marker("task")
        return float((mark.kwargs.get("seconds") if mark else None) or self._limits.test_seconds)

    def _fork(self, task: str) -> Channel:
        assert self._execution is not None
        start = time.monotonic()
        seed = int.from_bytes(hashlib.sha256(f"{self._seed}:{task}".encode()).digest()[:4], "big")
        with self._own_time.away():
            sock = self._execution.fork_test(seed)
        self.fork_seconds += time.monotonic() - start
        self.fork_count += 1
        return Channel(
            sock, self._execution.after_fault, self._cells, self._own_time.away, self._execution.delayed, self._sources
        )

    def _close_channel(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._channel = self._channel_task = None

    def _trace(self, item: pytest.Item) -> list[float]:
        """What the code returned. Not where a test has a time of its own: it trains, and every style draws anew."""
        mark = item.get_closest_marker("task")
        if self._channel is None or (mark is not None and "seconds" in mark.kwargs):
            return []
        return self._channel.answers.trace()

    def _note(self, item: pytest.Item, outcome: Outcome, hint: str | None, seconds: float) -> None:
        sentence = (getattr(item.obj, "__doc__", None) or "").strip().split("\n")[0]  # type: ignore[attr-defined]
        trace = self._trace(item) if outcome == "failed" else []
        result = TestResult(item.name, outcome, _task(item)[1], hint, round(seconds, 4), sentence, trace=trace)
        self._current = [result]
        if outcome == "timeout":
            self._timeouts[_task(item)[0]] = self._timeouts.get(_task(item)[0], 0) + 1


def _not_callable(error: BaseException) -> bool:
    """Whether a test called a name of the notebook that stands for a value: the one TypeError that is not ours."""
    return isinstance(error, TypeError) and str(error).endswith("object is not callable")


def _own_fault(item: pytest.Item, call: pytest.CallInfo[None]) -> SuiteError:
    assert call.excinfo is not None
    place = call.excinfo.traceback[-1]
    return SuiteError(
        f"the hidden test {item.name} failed in its own code ({call.excinfo.typename} at "
        f"{Path(str(place.path)).name}, line {place.lineno + 1})"
    )


def _task(item: Any) -> tuple[str, float]:
    """The task of a test and its weight in it."""
    mark = item.get_closest_marker("task")
    return (str(mark.args[0]), float(mark.kwargs.get("weight", 1))) if mark else ("", 0.0)


def _last_line(report: pytest.CollectReport) -> str:
    text = str(getattr(report, "longreprtext", "") or report.longrepr)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].removeprefix("E ").strip() if lines else "unknown error"
