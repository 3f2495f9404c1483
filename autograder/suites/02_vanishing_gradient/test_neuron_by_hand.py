"""The neuron of the locked cell: a value is right when it is
true, or when it follows from the student's own z.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect, follow_through
from course_lib.expect import Mismatch

X = torch.tensor([1.0, 1.0], dtype=torch.float64)
W = torch.tensor([1.0, 1.0], dtype=torch.float64)
B = -5.0
Z = X @ W + B
# Typed numbers and float32 results count alike.
TOLERANCE = 1e-5


@pytest.mark.task("pre_activation")
def test_z(submission: Any) -> None:
    """z is the number that goes into the ReLU."""
    found = expect.values(submission.z, what="z", shape=())
    hint = "add up the products of x and w, then add b, and leave the ReLU for later"
    expect.close(found, Z, what="z", rtol=0, atol=TOLERANCE, hint=hint)


@pytest.mark.task("pre_activation")
def test_a(submission: Any) -> None:
    """a is the number that comes out of the ReLU."""
    found = expect.values(submission.a, what="a", shape=())
    own = follow_through.earlier(submission, "z", shape=())
    if own is not None and own == 0:
        raise Mismatch("z is 0, so nothing can be told from a: what goes into the ReLU?")
    hint = "ReLU keeps what is positive and puts 0 in place of what is not"
    follows = None if own is None else own.clamp(min=0)
    follow_through.close(
        found, Z.clamp(min=0), follows, what="a", of="z", rtol=0, atol=TOLERANCE, hint=hint
    )


@pytest.mark.task("local_gradients")
def test_dz_dx(submission: Any) -> None:
    """dz_dx says how fast z changes with each entry of x; the ReLU has no part in it."""
    found = expect.values(submission.dz_dx, what="dz_dx")
    hint = "z is linear in x: by what is each entry of x multiplied?"
    expect.close(found, W, what="dz_dx", rtol=0, atol=TOLERANCE, hint=hint)


@pytest.mark.task("local_gradients")
def test_da_dx(submission: Any) -> None:
    """da_dx says how fast a changes with each entry of x, through the ReLU."""
    found = expect.values(submission.da_dx, what="da_dx")
    _something(submission)
    own = follow_through.earlier(submission, "z", shape=())
    follows = None if own is None else (own > 0).double() * W
    hint = "by the chain rule it is the ReLU's slope at z times dz_dx"
    follow_through.close(
        found, (Z > 0) * W, follows, what="da_dx", of="z", rtol=0, atol=TOLERANCE, hint=hint
    )


def _something(submission: Any) -> None:
    """Zeros for both gradients say nothing of the ReLU."""
    found = expect.values(submission.dz_dx, what="dz_dx")
    if not bool(found.any()):
        raise Mismatch(
            "dz_dx is 0, so nothing can be told from da_dx: is there a ReLU between x and z?"
        )


@pytest.mark.task("alive_bias")
def test_b_alive(submission: Any) -> None:
    """With b_alive in place of b the ReLU lets the gradient through at x."""
    found = expect.number(submission.b_alive, what="b_alive")
    if not X @ W + found > 0:
        raise Mismatch(
            "with b_alive the neuron passes no gradient at x: on which side of the kink is z?"
        )
