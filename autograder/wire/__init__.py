"""The wire: the format in which the trusted worker and the student's side exchange values.

A frame is `header length (4 bytes) | bulk length (8 bytes) | header | bulk`. The header is msgpack,
decoded by msgspec into one of the types of `messages` and nothing else; the bulk holds the bytes of
arrays and tensors one after the other, in the order in which the header names them. Nothing is
unpickled, evaluated or looked up by a name that the other side chose, and lengths are checked
before anything is allocated for them.
"""

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError, WireClosedError, WireError, WireTimeoutError
from autograder.wire.forms import DTYPES, sendable, tensor_bytes
from autograder.wire.frames import receive, send
from autograder.wire.messages import (
    Array,
    Attribute,
    Backward,
    BigInt,
    Call,
    CellDone,
    Checkpoint,
    Drive,
    Figure,
    Forked,
    ForkTest,
    Handle,
    Lookup,
    Mapping,
    Message,
    Missing,
    ModuleDescription,
    ModuleState,
    Printed,
    Raised,
    Ready,
    Result,
    RunCell,
    Sequence,
    TakePrinted,
    Tensor,
    Unsendable,
    Value,
)
from autograder.wire.packer import Packer
from autograder.wire.unpacker import Unpacker

__all__ = [
    "DTYPES",
    "Array",
    "Attribute",
    "Backward",
    "BigInt",
    "Call",
    "CellDone",
    "Checkpoint",
    "Drive",
    "Figure",
    "ForkTest",
    "Forked",
    "Handle",
    "Lookup",
    "Mapping",
    "Message",
    "Missing",
    "ModuleDescription",
    "ModuleState",
    "Packer",
    "Printed",
    "Raised",
    "Ready",
    "Result",
    "RunCell",
    "Sequence",
    "TakePrinted",
    "Tensor",
    "Unpacker",
    "Unsendable",
    "UnsendableError",
    "Value",
    "WireClosedError",
    "WireError",
    "WireTimeoutError",
    "bounds",
    "receive",
    "send",
    "sendable",
    "tensor_bytes",
]
