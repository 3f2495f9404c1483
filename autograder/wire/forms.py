"""Define which values can cross the wire, and how large they may be. Both sides use this."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError
from autograder.wire.messages import Sequence, Value

DTYPES: dict[str, torch.dtype] = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "bool": torch.bool,
}
"""The element types that cross the wire. Arrays know all of them but bfloat16."""

STATE_DTYPES = DTYPES | {"complex64": torch.complex64, "complex128": torch.complex128}
"""Those of parameters, buffers and their gradients: as a result, a complex tensor has no form."""

DTYPE_NAMES = {dtype: name for name, dtype in STATE_DTYPES.items()}
NUMPY_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}
NUMPY_DTYPES |= {
    "uint16": np.dtype("uint16"),
    "uint32": np.dtype("uint32"),
    "uint64": np.dtype("uint64"),
}


def sendable(value: torch.Tensor) -> bool:
    """Whether a tensor can cross the wire: of a known type, with a size and bytes of its own."""
    return (
        not is_lazy(value)
        and value.dtype in DTYPE_NAMES
        and value.layout is torch.strided
        and not value.is_meta
    )


def check_figure(data: bytes | bytearray) -> None:
    """Check that a figure's JSON takes, when parsed, a few times its own size at most.

    Raises:
        UnsendableError: it is too large, or has too many values, lists and dicts.
    """
    lists = data.count(b"[") + data.count(b"{")
    if (
        len(data) > bounds.MAX_FIGURE
        or lists > bounds.MAX_FIGURE_CONTAINERS
        or lists + data.count(b",") > bounds.MAX_FIGURE_VALUES
    ):
        raise UnsendableError("a figure of too many bytes or values")


def tensor_bytes(value: torch.Tensor) -> memoryview:
    """The bytes of a tensor's elements, in C order."""
    dense = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    # Not reshape: a single element may keep a stride of its own.
    return dense.as_strided((dense.numel(),), (1,)).view(torch.uint8).numpy().data


def short(key: Value) -> bool:
    """Whether a dict's key holds at most so many values, itself among them, however deep."""
    return _count(key, bounds.MAX_KEY) >= 0


def _count(value: Value, left: int) -> int:
    """How many of `left` values remain after those of this one; negative if it has more."""
    left -= 1
    if isinstance(value, Sequence):
        for item in value.items:
            if left < 0:
                break
            left = _count(item, left)
    return left


def extent(shape: Iterable[int]) -> int:
    """The number of elements, where an empty dimension counts as
    one: nobody computes with a shape of (0, 2**60).
    """
    return math.prod(max(size, 1) for size in shape)
