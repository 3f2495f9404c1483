"""Write files atomically: completely or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BUFFER = 2**16
"""A result is smaller, and so is written by one call of the system."""


def write(path: Path, data: bytes) -> None:
    """Replace a file in one step: readers see the old or the new one, even after a crash.

    Raises:
        OSError: the disk is full, or the directory can't be written.
    """
    with writing(path) as file:
        file.write(data)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to be written piece by piece, which replaces `path` in one step when all is written.

    Raises:
        OSError: the disk is full, or the directory can't be written.
    """
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    file = _created(new)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            new.unlink()
        if isinstance(error, OSError):
            error.filename = error.filename or str(
                path
            )  # a disk that is full does not say of which file
        raise


def _created(path: Path) -> BinaryIO:
    """A new file, open, in a folder that is made where it is not there."""
    try:
        return path.open("xb", BUFFER)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb", BUFFER)
