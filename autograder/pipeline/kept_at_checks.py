"""Keep what tests need of a notebook at each check: the values that they ask for, or a copy of it.

A copy is a fork of the notebook's process that waits. It costs more than most cells do, so there is
none where the values of a few names are all that tests ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograder.sandbox.session import Frame, Place, Session


class KeptAtChecks:
    """What is kept for the tests of each task.

    Args:
        values: names by task, where tests are known to ask for nothing else.
    """

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = dict(values)
        self._seen: dict[str, Mapping[str, Frame]] = {}
        self._copies: dict[str, Place] = {}

    def keep(self, session: Session, task: str, *, copies: bool) -> None:
        """Keep what the tests of a task need, with the notebook at its check.

        Args:
            copies: whether the notebook's process can be copied, as far as is known.

        Raises:
            GoneError: the notebook's process is gone, or does not answer.
        """
        names = self._values.get(task)
        if names and task not in self._seen:
            seen = session.look(names)
            if seen is not None:
                self._seen[task] = seen
        if copies and task not in self._seen:
            copy = session.copy()
            # Else there are too many processes, or CUDA has begun: the notebook is run again then.
            if copy is not None:
                self._copies[task] = copy

    def seen(self, task: str) -> Mapping[str, Frame]:
        """The notebook's answers about names."""
        return self._seen.get(task, {})

    def copy(self, task: str | None) -> Place | None:
        """The copy that waits at the task's check."""
        return self._copies.get(task) if task is not None else None

    def give_away(self, task: str | None) -> None:
        """The copy has become a test's process itself."""
        if task in self._copies:
            self._copies.pop(task).close()

    def want_copy(self, task: str | None) -> None:
        """The values are not enough: the task's tests want a process."""
        if task is not None and self._seen.pop(task, None) is not None:
            del self._values[task]

    @property
    def pids(self) -> list[int]:
        """Of the copies, as the submission sees them."""
        return [copy.pid for copy in self._copies.values()]

    def forget_values(self) -> None:
        """The notebook runs again from the beginning, before any test has seen it."""
        self._seen = {}

    def close(self) -> None:
        """End the copies."""
        for copy in self._copies.values():
            copy.close()
        self._copies = {}
