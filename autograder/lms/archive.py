"""Read untrusted zip archives: names and kinds are checked, sizes bounded, nothing is unpacked."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType

from autograder.core.errors import RejectedError, UsageError
from autograder.core.limits import MIB
from autograder.core.sanitize import in_line

MAX_ENTRIES = 300_000
MAX_DIRECTORY = 128 * MIB
"""Bytes of an archive's table of contents, which is read as a whole before anything else."""
MAX_TOTAL_MIB = 4096
MAX_RATIO = 30
"""An archive may unpack to so many times its size, or to MAX_TOTAL_MIB if that is more: notebooks
are packed to a tenth, and what is packed to a thousandth is a bomb."""
_METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
)  # what the others' headers claim decides how much memory they take
_ENCRYPTED, _UTF8 = 0x1, 0x800
_FAULTS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError,
    RuntimeError, ValueError,
    OverflowError, KeyError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A file in the archive. `time` is UTC, None where the archive does not tell."""

    name: str
    order: int
    time: datetime.datetime | None
    info: zipfile.ZipInfo

    @property
    def path(self) -> PurePosixPath:
        """The name in parts; relative, with no `..` in it."""
        return PurePosixPath(self.name)


@dataclass(frozen=True)
class Refusal:
    """An entry that can't be taken, its name fit to print, and why."""

    name: str
    reason: str


class Archive:
    """The files of a zip archive, and what of it is refused.

    Raises:
        UsageError: it is not a file, not a whole zip archive, or has too many entries.
    """

    def __init__(self, path: Path, total_mib: float = MAX_TOTAL_MIB) -> None:
        if not path.is_file():
            raise UsageError(f"{path} is not a file" if path.exists() else f"there is no {path}")
        self._left = max(int(total_mib * MIB), MAX_RATIO * path.stat().st_size)
        self._total_mib = self._left / MIB
        if (size := _size_of_directory(path)) > MAX_DIRECTORY:
            raise UsageError(
                f"{path} has a table of contents of {size / MIB:.0f} MiB, more than any class "
                "needs; is it the right archive?"
            )
        try:
            self._zip = zipfile.ZipFile(path)
        except PermissionError as error:
            raise UsageError(f"{path} can't be read ({error.strerror})") from None
        except _FAULTS:
            raise UsageError(f"{path} is not a complete zip archive; download it again") from None
        if len(self._zip.filelist) > MAX_ENTRIES:
            self._zip.close()
            raise UsageError(
                f"{path} has more than {MAX_ENTRIES} entries, more than any class hands in; is it "
                "the right archive?"
            )
        self.files: list[Entry] = []
        self.refused: list[Refusal] = []
        for order, info in enumerate(self._zip.filelist):
            name = _name(info)
            if reason := _objection(name, info):
                self.refused.append(Refusal(in_line(name), reason))
            elif not name.endswith("/"):
                self.files.append(Entry(name, order, _time(info), info))

        self._by_name = {entry.name: entry for entry in self.files}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def find(self, name: str) -> Entry | None:
        """The file of that name, the last one if there are several."""
        return self._by_name.get(name)

    def read(self, entry: Entry, limit: int) -> bytes:
        """A file's content. What the headers say of its size counts for nothing.

        Args:
            limit: bytes.

        Raises:
            RejectedError: it is damaged or larger than the limit, or all that was read is larger
                than the archive's.
        """
        if limit >= self._left:
            raise RejectedError(
                f"not read: the archive unpacks to more than {round(self._total_mib, 1):g} MiB"
            )
        try:
            with self._zip.open(entry.info) as file:
                data = file.read(limit + 1)
        except _FAULTS:
            raise RejectedError("damaged in the archive; download it again") from None
        self._left -= len(data)
        if len(data) > limit:
            raise RejectedError(f"larger than {limit / MIB:g} MiB when unpacked")
        return data


def _size_of_directory(path: Path) -> int:
    """The bytes of the table of contents, as the archive's end tells; 0 if it has no such end."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(size - 66_000, 0)  # the end, before a comment of 64 KiB at most
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            return 0
        (told,) = struct.unpack_from("<L", tail, at + 12)
        if told == 0xFFFFFFFF:  # the true number stands before the end, in 64 bits
            wide = tail.rfind(b"PK\x06\x06", 0, at)
            if wide < 0 or len(tail) < wide + 56:
                return 0
            (told,) = struct.unpack_from("<Q", tail, wide + 40)
        return int(told)


def _name(info: zipfile.ZipInfo) -> str:
    """The name with `/` between its parts.

    Some programs write UTF-8 and don't say so, or write `\\`.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _objection(name: str, info: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "not a regular file"
    if not name.isprintable():
        return "control characters in its name"
    if name.startswith("/") or re.match("[A-Za-z]:", name):
        return "an absolute name"
    if ".." in name.split("/"):
        return "a name that leads out of the archive"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted; unpack the archive and zip it again without a password"
    if info.compress_type not in _METHODS:
        return "packed in an unusual way; unpack the archive and zip it again"
    return None


def _time(info: zipfile.ZipInfo) -> datetime.datetime | None:
    """When the file was last changed: in UTC if recorded, else by this machine's clock."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            (seconds,) = struct.unpack("<i", extra[5:9])
            return datetime.datetime.fromtimestamp(seconds, datetime.UTC)
        extra = extra[4 + size :]
    try:
        local = datetime.datetime(*info.date_time)
    except ValueError:
        return None
    return None if local.year <= 1980 else local.astimezone(datetime.UTC)
