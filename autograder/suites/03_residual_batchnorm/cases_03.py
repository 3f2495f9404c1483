"""Sizes, modes, types and magnitudes with which tests call a network."""

from __future__ import annotations

from typing import NamedTuple

import torch

BATCH = 9


class Case(NamedTuple):
    """A network, and the kind of batch that it is called with."""

    rows: int = BATCH
    sizes: tuple[int, ...] | None = None
    """None: the network's usual ones."""
    training: bool = False
    dtype: torch.dtype = torch.float64
    scale: float = 1.0
    bias: float = 1.0


PLAIN = {
    "batch": Case(),
    "training_mode": Case(training=True),
    "one_sample": Case(rows=1),
    "one_sample_in_training": Case(rows=1, training=True),
    "two_rows": Case(rows=2),
}
MANY_ROWS = {"many_rows": Case(rows=1100), "many_rows_in_training": Case(rows=300, training=True)}
SIZES = {
    "one_unit": Case(sizes=(3, 1, 2)),
    "many_units": Case(sizes=(2, 70, 3)),
    "very_many_units": Case(sizes=(3, 140, 2), training=True),
    "one_input": Case(sizes=(1, 4, 2)),
    "square": Case(sizes=(3, 5, 2), rows=3),
    "many_columns": Case(sizes=(80, 3, 90), rows=4),
    **MANY_ROWS,
}
"""Cases for a network of three sizes."""
SINGLE = {
    "float32": Case(dtype=torch.float32),
    "float32_in_training": Case(dtype=torch.float32, training=True),
}
MAGNITUDES = {
    "large": Case(scale=1e6),
    "large_in_training": Case(scale=1e4, training=True),
    "small": Case(scale=1e-5, bias=0.0),
    "tiny_in_training": Case(scale=1e-8, bias=0.0, training=True),
}
