"""The wire between the trusted worker and the student's side: the one module that both share.

A frame is `header length (4 bytes) | bulk length (8 bytes) | header | bulk`. The header is msgpack, decoded
by msgspec into one of the types below and nothing else; the bulk holds the bytes of arrays and tensors one
after the other, in the order in which the header names them. Nothing is unpickled, evaluated or looked up by
a name that the other side chose, and lengths are checked before anything is allocated for them.
"""

from __future__ import annotations

import math
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import msgspec
import numpy as np
import torch

MAX_HEADER = 4 * 2**20
MAX_BULK = 64 * 2**20  # a process sets its own, at its start, from `limits.frame_mib`
MAX_DEPTH = 24
MAX_ELEMENTS = 250_000
MAX_DIMENSIONS = 16
MAX_STRING = 2**20
MAX_PAIRS = 5_000  # of one dict: keys can be chosen so that all of them collide, which takes time squared
MAX_COLLISIONS = 4 * MAX_PAIRS**2  # of one frame: the sum of the squares of its dicts' lengths
MAX_KEY = 32  # values in one key: keys that collide are compared value by value
_MOST_PARTS = 64  # in one system call
_PREFIX = struct.Struct(">IQ")

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

_DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_NUMPY_DTYPES = {name: np.dtype(name) for name in DTYPES if name != "bfloat16"}
_NUMPY_DTYPES |= {"uint16": np.dtype("uint16"), "uint32": np.dtype("uint32"), "uint64": np.dtype("uint64")}


class WireError(Exception):
    """The other side sent something that is no frame of ours, or nothing at all in time."""


class WireTimeoutError(WireError):
    """The deadline passed before a whole frame had come."""


class WireClosedError(WireError):
    """The other side is gone."""


class UnsendableError(Exception):
    """A value has no form on the wire, or is beyond its caps."""


# --- The closed table of values: None, bool, int, float and str stand for themselves. ---


class BigInt(msgspec.Struct, frozen=True, tag="i"):
    """An integer beyond 64 bits, in hexadecimal."""

    digits: str


class Sequence(msgspec.Struct, frozen=True, tag="s"):
    """A list or a tuple."""

    items: list[Value]
    is_tuple: bool = False


class Mapping(msgspec.Struct, frozen=True, tag="m"):
    """A dict, as pairs in order."""

    pairs: Annotated[list[tuple[Value, Value]], msgspec.Meta(max_length=MAX_PAIRS)]


class Array(msgspec.Struct, frozen=True, tag="a"):
    """An ndarray; its bytes are in the bulk, in C order."""

    dtype: str
    shape: list[int]


class Tensor(msgspec.Struct, frozen=True, tag="t"):
    """A tensor; its bytes are in the bulk, laid out in the order of dimensions that `order` gives."""

    dtype: str
    shape: list[int]
    order: list[int]
    requires_grad: bool = False
    device: str = "cpu"


class Figure(msgspec.Struct, frozen=True, tag="f"):
    """A Plotly figure, as the JSON that plotly.js reads."""

    json: str


class Handle(msgspec.Struct, frozen=True, tag="h"):
    """An object that stays where it is; `kind` is function, class, module (an nn.Module) or object."""

    id: int
    kind: str = "object"


Value = None | bool | int | float | str | BigInt | Sequence | Mapping | Array | Tensor | Figure | Handle


# --- Worker → notebook process ---


class RunCell(msgspec.Struct, frozen=True, tag="run"):
    """Run one cell; answered by `CellDone`."""

    index: int
    source: str


class ForkTest(msgspec.Struct, frozen=True, tag="fork"):
    """Fork a process that answers tests on the descriptor that comes along; answered by `Forked`.

    `in_place`: be that process, instead of forking it, and end with it.
    """

    seed: int
    in_place: bool = False


# --- Notebook process → worker ---


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The walls stand and nothing of the student's has run yet: the first message of a notebook process."""


class CellDone(msgspec.Struct, frozen=True, tag="done"):
    """A cell has ended; `outputs` is a JSON list of nbformat outputs."""

    index: int
    ok: bool
    outputs: str


class Forked(msgspec.Struct, frozen=True, tag="forked"):
    """Whether the process for a test could be forked."""

    ok: bool


# --- Worker → test process ---


class Lookup(msgspec.Struct, frozen=True, tag="lookup"):
    """The value of a global name of the notebook."""

    name: str


class Attribute(msgspec.Struct, frozen=True, tag="attribute"):
    """An attribute of an object that stayed there."""

    target: Handle
    name: str


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Call an object with values; tensors that require grad are leaves of a graph kept under `graph`."""

    target: Handle
    args: list[Value]
    kwargs: dict[str, Value]
    graph: int | None = None
    state: list[tuple[str, Value]] | None = None


class Drive(msgspec.Struct, frozen=True, tag="drive"):
    """Call the function `name` of a driver's source with the notebook's namespace and values."""

    source: str
    name: str
    args: list[Value]
    kwargs: dict[str, Value]


class Backward(msgspec.Struct, frozen=True, tag="backward"):
    """Gradients of a graph's inputs and parameters, given those of its outputs (None: no gradient)."""

    graph: int
    gradients: list[Value]


class ModuleState(msgspec.Struct, frozen=True, tag="state"):
    """Parameters and buffers of a module, after an optional change of values, dtype or mode, in this order."""

    target: Handle
    state: list[tuple[str, Value]] = []
    dtype: str | None = None
    device: str | None = None
    training: bool | None = None


# --- Test process → worker ---


class Result(msgspec.Struct, frozen=True, tag="result"):
    """What a request gave.

    `changed` holds the arguments that the call changed in place, by position or name; `state` the buffers of
    the module that was called. A tensor in `value` that requires grad is an output of the call's graph.
    """

    value: Value
    changed: list[tuple[int | str, Value]] = []
    state: list[tuple[str, Value]] = []


class ModuleDescription(msgspec.Struct, frozen=True, tag="module"):
    """A module's parameters and buffers by name; equal numbers stand for one shared parameter."""

    parameters: list[tuple[str, int, Value]]
    buffers: list[tuple[str, Value]]
    training: bool


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The student's code raised, in line `line` of cell number `cell`. No text of theirs comes along."""

    kind: str
    cell: int | None = None
    line: int | None = None


class Missing(msgspec.Struct, frozen=True, tag="missing"):
    """There is no such name or attribute."""


class Unsendable(msgspec.Struct, frozen=True, tag="unsendable"):
    """A value was too large or too deep to be sent."""


Message = (
    RunCell
    | ForkTest
    | Ready
    | CellDone
    | Forked
    | Lookup
    | Attribute
    | Call
    | Drive
    | Backward
    | ModuleState
    | Result
    | ModuleDescription
    | Raised
    | Missing
    | Unsendable
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


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
        if depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise UnsendableError("nested too deeply or too many elements")
        kind = type(value)
        if value is None or kind is bool or kind is float or isinstance(value, Handle | Figure):
            return value  # type: ignore[no-any-return]
        if kind is int:
            return value if -(2**63) <= value < 2**63 else self._big(value)
        if kind is str:
            if len(value) > MAX_STRING:
                raise UnsendableError("a string of more than a million characters")
            return value  # type: ignore[no-any-return]
        if isinstance(value, torch.Tensor) and value.dtype in _DTYPE_NAMES and value.layout is torch.strided:
            return self._tensor(value)
        if isinstance(value, np.ndarray | np.generic) and value.dtype.name in _NUMPY_DTYPES:
            return self._array(np.asarray(value))
        if isinstance(value, list | tuple):
            items = [self.pack(item, depth + 1) for item in value]
            return Sequence(items, isinstance(value, tuple))
        if isinstance(value, dict):
            if len(value) > MAX_PAIRS:
                raise UnsendableError("a dict of more than 5000 entries")
            pairs = [(self.pack(k, depth + 1), self.pack(v, depth + 1)) for k, v in value.items()]
            self._collisions += len(pairs) ** 2
            if self._collisions > MAX_COLLISIONS or not all(_short(key) for key, _ in pairs):
                raise UnsendableError("too many large dicts, or a key of more than 32 values")
            return Mapping(pairs)
        if self._other is None:
            raise UnsendableError("a value of a type that has no form on the wire")
        return self._other(value)

    def _big(self, value: int) -> BigInt:
        if value.bit_length() > 4096:
            raise UnsendableError("an integer of more than 4096 bits")
        return BigInt(hex(value))

    def _add(self, data: memoryview) -> None:
        self._bytes += data.nbytes
        if self._bytes > MAX_BULK:
            raise UnsendableError(f"more than {MAX_BULK} bytes of array data")
        if data.nbytes:
            self.bulk.append(data)

    def _array(self, value: np.ndarray[Any, Any]) -> Array:
        name = value.dtype.name
        if value.ndim > MAX_DIMENSIONS or _extent(value.shape) * value.itemsize > MAX_BULK:
            raise UnsendableError(f"more than {MAX_BULK} bytes of array data")
        data = np.ascontiguousarray(value, dtype=_NUMPY_DTYPES[name])
        self._add(data.reshape(-1).view(np.uint8).data)
        return Array(name, list(value.shape))

    def _tensor(self, value: torch.Tensor) -> Tensor:
        name = _DTYPE_NAMES[value.dtype]
        if value.dim() > MAX_DIMENSIONS or _extent(value.shape) * value.element_size() > MAX_BULK:
            raise UnsendableError(f"more than {MAX_BULK} bytes of tensor data")
        # Dimensions from the largest stride to the smallest: a transposed tensor arrives transposed.
        strides = value.stride()
        order = sorted(range(value.dim()), key=lambda d: -strides[d])
        self._add(tensor_bytes(value.permute(order)))
        self.tensors.append(value)
        return Tensor(name, list(value.shape), order, bool(value.requires_grad), value.device.type)


def tensor_bytes(value: torch.Tensor) -> memoryview:
    """The bytes of a tensor's elements, in C order."""
    dense = value.detach().cpu().resolve_neg().contiguous()
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
        if depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise WireError("nested too deeply or too many elements")
        if isinstance(value, Array):
            return self._array(value)
        if isinstance(value, Tensor):
            return self._tensor(value)
        if isinstance(value, Sequence):
            items = [self.unpack(item, depth + 1) for item in value.items]
            return tuple(items) if value.is_tuple else items
        if isinstance(value, Mapping):
            return self._dict(value, depth)
        if isinstance(value, str) and len(value) > MAX_STRING:
            raise WireError("a string beyond the cap")
        if isinstance(value, BigInt):
            try:
                return int(value.digits[:1100], 16)
            except ValueError:
                raise WireError("not an integer") from None
        return value

    def check_keys(self, value: Mapping) -> None:
        """Check that building this dict, and those before it, takes no time to speak of, whatever the keys are.

        Raises:
            WireError: too many entries in large dicts, or a key of too many values.
        """
        self._collisions += len(value.pairs) ** 2
        if self._collisions > MAX_COLLISIONS or not all(_short(key) for key, _ in value.pairs):
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
        if len(shape) > MAX_DIMENSIONS or any(size < 0 for size in shape) or _extent(shape) * itemsize > MAX_BULK:
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

    def _tensor(self, value: Tensor) -> torch.Tensor:
        dtype = DTYPES.get(value.dtype)
        if dtype is None or sorted(value.order) != list(range(len(value.shape))):
            raise WireError("not a dtype, or not an order of dimensions")
        laid_out = [value.shape[d] for d in value.order]
        taken = self._take(value.shape, dtype.itemsize)
        try:
            if dtype is torch.bool:
                flat = torch.from_numpy(_truth(taken))
            else:
                flat = torch.frombuffer(taken, dtype=dtype) if taken else torch.empty(0, dtype=dtype)
            rebuilt = flat.reshape(laid_out)
        except (RuntimeError, ValueError, OverflowError):
            raise WireError("not a shape") from None
        inverse = [value.order.index(d) for d in range(len(value.order))]
        return rebuilt.permute(inverse)


def _short(key: Value) -> bool:
    """Whether a dict's key holds at most so many values, itself among them, however deep."""
    return _count(key, MAX_KEY) >= 0


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
    """The number of elements, where an empty dimension counts as one: nobody computes with a shape of (0, 2**60)."""
    return math.prod(max(size, 1) for size in shape)


def send(sock: socket.socket, message: Message, bulk: list[memoryview] | None = None, timeout: float = 60.0) -> None:
    """Send one frame.

    Raises:
        UnsendableError: the header is beyond its cap, or holds text that is not Unicode (nothing was sent).
        WireClosedError: the other side is gone.
        WireTimeoutError: the other side did not take it in `timeout` seconds.
    """
    try:
        header = _encoder.encode(message)
    except UnicodeEncodeError:
        raise UnsendableError("text with lone surrogates") from None
    if len(header) > MAX_HEADER:
        raise UnsendableError("more than 4 MiB of values that are not arrays")
    parts = [memoryview(part).cast("B") for part in bulk or () if part.nbytes]
    size = sum(part.nbytes for part in parts)
    _transfer(
        lambda views: sock.sendmsg(views, (), socket.MSG_DONTWAIT),
        [memoryview(_PREFIX.pack(len(header), size) + header), *parts], sock, select.POLLOUT,
        time.monotonic() + timeout,
    )  # fmt: skip


def receive(sock: socket.socket, deadline: float) -> tuple[Message, bytearray]:
    """One frame, whole, before `deadline` (time.monotonic).

    Raises:
        WireTimeoutError: the deadline passed; it holds for the frame, not for each read.
        WireClosedError: the other side closed.
        WireError: not a frame: a length beyond the caps, or a header that no type above fits.
    """
    prefix = bytearray(_PREFIX.size)
    _wait(sock, deadline, select.POLLIN)
    _read(sock, [prefix], deadline)
    header_length, bulk_length = _PREFIX.unpack(prefix)
    if header_length > MAX_HEADER or bulk_length > MAX_BULK:
        raise WireError("a frame beyond the caps")
    header, bulk = bytearray(header_length), bytearray(bulk_length)
    _read(sock, [header, bulk], deadline)
    try:
        return _decoder.decode(header), bulk
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise WireError("not a message") from None


def wait(sock: socket.socket, deadline: float) -> None:
    """Wait until a frame begins, or the other side closes.

    Raises:
        WireTimeoutError: neither came before `deadline` (time.monotonic).
    """
    _wait(sock, deadline, select.POLLIN)


def _read(sock: socket.socket, buffers: list[bytearray], deadline: float) -> None:
    """Fill the buffers, the last of which may be empty."""
    views = [memoryview(buffer) for buffer in buffers if buffer]
    _transfer(lambda views: sock.recvmsg_into(views, 0, socket.MSG_DONTWAIT)[0], views, sock, select.POLLIN, deadline)


def _transfer(
    step: Callable[[list[memoryview]], int], views: list[memoryview], sock: socket.socket, event: int, deadline: float
) -> None:
    """Repeat a step, which sends or fills the first bytes of the views and says how many, until none is left."""
    while views:
        try:
            count = step(views[:_MOST_PARTS])
        except BlockingIOError:
            _wait(sock, deadline, event)
            continue
        except OSError:
            count = 0
        if count == 0:
            raise WireClosedError("the other side is gone")
        while views and count >= views[0].nbytes:
            count -= views.pop(0).nbytes
        if views:
            views[0] = views[0][count:]
            if time.monotonic() > deadline:
                raise WireTimeoutError("no answer in time")


def _wait(sock: socket.socket, deadline: float, event: int) -> None:
    poll = select.poll()
    poll.register(sock, event)
    remaining = min(deadline - time.monotonic(), 86_400.0)
    if remaining <= 0 or not poll.poll(math.ceil(remaining * 1000)):
        raise WireTimeoutError("no answer in time")
