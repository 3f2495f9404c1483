"""Note which cells, and which tasks' tests, ended a notebook's process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from autograder.core.cells import RunnableCell
from autograder.core.faults import Cause
from autograder.sandbox.session import GoneError

MOST_KILLS = 3
"""After so many tests of a task that ended the notebook's own process, the task gets no process any
more: the notebook, which is run again each time, is left for the other tasks."""


class Blame:
    """The cells that are left out, and the tasks that get no process any more."""

    def __init__(self) -> None:
        self._left_out: dict[int, Cause] = {}
        self._killed: set[int] = set()
        self._kills: Counter[str] = Counter()
        self._tested: str | None = None

    def has_second_try(self, cell: RunnableCell, gone: GoneError) -> bool:
        """Whether a cell runs again: once, where a SIGKILL ended it, which may have come from
        outside. Else it is left out from now on.
        """
        if gone.killed and cell.index not in self._killed:
            self._killed.add(cell.index)
            return True
        self._left_out[cell.index] = gone.cause
        return False

    def is_left_out(self, cell: RunnableCell) -> bool:
        """Whether the cell ended the process, or hung, when it ran."""
        return cell.index in self._left_out

    def fault_of(self, task: str, cells: Iterable[RunnableCell]) -> Cause | None:
        """Why the cell of a task was left out, if it was."""
        return next(
            (self._left_out[c.index] for c in cells if c.task == task and self.is_left_out(c)), None
        )

    def test_began(self, task: str | None) -> None:
        """A test of the task has got a process."""
        self._tested = task or ""

    def is_test(self) -> bool:
        """Whether a test ended the notebook's own process; counted for its task, once."""
        if self._tested is None:
            return False
        self._kills[self._tested] += 1
        self._tested = None
        return True

    def is_refused(self, task: str | None) -> bool:
        """Whether tests of a task ended the notebook's process too often."""
        return self._kills[task or ""] >= MOST_KILLS
