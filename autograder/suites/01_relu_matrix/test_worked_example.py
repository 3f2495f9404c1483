"""The worked example: each value is right when it is true, or
when it follows from the student's own earlier one.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect, follow_through

X = torch.tensor([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [-2.0, -2.0]], dtype=torch.float64)
W1 = torch.tensor([[1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
W2 = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
HIDDEN = (X @ W1.T).clamp(min=0)
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.mark.task("z1")
def test_z1(submission: Any) -> None:
    """z1 holds the pre-activations of the hidden layer, one row per sample."""
    found = expect.values(submission.z1, what="z1")
    hint = "multiply x by the transpose of w1"
    expect.close(found, X @ W1.T, what="z1", hint=hint, **TOLERANCE)


@pytest.mark.task("y1")
def test_y1(submission: Any) -> None:
    """y1 holds the activations of the hidden layer."""
    found = expect.values(submission.y1, what="y1")
    z1 = follow_through.earlier(submission, "z1", shape=(4, 2))
    # Where nothing is negative, or nothing positive, a wrong ReLU would look right.
    shows = z1 is not None and bool((z1 < 0).any()) and bool((z1 > 0).any())
    own = z1.clamp(min=0) if z1 is not None and shows else None
    hint = "ReLU keeps what is positive and puts 0 in place of what is not"
    follow_through.close(found, HIDDEN, own, what="y1", of="z1", hint=hint, **TOLERANCE)


@pytest.mark.task("z2")
def test_z2(submission: Any) -> None:
    """z2 holds the network's outputs, a column with one row per sample."""
    found = expect.values(submission.z2, what="z2")
    y1 = follow_through.earlier(submission, "y1", shape=(4, 2))
    own = None if y1 is None else y1 @ W2.T
    # A column of one number says nothing of the product.
    own = None if own is None or bool((own == own[0]).all()) else own
    hint = "multiply y1, not z1, by the transpose of w2, and mind the sign of w2's second entry"
    follow_through.close(found, HIDDEN @ W2.T, own, what="z2", of="y1", hint=hint, **TOLERANCE)


@pytest.mark.task("w2_abs")
def test_w2_abs(submission: Any) -> None:
    """With w2_abs in place of w2 the network gives opposite samples the same positive output."""
    found = expect.values(submission.w2_abs, what="w2_abs", shape=(1, 2))
    expect.finite(found, what="w2_abs")
    outputs = HIDDEN @ found.T
    hint = "see which hidden unit is active for each sample, and what weight it needs"
    what = "the network's output with w2_abs"
    # Weights found by training count, so this is looser than rounding.
    expect.close(outputs, HIDDEN.sum(dim=1, keepdim=True), what=what, rtol=0, atol=1e-3, hint=hint)
