"""Talk to one test process: send requests, keep deadlines, describe the student's faults."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from autograder import wire
from autograder.core.faults import OF_THE_SUBMISSION, Cause
from autograder.core.outcome import Outcome
from autograder.proxy import missing_packages
from autograder.proxy import raised as exceptions
from autograder.proxy.trace import Answers
from autograder.sandbox.clock import Clock

MAX_HELD = 256 * 2**20
"""Bytes of parameters and buffers that one test may be made to mirror: a list of modules is a small
result, and each of them 64 MiB more."""

PRINTED_SECONDS = 5.0
"""A process that does not say within so many what it printed is ended."""
BRIEF = 0.05
"""Of a test that took fewer seconds, nobody asks the kernel how many of them it waited."""


class StudentFault(Exception):  # noqa: N818 - a fault of the student's, not an error of ours
    """The student's code gave no result: it raised, ran too long, used too much memory or ended.

    `raised` is what it raised in its own words, which may spell a hidden input: for staff only.
    """

    def __init__(self, outcome: Outcome, hint: str, raised: str = "") -> None:
        super().__init__(hint)
        self.outcome: Outcome = outcome
        self.hint = hint
        self.raised = raised


class Channel:
    """The connection to a test process, which must answer before the test's deadline.

    Args:
        sock: speaks to the process.
        after_fault: ends what is left of it, and says why it went away.
        cell_lines: lines of each cell, by index, and the name of its task: a fault's place is
            checked against it.
        away: entered while this side waits for the process.
        delayed: seconds since a time for which other programs kept the process from running.
        sources: of the cells, by index: names in a message of an exception are told where they
            stand there.
    """

    def __init__(
        self,
        sock: socket.socket,
        after_fault: Callable[[], Cause],
        cell_lines: dict[int, tuple[int, str | None]],
        away: Callable[[], AbstractContextManager[None]] = nullcontext,
        delayed: Callable[[float], float] = lambda _: 0.0,
        sources: Mapping[int, str] | None = None,
    ) -> None:
        self._sources = sources or {}
        self._socket = sock
        self._after_fault = after_fault
        self._cell_lines = cell_lines
        self._away = away
        self._delayed = delayed
        self._clock = Clock(0.0, delayed)
        self._held = 0
        self._answers = Answers()
        self.functions: dict[str, wire.Handle] = {}
        """Functions of the notebook by global name, as they were when a test asked for them."""
        self.open = True
        self.fresh = True
        """Whether it was only asked for names so far: nothing
        that a later test could be told apart by.
        """

    def begin_test(self, seconds: float, used: float = 0.0, answers: Answers | None = None) -> None:
        """Give the test that starts its time, of which some may be used up.

        It passes while this side waits. What the process answers is added to `answers`.
        """
        self._clock = Clock(seconds, self._delayed, used)
        self._held = 0
        self._answers = answers or Answers()

    @property
    def used(self) -> float:
        """Seconds that the test has used up."""
        return self._clock.used

    def settled(self) -> float:
        """Seconds that the test has used up, less all delays by other programs."""
        return self._clock.settled() if self.used > BRIEF else self.used

    def hold(self, size: int) -> None:
        """Count `size` bytes more of a module's that are kept on this side for the test.

        Raises:
            StudentFault: they are too many.
        """
        self._held += size
        if self._held > MAX_HELD:
            raise StudentFault("failed", "its modules are too large, or too many, to be tested")

    def request(
        self, message: wire.Message, packer: wire.Packer | None = None
    ) -> tuple[wire.Message, wire.Unpacker]:
        """The answer to a request.

        Raises:
            StudentFault: the student's code raised, hung, ended its process, or sent what is no
                answer.
        """
        if not self.open:
            raise StudentFault("crashed", "the process of an earlier step of this test is gone")
        try:
            self.fresh = self.fresh and isinstance(message, wire.Lookup)
            with self._away():
                self._clock.send(self._socket, message, packer.bulk if packer else [])
                answer, bulk = self._clock.receive(self._socket)
        except wire.WireTimeoutError:
            self._fail()
            raise StudentFault(
                "timeout", f"no result after {self._clock.seconds:g} s: an endless loop?"
            ) from None
        except wire.WireClosedError:
            raise gone(self._fail()) from None
        except wire.WireError:
            self._fail()
            raise no_result() from None
        if isinstance(answer, wire.Raised):
            raise self._raised(answer)
        if isinstance(answer, wire.Unsendable):
            raise StudentFault(
                "failed", "the result is too large, or nested too deeply, to be tested"
            )
        if isinstance(answer, wire.Result):
            self._answers.add(answer.value, bulk)
        return answer, wire.Unpacker(bulk)

    def printed(self) -> str:
        """What the student's code printed since this was last asked; "" where the process is gone.

        For staff only: it may spell a hidden input.
        """
        if not self.open or self.fresh:
            return ""
        clock = Clock(PRINTED_SECONDS, self._delayed)
        try:
            with self._away():
                clock.send(self._socket, wire.TakePrinted(), [])
                answer, _ = clock.receive(self._socket)
        except wire.WireError:
            self._fail()
            return ""
        return answer.text if isinstance(answer, wire.Printed) else ""

    def protocol_fault(self) -> StudentFault:
        """For an answer of the wrong kind: no honest process sends one."""
        self._fail()
        return no_result()

    def close(self) -> None:
        """End the test process by closing the connection."""
        self.open = False
        self._socket.close()

    def _fail(self) -> Cause:
        self.close()
        return self._after_fault()

    def _raised(self, raised: wire.Raised) -> StudentFault:
        if raised.kind == "MemoryError":
            return StudentFault("out_of_memory", "it needs more memory than a submission may use")
        name = exceptions.name_of(raised.kind, raised.name)
        lines, task = self._cell_lines.get(-1 if raised.cell is None else raised.cell, (0, None))
        where = ""
        if raised.line is not None and 1 <= raised.line <= lines:
            where = f", line {raised.line} of " + (
                f"the cell of {task}" if task else "one of your extra cells"
            )
        message = exceptions.message_of(raised.message, self._names(raised if where else None))
        if name == "NotImplementedError" and not message:
            return StudentFault("error", f"not written yet (NotImplementedError{where})")
        if name == "BlockingIOError":
            return StudentFault(
                "error", f"your code started more processes than a submission may ({name}{where})"
            )
        said = f": {message}" if message else missing_packages.remark(name)
        raw = f"{raised.name}: {raised.message}{where}"
        return StudentFault("error", f"your code raised {name}{where}{said}", raw)

    def _names(self, raised: wire.Raised | None) -> list[str]:
        """Names of the student's that a message may hold: of the
        line that raised, else of heads of functions.
        """
        if raised is None or raised.cell is None or raised.line is None:
            return exceptions.names_of_heads(
                self._sources[index]
                for index, (_, task) in self._cell_lines.items()
                if task and index in self._sources
            )
        lines = self._sources.get(raised.cell, "").split("\n")
        return exceptions.names_in(lines[raised.line - 1]) if raised.line <= len(lines) else []


def no_result() -> StudentFault:
    """What is told of an answer that no honest process sends."""
    return StudentFault("crashed", "the process sent something that is not a result")


def gone(cause: Cause) -> StudentFault:
    """What is told of a submission whose process is no more."""
    return StudentFault(*OF_THE_SUBMISSION[cause])
