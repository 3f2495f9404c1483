"""Runs on the student's side: import all packages once, then fork the seats.

Started by `autograder.sandbox.launcher` under bubblewrap, from nothing: it has never seen a suite,
a reference value or a gradebook.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from autograder import control
from autograder.control import Settings
from autograder.student import lockdown, namespaces, syscalls
from autograder.student.seat_process import Seat

NOBODY = 65534


def _import_everything(preload: Sequence[str]) -> Any:
    """Import what notebooks use, in one thread, and make the shell that runs their cells."""
    import nbformat  # noqa: F401 - plotly shows figures through it
    import numpy.ma  # noqa: F401 - numpy.unique asks for it
    import torch.fx.experimental.symbolic_shapes  # noqa: F401 - autograd.grad would, in 0.5 s
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    from autograder.student import (
        ease,
        notebook_process,  # noqa: F401 - each seat uses it in its forks
        warm_up,
    )

    HistoryManager.enabled = False  # its thread would not survive a fork
    shell = InteractiveShell.instance()
    shell.colors = "nocolor"
    ease.arrange(shell)
    warm_up.warm_up(shell)
    for name in preload:
        ease.load(name)
    return shell


def _leave_root() -> None:
    """Become an unprivileged user with a user namespace of its own, in which rooms can be made."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        syscalls.prctl(
            syscalls.PR_SET_DUMPABLE, 1
        )  # else /proc/self belongs to root and the maps can't be written
    syscalls.enter_user_namespace()


def _open_seats(sockets: list[socket.socket], settings: Settings) -> None:
    """Import everything once, fork a seat for each control socket, and wait for all."""
    plan = namespaces.Plan(settings.tmp, settings.hide_proc)
    makers = [namespaces.Rooms(plan) if settings.walls else None for _ in sockets]
    shell = _import_everything(settings.preload)
    from autograder import wire

    wire.bounds.MAX_BULK = settings.frame
    filter_ = lockdown.seccomp_filter() if settings.walls else None
    gc.freeze()  # without it, a collection in a child touches, and so copies, every page
    gc.enable()
    for number, (own, maker) in enumerate(zip(sockets, makers, strict=True)):
        if os.fork() == 0:
            try:
                for other in (*sockets[:number], *sockets[number + 1 :]):
                    other.close()
                theirs = replace(settings, work=f"{settings.work}/{number}")
                Seat(own, theirs, maker, shell, filter_).serve()
            finally:
                os._exit(0)
    for own in sockets:
        own.close()
    for _ in sockets:
        os.wait()


def main() -> None:
    """Entry point: `zygote DESCRIPTORS SETTINGS`, started by the
    launcher; a control socket for each seat.
    """
    gc.disable()  # a third of the time that the imports take
    sockets = [socket.socket(fileno=int(number)) for number in sys.argv[1].split(",")]
    settings = control.decode_settings(sys.argv[2])
    try:
        if settings.walls and len(sys.argv) < 4:
            _leave_root()
            # The memory of submissions, which are not dumpable, may only be measured by a process
            # whose own memory belongs to the new user namespace: one that was executed in it.
            syscalls.keep_capabilities(
                syscalls.CAP_SETPCAP,
                syscalls.CAP_SYS_CHROOT,
                syscalls.CAP_SYS_PTRACE,
                syscalls.CAP_SYS_ADMIN,
            )
            os.execv(
                sys.executable,
                [sys.executable, "-P", "-B", "-m", __spec__.name, *sys.argv[1:], "inside"],
            )
        _open_seats(sockets, settings)
    except OSError as error:
        for own in sockets:
            own.send(control.encode(control.Failed(str(error))))


if __name__ == "__main__":
    main()
