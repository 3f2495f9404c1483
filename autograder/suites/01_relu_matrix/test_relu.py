"""`relu` by its values and by the gradients that it passes; at
exactly 0 any slope from 0 to 1 is right.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

both = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])


def draw(
    rng: torch.Generator, device: torch.device, dtype: torch.dtype, *shape: int
) -> torch.Tensor:
    """Entries with sizes from 0.5 to 9; their signs take turns,
    so both are there wherever two entries are.
    """
    sizes = 0.5 + 8.5 * torch.rand(shape, generator=rng, dtype=torch.float64).flatten()
    first = int(torch.randint(0, 2, (1,), generator=rng))
    signs = 1 - 2.0 * ((torch.arange(len(sizes)) + first) % 2)
    return (sizes * signs).reshape(shape).to(device, dtype)


def wide(rng: torch.Generator, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    """Entries of all sizes that the type holds with ease, from
    far below to far above 1, of both signs.
    """
    reach = 30 if dtype == torch.float32 else 150
    near = torch.tensor([1e-9, 1e-7, 1e-5, 1e-3, 0.01, 0.1, 0.25])
    powers = torch.cat([torch.linspace(-reach, reach, 25), near.log10()]).double()
    sizes = 10**powers * (1 + torch.rand(len(powers), generator=rng, dtype=torch.float64))
    return torch.stack([sizes, -sizes]).to(device, dtype)


def check(
    found: object,
    z: torch.Tensor,
    hint: str = "positive entries stay as they are, others become 0",
    atol: float = 1e-6,
) -> None:
    """By default for entries of `draw`: half a sum of z and the root of its square is rounded."""
    expect.tensor(found, what="relu(z)", shape=tuple(z.shape), dtype=z.dtype, device=z.device)
    right = torch.where(z > 0, z, 0.0)
    expect.close(found, right, what="relu(z)", rtol=1e-6, atol=atol, hint=hint)


@pytest.mark.task("two_layer", weight=2)
def test_relu_values(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """relu keeps each positive entry and replaces the others by 0."""
    z = draw(rng, device, torch.float32, 5, 7)
    check(submission.relu(z.clone()), z)


@pytest.mark.task("two_layer", weight=0.5, needs="test_relu_values")
@pytest.mark.parametrize(
    "shape", [(), (1,), (9,), (1, 1), (2, 3, 4), (1031, 2), (3, 1031)], ids=str
)
def test_relu_shapes(
    submission: Any, rng: torch.Generator, device: torch.device, shape: tuple[int, ...]
) -> None:
    """relu takes a tensor of any shape, also a transposed view, and keeps shape and dtype."""
    for sign in (1, -1):
        z = sign * draw(rng, device, torch.float64, *shape)
        # PyTorch's square root can miss the last bit, in one of ten thousand entries.
        check(submission.relu(z.clone()), z, atol=1e-12)
        check(submission.relu(z.T.contiguous().T if z.ndim == 2 else z.clone()), z, atol=1e-12)


@pytest.mark.task("two_layer", needs="test_relu_values")
@both
def test_relu_of_any_size(
    submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype
) -> None:
    """relu is right for the smallest and the largest numbers, and right beside its kink."""
    z = wide(rng, device, dtype)
    check(
        submission.relu(z.clone()),
        z,
        "its kink is at exactly 0, it has no upper bound and needs no exponential",
        atol=0,
    )


@pytest.mark.task("two_layer", needs="test_relu_values")
@both
def test_relu_at_zero(
    submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype
) -> None:
    """relu of exactly 0 is 0, and its gradient there is a number from 0 to 1."""
    z = draw(rng, device, dtype, 1, 9)
    z[0, ::2] = 0.0
    z[0, 4] = -0.0
    leaf = z.clone().requires_grad_()
    found = submission.relu(leaf)
    check(found, z)
    slope = expect.gradients(found, {"z": leaf}, torch.ones_like(z), what="relu(z)")["z"]
    expect.finite(slope, what="the gradient of z")
    there = slope[z == 0]
    if bool(((there < 0) | (there > 1)).any()):
        raise Mismatch("at exactly 0 the gradient of relu is no number from 0 to 1")


@pytest.mark.task("two_layer", needs="test_relu_values")
def test_relu_leaves_its_argument_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """relu returns a new tensor and leaves its argument as it was."""
    z = draw(rng, device, torch.float32, 40, 30)
    before = z.clone()
    found = submission.relu(z)
    expect.unchanged(before, z, what="z")
    check(found, before)
    for asking in (False, True):
        if submission.drive(drivers.flags_after, "relu", asking, before) != [asking, False]:
            raise Mismatch(
                "the call changed requires_grad or .grad of z: leave backward() to the caller"
            )


@pytest.mark.task("two_layer", weight=2, needs="test_relu_values")
@both
def test_relu_gradient(
    submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype
) -> None:
    """relu passes the upstream gradient where its argument is
    positive and stops it where it is negative.
    """
    for z in (draw(rng, device, dtype, 5, 4), wide(rng, device, dtype)):
        leaf = z.clone().requires_grad_()
        upstream = torch.randn(tuple(z.shape), generator=rng, dtype=torch.float64).to(device, dtype)
        expected = torch.where(z > 0, upstream, 0.0)
        found = expect.gradients(submission.relu(leaf), {"z": leaf}, upstream, what="relu(z)")
        hint = "does the gradient follow the upstream one, and stop where z is negative?"
        expect.close(
            found["z"], expected, what="the gradient of z", rtol=1e-5, atol=1e-12, hint=hint
        )


@pytest.mark.task("two_layer", weight=0.5, needs="test_relu_values")
def test_relu_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What relu gives depends on its argument alone, not on earlier calls."""
    for shape in ((3, 4), (3, 4), (2, 5), (3, 4)):
        z = draw(rng, device, torch.float32, *shape)
        check(submission.relu(z.clone()), z, "is something of an earlier call kept?")
    pair = submission.drive(drivers.around_a_step, "relu", [2.0], z)
    for found, factor in zip(
        expect.items(pair, what="two calls", length=2), (1.0, 2.0), strict=True
    ):
        check(
            found,
            factor * z,
            "is a result kept for tensors that look the same, though their entries changed?",
        )
