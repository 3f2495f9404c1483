"""Time limits that ignore scheduling delay: seconds spent runnable, but waiting for a CPU that another program has,
are not charged."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from autograder import wire

PATIENCE = 40.0
"""No wait takes longer than so many times the seconds that were given, however busy the machine is."""
STEP = 0.05


class Clock:
    """The seconds that a process has for its answers. One that sleeps uses them up; one that could run, while the
    machine ran other programs, does not.

    Args:
        delayed: seconds since a time (of time.monotonic) for which other programs kept it from running; asked only
            when its time seems to be up.
        used: seconds that are used up already.
    """

    def __init__(self, seconds: float, delayed: Callable[[float], float], used: float = 0.0) -> None:
        self.seconds = seconds
        self._delayed = delayed
        self._began = time.monotonic()
        self._waited = used
        self._credit = 0.0

    @property
    def used(self) -> float:
        """Seconds that are used up, as far as it is known how long other programs had the processors."""
        return max(0.0, self._waited - self._credit)

    def receive(self, sock: socket.socket) -> tuple[wire.Message, bytearray]:
        """The next frame.

        Raises:
            WireError: see `wire.receive`; WireTimeoutError when the seconds are over.
        """
        start = time.monotonic()
        begin = start - self._waited
        deadline, latest = begin + self.seconds + self._credit, begin + self.seconds * PATIENCE
        try:
            while True:
                try:
                    wire.wait(sock, min(deadline, latest))
                    return wire.receive(sock, latest)
                except wire.WireTimeoutError:
                    self._credit = self._delayed(self._began)
                    fair = begin + self.seconds + self._credit
                    if min(fair, latest) <= time.monotonic():
                        raise
                    deadline = max(fair, time.monotonic() + STEP)
        finally:
            self._waited += time.monotonic() - start
