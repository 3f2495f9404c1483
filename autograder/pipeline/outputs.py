"""Write the outputs of cells into a notebook, and a sentence for a cell that was not run."""

from __future__ import annotations

from typing import Any

from autograder.core.cells import RunnableCell
from autograder.sandbox.session import CellRun


def not_run(sentence: str) -> CellRun:
    """The output of a cell that was stopped or not run: an error that says so."""
    text = (
        f"This cell was {sentence}" if sentence.startswith("stopped") else f"This cell: {sentence}"
    )
    output = {
        "output_type": "error",
        "ename": "Stopped",
        "evalue": f"{text}.",
        "traceback": [f"{text}."],
    }
    return CellRun(False, [output])


def fill_in(
    notebook: dict[str, Any], cells: tuple[RunnableCell, ...], runs: dict[int, CellRun]
) -> None:
    """Write the outputs of cells into the rebuilt notebook."""
    for runnable in cells:
        run = runs.get(runnable.index)
        if run is None:
            continue
        cell = notebook["cells"][runnable.index]
        cell["outputs"] = run.outputs
        cell["execution_count"] = runnable.number
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = runnable.number
