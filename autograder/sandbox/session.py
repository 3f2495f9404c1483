"""Control one notebook process in the sandbox, and the copies of it in which tests run."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder import wire
from autograder.core.cells import RunnableCell
from autograder.core.errors import SandboxError
from autograder.core.faults import Cause
from autograder.core.limits import Limits
from autograder.core.sanitize import clean_outputs
from autograder.sandbox.clock import Clock
from autograder.sandbox.seat import Seat

FORK_SECONDS = 10.0
START_SECONDS = 30.0
ENDING_SECONDS = 1.0
"""A process that closed its socket is waited for so long."""
ENDING_LOOKS = 100


Frame = tuple[wire.Message, bytearray]
"""A message and the bytes of its arrays."""


class GoneError(Exception):
    """The student's process is no more, or does not answer; `cause` says why.

    Attributes:
        killed: whether a SIGKILL ended it that was not ours: its own, or one from outside, as when
            the machine has no memory left.
    """

    def __init__(self, cause: Cause, *, killed: bool = False) -> None:
        super().__init__(cause)
        self.cause: Cause = cause
        self.killed = killed


@dataclass(frozen=True)
class CellRun:
    """A cell's run: whether it ended well, its cleaned nbformat outputs, and their size as sent."""

    ok: bool
    outputs: list[dict[str, Any]]
    size: int = 0


class Place:
    """A process with the notebook's state at some point, which forks test processes."""

    def __init__(self, seat: Seat, sock: socket.socket, pid: int = 0) -> None:
        self._seat = seat
        self._socket = sock
        self.pid = pid
        """Of a copy, as the submission's own processes see it; 0
        for the notebook's process itself.
        """
        self.cuda_began = False
        """Whether it said that it could not be forked because CUDA has begun in it."""

    def fork(self, seed: int, *, in_place: bool = False) -> socket.socket | None:
        """A socket that speaks to a fresh process; None where the submission has too many already.

        Raises:
            GoneError: the process is gone, or does not answer.
        """
        made = self._ask(wire.ForkTest(seed, in_place=in_place))
        return None if made is None else made[0]

    def copy(self) -> Place | None:
        """A waiting copy of the process for later tests; None if there are too many already.

        Raises:
            GoneError: the process is gone, or does not answer.
        """
        made = self._ask(wire.Checkpoint())
        return None if made is None else Place(self._seat, *made)

    def close(self) -> None:
        """Let the process end."""
        self._socket.close()

    def _ask(self, message: wire.ForkTest | wire.Checkpoint) -> tuple[socket.socket, int] | None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                wire.send(self._socket, message, timeout=FORK_SECONDS)
                _send_descriptor(self._socket, theirs.fileno())
            answer, _ = Clock(FORK_SECONDS, self._seat.delayed).receive(self._socket)
        except (wire.WireError, OSError) as error:
            ours.close()
            raise _no_answer(error) from None
        if isinstance(answer, wire.Forked) and answer.ok:
            return ours, answer.pid
        self.cuda_began |= isinstance(answer, wire.Forked) and answer.cuda_began
        ours.close()
        return None


def _no_answer(error: Exception) -> GoneError:
    return GoneError("timeout" if isinstance(error, wire.WireTimeoutError) else "crashed")


def _left_out(mib: int) -> dict[str, Any]:
    text = f"[this cell's output was left out: a notebook may show {mib} MiB in all]\n"
    return {"output_type": "stream", "name": "stderr", "text": text}


def _send_descriptor(sock: socket.socket, descriptor: int) -> None:
    """Send a descriptor, at once or never: a process that read all else has room for it.

    Raises:
        OSError: it is gone, or has left so much unread that the call would wait, for ever.
    """
    data = struct.pack("i", descriptor)
    sock.sendmsg([b"f"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, data)], socket.MSG_DONTWAIT)


class Session(Place):
    """A notebook's process: it runs cells in order, and can be copied between them.

    Raises:
        SandboxError: the process did not come up.
    """

    def __init__(self, seat: Seat, limits: Limits, seed: int, preload: Sequence[str]) -> None:
        super().__init__(seat, seat.start(seed, preload))
        self._limits = limits
        try:
            self._await_ready()
        except SandboxError:
            self.close()
            raise

    def run(self, cell: RunnableCell, left: float, room: int) -> CellRun | None:
        """Run a cell; None if it is too long to send.

        Args:
            left: seconds for the rest of the notebook.
            room: bytes that its outputs may have; larger ones are left out, unread.

        Raises:
            GoneError: it ran too long, took too much memory or ended the process.
            SandboxError: the sandbox failed.
        """
        try:
            wire.send(self._socket, wire.RunCell(cell.index, cell.source, cell.number))
            answer, _ = Clock(min(self._limits.cell_seconds, left), self._seat.delayed).receive(
                self._socket
            )
        except wire.UnsendableError:
            return None
        except wire.WireTimeoutError:
            raise GoneError("timeout") from None
        except wire.WireError:
            raise self._gone() from None
        if not isinstance(answer, wire.CellDone) or answer.index != cell.index:
            raise GoneError("crashed")
        size = len(answer.outputs)
        if size > room:
            return CellRun(answer.ok, [_left_out(self._limits.outputs_mib)])
        return CellRun(answer.ok, clean_outputs(answer.outputs), size)

    def give_up(self) -> None:
        """Let `run`, which waits, raise GoneError now: for the handler of a signal."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def look(self, names: Iterable[str]) -> dict[str, Frame] | None:
        """The notebook's values of some names, as a test's process would answer; None where one is
        not plain or is large: then a test has to ask a copy of the process.

        Raises:
            GoneError: the process is gone, or does not answer.
        """
        seen: dict[str, Frame] = {}
        try:
            for name in names:
                wire.send(self._socket, wire.Lookup(name), timeout=FORK_SECONDS)
                answer, bulk = Clock(FORK_SECONDS, self._seat.delayed).receive(self._socket)
                if (
                    not isinstance(answer, wire.Result | wire.Missing)
                    or len(bulk) > wire.bounds.MAX_SEEN
                ):
                    return None
                seen[name] = answer, bulk
        except wire.WireError as error:
            raise _no_answer(error) from None
        return seen

    def _gone(self) -> GoneError:
        """Why the process closed its socket, which it does a moment before it ends."""
        for _ in range(ENDING_LOOKS):
            status = self._seat.status()
            if not status.alive:
                break
            time.sleep(ENDING_SECONDS / ENDING_LOOKS)
        cause: Cause = "out_of_memory" if status.out_of_memory else "crashed"
        return GoneError(cause, killed=status.killed)

    def _await_ready(self) -> None:
        """Before the first cell nothing can fail but what is ours."""
        try:
            answer, _ = Clock(START_SECONDS, self._seat.delayed).receive(self._socket)
        except wire.WireError as error:
            raise SandboxError(
                f"A notebook's process did not start: {error}. {self._seat.last_words()}"
            ) from None
        if not isinstance(answer, wire.Ready):
            raise SandboxError("A notebook's process did not report that it is ready.")
