"""Reach the machines of a Dask scheduler: which there are, which are fit, and a batch for one."""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import CancelledError
from typing import Any

import dask
import msgspec
from distributed import Client, Future, KilledWorker, LocalCluster, Scheduler, wait
from distributed.comm.core import CommClosedError

from autograder.cluster.batches import Answer, Batch, answer_in
from autograder.cluster.node import AT_A_TIME, Node, Order, fitness, grade_batch
from autograder.core.errors import SandboxError, UsageError

CONNECT_SECONDS = 10
LOOK_SECONDS = 5.0
"""How often to look for machines that came or went."""
AGAIN = "fix this and run the same command again; everything recorded so far is intact"
_LOST = (CommClosedError, OSError, TimeoutError, RuntimeError, CancelledError, ValueError)


class Machines:
    """The machines of a scheduler, asked to grade by one order.

    Args:
        where: as on the command line (see `local_count`).
        tell: called with a sentence for people.

    Raises:
        UsageError: there is no scheduler, or no machine is fit.
        SandboxError: the scheduler went away.
    """

    def __init__(self, where: str, order: Order, tell: Callable[[str], None]) -> None:
        self._where, self._order, self._tell = where, order, tell
        self._told: set[str] = set()
        self._looked = 0.0
        self.workers: dict[str, int] = {}
        """How many workers each fit machine has, by its address."""
        self._open = contextlib.ExitStack()
        try:
            self._client = self._connect()
            with self._explained():
                self._client.run_on_scheduler(_allow_no_death)
                self._client.register_plugin(Node(msgspec.msgpack.encode(order)))
            self._open.callback(self._client.unregister_worker_plugin, order.name)
            self.look()
            if not self.workers:
                raise UsageError(
                    f"--scheduler {where}: no machine there can grade this class"
                    if self._told
                    else f"--scheduler {where}: there is no machine; start `dask worker` on each"
                )
        except BaseException:
            self.close()
            raise

    def close(self, waiting: Collection[Future[Any]] = ()) -> None:
        """Take these batches back and the pools off the machines, and leave the scheduler."""
        with contextlib.suppress(*_LOST), self._open:
            if waiting:
                self._client.cancel(list(waiting))

    def look(self, every: float = 0.0) -> bool:
        """Find out which machines there are, unless that was done in the last seconds, and tell of
        those that get no work; whether others are fit now."""
        now = time.monotonic()
        if now < self._looked + every:
            return False
        self._looked = now
        with self._explained():
            found = self._client.run(fitness, self._order.name, on_error="ignore")
        before = self.workers
        self.workers = {name: workers for name, (reason, workers) in found.items() if not reason}
        for name, (reason, _) in found.items():
            if reason and name not in self._told:
                self._told.add(name)
                self._tell(f"{name} gets no work: {reason}")
        if self.workers == before:
            return False
        self._tell(f"machines: {len(self.workers)}, workers: {sum(self.workers.values())}")
        return True

    def submit(self, batch: Batch) -> Future[Any]:
        """Give a batch to the scheduler, which finds a fit machine for it."""
        with self._explained():
            return self._client.submit(
                grade_batch,
                self._order.name,
                batch.data,
                key=f"batch-{batch.digest[:16]}-{secrets.token_hex(4)}",
                resources={self._order.name: 1},
                pure=False,
            )

    def take_back(self, waiting: Collection[Future[Any]]) -> list[Future[Any]]:
        """Cancel what no machine is at; that is returned."""
        with self._explained():
            running = set().union(*self._client.processing().values())
            idle = [f for f in waiting if not f.done() and f.key not in running]
            self._client.cancel(idle)
        return idle

    def done(self, waiting: Collection[Future[Any]]) -> list[Future[Any]]:
        """Those that are ready, after a wait of LOOK_SECONDS at most for the first."""
        with contextlib.suppress(TimeoutError), self._explained(timeout=True):
            wait(list(waiting), timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED")
        return [future for future in waiting if future.done()]

    def answer(self, future: Future[Any]) -> Answer | None:
        """A machine's answer; None if the machine ended."""
        try:
            with self._explained():
                return answer_in(future.result())
        except KilledWorker:
            return None

    def _connect(self) -> Client:
        for name in logging.root.manager.loggerDict:
            if name.startswith("distributed"):  # it prints tracebacks; errors become sentences here
                logging.getLogger(name).setLevel(logging.CRITICAL)
        address, local = self._where, local_count(self._where)
        if local is not None:
            # A machine that ended starts anew; on a busy computer that takes longer than the 15 s
            # after which Dask would give it up for good.
            dask.config.set({"distributed.deploy.lost-worker-timeout": "300s"})
            cluster = LocalCluster(
                n_workers=local,
                threads_per_worker=AT_A_TIME,
                memory_limit=0,  # submissions have limits of their own
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
            address = self._open.enter_context(cluster).scheduler_address
        try:
            client: Client = self._open.enter_context(Client(address, timeout=CONNECT_SECONDS))
        except _LOST as error:
            raise UsageError(
                f"--scheduler {self._where}: no Dask scheduler answers there ({error}); start one "
                "with `dask scheduler`, and `dask worker` on each machine"
            ) from None
        except TypeError:  # Dask's, for a tls:// address without certificates
            raise UsageError(
                f"--scheduler {self._where}: TLS needs certificates; name them in Dask's "
                "configuration (distributed.comm.tls: ca-file, and cert and key below client)"
            ) from None
        return client

    @contextlib.contextmanager
    def _explained(self, *, timeout: bool = False) -> Iterator[None]:
        """Errors of the connection as a sentence; with `timeout`, one that is over stays as it is.

        Raises:
            SandboxError: the scheduler is gone.
        """
        try:
            yield
        except KilledWorker:
            raise
        except _LOST as error:
            if timeout and isinstance(error, TimeoutError):
                raise
            raise SandboxError(
                f"the scheduler {self._where} does not answer any more ({error}); {AGAIN}"
            ) from None


def local_count(where: str) -> int | None:
    """How many machines to start here; None if `where` is a scheduler's address.

    Args:
        where: an address such as tcp://10.0.0.1:8786, or local:2 for two machines that are
            processes here.

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
