"""Runs on the student's side: system calls that Python's standard library lacks."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
INNER = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET
"""Each submission has namespaces of these kinds to itself."""

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = (
    0x2,
    0x4,
    0x8,
    0x1000,
    0x2000,
    0x4000,
    0x40000,
)

PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = (
    4,
    24,
    38,
    47,
    2,
)

CAP_SETPCAP, CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_ADMIN = 8, 18, 19, 21

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave namespaces of the parent for new ones."""
    _check(_libc.unshare(flags), "unshare")


def enter_user_namespace(flags: int = 0) -> None:
    """Leave the parent's user namespace, and others, for new
    ones; in the new one, this user is the only one.
    """
    user, group = os.getuid(), os.getgid()
    unshare(CLONE_NEWUSER | flags)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def setns(descriptor: int, flags: int) -> None:
    """Enter the namespaces of the process behind a pidfd."""
    _check(_libc.setns(descriptor, flags), "setns")


def mount(
    source: str | None, target: str, kind: str | None, flags: int, options: str | None = None
) -> None:
    """mount(2)."""
    encoded = [None if text is None else text.encode() for text in (source, target, kind, options)]
    _check(_libc.mount(encoded[0], encoded[1], encoded[2], flags, encoded[3]), f"mount {target}")


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    _check(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def drop_capabilities() -> None:
    """Give up every capability, for this process and whatever it executes."""
    for capability in range(64):
        if _libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    _capset(0, 0)


def keep_capabilities(*kept: int) -> None:
    """Keep these capabilities, of those held in this user namespace, through an execve."""
    bits = sum(1 << capability for capability in kept)
    _capset(bits, bits)
    for capability in kept:
        _check(
            _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0),
            "prctl PR_CAP_AMBIENT",
        )


def _capset(held: int, inheritable: int) -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (
        held,
        held,
        inheritable,
    )  # effective, permitted, inheritable: first their low words, then their high ones
    data = (ctypes.c_uint32 * 6)(*(s & 0xFFFFFFFF for s in sets), *(s >> 32 for s in sets))
    _check(_libc.capset(header, data), "capset")
