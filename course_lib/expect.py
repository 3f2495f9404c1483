"""Judge a value in a test, or raise `Mismatch` with a hint for the student.

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

import torch

from course_lib._counted import integer, items
from course_lib._mismatch import Mismatch, place, shape_of
from course_lib._numbers import (
    FLOATS,
    INTEGERS,
    numbers,
    same_device,
    same_shape,
    tensor,
    values,
)

__all__ = [
    "FLOATS",
    "INTEGERS",
    "Measurement",
    "Mismatch",
    "below",
    "close",
    "equal",
    "finite",
    "gradients",
    "integer",
    "items",
    "measured",
    "number",
    "tensor",
    "unchanged",
    "values",
]

_BACKWARD_FAULTS = {
    "modified by an inplace "
    "operation": "a tensor that the backward pass still needs was changed in place",
    "second time": "the graph was already used by an earlier backward pass",
    "invalid gradient": "a custom backward function returns gradients of the wrong shape or number",
}


@dataclass(frozen=True)
class Measurement:
    """A judged loss: its share of the baseline's loss, and the share allowed."""

    what: str
    baseline: str
    share: float
    limit: float


_measurements: ContextVar[list[Measurement] | None] = ContextVar("measurements", default=None)


@contextlib.contextmanager
def measured() -> Iterator[list[Measurement]]:
    """Collect everything that `below` judges, passed or not, to measure thresholds.

    Examples:
        >>> with expect.measured() as found:
        ...     expect.below(0.05, what="the loss", share=0.1, baseline=1.0, of="a constant")
        >>> found
        [Measurement(what='the loss', baseline='a constant', share=0.05, limit=0.1)]
    """
    found: list[Measurement] = []
    token = _measurements.set(found)
    try:
        yield found
    finally:
        _measurements.reset(token)


def number(value: object, *, what: str) -> float:
    """Return a finite number: a Python or NumPy number, or a tensor or array without dimensions.

    Raises:
        Mismatch: it is something else, a bool, has dimensions, or is nan or infinite.

    Examples:
        >>> expect.number(torch.tensor(0.5), what="loss(y, t)")
        0.5
        >>> expect.number(torch.zeros(2), what="loss(y, t)")
        Traceback (most recent call last):
        Mismatch: loss(y, t) has shape (2,), expected a single number
    """
    single = values(value, what=what)
    if single.dim() != 0:
        raise Mismatch(f"{what} has shape {shape_of(single)}, expected a single number")
    finite(single, what=what)
    return float(single.item())


def finite(value: object, *, what: str) -> None:
    """Check that a tensor of numbers holds neither nan nor infinity.

    Raises:
        Mismatch: it does, or it is no tensor of numbers.

    Examples:
        >>> expect.finite(torch.tensor([1.0, float("nan")]), what="y")
        Traceback (most recent call last):
        Mismatch: y holds nan or infinity (first at entry 1; 1 of 2 entries): is something divided
        by zero, or does it overflow?
    """
    inner = numbers(value, what)
    bad = ~torch.isfinite(inner)
    if bool(bad.any()):
        raise Mismatch(
            f"{what} holds nan or infinity{place(bad)}: is something divided by zero, or does it "
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

    Examples:
        >>> expect.below(0.3, what="the loss", share=0.1, baseline=1.0, of="the best constant")
        Traceback (most recent call last):
        Mismatch: the loss is not below 0.1 times the error of the best constant: is it trained
        long enough, and on the right thing?
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
    """Check a tensor: finite, of the shape, each entry within atol + rtol · its expected size.

    `hint` says a likely cause and is added where the shape is right and the values are not.
    The dtype is not compared (see `tensor`), and nothing is broadcast.

    Raises:
        Mismatch: the tensor is not as expected.
        ValueError: the expected values are not finite; that is the test's fault.

    Examples:
        >>> y, right = torch.tensor([1.0, 2.5]), torch.tensor([1.0, 2.0])
        >>> expect.close(y, right, what="y", rtol=1e-5, atol=1e-6, hint="is b added?")
        Traceback (most recent call last):
        Mismatch: y has the right shape and wrong values (first at entry 1; 1 of 2 entries): is b
        added?
    """
    target = expected.detach().to("cpu", torch.float64)
    if not bool(torch.isfinite(target).all()):
        raise ValueError("the expected values must be finite")
    inner = numbers(actual, what)
    finite(inner, what=what)
    same_shape(inner, tuple(target.shape), what)
    _no_difference((inner - target).abs() > atol + rtol * target.abs(), what, hint)


def equal(actual: object, expected: torch.Tensor, *, what: str, hint: str | None = None) -> None:
    """Check a tensor without tolerance, such as bools or indices: dtype, shape, entries.

    Raises:
        Mismatch: the tensor is not as expected.

    Examples:
        >>> expect.equal(torch.tensor([1.0]), torch.tensor([True]), what="alive(z)")
        Traceback (most recent call last):
        Mismatch: alive(z) is float32, expected bool: compare, with > for example, to get True and
        False
    """
    inner = tensor(actual, what=what, shape=tuple(expected.shape), dtype=expected.dtype)
    _no_difference(inner.detach().cpu() != expected.detach().cpu(), what, hint)


def unchanged(before: torch.Tensor, after: torch.Tensor, *, what: str) -> None:
    """Check that an argument is, after the call, what its copy from before the call is.

    Raises:
        Mismatch: its shape, dtype, device or an entry was changed.

    Examples:
        >>> x = torch.ones(2)
        >>> before, _ = x.clone(), x.relu_()
        >>> expect.unchanged(before, x, what="x")
        >>> x += 1
        >>> expect.unchanged(before, x, what="x")
        Traceback (most recent call last):
        Mismatch: the call changed its argument x: work on a new tensor, without functions that
        end in _ and without +=, -= or *=
    """
    same_kind = (
        after.shape == before.shape
        and after.dtype == before.dtype
        and same_device(after.device, before.device)
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

    Examples:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> expect.gradients(x**2, {"x": x}, torch.ones(2), what="square(x)")
        {'x': tensor([2., 4.])}
        >>> expect.gradients(x.detach() ** 2, {"x": x}, torch.ones(2), what="square(x)")
        Traceback (most recent call last):
        Mismatch: no gradient reaches x from square(x): was something detached, computed under
        no_grad, or rebuilt with torch.tensor(...) or NumPy?
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


def _no_difference(different: torch.Tensor, what: str, hint: str | None) -> None:
    if bool(different.any()):
        cause = f": {hint}" if hint else ""
        raise Mismatch(f"{what} has the right shape and wrong values{place(different)}{cause}")
