"""Configure formgrader so that its pages show names as text, never as HTML."""

from typing import Any

from markupsafe import escape
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode


class EscapeNames(Preprocessor):  # type: ignore[misc]
    """Escape students' names for formgrader's submission page, which shows them as HTML."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Escape what the template shows of a student, and the path with the student's id."""
        for key in ("student", "last_name", "first_name", "notebook_path"):
            if resources.get(key):
                resources[key] = str(escape(resources[key]))
        return nb, resources
