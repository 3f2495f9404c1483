"""Summarise a failed test's returned values in a few numbers, the same for the same mistake.

Hints are coarse on purpose, so that different mistakes have the same. With the seed of a class,
what was returned tells them apart. Four numbers stand for each answer; they are for the
instructor's side, and on no page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch

from autograder import wire

MOST_ANSWERS = 24
MOST_BYTES = 2**22
"""So much of a test's answers is looked at, from the first on."""
_NOT_FINITE = 1e300


class Answers:
    """The answers of one test, kept until it is known whether it passes."""

    def __init__(self) -> None:
        self._kept: list[tuple[wire.Value, bytearray]] = []
        self._bytes = 0

    def add(self, value: wire.Value, bulk: bytearray) -> None:
        """Keep an answer, unless there are enough."""
        self._bytes += len(bulk)
        if len(self._kept) < MOST_ANSWERS and self._bytes <= MOST_BYTES:
            self._kept.append((value, bulk))

    def trace(self) -> list[float]:
        """For each answer that holds numbers: how many, their mean, their root mean square, and one
        sum that depends on their order."""
        found: list[float] = []
        for value, bulk in self._kept:
            try:
                numbers = _numbers(wire.Unpacker(bulk).unpack(value))
            except (wire.WireError, RuntimeError):
                continue  # what is no result has a hint of its own
            if numbers.size:
                found += _summary(numbers)
        return found


def _numbers(value: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    parts = [np.asarray(part, dtype=np.float64).reshape(-1) for part in _leaves(value)]
    return np.concatenate(parts) if parts else np.empty(0)


def _leaves(value: object) -> Iterable[object]:
    if isinstance(value, torch.Tensor):
        if not value.is_complex():
            yield value.double().numpy()
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "biuf":
            yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, int | float) and not (
        isinstance(value, int) and value.bit_length() > 1000
    ):
        yield value


def _summary(numbers: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    with np.errstate(all="ignore"):
        order = np.cos(1.0 + np.arange(numbers.size))
        found = [numbers.mean(), math.sqrt(np.square(numbers).mean()), (numbers * order).mean()]
    return [
        float(numbers.size),
        *(float(f"{x:.6g}") if math.isfinite(x) else _NOT_FINITE for x in found),
    ]
