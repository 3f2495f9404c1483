"""Runs on the student's side: measure for how long something else kept a submission from running.

A process that could run but had to wait for a processor was kept waiting by other programs or by
the submission's own processes. The kernel counts the waiting of each process, the processor time of
all of them, and how long all processors were busy: where a submission had all processors to itself,
or the others were idle, nobody else kept it waiting.

A machine or a container that is paused counts nothing. Whoever sleeps for a moment, and wakes up
much later, can tell.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MOST_SAMPLES = 512
TICK = os.sysconf("SC_CLK_TCK")
LEAST_PAUSE = 0.5
"""Seconds by which one wakes up late where nothing was paused."""


@dataclass(frozen=True)
class Sample:
    """What the kernel had counted at a time, in seconds: the waiting of each process, by pid, the
    processor time of all of them together, and that of the whole machine (0 if it is not told).
    """

    at: float
    waited: dict[int, float]
    cpu: float
    busy: float


class OwnTime:
    """Samples of one submission, taken now and then; the first
    counts as the moment when it began.
    """

    def __init__(self) -> None:
        self._samples = [Sample(time.monotonic(), {}, 0.0, _busy())]
        self._processors = len(os.sched_getaffinity(0))
        self._pauses: list[tuple[float, float]] = []

    def sample(self, pids: list[int], supervisor: int) -> Sample:
        """Note what has been counted for the submission's processes.

        Args:
            pids: those that live, and those that ended and wait for a parent that takes note of it.
            supervisor: the process that takes over those whose parents ended; 0 for none.
        """
        # What ended is counted with its parent, or with the supervisor.
        cpu = sum(map(_cpu, pids)) + (_cpu(supervisor) if supervisor else 0.0)
        taken = Sample(
            time.monotonic(), {pid: _waited(pid) for pid in pids}, max(cpu, self.last.cpu), _busy()
        )
        self._samples.append(taken)
        if len(self._samples) > MOST_SAMPLES:  # long ago, every second one is enough
            self._samples = [self._samples[0], *self._samples[1:-64:2], *self._samples[-64:]]
        return taken

    def woke_late(self, seconds: float) -> None:
        """Say that the watcher woke up so many seconds late, after it has taken a sample. What the
        submission's processes took meanwhile, they kept from it.
        """
        pause = seconds - (self._samples[-1].cpu - self._samples[-2].cpu)
        if pause > LEAST_PAUSE:
            self._pauses.append((self.last.at, pause))

    @property
    def last(self) -> Sample:
        """What was counted last."""
        return self._samples[-1]

    def delayed(self, since: float, now: Sample) -> float:
        """Seconds from `since` to `now` (time.monotonic) for which other programs had the CPUs, or
        nothing ran.
        """
        before = next(
            (sample for sample in reversed(self._samples) if sample.at <= since), self._samples[0]
        )
        wall = now.at - before.at
        waited = max(
            (total - before.waited.get(pid, 0.0) for pid, total in now.waited.items()), default=0.0
        )
        own = now.cpu - before.cpu
        others = now.busy - before.busy - own if now.busy else wall
        paused = sum(seconds for at, seconds in self._pauses if at > since)
        most = wall - own / self._processors
        return max(0.0, min(max(0.0, min(waited, others)) + paused, most))


def _waited(pid: int) -> float:
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0  # it has ended, or this kernel does not count


def _cpu(pid: int) -> float:
    """Processor time of a process and of its children that it waited for."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICK


def _busy() -> float:
    """Processor time of everything on this machine."""
    try:
        fields = (PROC / "stat").read_text().partition("\n")[0].split()[1:9]
        user, nice, system, _idle, _waiting, *rest = map(int, fields)
    except (OSError, ValueError):
        return 0.0
    return (user + nice + system + sum(rest)) / TICK
