"""Step 6, record: write results to nbgrader's gradebook, one short transaction each."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.api import MissingEntry

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result, counted
from autograder.core.text import many
from autograder.gradebook.database import enter_student, explained, open_database, quiet_log
from autograder.gradebook.late_penalties import LatePenalties
from autograder.pipeline import graded_notebook


class CourseGradebook:
    """The gradebook of a course directory, at the URL that its nbgrader_config.py names.

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
        """Write a result; to write it again changes nothing.

        Manual scores, comments and extra credit stay; a manual score is marked for a second look.

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
            SaveCells(log=quiet_log()).preprocess(release, resources)
        except RuntimeError:
            raise UsageError(
                f"the gradebook {self._url} has submissions of {name} with other cells than the "
                "present release; grade into a new course directory, or undo the change to the "
                "notebook"
            ) from None
        self._gradebook.db.expire_all()

    def _save_grades(self, result: Result) -> None:
        name = self._assignment.name
        enter_student(self._gradebook, result.student)
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
            cell = self._names.get(grade.cell_id, "")
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
            task = tasks.get(self._names.get(comment.cell_id, ""))
            if task is not None:
                comment.auto_comment = _hints(task.tests)
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

    def _mark_for_a_person(self, result: Result) -> None:
        """Enter a submission that has no grade, and remove the scores of an earlier one."""
        enter_student(self._gradebook, result.student)
        submission = self._gradebook.update_or_create_submission(
            self._assignment.name, result.student
        )
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
