"""Define every message that can cross the wire, in a closed table. Both sides use this."""

from __future__ import annotations

from typing import Annotated

import msgspec

from autograder.wire import bounds

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

    pairs: Annotated[list[tuple[Value, Value]], msgspec.Meta(max_length=bounds.MAX_PAIRS)]


class Array(msgspec.Struct, frozen=True, tag="a"):
    """An ndarray; its bytes are in the bulk, in C order."""

    dtype: str
    shape: list[int]


class Tensor(msgspec.Struct, frozen=True, tag="t"):
    """A tensor; its bytes are in the bulk, with dimensions laid out as `order` says."""

    dtype: str
    shape: list[int]
    order: list[int]
    requires_grad: bool = False
    device: str = "cpu"


class Figure(msgspec.Struct, frozen=True, tag="f"):
    """A Plotly figure as plotly.js reads it; `size` bytes of JSON are in the bulk."""

    json: str = ""
    size: int = 0


class Handle(msgspec.Struct, frozen=True, tag="h"):
    """An object that stays where it is; `kind` is function,
    class, module (an nn.Module) or object.
    """

    id: int
    kind: str = "object"


Value = (
    None | bool | int | float | str | BigInt | Sequence | Mapping | Array | Tensor | Figure | Handle
)


# --- Worker → notebook process ---


class RunCell(msgspec.Struct, frozen=True, tag="run"):
    """Run one cell; answered by `CellDone`.

    `number`: the cell's place among the notebook's code cells, from 1, as `In[…]` and `Out[…]`
    count; 0: the next.
    """

    index: int
    source: str
    number: int = 0


class ForkTest(msgspec.Struct, frozen=True, tag="fork"):
    """Fork a process that answers tests on the descriptor that comes along; answered by `Forked`.

    `in_place`: be that process, instead of forking it, and end with it.
    """

    seed: int
    in_place: bool = False


class Checkpoint(msgspec.Struct, frozen=True, tag="checkpoint"):
    """Fork a copy of the notebook process that keeps what is defined now, and forks processes for
    tests when asked on the descriptor that comes along; answered by `Forked`."""


# --- Notebook process → worker ---


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """A notebook process's first message: the walls stand, no student code has run yet."""


class CellDone(msgspec.Struct, frozen=True, tag="done"):
    """A cell has ended; `outputs` is a JSON list of nbformat outputs."""

    index: int
    ok: bool
    outputs: str


class Forked(msgspec.Struct, frozen=True, tag="forked"):
    """Whether a process could be forked, and its pid in the submission's own pid namespace.

    Where it was not, `cuda_began` says whether that is because no fork could use the graphics card.
    """

    ok: bool
    pid: int = 0
    cuda_began: bool = False


# --- Worker → test process ---


class Lookup(msgspec.Struct, frozen=True, tag="lookup"):
    """The value of a global name of the notebook."""

    name: str


class Attribute(msgspec.Struct, frozen=True, tag="attribute"):
    """An attribute of an object that stayed there."""

    target: Handle
    name: str


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Call an object with values; tensors that require grad are leaves of a graph kept under
    `graph`. With `name`, only if it is what that global name of the notebook stands for: the answer
    is `Missing` if it is not.
    """

    target: Handle
    args: list[Value]
    kwargs: dict[str, Value]
    graph: int | None = None
    state: list[tuple[str, Value]] | None = None
    name: str | None = None


class Drive(msgspec.Struct, frozen=True, tag="drive"):
    """Call the function `name` of a driver's source with the notebook's namespace and values."""

    source: str
    name: str
    args: list[Value]
    kwargs: dict[str, Value]


class Backward(msgspec.Struct, frozen=True, tag="backward"):
    """Gradients of a graph's inputs and parameters, given its outputs' (None: none)."""

    graph: int
    gradients: list[Value]


class ModuleState(msgspec.Struct, frozen=True, tag="state"):
    """A module's parameters and buffers, after optional changes of values, dtype, mode."""

    target: Handle
    state: list[tuple[str, Value]] = []
    dtype: str | None = None
    device: str | None = None
    training: bool | None = None


class TakePrinted(msgspec.Struct, frozen=True, tag="take_printed"):
    """What the process printed since it was forked, or since it was last asked; answered by
    `Printed`. Asked for staff only."""


# --- Test process → worker ---


class Result(msgspec.Struct, frozen=True, tag="result"):
    """What a request gave.

    `changed` holds the arguments that the call changed in place, by position or name; `state` the
    buffers of the module that was called. A tensor in `value` that requires grad is an output of
    the call's graph.
    """

    value: Value
    changed: list[tuple[int | str, Value]] = []
    state: list[tuple[str, Value]] = []


class ModuleDescription(msgspec.Struct, frozen=True, tag="module"):
    """A module's parameters and buffers by name; equal numbers stand for one shared parameter.

    A value of None is one that has no size yet: a lazy layer's, before its first call. What has no
    form on the wire is left out.
    """

    parameters: list[tuple[str, int, Value]]
    buffers: list[tuple[str, Value]]
    training: bool


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """The student's code raised, in line `line` of cell number `cell`.

    `kind` is the first builtin class that the exception's class derives from, `name` that class's
    own name. Name and message are a hostile student's to choose: the worker shows of them what
    `autograder.proxy.raised` recognises.
    """

    kind: str
    cell: int | None = None
    line: int | None = None
    name: Annotated[str, msgspec.Meta(max_length=bounds.MAX_MESSAGE)] = ""
    message: Annotated[str, msgspec.Meta(max_length=bounds.MAX_MESSAGE)] = ""


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    """The beginning of what the student's code printed; it may spell a hidden input."""

    text: Annotated[str, msgspec.Meta(max_length=bounds.MAX_PRINTED)]


class Missing(msgspec.Struct, frozen=True, tag="missing"):
    """There is no such name or attribute; of a driver, the name
    of the notebook's that it asked for.
    """

    name: str = ""


class Unsendable(msgspec.Struct, frozen=True, tag="unsendable"):
    """A value was too large or too deep to be sent."""


Message = (
    RunCell
    | ForkTest
    | Checkpoint
    | Ready
    | CellDone
    | Forked
    | Lookup
    | Attribute
    | Call
    | Drive
    | Backward
    | ModuleState
    | TakePrinted
    | Result
    | ModuleDescription
    | Raised
    | Printed
    | Missing
    | Unsendable
)
