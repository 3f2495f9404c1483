"""The data of a student's page, and its digest, which tells whether a page is up to date."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from autograder import pages
from autograder.core.assignment import Assignment
from autograder.core.outcome import Result
from autograder.gradebook.marks import Booked, Person
from autograder.pipeline.graded_notebook import Cell


@dataclass(frozen=True)
class Source:
    """All data of a page.

    `cells` are there for graded submissions only, `booked` where the gradebook has one.
    """

    assignment: Assignment
    result: Result
    notebook_sha256: str
    cells: list[Cell]
    person: Person
    booked: Booked | None
    total: float
    """Points of all tasks, the manual ones too."""
    first: dict[str, str] = field(default_factory=dict)
    """The first sentence about each task that failed tests (see `autograder.feedback.reasons`)."""

    graded_at: datetime | None = None
    """When the result was recorded, in UTC."""

    folder: Path | None = None
    """That of the submission, with nbgrader's notes on it."""

    counted: tuple[str, ...] = ()
    """Sentences about the submission that counts (see `autograder.feedback.which_counts`)."""

    handed_in: datetime | None = None
    """When it was handed in, in UTC; None: as the gradebook says."""

    stands: bool = True
    """Whether it is the submission that counts: only that one is read by a person."""

    ruled: bool = False
    """Whether a rule of the course, and no fault of the file, kept it from being graded."""

    @property
    def digest(self) -> str:
        """A digest of all that the page shows, and of the code that makes it.

        The seed of the hidden inputs is left out, and the time of the grading.
        """
        shown = [
            (t.id, t.score, [(x.name, x.outcome, x.sentence, x.hint, x.remark) for x in t.tests])
            for t in self.result.tasks
        ]
        result = (self.result.status, self.result.reason, self.result.notes, shown)
        parts = (
            result,
            self.result.provenance.submission_sha256,
            self.person,
            self.booked,
            self.total,
            self.first,
            self.counted,
            self.handed_in,
            self.stands,
            self.ruled,
        )
        digest = hashlib.sha256(
            _code() + self.assignment.suite_sha256.encode() + self.notebook_sha256.encode()
        )
        digest.update(msgspec.json.encode(parts))
        return digest.hexdigest()[:32]


@cache
def _code() -> bytes:
    """A digest of the code and the templates that make pages."""
    rooms = [Path(__file__).parent, Path(pages.__file__).parent]
    made_by = [path for room in rooms for path in sorted(room.iterdir()) if path.is_file()]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in made_by)).digest()
