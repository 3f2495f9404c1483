"""`autograder read --enter`: check files of scores, and enter them into the gradebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.course_lock import alone
from autograder.core.errors import UsageError
from autograder.core.text import points
from autograder.gradebook import by_hand, marks
from autograder.gradebook.by_hand import Given
from autograder.pipeline import record
from autograder.reading import pseudonyms
from autograder.reading.written import NothingToReadError, WrittenAnswers, digest

MOST_COMMENT = 20_000
"""Characters of a comment."""
MOST_BYTES = 50_000_000
"""Of a file."""


class _Score(msgspec.Struct, forbid_unknown_fields=True):
    """A score as the page saves it; `answer` is the digest of the answer that was read."""

    task: str
    code: str
    answer: str
    score: float
    comment: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    assignment: str
    scores: list[_Score]


@dataclass(frozen=True)
class Refused:
    """A score that was not entered: its file, the code, the student if known, and why."""

    file: Path
    code: str
    student: str
    task: str
    why: str


@dataclass
class Summary:
    """What became of all scores in the files."""

    entered: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)
    waiting: int = 0
    """Written answers of the class that still have no score."""


def enter(course: Course, assignment: Assignment, files: Sequence[Path], *, force: bool) -> Summary:
    """Enter the scores and comments of files that pages saved; to do so again changes nothing.

    A score is left out if its answer is not the one that was read, or the gradebook has another
    one.

    Args:
        force: replace scores and comments that the gradebook has.

    Raises:
        UsageError: a file is none that a page saved, or of another assignment: then nothing is
            entered; the gradebook or the secret of the codes can't be read; or another command is
            at work in the course directory.
    """
    read = [(path, _read(path, assignment)) for path in files]
    with alone(course, "autograder read --enter"):
        checks = _Checks(course, assignment)
        for path, content in read:
            for score in content.scores:
                checks.take(path, score)
        summary = Summary(refused=checks.refused)
        done = by_hand.enter(course, assignment.name, [*checks.given], force=force)
        summary.entered, summary.unchanged = len(done.entered), len(done.unchanged)
        for given, why in done.kept:
            path, score = checks.given[given]
            summary.refused.append(Refused(path, score.code, given.student, given.task, why))
        summary.waiting = _waiting(course, assignment)
    return summary


# --- helpers ---


def _waiting(course: Course, assignment: Assignment) -> int:
    """How many written answers of graded submissions a person still has to score."""
    manual = [task.id for task in assignment.tasks if task.manual]
    count = 0
    for student, booked in marks.read(course, assignment.name).booked.items():
        open_ = sum(booked.marks[task].needs_person for task in manual if task in booked.marks)
        if open_ and (result := record.read(course, student, assignment.name)) is not None:
            count += open_ if result.status == "graded" else 0
    return count


class _Checks:
    """Which scores can be entered, and why others can't."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._course, self._assignment = course, assignment.name
        self._points = {task.id: task.points for task in assignment.tasks if task.manual}
        students = course.students(assignment.name)
        self._codes = pseudonyms.codes(course, assignment, students)
        self._written = WrittenAnswers(course, assignment, marks.read(course, assignment.name))
        self._first: dict[tuple[str, str], Given] = {}
        self.given: dict[Given, tuple[Path, _Score]] = {}
        self.refused: list[Refused] = []

    def take(self, path: Path, score: _Score) -> None:
        """Check one score of a file."""
        student = self._codes.get(score.code, "")
        for member in self._course.groups.of(student, self._assignment):
            if why := self._take(path, score, member):
                self.refused.append(Refused(path, score.code, member, score.task, why))

    def _take(self, path: Path, score: _Score, student: str) -> str:
        """Take a score for one student, whose answer it must be about; why not, if not."""
        if why := self._problem(student, score):
            return why
        given = Given(student, score.task, score.score, score.comment)
        first = self._first.setdefault((student, score.task), given)
        if first == given:
            self.given.setdefault(given, (path, score))
            return ""
        return f"{self.given[first][0]} gives another score or comment, and that one was entered"

    def _problem(self, student: str, score: _Score) -> str:
        """Why a score can't be entered; empty if it can."""
        most = self._points.get(score.task)
        if not student:
            return "nobody in this class has this code"
        if most is None:
            return f"it is not a written task; those are {', '.join(self._points) or 'none'}"
        if not 0 <= score.score <= most:
            return f"the score {score.score:g} is not between 0 and {points(most)}"
        if len(score.comment) > MOST_COMMENT:
            return f"the comment has more than {MOST_COMMENT} characters"
        try:
            work, _ = self._written.of(student)
        except NothingToReadError as error:
            return f"{error}; run `autograder grade` first, and read it again"
        if digest((work.code | work.written).get(score.task, "")) != score.answer:
            return "the answer changed since it was read; write the page again, and read it"
        return ""


def _read(path: Path, assignment: Assignment) -> _File:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is too large to be a file of scores; nothing was entered")
        content = msgspec.json.decode(path.read_bytes(), type=_File)
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); nothing was entered") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{path} was not saved by a page that `autograder read` wrote ({error}); "
            "nothing was entered"
        ) from None
    if content.assignment != assignment.name:
        raise UsageError(
            f"{path} has scores of {content.assignment}, not of {assignment.name}; nothing was "
            "entered"
        )
    return content
