"""Convert numbers in any form to arrays on the CPU; each error names the argument."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]
Values = torch.Tensor | NDArray[Any] | Sequence[Any]


def numbers(value: Any) -> Array:
    """Convert a tensor, an array-like, or a list of these to float64 on the CPU.

    Raises:
        TypeError, ValueError, RuntimeError: there are others in it than real numbers, or it is
            ragged.
    """
    if isinstance(value, torch.Tensor):
        if value.is_complex():
            raise TypeError("complex numbers")
        return np.asarray(value.detach().cpu().to(torch.float64).numpy())
    if isinstance(value, list | tuple) and any(isinstance(item, torch.Tensor) for item in value):
        value = [numbers(item) for item in value]
    found = np.asarray(value)
    if found.dtype.kind not in "fiub":
        raise TypeError(f"{found.dtype} is not a type of real numbers")
    return found.astype(np.float64)


def finite_array(name: str, value: Any, shape: tuple[int | None, ...]) -> Array:
    """Check and convert the argument `name`; None in `shape` is any size above 0.

    Raises:
        ValueError: it holds something else than finite numbers, or has another shape.
    """
    wanted = str(shape).replace("None", "n")
    try:
        array = numbers(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"{name} must hold numbers, in shape {wanted}, not {type(value).__name__}"
        ) from error
    fits = [n > 0 and size in (n, None) for n, size in zip(array.shape, shape, strict=False)]
    if array.ndim != len(shape) or not all(fits):
        raise ValueError(f"{name} must have shape {wanted}, not {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must hold finite numbers")
    return array
