"""The memory and the descriptors of a process and all its descendants, watched from outside."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SECONDS = 1.0


@dataclass(frozen=True)
class Sample:
    """A family at a moment (time.monotonic): by process, bytes of memory (PSS) and open descriptors."""

    time: float
    memory: dict[int, int]
    descriptors: dict[int, int]

    def of(self, pids: set[int]) -> Sample:
        """The part of some processes."""
        memory = {pid: size for pid, size in self.memory.items() if pid in pids}
        return Sample(self.time, memory, {pid: count for pid, count in self.descriptors.items() if pid in pids})


class MemoryWatch(threading.Thread):
    """Samples the family of a process until it is stopped.

    `peak` is the largest sum of proportional set sizes (PSS: a page that n processes share counts 1/n for each), in
    bytes; `cpu` is what the watching itself took, in seconds of one core.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = pid
        self._over = threading.Event()
        self.samples: list[Sample] = []
        self.cpu = 0.0

    @property
    def peak(self) -> int:
        """The most memory that the family held."""
        return max((sum(sample.memory.values()) for sample in self.samples), default=0)

    def run(self) -> None:
        while not self._over.wait(SECONDS):
            now, people = time.monotonic(), _family(self._root)
            memory = {pid: _pss(pid) for pid in people}
            self.samples.append(Sample(now, memory, {pid: _descriptors(pid) for pid in people}))
            self.cpu = time.thread_time()

    def stop(self) -> None:
        """End watching."""
        self._over.set()
        self.join()


def _family(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything; after it come the state and the parent.
            parent = int(path.read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:  # it ended meanwhile
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended, or belongs to another user
        return 0
    number = re.search(r"^Pss: +(\d+) kB", text, re.MULTILINE)
    return int(number[1]) * 1024 if number else 0


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
