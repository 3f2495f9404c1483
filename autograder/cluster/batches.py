"""Cut a class into batches, the unit of work that a machine is given."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from autograder.core.jobs import Graded, Job

LARGEST = 200
SHARES = 4
"""A machine takes its part of what is left in so many batches, so that all end at the same time."""
PER_WORKER = 4
"""The least jobs of a batch for each worker of a machine."""


@dataclass(frozen=True)
class Batch:
    """Jobs that one machine grades, and `data`, their encoded form.

    `failures` counts the machines that said they can't grade it, and `deaths` those that ended
    meanwhile.
    """

    jobs: tuple[Job, ...]
    data: bytes
    failures: int = 0
    deaths: int = 0

    @property
    def digest(self) -> str:
        """A name that says what is in it."""
        return hashlib.sha256(self.data).hexdigest()

    def halves(self) -> list[Batch]:
        """Two batches of half the jobs, or none if there is one job only."""
        middle = len(self.jobs) // 2
        return [batch_of(part) for part in (self.jobs[:middle], self.jobs[middle:]) if middle]


def batch_of(jobs: Iterable[Job]) -> Batch:
    """A batch of these jobs."""
    jobs = tuple(jobs)
    return Batch(jobs, _pack(list(jobs)))


def batches(jobs: Iterable[Job], size: Callable[[], int]) -> Iterator[Batch]:
    """All jobs in batches, each of the size that is right when it is made."""
    jobs = iter(jobs)
    while part := tuple(itertools.islice(jobs, size())):
        yield batch_of(part)


def size_of_batch(left: int, given: int, nodes: int, workers: int) -> int:
    """How many jobs to give to a machine: few at first, for early results, and few at the end.

    Args:
        left: jobs that no machine has yet.
        given: batches that machines were given.
        nodes: machines.
        workers: of each machine.
    """
    least = PER_WORKER * workers
    share = -(-left // (SHARES * nodes))
    return min(LARGEST, max(least, min(share, least << min(given // nodes, 10))))


def jobs_in(data: bytes) -> list[Job]:
    """The jobs of a batch's data."""
    return msgspec.msgpack.decode(zlib.decompress(data), type=list[Job])


class Answer(msgspec.Struct, frozen=True):
    """A machine's answer to a batch: its results, or why it can't grade."""

    results: list[Graded] = []
    failure: str = ""

    def pack(self) -> bytes:
        """The answer as it is sent."""
        return _pack(self)


def answer_in(data: bytes) -> Answer:
    """A machine's answer."""
    return msgspec.msgpack.decode(zlib.decompress(data), type=Answer)


def _pack(value: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(value), level=1)  # notebooks shrink to a fifth
