"""Give pytest the fixtures of a hidden suite, and turn the end of each test into a result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
import torch

from autograder.core.errors import SandboxError, SuiteError
from autograder.core.outcome import Outcome, TestResult
from autograder.core.own_memory import ran_out
from autograder.pipeline.checkpoints import Processes
from autograder.pipeline.collected_suite import Collected
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from course_lib._once import Once
from course_lib._seeds import generator_of
from course_lib._tasks import missing_need
from course_lib.expect import Mismatch


@dataclass
class RunningTest:
    """A test that runs now, and what it leaves.

    Attributes:
        once: what the tests of its task share.
        failed: tests of its task that did not pass, by task and function, with their sentences.
        seconds: how long the submission's code may take in it.
        hurry: whether it is not run where another test of the task failed.
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
    results: list[TestResult] = field(default_factory=list)
    failure: BaseException | None = None


class SuitePlugin:
    """A plugin for pytest: hooks and fixtures for the test that `running` says.

    Args:
        device: on which the tests make their inputs, "cpu" or "cuda".
    """

    running: RunningTest

    def __init__(self, device: str) -> None:
        self._device = device

    def pytest_runtest_setup(self) -> None:
        """A test that builds on one that failed earns nothing, and is not run."""
        if reason := missing_need(self.running.test.case, self.running.failed):
            raise Mismatch(reason)

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Note the outcome. pytest would format a traceback, which takes longer than the test."""
        running = self.running
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None:
            if call.when == "call":
                self._note("passed", None, call.duration)
        elif isinstance(error, Mismatch):
            self._note("failed", error.hint, call.duration)
        elif isinstance(error, StudentFault):
            self._note(error.outcome, error.hint, call.duration)
        elif ran_out(error):
            self._note("failed", "the result is too large to be tested", call.duration)
        elif isinstance(error, SandboxError | SuiteError):
            running.failure = running.failure or error
        elif _not_callable(error):
            hint = "a name that should be a function or a class is something else"
            self._note("failed", hint, call.duration)
        elif not isinstance(error, pytest.skip.Exception):
            running.failure = running.failure or _own_fault(item, call)
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
        running = self.running
        if running.hurry and running.failed:
            raise StudentFault("failed", "not run: another test of this task failed already")
        yield running.processes.begin_test(running.seconds)
        running.processes.end_test()

    @pytest.fixture
    def seed(self) -> int:
        """The seed of the grading run."""
        return self.running.seed

    @pytest.fixture
    def rng(self) -> torch.Generator:
        """A generator whose seed comes from the run's and the test's name, whatever else runs."""
        return generator_of(self.running.seed, self.running.test.item.name)

    @pytest.fixture
    def once(self) -> Once:
        """What several tests judge together, such as the predictions of a trained model."""
        return self.running.once

    @pytest.fixture
    def device(self) -> torch.device:
        """The device on which the inputs are made."""
        return torch.device(self._device)

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


def _own_fault(item: pytest.Item, call: pytest.CallInfo[None]) -> SuiteError:
    assert call.excinfo is not None
    place = call.excinfo.traceback[-1]
    return SuiteError(
        f"the hidden test {item.name} failed in its own code ({call.excinfo.typename} at "
        f"{Path(str(place.path)).name}, line {place.lineno + 1})"
    )
