"""Read IDX files, the format in which MNIST and its relatives are published.

Such a file has a magic number (two zero bytes, the type of its numbers, how many sizes follow), the
sizes as 32-bit numbers, and then the numbers themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

BYTES = 0x08
"""The type of numbers that is read here: one byte each, from 0 to 255."""
GZIP = b"\x1f\x8b"


class DataError(Exception):
    """Data is not on this machine, or a file of it is damaged; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """What a file must hold: numbers in a shape; `sha256` is the digest of the unpacked file."""

    shape: tuple[int, ...]
    sha256: str

    @property
    def head(self) -> bytes:
        """The magic number and the sizes."""
        return struct.pack(f">HBB{len(self.shape)}I", 0, BYTES, len(self.shape), *self.shape)

    @property
    def size(self) -> int:
        """Bytes of the unpacked file."""
        return len(self.head) + math.prod(self.shape)


def read_idx(path: Path, wanted: Wanted) -> NDArray[np.uint8]:
    """Read a file, packed by gzip or not, that must hold exactly what is wanted.

    Raises:
        DataError: the file can't be read, is truncated, or holds something else.
    """
    # One byte more than wanted is enough to know, and a file that unpacks to gigabytes is not read.
    data = _unpacked(path, wanted.size + 1)
    if fault := _fault(data, wanted):
        raise DataError(f"{path} {fault}; download this file again")
    return np.frombuffer(data, np.uint8, offset=len(wanted.head)).reshape(wanted.shape)


def _unpacked(path: Path, most: int) -> bytes:
    """The first bytes of a file, unpacked where gzip packed it, whatever its name ends with."""
    try:
        with path.open("rb") as file:
            start = file.read(len(GZIP))
            file.seek(0)
            if start != GZIP:
                return file.read(most)
            with gzip.GzipFile(fileobj=file) as packed:
                return packed.read(most)
    except EOFError:
        raise DataError(f"{path} is truncated; download this file again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} can't be unpacked ({error}); download this file again") from None
    except OSError as error:
        raise DataError(f"{path} can't be read ({error.strerror or error})") from None


def _fault(data: bytes, wanted: Wanted) -> str:
    """What is wrong with the bytes of a file, after its name; empty: nothing."""
    head = wanted.head
    if len(data) < len(head):
        return f"is truncated: it has {len(data)} bytes, fewer than its header has"
    if data[:4] != head[:4]:
        return f"has the magic number 0x{data[:4].hex()}, not 0x{head[:4].hex()}"
    if data[: len(head)] != head:
        sizes: tuple[Any, ...] = struct.unpack_from(f">{len(wanted.shape)}I", data, 4)
        return f"holds {_times(sizes)} numbers, not {_times(wanted.shape)}"
    if len(data) < wanted.size:
        return f"is truncated: it has {len(data):,} bytes, not {wanted.size:,}"
    if len(data) > wanted.size:
        return f"has more bytes than the {wanted.size:,} that its header states"
    if hashlib.sha256(data).hexdigest() != wanted.sha256:
        return "has a wrong checksum (SHA-256): other numbers than were published"
    return ""


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape)
