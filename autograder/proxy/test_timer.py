"""Time a hidden test on this side, without its waits for the submission or for a CPU."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections.abc import Iterator
from types import FrameType

from autograder.core.errors import SuiteError

TICK = 1.0
LEAST_PAUSE = 0.5
"""An alarm that comes so many seconds late, in which this process did not compute, says that the
machine or the container was paused."""


class OwnTime:
    """Ends a test that loops or waits for ever in its own code.

    For the main thread; it takes SIGALRM.
    """

    def __init__(self) -> None:
        self._began = self._waited = 0.0
        self._away = 0.0
        self._left_at: float | None = None
        self._seconds = 0.0
        self._name = ""
        self._set_at = self._due = self._computed = 0.0

    @contextlib.contextmanager
    def limit(self, seconds: float, name: str) -> Iterator[None]:
        """Give what runs within so many seconds of its own.

        Raises:
            SuiteError: they are over; raised wherever the code is at that time.
        """
        self._began, self._away, self._left_at = time.monotonic(), 0.0, None
        self._waited = _waited()
        self._seconds, self._name = seconds, name
        before = signal.signal(signal.SIGALRM, self._look)
        self._alarm(seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """What runs within waits for a submission, which has limits of its own."""
        self._left_at = time.monotonic()
        try:
            yield
        finally:
            self._away += time.monotonic() - self._left_at
            self._left_at = None

    def _look(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        computed = time.process_time() - self._computed
        if now - self._due - computed > LEAST_PAUSE and self._left_at is None:
            self._away += now - self._set_at - computed
        away = self._away + (now - self._left_at if self._left_at is not None else 0.0)
        left = self._seconds - (now - self._began - away - (_waited() - self._waited))
        if left <= 0:
            raise SuiteError(
                f"the hidden test {self._name} took more than {self._seconds:g} s of its own, "
                "not counting its waits for the submission: is there an endless loop in the suite?"
            )
        self._alarm(left)

    def _alarm(self, left: float) -> None:
        seconds = min(max(left, 0.01), TICK)
        self._set_at, self._computed = time.monotonic(), time.process_time()
        self._due = self._set_at + seconds
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _waited() -> float:
    """Seconds for which this process could run, and waited for a CPU."""
    try:
        return int(os.pread(_schedstat(os.getpid()), 100, 0).split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0  # this kernel does not count


@functools.lru_cache(maxsize=1)
def _schedstat(process: int) -> int:
    """A descriptor that stays open, since every test asks."""
    return os.open(f"/proc/{process}/schedstat", os.O_RDONLY | os.O_CLOEXEC)
