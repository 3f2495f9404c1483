"""Divide a class among machines that know nothing of each other: each grades one shard."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from autograder.core.errors import UsageError


@dataclass(frozen=True)
class Shard:
    """Part `number` of `count` parts of a class, the first of which is 1."""

    number: int
    count: int

    def has(self, student: str) -> bool:
        """Whether a student belongs to this part, by a digest of the name: nobody has to ask."""
        digest = hashlib.sha256(student.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def parse(text: str, option: str = "--shard") -> Shard:
    """A shard as it is written on the command line.

    Raises:
        UsageError: it is not of the form 3/16.

    Example:
        >>> parse("3/16")
        Shard(number=3, count=16)
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if found is not None:
        number, count = map(int, found.groups())
        if 1 <= number <= count:
            return Shard(number, count)
    raise UsageError(
        f"{option} {text}: write NUMBER/COUNT, from 1/16 to 16/16 for sixteen {option[2:]}s"
    )
