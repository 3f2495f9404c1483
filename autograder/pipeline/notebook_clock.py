"""Count the time that a notebook has used, over all its runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_AGAIN = 2
"""So many times a notebook's seconds its cells may take again once tests have begun."""


class NotebookClock:
    """Counts the notebook's own seconds: waiting for a processor is not its own time.

    Args:
        seconds: what the notebook has.
        delayed: seconds since a time for which other programs kept the submission from running.
    """

    def __init__(self, seconds: float, delayed: Callable[[float], float]) -> None:
        self._seconds = seconds
        self._delayed = delayed
        self._spent = 0.0
        self._again = 0.0
        self._started: float | None = None

    def start(self) -> None:
        """Count from now on."""
        self._started = time.monotonic()

    def stop(self) -> None:
        """Count no more until the next start."""
        if self._started is not None:
            self._spent += time.monotonic() - self._started - self._delayed(self._started)
        self._started = None

    def forget(self) -> None:
        """Count no more, and nothing since the last start: a test ended the process."""
        self._started = None

    def renew(self) -> None:
        """Give the notebook its whole time again."""
        self._spent = 0.0

    @contextmanager
    def again(self) -> Iterator[None]:
        """Within, the notebook runs again, since a test needs its process."""
        start = time.monotonic()
        yield
        self._again += time.monotonic() - start - self._delayed(start)

    def is_over_again(self) -> bool:
        """Whether too much time went into running it again."""
        return self._again > MOST_AGAIN * self._seconds

    def left(self) -> float:
        """Seconds for the rest of the notebook, or less than none."""
        left = self._seconds - self._spent
        if self._started is not None:
            left -= time.monotonic() - self._started
            # What was waited for counts only near the end: to ask the kernel takes time.
            left += self._delayed(self._started) if left <= 0 else 0.0
        return left
