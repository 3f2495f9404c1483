"""The outcome of `autograder collect`: stored submissions, ignored and refused files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.lms.archive import Refusal
from autograder.lms.filenames import Scheme

State = Literal["new", "unchanged", "kept", "replaced"]


@dataclass(frozen=True)
class Taken:
    """A student's submission: its place in the archive, and whether it is in submitted/ now."""

    student: str
    state: State
    source: str
    late: bool = False
    older: tuple[str, ...] = ()
    """Earlier notebooks of the assignment by the same student."""


@dataclass
class Collected:
    """All files of an archive by what became of them. Names of entries are fit to print."""

    scheme: Scheme
    taken: list[Taken] = field(default_factory=list)
    others: list[Refusal] = field(default_factory=list)
    """Files that are no notebook of the assignment."""
    refused: list[Refusal] = field(default_factory=list)
    """Submissions that could not be taken: hostile, damaged, or with a file in their way."""
    newcomers: list[str] = field(default_factory=list)
    """Students who were not in the gradebook before."""
    receipts: Path | None = None
    """The table of the digests of all submissions that are there now."""
    backup: Path | None = None
    """The folder that has the submissions that were replaced."""
