"""Write files atomically: completely or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_UMASK = os.umask(0o077)  # it can be read only by setting it
os.umask(_UMASK)


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
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            # By the descriptor: in a folder of somebody else, the name may lead elsewhere by now.
            os.fchmod(descriptor, 0o666 & ~_UMASK)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        if isinstance(error, OSError):
            error.filename = error.filename or str(
                path
            )  # a disk that is full does not say of which file
        raise
