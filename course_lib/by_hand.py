"""Check examples small enough to work out by hand; a failure shows both values.

Hidden tests use `course_lib.expect` alone, whose messages tell no values.
"""

from __future__ import annotations

import torch

from course_lib import expect
from course_lib.expect import Mismatch

_LARGEST = 12


def shown(value: torch.Tensor) -> str:
    """Up to a dozen numbers as students write them: [[1, -2], [0.5, 3]]; of more, the shape."""
    if value.numel() > _LARGEST:
        return f"of shape {tuple(value.shape)}"
    return _written(value.detach().cpu().tolist())


def same(
    found: torch.Tensor, expected: torch.Tensor, *, what: str, atol: float = 1e-5, hint: str = ""
) -> None:
    """Check the result of an example: finite, of that shape, and within `atol` of what is expected.

    Raises:
        Mismatch: it is not; the message tells both.
    """
    expect.finite(found, what=what)
    values = expect.values(found, what=what, shape=tuple(expected.shape))
    if bool(((values - expected.double()).abs() > atol).any()):
        if shown(values) == shown(expected) and values.numel() <= _LARGEST:
            off = float((values - expected.double()).abs().max())
            raise Mismatch(
                f"{what} is nearly {shown(expected)}, but off by {off:.1g}, and {atol:g} is "
                "allowed: is a constant or a step of the computation too coarse?"
            )
        cause = f": {hint}" if hint else ""
        raise Mismatch(f"{what} is {shown(values)}, expected {shown(expected)}{cause}")


def equal(found: object, expected: torch.Tensor, *, what: str, hint: str = "") -> None:
    """Check the result of an example of bools or whole numbers: type, shape and entries.

    Raises:
        Mismatch: it is not as expected; where only entries differ, the message tells both.
    """
    result = expect.tensor(found, what=what, shape=tuple(expected.shape), dtype=expected.dtype)
    if not torch.equal(result.cpu(), expected):
        cause = f": {hint}" if hint else ""
        raise Mismatch(f"{what} is {shown(result)}, expected {shown(expected)}{cause}")


def _written(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
