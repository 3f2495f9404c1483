"""The wire: what goes in comes out in exact types, and nothing
that the other side sends does any harm.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_values

from autograder import wire
from autograder.proxy.channel import Channel, StudentFault
from autograder.proxy.objects import RemoteObject, RemoteSubmission
from autograder.student.test_process import Answers
from autograder.wire import (
    Array,
    BigInt,
    Figure,
    Handle,
    Lookup,
    Mapping,
    Packer,
    Result,
    Sequence,
    Tensor,
    UnsendableError,
    WireClosedError,
    WireError,
    WireTimeoutError,
    bounds,
)

Pair = tuple[socket.socket, socket.socket]
quick = settings(max_examples=150)


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


def exchange(send: Callable[[socket.socket], None]) -> tuple[wire.Message, bytearray]:
    """A frame sent from a thread of its own, since it may not fit a socket's buffer."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=send, args=[ours])
    with ours:
        with theirs:
            thread.start()
            received = wire.receive(theirs, soon(20))
        thread.join()
    return received


def through(value: object, other: Callable[[Any], wire.Value] | None = None) -> Any:
    """A value after its way over a socket."""
    packer = Packer(other)
    packed = Result(packer.pack(value))
    message, bulk = exchange(lambda sock: wire.send(sock, packed, packer.bulk))
    assert isinstance(message, Result)
    unpacker = wire.Unpacker(bulk)
    rebuilt = unpacker.unpack(message.value)
    unpacker.end()
    return rebuilt


def unpack_everything(message: wire.Message, bulk: bytearray) -> list[Any]:
    """What the worker does with the values of any answer."""
    unpacker = wire.Unpacker(bulk)
    rebuilt = []
    if isinstance(message, Result):
        values = [message.value, *(v for _, v in message.changed), *(v for _, v in message.state)]
        rebuilt = [unpacker.unpack(value) for value in values]
    elif isinstance(message, wire.ModuleDescription):
        values = [*(v for *_, v in message.parameters), *(v for _, v in message.buffers)]
        rebuilt = [unpacker.unpack(value) for value in values]
    unpacker.end()
    return rebuilt


def receive_bytes(data: bytes, deadline: float = 5.0) -> tuple[wire.Message, bytearray]:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(data)
        return wire.receive(theirs, soon(deadline))


def frame(header: bytes, bulk: bytes = b"") -> bytes:
    return struct.pack(">IQ", len(header), len(bulk)) + header + bulk


def same(one: Any, other: Any) -> bool:
    """Equal in value and in exact type, NaN included, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, np.ndarray):
        return bool(
            one.dtype == other.dtype
            and one.shape == other.shape
            and one.tobytes() == other.tobytes()
        )
    if isinstance(one, torch.Tensor):
        equal = one.dtype == other.dtype and one.shape == other.shape
        return equal and torch.allclose(
            one.double(), other.double(), rtol=0, atol=0, equal_nan=True
        )
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other)
    return bool(one == other)


# --- Round trips ---


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**63 - 1, -(2**63), 0.0, -0.0, math.inf, math.nan, 5e-324, "",
        "ReLU → ☺\0",
        [], (), {},
        [1, (2.0, [None, "x"]), {"k": (True,), 3: [4], (1, 2): 0.5, None: None, 1.5: "f"}],
        [[[]], ((),), {"a": {"b": {}}}],
    ],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(value: object) -> None:
    assert same(through(value), value)


@pytest.mark.parametrize("value", [2**63, 2**64, -(2**63) - 1, 10**300, -(10**300), 2**4095])
def test_big_integers_come_back(value: int) -> None:
    assert same(through(value), value)


@pytest.mark.parametrize("name", wire.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4), (1, 1), (5, 1)])
def test_tensors_of_every_dtype_and_shape_come_back(name: str, shape: tuple[int, ...]) -> None:
    value = (torch.arange(math.prod(shape)).reshape(shape) % 7 - 2).to(wire.DTYPES[name])
    assert same(through(value), value)


@pytest.mark.parametrize(
    "name", [*sorted(wire.DTYPES.keys() - {"bfloat16"}), "uint16", "uint32", "uint64"]
)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (0, 4), (1, 2, 1)])
def test_arrays_of_every_dtype_and_shape_come_back(name: str, shape: tuple[int, ...]) -> None:
    value = np.arange(math.prod(shape)).reshape(shape).astype(name)
    assert same(through(value), value)


@pytest.mark.parametrize(
    "value",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
        torch.arange(12.0).reshape(3, 4)[:, ::2],
        torch.arange(10.0)[3:7],
        torch.tensor(3.0).expand(4, 5),
        torch.arange(3.0).expand(4, 3),
        torch.complex(torch.arange(3.0), torch.arange(3.0) + 1).conj().imag,
    ],
)
def test_tensors_that_are_not_contiguous_keep_values_and_order_of_strides(
    value: torch.Tensor,
) -> None:
    rebuilt = through(value)
    assert same(rebuilt, value)
    dense = [d for d in range(value.dim()) if value.stride(d)]
    assert sorted(dense, key=rebuilt.stride) == sorted(dense, key=value.stride)
    assert rebuilt.untyped_storage().nbytes() == value.numel() * value.element_size()


def test_a_transposed_tensor_arrives_transposed_and_can_not_be_viewed() -> None:
    rebuilt = through(torch.arange(6.0).reshape(2, 3).T)
    assert not rebuilt.is_contiguous()
    assert rebuilt.T.is_contiguous()


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(10)[::-2],
        np.arange(3, dtype=">f8"),
        np.broadcast_to(np.float32(2), (3, 4)),
    ],
)
def test_arrays_that_are_not_contiguous_or_not_native_keep_their_values(
    value: np.ndarray[Any, Any],
) -> None:
    rebuilt = through(value)
    assert type(rebuilt) is np.ndarray
    assert rebuilt.dtype.isnative
    np.testing.assert_array_equal(rebuilt, value)


@pytest.mark.parametrize(
    "value", [np.float64(1.5), np.float32(1.5), np.int8(-3), np.bool_(True), np.uint64(2**64 - 1)]
)
def test_numpy_scalars_arrive_as_arrays_without_dimensions(value: np.generic) -> None:
    assert same(through(value), np.asarray(value))


def test_rebuilt_arrays_and_tensors_can_be_written_and_share_nothing() -> None:
    first, second = through([np.zeros(3), torch.zeros(3)])
    first += 1
    second += 2
    assert first.tolist() == [1, 1, 1]
    assert second.tolist() == [2, 2, 2]


def test_many_arrays_keep_their_order() -> None:
    value = {i: [np.full(i % 5, i), torch.full((i % 3, 2), float(i))] for i in range(50)}
    assert same(through(value), value)


class OwnTensor(torch.Tensor):
    """Claims to equal everything."""

    def __eq__(self, other: object) -> Any:
        return True

    __hash__ = torch.Tensor.__hash__


class OwnArray(np.ndarray[Any, Any]):
    """An array that could compare as it likes."""


class OwnFloat(float):
    """A number that could compare as it likes."""


class OwnInt(int):
    """The same with whole numbers."""


class OwnStr(str):
    """The same with text."""


class OwnList(list[Any]):
    """The same with lists."""


class OwnDict(dict[Any, Any]):
    """The same with dicts."""


class OwnTuple(tuple[Any, ...]):
    """The same with tuples."""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (torch.arange(3.0).as_subclass(OwnTensor), torch.arange(3.0)),
        (torch.nn.Parameter(torch.arange(3.0)), torch.arange(3.0)),
        (np.arange(3).view(OwnArray), np.arange(3)),
        (np.ma.masked_array([1.0, 2.0], mask=[True, False]), np.array([1.0, 2.0])),
        (OwnList([1]), [1]),
        (OwnDict(a=1), {"a": 1}),
        (OwnTuple([1, 2]), (1, 2)),
    ],
)
def test_subclasses_do_not_survive(value: object, expected: object) -> None:
    assert same(through(value), expected)
    assert same(through([(value, {"k": value})]), [(expected, {"k": expected})])


@pytest.mark.parametrize(
    "value", [OwnFloat(1), OwnInt(1), OwnStr("s"), object(), {1}, b"bytes", 1j, torch.float32]
)
def test_what_has_no_form_is_left_to_the_caller(value: object) -> None:
    with pytest.raises(UnsendableError):
        Packer().pack(value)
    seen: list[object] = []

    def note(given: Any) -> wire.Value:
        seen.append(given)
        return Handle(7)

    assert through([value], note) == [Handle(7)]
    assert seen[0] is value


def test_handles_and_figures_stay_what_they_are() -> None:
    assert through([Handle(3, "module"), Figure('{"data": []}')]) == [
        Handle(3, "module"),
        Figure('{"data": []}'),
    ]


leaves = (
    st.none() | st.booleans() | st.integers() | st.integers(-(2**4000),
    2**4000) | st.floats() | st.text(max_size=20)
    | numpy_values.arrays(
        st.sampled_from(["float32", "float64", "int16", "uint64", "bool"]),
        numpy_values.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    )
)  # fmt: skip
keys = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.tuples(st.integers(), st.text(max_size=3))
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | numpy_values.arrays("float64", (2, 3)).map(torch.from_numpy)
    ),
    max_leaves=12,
)


@quick
@given(values)
def test_every_value_comes_back_as_it_was(value: object) -> None:
    assert same(through(value), value)


# --- Values beyond the caps are not sent ---


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    "value",
    [
        nested(bounds.MAX_DEPTH + 1),
        ENDLESS,
        [None] * bounds.MAX_ELEMENTS,
        "x" * (bounds.MAX_STRING + 1),
        2**4096,
        dict.fromkeys(range(bounds.MAX_PAIRS + 1)),
        [dict.fromkeys(range(bounds.MAX_PAIRS))] * 5,
        {((1,) * 20, (2,) * 20): 1},
        torch.zeros(1).expand(10**6, 10**6),
        torch.zeros(0, 2**40),
        np.broadcast_to(np.zeros(1), (10**6, 10**6)),
        [torch.zeros(2**20)] * 17,
        torch.zeros([1] * 17),
        np.zeros([1] * 17),
    ],
    ids=str,
)
def test_values_beyond_the_caps_are_refused_before_they_are_copied(value: object) -> None:
    start = time.process_time()
    with pytest.raises(UnsendableError):
        Packer().pack(value)
    assert time.process_time() - start < 2


def test_values_at_the_caps_are_sent() -> None:
    assert through(nested(bounds.MAX_DEPTH)) == nested(bounds.MAX_DEPTH)
    Packer().pack([None] * (bounds.MAX_ELEMENTS - 1))
    Packer().pack("x" * bounds.MAX_STRING)
    Packer().pack([torch.zeros(2**20)] * 16)


def test_a_header_beyond_its_cap_is_refused_before_anything_is_sent(pair: Pair) -> None:
    with pytest.raises(UnsendableError):
        wire.send(pair[0], Result(Sequence(["x" * bounds.MAX_STRING] * 5)))
    with pytest.raises(BlockingIOError):
        pair[1].recv(1, socket.MSG_DONTWAIT)


def test_text_that_is_not_unicode_is_refused_before_anything_is_sent(pair: Pair) -> None:
    with pytest.raises(UnsendableError):
        wire.send(pair[0], Result("\ud800"))
    with pytest.raises(BlockingIOError):
        pair[1].recv(1, socket.MSG_DONTWAIT)


# --- Frames that no honest sender makes ---


@pytest.mark.parametrize(
    "value",
    [
        Array("float32", [3]),
        Array("float32", [2**40]),
        Array("float32", [2**62, 4]),
        Array("float32", [-1, -2]),
        Array("float32", [-2]),
        Array("float32", [0, 2**62, 2**62]),
        Array("float32", [0, 2**64 - 1]),
        Array("object", [1]),
        Array("bfloat16", [1]),
        Array("S8", [1]),
        Array("float32", [1] * 17),
        Tensor("float32", [3], [0]),
        Tensor("float32", [0, 2**40], [0, 1]),
        Tensor("float32", [2**64 - 1, 0], [0, 1]),
        Tensor("float32", [-1], [0]),
        Tensor("complex64", [1], [0]),
        Tensor("float32", [2], [1]),
        Tensor("float32", [2], []),
        Tensor("float32", [1, 2], [0, 0]),
        Tensor("float32", [1, 2], [-1, 0]),
        Tensor("float32", [1] * 17, [*range(17)]),
        BigInt("not a number"),
        BigInt(""),
        "x" * (bounds.MAX_STRING + 1),
        Mapping([(Sequence([]), 1)]),
        Mapping([(Sequence([Sequence([])], is_tuple=True), 1)]),
        Mapping([(Mapping([]), 1)]),
        Mapping([(Handle(1), 1)]),
        Mapping([(Array("uint8", []), 1)]),
        Mapping([(Sequence([1] * bounds.MAX_KEY, is_tuple=True), 1)]),
        Sequence([Mapping([(k, None) for k in range(bounds.MAX_PAIRS)])] * 5),
        Sequence([None] * bounds.MAX_ELEMENTS),
    ],
    ids=lambda value: str(value)[:60],
)
def test_dishonest_values_are_refused(value: wire.Value) -> None:
    with pytest.raises(WireError):
        wire.Unpacker(bytearray(8)).unpack(value)


def test_a_value_that_names_more_bytes_than_came_is_refused_at_the_second_array_too() -> None:
    unpacker = wire.Unpacker(bytearray(12))
    assert unpacker.unpack(Array("float32", [2])).shape == (2,)
    with pytest.raises(WireError):
        unpacker.unpack(Array("float32", [2]))


def test_bytes_left_over_are_refused() -> None:
    unpacker = wire.Unpacker(bytearray(12))
    unpacker.unpack(Array("float32", [2]))
    with pytest.raises(WireError, match="left over"):
        unpacker.end()


def test_an_array_named_twice_takes_its_bytes_twice() -> None:
    unpacker = wire.Unpacker(bytearray(8))
    array = Array("float32", [2])
    with pytest.raises(WireError):
        unpacker.unpack(Sequence([array, array]))


@pytest.mark.parametrize("depth", [bounds.MAX_DEPTH + 1, 100, 900, 5_000, 200_000])
@pytest.mark.parametrize("container", ["sequence", "mapping"])
def test_deep_values_are_refused(depth: int, container: str) -> None:
    one = {"sequence": Sequence([None]), "mapping": Mapping([(1, None)])}[container]
    before, after = msgspec.msgpack.encode(one).split(b"\xc0")  # None
    if len(before + after) * depth > bounds.MAX_HEADER:
        depth = bounds.MAX_HEADER // len(before + after) - 10
    header = msgspec.msgpack.encode(Result("")).replace(
        b"\xa0", before * depth + b"\xc0" + after * depth, 1
    )
    with pytest.raises(WireError):
        unpack_everything(*exchange(lambda sock: sock.sendall(frame(header))))


def test_keys_that_all_collide_do_not_keep_the_worker_busy() -> None:
    """Every key's hash is 0: so many in one dict take time squared."""
    modulus = 2**61 - 1
    pairs: list[tuple[wire.Value, wire.Value]] = [
        (BigInt(hex(k * modulus)), None) for k in range(8, 60_000)
    ]
    header = msgspec.msgpack.encode(Result(Mapping(pairs)))
    assert len(header) < bounds.MAX_HEADER
    start = time.process_time()
    with pytest.raises(WireError):
        unpack_everything(*exchange(lambda sock: sock.sendall(frame(header))))
    assert time.process_time() - start < 5, "each key is compared with all the others"


@pytest.mark.parametrize(
    "prefix",
    [
        struct.pack(">IQ", 2**32 - 1, 0),
        struct.pack(">IQ", 0, 2**63),
        struct.pack(">IQ", 4, bounds.MAX_BULK + 1),
    ],
)
def test_lengths_beyond_the_caps_are_refused_at_once(pair: Pair, prefix: bytes) -> None:
    pair[0].sendall(prefix)
    with pytest.raises(WireError, match="beyond the caps") as caught:
        wire.receive(pair[1], soon(60))
    assert caught.type is WireError, "it waited for more"


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xc0",
        b"\xc1",
        b"\xff" * 40,
        b"\x82\xa4type\xa6result\xa5value\xdd\xff\xff\xff\xff",
        b"\x82\xa4type\xa6result\xa5value\x82\xa4type\xa1s\xa5items\xdd\xff\xff\xff\xff",
        b"\x82\xa4type\xa6result\xa5value\xdb\xff\xff\xff\xff",
        b"\x82\xa4type\xa6result\xa5value\xa2\xff\xfe",
        b"\x82\xa4type\xa6result\xa5value\xc7\x04\x05abcd",
        b"\x82\xa4type\xa6result\xa5value\xd6\xff\x00\x00\x00\x00",
        b"\x82\xa4type\xa6result\xa5value\xc4\x04abcd",
        b"\x81\xa4type\xa6result",
        b"\x81\xa4type\xa9no such t",
        msgspec.msgpack.encode({"type": "result", "value": {"type": "pickle", "data": "x"}}),
        msgspec.msgpack.encode(
            {"type": "result", "value": {"type": "a", "dtype": "float32", "shape": [1.5]}}
        ),
        msgspec.msgpack.encode({"type": "result", "value": 1, "changed": [[1.5, 2]]}),
        msgspec.msgpack.encode(Result(1)) + b"\xc0",
    ],
)
def test_headers_that_are_no_message_are_refused(header: bytes) -> None:
    with pytest.raises(WireError, match="not a message"):
        receive_bytes(frame(header))


def test_a_slow_drip_does_not_outlast_the_deadline(pair: Pair) -> None:
    """The deadline holds for the frame, not for each byte."""
    data = frame(msgspec.msgpack.encode(Result("x" * 100)))
    stop = threading.Event()

    def drip() -> None:
        for byte in data:
            if stop.wait(0.05):
                return
            pair[0].sendall(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    start = time.monotonic()
    try:
        with pytest.raises(WireTimeoutError):
            wire.receive(pair[1], soon(0.3))
    finally:
        stop.set()
        thread.join()
    assert 0.25 < time.monotonic() - start < 30, "each byte gave it more time"


def test_silence_ends_at_the_deadline(pair: Pair) -> None:
    with pytest.raises(WireTimeoutError):
        wire.receive(pair[1], soon(0.05))
    with pytest.raises(WireTimeoutError):
        wire.receive(pair[1], soon(-1))


@pytest.mark.parametrize("length", [0, 5, 12, 14])
def test_a_closed_socket_is_told_from_a_slow_one(length: int) -> None:
    whole = frame(msgspec.msgpack.encode(Result("text")), b"bulk")
    with pytest.raises(WireClosedError):
        receive_bytes(whole[:length])
    with pytest.raises(WireClosedError):
        receive_bytes(whole[:-1])
    message, bulk = receive_bytes(whole)
    assert (message, bytes(bulk)) == (Result("text"), b"bulk")


def test_sending_to_nobody(pair: Pair) -> None:
    pair[1].close()
    with pytest.raises(WireClosedError):
        wire.send(pair[0], Result(None))


def test_sending_to_somebody_who_does_not_read_ends_in_time(pair: Pair) -> None:
    packer = Packer()
    value = packer.pack(torch.zeros(2**20))
    start = time.monotonic()
    with pytest.raises(WireTimeoutError):
        wire.send(pair[0], Result(value), packer.bulk, timeout=0.2)
    assert time.monotonic() - start < 30


# --- Properties: whatever comes, WireError is all that is raised ---


def harmless(data: bytes) -> None:
    """A frame either is a message of exact types, or raises WireError."""
    try:
        rebuilt = unpack_everything(*receive_bytes(data, 2.0))
    except WireError:
        return
    for value in rebuilt:
        assert_exact(value)


EXACT = {type(None), bool, int, float, str, np.ndarray, torch.Tensor, Handle, Figure}


def assert_exact(value: Any) -> None:
    if type(value) in (list, tuple):
        for item in value:
            assert_exact(item)
    elif type(value) is dict:
        for item in value.values():
            assert_exact(item)
    else:
        assert type(value) in EXACT


@quick
@given(st.binary(max_size=300))
def test_random_bytes_do_no_harm(data: bytes) -> None:
    harmless(data)


@quick
@given(st.binary(max_size=100), st.binary(max_size=100))
def test_random_headers_and_bulks_do_no_harm(header: bytes, bulk: bytes) -> None:
    harmless(frame(header, bulk))


plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
)
jsonlike = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "value", "items", "pairs", "dtype", "shape", "order", "id"]),
            inner,
        )
    ),
    max_leaves=15,
)
sizes = st.integers(-2, 6) | st.sampled_from([2**31, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1])
shapes = st.lists(sizes, max_size=5) | st.lists(st.just(1), min_size=14, max_size=20)
dtypes = st.sampled_from(
    [*wire.DTYPES, "uint16", "uint64", "complex64", "object", "O", "__class__", ""]
)
lying = st.recursive(
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=5)
    | st.builds(Array, dtypes, shapes)
    | st.builds(Tensor, dtypes, shapes, st.lists(st.integers(-2, 6), max_size=5), st.booleans(),
    st.text(max_size=3))
    | st.builds(lambda n, dtype: Tensor(dtype, [2] * n, list(range(n))), st.integers(0, 4), dtypes)
    | st.builds(BigInt, st.text(max_size=10) | st.integers().map(hex))
    | st.builds(Handle, st.integers(-5, 5), st.sampled_from(["object", "class", "__import__"]))
    | st.builds(Figure, st.text(max_size=5), st.integers(-2, 9)),
    lambda inner: (
        st.builds(Sequence, st.lists(inner, max_size=4), st.booleans())
        | st.builds(Mapping, st.lists(st.tuples(inner, inner), max_size=4))
    ),
    max_leaves=10,
)  # fmt: skip


@settings(quick, max_examples=80)
@given(
    st.sampled_from(["result", "module", "raised", "done", "forked"]),
    st.dictionaries(st.text(max_size=5), jsonlike),
    jsonlike,
)
def test_headers_with_anything_in_them_do_no_harm(
    kind: str, fields: dict[str, Any], value: Any
) -> None:
    harmless(frame(msgspec.msgpack.encode({**fields, "type": kind, "value": value})))


@settings(quick, max_examples=250)
@given(lying, st.binary(max_size=64))
def test_lying_shapes_dtypes_and_orders_do_no_harm(value: wire.Value, bulk: bytes) -> None:
    harmless(frame(msgspec.msgpack.encode(Result(value)), bulk))


@quick
@given(values, st.data())
def test_honest_frames_with_some_bytes_changed_do_no_harm(
    value: object, data: st.DataObject
) -> None:
    packer = Packer()
    header = msgspec.msgpack.encode(Result(packer.pack(value)))
    spoiled = bytearray(frame(header, b"".join(packer.bulk)))
    for place in data.draw(st.lists(st.integers(0, len(spoiled) - 1), min_size=1, max_size=4)):
        spoiled[place] = data.draw(st.integers(0, 255))
    harmless(bytes(spoiled))


# --- The same through what a test holds in its hands ---


def looked_up(answer: wire.Message, bulk: bytes = b"") -> Any:
    """`submission.name`, answered by a process that sends this frame."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frame(msgspec.msgpack.encode(answer), bulk))
        channel = Channel(ours, lambda: "crashed", {})
        channel.begin_test(2)
        found = RemoteSubmission(lambda: channel).name
        asked, _ = wire.receive(theirs, soon())
        assert asked == Lookup("name")
        return found


@settings(quick, max_examples=150)
@given(lying, st.binary(max_size=64))
def test_a_name_s_value_is_exact_or_the_student_s_fault(value: wire.Value, bulk: bytes) -> None:
    outcome, found = "", None
    try:
        found = looked_up(Result(value), bulk)
    except StudentFault as fault:
        outcome = fault.outcome
    assert outcome in ("", "crashed")
    assert isinstance(found, RemoteObject) or type(found) in EXACT | {list, tuple, dict}


def deep(depth: int) -> wire.Value:
    value: wire.Value = None
    for level in range(depth):
        value = Sequence([value]) if level % 2 else Mapping([(level, value)])
    return value


@pytest.mark.parametrize(
    "value", [deep(bounds.MAX_DEPTH + 1), deep(200), Sequence([None] * (bounds.MAX_ELEMENTS + 1))]
)
def test_a_name_s_value_beyond_the_caps_is_the_student_s_fault(value: wire.Value) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=wire.send, args=[theirs, Result(value)])
        sender.start()
        channel = Channel(ours, lambda: "crashed", {})
        channel.begin_test(5)
        with pytest.raises(StudentFault, match="is not a result"):
            _ = RemoteSubmission(lambda: channel).name
        sender.join()


def test_a_name_s_value_at_the_caps_arrives() -> None:
    found = looked_up(Result(deep(bounds.MAX_DEPTH)))
    for _ in range(bounds.MAX_DEPTH):
        found = found[0] if isinstance(found, list) else next(iter(found.values()))
    assert found is None


@pytest.fixture
def submission(pair: Pair) -> Iterator[tuple[RemoteSubmission, dict[str, Any]]]:
    """Both sides of the wire, and the names of the notebook behind it."""
    names: dict[str, Any] = {}
    thread = threading.Thread(target=Answers(pair[1], names).serve)
    thread.start()
    channel = Channel(pair[0], lambda: "crashed", {})
    channel.begin_test(10)
    yield RemoteSubmission(lambda: channel), names
    channel.close()
    thread.join()


@pytest.mark.parametrize(
    "given",
    [
        torch.ones(2),
        torch.ones(2, requires_grad=True),
        torch.nn.Parameter(torch.ones(2)),
        np.ones(2),
    ],
)
def test_an_argument_changed_in_place_is_changed_here(
    submission: tuple[RemoteSubmission, dict[str, Any]], given: Any
) -> None:
    def double(x: Any) -> None:
        (x.data if isinstance(x, torch.Tensor) else x)[...] *= 2

    submission[1]["double"] = double
    kind = type(given)
    assert submission[0].double(given) is None
    assert given.tolist() == [2, 2]
    assert type(given) is kind


@pytest.mark.parametrize(
    "value", ["\ud800", ["\udfff"], {"\ud800": 1}, {i: i for i in range(bounds.MAX_PAIRS + 1)}]
)
def test_a_value_that_can_not_be_sent_costs_that_value_alone(
    submission: tuple[RemoteSubmission, dict[str, Any]], value: object
) -> None:
    submission[1].update(bad=value, good=[1])
    with pytest.raises(StudentFault) as caught:
        _ = submission[0].bad
    assert caught.value.outcome == "failed"
    assert submission[0].good == [1]
