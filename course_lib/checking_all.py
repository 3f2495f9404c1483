"""`check_all()` in a notebook: run it from the top in a fresh process, as grading does."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib import _fresh_records, _fresh_run, _notebook, _saved_notebook
from course_lib._fresh_card import FreshCard
from course_lib._fresh_run import Times
from course_lib._saved_notebook import Saved
from course_lib._tasks import named_in
from course_lib.checking import checks_file, show_text
from course_lib.suites import run


def check_all(
    notebook: str | os.PathLike[str] | None = None, *, minutes: float = 10, cell_seconds: float = 60
) -> None:
    """Run the saved notebook from the top in a fresh process, and show what its checks say there.

    Nothing is restarted and nothing is saved: your kernel stays as it is. What works only because
    of a cell that you ran earlier, and then changed or deleted, shows itself.

        check_all()
        check_all("01_relu_matrix.ipynb")  # where nobody knows which file this notebook is

    Args:
        notebook: the file; by default that of the notebook that runs.
        minutes: after so long the run is stopped.
        cell_seconds: a cell that runs longer is left out, as in grading, whose own limit is 10 s
            to 60 s.

    Raises:
        FileNotFoundError: there is no such notebook, no `checks.py`, or nobody knows which file
            this notebook is.
        ValueError: the file is no notebook, or a time is not above 0.
        SuiteError: `checks.py` does not import.
    """
    if _fresh_records.wanted() or "NBGRADER_EXECUTION" in os.environ:
        return  # in a run of the whole notebook, which this cell is part of
    shell = _notebook.shell()
    namespace = sys._getframe(1).f_globals if shell is None else shell.user_ns
    with _notebook.in_a_sentence(FileNotFoundError, ValueError):
        if not min(minutes, cell_seconds) > 0:
            raise ValueError("minutes and cell_seconds must be above 0")
        saved, checks = _saved_notebook.read(notebook, namespace), checks_file()
        tasks = tuple(named_in(checks.read_text(encoding="utf-8")))
    tell, show = _output(saved)
    fresh = _fresh_run.run(saved, checks, tasks, Times(60 * minutes, cell_seconds), tell)
    lost = frozenset(
        task
        for task in tasks
        # A check that did not come to its end there may not come to it here, either.
        if task in fresh.reports and task not in fresh.passed and _passes(checks, namespace, task)
    )
    show(FreshCard(saved, fresh, tasks, lost))


def _passes(checks: Path, namespace: Mapping[str, Any], task: str) -> bool:
    """Whether all checks of a task pass with the names that this kernel has."""
    reports = run(checks, namespace, task, 0, "cpu").reports
    return all(report.outcome == "passed" for report in reports)


def _output(saved: Saved) -> tuple[Callable[[int], None], Callable[[FreshCard], None]]:
    """Two functions: one shows which cell runs, one the card in its place."""
    if _notebook.shell() is None:
        return (lambda _: None), (lambda card: show_text(str(card)))
    from IPython.display import display

    handle: Any = display(_Progress(saved, 0), display_id=True)
    return (lambda number: handle.update(_Progress(saved, number))), handle.update


@dataclass(frozen=True, repr=False)
class _Progress:
    """A line, as long as there is no card."""

    saved: Saved
    number: int

    def __repr__(self) -> str:
        at = f"cell {self.number} of {len(self.saved.cells)}" if self.number else "…"
        return f"Running {self.saved.name} from the top, in a fresh process: {at}"
