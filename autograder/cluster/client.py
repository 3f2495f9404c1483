"""Grade on several machines: cut a class into batches, and try those again that were lost."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
from distributed import Future

from autograder.cluster.batches import Batch, batches, size_of_batch
from autograder.cluster.machines import AGAIN, LOOK_SECONDS, Machines, local_count
from autograder.cluster.node import AT_A_TIME, Order
from autograder.core.errors import SandboxError
from autograder.core.jobs import EVERY_CORE, Graded, Job, Setup, ungradable
from autograder.core.outcome import Provenance
from autograder.core.result_diff import causes
from autograder.core.text import listed

AHEAD = AT_A_TIME + 1
"""Batches that wait or are graded, for each machine."""
DEATHS = 2
"""So many machines a batch may take with it before it is cut in two."""
FAILURES = 2
"""So often a batch is given to another machine when one says that it can't grade."""
ALONE_SECONDS = 300.0
"""So long a run waits for a machine when it has none."""


class Cluster:
    """Machines that grade jobs, behind the same interface as a pool of workers on this machine.

    To be closed after use (`contextlib.closing`).

    Args:
        where: as on the command line (see `local_count`).
        basis: what every result must depend on; its digest of a submission is not looked at.
        workers: of each machine, or EVERY_CORE.
        total: how many jobs there may be.
        tell: called with a sentence for people.

    Raises:
        UsageError: `where` is no address.
    """

    def __init__(
        self,
        where: str,
        setup: Setup,
        basis: Provenance,
        workers: int,
        total: int,
        tell: Callable[[str], None],
    ) -> None:
        name = f"autograder-{secrets.token_hex(8)}"
        self._where = where
        self._local = local_count(where)
        if self._local is not None and workers == EVERY_CORE:
            workers = max((os.cpu_count() or 1) // self._local, 1)
        self._order = Order(name, setup, basis, workers, walls=self._local is None)
        self._left = total
        self._given = 0
        self._tell = tell
        self._found: Machines | None = None
        self._waiting: dict[Future[Any], Batch] = {}
        self._suspects: list[Batch] = []

    def close(self) -> None:
        """Take the pools off the machines, and leave the scheduler."""
        if self._found is not None:
            self._found.close(list(self._waiting))

    def run(self, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade these jobs; one result for each, batch after batch as they are ready.

        Raises:
            UsageError: there is no scheduler, or no machine is fit.
            SandboxError: all machines or the scheduler are gone, or a result is not of this class.
        """
        for batch in batches(jobs, self._size):
            self._submit(batch)
            self._left -= len(batch.jobs)
            self._given += 1
            while len(self._waiting) >= AHEAD * max(len(self._machines.workers), 1):
                yield from self._next()
        while self._waiting or self._suspects:
            if not self._waiting:
                self._submit(self._suspects.pop())  # with nothing beside it
            yield from self._next()

    # --- helpers ---

    @property
    def _machines(self) -> Machines:
        """The machines, which are looked for when there is something to grade."""
        if self._found is None:
            self._found = Machines(self._where, self._order, self._tell)
        return self._found

    def _size(self) -> int:
        known = self._found.workers if self._found is not None else {}
        workers = min(known.values(), default=self._order.workers or 1)
        return size_of_batch(self._left, self._given, len(known) or self._local or 1, workers)

    def _submit(self, batch: Batch) -> None:
        self._waiting[self._machines.submit(batch)] = batch

    def _look(self, every: float = 0.0) -> None:
        """Look for machines; to new ones, Dask offered all that waits before they were found fit,
        so that is submitted anew."""
        if self._machines.look(every):
            for future in self._machines.take_back(self._waiting):
                self._submit(self._waiting.pop(future))

    def _next(self) -> Iterator[Graded]:
        """The results of the batches that are ready next."""
        alone_since = time.monotonic()
        self._look(LOOK_SECONDS)
        while not (done := self._machines.done(self._waiting)):
            self._look()
            if self._machines.workers:
                alone_since = time.monotonic()
            elif time.monotonic() > alone_since + ALONE_SECONDS:
                raise SandboxError(f"no machine of {self._where} is left; {AGAIN}")
        for future in done:
            yield from self._take(future, self._waiting.pop(future))

    def _take(self, future: Future[Any], batch: Batch) -> Iterator[Graded]:
        answer = self._machines.answer(future)
        if answer is None:
            yield from self._after_a_death(replace(batch, deaths=batch.deaths + 1))
            return
        if answer.failure:
            if batch.failures == FAILURES:
                raise SandboxError(f"a machine of {self._where} can't grade: {answer.failure}")
            self._tell(f"a machine could not grade a batch, which is tried again: {answer.failure}")
            self._submit(replace(batch, failures=batch.failures + 1))
            return
        wanted = {(job.student, job.sha256): job for job in batch.jobs}
        for graded in answer.results:
            result = graded.result
            job = wanted.pop((result.student, result.provenance.submission_sha256))
            basis = msgspec.structs.replace(self._order.basis, submission_sha256=job.sha256)
            if different := causes(basis, result.provenance):
                raise SandboxError(
                    f"a machine of {self._where} graded with another {', '.join(different)}; "
                    "install the same version there"
                )
            yield graded
        if wanted:
            who = listed([student for student, _ in wanted])
            raise SandboxError(f"a machine of {self._where} sent no result for {who}; {AGAIN}")

    def _after_a_death(self, batch: Batch) -> Iterator[Graded]:
        """Try a batch again whose machine ended; at last by itself, then its halves by themselves.

        A machine takes every batch with it that it was given, so only one that had the cluster to
        itself is known to be the cause.
        """
        alone = not self._waiting and batch.deaths > DEATHS
        if batch.deaths < DEATHS:
            self._submit(batch)
        elif not alone:
            self._suspects.append(batch)
        elif halves := batch.halves():
            # The last one, a single job, has to end two more: a machine may end by itself.
            self._suspects += [
                replace(half, deaths=DEATHS if half.halves() else DEATHS - 1) for half in halves
            ]
        else:
            reason = f"{DEATHS} machines ended while they graded this submission; grade it by hand."
            yield ungradable(self._order.setup, batch.jobs[0], reason)
