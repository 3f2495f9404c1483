"""Read a notebook without its stored outputs, in bounded memory and time.

Outputs don't count, and can be hundreds of megabytes of pictures. So they are taken out before the
JSON is parsed: the value of each key `outputs` (also `attachments` of a cell, and `widgets`, the
state of ipywidgets) that is a list or an object becomes an empty one. Nothing that grading reads
stands inside such a value. Where it ends, is found by arithmetic on whole pieces, not by a loop
over characters: the time depends on the size alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE = 2**20
_SPACE = rb"[ \t\r\n]{0,64}"
_KEY = re.compile(
    rb'"(?:outputs|attachments|widgets)"'
    + _SPACE
    + rb":"
    + _SPACE
    + rb"(?=[\[{]"
    + _SPACE
    + rb"[^\]} \t\r\n])"
)
"""A key, up to the bracket of its value; not of an empty one,
and not with pages of spaces in between.
"""
MAX_KEY = 256
"""Bytes that it takes to know one."""


@dataclass
class Slimmer:
    """Takes the pieces of a file in order; `kept` is what remains of it.

    Args:
        most: values that may be taken out; later ones are kept, so that a file of millions costs no
            time.
    """

    most: int
    kept: bytearray = field(default_factory=bytearray)
    _rest: bytes = b""
    _inside: int = 0
    """Whether the piece that comes begins within a string."""
    _depth: int = 0
    _until: int | None = None
    """The depth at which the value that is being left out has ended."""

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Take the next piece of the file."""
        data = self._rest + piece
        whole = data.replace(b"\\\\", b"\0\0").replace(
            b'\\"', b"\0\0"
        )  # escapes, which then mean nothing
        size = len(data) if last else _cut(whole)
        self._take(data, whole, size)
        self._rest = data[size:]

    def _take(self, data: bytes, whole: bytes, size: int) -> None:
        places, depths = self._brackets(whole[:size])
        place = 0
        while place < size:
            if self._until is None:
                found = _KEY.search(whole, place) if self.most > 0 else None
                if found is None or found.end() >= size:
                    self.kept += data[place:size]
                    break
                self.most -= 1
                self.kept += data[place : found.end()] + (
                    b"[]" if data[found.end()] == ord("[") else b"{}"
                )
                place = found.end()
                index = int(places.searchsorted(place))
                if (
                    index == len(places) or places[index] != place
                ):  # it is no key, so this is no JSON
                    del self.kept[-2:]
                    continue
                self._until = int(depths[index]) - 1
                index += 1
            else:
                index = 0
            end = _first(depths, index, self._until)
            if end is None:
                break
            place, self._until = int(places[end]) + 1, None

    def _brackets(self, whole: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the brackets outside strings are, and how deep it is after each."""
        import numpy as np  # only who reads a large file waits for it

        table = np.zeros(256, np.int8)
        table[list(b"[{")], table[list(b"]}")] = 1, -1
        characters = np.frombuffer(whole, np.uint8)
        quotes = np.cumsum(characters == ord('"'), dtype=np.uint8)
        quotes += np.uint8(self._inside)
        quotes &= np.uint8(1)  # 1 within strings
        steps = table[characters]
        steps[quotes == 1] = 0
        places = np.flatnonzero(steps)
        depths = self._depth + np.cumsum(steps[places], dtype=np.int64)
        self._inside = int(quotes[-1]) if len(quotes) else self._inside
        self._depth = int(depths[-1]) if len(depths) else self._depth
        return places, depths


def _cut(whole: bytes) -> int:
    """Where a piece can end, short of its end: not within an escape, and not within a key."""
    size = max(0, len(whole) - MAX_KEY)
    run = size - len(whole[:size].rstrip(b"\0"))
    size -= run % 2
    for found in _KEY.finditer(whole, max(0, size - MAX_KEY)):
        if found.start() < size <= found.end():
            return found.start()
    return size


def _first(depths: NDArray[np.int64], start: int, depth: int) -> int | None:
    """The first place, from a start on, at which it is so deep;
    the search takes time by how far that is.
    """
    width = 16
    while start < len(depths):
        found = (depths[start : start + width] <= depth).nonzero()[0]
        if len(found):
            return start + int(found[0])
        start += width
        width *= 4
    return None
