"""What a public check says about an example that was worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from course_lib.by_hand import same
from course_lib.expect import Mismatch


def said(found: list[float], expected: list[float]) -> str:
    with pytest.raises(Mismatch) as caught:
        same(torch.tensor(found), torch.tensor(expected), what="f(60)", hint="radians?")
    return str(caught.value)


def test_what_is_far_off_is_shown_beside_what_is_right() -> None:
    assert (
        said([0.5, 0.25], [0.5, 0.866]) == "f(60) is [0.5, 0.25], expected [0.5, 0.866]: radians?"
    )


def test_what_looks_the_same_when_rounded_is_said_to_be_nearly_right() -> None:
    told = said([math.sin(3.1415 / 3)], [math.sin(math.pi / 3)])
    assert told.startswith("f(60) is nearly [0.866], but off by 2e-05, and 1e-05 is allowed")
    assert "radians" not in told, "that is not what went wrong"
