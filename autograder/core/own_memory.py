"""Bound the memory of a trusted process, so that what a submission returns can't fill the machine.

The bound is on memory that the process maps for itself (RLIMIT_DATA). Beyond it, an allocation
fails with an exception, which costs what is being done.
"""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path


def bound(more: int) -> None:
    """Let this process, and those that it starts, map so many bytes more than it has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = pages * resource.getpagesize() + more
    value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (value, hard))


@contextlib.contextmanager
def without_bound() -> Iterator[None]:
    """For a child that is started here and has bounds of its own."""
    bounded, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (bounded, hard))


def ran_out(error: BaseException) -> bool:
    """Whether an error says that an allocation failed; torch has no type of its own for it."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )
