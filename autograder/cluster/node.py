"""Run on every machine of a cluster: a plugin of its Dask worker owns a pool that grades batches.

The pool's processes are the ones that grade on a single machine; Dask's process runs no submission
and imports no torch.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import msgspec
from distributed import Worker, WorkerPlugin, get_worker

from autograder.cluster import batches
from autograder.cluster.batches import Answer
from autograder.core import jobs
from autograder.core.assignment import REPOSITORY, Assignment
from autograder.core.errors import SandboxError, UsageError
from autograder.core.jobs import EVERY_CORE, Setup
from autograder.core.outcome import Provenance
from autograder.core.result_diff import causes
from autograder.doctor.doctor import examine
from autograder.grading.pool import Pool
from autograder.sandbox.bubblewrap import find_bubblewrap

AT_A_TIME = 2
"""Batches of a machine, so that its workers have work while the next batch is on its way."""

SILENT_SECONDS = 300.0
"""A run asks for its machines every few seconds; one that is silent for so long has ended."""


class Order(msgspec.Struct, frozen=True):
    """How a class is graded: `name` is that of the plugin and of the resource that fit machines
    offer, `basis` what every result must depend on, and `workers` those of a machine (or
    EVERY_CORE). `walls`: try all walls first, as `autograder doctor` does."""

    name: str
    setup: Setup
    basis: Provenance
    workers: int
    walls: bool


class Node(WorkerPlugin):
    """A machine's pool, if the machine is fit: `reason` says why it gets no work."""

    def __init__(self, order: bytes) -> None:
        self._order = order
        self.name = msgspec.msgpack.decode(order, type=Order).name

    async def setup(self, worker: Worker) -> None:
        """Look whether this machine can be trusted with the class, and offer it to the scheduler.

        A machine that can't is never given a batch: batches ask for the resource that only this
        offers.
        """
        order = msgspec.msgpack.decode(self._order, type=Order)
        self.workers = order.workers
        if order.workers == EVERY_CORE:
            self.workers = os.cpu_count() or 1
        self._setup = _here(order.setup)
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._running = 0
        self._heard = time.monotonic()
        self._ended = threading.Event()
        self.reason = await asyncio.to_thread(_objection, order, self._setup)
        if not self.reason:
            self._open_pool().start()
            threading.Thread(target=self._watch, daemon=True).start()
            await worker.set_resources(**{self.name: AT_A_TIME})

    def teardown(self, worker: Worker) -> None:
        """End the pool."""
        del worker
        self._ended.set()
        self._close_pool()

    def hear(self) -> None:
        """Note that the run, of which this machine is a part, goes on."""
        self._heard = time.monotonic()

    def grade(self, data: bytes) -> bytes:
        """Grade a batch; runs in a thread of Dask's, beside another one."""
        with self._lock:
            self._running += 1
        try:
            answer = Answer(list(self._open_pool().run(batches.jobs_in(data))))
        except SandboxError as error:
            answer = Answer(failure=str(error))
            if self._running == 1:
                self._close_pool()  # the next batch tries with a new one
        # Dask can't send every exception, and its client waits for ever for one that it can't read.
        except Exception as error:  # noqa: BLE001
            answer = Answer(failure=f"{type(error).__name__}: {error}")
        finally:
            with self._lock:
                self._running -= 1
                self.hear()
        return answer.pack()

    def _open_pool(self) -> Pool:
        with self._lock:
            if self._pool is None:
                self._pool = Pool(self._setup, self.workers)
            return self._pool

    def _close_pool(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _watch(self) -> None:
        """End the pool when nobody has asked for this machine in a while: the run was killed."""
        while not self._ended.wait(SILENT_SECONDS / 10):
            if not self._running and time.monotonic() > self._heard + SILENT_SECONDS:
                self._close_pool()


def grade_batch(name: str, data: bytes) -> bytes:
    """What a machine is asked to do: grade a batch by the pool of the plugin of this name."""
    node = get_worker().plugins[name]
    assert isinstance(node, Node)
    return node.grade(data)


def fitness(name: str, dask_worker: Worker) -> tuple[str, int]:
    """Why a machine gets no work ("" if it does), and how many workers it has."""
    node = dask_worker.plugins.get(name)
    if not isinstance(node, Node):
        return "it did not start", 0
    node.hear()
    return node.reason, node.workers


def _here(setup: Setup) -> Setup:
    """The set-up with this machine's own copy of the repository, if it has not the same path."""
    here = setup.repository if Path(setup.repository).is_dir() else str(REPOSITORY)
    return msgspec.structs.replace(setup, repository=here)


def _objection(order: Order, setup: Setup) -> str:
    """Why this machine can't grade the class; "" if it can."""
    try:
        assignment = Assignment(setup.assignment, Path(setup.repository))
        here = jobs.provenance(assignment, "", order.basis.seed, setup)
        if different := causes(order.basis, here):
            return f"it has another {' and another '.join(different)}"
        if setup.isolation == "namespaces":
            find_bubblewrap()
        fallen = (
            [finding.wall for finding in examine(setup.isolation) if not finding.holds]
            if order.walls
            else []
        )
    except (SandboxError, UsageError, OSError) as error:
        return str(error)
    return f"these walls do not hold: {', '.join(fallen)}" if fallen else ""
