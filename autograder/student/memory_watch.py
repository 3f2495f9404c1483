"""Runs on the student's side: list a submission's processes, and measure what they use.

The template sees the room's processes in its own /proc; they can't see it. Memory is summed here,
from outside, because a limit per process says nothing of a hundred processes.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_FIELDS = re.compile(rb"^(State|PPid|NSsid|NSpid|RssAnon|RssShmem):\t *(.+)$", re.MULTILINE)
EXACT_SECONDS = 0.5
"""Between two exact measurements of memory whose rough sum did
not grow: pages that were shared may have become own.
"""


@dataclass(frozen=True)
class Resident:
    """A process of a submission, under the pid by which the template knows it, and `own_pid`, by
    which it knows itself; memory in bytes."""

    pid: int
    parent: int
    session: int
    own_pid: int
    zombie: bool
    memory: int


def residents(notebook: int, supervisor: int, *, ended: bool = False) -> list[Resident]:
    """The living processes of a submission, given its notebook process; that one included.

    With `ended`, also those that ended and that nobody waited for: the time that they took counts
    nowhere else.

    They descend from it or, once their parents ended, from the supervisor of its room; without a
    room (`supervisor` 0), they descend from it or are of its session.
    """
    everyone = [r for r in map(_read, _pids()) if r is not None and (ended or not r.zombie)]
    family = {notebook, supervisor} - {0}
    while more := {r.pid for r in everyone if r.parent in family or r.session == notebook} - family:
        family |= more
    return [r for r in everyone if r.pid in family and r.pid != supervisor]


def sweep(
    notebook: int, supervisor: int, *, keep: Collection[int] = (), seconds: float = 2.0
) -> bool:
    """Kill everyone but the notebook process and those whose own
    pids are to be kept; whether it was possible in time."""
    deadline = time.monotonic() + seconds
    while others := [
        r.pid
        for r in residents(notebook, supervisor)
        if r.pid != notebook and r.own_pid not in keep
    ]:
        for pid in others:
            _kill(pid)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.0005)
    return True


class Memory:
    """Measure, repeatedly, a submission's memory beyond what it shares with the zygote.

    Summing what each process maps counts pages that they share once per process, and each place
    with a check has a copy of the process. Only when that sum is over the limit are the
    proportional shares read, which is exact and slow: at once when the sum grows, else now and
    then.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sum = self._held = 0
        self._read_at = 0.0

    def measure(self, people: list[Resident]) -> int:
        """Bytes: the sum, or the exact figure where the sum is over the limit."""
        total = sum(r.memory for r in people)
        if total <= self._limit:
            return total
        if total > self._sum or time.monotonic() > self._read_at + EXACT_SECONDS:
            self._held = sum(_proportional(r) for r in people)
            self._sum, self._read_at = total, time.monotonic()
        return self._held


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _pids() -> list[int]:
    names = os.listdir(PROC)  # noqa: PTH208 - to make a path of each takes longer than all else
    return [int(name) for name in names if name.isdecimal()]


def _read(pid: int) -> Resident | None:
    try:
        descriptor = os.open(f"{PROC}/{pid}/status", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fields = dict(_FIELDS.findall(os.read(descriptor, 2**16)))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    kilobytes = sum(int(fields.get(name, b"0 kB").split()[0]) for name in (b"RssAnon", b"RssShmem"))
    return Resident(
        pid=pid,
        parent=int(fields[b"PPid"]),
        session=int(fields.get(b"NSsid", b"0").split()[0]),
        own_pid=int(fields.get(b"NSpid", b"0").split()[-1]),
        zombie=fields[b"State"].startswith((b"Z", b"X")),
        memory=kilobytes * 1024,
    )


def _proportional(resident: Resident) -> int:
    try:
        text = (PROC / str(resident.pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except OSError:
        return resident.memory
    wanted = ("Pss_Anon:", "Pss_Shmem:")
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(wanted))
