"""Start the sandbox: the zygote under bubblewrap, with a seat for each worker.

Not in the sandbox are: the repository, suites, solutions, submissions, gradebook, network, the
environment, other processes.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from autograder import control
from autograder.core.assignment import REPOSITORY
from autograder.core.jobs import Isolation
from autograder.core.limits import MIB, Limits
from autograder.sandbox import bubblewrap
from autograder.sandbox import data as data_sets
from autograder.sandbox.seat import Seat

CUDA_MIB = 8192
"""What CUDA's own bookkeeping may map in a process, beyond the limit on memory."""

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "USER": "student",
    "LOGNAME": "student",
    "LANG": "C.UTF-8",
    "TMPDIR": "/tmp",
    "IPYTHONDIR": "/tmp/.ipython",
    "PLOTLY_RENDERER": "plotly_mimetype",
    "PYTHONHASHSEED": "0",
    # A heap of huge pages: a fork copies a page table of a few entries. Python's own small objects
    # are not in it: a copy of a process then writes to an eighth fewer pages.
    # Memory that nobody wrote to holds the same numbers each time (3.0 in float32, 32.5 in
    # float64): what reads it is wrong always, and not by chance. The C library's cache of freed
    # blocks would hand them out as they are, so it is off.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.perturb=191:glibc.malloc.tcache_count=0",
    # One thread: a parallel region entered before a fork deadlocks after it.
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",  # whatever is asked of it later
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # One after the other: joblib's workers are started anew, and import everything first.
    "JOBLIB_MULTIPROCESSING": "0",
    "LOKY_MAX_CPU_COUNT": "1",
    # No compiler: code runs as it was written.
    "TORCHDYNAMO_DISABLE": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
"""The whole environment of the student's side, but for where code and data are, and ON_CARD."""

ON_CARD = {
    # To ask whether there is a graphics card does not start CUDA, which no fork would survive.
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}

NO_DATA: Mapping[str, str] = MappingProxyType({})


class Sandbox:
    """A running template with some seats, in each of which one submission lives at a time.

    `data` has the folders of data sets that were prepared for it, by name; `preload` names modules
    that all submissions will want.

    Raises:
        SandboxError: it did not start; the message says what is missing and how to get it.
    """

    def __init__(
        self,
        limits: Limits,
        isolation: Isolation = "namespaces",
        seats: int = 1,
        device: str = "cpu",
        data: Mapping[str, str] = NO_DATA,
        preload: Sequence[str] = (),
    ) -> None:
        self._files = contextlib.ExitStack()
        # Closed with the others.
        log = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
        walls = isolation == "namespaces"
        work = "/"
        if not walls:
            work = self._files.enter_context(tempfile.TemporaryDirectory(prefix="autograder-"))
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(seats)]
        numbers = [theirs.fileno() for _, theirs in pairs]
        text, writer = os.pipe()
        os.write(writer, bubblewrap.environment())
        os.close(writer)
        before = bubblewrap.command(device, text, data) if walls else []
        variables = data_sets.environment(data, bubblewrap.DATA if walls else None)
        if device == "cuda":
            variables |= ON_CARD
        settings = _settings(limits, walls, work, device, preload)
        # This engine's side for students, also where the environment has another clone's installed.
        code = bubblewrap.CODE if walls else REPOSITORY
        self._process = subprocess.Popen(
            [
                *before,
                bubblewrap.python() if walls else sys.executable,
                *("-P", "-B", "-m", "autograder.student.zygote"),
                ",".join(map(str, numbers)),
                control.encode(settings),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[*numbers, text],
            env=ENVIRONMENT | {"PYTHONPATH": str(code)} | variables,
            cwd=work,
            start_new_session=True,
        )
        os.close(text)
        for _, theirs in pairs:
            theirs.close()
        self.seats = [Seat(ours, log) for ours, _ in pairs]

    def close(self) -> None:
        """End the template and whatever is in it."""
        for seat in self.seats:
            seat.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._files.close()


def _settings(
    limits: Limits, walls: bool, work: str, device: str, preload: Sequence[str]
) -> control.Settings:
    return control.Settings(
        walls=walls,
        memory=int((limits.memory_mib + CUDA_MIB * (device == "cuda")) * MIB),
        total_memory=int(limits.total_memory_mib * MIB),
        processes=int(limits.processes),
        files=int(limits.files),
        file_size=int(limits.file_mib * MIB),
        tmp=int(limits.tmp_mib * MIB),
        frame=int(limits.frame_mib * MIB),
        output_text=limits.output_text_kib * 1024,
        output_rich=limits.output_rich_kib * 1024,
        work=work,
        hide_proc=device == "cpu",
        preload=list(preload),
    )
