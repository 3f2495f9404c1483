"""Let stock `nbgrader generate_feedback` write the pages of `autograder feedback`.

What nbgrader's own page shows is the notebook as it was graded. So nothing of that notebook is
passed on here: the page is made of what is on record, or there is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.jobs import JOBS
from autograder.feedback.student_page import page
from autograder.feedback.write_pages import gather, mistakes_of_class
from autograder.gradebook import marks
from autograder.gradebook.marks import ClassMarks
from autograder.nbgrader_hooks.sentences import log_sentences
from autograder.report.known_mistakes import Mistake


class FeedbackExporter(Exporter):  # type: ignore[misc]  # nbconvert has no types
    """One for each run of nbgrader: the gradebook and the bank's
    mistakes are read once for all students.
    """

    _read: tuple[tuple[Course, str], ClassMarks, list[Mistake]] | None = None

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, _nb: NotebookNode, resources: dict[str, Any] | None = None, **_: Any
    ) -> tuple[str, dict[str, Any]]:
        """Raise NoPageError if the submission has no result, or the result is of another one."""
        log_sentences(self.log)
        made = self._init_resources(resources)
        info = made["nbgrader"]
        course, assignment = Course(Path(self.parent.coursedir.root)), find(info["assignment"])
        of = (course, assignment.name)
        if self._read is None or self._read[0] != of:
            mistakes, problem = mistakes_of_class(course, assignment, JOBS)
            if problem:
                self.log.warning(problem)
            self._read = of, marks.read(course, assignment.name), mistakes
        booked, mistakes = self._read[1:]
        return page(gather(course, assignment, info["student"], booked, mistakes)).decode(), made
