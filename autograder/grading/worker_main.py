"""Run the trusted processes: one imports everything and collects the suite, then forks workers."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from autograder.core import own_memory
from autograder.core.assignment import find
from autograder.core.errors import SandboxError, SuiteError, UsageError
from autograder.core.jobs import NotReady, Setup
from autograder.pipeline.preload import modules_of
from autograder.sandbox.launcher import Sandbox

if TYPE_CHECKING:
    from autograder.pipeline.run_tests import SuiteRunner

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Entry point: `worker DESCRIPTORS LIFE`, started by `autograder.grading.pool`.

    There is a connection for each worker, and the first message on the first of them is the setup.
    LIFE is a pipe whose other end closes when the run ends or is killed.
    """
    gc.disable()  # a third of the time that the imports take
    connections = [Connection(int(number)) for number in sys.argv[1].split(",")]
    setup = msgspec.msgpack.decode(connections[0].recv_bytes(), type=Setup)
    try:
        assignment = find(setup.assignment, Path(setup.repository))
        sandbox = Sandbox(
            setup.limits,
            setup.isolation,
            len(connections),
            setup.device,
            setup.data,
            modules_of(assignment),
        )
        import torch  # only now: the sandbox imports it for itself, at the same time
        import torch.fx.experimental.symbolic_shapes  # each worker's first backward would import it

        from autograder.pipeline.run_tests import SuiteRunner

        torch.set_num_threads(1)
        SuiteRunner(
            assignment.suite,
            lambda runner: _fork_workers(setup, connections, sandbox, runner),
            setup.fork_per,
            setup.device,
        ).main()
        sandbox.close()
    except (SuiteError, SandboxError, UsageError) as error:
        for connection in connections:
            _excuse(connection, str(error))
    except Exception as error:  # noqa: BLE001 - told as a sentence, whatever it is
        for connection in connections:
            _excuse(connection, f"a worker could not start ({type(error).__name__}: {error})")


def _fork_workers(
    setup: Setup, connections: list[Connection], sandbox: Sandbox, runner: SuiteRunner
) -> None:
    """Fork a worker for each connection; returns when all have ended."""
    from autograder.pipeline.grade_submission import Grader

    gc.freeze()  # else each collection goes through, and so copies, all that was imported
    gc.enable()
    parent = os.getpid()
    workers = []
    for connection, seat in zip(connections, sandbox.seats, strict=True):
        workers.append(os.fork())
        if workers[-1] == 0:
            try:
                _die_with(parent)
                own_memory.bound(setup.limits.worker_bytes)
                for other_connection, other_seat in zip(connections, sandbox.seats, strict=True):
                    if other_connection is not connection:
                        other_connection.close()
                        other_seat.close()
                grader = Grader(setup, seat, runner)
                try:
                    grader.serve(connection)
                except SandboxError as error:
                    _excuse(connection, str(error))
                finally:
                    grader.close()
            finally:
                os._exit(0)
    for connection, seat in zip(connections, sandbox.seats, strict=True):
        connection.close()
        seat.close()
    threading.Thread(target=_end_with, args=(int(sys.argv[2]),), daemon=True).start()
    for (
        worker
    ) in workers:  # and not for the sandbox: when that ends, a worker starts one of its own
        os.waitpid(worker, 0)


def _end_with(life: int) -> None:
    """End this process, and with it workers and sandbox, when the run has ended or was killed."""
    os.read(life, 1)
    os._exit(1)


def _excuse(connection: Connection, reason: str) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        connection.send_bytes(msgspec.msgpack.encode(NotReady(reason)))


def _die_with(parent: int) -> None:
    """End this process when its parent ends, however that does."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main()
