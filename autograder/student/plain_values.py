"""Runs on the student's side: tell which values can be sent by the notebook's own process.

To send a plain value runs no code of the student's, so the notebook goes on as if it had not been
asked. All else is sent by a process that was forked for a test.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from autograder import wire

MOST_ITEMS = 1000
_SCALARS = (bool, int, float, str, type(None))
_NUMPY_SCALARS = frozenset(np.sctypeDict.values())


def answer(names: dict[str, Any], name: str) -> tuple[wire.Message, list[memoryview]]:
    """What a test's process would answer to a `Lookup`; `Unsendable` for what is not plain."""
    if name not in names:
        return wire.Missing(), []
    if not _plain(names[name], [MOST_ITEMS], wire.bounds.MAX_DEPTH):
        return wire.Unsendable(), []
    packer = wire.Packer()
    try:
        message = wire.Result(packer.pack(names[name]))
    except wire.UnsendableError:
        return wire.Unsendable(), []
    if sum(part.nbytes for part in packer.bulk) > wire.bounds.MAX_SEEN:
        return wire.Unsendable(), []
    return message, packer.bulk


def _plain(value: Any, left: list[int], depth: int) -> bool:
    """Whether a value is of exactly such a type, and so is all that it holds."""
    left[0] -= 1
    if left[0] < 0 or depth < 0:
        return False
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind in (torch.Tensor, nn.Parameter):
        return wire.sendable(value) and value.nbytes <= wire.bounds.MAX_SEEN
    if kind is np.ndarray or kind in _NUMPY_SCALARS:
        return not value.dtype.hasobject and value.nbytes <= wire.bounds.MAX_SEEN
    if kind in (list, tuple):
        return all(_plain(item, left, depth - 1) for item in value)
    if kind is dict:
        return all(_plain(part, left, depth - 1) for pair in value.items() for part in pair)
    return False
