"""The first wall: starts the template under bubblewrap and gives it orders.

What is in the sandbox: the system's /usr and the virtual environment, read-only; `course_lib`; the
student's side of this engine. What is not: the repository, suites, solutions, submissions,
gradebook, network, the environment, other processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from autograder.core.course import REPOSITORY
from autograder.core.errors import SandboxError
from autograder.core.jobs import Isolation
from autograder.core.limits import MIB, Limits

CUDA_MIB = 8192
"""What CUDA's own bookkeeping may map in a process, beyond the limit on memory."""

START_SECONDS = 600.0
COMMAND_SECONDS = 120.0

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
    # A heap of huge pages: a fork copies a page table of a few entries, three times as fast.
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
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
"""The whole environment of the student's side."""

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
"""Where the C library reads whether it may use them."""

INSTALL_HINT = (
    "Install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install "
    "bubblewrap) and see that unprivileged user namespaces are allowed (Debian: sysctl "
    "kernel.unprivileged_userns_clone=1; Ubuntu 24.04: sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0). To grade without walls, submissions that "
    "you trust only: --isolation process."
)


class Sandbox:
    """A running template with some seats, in each of which one submission lives at a time.

    Raises:
        SandboxError: it did not start; the message says what is missing and how to get it.
    """

    def __init__(
        self,
        limits: Limits,
        isolation: Isolation = "namespaces",
        seats: int = 1,
        device: str = "cpu",
    ) -> None:
        self._files = contextlib.ExitStack()
        log = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the others
        work = "/"
        if isolation == "process":
            work = self._files.enter_context(tempfile.TemporaryDirectory(prefix="autograder-"))
        pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(seats)]
        settings = {
            "walls": isolation == "namespaces",
            "memory": int((limits.memory_mib + CUDA_MIB * (device == "cuda")) * MIB),
            "total_memory": int(limits.total_memory_mib * MIB),
            "processes": int(limits.processes),
            "files": int(limits.files),
            "file_size": int(limits.file_mib * MIB),
            "tmp": int(limits.tmp_mib * MIB),
            "frame": int(limits.frame_mib * MIB),
            "output_text": limits.output_text_kib * 1024,
            "output_rich": limits.output_rich_kib * 1024,
            "keep": [str(path) for path in _visible() if path.is_relative_to("/tmp")],
            "work": work,
            "hide_proc": device == "cpu",
        }
        numbers = [theirs.fileno() for _, theirs in pairs]
        template = [
            sys.executable, "-P", "-B", "-m", "autograder.student.zygote",
            ",".join(map(str, numbers)),
            json.dumps(settings),
        ]  # fmt: skip
        command = [*_bubblewrap(device), *template] if isolation == "namespaces" else template
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=numbers,
            # This engine's side for students, also where the environment has another clone's
            # installed.
            env=ENVIRONMENT | {"PYTHONPATH": str(REPOSITORY)},
            cwd="/" if isolation == "namespaces" else work,
            start_new_session=True,
        )
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


class Seat:
    """Where one submission after another lives."""

    def __init__(self, control: socket.socket, log: IO[bytes]) -> None:
        self._control = control
        self._log = log
        self._ready = False

    def wait_until_ready(self) -> None:
        """Wait until everything is imported.

        Raises:
            SandboxError: it could not start.
        """
        if not self._ready:
            answer = self._answer(START_SECONDS)
            if "error" in answer:
                raise SandboxError(
                    f"The sandbox could not be set up: {answer['error']}. {INSTALL_HINT}"
                )
            self._ready = True

    def start(self, seed: int, preload: Sequence[str] = ()) -> socket.socket:
        """Fork a process for a new submission; the socket speaks to it.

        Args:
            seed: of the random generators of the libraries that notebooks use.
            preload: modules that the seat imports first, once, unless it has them already.

        Raises:
            SandboxError: it could not be forked, or the template is gone.
        """
        self.wait_until_ready()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._order(
                    {"do": "start", "seed": seed, "preload": list(preload)}, [theirs.fileno()]
                )
            except SandboxError:
                ours.close()
                raise
        return ours

    def sweep(self, keep: Sequence[int] = ()) -> dict[str, Any]:
        """End all processes of the submission but the one that
        ran the notebook; says whether that one lives.

        Args:
            keep: processes that stay as well, by their pids in the submission's own pid namespace.
                The submission says which they are: with a lie it keeps a process of its own alive,
                until it ends itself.
        """
        return self._order({"do": "sweep", "keep": list(keep)})

    def status(self) -> dict[str, Any]:
        """Whether the submission's first process is `alive`, or
        was ended because `out_of_memory`; `peak` bytes.
        """
        return self._order({"do": "status"})

    def delayed(self, since: float) -> float:
        """Seconds since a time (of time.monotonic) for which the submission could have run, and
        other programs had the processors. What its own processes take from one another is its own
        time."""
        return float(self._order({"do": "delayed", "since": since})["delayed"])

    def end(self) -> dict[str, Any]:
        """End the submission and everything it left behind; its last status."""
        return self._order({"do": "end"})

    def close(self) -> None:
        """Give the seat up, for this process; the seat ends when no process holds it."""
        self._control.close()

    def last_words(self) -> str:
        """The end of what the template and bubblewrap printed, on one line."""
        size = os.fstat(self._log.fileno()).st_size
        lines = (
            os.pread(self._log.fileno(), 4096, max(0, size - 4096))
            .decode(errors="replace")
            .strip()
            .splitlines()
        )
        return "It said: " + " / ".join(lines[-3:]) + "." if lines else ""

    def _order(
        self, command: dict[str, Any], descriptors: list[int] | None = None
    ) -> dict[str, Any]:
        try:
            socket.send_fds(self._control, [json.dumps(command).encode()], descriptors or [])
        except OSError:
            raise SandboxError(f"The sandbox is gone. {self.last_words()}") from None
        # What a seat imports for the first time may have to be read from a slow disk.
        answer = self._answer(START_SECONDS if command.get("preload") else COMMAND_SECONDS)
        if "error" in answer:
            raise SandboxError(f"The sandbox could not {command['do']}: {answer['error']}")
        return answer

    def _answer(self, seconds: float) -> dict[str, Any]:
        self._control.settimeout(seconds)
        try:
            data = self._control.recv(65536)
        except TimeoutError:
            raise SandboxError(
                f"The sandbox did not answer in {seconds:.0f} s. {self.last_words()}"
            ) from None
        except OSError:
            data = b""
        if not data:
            raise SandboxError(f"The sandbox ended. {self.last_words()} {INSTALL_HINT}")
        return dict(json.loads(data))


def find_bubblewrap() -> str:
    """The path of bubblewrap.

    Raises:
        SandboxError: it is not installed.
    """
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxError(f"Bubblewrap (the program bwrap) is not installed. {INSTALL_HINT}")
    return path


def _visible() -> list[Path]:
    """What of this machine a submission may read, beside the system's /usr."""
    engine = REPOSITORY / "autograder"
    python = [Path(sys.base_prefix).resolve(), Path(sys.prefix)]
    return [
        *python,
        REPOSITORY / "course_lib",
        engine / "__init__.py",
        engine / "wire",
        engine / "student",
    ]


def _bubblewrap(device: str) -> list[str]:
    root = os.geteuid() == 0
    command = [
        find_bubblewrap(),
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
    ]
    command += ["--unshare-cgroup-try", "--die-with-parent", "--hostname", "sandbox"]
    # As root the template gives root up itself, and may then still enter files under a private
    # home.
    command += (
        ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"] if root else ["--unshare-user"]
    )
    command += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--dir",
        "/etc",
        "--dir",
        "/mnt",
    ]
    command += ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            command += ["--ro-bind", name, name]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        command += ["--ro-bind-try", name, name]
    outside = [
        path
        for path in (*_visible(), HUGE_PAGES)
        if path.exists() and not path.is_relative_to("/usr")
    ]
    # Named one by one, since bubblewrap would make them enterable for root alone.
    for parent in dict.fromkeys(p for path in outside for p in reversed(path.parents)):
        command += ["--dir", str(parent)]
    for path in outside:
        command += ["--ro-bind", str(path), str(path)]
    if device == "cuda":
        for path in sorted(Path("/dev").glob("nvidia*")):
            command += ["--dev-bind", str(path), str(path)]
    # Both are file systems in memory of no bounded size, which all submissions see, and this user
    # owns them.
    command += ["--remount-ro", "/dev", "--remount-ro", "/"]
    return [*command, "--chdir", "/", "--"]
