"""Read and write files in a folder that a student owns, and may change at any time."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class OwnFolder:
    """An open folder: a link in place of it, or of a file in it, is not followed."""

    descriptor: int
    owner: int
    """The id of the account that it belongs to."""
    changed: datetime
    """When it last changed, in UTC, by the kernel's clock: no program can set this time."""

    def read(self, name: str, size: int) -> bytes | None:
        """A regular file, up to so many bytes; None if there is none.

        Another account's file under a second name (a hard link) is none.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            file = os.open(name, flags, dir_fd=self.descriptor)
        except OSError:
            return None
        with os.fdopen(file, "rb") as opened:
            status = os.fstat(file)
            linked = status.st_uid != self.owner and status.st_nlink > 1
            return None if linked or not stat.S_ISREG(status.st_mode) else opened.read(size)

    def write(self, name: str, data: bytes) -> None:
        """Replace a file in one step.

        Raises:
            OSError: the disk is full, or something else has this name.
        """
        part = f".{name}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(part, flags, 0o644, dir_fd=self.descriptor)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
            os.rename(part, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part, dir_fd=self.descriptor)
            raise

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=self.descriptor)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[OwnFolder | None]:
    """A folder; None if there is none at this place, or a link to one."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError:
        yield None
        return
    try:
        status = os.fstat(descriptor)
        changed = datetime.fromtimestamp(status.st_ctime, UTC)
        yield OwnFolder(descriptor, status.st_uid, changed)
    finally:
        os.close(descriptor)
