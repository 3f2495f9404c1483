"""Time limits that ignore scheduling delay: waiting for a CPU in use elsewhere is not charged."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autograder import wire

PATIENCE = 40.0
"""No wait takes longer than so many times the seconds that were
given, however busy the machine is.
"""
STEP = 0.05


class Clock:
    """The seconds that a process has for its answers. One that sleeps uses them up; one that could
    run, while the machine ran other programs, does not.

    Args:
        delayed: seconds since a time (of time.monotonic) for which other programs kept it from
            running; asked only when its time seems to be up.
        used: seconds that are used up already.
    """

    def __init__(
        self, seconds: float, delayed: Callable[[float], float], used: float = 0.0
    ) -> None:
        self.seconds = seconds
        self._delayed = delayed
        self._began = time.monotonic()
        self._waited = used
        self._credit = 0.0

    @property
    def used(self) -> float:
        """Seconds used so far, less known delays by other programs."""
        return max(0.0, self._waited - self._credit)

    def settled(self) -> float:
        """Seconds used so far, less all delays by other programs; asks for them."""
        self._credit = self._delayed(self._began)
        return self.used

    def send(self, sock: socket.socket, message: wire.Message, bulk: list[memoryview]) -> None:
        """Send one frame, which the process must take.

        Raises:
            WireError: see `wire.send`; WireTimeoutError when the seconds are over.
        """
        with self._running() as (deadline, later):
            wire.send(sock, message, bulk, deadline - time.monotonic(), later)

    def receive(self, sock: socket.socket) -> tuple[wire.Message, bytearray]:
        """The next frame, whole: what arrives drop by drop is no answer yet.

        Raises:
            WireError: see `wire.receive`; WireTimeoutError when the seconds are over.
        """
        with self._running() as (deadline, later):
            return wire.receive(sock, deadline, later)

    @contextmanager
    def _running(self) -> Iterator[tuple[float, Callable[[], float]]]:
        """The time when the seconds seem to be over, and what says then how long that must wait."""
        start = time.monotonic()
        begin = start - self._waited
        latest = begin + self.seconds * PATIENCE

        def later() -> float:
            self._credit = self._delayed(self._began)
            now, fair = time.monotonic(), begin + self.seconds + self._credit
            return min(max(fair, now + STEP), latest) if fair > now else now

        try:
            yield min(begin + self.seconds + self._credit, latest), later
        finally:
            self._waited += time.monotonic() - start
