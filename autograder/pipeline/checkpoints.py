"""Give each hidden test its process: a fork of the notebook at the check of the test's task."""

from __future__ import annotations

import hashlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from autograder import wire
from autograder.core.cells import RunnableCell
from autograder.core.faults import NO_TIME_LEFT, OF_ITS_TASK, Cause
from autograder.core.jobs import ForkPer
from autograder.core.limits import Limits
from autograder.proxy import missing_packages
from autograder.proxy.channel import Channel, StudentFault
from autograder.proxy.objects import RemoteSubmission, defines, undefined_name
from autograder.proxy.trace import Answers
from autograder.sandbox.session import CellRun, Frame, GoneError


class Forks(Protocol):
    """A notebook that ran, of which processes can be forked."""

    def fork_test(self, seed: int, task: str | None = None) -> socket.socket:
        """A socket to a fresh process that holds what was defined where the task's check stands."""

    def seen(self, task: str) -> Mapping[str, Frame]:
        """What the notebook answered about names at the task's check, where no process is kept."""

    def fault_of(self, task: str) -> Cause | None:
        """Why the cell of a task was left out, if it was."""

    def after_fault(self) -> Cause:
        """End what a test left running; why its process went away."""

    def delayed(self, since: float) -> float:
        """Seconds since a time for which other programs kept the submission from running."""


class Asked:
    """What the tests of each task have asked of notebooks so far.

    A task of which they only asked for the values of names needs no process of its own: the
    notebook tells these values at the check. Where that is not enough after all, it runs again.
    """

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._ran: set[str] = set()

    def name(self, task: str, name: str) -> None:
        """A test of the task asked for the value of a name."""
        self._names.setdefault(task, set()).add(name)

    def ran(self, task: str) -> None:
        """A test of the task had something run."""
        self._ran.add(task)

    def values(self) -> dict[str, list[str]]:
        """The names that tests asked for, by task, where they asked for nothing else."""
        return {task: sorted(names) for task, names in self._names.items() if task not in self._ran}


class TimeForTests:
    """The time that a submission has for its answers in all tests together, the second ones of
    follow-through included."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._used = 0.0

    def spend(self, seconds: float) -> None:
        """Count what a test took."""
        self._used += seconds

    @property
    def over(self) -> bool:
        """Whether it is used up."""
        return self._used >= self.seconds


class Processes:
    """Gives the tests of one submission their processes.

    The tests of a task share one until a test crashes, hangs or is killed; the next test then gets
    a fresh one, and so does every test with `fork_per` "test". A process that was only asked for
    names, and ran nothing, is still fresh.

    Args:
        runs: what became of the cells, by index.
        tests_time: that all tests may take together.
        away: entered while this side waits for the submission.
        seed: of the grading run; what the processes' random generators start with comes from it.
        asked: notes what tests ask for.
    """

    def __init__(
        self,
        forks: Forks,
        cells: tuple[RunnableCell, ...],
        runs: Mapping[int, CellRun],
        limits: Limits,
        tests_time: TimeForTests,
        seed: int,
        away: Callable[[], AbstractContextManager[None]],
        fork_per: ForkPer = "task",
        asked: Asked | None = None,
    ) -> None:
        self._forks = forks
        self._asked = asked or Asked()
        self._cells = cells
        self._runs = runs
        self._lines = {cell.index: (cell.source.count("\n") + 1, cell.task) for cell in cells}
        self._sources = {cell.index: cell.source for cell in cells}
        self._limits = limits
        self._tests_time = tests_time
        self._seed = seed
        self._away = away
        self._fork_per = fork_per
        self._timeouts: Counter[str] = Counter()
        self._channel: Channel | None = None
        self._answers = Answers()
        """Of the test that runs."""
        self._seen: Mapping[str, Frame] = {}
        self._task = ""
        self._at_end = False
        self._seconds = 0.0
        self.missing: set[str] = set()
        """Names of the notebook that tests of this task asked for in vain."""
        self.fork_seconds = 0.0
        self.fork_count = 0

    def begin_task(self, task: str, *, at_end: bool = False) -> None:
        """Let the tests that follow meet the place of a task's check, or the notebook's end."""
        self.close()
        self._task, self._at_end, self.missing = task, at_end, set()
        self._seen = {} if at_end else self._forks.seen(task)

    def begin_test(self, seconds: float) -> RemoteSubmission:
        """The notebook for the next test, which has so many seconds.

        Raises:
            StudentFault: so many tests of the task ran too long that no other is run.
        """
        if self._timeouts[self._task] >= self._limits.timeouts_per_task:
            raise StudentFault("timeout", "not run: other tests of this task ran too long already")
        if self._tests_time.over:
            raise StudentFault("timeout", NO_TIME_LEFT.format(seconds=self._tests_time.seconds))
        if self._channel is not None and self._fork_per == "test" and not self._channel.fresh:
            self.close()

        self._seconds = seconds
        self._answers = Answers()
        if self._channel is not None:
            self._channel.begin_test(seconds, answers=self._answers)
        return RemoteSubmission(self.connect, self.undefined, self._look)

    def _look(self, name: str) -> Frame | None:
        self._asked.name(self._task, name)
        frame = self._seen.get(name)
        if frame is not None and isinstance(frame[0], wire.Result):
            self._answers.add(frame[0].value, frame[1])
        return frame

    def undefined(self, name: str) -> StudentFault:
        """The sentence on a name that the notebook does not define ("" if it is not known)."""
        self.missing.add(name)
        cause = self._forks.fault_of(self._task)
        if cause is not None:
            return StudentFault("crashed" if cause == "not_started" else cause, OF_ITS_TASK[cause])
        if all(cell.task != self._task for cell in self._cells):
            return undefined_name(
                name, f": the cell of {self._task} is as it was released, or was deleted"
            )
        return undefined_name(
            name, missing_packages.why_missing(name, self._cells, self._runs) if name else ""
        )

    def printed(self) -> str:
        """What the submission's code printed in this test: for staff only."""
        return "" if self._channel is None else self._channel.printed()

    def end_test(self) -> None:
        """Count the test's time; forget a process that it used up."""
        if self._channel is not None:
            self._tests_time.spend(self._channel.settled())
            if not self._channel.fresh:
                self._asked.ran(self._task)
        if self._channel is not None and not self._channel.open:
            self._channel = None

    def count_timeout(self) -> None:
        """A test of this task ran too long."""
        self._timeouts[self._task] += 1

    def defines_at_end(self, names: set[str]) -> bool:
        """Whether the whole notebook defines one of the names ("" is any)."""
        self.begin_task(self._task, at_end=True)
        self._seconds = self._limits.test_seconds
        try:
            return "" in names or any(defines(self.connect(), name) for name in sorted(names))
        except (StudentFault, GoneError):
            return False

    def trace(self) -> list[float]:
        """What the submission's code returned in this test, in a few numbers."""
        return self._answers.trace()

    def close(self) -> None:
        """End the process that tests share now."""
        if self._channel is not None:
            self._channel.close()
        self._channel = None

    def connect(self) -> Channel:
        """The connection to the process that tests share now, a new one where there is none."""
        if self._channel is None or not self._channel.open:
            # Not what the fork took: it may run the whole notebook again, which has limits of its
            # own.
            spent = 0.0 if self._channel is None else self._channel.used
            self._channel = self._fork()
            self._channel.begin_test(self._seconds, spent, self._answers)
        return self._channel

    def _fork(self) -> Channel:
        start = time.monotonic()
        digest = hashlib.sha256(f"{self._seed}:{self._task}".encode()).digest()
        with self._away():
            sock = self._forks.fork_test(
                int.from_bytes(digest[:4], "big"), None if self._at_end else self._task
            )
        self.fork_seconds += time.monotonic() - start
        self.fork_count += 1
        return Channel(
            sock,
            self._forks.after_fault,
            self._lines,
            self._away,
            self._forks.delayed,
            self._sources,
        )
