"""`autograder collect`: from an archive of Canvas, Moodle or one's own to
submitted/<student>/<assignment>/.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from nbgrader import utils

from autograder.core import limits
from autograder.core.course import Assignment, Course, valid_student
from autograder.core.errors import RejectedError
from autograder.core.files import write
from autograder.core.limits import Limits
from autograder.core.sanitize import visible
from autograder.gradebook import marks
from autograder.gradebook.book import opened
from autograder.lms import filenames
from autograder.lms.archive import Archive, Entry, Refusal
from autograder.lms.filenames import Claim, Scheme
from autograder.pipeline import intake
from autograder.pipeline.slim import PIECE

State = Literal["new", "unchanged", "kept", "replaced"]
REPLACED = ".replaced"  # nbgrader's patterns, and ours, match no name that begins with a dot


@dataclass(frozen=True)
class Options:
    """`force` replaces submissions that differ; `entry_times` believes the archive's times."""

    force: bool = False
    entry_times: bool = False


@dataclass(frozen=True)
class Taken:
    """A student's submission: where in the archive it was, and what came of it."""

    student: str
    state: State
    source: str
    late: bool = False
    older: tuple[str, ...] = ()
    """Other notebooks of the assignment in the archive; this one is the last handed in."""


@dataclass
class Collected:
    """All that an archive held. Names of its entries are fit to print."""

    scheme: Scheme
    taken: list[Taken] = field(default_factory=list)
    others: list[Refusal] = field(default_factory=list)
    """Files that are no notebook of the assignment."""
    refused: list[Refusal] = field(default_factory=list)
    """What should have been taken and can't be: hostile, damaged, or in the way."""
    newcomers: list[str] = field(default_factory=list)
    """Students whom the gradebook did not know."""
    backup: Path | None = None


@dataclass(frozen=True)
class _Candidate:
    entry: Entry
    claim: Claim
    version: int | None
    """None: not called as the assignment is."""

    @property
    def rank(self) -> tuple[bool, int, float, int, int]:
        """The right name first, then the last handed in: by the
        platform's number, the time, the name's number.
        """
        time = self.entry.time.timestamp() if self.entry.time else 0.0
        return (
            self.version is not None,
            self.claim.version,
            time,
            self.version or 0,
            self.entry.order,
        )


def collect(
    course: Course,
    assignment: Assignment,
    path: Path,
    options: Options,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Collected:
    """Write what an archive holds of an assignment to the
    course's submitted/, the last one of every student.

    A submission that is there already and differs stays, unless forced; then it is moved to
    submitted/.replaced/.

    Args:
        begin: called with the number of students before the first one's files are read.
        advance: called after each student.

    Raises:
        UsageError: the archive can't be opened, or the gradebook can't be used.
        OSError: a file can't be written.
    """
    bounds = limits.load(assignment, course)
    people = marks.read(course, assignment.name).people
    now = datetime.datetime.now(datetime.UTC)
    with Archive(path) as archive:
        found = Collected(
            filenames.scheme_of(entry.path for entry in archive.files),
            refused=list(archive.refused),
        )
        candidates = list(_candidates(archive, assignment, found))
        ids = filenames.students((c.claim for c in candidates), found.scheme, people.values())
        by_student: dict[str, list[_Candidate]] = {}
        for candidate in candidates:
            student = ids[candidate.claim.who, candidate.claim.user]
            if _fit_for_a_folder(student):
                by_student.setdefault(student, []).append(candidate)
            else:
                found.refused.append(
                    Refusal(visible(candidate.entry.name), "not a name for a student")
                )
        begin(len(by_student))
        lms_ids = dict[str, str]()
        for student, theirs in sorted(by_student.items()):
            chosen = _chosen(archive, assignment, bounds, theirs, found)
            if chosen is not None:
                candidate, data, older = chosen
                stamp = _stamp(archive, candidate.entry, found.scheme, options)
                try:
                    state = _store(
                        course, student, assignment.name, data, stamp, options.force, now
                    )
                except RejectedError as error:
                    found.refused.append(Refusal(visible(candidate.entry.name), str(error)))
                else:
                    source = visible(candidate.entry.name)
                    found.taken.append(Taken(student, state, source, candidate.claim.late, older))
                    if state == "replaced":
                        found.backup = _backup(course, now)
                    if student not in people:
                        found.newcomers.append(student)
                        lms_ids[student] = candidate.claim.user if found.scheme == "Canvas" else ""
            advance()
    _enter(course, {student: lms_id for student, lms_id in lms_ids.items() if lms_id})
    return found


# --- helpers ---


def _candidates(archive: Archive, assignment: Assignment, found: Collected) -> Iterator[_Candidate]:
    """The notebooks that the scheme gives to somebody; other files are listed."""
    wanted = (entry.path for entry in archive.files)
    named = [
        path for path in wanted if filenames.version_of(path.name, assignment.name) is not None
    ]
    # Of folders in students' folders nobody knows whose they are.
    depth = min(
        (d for path in named if (d := filenames.depth(path, assignment.name)) >= 0), default=0
    )
    for entry in archive.files:
        claim = filenames.claim(entry.path, found.scheme, assignment.name)
        misplaced = (
            found.scheme == "plain" and filenames.depth(entry.path, assignment.name) != depth
        )
        if entry.path.suffix.lower() != ".ipynb":
            if not _is_stamp(entry.path, found.scheme):
                found.others.append(Refusal(visible(entry.name), "not a notebook"))
        elif filenames.hidden(entry.path):
            found.others.append(Refusal(visible(entry.name), "hidden"))
        elif claim is None or misplaced:
            found.others.append(
                Refusal(visible(entry.name), "not known whose it is: expected <student>/<notebook>")
            )
        else:
            yield _Candidate(entry, claim, filenames.version_of(claim.name, assignment.name))


def _fit_for_a_folder(student: str) -> bool:
    return (
        bool(student.strip())
        and "/" not in student
        and len(student.encode()) <= 200
        and valid_student(student)
    )


def _chosen(
    archive: Archive,
    assignment: Assignment,
    bounds: Limits,
    theirs: list[_Candidate],
    found: Collected,
) -> tuple[_Candidate, bytes, tuple[str, ...]] | None:
    """The student's last notebook of the assignment that can be
    read, its content, and the names of those before it.
    """
    ranked = sorted(theirs, key=lambda candidate: candidate.rank, reverse=True)
    chosen = None
    older = []
    for candidate in ranked:
        name = visible(candidate.entry.name)
        if chosen is not None and candidate.version is not None:
            older.append(name)
            continue
        if chosen is not None:
            found.others.append(Refusal(name, "another notebook"))
            continue
        try:
            data = archive.read(candidate.entry, intake.MAX_FILE)
        except RejectedError as error:
            found.refused.append(Refusal(name, str(error)))
            continue
        if candidate.version is None and not _belongs(data, assignment, bounds):
            found.others.append(Refusal(name, f"another notebook than {assignment.name}"))
        else:
            chosen = candidate, data
    return (*chosen, tuple(older)) if chosen else None


def _belongs(data: bytes, assignment: Assignment, bounds: Limits) -> bool:
    """Whether a notebook of another name holds at least half of
    the cells that the assignment marks.
    """
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


def _is_stamp(path: PurePosixPath, scheme: Scheme) -> bool:
    """Whether it tells when something was handed in.

    Platforms write no such file: there, a student handed it in.
    """
    return scheme == "plain" and path.name == "timestamp.txt"


def _stamp(
    archive: Archive, entry: Entry, scheme: Scheme, options: Options
) -> datetime.datetime | None:
    """When it was handed in, UTC: by the timestamp.txt beside
    it, or by the archive if that is to be believed.
    """
    beside = archive.find(str(entry.path.parent / "timestamp.txt"))
    if beside is not None and _is_stamp(beside.path, scheme):
        try:
            text = archive.read(beside, 200).decode("utf-8").strip()
            return utils.parse_utc(text).replace(tzinfo=datetime.UTC) if text else None
        except (RejectedError, ValueError, OverflowError):
            return None
    return entry.time if options.entry_times else None


def _store(
    course: Course,
    student: str,
    assignment: str,
    data: bytes,
    stamp: datetime.datetime | None,
    force: bool,
    now: datetime.datetime,
) -> State:
    path = course.submission(student, assignment)
    for folder in (path.parent.parent, path.parent):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise RejectedError(f"not written: {folder} is a link or a file; remove it")
    try:
        old = intake.read_regular(path, len(data) + 1)
    except FileNotFoundError:
        state: State = "new"
    except OSError as error:
        raise RejectedError(f"not written: {path} is in the way ({error.strerror})") from None
    else:
        if old is None:
            raise RejectedError(f"not written: {path} is not a file; remove it")
        state = "unchanged" if old == data else "replaced" if force else "kept"
    if state == "replaced":
        _move_away(course, path.parent, now)
    if stamp is not None and state != "kept" and not (path.parent / "timestamp.txt").exists():
        # Before the notebook: who finds a submission finds its time.
        write(path.parent / "timestamp.txt", f"{stamp:%Y-%m-%d %H:%M:%S} UTC\n".encode())
    if state in ("new", "replaced"):
        write(path, data)
    return state


def _move_away(course: Course, folder: Path, now: datetime.datetime) -> None:
    backup = _backup(course, now)
    if backup.parent.is_symlink():
        raise RejectedError(f"not written: {backup.parent} is a link; remove it")
    target = backup / folder.name / folder.parent.name
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)


def _backup(course: Course, now: datetime.datetime) -> Path:
    """Where this run moves what it replaces: submitted/.replaced/<time>/<assignment>/<student>/."""
    return course.root / "submitted" / REPLACED / f"{now:%Y-%m-%dT%H%M%S.%fZ}"


def _enter(course: Course, lms_ids: dict[str, str]) -> None:
    """Keep the Canvas IDs of new students in the gradebook: for
    the next archive, and for `autograder export`.
    """
    if lms_ids:
        with opened(course) as gradebook:
            for student, lms_id in lms_ids.items():
                gradebook.update_or_create_student(student, lms_user_id=lms_id)
            gradebook.db.commit()
