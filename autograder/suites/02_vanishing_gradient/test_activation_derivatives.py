"""The four slopes against their formulas in float64, written so that nothing overflows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

SLOPE = 0.01
# By the size of z, since an exponential of a negative number can't overflow.
REFERENCES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid_grad": lambda z: torch.exp(-z.abs()) / (1 + torch.exp(-z.abs())) ** 2,
    "tanh_grad": lambda z: 4 * torch.exp(-2 * z.abs()) / (1 + torch.exp(-2 * z.abs())) ** 2,
    "relu_grad": lambda z: (z > 0).double(),
    "leaky_relu_grad": lambda z: leaky(z, SLOPE),
}
HINTS = {
    "sigmoid_grad": "it is the slope of the sigmoid at z, where z itself is given, not the "
    "sigmoid's value",
    "tanh_grad": "it is the slope of tanh at z, where z itself is given, not the value of tanh",
    "relu_grad": "the slope is one number on the left of 0 and another on the right",
    "leaky_relu_grad": "the slope is one number on the left of 0 and another on the right",
}
each = pytest.mark.parametrize("name", REFERENCES)


def leaky(z: torch.Tensor, slope: float) -> torch.Tensor:
    return torch.where(z > 0, torch.ones_like(z, dtype=torch.float64), slope)


def draw(rng: torch.Generator, *shape: int) -> torch.Tensor:
    """Numbers with sizes from 0.3 to 4 in float64; their signs
    take turns, so both are there where two numbers are.
    """
    sizes = 0.3 + 3.7 * torch.rand(shape, generator=rng, dtype=torch.float64).flatten()
    first = int(torch.randint(0, 2, (1,), generator=rng))
    return (sizes * (1 - 2.0 * ((torch.arange(len(sizes)) + first) % 2))).reshape(shape)


def check(found: object, z: torch.Tensor, expected: torch.Tensor, what: str, hint: str) -> None:
    expect.tensor(found, what=what, shape=tuple(z.shape), dtype=z.dtype, device=z.device)
    # A slope is at most 1, and 1 − s² loses what is far below 1: hence an absolute tolerance. The
    # slope of a leaky ReLU may have passed through float32, where torch puts plain numbers.
    atol = max(200 * torch.finfo(z.dtype).eps, 1e-7 if what.startswith("leaky") else 0.0)
    expect.close(found, expected, what=what, rtol=0, atol=atol, hint=hint)


def check_values(submission: Any, name: str, z: torch.Tensor, hint: str | None = None) -> None:
    expected = REFERENCES[name](z.double())
    check(getattr(submission, name)(z.clone()), z, expected, f"{name}(z)", hint or HINTS[name])


@pytest.mark.task("activation_derivatives", weight=4)
@each
def test_values(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """Each entry is the slope at that entry of z."""
    check_values(submission, name, draw(rng, 5, 7).to(device))


@pytest.mark.task("activation_derivatives")
@each
def test_float32(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """The result is float32 when z is."""
    check_values(submission, name, draw(rng, 9).to(device, torch.float32))


@pytest.mark.task("activation_derivatives")
@each
def test_any_shape(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """z may have any shape: no dimension at all, one entry, three dimensions, a thousand rows."""
    for shape in ((), (1,), (1, 1), (2, 3, 4), (1031, 2), (2, 1031)):
        for sign in (1, -1):
            check_values(submission, name, sign * draw(rng, *shape).to(device))


@pytest.mark.task("activation_derivatives")
@each
def test_far_from_zero(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """The slope is right, too, where the function is almost flat."""
    z = draw(rng, 6, 4) * 6
    z[0] = torch.tensor([-12.0, 12.0, -20.0, 20.0])
    check_values(submission, name, z.to(device))


@pytest.mark.task("activation_derivatives")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@each
def test_large_numbers(
    submission: Any, rng: torch.Generator, device: torch.device, name: str, dtype: torch.dtype
) -> None:
    """The slope is a finite number for z of any size, on either side."""
    powers = torch.tensor([2.0, 2.5, 3.0, 4.0, 10.0, 30.0, 38.0], dtype=torch.float64)
    sizes = (1 + torch.rand(7, generator=rng, dtype=torch.float64)) * 10**powers
    hint = "for large numbers the exponential is infinite, and infinite by infinite is nan"
    usual = draw(rng, 4)
    check_values(submission, name, torch.cat([sizes, usual, -sizes]).to(device, dtype), hint)


@pytest.mark.task("activation_derivatives")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
@each
def test_beside_zero(
    submission: Any, rng: torch.Generator, device: torch.device, name: str, dtype: torch.dtype
) -> None:
    """However near to 0 z is, the slope is that of its side."""
    powers = torch.tensor([0.25, 0.1, 0.01, 1e-3, 1e-5, 1e-7, 1e-9, 1e-15, 1e-30]).double()
    sizes = (0.5 + 0.5 * torch.rand(9, generator=rng, dtype=torch.float64)) * powers
    z = torch.cat([sizes, -sizes, draw(rng, 2)])
    for part in (z, torch.cat([sizes[4:], -sizes[4:]])):
        check_values(
            submission,
            name,
            part.to(device, dtype),
            "is there a threshold, or a number that is added?",
        )


@pytest.mark.task("activation_derivatives")
@each
def test_at_zero(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """At exactly 0 the smooth ones are steepest, relu_grad is 0
    and leaky_relu_grad is the slope.
    """
    z = draw(rng, 4, 3)
    z[::2] = 0.0
    z[2, 1] = -0.0
    check_values(submission, name, z.to(device), "what does the task say about exactly 0?")


@pytest.mark.task("activation_derivatives")
@each
def test_transposed_view(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """z may be a transposed view, whose entries do not lie in memory row by row."""
    check_values(
        submission,
        name,
        draw(rng, 3, 5).T.to(device),
        "is z read in the order in which it lies in memory?",
    )


@pytest.mark.task("activation_derivatives")
@each
def test_second_call(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """A second call with the same z gives the same slopes, and leaves those of the first alone."""
    z = draw(rng, 3, 4).to(device)
    hint = "do gradients stay in z.grad, where backward() adds to those of an earlier call?"
    for found in expect.items(submission.drive(drivers.twice, name, z), what="two calls", length=2):
        check(found, z, REFERENCES[name](z), f"{name}(z)", hint)


@pytest.mark.task("activation_derivatives")
@each
def test_argument_stays(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """z is as it was before the call."""
    z = draw(rng, 4, 6).to(device)
    before = z.clone()
    found = getattr(submission, name)(z)
    expect.unchanged(before, z, what="z")
    check(found, before, REFERENCES[name](before), f"{name}(z)", HINTS[name])
    if submission.drive(drivers.flags_after, name, False, before) != [False, False]:
        raise Mismatch("the call changed requires_grad or .grad of z: work on a detached copy")


@pytest.mark.task("activation_derivatives", weight=0.5)
@each
def test_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """The slopes depend on the argument alone, not on earlier calls."""
    for shape in ((3, 4), (3, 4), (2, 5), (3, 4)):
        check_values(
            submission, name, draw(rng, *shape).to(device), "is something of an earlier call kept?"
        )
    z = draw(rng, 3, 4).to(device)
    calls = submission.drive(drivers.around_a_step, name, [-0.75], z)
    for found, factor in zip(
        expect.items(calls, what="two calls", length=2), (1.0, -0.75), strict=True
    ):
        hint = "is a result kept for tensors that look the same?"
        check(found, factor * z, REFERENCES[name](factor * z), f"{name}(z)", hint)


@pytest.mark.task("activation_derivatives")
@pytest.mark.parametrize("how", ["by_position", "by_name"])
def test_leaky_slope(submission: Any, rng: torch.Generator, device: torch.device, how: str) -> None:
    """leaky_relu_grad takes its slope as the second argument, which is called `slope`."""
    z = draw(rng, 6, 3).to(device)
    drawn = 0.1 + 0.7 * float(torch.rand(1, generator=rng))
    for slope in (drawn, drawn / 1000):
        given = z.clone()
        if how == "by_name":
            found = submission.leaky_relu_grad(given, slope=slope)
        else:
            found = submission.leaky_relu_grad(given, slope)
        check(
            found,
            z,
            leaky(z, slope),
            "leaky_relu_grad(z, slope)",
            "is the slope that was asked for in use?",
        )


@pytest.mark.task("activation_derivatives")
def test_leaky_slope_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """At exactly 0 leaky_relu_grad is the slope that was asked for."""
    z = draw(rng, 8)
    z[::3] = 0.0
    slope = 0.2 + 0.5 * float(torch.rand(1, generator=rng))
    found = submission.leaky_relu_grad(z.to(device), slope)
    check(
        found,
        z.to(device),
        leaky(z, slope),
        "leaky_relu_grad(z, slope)",
        "what does the task say about exactly 0?",
    )


@pytest.mark.task("activation_derivatives")
def test_leaky_slope_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """With a slope of 0 nothing leaks, and leaky_relu_grad is that of ReLU."""
    z = draw(rng, 9).to(device)
    found = submission.leaky_relu_grad(z.clone(), slope=0.0)
    check(
        found,
        z,
        leaky(z, 0.0),
        "leaky_relu_grad(z, slope)",
        "is a slope of 0 taken for a missing one?",
    )
