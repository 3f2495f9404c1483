"""Step 6, record: nbgrader's gradebook, written by one process,
in one short transaction per submission.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
import nbgrader.api
from alembic.script import ScriptDirectory
from nbgrader import utils
from nbgrader.api import Gradebook, InvalidEntry, MissingEntry, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.plugins import LateSubmissionPlugin
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.core import course_config
from autograder.core.course import Assignment, Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result, counted
from autograder.core.text import many

LOCK_SECONDS = 60


class CourseGradebook:
    """The gradebook of a course directory, at the URL that its nbgrader_config.py names.

    Raises:
        UsageError: the database can't be opened, stays locked, or holds the assignment with other
            cells.
    """

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._assignment = assignment
        self._course = course
        self._gradebook, self._url = _open(course)
        with explained(self._url):
            self._prepare()
            notebook = self._gradebook.find_notebook(assignment.name, assignment.name)
            cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
            self._names = {cell.id: cell.name for cell in cells}

    def __enter__(self) -> CourseGradebook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gradebook.close()

    def save(self, result: Result) -> None:
        """Write a result. Manual scores, comments and extra
        credit stay; a manual score is marked for a second look.

        Saying the same twice changes nothing.

        Raises:
            UsageError: the database can't be written.
        """
        with explained(self._url):
            with self._gradebook.db.no_autoflush:
                if result.status == "graded":
                    self._save_grades(result)
                else:
                    self._mark_for_a_person(result)
            self._gradebook.db.commit()

    # --- helpers ---

    def _prepare(self) -> None:
        """Enter the assignment's cells, as `nbgrader generate_assignment` does."""
        name = self._assignment.name
        self._gradebook.update_or_create_assignment(name)
        release = nbformat.from_dict(self._assignment.released)
        cells = {
            cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in release["cells"]
        } - {None}
        with contextlib.suppress(MissingEntry):
            notebook = self._gradebook.find_notebook(name, name)
            if {cell.name for cell in notebook.source_cells} == cells:
                return
        from nbgrader.preprocessors import SaveCells  # imports nbconvert, for new assignments only

        self._gradebook.db.commit()
        resources = {"nbgrader": {"notebook": name, "assignment": name, "db_url": self._url}}
        try:
            SaveCells(log=_quiet()).preprocess(release, resources)
        except RuntimeError:
            raise UsageError(
                f"the gradebook {self._url} holds submissions of {name} with other cells than the "
                "release now has; "
                f"grade into a new course directory, or take the change to the notebook back"
            ) from None
        self._gradebook.db.expire_all()

    def _save_grades(self, result: Result) -> None:
        name = self._assignment.name
        self._gradebook.update_or_create_student(result.student)
        stamp = self._course.autograded(result.student, name).parent / "timestamp.txt"
        timing: dict[str, Any] = {}
        with contextlib.suppress(
            OSError, ValueError, ArithmeticError
        ):  # a year of 200 digits is the latter
            timing["timestamp"] = utils.parse_utc(stamp.read_text(encoding="utf-8").strip())
        submission = self._gradebook.update_or_create_submission(name, result.student, **timing)
        tasks = {task.id: task for task in result.tasks}
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            cell = self._names[grade.cell_id]
            task = tasks.get(cell.removesuffix("-test"))
            auto = task.score if task else self._manual(result, cell)
            changed = grade.auto_score != auto
            grade.auto_score = auto
            # nbgrader asks for a second look at every manual score after a regrade; only a new
            # score needs one.
            if auto is None:
                grade.needs_manual_grade = grade.manual_score is None or changed
            elif grade.manual_score is None:
                grade.needs_manual_grade = False
            elif changed:
                grade.needs_manual_grade = True
        for comment in notebook.comments:
            task = tasks.get(self._names[comment.cell_id])
            if task is not None:
                comment.auto_comment = _hints(task.tests)
        self._assign_late_penalty(submission)

    def _manual(self, result: Result, cell_id: str) -> float | None:
        """0 for a manual task left untouched, as nbgrader has
        it; None where a person has to look.
        """
        path = self._course.autograded(result.student, self._assignment.name)
        with contextlib.suppress(OSError, ValueError):
            for cell in json.loads(path.read_bytes())["cells"]:
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == cell_id:
                    whole = cell | {"source": "".join(cell["source"])}
                    score, _ = utils.determine_grade(nbformat.from_dict(whole))
                    return None if score is None else float(score)
        return None

    def _mark_for_a_person(self, result: Result) -> None:
        """A submission without a grade is in the book, and
        leaves no score behind that an earlier one earned.
        """
        self._gradebook.update_or_create_student(result.student)
        submission = self._gradebook.update_or_create_submission(
            self._assignment.name, result.student
        )
        for notebook in submission.notebooks:
            for grade in notebook.grades:
                grade.auto_score = None
                grade.needs_manual_grade = True

    def _assign_late_penalty(self, submission: SubmittedAssignment) -> None:
        """By the plugin that nbgrader_config.py names, as the last step of `nbgrader autograde`."""
        (notebook,) = submission.notebooks
        notebook.late_submission_penalty = None
        late = submission.total_seconds_late if submission.assignment.duedate else 0
        if late > 0:
            self._gradebook.db.flush()
            self._gradebook.db.refresh(notebook, ["score"])
            try:
                penalty = self._penalties.late_submission_penalty(
                    submission.student.id, notebook.score, late
                )
            except Exception as error:  # noqa: BLE001 - the instructor's own program: anything may come of it
                raise _late_penalties_fail(self._course, error) from None
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0.0), notebook.score)

    @cached_property
    def _penalties(self) -> LateSubmissionPlugin:
        return _late_penalties(self._course)


@contextlib.contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """nbgrader's gradebook of a course directory, to read.

    Raises:
        UsageError: the database can't be opened, or stays locked.
    """
    gradebook, url = _open(course)
    try:
        with explained(url):
            yield gradebook
    finally:
        gradebook.close()


@contextlib.contextmanager
def explained(url: str) -> Iterator[str]:
    """Errors of the database at `url` as a sentence.

    Raises:
        UsageError: the database can't be used.
    """
    log = logging.getLogger(
        "tornado.application"
    )  # to which nbgrader writes tracebacks of such errors
    before, log.disabled = log.disabled, True
    try:
        yield url
    except ImportError as error:
        raise UsageError(
            f"the gradebook {url} needs a driver that is not installed: {error}"
        ) from None
    except (SQLAlchemyError, InvalidEntry) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        advice = (
            "Free some space"
            if "full" in cause or "disk" in cause
            else "Close other programs that hold it"
        )
        raise UsageError(
            f"the gradebook {url} can't be used: {cause}. {advice} and run this again"
        ) from None
    finally:
        log.disabled = before


def exists(course: Course) -> bool:
    """Whether a course directory has a gradebook; to open one that it has not would make it."""
    with explained(_directory(course).db_url) as text:
        url = make_url(text)
    return url.get_backend_name() != "sqlite" or bool(url.database and Path(url.database).exists())


def _open(course: Course) -> tuple[Gradebook, str]:
    directory = _directory(course)
    url = _patient(directory.db_url)
    with explained(url):
        return Gradebook(url, directory.course_id), url


def _directory(course: Course) -> CourseDirectory:
    directory = CourseDirectory(config=course_config.read(course.root))
    if not directory.root or Path(directory.root) == Path.cwd():
        directory.root = str(course.root)
    return directory


def _late_penalties(course: Course) -> LateSubmissionPlugin:
    """The plugin for late submissions, stock or the instructor's
    own, which may lie in the course directory.

    Raises:
        UsageError: it can't be loaded.
    """
    from nbgrader.preprocessors import (
        AssignLatePenalties,
    )  # imports nbconvert, for late submissions only

    config = course_config.read(course.root)
    sys.path.insert(0, str(course.root))
    try:
        step = AssignLatePenalties(config=config, log=_quiet())
        step.init_plugin()
    except Exception as error:  # noqa: BLE001 - the instructor's own program: anything may come of it
        raise _late_penalties_fail(course, error) from None
    finally:
        sys.path.remove(str(course.root))
    return step.plugin_inst


def _late_penalties_fail(course: Course, error: Exception) -> UsageError:
    cause = f"{type(error).__name__}: {error}"
    return UsageError(
        f"{course.root / course_config.CONFIG}: the plugin for late submissions does not work "
        f"({cause})"
    )


def _patient(url: str) -> str:
    """SQLite waits for a lock instead of giving up after five seconds."""
    return (
        f"{url}?timeout={LOCK_SECONDS}" if url.startswith("sqlite:///") and "?" not in url else url
    )


def _schema_version() -> str:
    """The version that a new gradebook is marked with. nbgrader
    starts a program to ask, which takes a second.
    """
    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


nbgrader.api.get_alembic_version = _schema_version


def _hints(tests: list[Any]) -> str | None:
    lines = [
        f"{test.sentence or test.name}: {test.hint}" for test in tests if test.outcome != "passed"
    ]
    lines += [f"Counted: {many(count, 'test')}, {remark}." for remark, count in counted(tests)]
    return "\n".join(lines) or None


def _quiet() -> logging.Logger:
    log = logging.getLogger("autograder.nbgrader")
    log.setLevel(logging.ERROR)
    return log
