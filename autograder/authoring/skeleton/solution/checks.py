"""Public checks for NAME: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.by_hand import same

POINTS = {"z": 1, "layer": 2}


@pytest.mark.task("z")
def test_z_of_the_first_unit(submission: Any) -> None:
    """z has one row per sample and one column per unit; the first sample's first sum is -1."""
    z = expect.values(submission.z, what="z", shape=(3, 2))
    expect.close(z[0, 0], torch.tensor(-1.0), what="z[0, 0]", rtol=0, atol=1e-6)


@pytest.mark.task("layer")
def test_layer_shape(submission: Any) -> None:
    """layer returns one row per sample and one column per unit."""
    y = submission.layer(torch.ones(5, 3), torch.ones(4, 3), torch.zeros(4))
    expect.values(y, what="layer(x, w, b)", shape=(5, 4))


@pytest.mark.task("layer")
def test_layer_of_one_sample(submission: Any) -> None:
    """A unit whose sum is negative is off: its output is 0."""
    y = submission.layer(torch.tensor([[1.0]]), torch.tensor([[2.0], [-2.0]]), torch.zeros(2))
    same(y, torch.tensor([[2.0, 0.0]]), what="layer(x, w, b)")
