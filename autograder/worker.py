"""One worker: a trusted process that starts a sandbox, collects the suite and grades what it is sent."""

from __future__ import annotations

import gc
import sys
from multiprocessing.connection import Connection

import msgspec

from autograder.errors import SandboxError, SuiteError, UsageError
from autograder.jobs import Setup
from autograder.sandbox import Sandbox


def main() -> None:
    """Entry point: `worker DESCRIPTOR`, started by `autograder.workers`. The first message is the setup."""
    gc.disable()  # a third of the time that the imports take; the grader turns it on again
    with Connection(int(sys.argv[1])) as connection:
        setup = msgspec.msgpack.decode(connection.recv_bytes(), type=Setup)
        try:
            sandbox = Sandbox(setup.limits, setup.isolation)
            import torch  # only now: the sandbox imports it for itself, at the same time

            from autograder.grader import Grader

            torch.set_num_threads(1)
            Grader(setup, sandbox).serve(connection)
        except (SuiteError, SandboxError, UsageError) as error:
            connection.send_bytes(str(error).encode())


if __name__ == "__main__":
    main()
