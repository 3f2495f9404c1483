"""Convert given numbers to a tensor, or raise a `Mismatch` that says what was given."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from course_lib._mismatch import Mismatch, cause_of, dtype_name, kind, shape_of

FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
INTEGERS = frozenset(
    {
        torch.int8,
        torch.int16,
        torch.int32,
        torch.int64,
        torch.uint8,
        torch.uint16,
        torch.uint32,
        torch.uint64,
    }
)
NUMPY_INTEGERS = frozenset(np.dtype(code).type for code in "bhilqBHILQ")
_NUMPY_FLOATS = frozenset(np.dtype(code).type for code in "efdg")
_DEEPEST = 8  # levels of nested lists; a list that holds itself has no end
_WIDEST_INT = 1000  # bits; a Python int has no bound, a float64 ends at 1024


def values(value: object, *, what: str, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """Return numbers given in any form as a float64 tensor on the CPU, outside any graph.

    Tensors, arrays, nested lists and tuples (of numbers, tensors or arrays), and single numbers
    count, of any float or integer type. They may be nan or infinite: see `finite` and `close`.

    Raises:
        Mismatch: the value is something else, holds something else, is a ragged list, or has
            another shape.

    Examples:
        >>> expect.values([[1, 2], [3, 4]], what="w1", shape=(2, 2)).sum()
        tensor(10., dtype=torch.float64)
        >>> expect.values("1 2", what="w1")
        Traceback (most recent call last):
        Mismatch: w1 is a str, expected numbers
    """
    found = _values(value, what, 0)
    if shape is not None:
        same_shape(found, shape, what)
    return found


def tensor(
    value: object,
    *,
    what: str,
    shape: tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    device: torch.device | None = None,
) -> torch.Tensor:
    """Return the value itself, which is a dense `torch.Tensor` of that shape, dtype and device.

    Raises:
        Mismatch: it is no tensor (a subclass other than `nn.Parameter` is none), or one of another
            kind.

    Examples:
        >>> expect.tensor(np.ones(2), what="y")
        Traceback (most recent call last):
        Mismatch: y is a ndarray, expected a torch tensor
        >>> expect.tensor(torch.ones(2), what="y", dtype=torch.float64)
        Traceback (most recent call last):
        Mismatch: y is float32, expected float64: is a dtype fixed somewhere in the code?
    """
    if type(value) is not torch.Tensor and type(value) is not nn.Parameter:
        raise Mismatch(f"{what} is {kind(value)}, expected a torch tensor{cause_of(value)}")
    if value.layout is not torch.strided or value.device.type == "meta":
        raise Mismatch(f"{what} is a sparse or meta tensor, expected an ordinary one")
    if shape is not None:
        same_shape(value, shape, what)
    if dtype is not None and value.dtype != dtype:
        cause = "is a dtype fixed somewhere in the code?"
        if dtype == torch.bool:
            cause = "compare, with > for example, to get True and False"
        raise Mismatch(
            f"{what} is {dtype_name(value.dtype)}, expected {dtype_name(dtype)}: {cause}"
        )
    if device is not None and not same_device(value.device, device):
        raise Mismatch(
            f"{what} is on {value.device.type}, expected {device.type}: "
            "build new tensors on the device of the arguments"
        )
    return value


def same_shape(value: torch.Tensor, shape: tuple[int, ...], what: str) -> None:
    if tuple(value.shape) != shape:
        raise Mismatch(f"{what} has shape {shape_of(value)}, expected {shape}")


def same_device(one: torch.device, other: torch.device) -> bool:
    return one.type == other.type and (one.index or 0) == (other.index or 0)


def _values(value: object, what: str, depth: int) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return numbers(value, what)
    if type(value) is np.ndarray:
        if value.dtype.kind not in "iuf":
            raise Mismatch(f"{what} is an array of {value.dtype.name}, expected numbers")
        return torch.from_numpy(np.array(value, dtype=np.float64, order="C"))
    if type(value) is list or type(value) is tuple:
        return _stacked(value, what, depth)
    if type(value) is int:
        if value.bit_length() > _WIDEST_INT:
            raise Mismatch(f"{what} holds a number too large to be right")
        return torch.tensor(float(value), dtype=torch.float64)
    if type(value) is float:
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, np.number) and type(value) in NUMPY_INTEGERS | _NUMPY_FLOATS:
        return torch.tensor(float(value), dtype=torch.float64)
    raise Mismatch(
        f"{what} {'is' if depth == 0 else 'holds'} {kind(value)}, expected numbers{cause_of(value)}"
    )


def _stacked(members: list[object] | tuple[object, ...], what: str, depth: int) -> torch.Tensor:
    if depth == _DEEPEST:
        raise Mismatch(f"{what} is a list nested more than {_DEEPEST} levels deep")
    parts = [_values(member, what, depth + 1) for member in members]
    if not parts:
        return torch.empty(0, dtype=torch.float64)
    if any(part.shape != parts[0].shape for part in parts):
        raise Mismatch(f"{what} is a list whose rows have different lengths")
    return torch.stack(parts)


def numbers(value: object, what: str) -> torch.Tensor:
    """A tensor of numbers as float64 on the CPU, outside the graph."""
    inner = tensor(value, what=what)
    if inner.dtype == torch.bool:
        raise Mismatch(f"{what} holds True and False, expected numbers")
    if inner.dtype not in FLOATS and inner.dtype not in INTEGERS:
        raise Mismatch(f"{what} is {dtype_name(inner.dtype)}, expected real numbers")
    return inner.detach().to("cpu", torch.float64)
