"""Runs on the student's side: make rooms, the Linux namespaces in which submissions run.

A room is a user, pid, mount, IPC and network namespace with a private /tmp and /dev/shm, no
terminals and an empty /proc (a user namespace, so that the limit on processes counts those of one
room; a network namespace, since sockets with abstract names belong to one). Its first process is a
supervisor that only reaps orphans; when that one is killed, the kernel ends every process in the
room. Rooms are made by a small process forked before the template imports anything, since forking
that one costs a tenth of what forking the template does.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.student import lockdown, syscalls

STAGE = "/mnt"
"""Where the new /tmp is put together before it takes the place of the old one."""
WORK = "/tmp/work"
"""Where a submission's cells run; the home directory, too."""

_REPLY = struct.Struct(">i")


@dataclass(frozen=True)
class Plan:
    """What a room is like.

    `tmp_bytes`: how much its /tmp holds; `hide_proc`: whether its /proc is empty (CUDA can't do
    without one).
    """

    tmp_bytes: int
    hide_proc: bool


class Rooms:
    """The template's end: asks for rooms, one ahead of need."""

    def __init__(self, plan: Plan) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                lockdown.close_all_but(theirs.fileno())
                _serve(theirs, plan)
            finally:
                os._exit(1)
        theirs.close()
        self._socket = ours
        self._ask()

    def take(self) -> int:
        """The pid of the supervisor of a fresh room.

        Raises:
            OSError: the room could not be made.
        """
        reply = self._socket.recv(_REPLY.size, socket.MSG_WAITALL)
        if len(reply) < _REPLY.size:
            raise OSError("the process that makes rooms is gone")
        self._ask()
        (pid,) = _REPLY.unpack(reply)
        if pid < 0:
            raise OSError(-pid, f"no room could be made: {os.strerror(-pid)}")
        return int(pid)

    def _ask(self) -> None:
        self._socket.sendall(b"n")


def _serve(requests: socket.socket, plan: Plan) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while requests.recv(1):
        requests.sendall(_REPLY.pack(_make_room(requests, plan)))


def _make_room(requests: socket.socket, plan: Plan) -> int:
    """Fork the room's supervisor; its pid here, or minus the number of the error."""
    reader, writer = os.pipe()
    # The process in between stays: it is the one whose children are in the new pid namespace.
    if os.fork() == 0:
        _die_with_error(writer, lambda: _hold_room(requests, reader, writer, plan))
    os.close(writer)
    try:
        told = os.read(reader, 64)
        return int(told) if told else -1
    finally:
        os.close(reader)


def _hold_room(requests: socket.socket, reader: int, writer: int, plan: Plan) -> None:
    requests.close()
    os.close(reader)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    syscalls.enter_user_namespace(syscalls.CLONE_NEWPID | syscalls.INNER)
    ready_reader, ready_writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _die_with_error(ready_writer, lambda: _supervise(ready_writer, writer, plan))
    os.close(ready_writer)
    told = os.read(ready_reader, 64)
    os.close(ready_reader)
    os.write(writer, str(pid).encode() if told == b"0" else told)
    os.close(writer)
    os.waitpid(pid, 0)
    os._exit(0)


def _supervise(ready: int, writer: int, plan: Plan) -> None:
    os.close(writer)
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    plain = syscalls.MS_NOSUID | syscalls.MS_NODEV
    syscalls.mount(
        "tmpfs", STAGE, "tmpfs", plain, f"size={plan.tmp_bytes},nr_inodes=8192,mode=1777"
    )
    syscalls.mount(STAGE, "/tmp", None, syscalls.MS_MOVE)
    syscalls.mount(
        "tmpfs", "/dev/shm", "tmpfs", plain, f"size={plan.tmp_bytes // 4},nr_inodes=1024,mode=1777"
    )
    hidden = (
        ["/dev/pts", "/proc"] if plan.hide_proc else ["/dev/pts"]
    )  # all rooms would share their terminals
    for path in hidden:
        syscalls.mount(
            "tmpfs", path, "tmpfs", plain | syscalls.MS_NOEXEC, "size=4k,nr_inodes=2,mode=555"
        )
    Path(WORK).mkdir(mode=0o755)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    os.write(ready, b"0")
    os.close(ready)
    while True:
        signal.sigwait([signal.SIGCHLD])
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            continue


def _die_with_error(writer: int, body: Callable[[], None]) -> None:
    """Run the body of a forked process; an error is told as
    minus its number, and the process ends.
    """
    try:
        body()
    except OSError as error:
        print(f"room: {error}", file=sys.stderr, flush=True)
        os.write(writer, str(-(error.errno or 1)).encode())
    finally:
        os._exit(1)
