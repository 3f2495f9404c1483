"""What a test says to a learner: judge a value, or raise `Mismatch` with a hint.

A hint names the symptom and a likely cause. It never holds an expected value, an input of the test
or the judged value itself, so that a hidden test stays hidden. A test passes every result through
these functions before it calculates with it: whatever comes in, a `Mismatch` or an exact type comes
out.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

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
_NUMPY_INTEGERS = frozenset(np.dtype(code).type for code in "bhilqBHILQ")
_NUMPY_FLOATS = frozenset(np.dtype(code).type for code in "efdg")
_DEEPEST = 8  # levels of nested lists; a list that holds itself has no end
_WIDEST_INT = 1000  # bits; a Python int has no bound, a float64 ends at 1024

_BACKWARD_FAULTS = {
    "modified by an inplace "
    "operation": "a tensor that the backward pass still needs was changed in place",
    "second time": "the graph was already used by an earlier backward pass",
    "invalid gradient": "a backward of its own returns a gradient of the wrong shape or number",
}


class Mismatch(AssertionError):  # noqa: N818 - a verdict about a result, not an error of the program
    """A result is not what the task asks for; `hint` is the sentence that the student reads."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


@dataclass(frozen=True)
class Measurement:
    """A loss that a test judged: the share of the baseline's
    that it is, and the share that is allowed.
    """

    what: str
    baseline: str
    share: float
    limit: float


_measurements: ContextVar[list[Measurement] | None] = ContextVar("measurements", default=None)


@contextlib.contextmanager
def measured() -> Iterator[list[Measurement]]:
    """Collect what `below` judges meanwhile, whether it passes
    or not: how thresholds are measured.
    """
    found: list[Measurement] = []
    token = _measurements.set(found)
    try:
        yield found
    finally:
        _measurements.reset(token)


def values(value: object, *, what: str, shape: tuple[int, ...] | None = None) -> torch.Tensor:
    """Return numbers given in any form as a float64 tensor on the CPU, outside any graph.

    Tensors, arrays, nested lists and tuples (of numbers, tensors or arrays), and single numbers
    count, of any float or integer type. They may be nan or infinite: see `finite` and `close`.

    Raises:
        Mismatch: the value is something else, holds something else, is a ragged list, or has
            another shape.
    """
    found = _values(value, what, 0)
    if shape is not None:
        _same_shape(found, shape, what)
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
    """
    if type(value) is not torch.Tensor and type(value) is not nn.Parameter:
        raise Mismatch(f"{what} is {_kind(value)}, expected a torch tensor{_cause(value)}")
    if value.layout is not torch.strided or value.device.type == "meta":
        raise Mismatch(f"{what} is a sparse or empty-bodied tensor, expected an ordinary one")
    if shape is not None:
        _same_shape(value, shape, what)
    if dtype is not None and value.dtype != dtype:
        cause = "is a dtype fixed somewhere in the code?"
        if dtype == torch.bool:
            cause = "compare, with > for example, to get True and False"
        raise Mismatch(f"{what} is {_name(value.dtype)}, expected {_name(dtype)}: {cause}")
    if device is not None and not _same_device(value.device, device):
        raise Mismatch(
            f"{what} is on {value.device.type}, expected {device.type}: "
            "build new tensors on the device of the arguments"
        )
    return value


def number(value: object, *, what: str) -> float:
    """Return a single finite number: a Python or NumPy number,
    or a tensor or array with no dimension.

    Raises:
        Mismatch: it is something else, a bool, has dimensions, or is nan or infinite.
    """
    single = values(value, what=what)
    if single.dim() != 0:
        raise Mismatch(f"{what} has shape {_tuple(single)}, expected a single number")
    finite(single, what=what)
    return float(single.item())


def integer(value: object, *, what: str) -> int:
    """Return a whole number: an int, a NumPy integer, or an
    integer tensor or array with no dimension.

    Raises:
        Mismatch: it is something else; a bool and a float are no integers here.
    """
    if type(value) is int:
        return value
    if isinstance(value, np.integer) and type(value) in _NUMPY_INTEGERS:
        return int(value)
    if type(value) is np.ndarray and value.shape == () and value.dtype.kind in "iu":
        return int(value.item())
    if type(value) is torch.Tensor:
        inner = tensor(value, what=what)
        if inner.dim() == 0 and inner.dtype in INTEGERS:
            return int(inner.item())
    raise Mismatch(f"{what} is {_kind(value)}, expected an int{_cause(value)}")


def items(value: object, *, what: str, length: int) -> list[object]:
    """Return the members of a tuple or list of exactly that length.

    Raises:
        Mismatch: it is no tuple or list, or has another length.
    """
    if type(value) is not tuple and type(value) is not list:
        raise Mismatch(
            f"{what} is {_kind(value)}, expected a tuple of {length} values{_cause(value)}"
        )
    if len(value) != length:
        raise Mismatch(f"{what} holds {len(value)} values, expected {length}")
    return list(value)


def finite(value: object, *, what: str) -> None:
    """Check that a tensor of numbers holds neither nan nor infinity.

    Raises:
        Mismatch: it does, or it is no tensor of numbers.
    """
    inner = _numbers(value, what)
    bad = ~torch.isfinite(inner)
    if bool(bad.any()):
        raise Mismatch(
            f"{what} holds nan or infinity{_place(bad)}: is something divided by zero, or does it "
            "overflow?"
        )


def below(
    loss: float, *, what: str, share: float, baseline: float, of: str, hint: str | None = None
) -> None:
    """Check that a loss is below a share of what a trivial model reaches on the same data.

    Args:
        share: the fraction of the baseline's loss that is allowed.
        baseline: the trivial model's loss, above 0.
        of: what the trivial model is, such as "the best constant".

    Raises:
        Mismatch: it is not, or it is nan.
    """
    found = _measurements.get()
    if found is not None:
        found.append(Measurement(what, of, loss / baseline, share))
    if not loss < share * baseline:
        cause = hint or "is it trained long enough, and on the right thing?"
        raise Mismatch(f"{what} is not below {share:g} times the error of {of}: {cause}")


def close(
    actual: object,
    expected: torch.Tensor,
    *,
    what: str,
    rtol: float,
    atol: float,
    hint: str | None = None,
) -> None:
    """Check a tensor: finite, then the exact shape, then |actual
    − expected| ≤ atol + rtol·|expected|.

    `hint` says a likely cause and is added where the shape is right and the values are not.
    The dtype is not compared (see `tensor`), and nothing is broadcast.

    Raises:
        Mismatch: the tensor is not as expected.
        ValueError: the expected values are not finite; that is the test's fault.
    """
    target = expected.detach().to("cpu", torch.float64)
    if not bool(torch.isfinite(target).all()):
        raise ValueError("the expected values must be finite")
    inner = _numbers(actual, what)
    finite(inner, what=what)
    _same_shape(inner, tuple(target.shape), what)
    _no_difference((inner - target).abs() > atol + rtol * target.abs(), what, hint)


def equal(actual: object, expected: torch.Tensor, *, what: str, hint: str | None = None) -> None:
    """Check a tensor that has no tolerance, such as one of bools
    or indices: dtype, shape, then each entry.

    Raises:
        Mismatch: the tensor is not as expected.
    """
    inner = tensor(actual, what=what, shape=tuple(expected.shape), dtype=expected.dtype)
    _no_difference(inner.detach().cpu() != expected.detach().cpu(), what, hint)


def unchanged(before: torch.Tensor, after: torch.Tensor, *, what: str) -> None:
    """Check that an argument is, after the call, what its copy from before the call is.

    Raises:
        Mismatch: its shape, dtype, device or an entry was changed.
    """
    same_kind = (
        after.shape == before.shape
        and after.dtype == before.dtype
        and _same_device(after.device, before.device)
    )
    if not same_kind or not torch.equal(after.detach(), before.detach()):
        raise Mismatch(
            f"the call changed its argument {what}: work on a new tensor, "
            "without functions that end in _ and without +=, -= or *="
        )


def gradients(
    output: object, inputs: Mapping[str, torch.Tensor], upstream: torch.Tensor, *, what: str
) -> dict[str, torch.Tensor]:
    """Return the gradient of sum(output · upstream) with respect to each named input.

    Raises:
        Mismatch: the output is no tensor of upstream's shape, no gradient reaches an input, an
            input has lost its `requires_grad`, or the backward pass fails through something that
            the code under test did.
    """
    inner = tensor(output, what=what, shape=tuple(upstream.shape))
    for name, leaf in inputs.items():
        if not leaf.requires_grad:
            raise Mismatch(f"{name} no longer asks for a gradient: requires_grad was switched off")
    unreached: list[torch.Tensor | None] = [None] * len(inputs)
    found = (
        _backward(inner, list(inputs.values()), upstream, what)
        if inner.requires_grad
        else unreached
    )
    result = {}
    for (name, leaf), gradient in zip(inputs.items(), found, strict=True):
        if gradient is None:
            raise Mismatch(
                f"no gradient reaches {name} from {what}: was something detached, computed under "
                "no_grad, or rebuilt with torch.tensor(...) or NumPy?"
            )
        result[name] = tensor(gradient, what=f"the gradient of {name}", shape=tuple(leaf.shape))
    return result


def _backward(
    output: torch.Tensor, leaves: list[torch.Tensor], upstream: torch.Tensor, what: str
) -> list[torch.Tensor | None]:
    try:
        return list(
            torch.autograd.grad(output, leaves, upstream.to(output.dtype), allow_unused=True)
        )
    except RuntimeError as error:
        # torch notices these only now, in our call, though the code under test caused them.
        for symptom, cause in _BACKWARD_FAULTS.items():
            if symptom in str(error):
                raise Mismatch(f"the backward pass through {what} fails: {cause}") from None
        raise


def _values(value: object, what: str, depth: int) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return _numbers(value, what)
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
    if isinstance(value, np.number) and type(value) in _NUMPY_INTEGERS | _NUMPY_FLOATS:
        return torch.tensor(float(value), dtype=torch.float64)
    raise Mismatch(
        f"{what} {'is' if depth == 0 else 'holds'} {_kind(value)}, expected numbers{_cause(value)}"
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


def _numbers(value: object, what: str) -> torch.Tensor:
    """A tensor of numbers as float64 on the CPU, outside the graph."""
    inner = tensor(value, what=what)
    if inner.dtype == torch.bool:
        raise Mismatch(f"{what} holds True and False, expected numbers")
    if inner.dtype not in FLOATS and inner.dtype not in INTEGERS:
        raise Mismatch(f"{what} is {_name(inner.dtype)}, expected real numbers")
    return inner.detach().to("cpu", torch.float64)


def _no_difference(different: torch.Tensor, what: str, hint: str | None) -> None:
    if bool(different.any()):
        cause = f": {hint}" if hint else ""
        raise Mismatch(f"{what} has the right shape and wrong values{_place(different)}{cause}")


def _same_shape(value: torch.Tensor, shape: tuple[int, ...], what: str) -> None:
    if tuple(value.shape) != shape:
        raise Mismatch(f"{what} has shape {_tuple(value)}, expected {shape}")


def _same_device(one: torch.device, other: torch.device) -> bool:
    return one.type == other.type and (one.index or 0) == (other.index or 0)


def _place(bad: torch.Tensor) -> str:
    """Where the first bad entry is, and how many there are."""
    if bad.dim() == 0:
        return ""
    first = ", ".join(str(int(index)) for index in bad.nonzero()[0])
    entry = f"({first})" if bad.dim() > 1 else first
    return f" (first at entry {entry}; {int(bad.sum())} of {bad.numel()} entries)"


def _tuple(value: torch.Tensor) -> tuple[int, ...]:
    return tuple(value.shape)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _kind(value: object) -> str:
    if value is None:
        return "None"
    if type(value) is torch.Tensor:
        return f"a {_name(value.dtype)} tensor of shape {_tuple(value)}"
    stands = _stands_for(value)
    name = "object of another kind" if stands == "object" else stands or type(value).__name__[:40]
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _cause(value: object) -> str:
    if value is None:
        return ": is a return or an assignment missing?"
    stands = _stands_for(value) or (
        "function" if callable(value) and not isinstance(value, torch.Tensor) else None
    )
    if stands in ("function", "class"):
        return f": it is the {stands} itself; was it meant to be called?"
    return ""


def _stands_for(value: object) -> str | None:
    """What a stand-in for an object of the submission stands
    for, in words of ours: the submission says it.
    """
    stands = getattr(value, "__dict__", {}).get("_stands_for")
    return next(
        (word for word in ("function", "class", "module", "object") if stands == word), None
    )
