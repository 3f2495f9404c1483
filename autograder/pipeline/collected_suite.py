"""Collect a hidden suite with pytest: its tests in the order of their tasks.

Collected tests can run only inside of pytest's session. So the session's loop, in which pytest
would run each test once, calls a function of ours instead, which runs them for one submission after
the other.
"""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograder.core.errors import SuiteError
from autograder.pipeline.plain_tests import PlainTest, plain
from course_lib._tasks import DECLARATION, Case, in_order, read, shares

_OFF = (
    "terminal cacheprovider faulthandler capture logging warnings junitxml doctest unittest "
    "threadexception unraisableexception stepwise pastebin"
)
"""Plugins of pytest's own that a grading has no use for."""


@dataclass(frozen=True)
class Collected:
    """One test of the suite, as pytest will run it, and its share of the task's points."""

    item: pytest.Item
    case: Case
    weight: float
    plain: PlainTest | None
    """The test as a function, where it can be called as one."""


class CollectedSuite:
    """A plugin for pytest that keeps the tests of a suite and calls a function in their session.

    Args:
        directory: the suite's.
        body: called once the suite is collected.
    """

    def __init__(self, directory: Path, body: Callable[[], None]) -> None:
        self.tests: list[Collected] = []
        self._directory = directory
        self._body = body
        self._problems: list[str] = []
        self._failure: Exception | None = None

    def main(self, plugin: object) -> None:
        """Collect the suite and call the body, with another plugin that has hooks and fixtures.

        Raises:
            SuiteError: the suite can't be collected, or has a test without a task.
            Exception: what the body raised.
        """
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        place = str(self._directory)
        arguments = ["--import-mode=importlib", "-c", os.devnull, "--strict-markers"]
        arguments += [word for name in _OFF.split() for word in ("-p", f"no:{name}")]
        # A suite's drivers and helpers lie beside its tests.
        arguments += ["-o", f"pythonpath={shlex.quote(place)}", "--rootdir", place, "."]
        with contextlib.chdir(place):  # to pytest, a bracket in a path begins a parameter
            status = pytest.main(arguments, plugins=[self, plugin])
        if self._failure is not None:
            raise self._failure
        if self._problems:
            raise SuiteError("; ".join(self._problems[:3]))
        if status in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
            raise SuiteError(
                f"pytest could not run {self._directory} ({pytest.ExitCode(status).name})"
            )

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", DECLARATION)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._problems.append(
                f"{report.nodeid or 'the suite'} can't be collected: {_last_line(report)}"
            )

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
        """Keep a sentence instead of a traceback: a suite may exit while it is imported."""
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
        self.tests = [Collected(items[n], cases[n], weights[n], plain(items[n])) for n in order]
        if not items:
            self._problems.append(f"{self._directory} has no tests")

    def pytest_runtestloop(self) -> bool:
        if not self._problems:
            try:
                self._body()
            except Exception as error:  # noqa: BLE001 - raised again by main, outside of pytest
                self._failure = error
        return True


def _last_line(report: pytest.CollectReport) -> str:
    text = str(getattr(report, "longreprtext", "") or report.longrepr)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].removeprefix("E ").strip() if lines else "unknown error"
