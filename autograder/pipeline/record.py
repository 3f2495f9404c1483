"""Step 6, record: write results and graded notebooks to disk, completely or not at all."""

from __future__ import annotations

import contextlib
import datetime
import os
import secrets
import shutil
from collections import Counter
from pathlib import Path

import msgspec

from autograder.core import outcome
from autograder.core.course import Course
from autograder.core.files import write
from autograder.core.nbgrader_notes import SECRET, TIMESTAMP
from autograder.core.outcome import Provenance, Result
from autograder.core.result_diff import compare
from autograder.pipeline import intake

STAMPS = (TIMESTAMP, SECRET)
"""What `nbgrader submit` adds to a submission, and nbgrader names a page in the exchange by."""


def read(course: Course, student: str, assignment: str) -> Result | None:
    """The recorded result, if there is a whole one that is about this student and assignment."""
    try:
        found = outcome.decode(course.result(student, assignment).read_bytes())
    except OSError:
        return None
    return found if found and (found.student, found.assignment) == (student, assignment) else None


def recorded_at(course: Course, student: str, assignment: str) -> datetime.datetime:
    """When a result was recorded, in UTC.

    Raises:
        OSError: there is none.
    """
    path = course.result(student, assignment)
    return datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)


class _Seed(msgspec.Struct):
    seed: outcome.Seed


class _Seeded(msgspec.Struct):
    """As much of a result as says its seed: a class is many files."""

    provenance: _Seed


def seed_of_class(course: Course, assignment: str) -> int | None:
    """The seed of the hidden inputs that most of the results on record have."""
    seeds = Counter[int]()
    for path in course.result("", assignment).parent.glob("[!.]*.json"):
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            seeds[msgspec.json.decode(path.read_bytes(), type=_Seeded).provenance.seed] += 1
    return max(sorted(seeds), key=seeds.__getitem__, default=None)


def known_seed(course: Course, assignment: str) -> int | None:
    """The seed that a run noted, or else that of the results on record; None for a new class."""
    noted = noted_seed(course, assignment)
    return seed_of_class(course, assignment) if noted is None else noted


def noted_seed(course: Course, assignment: str) -> int | None:
    """The seed that a run noted when it began; None if none did, or the note is damaged."""
    with contextlib.suppress(OSError, ValueError):
        seed = int(course.seed(assignment).read_text("ascii"))
        return seed if 0 <= seed < 2**63 else None
    return None


def note_seed(course: Course, assignment: str, seed: int) -> None:
    """Note the seed of a run before its first result is there, for runs that begin meanwhile.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    if noted_seed(course, assignment) != seed:
        write(course.seed(assignment), b"%d\n" % seed)


def agree_on_seed(course: Course, assignment: str, seed: int) -> int:
    """Note a seed unless another run did so first; the one that is noted then.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    path = course.seed(assignment)
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    write(own, b"%d\n" % seed)
    try:
        os.link(own, path)  # fails where the file is there, on a shared file system too
    except FileExistsError:
        noted = noted_seed(course, assignment)
        if noted is not None:
            return noted
        own.replace(path)  # damaged
    finally:
        own.unlink(missing_ok=True)
    return seed


def failed_tasks(course: Course, assignment: str) -> set[str]:
    """The tasks in which somebody on record failed a test."""
    found = set[str]()
    for path in course.result("", assignment).parent.glob("[!.]*.json"):
        with contextlib.suppress(OSError):
            result = outcome.decode(path.read_bytes())
            tasks = result.tasks if result is not None else []
            found |= {
                task.id for task in tasks if any(test.outcome != "passed" for test in task.tests)
            }
    return found


def is_current(result: Result, provenance: Provenance) -> bool:
    """Whether grading again would give what is recorded. What needs a person is tried again."""
    return result.status != "ungradable" and result.provenance == provenance


def save(
    course: Course, result: Result, notebook: bytes | None, handed_in: Path | None = None
) -> None:
    """Write the graded notebook, then the result: who finds a result finds its notebook.

    Args:
        handed_in: the folder of the submission; by default that of the student's own.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    graded = course.autograded(result.student, result.assignment)
    if notebook is None:
        # A grade without its notebook would show the one of an earlier submission.
        shutil.rmtree(graded.parent, ignore_errors=True)
    else:
        write(graded, notebook)
        own = course.submission(result.student, result.assignment).parent
        copy_stamps(handed_in or own, graded.parent, result.student)
    save_result(course, result)


def save_result(course: Course, result: Result) -> None:
    """Write a result. An earlier one of other scores or origin
    is kept in `history/`, named by the time of its grading.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    path = course.result(result.student, result.assignment)
    earlier = read(course, result.student, result.assignment)
    edited = earlier is None and path.is_file()
    if edited or (
        earlier is not None
        and (compare(earlier, result) or earlier.provenance != result.provenance)
    ):
        graded_at = recorded_at(course, result.student, result.assignment)
        write(_kept(course, result, graded_at), path.read_bytes())
    write(path, outcome.encode(result))


def keep(course: Course, result: Result, notebook: bytes | None) -> None:
    """Write the result of a submission that does not count into `history/`, beside those that were
    on record before, and the graded notebook beside it; once, however often it is graded.

    Raises:
        OSError: the disk is full, or a directory can't be written.
    """
    known = earlier(course, result.student, result.assignment)
    if any(e.provenance == result.provenance and not compare(e, result) for e in known):
        return
    kept = _kept(course, result, datetime.datetime.now(datetime.UTC))
    if notebook is not None:
        write(kept.with_suffix(".ipynb"), notebook)
    write(kept, outcome.encode(result))


def earlier(course: Course, student: str, assignment: str) -> list[Result]:
    """The results in `history/`, the oldest first; damaged ones are left out."""
    return [result for result, _ in _earlier(course, student, assignment)]


def of_submission(
    course: Course, student: str, assignment: str, sha256: str
) -> tuple[Result, Path] | None:
    """The newest result of one submission, on record or in `history/`, and where the notebook of it
    would be."""
    found = _earlier(course, student, assignment)
    counts = read(course, student, assignment)
    if counts is not None:
        found.append((counts, course.autograded(student, assignment)))
    of_it = [each for each in found if each[0].provenance.submission_sha256 == sha256]
    return of_it[-1] if of_it else None


def _earlier(course: Course, student: str, assignment: str) -> list[tuple[Result, Path]]:
    found = []
    for path in sorted(course.history(student, assignment).glob("[!.]*.json")):
        with contextlib.suppress(OSError):
            result = outcome.decode(path.read_bytes())
            if result and (result.student, result.assignment) == (student, assignment):
                found.append((result, path.with_suffix(".ipynb")))
    return found


def _kept(course: Course, result: Result, graded_at: datetime.datetime) -> Path:
    folder = course.history(result.student, result.assignment)
    return folder / f"{graded_at:%Y-%m-%dT%H%M%S.%fZ}.json"


def copy_stamps(handed_in: Path, directory: Path, student: str) -> None:
    """Put beside a page or a notebook what nbgrader wants there: when it was handed in, and where
    feedback goes; `handed_in` is the submission's folder.

    Where a partner handed in, feedback goes nowhere: in nbgrader's exchange, the student's page
    would take the place of the partner's.
    """
    own = student in (handed_in.name, handed_in.parent.name)
    for name in STAMPS:
        path, text = directory / name, b""
        with contextlib.suppress(OSError):
            if own or name != SECRET:
                text = intake.read_regular(handed_in / name, 200) or b""
        if not text:
            path.unlink(missing_ok=True)
        elif not path.is_file() or path.read_bytes() != text:
            write(path, text)
