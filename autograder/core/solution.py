"""Read the model solution of an assignment from its built notebook."""

from __future__ import annotations

import json

from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError


def model_cells(assignment: Assignment) -> dict[str, str]:
    """The model solution's cells by task, manual ones among them.

    Raises:
        UsageError: the solution notebook was not built.
    """
    path = assignment.source / f"{assignment.name}.ipynb"
    try:
        solution = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} can't be read ({error}); run `autograder build {assignment.name}` first"
        ) from None
    return {
        mark["grade_id"]: _text(cell["source"])
        for cell in solution["cells"]
        if (mark := cell["metadata"].get("nbgrader", {})).get("solution")
    }


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
