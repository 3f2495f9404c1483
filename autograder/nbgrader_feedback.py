"""The page of stock `nbgrader generate_feedback`: what `autograder feedback` writes; nbgrader_config.py names it.

What nbgrader's own page shows is the notebook as it was graded. So nothing of that notebook is passed on here: the page
is made of what is on record, or there is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from autograder import marks
from autograder.course import Course, find
from autograder.feedback import gather
from autograder.marks import ClassMarks
from autograder.pages.feedback import page


class FeedbackExporter(Exporter):  # type: ignore[misc]  # nbconvert has no types
    """One for each run of nbgrader: the gradebook is read once for all students."""

    _booked: tuple[tuple[Course, str], ClassMarks] | None = None

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, _nb: NotebookNode, resources: dict[str, Any] | None = None, **_: Any
    ) -> tuple[str, dict[str, Any]]:
        """Raises NoPageError when the submission was not graded, or what is on record belongs to another one."""
        made = self._init_resources(resources)
        info = made["nbgrader"]
        course, assignment = Course(Path(self.parent.coursedir.root)), find(info["assignment"])
        of = (course, assignment.name)
        if self._booked is None or self._booked[0] != of:
            self._booked = of, marks.read(course, assignment.name)
        return page(gather(course, assignment, info["student"], self._booked[1])).decode(), made
