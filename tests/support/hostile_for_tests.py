"""The hostile programs of tests/hostile/programs/, and the notebooks that they are handed in as.

A program is a percent script as those of the bank. `# %%` without a task is an extra cell, after
the task before it or before the first task; `# %% end` one at the very end. Tasks without a cell
get the model solution, so that every program is its own control. Its header says what must come of
it:

    # threat: 12, 13         lines of the list of threats in docs/security.md; 0 is a control
    # assignment: 02_…       01_relu_matrix unless named
    # fails: w2_abs          tasks that get no point; every other task gets all of its points
    # most: 0.1              or at most this share of their points: some tests ask for less
    # outcome: timeout       of one test at least of each task that fails
    # hint: not defined      stands in a hint of each task that fails
    # leaks: WORD            stands neither in the result nor in the graded notebook
    # needs: cuda            is left out elsewhere

`@COURSE@` and other such words become what they name on the machine at hand: a hostile student may
well know them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring import bank
from autograder.core.assignment import find

FOLDER = Path(__file__).parents[1] / "hostile" / "programs"
USUAL = "01_relu_matrix"

_CELL = re.compile(r"^# %%(.*)\n", re.MULTILINE)
_FIELD = re.compile(
    r"^# (threat|assignment|fails|most|outcome|hint|leaks|needs): *(.+)$", re.MULTILINE
)


@dataclass(frozen=True)
class Hostile:
    """A program: its cells in order, as (task, "" or "end",
    source), and what its header asks for.
    """

    name: str
    threats: tuple[int, ...]
    assignment: str
    fails: frozenset[str]
    most: float
    outcome: str | None
    hint: str | None
    leaks: str | None
    needs: str | None
    cells: tuple[tuple[str, str], ...]

    def notebook(self, words: Mapping[str, str]) -> bytes:
        """The submission, with `@WORD@` replaced."""
        assignment = find(self.assignment)
        tasks = {task.id for task in assignment.tasks}
        made = bank.submission(
            assignment, {task: source for task, source in self.cells if task in tasks}
        )
        place = _index(made["cells"], assignment.tasks[0].id)
        for task, source in self.cells:
            if task in tasks:
                place = 1 + _index(made["cells"], task)
                continue
            extra = {"cell_type": "code", "metadata": {}, "source": source, "outputs": []}
            made["cells"].insert(len(made["cells"]) if task == "end" else place, extra)
            place += 1
        text = json.dumps(made)
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        return text.encode()


def load() -> list[Hostile]:
    """All programs, by name."""
    return [_load(path) for path in sorted(FOLDER.glob("*.py"))]


def _load(path: Path) -> Hostile:
    head, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    fields = dict(_FIELD.findall(head))
    return Hostile(
        name=path.stem,
        threats=tuple(int(number) for number in fields["threat"].split(",")),
        assignment=fields.get("assignment", USUAL),
        fails=frozenset(
            name.strip() for name in fields.get("fails", "").split(",") if name.strip()
        ),
        most=float(fields.get("most", 0)),
        outcome=fields.get("outcome"),
        hint=fields.get("hint"),
        leaks=fields.get("leaks"),
        needs=fields.get("needs"),
        cells=tuple(
            zip(
                (mark.strip() for mark in parts[::2]),
                (p.strip("\n") for p in parts[1::2]),
                strict=True,
            )
        ),
    )


def _index(cells: list[dict[str, Any]], task: str) -> int:
    return next(
        n for n, c in enumerate(cells) if c["metadata"].get("nbgrader", {}).get("grade_id") == task
    )
