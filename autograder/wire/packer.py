"""Pack Python values for the wire; arrays become dtype, shape and bytes. Both sides use this."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError
from autograder.wire.forms import (
    DTYPE_NAMES,
    NUMPY_DTYPES,
    check_figure,
    extent,
    sendable,
    short,
    tensor_bytes,
)
from autograder.wire.messages import Array, BigInt, Figure, Handle, Mapping, Sequence, Tensor, Value


class Packer:
    """Turns Python values into wire values, gathering the bytes of arrays as it goes.

    Args:
        other: what to make of a value that the table has no form for; it may raise UnsendableError.
    """

    def __init__(self, other: Callable[[Any], Value] | None = None) -> None:
        self.bulk: list[memoryview] = []
        self.tensors: list[torch.Tensor] = []
        self._other = other
        self._elements = 0
        self._collisions = 0
        self._bytes = 0

    def pack(self, value: Any, depth: int = 0) -> Value:
        """The wire's form of `value`.

        Raises:
            UnsendableError: no such form, or beyond a cap.
        """
        self._elements += 1
        if depth > bounds.MAX_DEPTH or self._elements > bounds.MAX_ELEMENTS:
            raise UnsendableError("nested too deeply or too many elements")
        kind = type(value)
        if value is None or kind is bool or kind is float or isinstance(value, Handle):
            return value  # type: ignore[no-any-return]
        if isinstance(value, Figure):
            return self._figure(value.json)
        if kind is int:
            return value if -(2**63) <= value < 2**63 else self._big(value)
        if kind is str:
            if len(value) > bounds.MAX_STRING:
                raise UnsendableError("a string of more than a million characters")
            return value  # type: ignore[no-any-return]
        if isinstance(value, torch.Tensor) and not value.is_complex() and sendable(value):
            return self._tensor(value)
        if isinstance(value, np.ndarray | np.generic) and value.dtype.name in NUMPY_DTYPES:
            return self._array(np.asarray(value))
        if isinstance(value, list | tuple):
            items = [self.pack(item, depth + 1) for item in value]
            return Sequence(items, isinstance(value, tuple))
        if isinstance(value, dict):
            if len(value) > bounds.MAX_PAIRS:
                raise UnsendableError("a dict of more than 5000 entries")
            pairs = [(self.pack(k, depth + 1), self.pack(v, depth + 1)) for k, v in value.items()]
            self._collisions += len(pairs) ** 2
            if self._collisions > bounds.MAX_COLLISIONS or not all(short(key) for key, _ in pairs):
                raise UnsendableError("too many large dicts, or a key of more than 32 values")
            return Mapping(pairs)
        if self._other is None:
            raise UnsendableError("a value of a type that has no form on the wire")
        made = self._other(value)
        return self._figure(made.json) if isinstance(made, Figure) else made

    def pack_state(self, value: torch.Tensor) -> Value:
        """Pack a parameter, a buffer or a gradient for which `sendable` holds, complex too.

        Raises:
            UnsendableError: beyond a cap.
        """
        return self._tensor(value)

    def _figure(self, text: str) -> Figure:
        data = _ascii(text)
        check_figure(data)
        self._add(memoryview(data))
        return Figure(size=len(data))

    def _big(self, value: int) -> BigInt:
        if value.bit_length() > 4096:
            raise UnsendableError("an integer of more than 4096 bits")
        return BigInt(hex(value))

    def _add(self, data: memoryview) -> None:
        self._bytes += data.nbytes
        if self._bytes > bounds.MAX_BULK:
            raise UnsendableError(f"more than {bounds.MAX_BULK} bytes of array data")
        if data.nbytes:
            self.bulk.append(data)

    def _array(self, value: np.ndarray[Any, Any]) -> Array:
        name = value.dtype.name
        if (
            value.ndim > bounds.MAX_DIMENSIONS
            or extent(value.shape) * value.itemsize > bounds.MAX_BULK
        ):
            raise UnsendableError(f"more than {bounds.MAX_BULK} bytes of array data")
        data = np.ascontiguousarray(value, dtype=NUMPY_DTYPES[name])
        self._add(data.reshape(-1).view(np.uint8).data)
        return Array(name, list(value.shape))

    def _tensor(self, value: torch.Tensor) -> Tensor:
        name = DTYPE_NAMES[value.dtype]
        if (
            value.dim() > bounds.MAX_DIMENSIONS
            or extent(value.shape) * value.element_size() > bounds.MAX_BULK
        ):
            raise UnsendableError(f"more than {bounds.MAX_BULK} bytes of tensor data")
        # Dimensions from the largest stride to the smallest: a transposed tensor arrives
        # transposed.
        strides = value.stride()
        order = sorted(range(value.dim()), key=lambda d: -strides[d])
        self._add(tensor_bytes(value.permute(order)))
        self.tensors.append(value)
        return Tensor(name, list(value.shape), order, bool(value.requires_grad), value.device.type)


def _ascii(text: str) -> bytes:
    """JSON in ASCII alone, where each character takes one byte also once it is text again."""
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        escaped = re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match[0])[1:-1], text)
        return escaped.encode("ascii")
