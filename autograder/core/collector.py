"""Pause Python's garbage collector while a class is read."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Look for no garbage meanwhile; also a decorator.

    A class is millions of objects that live to the end. Python would look at all of them again and
    again, which is a tenth of the time that a report takes.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
