"""Check arguments; each error names the argument, the value given and the value needed."""

import math
from numbers import Integral, Real

import torch


def whole(name: str, value: object, smallest: int) -> int:
    """A whole number that is at least `smallest`; bool is none.

    Raises:
        TypeError: it is something else than a whole number.
        ValueError: it is too small.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < smallest:
        raise ValueError(f"{name} must be at least {smallest}, not {value}")
    return int(value)


def number(name: str, value: object, *, positive: bool) -> float:
    """A finite number that is positive, or at least 0; bool is none.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative, not finite, or 0 where it must be positive.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    found = float(value)
    if not math.isfinite(found) or found < 0 or (positive and found == 0):
        raise ValueError(
            f"{name} must be {'positive' if positive else 'at least 0'} and finite, not {value}"
        )
    return found


def usable_device(device: object) -> torch.device:
    """The device of that name, on which tensors can be made now.

    Raises:
        TypeError: it is no device and no name of one.
        ValueError: it is unknown or not usable here.
    """
    if isinstance(device, bool) or not isinstance(device, (str, int, torch.device)):
        raise TypeError(
            f"device must be a name such as 'cpu' or 'cuda', or a torch.device, not {device!r}"
        )
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (
        RuntimeError,
        AssertionError,
        NotImplementedError,
    ) as error:  # CUDA left out of torch: AssertionError
        raise ValueError(
            f"device must be one that torch can use here, such as 'cpu', not {str(device)!r}"
        ) from error
    if found.type == "meta":
        raise ValueError("device must be one that holds numbers, such as 'cpu', not 'meta'")
    return found
