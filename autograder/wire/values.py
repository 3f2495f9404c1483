"""From Python values to wire values and back; arrays as dtype, shape and bytes.

Both sides use this.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError, WireError
from autograder.wire.messages import Array, BigInt, Figure, Handle, Mapping, Sequence, Tensor, Value

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

_DTYPE_NAMES = {dtype: name for name, dtype in STATE_DTYPES.items()}
_NUMPY_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}
_NUMPY_DTYPES |= {
    "uint16": np.dtype("uint16"),
    "uint32": np.dtype("uint32"),
    "uint64": np.dtype("uint64"),
}


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
        if isinstance(value, np.ndarray | np.generic) and value.dtype.name in _NUMPY_DTYPES:
            return self._array(np.asarray(value))
        if isinstance(value, list | tuple):
            items = [self.pack(item, depth + 1) for item in value]
            return Sequence(items, isinstance(value, tuple))
        if isinstance(value, dict):
            if len(value) > bounds.MAX_PAIRS:
                raise UnsendableError("a dict of more than 5000 entries")
            pairs = [(self.pack(k, depth + 1), self.pack(v, depth + 1)) for k, v in value.items()]
            self._collisions += len(pairs) ** 2
            if self._collisions > bounds.MAX_COLLISIONS or not all(_short(key) for key, _ in pairs):
                raise UnsendableError("too many large dicts, or a key of more than 32 values")
            return Mapping(pairs)
        if self._other is None:
            raise UnsendableError("a value of a type that has no form on the wire")
        made = self._other(value)
        return self._figure(made.json) if isinstance(made, Figure) else made

    def pack_state(self, value: torch.Tensor) -> Value:
        """The wire's form of a parameter, a buffer or a gradient
        of one, for which `sendable` holds: complex too.

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
            or _extent(value.shape) * value.itemsize > bounds.MAX_BULK
        ):
            raise UnsendableError(f"more than {bounds.MAX_BULK} bytes of array data")
        data = np.ascontiguousarray(value, dtype=_NUMPY_DTYPES[name])
        self._add(data.reshape(-1).view(np.uint8).data)
        return Array(name, list(value.shape))

    def _tensor(self, value: torch.Tensor) -> Tensor:
        name = _DTYPE_NAMES[value.dtype]
        if (
            value.dim() > bounds.MAX_DIMENSIONS
            or _extent(value.shape) * value.element_size() > bounds.MAX_BULK
        ):
            raise UnsendableError(f"more than {bounds.MAX_BULK} bytes of tensor data")
        # Dimensions from the largest stride to the smallest: a transposed tensor arrives
        # transposed.
        strides = value.stride()
        order = sorted(range(value.dim()), key=lambda d: -strides[d])
        self._add(tensor_bytes(value.permute(order)))
        self.tensors.append(value)
        return Tensor(name, list(value.shape), order, bool(value.requires_grad), value.device.type)


def sendable(value: torch.Tensor) -> bool:
    """Whether a tensor has a form on the wire: of a known type,
    with a size and bytes of its own.
    """
    return (
        not is_lazy(value)
        and value.dtype in _DTYPE_NAMES
        and value.layout is torch.strided
        and not value.is_meta
    )


def check_figure(data: bytes | bytearray) -> None:
    """Check that the JSON of a figure, once it is parsed, takes
    little memory: at most a few times its own size.

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


def _ascii(text: str) -> bytes:
    """JSON in ASCII alone, where each character takes one byte also once it is text again."""
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        escaped = re.sub(r"[^\x00-\x7f]", lambda match: json.dumps(match[0])[1:-1], text)
        return escaped.encode("ascii")


def tensor_bytes(value: torch.Tensor) -> memoryview:
    """The bytes of a tensor's elements, in C order."""
    dense = value.detach().cpu().resolve_conj().resolve_neg().contiguous()
    # Not reshape: a single element may keep a stride of its own.
    return dense.as_strided((dense.numel(),), (1,)).view(torch.uint8).numpy().data


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
        """Check that building this dict, and those before it,
        takes no time to speak of, whatever the keys are.

        Raises:
            WireError: too many entries in large dicts, or a key of too many values.
        """
        self._collisions += len(value.pairs) ** 2
        if self._collisions > bounds.MAX_COLLISIONS or not all(
            _short(key) for key, _ in value.pairs
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
            or _extent(shape) * itemsize > bounds.MAX_BULK
        ):
            raise WireError("not a shape")
        length = math.prod(shape) * itemsize
        if length > len(self._bulk) - self._position:
            raise WireError("an array with fewer bytes than its shape needs")
        taken = self._bulk[self._position : self._position + length]
        self._position += length
        return taken

    def _array(self, value: Array) -> np.ndarray[Any, Any]:
        dtype = _NUMPY_DTYPES.get(value.dtype)
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


def _short(key: Value) -> bool:
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


def _truth(data: bytearray) -> np.ndarray[Any, Any]:
    """Booleans out of bytes: any other than 0 and 1 would make arithmetic on them undefined."""
    return np.not_equal(np.frombuffer(data, dtype=np.uint8), 0)


def _extent(shape: Iterable[int]) -> int:
    """The number of elements, where an empty dimension counts as
    one: nobody computes with a shape of (0, 2**60).
    """
    return math.prod(max(size, 1) for size in shape)
