"""Turn a solution notebook into the release, by nbgrader's steps, with stubs that name the task."""

from copy import deepcopy
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
    NbGraderPreprocessor,
)
from nbgrader.utils import is_locked
from traitlets import Unicode


class ClearSolutionsByTask(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """`ClearSolutions` with a stub that names the task, so an unfinished cell says which."""

    task_stub = Unicode(
        '# YOUR CODE HERE\nraise NotImplementedError("task {task} is still to do")',
        help="What replaces a code solution; {task} stands for the cell's grade_id",
    ).tag(config=True)
    text_stub = Unicode("*Your answer here.*", help="What replaces a written solution").tag(
        config=True
    )

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Replace the solution regions of one cell.

        Raises RuntimeError when fences don't pair up or stand in a cell that is not a solution.
        """
        task = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        self.code_stub = {"python": self.task_stub.replace("{task}", task)}
        return super().preprocess_cell(cell, resources, cell_index)  # type: ignore[no-any-return]


class GoOnAfterErrors(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Tag cells that may fail in an unfinished notebook: *Run All* goes on after them.

    These are answers, and cells to play with, which use answers.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], _: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add Jupyter's tag to a cell."""
        if cell.cell_type == "code" and not is_locked(cell):
            cell.metadata["tags"] = [*cell.metadata.get("tags", ()), "raises-exception"]
        return cell, resources


# Those of `nbgrader generate_assignment`, without the ones that write to a database or start a
# kernel.
_RELEASE_STEPS = (
    LockCells,
    ClearSolutionsByTask,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
    GoOnAfterErrors,
)


def make_release(solution: NotebookNode) -> NotebookNode:
    """What a student gets of a solution notebook, which itself stays as it is.

    Raises RuntimeError or a ValidationError, nbgrader's or nbformat's, when fences or metadata are
    wrong.
    """
    notebook = deepcopy(solution)  # the steps work in place
    resources: dict[str, Any] = {}
    for step in _RELEASE_STEPS:
        notebook, resources = step()(notebook, resources)
    nbformat.validate(notebook)
    return notebook
