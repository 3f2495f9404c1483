"""Orders to the sandbox and its answers, as typed messages: start, measure and end a submission.

Both sides use this. It stands beside `wire`, not in it, since the process that makes rooms must not
import torch. The template gets `Settings` when it starts. Then each of its seats gets one
order after the other on a socket of its own, and answers each.
"""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the template is to run.

    Attributes:
        walls: whether submissions live in rooms (see `autograder.student.namespaces`).
        memory: bytes that one process may map.
        total_memory: bytes that a submission may hold in memory.
        processes: how many processes and threads it may have.
        files: how many files a process may have open.
        file_size: bytes of a file that it writes.
        tmp: bytes that its /tmp holds.
        frame: bytes of a message on the wire.
        output_text: bytes of text that a notebook's outputs may hold.
        output_rich: bytes of figures and other rich outputs.
        work: the directory in which cells run where there are no rooms.
        hide_proc: whether /proc is empty (CUDA can't do without one).
        preload: modules that all submissions will want, beside the usual ones.
    """

    walls: bool
    memory: int
    total_memory: int
    processes: int
    files: int
    file_size: int
    tmp: int
    frame: int
    output_text: int
    output_rich: int
    work: str
    hide_proc: bool
    preload: list[str] = []


class Start(msgspec.Struct, tag="start", frozen=True):
    """Fork a process for a new submission; a socket to it comes with this order.

    Attributes:
        seed: of the random generators of the libraries that notebooks use.
        preload: modules that the seat imports first, unless it has them.
    """

    seed: int
    preload: list[str] = []


class Sweep(msgspec.Struct, tag="sweep", frozen=True):
    """End all processes of the submission but the notebook's and those named by their pids."""

    keep: list[int] = []


class AskStatus(msgspec.Struct, tag="status", frozen=True):
    """Say how the submission is."""


class AskDelay(msgspec.Struct, tag="delay", frozen=True):
    """Say how long the submission waited for a processor since a time of `time.monotonic`."""

    since: float


class End(msgspec.Struct, tag="end", frozen=True):
    """End the submission."""


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The seat has imported everything, or has started the submission."""


class Status(msgspec.Struct, tag="is", frozen=True):
    """Whether the notebook's process lives, was ended for its memory, or by a SIGKILL that was not
    ours; its peak of memory in bytes."""

    alive: bool
    out_of_memory: bool
    killed: bool
    peak: int


class Delay(msgspec.Struct, tag="delayed", frozen=True):
    """Seconds for which the submission could have run and others had the processors."""

    seconds: float


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """The order could not be carried out."""

    reason: str


Order = Start | Sweep | AskStatus | AskDelay | End
Answer = Ready | Status | Delay | Failed

encode = msgspec.json.encode
_settings = msgspec.json.Decoder(Settings)
_orders: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


def decode_settings(data: str) -> Settings:
    """The settings on the template's command line."""
    return _settings.decode(data)


def decode_order(data: bytes) -> Order:
    """An order, as a seat gets it."""
    return _orders.decode(data)


def decode_answer(data: bytes) -> Answer:
    """An answer, as the worker gets it; raises msgspec.MsgspecError if it is none."""
    return _answers.decode(data)
