"""Send orders to one seat of the sandbox, which runs one submission after the other."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import IO, NoReturn

import msgspec

from autograder import control
from autograder.control import Answer, Order, Status
from autograder.core.errors import SandboxError
from autograder.sandbox.bubblewrap import INSTALL_HINT

START_SECONDS = 600.0
COMMAND_SECONDS = 120.0


class Seat:
    """A seat; each order waits for its answer.

    Args:
        socket_: the seat obeys it.
        log: what the template and bubblewrap print.
    """

    def __init__(self, socket_: socket.socket, log: IO[bytes]) -> None:
        self._socket = socket_
        self._log = log
        self._ready = False

    def wait_until_ready(self) -> None:
        """Wait until everything is imported.

        Raises:
            SandboxError: it could not start.
        """
        if not self._ready:
            answer = self._answer(START_SECONDS)
            if isinstance(answer, control.Failed):
                raise SandboxError(
                    f"The sandbox could not be set up: {answer.reason}. {INSTALL_HINT}"
                )
            self._ready = True

    def start(self, seed: int, preload: Sequence[str] = ()) -> socket.socket:
        """Fork a process for a new submission; the socket speaks to it.

        Args:
            seed: of the random generators of the libraries that notebooks use.
            preload: modules that the seat imports first, once, unless it has them already.

        Raises:
            SandboxError: it could not be forked, or the template is gone.
        """
        self.wait_until_ready()
        ours, theirs = socket.socketpair()
        # A module that is imported for the first time may have to be read from a slow disk.
        seconds = START_SECONDS if preload else COMMAND_SECONDS
        with theirs:
            try:
                self._order(control.Start(seed, list(preload)), [theirs.fileno()], seconds)
            except SandboxError:
                ours.close()
                raise
        return ours

    def sweep(self, keep: Sequence[int] = ()) -> Status:
        """End all processes of the submission but the one that ran the notebook.

        Args:
            keep: processes that stay as well, by their pids in the submission's own pid namespace.
                The submission says which they are: with a lie it keeps a process of its own alive,
                until it ends itself.
        """
        return self._status(control.Sweep(list(keep)))

    def status(self) -> Status:
        """How the submission is."""
        return self._status(control.AskStatus())

    def delayed(self, since: float) -> float:
        """Seconds since a time (of time.monotonic) for which the submission could have run, and
        other programs had the processors. What its own processes take from one another is its own
        time.
        """
        answer = self._order(control.AskDelay(since))
        return answer.seconds if isinstance(answer, control.Delay) else self._wrong()

    def end(self) -> Status:
        """End the submission and everything it left behind; its last status."""
        return self._status(control.End())

    def close(self) -> None:
        """Give the seat up, for this process; the seat ends when no process holds it."""
        self._socket.close()

    def last_words(self) -> str:
        """The end of what the template and bubblewrap printed, on one line."""
        size = os.fstat(self._log.fileno()).st_size
        text = os.pread(self._log.fileno(), 4096, max(0, size - 4096)).decode(errors="replace")
        lines = text.strip().splitlines()
        return "It said: " + " / ".join(lines[-3:]) + "." if lines else ""

    def _status(self, order: Order) -> Status:
        answer = self._order(order)
        return answer if isinstance(answer, Status) else self._wrong()

    def _order(
        self, order: Order, descriptors: Sequence[int] = (), seconds: float = COMMAND_SECONDS
    ) -> Answer:
        try:
            socket.send_fds(self._socket, [control.encode(order)], list(descriptors))
        except OSError:
            raise SandboxError(f"The sandbox has ended. {self.last_words()}") from None
        answer = self._answer(seconds)
        if isinstance(answer, control.Failed):
            name = type(order).__name__
            raise SandboxError(
                f"The sandbox could not carry out an order ({name}): {answer.reason}"
            )
        return answer

    def _answer(self, seconds: float) -> Answer:
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise SandboxError(
                f"The sandbox did not answer in {seconds:.0f} s. {self.last_words()}"
            ) from None
        except OSError:
            data = b""
        if not data:
            raise SandboxError(f"The sandbox ended. {self.last_words()} {INSTALL_HINT}")
        try:
            return control.decode_answer(data)
        except msgspec.MsgspecError:
            return self._wrong()

    def _wrong(self) -> NoReturn:
        raise SandboxError(f"The sandbox gave an unexpected answer. {self.last_words()}")
