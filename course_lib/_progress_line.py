"""Show the progress of a training in a line: on stderr, in a notebook on stdout."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from course_lib._notebook import shell

PATIENCE = 0.5
"""Seconds before the line is shown, and between two of its states."""


class ProgressLine:
    """The line that says how far a training is."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._stream = _stream()
        self._start = self._shown = time.monotonic()
        self._text = ""

    def show(self, step: int, loss: float) -> None:
        """Say it, unless the last time, or the start, is less than PATIENCE ago."""
        now = time.monotonic()
        if now - self._shown >= PATIENCE or (self._text and step == self._epochs):
            rate = step / (now - self._start)
            text = f"step {step} of {self._epochs}, loss {loss:.4g}, {rate:,.0f} steps/s"
            print("\r" + text.ljust(len(self._text)), end="", file=self._stream, flush=True)
            self._shown, self._text = now, text

    def end(self) -> None:
        """Leave the line, if there is one."""
        if self._text:
            print(file=self._stream, flush=True)


def _stream() -> TextIO:
    """JupyterLab shows what comes on stderr in red, as it shows errors."""
    return sys.stderr if shell() is None else sys.stdout
