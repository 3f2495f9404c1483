"""Time limits that are fair on a busy machine: what a process had to wait for a processor is not its own time."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from autograder import wire

PATIENCE = 5.0
"""No wait takes longer than so many times the seconds that were given, however busy the machine is."""
STEP = 0.05


class Clock:
    """The seconds that a process has for its answers. One that sleeps uses them up; one that could run, while the
    machine ran others, does not.

    Args:
        delayed: seconds for which it was kept from running since it began; asked only when its time seems to be up.
        used: seconds that are used up already.
    """

    def __init__(self, seconds: float, delayed: Callable[[], float], used: float = 0.0) -> None:
        self.seconds = seconds
        self.used = used
        self._delayed = delayed

    def receive(self, sock: socket.socket) -> tuple[wire.Message, bytearray]:
        """The next frame.

        Raises:
            WireError: see `wire.receive`; WireTimeoutError when the seconds are over.
        """
        start = time.monotonic()
        begin = start - self.used
        deadline, latest = begin + self.seconds, begin + self.seconds * PATIENCE
        try:
            while True:
                try:
                    wire.wait(sock, min(deadline, latest))
                    return wire.receive(sock, latest)
                except wire.WireTimeoutError:
                    fair = begin + self.seconds + self._delayed()
                    if min(fair, latest) <= time.monotonic():
                        raise
                    deadline = max(fair, time.monotonic() + STEP)
        finally:
            self.used += time.monotonic() - start
