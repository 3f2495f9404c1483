"""Let stock `nbgrader autograde` grade with this engine.

nbgrader makes a new step for every notebook, so what lasts longer, the worker, belongs to the
module. The steps run in nbgrader's own process, formgrader's server among others: the worker and
its sandbox are programs of their own, started from nothing.
"""

from __future__ import annotations

import atexit
import threading
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.core import jobs, limits
from autograder.core.assignment import Assignment, find
from autograder.core.course import Course
from autograder.core.errors import RejectedError, SandboxError
from autograder.core.jobs import Graded, Job
from autograder.core.outcome import Result
from autograder.gradebook.book import CourseGradebook
from autograder.grading.pool import Pool
from autograder.nbgrader_hooks.sentences import NotGradedError, log_sentences
from autograder.pipeline import intake, record
from autograder.pipeline.rebuild import rebuild

IDLE_SECONDS = 120.0
"""A server that grades now and then does not keep a sandbox in between for longer."""


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Leaves the submitted file alone: the steps read it
    themselves, with a cap, and say what is wrong with it.
    """

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """What the steps make of the file of that name."""
        resources = ResourcesDict() if resources is None else resources
        resources["metadata"] = {"name": Path(filename).stem, "path": str(Path(filename).parent)}
        empty = nbformat.v4.new_notebook()
        return self.from_notebook_node(empty, resources, **kwargs)  # type: ignore[no-any-return]


class Rebuild(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """The released notebook with the student's answers, instead of what the student made of it."""

    def preprocess(
        self, _nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Raises NotGradedError when the file is no usable submission."""
        course, assignment, student = _what(self, resources)
        bounds = limits.load(assignment, course)
        sha256 = ""
        try:
            submission = intake.read(student, course.submission(student, assignment.name), bounds)
            sha256 = submission.sha256
            rebuilt = rebuild(assignment, intake.parse(submission.data, bounds))
        except RejectedError as error:
            basis = jobs.provenance(
                assignment, sha256, _seed(course, assignment), jobs.setup_of(assignment, bounds)
            )
            result = jobs.without_grade(assignment, student, "rejected", str(error), basis)
            raise _not_graded(self, course, assignment, result) from None
        return nbformat.from_dict(rebuilt.notebook), resources


class GradeInSandbox(NbGraderPreprocessor):  # type: ignore[misc]
    """The notebook with its outputs and, in each test cell, the
    score: what `autograder grade` would write.
    """

    def preprocess(
        self, _nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Raises NotGradedError when the submission is rejected or can't be graded."""
        course, assignment, student = _what(self, resources)
        bounds = limits.load(assignment, course)
        submission = intake.read(student, course.submission(student, assignment.name), bounds)
        job = Job(student, submission.data, submission.sha256, _seed(course, assignment))
        graded = _WORKER.grade(assignment, bounds, job)
        if graded.notebook is None:
            raise _not_graded(self, course, assignment, graded.result)
        known = record.read(course, student, assignment.name)
        record.save_result(course, graded.result)
        resources["autograder"] = graded.result
        # nbgrader has removed the notebook that was graded before, so of another file every answer
        # may be another.
        same = known is not None and known.provenance.submission_sha256 == submission.sha256
        resources["autograder_same"] = same
        return nbformat.reads(graded.notebook.decode(), as_version=4), resources


class BookResult(NbGraderPreprocessor):  # type: ignore[misc]
    """After nbgrader has booked the scores: hints, and which
    manual scores need a second look, as we book them.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Raises UsageError when the gradebook can't be written."""
        course, assignment, student = _what(self, resources)
        with CourseGradebook(course, assignment) as gradebook:
            gradebook.save(resources["autograder"], asked=True)
            if not resources["autograder_same"]:
                gradebook.look_again(student, [task.id for task in assignment.tasks])
        return nb, resources


def _what(step: NbGraderPreprocessor, resources: dict[str, Any]) -> tuple[Course, Assignment, str]:
    info = resources["nbgrader"]
    return (
        Course(Path(CourseDirectory(parent=step).root)),
        find(info["assignment"]),
        info["student"],
    )


def _not_graded(
    step: NbGraderPreprocessor, course: Course, assignment: Assignment, result: Result
) -> NotGradedError:
    """Book a submission without a grade, so that no earlier score stays, and say why."""
    record.save(course, result, None)
    with CourseGradebook(course, assignment) as gradebook:
        gradebook.save(result)
    log_sentences(step.log)
    return NotGradedError(f"{result.student} is {result.status}: {result.reason}")


def _seed(course: Course, assignment: Assignment) -> int:
    """That of the class's results on record, so that all have the same; else a new one."""
    known = record.seed_of_class(course, assignment.name)
    return jobs.new_seed() if known is None else known


class _WarmWorker:
    """One worker, started for the first submission, ended after a while without any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._setup: tuple[object, ...] = ()
        self._timer: threading.Timer | None = None
        atexit.register(self.close)

    def grade(self, assignment: Assignment, bounds: limits.Limits, job: Job) -> Graded:
        """Grade one submission.

        Raises:
            NotGradedError: the worker or its sandbox can't start.
        """
        wanted = (assignment.name, assignment.suite_sha256, bounds)
        if wanted != self._setup:
            self.close()
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            try:
                if self._pool is None:
                    self._pool, self._setup = Pool(jobs.setup_of(assignment, bounds), 1), wanted
                return next(self._pool.run([job]))
            except SandboxError as error:
                self._setup = ()  # a next submission starts anew
                raise NotGradedError(str(error)) from None
            finally:
                self._timer = threading.Timer(IDLE_SECONDS, self.close)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
            self._pool, self._setup = None, ()


_WORKER = _WarmWorker()
