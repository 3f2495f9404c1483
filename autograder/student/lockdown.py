"""Runs on the student's side: put up the second wall, around each notebook process.

The first wall is bubblewrap's, around the template. This one separates submissions from one another
and from the template: pid, mount, IPC and network namespaces of their own (made by `rooms`), no
capabilities, no new privileges, a seccomp filter and resource limits.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.student import syscalls

FORBIDDEN = (
    "acct", "add_key", "bpf", "chroot", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen",
    "fspick",
    "init_module", "finit_module", "delete_module", "io_uring_enter", "io_uring_register",
    "io_uring_setup",
    "kcmp", "kexec_file_load", "kexec_load", "keyctl", "lookup_dcookie", "memfd_create",
    "memfd_secret",
    "mount", "mount_setattr", "move_mount", "mq_open", "msgget", "name_to_handle_at", "nfsservctl",
    "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd", "pivot_root",
    "process_madvise",
    "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "reboot", "request_key",
    "semget", "setns",
    "shmget", "swapoff", "swapon", "syslog", "umount2", "unshare", "userfaultfd", "vhangup",
    "vmsplice",
)  # fmt: skip
"""System calls that no coursework needs. clone3 answers "not
implemented", so that libc falls back to clone.
"""

WITHOUT_EFFECT = ("flock", "sched_setaffinity")
"""System calls that succeed and do nothing: locks on files that all submissions may read would be
signals from one to another, and processes that crowd on one processor would pass for such that wait
for others' programs."""

UNKNOWN = ("cachestat", "inotify_add_watch", "mincore", "preadv2")
"""Answered "not implemented", as by an old kernel: they tell who
else reads a file, or has read it.
"""

LOCKS = (5, 6, 7, 36, 37, 38)
"""Of fcntl: F_GETLK, F_SETLK, F_SETLKW, and the same for open file descriptions."""
NOTICES = (1024, 1026)
"""Of fcntl: F_SETLEASE and F_NOTIFY."""

NAMESPACE_FLAGS = (
    0x00020000,
    0x02000000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)


@dataclass(frozen=True)
class ResourceLimits:
    """What one submission may use; bytes, and processes counting threads."""

    memory: int
    processes: int
    files: int
    file_size: int


def seccomp_filter() -> Any:
    """The filter, built once in the template and loaded in each notebook process.

    Raises:
        OSError: libseccomp is missing.
    """
    import pyseccomp

    filter_ = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in FORBIDDEN:
        try:
            number = errno.ENOSYS if name == "clone3" else errno.EPERM
            filter_.add_rule(pyseccomp.ERRNO(number), name)
        except (ValueError, OSError):
            continue  # this processor or this libseccomp has no such call
    _close_side_doors(filter_, pyseccomp)
    for flag in NAMESPACE_FLAGS:
        filter_.add_rule(
            pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag)
        )
    # All of the submission's processes at once: those that wait for the tests of other tasks among
    # them.
    everyone = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 0xFFFFFFFF, 0xFFFFFFFF)
    filter_.add_rule(pyseccomp.ERRNO(errno.EPERM), "kill", everyone)
    for name in ("socket", "socketpair"):
        filter_.add_rule(
            pyseccomp.ERRNO(errno.EPERM), name, pyseccomp.Arg(0, pyseccomp.NE, int(socket.AF_UNIX))
        )
    return filter_


def _close_side_doors(filter_: Any, pyseccomp: Any) -> None:
    """Add what keeps submissions from signalling to one another,
    and from hiding the time that they take.
    """
    rules = [(name, 0) for name in WITHOUT_EFFECT] + [(name, errno.ENOSYS) for name in UNKNOWN]
    for name, number in rules:
        try:
            filter_.add_rule(pyseccomp.ERRNO(number), name)
        except (ValueError, OSError):
            continue  # this processor or this libseccomp has no such call
    for command in (*LOCKS, *NOTICES):
        number = 0 if command in LOCKS else errno.EPERM
        filter_.add_rule(pyseccomp.ERRNO(number), "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    # Children of a process that ignores their end are counted nowhere once they have ended.
    chld = pyseccomp.Arg(0, pyseccomp.EQ, int(signal.SIGCHLD))
    filter_.add_rule(pyseccomp.ERRNO(0), "rt_sigaction", chld, pyseccomp.Arg(1, pyseccomp.NE, 0))


def limit(limits: ResourceLimits) -> None:
    """Set this process's resource limits; memory counts from what the template already holds."""
    held = resource.getpagesize() * int(_statm()[5])
    for kind, value in (
        (resource.RLIMIT_DATA, held + limits.memory),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def reset_signals() -> None:
    """Give every signal its default action and none blocked, whatever the template had."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue  # a signal that the C library keeps for itself
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def close_all_but(*keep: int) -> None:
    """Close every descriptor above 2 that is not named."""
    last = 2
    for descriptor in sorted(keep):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def lock(filter_: Any) -> None:
    """Give up every privilege for good; nothing after this call can be undone."""
    syscalls.drop_capabilities()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    filter_.load()


def _statm() -> list[str]:
    return Path("/proc/self/statm").read_text().split()
