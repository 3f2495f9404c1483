"""Step 4, test: run a hidden suite under pytest, in this trusted process, on each submission.

The suite is collected once. Then every test of it runs for each submission: as a function where it
is one, else by pytest's own protocol, with the suite's own fixtures and set-up.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from autograder.core.cells import RunnableCell
from autograder.core.errors import SandboxError, SuiteError
from autograder.core.jobs import ForkPer
from autograder.core.limits import Limits
from autograder.core.outcome import TestResult
from autograder.pipeline.checkpoints import Asked, Forks, Processes, TimeForTests
from autograder.pipeline.collected_suite import Collected, CollectedSuite
from autograder.pipeline.suite_plugin import RunningTest, SuitePlugin, Words
from autograder.proxy.test_timer import OwnTime
from autograder.sandbox.session import CellRun
from course_lib._once import Once
from course_lib.follow_through import remarks


@dataclass(frozen=True)
class Submitted:
    """A submission that ran, and how to test it; `hurry` as a job has it.

    Attributes:
        tests_time: what all tests with this seed may take together.
        words: takes down what the student's code raises and prints in tests, for staff.
    """

    forks: Forks
    cells: tuple[RunnableCell, ...]
    runs: Mapping[int, CellRun]
    seed: int
    limits: Limits
    tests_time: TimeForTests
    hurry: float = 0.0
    words: Words | None = None


class SuiteRunner:
    """Runs one assignment's suite; `body` runs it as often as it likes, once it is collected.

    Args:
        directory: the suite's.
        body: called with this object inside of pytest's session (see `collected_suite`).
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
        self._suite = CollectedSuite(directory, lambda: body(self))
        self._plugin = SuitePlugin(device)
        self._fork_per = fork_per
        self._own_time = OwnTime()
        self.asked = Asked()
        self.fork_seconds = 0.0
        self.fork_count = 0

    def main(self) -> None:
        """Collect the suite and call the body.

        Raises:
            SuiteError: the suite can't be collected, or has a test without a task.
        """
        self._suite.main(self._plugin)

    def run(
        self, submitted: Submitted, tasks: Collection[str] | None = None
    ) -> tuple[dict[str, list[TestResult]], list[str]]:
        """The results of all or the named tasks' tests, by task; and notes on where they ran.

        The tests of a task meet the place of its check. If a name that they ask for is not there
        yet, and the notebook's end has it, they meet that instead.

        Raises:
            SuiteError: a test failed in its own code, or did not end.
            SandboxError: the sandbox failed.
        """
        processes = Processes(
            submitted.forks,
            submitted.cells,
            submitted.runs,
            submitted.limits,
            submitted.tests_time,
            submitted.seed,
            self._own_time.away,
            self._fork_per,
            self.asked,
        )
        results: dict[str, list[TestResult]] = {}
        notes: list[str] = []
        stands = {cell.check for cell in submitted.cells}
        try:
            for task, group in itertools.groupby(self._suite.tests, lambda test: test.case.task):
                if tasks is not None and task not in tasks:
                    continue
                tests = list(group)
                processes.begin_task(task)
                results[task] = self._run_task(tests, submitted, processes)
                missing = processes.missing
                if missing and task in stands and processes.defines_at_end(missing):
                    processes.begin_task(task, at_end=True)
                    results[task] = self._run_task(tests, submitted, processes)
                    notes.append(
                        f"{task!r} was tested at the end of the notebook: its names were not yet "
                        "defined at its check"
                    )
        finally:
            processes.close()
            self.fork_seconds, self.fork_count = processes.fork_seconds, processes.fork_count
        return results, notes

    def _run_task(
        self, tests: list[Collected], submitted: Submitted, processes: Processes
    ) -> list[TestResult]:
        once, hurry, limits = Once(), submitted.hurry, submitted.limits
        failed: dict[tuple[str, str], str] = {}
        results: list[TestResult] = []
        for test, after in itertools.zip_longest(tests, tests[1:]):
            seconds = test.case.seconds or limits.test_seconds
            running = RunningTest(
                test,
                processes,
                once,
                failed,
                submitted.seed,
                min(seconds, hurry) if hurry else seconds,
                hurry > 0,
                submitted.words,
            )
            result = self._run_test(running, after, limits.suite_seconds)
            if result.outcome == "crashed" and all(each.outcome != "crashed" for each in results):
                # A machine without memory ends processes, and nobody can tell that from a process
                # that ends itself. So a task's first crash is tried again.
                again = replace(running, results=[])
                result = self._run_test(again, after, limits.suite_seconds)
            if result.outcome != "passed":
                failed[test.case.task, test.case.function] = test.case.sentence
            if result.outcome == "timeout":
                processes.count_timeout()
            results.append(result)
        return results

    def _run_test(self, running: RunningTest, after: Collected | None, most: float) -> TestResult:
        """Run one test, in so many seconds of this process at most.

        Whatever happens in it, nothing of it is left for the next one.
        """
        self._plugin.running, item = running, running.test.item
        try:
            with self._own_time.limit(most, item.name), remarks() as found:
                if running.test.plain is not None:
                    self._plugin.call(running.test.plain)
                else:
                    item.config.hook.pytest_runtest_protocol(
                        item=item, nextitem=after.item if after else None
                    )
        except BaseException as error:
            # pytest.exit, an alarm inside of pytest's own code, an interrupt
            _forget(item)
            if isinstance(error, KeyboardInterrupt | SandboxError | SuiteError | MemoryError):
                raise
            raise SuiteError(
                f"the hidden test {item.name} ended pytest ({type(error).__name__})"
            ) from None
        if running.failure is not None:
            _forget(item)
            raise running.failure
        if not running.results:
            raise SuiteError(
                f"the hidden test {item.name} was skipped: a hidden test passes or fails"
            )
        return _with_remark(running.results[-1], found)


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
    # A fixture's own end fails; what counts is that nothing stays.
    except BaseException:  # noqa: BLE001
        state.stack.clear()
