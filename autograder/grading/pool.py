"""Run a pool of workers: feed them submissions, watch them, and replace those that die."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Literal

import msgspec

from autograder.core.assignment import Assignment
from autograder.core.errors import SandboxError
from autograder.core.jobs import (
    Graded,
    Job,
    NotReady,
    Ready,
    Setup,
    ungradable,
)
from autograder.sandbox.data import PreparedData

AHEAD = 4
"""Jobs that wait or are graded, for each worker."""
ATTEMPTS = 2
"""So often a job is given to a worker, where the first one dies."""
READY_SECONDS = 180.0
SLACK_SECONDS = 120.0
BUSY = 5.0
"""A worker that takes so many times what all limits allow
together hangs, however busy the machine is.
"""

Lost = Literal["died", "hung"]
_LOST: dict[Lost, str] = {
    "died": "the grading process crashed twice on this submission; grade it by hand.",
    "hung": "grading this submission did not end: a hidden test or the engine hangs; grade it "
    "by hand.",
}
_Done = queue.SimpleQueue["Graded | SandboxError"]
"""Where the results of one call of `Pool.run` arrive."""


class Worker:
    """One worker, seen from outside."""

    def __init__(self, setup: Setup, connection: Connection) -> None:
        self._setup = setup
        self._connection = connection
        self._process = -1
        self.open = True

    def wait_until_ready(self) -> None:
        """Wait until the suite is collected and the sandbox stands.

        Raises:
            SandboxError: they are not; the message is the worker's own.
        """
        if self._process >= 0:
            return
        try:
            if not self._connection.poll(READY_SECONDS):
                raise SandboxError(
                    f"a worker was not ready after {READY_SECONDS:.0f} s; run the same command "
                    "again when the machine is less busy, and make sure that the suite of "
                    f"{self._setup.assignment} "
                    "does not hang while it is imported"
                )
            answer = msgspec.msgpack.decode(self._connection.recv_bytes(), type=Ready | NotReady)
            if isinstance(answer, NotReady):
                raise SandboxError(answer.reason)
            self._process = os.pidfd_open(answer.pid)
        except (EOFError, OSError, msgspec.DecodeError):
            raise SandboxError(
                "a worker ended while it started; make sure that there is enough memory and "
                "run the same command again"
            ) from None

    def grade(self, job: Job) -> Graded | Lost:
        """The worker's answer, or what became of the worker over this job."""
        limits = self._setup.limits
        # The notebook runs again after its time is over, for the tasks above, and for
        # follow-through; the last test may begin just before the time of all tests is over.
        tests = limits.tests_seconds + 100 * limits.test_seconds
        seconds = 3 * limits.submission_seconds + tests * (1 + len(job.more_seeds))
        try:
            self._connection.send_bytes(msgspec.msgpack.encode(job))
            if self._connection.poll(seconds * BUSY + SLACK_SECONDS):
                return msgspec.msgpack.decode(self._connection.recv_bytes(), type=Graded)
            return "hung"
        except (EOFError, OSError, msgspec.DecodeError):
            return (
                "died"  # or it said why it can't go on: a new one will say the same when it starts
            )

    def close(self) -> None:
        """End the worker."""
        self.open = False
        self._connection.close()
        if self._process >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
            os.close(self._process)
            self._process = -1


class Crew:
    """A process that imports everything, then forks `count` workers that share its sandbox."""

    def __init__(self, setup: Setup, count: int) -> None:
        pairs = [socket.socketpair() for _ in range(count)]
        numbers = [theirs.fileno() for _, theirs in pairs]
        # Closed by the kernel when this process ends, however it does: then its workers end.
        life, self._life = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "autograder.grading.worker_main"),
                ",".join(map(str, numbers)),
                str(life),
            ],
            pass_fds=[*numbers, life],
            stdin=subprocess.DEVNULL,
            env=os.environ
            | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        os.close(life)
        for _, theirs in pairs:
            theirs.close()
        connections = [Connection(ours.detach()) for ours, _ in pairs]
        connections[0].send_bytes(msgspec.msgpack.encode(setup))
        self.workers = [Worker(setup, connection) for connection in connections]

    def close(self) -> None:
        """End the process, its workers and its sandbox."""
        for worker in self.workers:
            worker.close()
        self._process.kill()
        self._process.wait()
        os.close(self._life)


class Pool:
    """`count` workers that start with the first job and grade whatever is given to `run`.

    Use it as a context manager, or close it; that ends all workers, whatever they are at.
    """

    def __init__(self, setup: Setup, count: int) -> None:
        self._setup = setup
        self._count = count
        self._todo: queue.SimpleQueue[tuple[Job, _Done] | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._stop = threading.Event()
        self._crews: list[Crew] = []
        self._workers: list[Worker] = []
        self._data: PreparedData | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers."""
        self._stop.set()
        for _ in self._workers:
            self._todo.put(None)
        for crew in self._crews:
            crew.close()
        if self._data is not None:
            self._data.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[Graded]:
        """Grade these jobs; one result for each, as they are ready.

        Jobs are taken a few ahead of need, so that they need not all be in memory. A job whose
        worker dies is tried once more on a new one, and is ungradable after that. Several threads
        may run jobs at the same time.

        Raises:
            SandboxError: a worker can't start, or data that submissions read is not here.
        """
        waiting = 0
        done: _Done = queue.SimpleQueue()
        for job in jobs:
            self.start()
            self._todo.put((job, done))
            waiting += 1
            while waiting >= AHEAD * self._count or not done.empty():
                yield _result(done)
                waiting -= 1
        for _ in range(waiting):
            yield _result(done)

    def start(self) -> None:
        """Start the workers, unless they run; they are ready some seconds later.

        Raises:
            SandboxError: data that submissions read is not here.
        """
        with self._starting:
            if self._workers:
                return
            assignment = Assignment(self._setup.assignment, Path(self._setup.repository))
            self._data = PreparedData(assignment.data)
            self._setup = msgspec.structs.replace(self._setup, data=self._data.folders)
            self._crews = [Crew(self._setup, self._count)]
            self._workers = list(self._crews[0].workers)
            for number in range(self._count):
                threading.Thread(target=self._feed, args=(number,), daemon=True).start()

    def _feed(self, number: int) -> None:
        """Give one worker job after job; runs in a thread. An error answers every later job."""
        broken: SandboxError | None = None
        while (task := self._todo.get()) is not None:
            job, done = task
            if self._stop.is_set():
                broken = SandboxError("the workers were ended")
            answer = broken or self._answer(number, job)
            broken = answer if isinstance(answer, SandboxError) else None
            done.put(answer)

    def _answer(self, number: int, job: Job) -> Graded | SandboxError:
        """The outcome of a job, or why the worker can't work."""
        try:
            return self._grade(number, job)
        except SandboxError as error:
            return error
        except Exception as error:  # noqa: BLE001 - told to whoever waits for a result
            return SandboxError(f"{type(error).__name__}: {error}")

    def _grade(self, number: int, job: Job) -> Graded:
        lost: Lost = "died"
        for _ in range(ATTEMPTS):
            worker = self._working(number)
            answer = worker.grade(job)
            if isinstance(answer, Graded):
                return answer
            worker.close()
            lost = answer
            if lost == "hung" or self._stop.is_set():
                break
        return ungradable(self._setup, job, _LOST[lost])

    def _working(self, number: int) -> Worker:
        """A worker, a new one in place of one that was lost."""
        if not self._workers[number].open:
            crew = Crew(self._setup, 1)
            self._crews.append(crew)
            self._workers[number] = crew.workers[0]
        self._workers[number].wait_until_ready()
        return self._workers[number]


def _result(done: _Done) -> Graded:
    answer = done.get()
    if isinstance(answer, SandboxError):
        raise answer
    return answer
