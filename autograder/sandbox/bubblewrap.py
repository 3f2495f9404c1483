"""Build bubblewrap's command line: which files of this machine the sandbox has, and where.

Inside of it are the system's /usr, the Python that runs this engine, its packages, `course_lib` and
the student's side of the engine, all read-only. They stand in /opt there, wherever they lie on this
machine: its paths, and so the account's name, are no submission's business, nor a traceback's.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.core.assignment import REPOSITORY
from autograder.core.errors import SandboxError
from autograder.sandbox.data import files

BASE, PACKAGES, CODE = Path("/opt/python"), Path("/opt/env"), Path("/opt/course")
"""Where Python, the virtual environment and our own code stand in the sandbox."""
DATA = Path("/opt/data")
"""Where the data sets that submissions read stand there."""
HELD_OUT = (Path("/usr/share/datasets"),)
"""Folders of the system that are empty there: they have what suites hold out."""

NOTHING = REPOSITORY / "course_lib" / "py.typed"
"""An empty file."""
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
"""Where the C library reads whether it may use them."""

INSTALL_HINT = (
    "Install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap; Fedora: dnf install "
    "bubblewrap) and make sure that unprivileged user namespaces are allowed (Debian: sysctl "
    "kernel.unprivileged_userns_clone=1; Ubuntu 24.04: sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0). To grade without a sandbox, only for "
    "submissions that you trust, use --isolation process."
)


def find_bubblewrap() -> str:
    """The path of bubblewrap.

    Raises:
        SandboxError: it is not installed.
    """
    path = shutil.which("bwrap")
    if path is None:
        raise SandboxError(f"Bubblewrap (the program bwrap) is not installed. {INSTALL_HINT}")
    return path


def python() -> str:
    """Python's name in the sandbox."""
    return str(_prefix() / "bin/python3")


def environment() -> bytes:
    """The text of pyvenv.cfg, from which Python learns that it is in a virtual environment."""
    return f"home = {_base()}/bin\ninclude-system-site-packages = false\n".encode()


def command(device: str, text: int, data: Mapping[str, str]) -> list[str]:
    """Everything before the command that is to run in the sandbox.

    Args:
        device: "cuda" shows the graphics cards.
        text: a descriptor from which bubblewrap can read `environment()`.
        data: the folders of prepared data sets, by name.

    Raises:
        SandboxError: bubblewrap is not installed.
    """
    words = [find_bubblewrap(), *_namespaces(), *_system()]
    shown = {**dict(_python()), **dict(_code()), **dict(files(data, DATA))}
    if HUGE_PAGES.exists():
        shown[HUGE_PAGES] = HUGE_PAGES
    # Named one by one, since bubblewrap would make them enterable for root alone.
    for parent in dict.fromkeys(
        p for path in (*shown, Path(python())) for p in reversed(path.parents)
    ):
        words += ["--dir", str(parent)]
    for inside, outside in shown.items():
        words += ["--ro-bind", str(outside), str(inside)]
    if sys.prefix != sys.base_prefix:
        words += ["--perms", "0644", "--ro-bind-data", str(text), str(PACKAGES / "pyvenv.cfg")]
        version = ".".join(map(str, sys.version_info[:2]))
        words += ["--symlink", str(_base() / f"bin/python{version}"), python()]
    for path in _masked():
        words += ["--ro-bind", str(NOTHING), str(path)]
    for path in (*_caches(), *(path for path in HELD_OUT if path.exists())):
        words += ["--tmpfs", str(path), "--remount-ro", str(path)]
    if device == "cuda":
        for path in sorted(Path("/dev").glob("nvidia*")):
            words += ["--dev-bind", str(path), str(path)]
    # Both are file systems in memory of no bounded size, which all submissions see, and this user
    # owns them.
    return [*words, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"]


def _system() -> list[str]:
    words = [
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
    words += ["--ro-bind", "/usr", "/usr"]
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        path = Path(name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), name]
        elif path.exists():
            words += ["--ro-bind", name, name]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        words += ["--ro-bind-try", name, name]
    return words


def _namespaces() -> list[str]:
    words = [
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
    ]
    words += ["--die-with-parent", "--hostname", "sandbox"]
    # As root the template gives root up itself, and may then still enter files under a private
    # home.
    root = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return words + (root if os.geteuid() == 0 else ["--unshare-user"])


def _prefix() -> Path:
    """Where the sandbox has the Python that runs this engine, or its virtual environment."""
    return PACKAGES if sys.prefix != sys.base_prefix else _base()


def _base() -> Path:
    """Where the sandbox has the Python that the virtual environment was made from."""
    base = Path(sys.base_prefix).resolve()
    return base if base.is_relative_to("/usr") else BASE


def _python() -> Iterator[tuple[Path, Path]]:
    if _base() == BASE:
        yield BASE, Path(sys.base_prefix).resolve()
    if sys.prefix != sys.base_prefix:
        for path in _packages():
            yield _inside(path), path


def _code() -> Iterator[tuple[Path, Path]]:
    for name in (
        "course_lib", "autograder/__init__.py", "autograder/control.py", "autograder/wire",
        "autograder/student",
    ):  # fmt: skip
        yield CODE / name, REPOSITORY / name


def _masked() -> Iterator[Path]:
    """Files among the packages that say where something lies: of editable installations."""
    told = (str(REPOSITORY), str(Path.home()))
    for folder in _packages():
        for path in (*folder.glob("*.pth"), *folder.glob("*.dist-info/direct_url.json")):
            if any(word in path.read_text(errors="replace") for word in told):
                yield _inside(path)


def _caches() -> Iterator[Path]:
    """Directories of compiled code of ours, which names its source by its path on this machine."""
    for inside, outside in _code():
        for path in outside.rglob("__pycache__"):
            yield inside / path.relative_to(outside)


def _packages() -> list[Path]:
    """The directories of installed packages."""
    names = dict.fromkeys(sysconfig.get_path(key) for key in ("purelib", "platlib"))
    return [Path(name).resolve() for name in names if Path(name).exists()]


def _inside(path: Path) -> Path:
    """The name in the sandbox of something below Python's prefix."""
    return _prefix() / path.relative_to(Path(sys.prefix).resolve())
