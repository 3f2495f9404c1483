"""Unpack values that came over the wire, with checks on every length. Both sides use this."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError, WireError
from autograder.wire.forms import DTYPES, NUMPY_DTYPES, STATE_DTYPES, check_figure, extent, short
from autograder.wire.messages import Array, BigInt, Figure, Mapping, Sequence, Tensor, Value


class Unpacker:
    """Rebuilds exact builtin, ndarray and tensor types out of wire values and the bulk."""

    def __init__(self, bulk: bytearray) -> None:
        self._bulk = bulk
        self._position = 0
        self._elements = 0
        self._collisions = 0

    def unpack(self, value: Value, depth: int = 0) -> Any:
        """The Python value; handles and figures stay as they are.

        Raises:
            WireError: a dtype, shape, number of bytes or depth that no honest sender makes.
        """
        self._elements += 1
        if depth > bounds.MAX_DEPTH or self._elements > bounds.MAX_ELEMENTS:
            raise WireError("nested too deeply or too many elements")
        if isinstance(value, Array):
            return self._array(value)
        if isinstance(value, Tensor):
            return self._tensor(value, DTYPES)
        if isinstance(value, Figure):
            return self._figure(value)
        if isinstance(value, Sequence):
            items = [self.unpack(item, depth + 1) for item in value.items]
            return tuple(items) if value.is_tuple else items
        if isinstance(value, Mapping):
            return self._dict(value, depth)
        if isinstance(value, str) and len(value) > bounds.MAX_STRING:
            raise WireError("a string beyond the cap")
        if isinstance(value, BigInt):
            try:
                return int(value.digits[:1100], 16)
            except ValueError:
                raise WireError("not an integer") from None
        return value

    def unpack_state(self, value: Value) -> torch.Tensor:
        """A parameter, a buffer or a gradient of one: complex too.

        Raises:
            WireError: as of `unpack`, or no tensor.
        """
        if not isinstance(value, Tensor):
            raise WireError("no tensor where a module's state must be")
        return self._tensor(value, STATE_DTYPES)

    def _figure(self, value: Figure) -> Figure:
        try:
            data = self._take([value.size], 1)
            check_figure(data)
            return Figure(data.decode("ascii"))
        except (UnsendableError, UnicodeDecodeError):
            raise WireError("not a figure") from None

    def check_keys(self, value: Mapping) -> None:
        """Check that building this dict and earlier ones takes little time, whatever the keys.

        Raises:
            WireError: too many entries in large dicts, or a key of too many values.
        """
        self._collisions += len(value.pairs) ** 2
        if self._collisions > bounds.MAX_COLLISIONS or not all(
            short(key) for key, _ in value.pairs
        ):
            raise WireError("too many large dicts, or a key of too many values")

    def end(self) -> None:
        """Check that every byte of the bulk was named.

        Raises:
            WireError: some are left over.
        """
        if self._position != len(self._bulk):
            raise WireError("bytes left over")

    def _dict(self, value: Mapping, depth: int) -> dict[Any, Any]:
        self.check_keys(value)
        result = {}
        for key, item in value.pairs:
            rebuilt = self.unpack(key, depth + 1)
            if not isinstance(rebuilt, str | int | float | tuple | None):
                raise WireError("a dict's key that is neither text nor a number")
            try:
                result[rebuilt] = self.unpack(item, depth + 1)
            except TypeError:
                raise WireError("a dict's key that can't be one") from None
        return result

    def _take(self, shape: list[int], itemsize: int) -> bytearray:
        if (
            len(shape) > bounds.MAX_DIMENSIONS
            or any(size < 0 for size in shape)
            or extent(shape) * itemsize > bounds.MAX_BULK
        ):
            raise WireError("not a shape")
        length = math.prod(shape) * itemsize
        if length > len(self._bulk) - self._position:
            raise WireError("an array with fewer bytes than its shape needs")
        taken = self._bulk[self._position : self._position + length]
        self._position += length
        return taken

    def _array(self, value: Array) -> np.ndarray[Any, Any]:
        dtype = NUMPY_DTYPES.get(value.dtype)
        if dtype is None:
            raise WireError("not a dtype")
        taken = self._take(value.shape, dtype.itemsize)
        try:
            flat = np.frombuffer(taken, dtype=dtype)
            return (_truth(taken) if dtype.kind == "b" else flat).reshape(value.shape)
        except ValueError:
            raise WireError("not a shape") from None

    def _tensor(self, value: Tensor, known: dict[str, torch.dtype]) -> torch.Tensor:
        dtype = known.get(value.dtype)
        if dtype is None or sorted(value.order) != list(range(len(value.shape))):
            raise WireError("not a dtype, or not an order of dimensions")
        laid_out = [value.shape[d] for d in value.order]
        taken = self._take(value.shape, dtype.itemsize)
        try:
            if dtype is torch.bool:
                flat = torch.from_numpy(_truth(taken))
            else:
                flat = (
                    torch.frombuffer(taken, dtype=dtype) if taken else torch.empty(0, dtype=dtype)
                )
            rebuilt = flat.reshape(laid_out)
        except (RuntimeError, ValueError, OverflowError):
            raise WireError("not a shape") from None
        inverse = [value.order.index(d) for d in range(len(value.order))]
        return rebuilt.permute(inverse)


def _truth(data: bytearray) -> np.ndarray[Any, Any]:
    """Booleans out of bytes: any other than 0 and 1 would make arithmetic on them undefined."""
    return np.not_equal(np.frombuffer(data, dtype=np.uint8), 0)
