"""Load a suite's bank: correct programs in many styles, and programs with one mistake each."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError
from autograder.core.solution import model_cells

_CELL = re.compile(r"^# %% *(.*)$")
_REST = re.compile(r"^# rest: *solution *$", re.MULTILINE)
_AFTER = "after:"
_FAILS = re.compile(r"^# fails: *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program of the bank: the sources of its cells by task, and the tasks that it must fail.

    `after` holds cells of the student's own, by the task below whose check they stand.
    """

    path: Path
    cells: dict[str, str]
    fails: frozenset[str]
    after: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """accept/… or reject/…, without the ending."""
        return f"{self.path.parent.name}/{self.path.stem}"


def load(assignment: Assignment) -> list[Program]:
    """All programs of an assignment's bank, accepted ones first.

    Raises:
        UsageError: a file names a task that the assignment does not have, or fails none although
            rejected.
    """
    tasks = {task.id for task in assignment.tasks if not task.manual}
    return [
        _load(path, tasks)
        for folder in ("accept", "reject")
        for path in sorted((assignment.suite / folder).glob("*.py"))
    ]


def _load(path: Path, tasks: set[str]) -> Program:
    text = path.read_text(encoding="utf-8")
    cells: dict[str, str] = {}
    task = None
    for line in text.splitlines():
        mark = _CELL.match(line)
        if mark:
            task = mark[1].strip()
            if task in cells:
                raise UsageError(f"{path}: two cells for the task {task}; keep one")
            cells[task] = ""
        elif task is not None:
            cells[task] += line + "\n"
    named = _FAILS.search(text)
    fails = frozenset(name.strip() for name in named[1].split(",")) if named else frozenset()
    after = {
        name.removeprefix(_AFTER): cells.pop(name)
        for name in list(cells)
        if name.startswith(_AFTER)
    }
    unknown = (set(cells) | set(after) | fails) - tasks
    if unknown:
        raise UsageError(f"{path}: no such task: {', '.join(sorted(unknown))}")
    if (path.parent.name == "reject") != bool(fails):
        raise UsageError(
            f"{path}: programs in reject/, and only these, need a line `# fails: <tasks>` at the "
            "top"
        )
    missing = set() if _REST.search(text) else tasks - set(cells)
    if path.parent.name == "accept" and missing:
        raise UsageError(
            f"{path}: a program in accept/ needs a cell for every task, or a line `# rest: "
            f"solution` at the top; missing: {', '.join(sorted(missing))}"
        )
    stripped = [
        {name: source.strip("\n") for name, source in group.items()} for group in (cells, after)
    ]
    return Program(path, stripped[0], fails, stripped[1])


def submission(
    assignment: Assignment,
    cells: dict[str, str],
    *,
    after: dict[str, str] | None = None,
    reference: bool = True,
    play: bool = True,
) -> dict[str, Any]:
    """A notebook as a student would hand it in: the release with these cells filled in.

    Args:
        after: cells of the student's own, by the task below whose test cell they stand.
        reference: fill the other solution cells with the model solution; otherwise they stay as
            released.
        play: keep the cells to play with, which no task builds on, and which may train and draw for
            seconds.
    """
    notebook = copy.deepcopy(assignment.released)
    answers = model_cells(assignment) if reference else {}
    answers |= cells
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell["source"] = answers[name]
    filled = []
    for cell in notebook["cells"]:
        if not play and not cell["metadata"].get("nbgrader"):
            continue
        filled.append(cell)
        name = str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if own := (after or {}).get(name.removesuffix("-test") if name.endswith("-test") else ""):
            filled.append(
                {
                    "cell_type": "code",
                    "id": f"after-{name}"[:64],
                    "metadata": {},
                    "source": own,
                    "execution_count": None,
                    "outputs": [],
                }
            )
    notebook["cells"] = filled
    return notebook
