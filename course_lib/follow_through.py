"""Accept a value that is right, or right given the student's own earlier value."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import torch

from course_lib import expect
from course_lib.expect import Mismatch

_remarks: ContextVar[list[str] | None] = ContextVar("remarks", default=None)


@contextlib.contextmanager
def remarks() -> Iterator[list[str]]:
    """Collect, for whoever runs a test, why it passed although an earlier value is wrong."""
    found: list[str] = []
    token = _remarks.set(found)
    try:
        yield found
    finally:
        _remarks.reset(token)


def earlier(submission: Any, name: str, *, shape: tuple[int, ...]) -> torch.Tensor | None:
    """The student's own earlier value as a float64 tensor; None where nothing can be judged by it.

    Nothing can be judged by a value that is missing, no numbers, of another shape, not finite, or
    trivial: one number repeated (a matrix of zeros would make whatever follows right).

    Example:
        >>> own = follow_through.earlier(submission, "z1", shape=(4, 2))
    """
    try:
        found = expect.values(getattr(submission, name), what=name, shape=shape)
        expect.finite(found, what=name)
    except (Mismatch, NameError):
        return None
    except Exception as error:
        # A missing name is told by an exception of the engine's, which this library does not know.
        if getattr(error, "hint", None) is None:
            raise
        return None
    return None if found.numel() > 1 and bool((found == found.flatten()[0]).all()) else found


def close(
    actual: object,
    true: torch.Tensor,
    own: torch.Tensor | None,
    *,
    what: str,
    of: str,
    rtol: float,
    atol: float,
    hint: str | None = None,
) -> None:
    """Check a value by `expect.close`, against the true one or one that follows from the student's.

    Args:
        actual: the student's value.
        true: the right one.
        own: what would follow from the student's earlier value; None where there is none to judge
            by.
        of: the name of that earlier value, for the remark that the student reads.

    Raises:
        Mismatch: it is neither; the message is about the true one.
    """
    try:
        expect.close(actual, true, what=what, rtol=rtol, atol=atol, hint=hint)
    except Mismatch:
        if own is None or not _is_close(actual, own, what, rtol, atol):
            raise
        found = _remarks.get()
        if found is not None:
            found.append(f"right for your own {of}")


def _is_close(actual: object, own: torch.Tensor, what: str, rtol: float, atol: float) -> bool:
    try:
        expect.close(actual, own, what=what, rtol=rtol, atol=atol)
    except (Mismatch, ValueError):
        return False
    return True
