"""Step 4, test: a hidden suite under pytest, in this trusted
process, against submission after submission.

The suite is collected once. Then pytest's own protocol runs every test of it for each submission:
its fixtures, parametrisation and set-up are pytest's, only the `submission` fixture differs. That
is why `body`, which grades the submissions, is called from inside of pytest's session: outside of
it the collected tests can't run.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import pytest
import torch

from autograder.core.cells import RunnableCell
from autograder.core.errors import SandboxError, SuiteError
from autograder.core.jobs import ForkPer
from autograder.core.limits import Limits
from autograder.core.outcome import Outcome, TestResult
from autograder.pipeline.checkpoints import Forks, Processes
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from autograder.proxy.test_timer import OwnTime
from autograder.sandbox.session import CellRun
from course_lib._once import Once
from course_lib._seeds import generator_of
from course_lib._tasks import DECLARATION, Case, in_order, missing_need, read, shares
from course_lib.expect import Mismatch
from course_lib.follow_through import remarks

_ARGUMENTS = [
    "--import-mode=importlib", "-c", os.devnull, "--strict-markers",
    "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:capture",
    "-p", "no:logging", "-p", "no:warnings", "-p", "no:junitxml", "-p", "no:doctest", "-p",
    "no:unittest",
    "-p", "no:threadexception", "-p", "no:unraisableexception", "-p", "no:stepwise", "-p",
    "no:pastebin",
]  # fmt: skip


@dataclass(frozen=True)
class Collected:
    """One test of the suite, as pytest will run it."""

    item: pytest.Item
    case: Case
    weight: float


@dataclass(frozen=True)
class Submitted:
    """A submission that ran, and how to test it; `hurry` as a job has it."""

    forks: Forks
    cells: tuple[RunnableCell, ...]
    runs: Mapping[int, CellRun]
    seed: int
    limits: Limits
    hurry: float = 0.0


class SuiteRunner:
    """Runs one assignment's suite. `body` is called once the
    suite is collected, and runs it as often as it likes.

    Args:
        fork_per: see `Processes`.
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
        self._tests: list[Collected] = []
        self._test: Collected
        self._problems: list[str] = []
        self._failure: BaseException | None = None
        self._seed = 0
        self._hurry = 0.0
        self._once = Once()
        self._limits = Limits()
        self._own_time = OwnTime()
        self._processes: Processes
        self._results: list[TestResult] = []
        self._failed: dict[tuple[str, str], str] = {}
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
            raise SuiteError(
                f"pytest could not run {self._directory} ({pytest.ExitCode(status).name})"
            )

    def run(
        self, submitted: Submitted, tasks: Collection[str] | None = None
    ) -> tuple[dict[str, list[TestResult]], list[str]]:
        """The results of every test, or of those of the named
        tasks, by task; and notes about where they ran.

        The tests of a task meet the place of its check. If a name that they ask for is not there
        yet, and the notebook's end has it, they meet that instead.

        Raises:
            SuiteError: a test failed in its own code, or did not end.
            SandboxError: the sandbox failed.
        """
        self._seed, self._limits, self._hurry = submitted.seed, submitted.limits, submitted.hurry
        self._processes = Processes(
            submitted.forks,
            submitted.cells,
            submitted.runs,
            submitted.limits,
            submitted.seed,
            self._own_time.away,
            self._fork_per,
        )
        results: dict[str, list[TestResult]] = {}
        notes: list[str] = []
        stands = {cell.check for cell in submitted.cells}
        try:
            for task, group in itertools.groupby(self._tests, key=lambda test: test.case.task):
                if tasks is not None and task not in tasks:
                    continue
                tests = list(group)
                results[task] = self._run_task(task, tests)
                missing = self._processes.missing
                if missing and task in stands and self._processes.defines_at_end(missing):
                    results[task] = self._run_task(task, tests, at_end=True)
                    notes.append(
                        f"{task!r} was tested at the end of the notebook: its names were not "
                        "there at its check"
                    )
        finally:
            self._processes.close()
            self.fork_seconds, self.fork_count = (
                self._processes.fork_seconds,
                self._processes.fork_count,
            )
        return results, notes

    def _run_task(
        self, task: str, tests: list[Collected], *, at_end: bool = False
    ) -> list[TestResult]:
        self._once, self._failed, self._failure = Once(), {}, None
        self._processes.begin_task(task, at_end=at_end)
        return [
            self._run_test(test, after) for test, after in itertools.zip_longest(tests, tests[1:])
        ]

    def _run_test(self, test: Collected, after: Collected | None) -> TestResult:
        """Run one test by pytest's protocol.

        Whatever happens in it, nothing of it is left for the next one.
        """
        self._test, item = test, test.item
        self._results = []
        try:
            with self._own_time.limit(self._limits.suite_seconds, item.name), remarks() as found:
                item.config.hook.pytest_runtest_protocol(
                    item=item, nextitem=after.item if after else None
                )
        except (
            BaseException
        ) as error:  # pytest.exit, an alarm inside of pytest's own code, an interrupt
            _forget(item)
            if isinstance(error, KeyboardInterrupt | SandboxError | SuiteError):
                raise
            raise SuiteError(
                f"the hidden test {item.name} ended pytest ({type(error).__name__})"
            ) from None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            _forget(item)
            raise failure
        if not self._results:
            raise SuiteError(
                f"the hidden test {item.name} was skipped: a hidden test passes or fails"
            )
        result = self._results[-1]
        if result.outcome != "passed":
            self._failed[test.case.task, test.case.function] = test.case.sentence
        if result.outcome == "timeout":
            self._processes.count_timeout()
        return _with_remark(result, found)

    # --- pytest's hooks ---

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", DECLARATION)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._problems.append(
                f"{report.nodeid or 'the suite'} can't be collected: {_last_line(report)}"
            )

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """A suite that ends the program while it is imported:
        told as a sentence, where pytest would print a trace.
        """
        self._problems.append(f"the suite can't be collected: {excinfo.exconly().splitlines()[0]}")
        return True

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        cases = [read(item) for item in items]
        self._problems += [
            f"{item.name} has no @pytest.mark.task"
            for item, case in zip(items, cases, strict=True)
            if not case.task
        ]
        try:
            order = in_order(cases)
        except ValueError as error:
            self._problems.append(str(error))
            return
        weights = shares(cases)
        self._tests = [Collected(items[n], cases[n], weights[n]) for n in order]
        if not items:
            self._problems.append(f"{self._directory} has no tests")

    def pytest_runtestloop(self) -> bool:
        if not self._problems:
            try:
                self._body(self)
            except Exception as error:  # noqa: BLE001 - raised again by main, outside of pytest
                self._failure = error
        return True

    def pytest_runtest_setup(self) -> None:
        """A test that builds on one that failed earns nothing, and is not run."""
        if reason := missing_need(self._test.case, self._failed):
            raise Mismatch(reason)

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Note the outcome. pytest would format a traceback
        first, which takes longer than the test.
        """
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None:
            if call.when == "call":
                self._note("passed", None, call.duration)
        elif isinstance(error, Mismatch):
            self._note("failed", error.hint, call.duration)
        elif isinstance(error, StudentFault):
            self._note(error.outcome, error.hint, call.duration)
        elif isinstance(error, SandboxError | SuiteError):
            self._failure = self._failure or error
        elif _not_callable(error):
            self._note(
                "failed", "what should be a function or a class is something else", call.duration
            )
        elif not isinstance(error, pytest.skip.Exception):
            self._failure = self._failure or _own_fault(item, call)
        when: Literal["setup", "call", "teardown"] = "call" if call.when == "collect" else call.when
        outcome: Literal["passed", "failed"] = "passed" if error is None else "failed"
        return pytest.TestReport(
            item.nodeid,
            item.location,
            {},
            outcome,
            None,
            when,
            duration=call.duration,
            start=call.start,
        )

    # --- fixtures ---

    @pytest.fixture
    def submission(self) -> Iterator[RemoteSubmission]:
        """The notebook under test."""
        if self._hurry and self._failed:
            raise StudentFault("failed", "not run: another test of this task failed already")
        seconds = self._test.case.seconds or self._limits.test_seconds
        yield self._processes.begin_test(min(seconds, self._hurry) if self._hurry else seconds)
        self._processes.end_test()

    @pytest.fixture
    def seed(self) -> int:
        """The seed of the grading run."""
        return self._seed

    @pytest.fixture
    def rng(self) -> torch.Generator:
        """A generator whose seed comes from the run's and the test's name, whatever else runs."""
        return generator_of(self._seed, self._test.item.name)

    @pytest.fixture
    def once(self) -> Once:
        """What several tests judge together, such as the predictions of a trained model."""
        return self._once

    @pytest.fixture
    def device(self) -> torch.device:
        """The device on which the inputs are made."""
        return torch.device(self._device)

    # --- helpers ---

    def _note(self, outcome: Outcome, hint: str | None, seconds: float) -> None:
        test = self._test
        # Not where a test has a time of its own: it trains, and every style draws anew.
        trace = self._processes.trace() if outcome == "failed" and test.case.seconds is None else []
        self._results.append(
            TestResult(
                test.item.name,
                outcome,
                test.weight,
                hint,
                round(seconds, 4),
                test.case.sentence,
                trace=trace,
            )
        )


def _with_remark(result: TestResult, found: list[str]) -> TestResult:
    """With why it counts, where a value is right for the student's own earlier one only."""
    if result.outcome != "passed" or not found:
        return result
    return msgspec.structs.replace(result, remark=" and ".join(dict.fromkeys(found)))


def _forget(item: pytest.Item) -> None:
    """Take down what pytest had set up for a test, also where
    that fails: it would refuse the next test else.
    """
    state = item.session._setupstate
    try:
        state.teardown_exact(None)
    except BaseException:  # noqa: BLE001 - a fixture's own end fails; what counts is that nothing stays
        state.stack.clear()


def _not_callable(error: BaseException) -> bool:
    """Whether a test called a name of the notebook that stands
    for a value: the one TypeError that is not ours.
    """
    return isinstance(error, TypeError) and str(error).endswith("object is not callable")


def _own_fault(item: pytest.Item, call: pytest.CallInfo[None]) -> SuiteError:
    assert call.excinfo is not None
    place = call.excinfo.traceback[-1]
    return SuiteError(
        f"the hidden test {item.name} failed in its own code ({call.excinfo.typename} at "
        f"{Path(str(place.path)).name}, line {place.lineno + 1})"
    )


def _last_line(report: pytest.CollectReport) -> str:
    text = str(getattr(report, "longreprtext", "") or report.longrepr)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].removeprefix("E ").strip() if lines else "unknown error"
