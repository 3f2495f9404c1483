"""Configure formgrader so that its pages show names as text, never as HTML."""

from typing import Any

from markupsafe import escape
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode


class EscapeNames(Preprocessor):  # type: ignore[misc]
    """Names of students as text in formgrader's page of a
    submission, whose template takes them for HTML.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Escape what the template shows of a student, and the
        path, in which the student's id stands.
        """
        for key in ("student", "last_name", "first_name", "notebook_path"):
            if resources.get(key):
                resources[key] = str(escape(resources[key]))
        return nb, resources
