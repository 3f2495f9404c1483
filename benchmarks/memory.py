"""Measure the memory and open files of a process and all its descendants, from outside."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SECONDS = 1.0


@dataclass(frozen=True)
class Sample:
    """A family at a moment (time.monotonic), by process: bytes of its share (PSS: a page that n
    processes share counts 1/n for each), bytes that are resident (RSS: it counts for each), open
    descriptors."""

    time: float
    share: dict[int, int]
    resident: dict[int, int]
    descriptors: dict[int, int]

    def of(self, pids: set[int]) -> Sample:
        """The part of some processes."""
        parts = (self.share, self.resident, self.descriptors)
        return Sample(
            self.time,
            *({pid: number for pid, number in part.items() if pid in pids} for part in parts),
        )


class MemoryWatch(threading.Thread):
    """Samples the family of a process until it is stopped.

    `cpu` is what the watching itself took, in seconds of one core.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = pid
        self._over = threading.Event()
        self.samples: list[Sample] = []
        self.cpu = 0.0

    @property
    def peak(self) -> int:
        """The most memory that the family held, in bytes: the largest sum of shares."""
        return max((sum(sample.share.values()) for sample in self.samples), default=0)

    def run(self) -> None:
        while not self._over.wait(SECONDS):
            now, people = time.monotonic(), _family(self._root)
            memory = {pid: _memory(pid) for pid in people}
            share, resident = ({pid: sizes[n] for pid, sizes in memory.items()} for n in range(2))
            self.samples.append(
                Sample(now, share, resident, {pid: _descriptors(pid) for pid in people})
            )
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


def _memory(pid: int) -> tuple[int, int]:
    """Its share and what is resident of it, in bytes."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended, or belongs to another user
        return 0, 0
    sizes = dict(re.findall(r"^(Pss|Rss): +(\d+) kB", text, re.MULTILINE))
    return int(sizes.get("Pss", 0)) * 1024, int(sizes.get("Rss", 0)) * 1024


def _descriptors(pid: int) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0
