"""`rotation_matrix` against sine and cosine, entry by entry."""

from __future__ import annotations

from typing import Any

import numbers_00
import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

WHAT = "rotation_matrix(degrees)"
VALUES = "test_rotation_values"
LOOK = "compare with R in the text: the unit of the angle, each sign, and which entries are sines"


def check(submission: Any, degrees: float, hint: str = LOOK) -> None:
    """Compare with R."""
    found = expect.tensor(submission.rotation_matrix(degrees), what=WHAT, shape=(2, 2))
    if found.dtype != torch.float32 and found.dtype != torch.float64:
        raise Mismatch(f"{WHAT} is {str(found.dtype)[6:]}, expected float32 or float64")
    expect.close(found, numbers_00.rotation(degrees), what=WHAT, rtol=0, atol=1e-5, hint=hint)


@pytest.mark.task("rotation", weight=5)
@pytest.mark.parametrize("start", [0, 90, -90, -180])
def test_rotation_values(submission: Any, rng: torch.Generator, start: int) -> None:
    """rotation_matrix gives R, for angles in each quarter of a full turn."""
    check(submission, start + numbers_00.between(rng, 12.0, 40.0))
    check(submission, start + numbers_00.between(rng, 50.0, 78.0))


@pytest.mark.task("rotation", weight=1, needs=VALUES)
@pytest.mark.parametrize("degrees", [0, 90, 180, 270, -90, 45, 17, -133])
def test_rotation_whole_degrees(submission: Any, degrees: int) -> None:
    """The angle may be given as a whole number, and quarter turns are no special case."""
    check(submission, degrees, "is it right for whole numbers and for quarter turns?")


@pytest.mark.task("rotation", weight=1, needs=VALUES)
def test_rotation_beyond_a_full_turn(submission: Any, rng: torch.Generator) -> None:
    """Angles beyond a full turn, in both directions, work as well."""
    for turns in (-3, -1, 1, 3):
        check(submission, 360 * turns + numbers_00.between(rng, 20.0, 70.0), "is a range assumed?")


@pytest.mark.task("rotation", weight=1, needs=VALUES)
def test_rotation_by_little(submission: Any, rng: torch.Generator) -> None:
    """A fraction of a degree turns by a fraction of a degree."""
    for sign in (-1, 1):
        angle = sign * numbers_00.between(rng, 0.2, 0.4)
        check(submission, angle, "is the angle rounded, or are the entries?")


@pytest.mark.task("rotation", weight=1, needs=VALUES)
def test_rotation_called_again(submission: Any, rng: torch.Generator) -> None:
    """Earlier calls make no difference."""
    for _ in range(10):
        check(submission, numbers_00.between(rng, -170.0, 170.0), "is an earlier result kept?")
