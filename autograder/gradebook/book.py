"""Step 6, record: write results to nbgrader's gradebook, many in one short transaction."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.api import (
    Comment,
    Grade,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy.orm import selectinload

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result, counted
from autograder.core.text import many
from autograder.gradebook.database import explained, name_student, open_database, quiet_log
from autograder.gradebook.late_penalties import LatePenalties
from autograder.pipeline import graded_notebook

MOST_WAITING = 50
LONGEST_WAIT = 2.0
"""Results wait for their transaction until there are so many, or the first has waited for so many
seconds. What is lost here is on disk, and the next run enters it."""


class CourseGradebook:
    """The gradebook of a course directory, at the URL that its nbgrader_config.py names.

    To be used as a context, which ends when all results are written.

    Raises:
        UsageError: the database can't be opened, stays locked, or holds the assignment with other
            cells.
    """

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._assignment = assignment
        self._course = course
        self._penalties = LatePenalties(course)
        self._gradebook, self._url = open_database(course)
        with explained(self._url):
            self._prepare()
            notebook = self._gradebook.find_notebook(assignment.name, assignment.name)
            cells = (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)
            self._names = {cell.id: cell.name for cell in cells}
        self._waiting: dict[str, Result] = {}
        self._since = 0.0

    def __enter__(self) -> CourseGradebook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._write()
        finally:
            self._gradebook.close()

    def save(self, result: Result) -> None:
        """Write a result, now or with the next ones; to write it again changes nothing.

        Manual scores, comments and extra credit stay; a manual score is marked for a second look.

        Raises:
            UsageError: the database can't be written.
        """
        now = time.monotonic()
        if not self._waiting:
            self._since = now
        self._waiting[result.student] = result
        if len(self._waiting) >= MOST_WAITING or now > self._since + LONGEST_WAIT:
            self._write()

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
            SaveCells(log=quiet_log()).preprocess(release, resources)
        except RuntimeError:
            raise UsageError(
                f"the gradebook {self._url} has submissions of {name} with other cells than the "
                "present release; grade into a new course directory, or undo the change to the "
                "notebook"
            ) from None
        self._gradebook.db.expire_all()

    def _write(self) -> None:
        results, self._waiting = list(self._waiting.values()), {}
        if not results:
            return
        database = self._gradebook.db
        with explained(self._url):
            with database.no_autoflush:
                submissions = self._submissions([result.student for result in results])
                for result in results:
                    if result.status == "graded":
                        self._save_grades(result, submissions[result.student])
                    else:
                        _mark_for_a_person(submissions[result.student])
            database.commit()

    def _submissions(self, students: Sequence[str]) -> dict[str, SubmittedAssignment]:
        """The rows of submissions, entered where they are missing, as nbgrader's `add_submission`
        does, which takes a transaction for each."""
        database = self._gradebook.db
        known = {s.id: s for s in database.query(Student).filter(Student.id.in_(students))}
        for student in students:
            if student not in known:
                known[student] = Student(id=student)
                database.add(known[student])
            name_student(known[student])
        assignment = self._gradebook.find_assignment(self._assignment.name)
        parts = selectinload(SubmittedAssignment.notebooks)
        found = (
            database.query(SubmittedAssignment)
            .filter(SubmittedAssignment.assignment_id == assignment.id)
            .filter(SubmittedAssignment.student_id.in_(students))
            .options(
                parts.selectinload(SubmittedNotebook.grades),
                parts.selectinload(SubmittedNotebook.comments),
            )
        )
        entered = {submission.student_id: submission for submission in found}
        (notebook,) = assignment.notebooks
        for student in students:
            if student not in entered:
                submission = SubmittedAssignment(assignment=assignment, student=known[student])
                own = SubmittedNotebook(notebook=notebook, assignment=submission)
                for cell in (*notebook.grade_cells, *notebook.task_cells):
                    Grade(cell_id=cell.id, notebook=own)
                for cell in (*notebook.solution_cells, *notebook.task_cells):
                    Comment(cell_id=cell.id, notebook=own)
                database.add(submission)
                entered[student] = submission
        return entered

    def _save_grades(self, result: Result, submission: SubmittedAssignment) -> None:
        name = self._assignment.name
        stamp = self._course.autograded(result.student, name).parent / "timestamp.txt"
        with contextlib.suppress(
            OSError, ValueError, ArithmeticError
        ):  # a year of 200 digits is the latter
            at = utils.parse_utc(stamp.read_text(encoding="utf-8").strip())
            _set(submission, timestamp=at)
        tasks = {task.id: task for task in result.tasks}
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            cell = self._names.get(grade.cell_id, "")
            task = tasks.get(cell.removesuffix("-test"))
            auto = task.score if task else self._manual(result, cell)
            changed = grade.auto_score != auto
            # nbgrader asks for a second look at every manual score after a regrade; only a new
            # score needs one.
            look = grade.needs_manual_grade
            if grade.manual_score is None:
                look = auto is None
            elif changed or auto is None:
                look = changed
            _set(grade, auto_score=auto, needs_manual_grade=look)
        for comment in notebook.comments:
            task = tasks.get(self._names.get(comment.cell_id, ""))
            if task is not None:
                _set(comment, auto_comment=_hints(task.tests))
        self._penalties.assign(self._gradebook, submission)

    def _manual(self, result: Result, cell_id: str) -> float | None:
        """0 for a manual task left untouched, as in nbgrader; None where a person has to look."""
        graded = graded_notebook.read(self._course, result.student, self._assignment.name)
        for cell in graded.cells if graded else ():
            mark = cell["metadata"].get("nbgrader")
            if mark is not None and mark["grade_id"] == cell_id:
                whole = cell | {"source": graded_notebook.text(cell)}
                with contextlib.suppress(LookupError, ValueError):  # an edited mark
                    score, _ = utils.determine_grade(nbformat.from_dict(whole))
                    return None if score is None else float(score)
        return None


def _set(row: Any, **values: Any) -> None:
    """Set what differs: a row that was set to its own values is compared once more when written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _mark_for_a_person(submission: SubmittedAssignment) -> None:
    """Remove the scores that an earlier submission had."""
    for notebook in submission.notebooks:
        for grade in notebook.grades:
            grade.auto_score = None
            grade.needs_manual_grade = True


def _hints(tests: list[Any]) -> str | None:
    lines = [
        f"{test.sentence or test.name}: {test.hint}" for test in tests if test.outcome != "passed"
    ]
    lines += [f"Counted: {many(count, 'test')}, {remark}." for remark, count in counted(tests)]
    return "\n".join(lines) or None
