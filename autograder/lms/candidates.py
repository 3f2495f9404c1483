"""Find the notebooks of an assignment in an archive, and choose each student's last one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.core.assignment import Assignment
from autograder.core.course import valid_student
from autograder.core.errors import RejectedError
from autograder.core.limits import Limits
from autograder.core.sanitize import visible
from autograder.gradebook.marks import Person
from autograder.lms import filenames
from autograder.lms.archive import Archive, Entry, Refusal
from autograder.lms.collected import Collected
from autograder.lms.filenames import Claim
from autograder.lms.timestamps import is_timestamp
from autograder.pipeline import intake
from autograder.pipeline.slim import PIECE


@dataclass(frozen=True)
class Candidate:
    """A notebook in an archive, the student whose it seems to be, and its version."""

    entry: Entry
    claim: Claim
    version: int | None
    """The number in the name; None if the name is not the assignment's."""

    @property
    def rank(self) -> tuple[bool, int, float, int, int]:
        """The order of a student's notebooks: one with the assignment's name, and a later one,
        is higher; later by the platform's number, the time, and the number in the name.
        """
        time = self.entry.time.timestamp() if self.entry.time else 0.0
        return (
            self.version is not None,
            self.claim.version,
            time,
            self.version or 0,
            self.entry.order,
        )


@dataclass(frozen=True)
class Chosen:
    """A student's last notebook, its content, and the names of the earlier ones."""

    candidate: Candidate
    data: bytes
    older: tuple[str, ...]


def by_student(
    archive: Archive, assignment: Assignment, people: Iterable[Person], collected: Collected
) -> dict[str, list[Candidate]]:
    """All candidates by student; files that are no candidate are entered in `collected`."""
    candidates = list(_notebooks(archive, assignment, collected))
    ids = filenames.students((c.claim for c in candidates), collected.scheme, people)
    theirs: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        student = ids[candidate.claim.who, candidate.claim.user]
        if _fit_for_a_folder(student):
            theirs.setdefault(student, []).append(candidate)
        else:
            name = visible(candidate.entry.name)
            collected.refused.append(Refusal(name, "not a valid name for a student"))
    return theirs


def choose(
    archive: Archive,
    assignment: Assignment,
    bounds: Limits,
    theirs: list[Candidate],
    collected: Collected,
) -> Chosen | None:
    """Choose a student's last notebook that can be read; the others are entered in `collected`."""
    ranked = sorted(theirs, key=lambda candidate: candidate.rank, reverse=True)
    chosen = None
    older = []
    for candidate in ranked:
        name = visible(candidate.entry.name)
        if chosen is not None and candidate.version is not None:
            older.append(name)
            continue
        if chosen is not None:
            collected.others.append(Refusal(name, "another notebook"))
            continue
        try:
            data = archive.read(candidate.entry, intake.MAX_FILE)
        except RejectedError as error:
            collected.refused.append(Refusal(name, str(error)))
            continue
        if candidate.version is None and not _belongs(data, assignment, bounds):
            collected.others.append(Refusal(name, f"not the notebook {assignment.name}"))
        else:
            chosen = candidate, data
    return Chosen(*chosen, tuple(older)) if chosen else None


def _notebooks(
    archive: Archive, assignment: Assignment, collected: Collected
) -> Iterator[Candidate]:
    """Notebooks whose place or name tells whose they are; other files are listed as such."""
    depth = _depth(archive, assignment.name)
    for entry in archive.files:
        claim = filenames.claim(entry.path, collected.scheme, assignment.name)
        misplaced = (
            collected.scheme == "plain" and filenames.depth(entry.path, assignment.name) != depth
        )
        if entry.path.suffix.lower() != ".ipynb":
            if not is_timestamp(entry.path, collected.scheme):
                collected.others.append(Refusal(visible(entry.name), "not a notebook"))
        elif filenames.hidden(entry.path):
            collected.others.append(Refusal(visible(entry.name), "hidden"))
        elif claim is None or misplaced:
            collected.others.append(
                Refusal(
                    visible(entry.name), "no student in its name: expected <student>/<notebook>"
                )
            )
        else:
            yield Candidate(entry, claim, filenames.version_of(claim.name, assignment.name))


def _depth(archive: Archive, assignment: str) -> int:
    """How deep the students' folders lie; folders inside those belong to nobody in particular."""
    named = (
        e.path for e in archive.files if filenames.version_of(e.path.name, assignment) is not None
    )
    return min((d for path in named if (d := filenames.depth(path, assignment)) >= 0), default=0)


def _fit_for_a_folder(student: str) -> bool:
    return (
        bool(student.strip())
        and "/" not in student
        and len(student.encode()) <= 200
        and valid_student(student)
    )


def _belongs(data: bytes, assignment: Assignment, bounds: Limits) -> bool:
    """Whether a notebook of another name has at least half of the assignment's marked cells."""
    try:
        pieces = (data[place : place + PIECE] for place in range(0, len(data), PIECE))
        cells = {
            cell.grade_id for cell in intake.parse(intake.without_outputs(pieces, bounds), bounds)
        }
    except RejectedError:
        return False
    marked = {
        cell["metadata"].get("nbgrader", {}).get("grade_id")
        for cell in assignment.released["cells"]
    } - {None}
    return 2 * len(cells & marked) >= len(marked)
