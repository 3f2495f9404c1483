"""Return integers, and the members of tuples, or raise a `Mismatch` that says what was given."""

from __future__ import annotations

import numpy as np
import torch

from course_lib._mismatch import Mismatch, cause_of, kind
from course_lib._numbers import INTEGERS, NUMPY_INTEGERS, tensor


def integer(value: object, *, what: str) -> int:
    """Return an integer: an int, a NumPy integer, or an integer tensor without dimensions.

    Raises:
        Mismatch: it is something else; a bool and a float are no integers here.

    Examples:
        >>> expect.integer(np.int64(3), what="count")
        3
        >>> expect.integer(3.0, what="count")
        Traceback (most recent call last):
        Mismatch: count is a float, expected an int
    """
    if type(value) is int:
        return value
    if isinstance(value, np.integer) and type(value) in NUMPY_INTEGERS:
        return int(value)
    if type(value) is np.ndarray and value.shape == () and value.dtype.kind in "iu":
        return int(value.item())
    if type(value) is torch.Tensor:
        inner = tensor(value, what=what)
        if inner.dim() == 0 and inner.dtype in INTEGERS:
            return int(inner.item())
    raise Mismatch(f"{what} is {kind(value)}, expected an int{cause_of(value)}")


def items(value: object, *, what: str, length: int) -> list[object]:
    """Return the members of a tuple or list of exactly that length.

    Raises:
        Mismatch: it is no tuple or list, or has another length.

    Examples:
        >>> loss, steps = expect.items((0.5, 3), what="fit(x, t)", length=2)
        >>> expect.items(0.5, what="fit(x, t)", length=2)
        Traceback (most recent call last):
        Mismatch: fit(x, t) is a float, expected a tuple of 2 values
    """
    if type(value) is not tuple and type(value) is not list:
        raise Mismatch(
            f"{what} is {kind(value)}, expected a tuple of {length} values{cause_of(value)}"
        )
    if len(value) != length:
        raise Mismatch(f"{what} holds {len(value)} values, expected {length}")
    return list(value)
