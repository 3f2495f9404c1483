"""Drivers that tests send to the student's side."""

from __future__ import annotations

from typing import Any


def call_with_loader(student: Any, batches: int) -> float:
    loader = ((i, i + 1) for i in range(batches))
    return float(student.total(loader))


def call_with_array(student: Any, array: Any) -> float:
    return float(student.total(array))
