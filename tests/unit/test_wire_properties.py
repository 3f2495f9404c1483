"""The wire under generated input: every value survives with all its bits, and no answer of a
hostile process makes the trusted side raise anything but a fault of the student's, wait beyond a
deadline, or take more memory than a cap.

The examples are the same on every run.
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import struct
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import msgspec
import nbformat
import numpy as np
import pytest
import torch
from conftest import at_most
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_values
from test_wire import frame, receive_bytes, same, through, unpack_everything

from autograder import wire
from autograder.control import Status
from autograder.core.cells import RunnableCell
from autograder.core.limits import Limits
from autograder.pipeline.execute import Execution
from autograder.pipeline.outputs import fill_in
from autograder.proxy.channel import Channel, StudentFault
from autograder.proxy.objects import RemoteModule, RemoteObject, RemoteSubmission
from autograder.sandbox import session
from autograder.sandbox.session import GoneError
from autograder.student.test_process import Answers
from autograder.wire import (
    Array,
    BigInt,
    Figure,
    Handle,
    Mapping,
    Packer,
    Result,
    Sequence,
    Tensor,
    WireError,
    bounds,
)

fixed = settings(max_examples=100)
MIB = 2**20

# --- Round trips, bit by bit ---

array_dtypes = st.sampled_from(
    [*(set(wire.DTYPES) - {"bfloat16"}), "uint16", "uint32", "uint64"]
).map(np.dtype)
array_shapes = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray[Any, Any]:
    """Arrays of any bits, laid out in any way: transposed, backwards, with steps, broadcast."""
    dtype, shape = draw(array_dtypes), draw(array_shapes)
    size = math.prod(shape) * dtype.itemsize
    data = draw(st.binary(min_size=size, max_size=size))
    made = (
        np.frombuffer(data, np.uint8) % 2 == 1 if dtype.kind == "b" else np.frombuffer(data, dtype)
    )
    made = made.reshape(shape)
    made = made.transpose(draw(st.permutations(range(made.ndim))))
    steps = draw(st.lists(st.sampled_from([1, -1, 2, -2]), min_size=made.ndim, max_size=made.ndim))
    made = made[tuple(slice(None, None, step) for step in steps)] if steps else made
    return np.broadcast_to(made, (2, *made.shape)) if draw(st.booleans()) else made


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    """Tensors of any bits, laid out in any way."""
    dtype, shape = draw(st.sampled_from(sorted(wire.DTYPES.values(), key=str))), draw(array_shapes)
    size = math.prod(shape) * dtype.itemsize
    data = bytearray(draw(st.binary(min_size=size, max_size=size)))
    flat = torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)
    made = (flat % 2 == 1 if dtype is torch.bool else flat.view(dtype)).reshape(shape)
    made = made.permute(draw(st.permutations(range(made.dim()))))
    for dimension in range(made.dim()):
        made = made[(slice(None),) * dimension + (slice(None, None, draw(st.integers(1, 2))),)]
    return made.expand(2, *made.shape) if draw(st.booleans()) else made


def bits(value: np.ndarray[Any, Any] | torch.Tensor) -> bytes:
    if isinstance(value, torch.Tensor):
        return (
            value.clone(memory_format=torch.contiguous_format)
            .reshape(-1)
            .view(torch.uint8)
            .numpy()
            .tobytes()
        )
    return value.tobytes()


@fixed
@given(arrays())
def test_every_bit_of_an_array_survives(value: np.ndarray[Any, Any]) -> None:
    rebuilt = through(value)
    assert type(rebuilt) is np.ndarray
    assert (rebuilt.dtype, rebuilt.shape, bits(rebuilt)) == (value.dtype, value.shape, bits(value))
    assert rebuilt.flags.writeable


@fixed
@given(tensors(), st.booleans())
def test_every_bit_of_a_tensor_survives(value: torch.Tensor, wanted: bool) -> None:
    if wanted and value.is_floating_point():
        value = value.clone().requires_grad_()
    packer = Packer()
    packed = packer.pack(value)
    assert isinstance(packed, Tensor)
    assert packed.requires_grad == value.requires_grad
    rebuilt = through(value)
    assert type(rebuilt) is torch.Tensor
    assert (rebuilt.dtype, rebuilt.shape, bits(rebuilt)) == (
        value.dtype,
        value.shape,
        bits(value.detach()),
    )


@fixed
@given(st.binary(min_size=8, max_size=8))
def test_every_bit_of_a_float_survives(data: bytes) -> None:
    """Payloads of NaN, subnormal numbers, both zeros."""
    (value,) = struct.unpack("<d", data)
    assert struct.pack("<d", through(value)) == struct.pack("<d", value)


keys = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**4095), 2**4095)
    | st.floats()
    | st.text(max_size=8)
    | arrays(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=10,
)


@fixed
@given(values)
def test_every_nested_value_survives(value: object) -> None:
    assert same(through(value), value)


@pytest.mark.parametrize("data", [b"\x02", b"\xff\x00\x01\x80" * 20])
def test_booleans_are_zero_or_one_whatever_the_byte(data: bytes) -> None:
    expected = [byte != 0 for byte in data]
    tensor = wire.Unpacker(bytearray(data)).unpack(Tensor("bool", [len(data)], [0]))
    array = wire.Unpacker(bytearray(data)).unpack(Array("bool", [len(data)]))
    assert tensor.tolist() == array.tolist() == expected
    assert set(bits(tensor)) | set(bits(array)) <= {0, 1}
    assert int(tensor.sum()) == int(array.sum()) == sum(expected)


# --- Anything that a hostile process may answer ---

sizes = st.integers(-2, 5) | st.sampled_from([2**31, 2**62, 2**63 - 1, 2**64 - 1])
shapes = st.lists(sizes, max_size=4)
dtypes = st.sampled_from([*wire.DTYPES, "uint64", "complex64", "object", "__class__", ""])
kinds = st.sampled_from(["module", "object", "function", "class", "__import__"])
odd_text = st.sampled_from(["", "a", "\0", "\u202e", "\U0010ffff", "é" * 50]) | st.text(max_size=5)


def fitting(name: str, shape: list[int]) -> Tensor:
    return Tensor(name, shape, list(range(len(shape))), requires_grad=True)


honest = st.builds(
    fitting, st.sampled_from([*wire.DTYPES]), st.lists(st.integers(0, 2), max_size=2)
)
lying = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | odd_text | honest
    | st.builds(Array, dtypes, shapes)
    | st.builds(Tensor, dtypes, shapes, st.lists(st.integers(-1, 4), max_size=4), st.booleans(),
    odd_text)
    | st.builds(BigInt, odd_text | st.integers().map(hex))
    | st.builds(Handle, st.integers(-5, 2**63 - 1), kinds)
    | st.builds(Figure, odd_text, st.integers(-2, 9)),
    lambda inner: (
        st.builds(Sequence, st.lists(inner, max_size=3), st.booleans())
        | st.builds(Mapping, st.lists(st.tuples(inner, inner), max_size=3))
    ),
    max_leaves=6,
)  # fmt: skip
names = st.sampled_from([
    "weight", "layers.0.weight", "a.b.c", "training", "_sent", "_channel", "_containers", "forward",
    "_parameters",
    "_modules.weight", "weight.weight", "inner.training", "__class__", "", ".", "../x", "a..b", "é",
    "x" * 501,
    ".".join("a" * 200),
]) | odd_text  # fmt: skip
stated = st.lists(st.tuples(names, lying | honest), max_size=3)
answers = st.one_of(
    st.builds(Result, lying, st.lists(st.tuples(st.integers(-1, 3) | names, lying), max_size=2),
    stated),
    st.builds(Result, honest),
    st.builds(
        wire.ModuleDescription,
        st.lists(st.tuples(names, st.integers(-1, 2),
        honest | lying), max_size=4), stated, st.booleans(),
    ),
    st.builds(wire.Raised, odd_text, st.none() | st.integers(-2, 3),
    st.none() | st.integers(-2, 2**40)),
    st.sampled_from([wire.Missing(), wire.Unsendable(), wire.Ready(), wire.Forked(True),
    wire.Lookup("x")]),
    st.builds(wire.CellDone, st.integers(-1, 3), st.booleans(), odd_text),
    st.builds(wire.Call, st.just(Handle(0)), st.lists(lying, max_size=2),
    st.dictionaries(odd_text, lying, max_size=2)),
)  # fmt: skip


def bulk_of(message: wire.Message) -> bytes:
    """As many bytes as the message's arrays ask for, where they
    ask for few: so that lies elsewhere are reached.
    """
    found: list[Array | Tensor] = []

    def look(value: Any) -> None:
        if isinstance(value, Array | Tensor):
            found.append(value)
        elif isinstance(value, Sequence):
            look(value.items)
        elif isinstance(value, Mapping):
            look(value.pairs)
        elif isinstance(value, list | tuple):
            for item in value:
                look(item)

    for field in msgspec.structs.fields(message):
        look(getattr(message, field.name))
    total = 0
    for value in found:
        size = math.prod(value.shape) * (
            wire.DTYPES[value.dtype].itemsize if value.dtype in wire.DTYPES else 1
        )
        total += size if 0 <= size <= 4096 else 0
    return bytes(range(256)) * (total // 256) + bytes(total % 256)


def to_frame(message: wire.Message) -> bytes:
    return frame(msgspec.msgpack.encode(message), bulk_of(message))


@st.composite
def frames(draw: st.DrawFn, messages: st.SearchStrategy[Any] = answers) -> bytes:
    """A frame; one in four with bytes of it changed, cut or added."""
    data = bytearray(to_frame(draw(messages)))
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(data) - 1))
        change = draw(st.sampled_from(["flip", "cut", "add", "length"]))
        if change == "flip":
            data[place] ^= draw(st.integers(1, 255))
        elif change == "cut":
            del data[place:]
        elif change == "add":
            data[place:place] = draw(st.binary(min_size=1, max_size=8))
        else:
            struct.pack_into(
                ">IQ", data, 0, draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 2**64 - 1))
            )
    return bytes(data)


def a_channel(sent: list[bytes]) -> tuple[Channel, socket.socket]:
    """A connection to a process that has sent these frames
    before it was asked anything, and no more.
    """
    ours, theirs = socket.socketpair()
    theirs.sendall(b"".join(sent))
    theirs.shutdown(socket.SHUT_WR)
    channel = Channel(ours, lambda: "crashed", {0: (3, "z1"), 1: (1, None)})
    channel.begin_test(5)
    return channel, theirs


def call(found: Any) -> None:
    """A call with everything that a test may pass, and its way back."""
    x = torch.ones(2, 1, requires_grad=True)
    plain, array = torch.ones(2), np.ones(2)
    out = found(x, plain, array, k=torch.ones(1, 2))
    assert (plain.shape, plain.dtype, array.shape) == ((2,), torch.float32, (2,))
    assert x.shape == (2, 1)
    leaves = [
        leaf
        for leaf in (out if isinstance(out, list | tuple) else [out])
        if isinstance(leaf, torch.Tensor)
    ]
    for leaf in leaves:
        if leaf.requires_grad:
            leaf.sum().backward()  # type: ignore[no-untyped-call]
            assert x.grad is None or x.grad.shape == (2, 1)


def step_optimizer(found: RemoteModule) -> None:
    parameters = [p for p in found.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
    if parameters:
        torch.optim.SGD(parameters, lr=0.1).step()
    call(found)


USES: dict[str, Callable[[Any], Any]] = {
    "call": call,
    "attribute": lambda found: found.some_name if isinstance(found, RemoteObject) else None,
    "train": lambda found: found.train() if isinstance(found, RemoteModule) else None,
    "double": lambda found: found.double() if isinstance(found, RemoteModule) else None,
    "state": lambda found: (
        found.load_state_dict(found.state_dict()) if isinstance(found, RemoteModule) else None
    ),
    "optimizer": lambda found: (
        step_optimizer(found) if isinstance(found, RemoteModule) else call(found)
    ),
    "pass on": lambda found: found(found),
}


@settings(fixed, max_examples=250)
@given(kinds, st.lists(frames(), max_size=6), st.lists(st.sampled_from(sorted(USES)), max_size=4))
def test_only_a_student_s_fault_comes_of_what_a_process_answers(
    kind: str, sent: list[bytes], uses: list[str]
) -> None:
    use_all(kind, sent, uses)


descriptions = st.builds(
    wire.ModuleDescription, st.lists(st.tuples(names, st.integers(-1, 2), honest), max_size=4),
    st.lists(st.tuples(names, honest), max_size=2), st.booleans(),
)  # fmt: skip


@settings(fixed, max_examples=200)
@given(
    descriptions,
    st.lists(frames(st.builds(Result, honest, st.just([]), stated) | descriptions), max_size=5),
    st.lists(st.sampled_from(sorted(USES)), max_size=4),
)
def test_only_a_student_s_fault_comes_of_what_a_module_says_it_is(
    first: wire.ModuleDescription, sent: list[bytes], uses: list[str]
) -> None:
    use_all("module", [to_frame(first), *sent], uses)


def use_all(kind: str, sent: list[bytes], uses: list[str]) -> None:
    channel, theirs = a_channel([to_frame(Result(Handle(0, kind))), *sent])
    with theirs, contextlib.closing(channel), contextlib.suppress(StudentFault):
        found = RemoteSubmission(lambda: channel).name
        assert isinstance(found, RemoteObject | RemoteModule)
        for use in uses:
            with contextlib.suppress(StudentFault):
                USES[use](found)


@settings(fixed, max_examples=150)
@given(st.lists(frames(), max_size=3))
def test_only_a_student_s_fault_comes_of_a_name_s_value(sent: list[bytes]) -> None:
    channel, theirs = a_channel(sent)
    submission = RemoteSubmission(lambda: channel)
    with theirs, contextlib.closing(channel):
        for _ in range(3):
            with contextlib.suppress(StudentFault):
                repr(submission.name)


# --- The notebook's process ---


class HostileSeat:
    """A seat whose processes have sent their frames before they were asked anything."""

    def __init__(self, sent: list[bytes]) -> None:
        self._sent = [to_frame(wire.Ready()), *sent]
        self._ends: list[socket.socket] = []

    def start(self, *_: Any) -> socket.socket:
        ours, theirs = socket.socketpair()
        theirs.sendall(b"".join(self._sent))
        theirs.shutdown(socket.SHUT_WR)
        self._ends.append(theirs)
        return ours

    def status(self) -> Status:
        return Status(alive=True, out_of_memory=False, killed=False, peak=0)

    end = status

    def sweep(self, _keep: object = ()) -> Status:
        return self.status()

    def delayed(self, _since: float) -> float:
        return 0.0

    def close(self) -> None:
        for end in self._ends:
            end.close()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(st.characters(), max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["output_type", "data", "name", "text", "text/html", "text/plain", "x", "\ud800"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)
mimes = st.sampled_from([
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/svg+xml",
    "application/json",
    "application/vnd.plotly.v1+json", "application/javascript", "\ud800",
])  # fmt: skip
some_outputs = st.fixed_dictionaries(
    {
        "output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "x"])
        | json_values
    },
    optional={
        "name": st.sampled_from(["stdout", "stderr"]) | json_values,
        "text": st.text(st.characters(), max_size=6) | json_values,
        "data": st.dictionaries(
            mimes, st.text(st.characters(), max_size=6) | json_values, max_size=3
        )
        | json_values,
        "ename": json_values,
        "evalue": json_values,
        "traceback": st.lists(st.text(st.characters(), max_size=3) | json_values, max_size=2)
        | json_values,
        "execution_count": json_values,
        "metadata": json_values,
    },
)
outputs = st.lists(some_outputs | json_values, max_size=4).map(json.dumps) | odd_text
ends = st.builds(wire.CellDone, st.integers(0, 2), st.booleans(), outputs)


@settings(fixed, max_examples=250)
@given(st.lists(frames(ends), max_size=3) | st.lists(frames(), max_size=3))
def test_a_notebook_stays_a_notebook_whatever_its_process_answers(sent: list[bytes]) -> None:
    cells = tuple(RunnableCell(n, "x", "z1") for n in range(2))
    seat: Any = HostileSeat(sent)
    try:
        with (
            # A process ends a moment after its socket; this one is never seen to end.
            mock.patch.object(session, "ENDING_SECONDS", 0),
            Execution(seat, cells, Limits(cell_seconds=1, restarts=1), 1) as run,
            contextlib.suppress(GoneError),
        ):
            run.fork_test(1).close()
    finally:
        seat.close()
    assert set(run.runs) == {0, 1}
    notebook: dict[str, Any] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": "", "execution_count": None,
        "outputs": []}
        for n in range(2)
    ]}  # fmt: skip
    fill_in(notebook, cells, run.runs)
    nbformat.validate(nbformat.reads(msgspec.json.encode(notebook).decode(), as_version=4))


# --- The other direction: whatever a test asks, the student's side answers ---

handles = st.builds(Handle, st.integers(-2, 4), kinds)
asked = st.one_of(
    st.builds(wire.Lookup, st.sampled_from(["f", "model", "value", "nothing"]) | odd_text),
    st.builds(wire.Attribute, handles, names),
    st.builds(
        wire.Call,
        handles,
        st.lists(lying | handles, max_size=3),
        st.dictionaries(odd_text, lying, max_size=1),
    ),
    st.builds(wire.Call, handles, st.lists(honest, max_size=2), st.just({}), st.just(1), stated),
    st.builds(wire.Backward, st.integers(0, 2), st.lists(lying, max_size=2)),
    st.builds(
        wire.ModuleState,
        handles,
        stated,
        st.none() | dtypes,
        st.none() | odd_text,
        st.none() | st.booleans(),
    ),
    st.builds(wire.Drive, odd_text, odd_text, st.lists(lying, max_size=1), st.just({})),
)


@settings(fixed, max_examples=200)
@given(st.lists(asked, min_size=1, max_size=4))
def test_the_student_s_side_answers_whatever_is_asked(requests: list[wire.Message]) -> None:
    ours, theirs = socket.socketpair()
    known = {"f": lambda *a, **_: a, "model": torch.nn.Linear(2, 1), "value": 3}
    serving = threading.Thread(target=Answers(theirs, known).serve, daemon=True)
    with ours:
        serving.start()
        for message in [wire.Lookup("f"), wire.Lookup("model"), *requests]:
            ours.sendall(to_frame(message))
            answer, _ = wire.receive(ours, time.monotonic() + 10)
            assert isinstance(
                answer,
                Result | wire.Raised | wire.Missing | wire.Unsendable | wire.ModuleDescription,
            )
    serving.join(10)
    assert not serving.is_alive()
    theirs.close()


# --- Time and memory, at the caps ---


def filled(before: bytes, piece: bytes, count_at: int, *, size: int = bounds.MAX_HEADER) -> bytes:
    """A msgpack header as long as may be: `before`, whose 4
    bytes at `count_at` get the number of pieces.
    """
    count = (size - len(before) - 64) // len(piece)
    head = bytearray(before)
    struct.pack_into(">I", head, count_at, count)
    return bytes(head) + piece * count


def result_of(piece: bytes) -> bytes:
    """A list of as many pieces as a header holds."""
    before = b"\x82\xa4type\xa6result\xa5value\x82\xa4type\xa1s\xa5items\xdd\0\0\0\0"
    return filled(before, piece, len(before) - 4)


def changes_of(piece: bytes) -> bytes:
    before = b"\x83\xa4type\xa6result\xa5value\xc0\xa7changed\xdd\0\0\0\0"
    return filled(before, piece, len(before) - 4)


encode = msgspec.msgpack.encode
COLLIDING = [
    Mapping(
        [(BigInt(hex((8 + k + 5000 * d) * (2**61 - 1))), None) for k in range(bounds.MAX_PAIRS)]
    )
    for d in range(20)
]
"""Dicts of which every key has the hash 0."""
LONG_KEYS = Mapping([(Sequence([*range(400), 500 + k], is_tuple=True), None) for k in range(3_500)])
BOMBS = {
    "nothing": result_of(b"\xc0"),
    "floats": result_of(b"\xca\x3f\x80\x00\x01"),
    "integers": result_of(b"\xcd\x12\x34"),
    "texts": result_of(b"\xa2ab"),
    "empty lists": result_of(encode(Sequence([]))),
    "small dicts": result_of(encode(Mapping([(1, 2)]))),
    "empty tensors": result_of(encode(Tensor("int8", [0], [0]))),
    "handles": result_of(encode(Handle(1))),
    "big integers": result_of(encode(BigInt("ff" * 500))),
    "changes": changes_of(b"\x92\x00\xc0"),
    "changes of one argument": changes_of(b"\x92\x00" + encode(Tensor("float32", [0], [0]))),
    "colliding keys": encode(Result(Sequence([*COLLIDING]))),
    "long keys": encode(Result(LONG_KEYS)),
    "modules in modules": encode(wire.ModuleDescription(
        [(f"a{i:x}." + ".".join("a" * 240), i,
        Tensor("int8", [0], [0])) for i in range(5_000)], [], True)),
    "parameters of a module": encode(wire.ModuleDescription(
        [(f"a{i:x}", i, Tensor("int8", [0], [0])) for i in range(58_000)], [], True)),
}  # fmt: skip
HEADER_COST = 48
"""Bytes that a byte of a header may cost once decoded: small objects take some fifty."""


@contextlib.contextmanager
def arriving(data: bytes) -> Iterator[socket.socket]:
    """A socket on which these bytes arrive."""
    ours, theirs = socket.socketpair()

    def push() -> None:
        with theirs, contextlib.suppress(OSError):
            theirs.sendall(data)

    sender = threading.Thread(target=push)
    sender.start()
    with ours:
        yield ours
    sender.join()


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_at_the_cap_costs_bounded_time_and_memory(name: str) -> None:
    header = BOMBS[name]
    assert bounds.MAX_HEADER / 2 < len(header) <= bounds.MAX_HEADER
    kind = "module" if "module" in name else "object"
    with arriving(to_frame(Result(Handle(0, kind))) + frame(header)) as sock:
        channel = Channel(sock, lambda: "crashed", {})
        channel.begin_test(30)
        start = time.process_time()
        with at_most(HEADER_COST * bounds.MAX_HEADER), contextlib.suppress(StudentFault):
            found = RemoteSubmission(lambda: channel).name
            call(found)
        assert time.process_time() - start < (2 if "keys" in name else 6)


@pytest.mark.parametrize("shape", [[bounds.MAX_BULK], [0]])
def test_a_bulk_at_the_cap_is_held_twice_at_most(shape: list[int]) -> None:
    sent = frame(encode(Result(Tensor("uint8", shape, [0]))), bytes(bounds.MAX_BULK))
    with arriving(sent) as sock, at_most(2 * bounds.MAX_BULK + 8 * MIB):
        message, bulk = wire.receive(sock, time.monotonic() + 30)
        with contextlib.suppress(WireError):
            unpack_everything(message, bulk)


@fixed
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=50))
def test_claimed_lengths_cost_at_most_the_caps(header: int, bulk: int, data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            receive_bytes(struct.pack(">IQ", header, bulk) + data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bounds.MAX_HEADER + bounds.MAX_BULK + MIB


@settings(fixed, max_examples=25)
@given(
    st.recursive(
        st.none()
        | numpy_values.arrays(
            "uint8", st.integers(0, 2 * MIB), elements=st.just(1), fill=st.just(1)
        ),
        lambda inner: st.lists(inner, max_size=30),
        max_leaves=40,
    )
)
def test_what_is_sent_is_within_the_caps_of_who_receives(value: Any) -> None:
    packer = Packer()
    try:
        packed = packer.pack(value)
    except wire.UnsendableError:
        return
    assert sum(part.nbytes for part in packer.bulk) <= bounds.MAX_BULK
    assert len(encode(Result(packed))) <= bounds.MAX_HEADER
    unpacker = wire.Unpacker(bytearray(b"".join(packer.bulk)))
    assert same(unpacker.unpack(packed), value)
    unpacker.end()
