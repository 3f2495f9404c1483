"""Give hidden tests their fixtures, and turn the end of each test into a result."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from autograder.core.errors import SandboxError, SuiteError
from autograder.core.outcome import Outcome, TestResult
from autograder.core.own_memory import ran_out
from autograder.pipeline.checkpoints import Processes
from autograder.pipeline.collected_suite import Collected
from autograder.pipeline.plain_tests import PlainTest
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from course_lib._once import Once
from course_lib._seeds import generator_of
from course_lib._tasks import missing_need
from course_lib.expect import Mismatch

MOST_PRINTED = 20_000
"""So many characters that tests of a submission printed are kept in all."""


@dataclass
class Words:
    """What the student's code raised and printed, by the test in which it did: for staff only,
    since it may spell a hidden input."""

    raised: dict[str, str] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)


@dataclass
class RunningTest:
    """A test that runs now, and what it leaves.

    Attributes:
        once: what the tests of its task share.
        failed: tests of its task that did not pass, by task and function, with their sentences.
        seconds: how long the submission's code may take in it.
        hurry: whether it is not run where another test of the task failed.
        words: takes down the student's own words, for staff.
        results: its outcome, once there is one.
        failure: an error that is not the submission's.
    """

    test: Collected
    processes: Processes
    once: Once
    failed: dict[tuple[str, str], str]
    seed: int
    seconds: float
    hurry: bool
    words: Words | None = None
    results: list[TestResult] = field(default_factory=list)
    failure: BaseException | None = None


class SuitePlugin:
    """A plugin for pytest: hooks and fixtures for the test that `running` says. Without pytest,
    `call` does the same for a test that is a plain function.

    Args:
        device: on which the tests make their inputs, "cpu" or "cuda".
    """

    running: RunningTest

    def __init__(self, device: str) -> None:
        self._device = device

    def call(self, plain: PlainTest) -> None:
        """Run the test that `running` says, as a function."""
        start = time.perf_counter()
        values: dict[str, Any] = {}
        try:
            self.pytest_runtest_setup()
            for name in plain.fixtures:
                values[name] = self._value(name)
            start = time.perf_counter()
            plain.function(**values, **plain.parameters)
        except (pytest.exit.Exception, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a test raises is its outcome
            self._judge(error, time.perf_counter() - start)
        else:
            self._judge(None, time.perf_counter() - start)
        if "submission" in values:
            self._end_test()

    def pytest_runtest_setup(self) -> None:
        """A test that builds on one that failed earns nothing, and is not run."""
        if reason := missing_need(self.running.test.case, self.running.failed):
            raise Mismatch(reason)

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Note the outcome. pytest would format a traceback, which takes longer than the test."""
        error = call.excinfo.value if call.excinfo is not None else None
        if error is not None or call.when == "call":
            self._judge(error, call.duration)
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

    @pytest.fixture
    def submission(self) -> Iterator[RemoteSubmission]:
        """The notebook under test."""
        yield self._value("submission")
        self._end_test()

    @pytest.fixture
    def seed(self) -> int:
        """The seed of the grading run."""
        return int(self._value("seed"))

    @pytest.fixture
    def rng(self) -> torch.Generator:
        """A generator whose seed comes from the run's and the test's name, whatever else runs."""
        value: torch.Generator = self._value("rng")
        return value

    @pytest.fixture
    def once(self) -> Once:
        """What several tests judge together, such as the predictions of a trained model."""
        value: Once = self._value("once")
        return value

    @pytest.fixture
    def device(self) -> torch.device:
        """The device on which the inputs are made."""
        value: torch.device = self._value("device")
        return value

    def _value(self, fixture: str) -> Any:
        running = self.running
        match fixture:
            case "submission":
                if running.hurry and running.failed:
                    hint = "not run: another test of this task failed already"
                    raise StudentFault("failed", hint)
                return running.processes.begin_test(running.seconds)
            case "seed":
                return running.seed
            case "rng":
                return generator_of(running.seed, running.test.item.name)
            case "once":
                return running.once
            case "device":
                return torch.device(self._device)
        raise KeyError(fixture)

    def _judge(self, error: BaseException | None, seconds: float) -> None:
        """Note what a test ended with; what is no fault of the submission's becomes `failure`."""
        running = self.running
        if error is None:
            self._note("passed", None, seconds)
        elif isinstance(error, Mismatch):
            self._note("failed", error.hint, seconds)
        elif isinstance(error, StudentFault):
            self._note(error.outcome, error.hint, seconds)
            if error.raised and running.words is not None:
                running.words.raised[running.test.item.name] = error.raised
        elif ran_out(error):
            self._note("failed", "the result is too large to be tested", seconds)
        elif isinstance(error, SandboxError | SuiteError):
            running.failure = running.failure or error
        elif _not_callable(error):
            hint = "a name that should be a function or a class is something else"
            self._note("failed", hint, seconds)
        # A test that skips itself leaves no outcome, which `SuiteRunner` refuses with a sentence.
        elif not isinstance(error, pytest.skip.Exception):
            running.failure = running.failure or _own_fault(running.test.item.name, error)

    def _end_test(self) -> None:
        """Count the test's time, and keep for staff what was printed in a test that failed."""
        running = self.running
        if running.words is not None:
            # Asked for after a test that passed, too: the process may go on with the next one.
            printed = running.processes.printed()
            room = MOST_PRINTED - sum(map(len, running.words.printed.values()))
            if running.results and running.results[-1].outcome != "passed" and printed[:room]:
                running.words.printed[running.test.item.name] = printed[:room]
        running.processes.end_test()

    def _note(self, outcome: Outcome, hint: str | None, seconds: float) -> None:
        running, test = self.running, self.running.test
        # Not where a test has a time of its own: it trains, and every style draws anew.
        traced = outcome == "failed" and test.case.seconds is None
        running.results.append(
            TestResult(
                test.item.name,
                outcome,
                test.weight,
                hint,
                round(seconds, 4),
                test.case.sentence,
                trace=running.processes.trace() if traced else [],
            )
        )


def _not_callable(error: BaseException) -> bool:
    """Whether a test called a name of the notebook that is a value: the one TypeError not ours."""
    return isinstance(error, TypeError) and str(error).endswith("object is not callable")


def _own_fault(name: str, error: BaseException) -> SuiteError:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return SuiteError(
        f"the hidden test {name} failed in its own code ({type(error).__name__} at "
        f"{Path(place.filename).name}, line {place.lineno})"
    )
