"""Step 6, record: write results to nbgrader's gradebook, many in one short transaction."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Collection, Iterator, Sequence
from types import TracebackType
from typing import Any

import nbformat
from nbgrader.api import (
    Comment,
    Grade,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import insert
from sqlalchemy.orm import selectinload

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.nbgrader_notes import TIMESTAMP, utc
from autograder.core.outcome import Result
from autograder.gradebook import extensions
from autograder.gradebook.auto_scores import Scored, by_hand, forget_scores
from autograder.gradebook.database import explained, name_student, open_database, quiet_log, row_ids
from autograder.gradebook.hints import hints
from autograder.gradebook.late_penalties import LatePenalties
from autograder.pipeline import graded_notebook

MOST_WAITING = 500
LONGEST_WAIT = 2.0
"""Results wait for their transaction until there are so many, or the first has waited for so many
seconds. What is lost here is on disk, and the next run enters it."""


class CourseGradebook:
    """The gradebook of a course directory, at the URL that its nbgrader_config.py names.

    To be used as a context, which ends when all results are written.

    Raises:
        UsageError: the database can't be opened, stays locked, or holds the assignment with other
            cells; or extensions.csv can't be read.
    """

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._assignment = assignment
        self._course = course
        self._penalties = LatePenalties(course)
        self._extensions = extensions.read(course, assignment.name)
        self._gradebook, self._url = open_database(course)
        with explained(self._url):
            self._prepare()
            notebook = self._gradebook.find_notebook(assignment.name, assignment.name)
            tasks = {cell.id: cell.name for cell in notebook.task_cells}
            self._grade_cells = {cell.id: cell.name for cell in notebook.grade_cells} | tasks
            self._comment_cells = {cell.id: cell.name for cell in notebook.solution_cells} | tasks
            self._assignment_id, self._notebook_id = notebook.assignment.id, notebook.id
            self._is_due = notebook.assignment.duedate is not None
        self._ids = row_ids()
        self._waiting: dict[str, Scored] = {}
        self._since = 0.0
        self.new: set[str] = set()
        """Students whom the gradebook did not have before, of the results that are written."""
        self.extended: set[str] = set()
        """Students to whom extensions.csv gave other hours than the gradebook had for them."""

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

    def save(
        self,
        result: Result,
        notebook: bytes | None = None,
        *,
        asked: bool = False,
        blind: bool = False,
    ) -> None:
        """Write a result, now or with the next ones; to write it again changes nothing.

        Manual scores, comments and extra credit stay. A manual score is marked for a second look
        where the automatic one is another.

        Args:
            notebook: the graded notebook as it was written; the one on disk if None.
            asked: whether nbgrader has just asked for a second look at every manual score.
            blind: whether nobody compared the answers with those that were graded before: where
                the submission is of another time, all manual scores are marked.

        Raises:
            UsageError: the database can't be written.
        """
        now = time.monotonic()
        if not self._waiting:
            self._since = now
        scores = self._by_hand(result, notebook)
        self._waiting[result.student] = Scored(result, scores, asked, blind)
        if len(self._waiting) >= MOST_WAITING or now > self._since + LONGEST_WAIT:
            self._write()

    def look_again(self, student: str, tasks: Collection[str]) -> None:
        """Ask a person to look again at the scores that one gave for these answers.

        Raises:
            UsageError: the database can't be written.
        """
        if not tasks:
            return
        if student in self._waiting:
            self._write()
        with explained(self._url):
            for submission in self._submissions([student]).values():
                for grade in (grade for part in submission.notebooks for grade in part.grades):
                    task = self._grade_cells.get(grade.cell_id, "").removesuffix("-test")
                    if grade.manual_score is not None and task in tasks:
                        grade.needs_manual_grade = True
            self._gradebook.db.commit()

    # --- helpers ---

    def _by_hand(self, result: Result, notebook: bytes | None) -> dict[str, float | None]:
        if notebook is not None:
            cells = graded_notebook.cells_of(notebook)
        else:
            cells = graded_notebook.read(self._course, result.student, result.assignment)
        return by_hand(result, self._grade_cells.values(), cells or [])

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
                f"the gradebook {self._url} has submissions of {name} whose cells differ from the "
                "current release; grade into a new course directory, or undo the change to the "
                "notebook"
            ) from None
        self._gradebook.db.expire_all()

    def _write(self) -> None:
        waiting, self._waiting = list(self._waiting.values()), {}
        if not waiting:
            return
        database = self._gradebook.db
        with explained(self._url):
            with database.no_autoflush:
                entered = self._enter(waiting)
                # A penalty is worked out by nbgrader's own objects.
                rest = [w for w in waiting if self._is_due or w.result.student not in entered]
                submissions = self._submissions([each.result.student for each in rest])
                for each in rest:
                    result = each.result
                    submission = submissions[result.student]
                    if extensions.enter(submission, self._extensions):
                        self.extended.add(result.student)
                    if result.status != "graded":
                        forget_scores(submission)
                        continue
                    if result.student not in entered:
                        self._save_grades(each, submission)
                    self._penalties.assign(self._gradebook, submission)
            database.commit()

    def _enter(self, waiting: Sequence[Scored]) -> set[str]:
        """Enter the results of students without a submission, with all its rows, and name them.

        nbgrader's objects, made one by one, would take most of the time that recording takes.
        """
        database, names = self._gradebook.db, [each.result.student for each in waiting]
        known = {s.id: s for s in database.query(Student).filter(Student.id.in_(names))}
        self.new |= set(names) - known.keys()
        for student in known.values():
            name_student(student)
        there = database.query(SubmittedAssignment.student_id).filter(
            SubmittedAssignment.assignment_id == self._assignment_id,
            SubmittedAssignment.student_id.in_(names),
        )
        without = set(names) - {student for (student,) in there}
        self.extended |= {name for name in without if self._extensions.get(name)}
        rows: dict[type[Any], list[dict[str, Any]]] = {
            Student: [{"id": n, "first_name": "", "last_name": n} for n in names if n not in known],
            SubmittedAssignment: [],
            SubmittedNotebook: [],
            Grade: [],
            Comment: [],
        }
        for each in waiting:
            if each.result.student in without:
                for table, row in self._rows(each):
                    rows[table].append(row)
        for table, made in rows.items():
            if made:
                database.execute(insert(table.__table__), made)
        return without

    def _rows(self, waiting: Scored) -> Iterator[tuple[type[Any], dict[str, Any]]]:
        """All rows of a submission that the gradebook does not have, as nbgrader makes them."""
        result, own, part = waiting.result, next(self._ids), next(self._ids)
        yield (
            SubmittedAssignment,
            {
                "id": own,
                "assignment_id": self._assignment_id,
                "student_id": result.student,
                "timestamp": self._handed_in(result),
                "extension": self._extensions.get(result.student),
            },
        )
        ids = {"id": part, "notebook_id": self._notebook_id, "assignment_id": own}
        yield SubmittedNotebook, ids
        tasks = {task.id: task for task in result.tasks}
        for cell, name in self._grade_cells.items():
            auto = waiting.auto_score(tasks, name) if result.status == "graded" else None
            score = {"auto_score": auto, "needs_manual_grade": auto is None}
            yield Grade, {"id": next(self._ids), "cell_id": cell, "notebook_id": part, **score}
        for cell, name in self._comment_cells.items():
            said = {"auto_comment": hints(tasks[name].tests) if name in tasks else None}
            yield Comment, {"id": next(self._ids), "cell_id": cell, "notebook_id": part, **said}

    def _submissions(self, students: Sequence[str]) -> dict[str, SubmittedAssignment]:
        """nbgrader's objects for the submissions of these students."""
        parts = selectinload(SubmittedAssignment.notebooks)
        found = (
            self._gradebook.db.query(SubmittedAssignment)
            .filter(SubmittedAssignment.assignment_id == self._assignment_id)
            .filter(SubmittedAssignment.student_id.in_(students))
            .options(
                parts.selectinload(SubmittedNotebook.grades),
                parts.selectinload(SubmittedNotebook.comments),
            )
        )
        return {submission.student_id: submission for submission in found}

    def _handed_in(self, result: Result) -> datetime.datetime | None:
        """When a graded submission was handed in, if the file beside it says so."""
        stamp = self._course.autograded(result.student, result.assignment).parent / TIMESTAMP
        try:
            at = utc(stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return at.replace(tzinfo=None) if at is not None else None

    def _save_grades(self, waiting: Scored, submission: SubmittedAssignment) -> None:
        result = waiting.result
        at = self._handed_in(result)
        renewed = at is not None and submission.timestamp not in (None, at)
        if at is not None:
            _set(submission, timestamp=at)
        tasks = {task.id: task for task in result.tasks}
        (notebook,) = submission.notebooks
        for grade in notebook.grades:
            name = self._grade_cells.get(grade.cell_id, "")
            auto = waiting.auto_score(tasks, name)
            look = auto is None
            if grade.manual_score is not None:
                look = waiting.looks_again(grade, auto, renewed=renewed)
            _set(grade, auto_score=auto, needs_manual_grade=look)
        for comment in notebook.comments:
            task = tasks.get(self._comment_cells.get(comment.cell_id, ""))
            if task is not None:
                _set(comment, auto_comment=hints(task.tests))


def _set(row: Any, **values: Any) -> None:
    """Set what differs: a row that was set to its own values is compared once more when written."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
