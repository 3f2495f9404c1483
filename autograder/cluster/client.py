"""Grade on several machines: give batches to a Dask scheduler, take results as they are ready."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
from distributed import Client, Future, KilledWorker, LocalCluster, Scheduler, wait
from distributed.comm.core import CommClosedError

from autograder.cluster.batches import Batch, answer_in, batches, size_of_batch
from autograder.cluster.node import AT_A_TIME, Node, Order, fitness, grade_batch
from autograder.core.assignment import Assignment
from autograder.core.errors import SandboxError, UsageError
from autograder.core.jobs import EVERY_CORE, Graded, Job, Setup, Timing, without_grade
from autograder.core.outcome import Provenance
from autograder.core.result_diff import causes

AHEAD = AT_A_TIME + 1
"""Batches that wait or are graded, for each machine."""
DEATHS = 2
"""So many machines a batch may take with it before it is cut in two."""
FAILURES = 2
"""So often a batch is given to another machine when one says that it can't grade."""
CONNECT_SECONDS = 10
LOOK_SECONDS = 5.0
"""How often to look for machines that came or went."""
ALONE_SECONDS = 300.0
"""So long a run waits for a machine when it has none."""
LOST = (CommClosedError, OSError, TimeoutError, RuntimeError, CancelledError, ValueError)


class Cluster:
    """Machines that grade jobs, behind the same interface as a pool of workers on this machine.

    Args:
        where: a scheduler's address, such as tcp://10.0.0.1:8786, or local:2 for two machines that
            are processes here.
        basis: what every result must depend on; its digest of a submission is not looked at.
        workers: of each machine, or EVERY_CORE.
        total: how many jobs there may be.
        tell: called with a sentence for people.
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
        self._local = _local_count(where)
        self._where = where
        if self._local is not None and workers == EVERY_CORE:
            workers = max((os.cpu_count() or 1) // self._local, 1)
        self._order = Order(name, setup, basis, workers, walls=self._local is None)
        self._left = total
        self._given = 0
        self._tell = tell
        self._open = contextlib.ExitStack()
        self._client: Client | None = None
        self._nodes: dict[str, int] = {}
        self._looked = 0.0
        self._told: set[str] = set()
        self._waiting: dict[Future[Any], Batch] = {}
        self._suspects: list[Batch] = []

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the pools off the machines, and leave the scheduler."""
        with contextlib.suppress(*LOST):
            self._open.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade these jobs; one result for each, batch after batch as they are ready.

        Raises:
            UsageError: there is no scheduler, or no machine is fit.
            SandboxError: all machines or the scheduler are gone, or a result is not of this class.
        """
        for batch in batches(jobs, self._size):
            self._connect()
            self._submit(batch)
            self._left -= len(batch.jobs)
            self._given += 1
            while len(self._waiting) >= AHEAD * max(len(self._nodes), 1):
                yield from self._next()
        while self._waiting or self._suspects:
            if not self._waiting:
                self._submit(self._suspects.pop())  # with nothing beside it
            yield from self._next()

    # --- helpers ---

    def _size(self) -> int:
        workers = min(self._nodes.values(), default=self._order.workers or 1)
        nodes = len(self._nodes) or self._local or 1
        return size_of_batch(self._left, self._given, nodes, workers)

    def _connect(self) -> None:
        if self._client is not None:
            return
        for name in logging.root.manager.loggerDict:
            if name.startswith("distributed"):  # it prints tracebacks; errors become sentences here
                logging.getLogger(name).setLevel(logging.CRITICAL)
        address = self._where
        if self._local is not None:
            local = LocalCluster(
                n_workers=self._local,
                threads_per_worker=AT_A_TIME,
                memory_limit=0,  # submissions have limits of their own
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
            address = self._open.enter_context(local).scheduler_address
        try:
            client = Client(address, timeout=CONNECT_SECONDS)
        except LOST as error:
            raise UsageError(
                f"--scheduler {self._where}: no Dask scheduler answers there ({error}); start one "
                "with `dask scheduler`, and `dask worker` on each machine"
            ) from None
        self._client = self._open.enter_context(client)
        with self._explained():
            client.run_on_scheduler(_allow_no_death)
            plugin = Node(msgspec.msgpack.encode(self._order))
            client.register_plugin(plugin)
        self._open.callback(self._leave)
        self._look()
        if not self._nodes:
            raise UsageError(
                f"--scheduler {self._where}: no machine there can grade this class"
                if self._told
                else f"--scheduler {self._where}: there is no machine; start `dask worker` on each"
            )

    def _leave(self) -> None:
        if self._client is not None:
            with contextlib.suppress(*LOST):
                self._client.cancel(list(self._waiting))
                self._client.unregister_worker_plugin(self._order.name)

    def _look(self) -> None:
        """Find out which machines there are, and tell of those that get no work."""
        assert self._client is not None
        self._looked = time.monotonic()
        with self._explained():
            found = self._client.run(fitness, self._order.name, on_error="ignore")
        before = self._nodes
        self._nodes = {name: workers for name, (reason, workers) in found.items() if not reason}
        for name, (reason, _) in found.items():
            if reason and name not in self._told:
                self._told.add(name)
                self._tell(f"{name} gets no work: {reason}")
        if self._nodes != before:
            self._tell(f"machines: {len(self._nodes)}, workers: {sum(self._nodes.values())}")
            self._submit_again()

    def _submit_again(self) -> None:
        """Submit anew what no machine is at.

        Dask has offered it to the machines that arrived, but before they had been found fit.
        """
        assert self._client is not None
        with self._explained():
            running = set().union(*self._client.processing().values())
            idle = [f for f in self._waiting if not f.done() and f.key not in running]
            self._client.cancel(idle)
        for future in idle:
            self._submit(self._waiting.pop(future))

    def _submit(self, batch: Batch) -> None:
        assert self._client is not None
        with self._explained():
            future = self._client.submit(
                grade_batch,
                self._order.name,
                batch.data,
                key=f"batch-{batch.digest[:16]}-{secrets.token_hex(4)}",
                resources={self._order.name: 1},
                pure=False,
            )
        self._waiting[future] = batch

    def _next(self) -> Iterator[Graded]:
        """The results of the batches that are ready next."""
        alone_since = time.monotonic()
        if alone_since > self._looked + LOOK_SECONDS:
            self._look()
        while True:
            with contextlib.suppress(TimeoutError), self._explained(timeout=True):
                wait(list(self._waiting), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
            done = [future for future in self._waiting if future.done()]
            if done:
                break
            self._look()
            if self._nodes:
                alone_since = time.monotonic()
            elif time.monotonic() > alone_since + ALONE_SECONDS:
                raise SandboxError(f"no machine of {self._where} is left; {_AGAIN}")
        for future in done:
            yield from self._take(future, self._waiting.pop(future))

    def _take(self, future: Future[Any], batch: Batch) -> Iterator[Graded]:
        try:
            with self._explained():
                answer = answer_in(future.result())
        except KilledWorker:
            yield from self._after_a_death(replace(batch, deaths=batch.deaths + 1))
            return
        if answer.failure:
            if batch.failures == FAILURES:
                raise SandboxError(f"a machine of {self._where} can't grade: {answer.failure}")
            self._tell(f"a machine could not grade a batch, which is tried again: {answer.failure}")
            self._submit(replace(batch, failures=batch.failures + 1))
            return
        wanted = {job.student: job for job in batch.jobs}
        for graded in answer.results:
            job = wanted.pop(graded.result.student)
            basis = msgspec.structs.replace(self._order.basis, submission_sha256=job.sha256)
            if different := causes(basis, graded.result.provenance):
                raise SandboxError(
                    f"a machine of {self._where} graded with another {', '.join(different)}; "
                    "install the same version there"
                )
            yield graded
        if wanted:
            raise SandboxError(f"a machine of {self._where} left out {', '.join(wanted)}; {_AGAIN}")

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
            yield self._without_grade(batch.jobs[0])

    def _without_grade(self, job: Job) -> Graded:
        setup = self._order.setup
        basis = msgspec.structs.replace(self._order.basis, submission_sha256=job.sha256)
        reason = f"{DEATHS} machines ended while they graded this submission; grade it by hand."
        assignment = Assignment(setup.assignment, Path(setup.repository))
        result = without_grade(assignment, job.student, "ungradable", reason, basis)
        return Graded(result, None, Timing())

    @contextlib.contextmanager
    def _explained(self, *, timeout: bool = False) -> Iterator[None]:
        """Errors of the connection as a sentence.

        Raises:
            SandboxError: the scheduler is gone.
        """
        try:
            yield
        except KilledWorker:
            raise
        except LOST as error:
            if timeout and isinstance(error, TimeoutError):
                raise
            raise SandboxError(
                f"the scheduler {self._where} does not answer any more ({error}); {_AGAIN}"
            ) from None


_AGAIN = "fix this and run the same command again; everything recorded so far is intact"


def _local_count(where: str) -> int | None:
    """How many machines to start here; None if `where` is a scheduler's address.

    Raises:
        UsageError: it is neither.
    """
    local = re.fullmatch(r"local:(\d{1,3})", where)
    if local is not None and int(local[1]) > 0:
        return int(local[1])
    if re.fullmatch(r"(tcp|tls|ws|wss|ucx)://\S+:\d+", where):
        return None
    raise UsageError(
        f"--scheduler {where}: write the address of a Dask scheduler, such as tcp://10.0.0.1:8786 "
        "or tls://…, or local:2 for two machines that are processes here"
    )


def _allow_no_death(dask_scheduler: Scheduler) -> None:
    """Runs in the scheduler: a batch comes back when its machine ends; it is given out from here.

    Dask would give it to a machine that arrives before that one has been found fit.
    """
    dask_scheduler.allowed_failures = 0
