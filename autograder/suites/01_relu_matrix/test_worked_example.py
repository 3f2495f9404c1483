"""The worked example: each variable is judged by its true value, whatever the ones before it are."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect

X = torch.tensor([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [-2.0, -2.0]], dtype=torch.float64)
W1 = torch.tensor([[1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
W2 = torch.tensor([[1.0, -1.0]], dtype=torch.float64)
HIDDEN = (X @ W1.T).clamp(min=0)


@pytest.mark.task("z1")
def test_z1(submission: Any) -> None:
    """z1 holds the pre-activations of the hidden layer, one row per sample."""
    found = expect.values(submission.z1, what="z1")
    hint = "multiply x by the transpose of w1"
    expect.close(found, X @ W1.T, what="z1", rtol=1e-5, atol=1e-5, hint=hint)


@pytest.mark.task("y1")
def test_y1(submission: Any) -> None:
    """y1 holds the activations of the hidden layer."""
    found = expect.values(submission.y1, what="y1")
    hint = "ReLU keeps what is positive and puts 0 in place of what is not"
    expect.close(found, HIDDEN, what="y1", rtol=1e-5, atol=1e-5, hint=hint)


@pytest.mark.task("z2")
def test_z2(submission: Any) -> None:
    """z2 holds the network's outputs, a column with one row per sample."""
    found = expect.values(submission.z2, what="z2")
    hint = "multiply y1, not z1, by the transpose of w2, and mind the sign of w2's second entry"
    expect.close(found, HIDDEN @ W2.T, what="z2", rtol=1e-5, atol=1e-5, hint=hint)


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
