"""Match a submission's cells to the release's, by ids, texts, checks and the names they define.

Tools lose what marks a cell: Colab moves its id into the metadata, converters drop both, people
write a deleted cell anew. An answer is found as long as one of its signs is left, and is never
taken for another's.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograder.core.assignment import Assignment
from autograder.core.statements import Reader, same
from autograder.pipeline.intake import Cell


def mark(cell: dict[str, Any]) -> dict[str, Any]:
    """What nbgrader knows of a released cell; empty for prose and play cells."""
    return dict(cell["metadata"].get("nbgrader", {}))


def identity(cell: dict[str, Any]) -> str | None:
    """By what a released cell is found again: its grade_id, or for prose its cell id.

    Play cells have none.
    """
    name = mark(cell).get("grade_id") or (cell.get("id") if is_prose(cell) else None)
    return str(name) if name else None


def is_prose(cell: dict[str, Any]) -> bool:
    """Whether a released cell is text that nobody answers in."""
    return bool(cell["cell_type"] != "code" and not mark(cell))


def is_solution(cell: dict[str, Any]) -> bool:
    """Whether students answer in a released cell."""
    return bool(mark(cell).get("solution"))


def is_test(cell: dict[str, Any]) -> bool:
    """Whether it is the test cell of a task, whose points the engine gives."""
    return bool(mark(cell).get("grade")) and not is_solution(cell)


@dataclass
class Matching:
    """A submission's cells beside the release's.

    `owners` says, for each, which released cell it is, if any.
    """

    assignment: Assignment
    cells: list[Cell]
    reader: Reader
    owners: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.owners = [self._by_id(cell) for cell in self.cells]
        self._by_text()
        self._tests_by_check()
        self._locked_by_content()
        self._answers_by_check()
        self._manual_by_place()
        self._answers_by_names()

    @cached_property
    def ours(self) -> dict[str, dict[str, Any]]:
        """The released cells that are found again, in order."""
        return {
            name: cell for cell in self.assignment.released["cells"] if (name := identity(cell))
        }

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each of them."""
        return {name: number for number, name in enumerate(self.ours)}

    @cached_property
    def stubs(self) -> dict[str, str]:
        """The released sources of the tasks' code cells."""
        return {
            n: c["source"]
            for n, c in self.ours.items()
            if is_solution(c) and c["cell_type"] == "code"
        }

    @cached_property
    def plays(self) -> list[str]:
        """The sources of the released cells to play with."""
        return [
            c["source"]
            for c in self.assignment.released["cells"]
            if c["cell_type"] == "code" and not identity(c)
        ]

    def of(self, name: str) -> list[int]:
        """The cells that are the released cell of that name, in the order in which they stand."""
        return [number for number, owner in enumerate(self.owners) if owner == name]

    def untouched(self, number: int) -> bool:
        """Whether a cell is a task's, and holds what was released."""
        owner, cell = self.owners[number], self.cells[number]
        if owner in self.stubs and cell.kind == "code":
            return self.reader.is_stub(cell.source, self.stubs[owner])
        return owner is not None and same(cell.source, self.ours[owner]["source"])

    def answer(self, name: str) -> int | None:
        """A task's answer: the first cell that was written in, else of its kind, else any."""
        found = self.of(name)
        fitting = [
            number for number in found if self.cells[number].kind == self.ours[name]["cell_type"]
        ]
        touched = [number for number in fitting if not self.untouched(number)]
        written = [number for number in touched if not self._is_empty(self.cells[number])]
        return next(iter(written + touched + fitting + found), None)

    def _is_empty(self, cell: Cell) -> bool:
        return not cell.source.strip() or (
            cell.kind == "code" and self.reader.is_empty(cell.source)
        )

    def is_play(self, number: int) -> bool:
        """Whether a cell is one of the released cells to play with, as it was."""
        return any(same(self.cells[number].source, play) for play in self.plays)

    def anchors(self) -> dict[int, str]:
        """The cells in the release's order, with the release's cells; moved cells are left out.

        In a notebook in quite another order, all are.
        """
        firsts: dict[int, str] = {}
        for name, cell in self.ours.items():
            found = self.answer(name) if is_solution(cell) else next(iter(self.of(name)), None)
            if found is not None:
                firsts[found] = name
        places = sorted(firsts)
        kept = _longest_rise([self.order[firsts[place]] for place in places])
        if 2 * len(kept) < len(places):
            return {place: firsts[place] for place in places}
        return {places[k]: firsts[places[k]] for k in kept}

    def beginning(self) -> str:
        """After which of our cells the submission begins: before
        all, or after our locked ones if it has none.
        """
        code = [name for name, cell in self.ours.items() if cell["cell_type"] == "code"]
        locked = list(itertools.takewhile(lambda name: not is_solution(self.ours[name]), code))
        return "" if not locked or any(name in self.owners for name in locked) else locked[-1]

    # --- the signs, the surest first ---

    def _by_id(self, cell: Cell) -> str | None:
        names = (cell.grade_id, cell.id, *cell.others)
        found = next((name for name in names if name in self.ours), None)
        return (
            None
            if found is None or (is_prose(self.ours[found]) and cell.kind != "markdown")
            else found
        )

    def _unclaimed(self, kind: str) -> list[int]:
        return [
            n for n, cell in enumerate(self.cells) if self.owners[n] is None and cell.kind == kind
        ]

    def _missing(self) -> list[str]:
        return [name for name in self.ours if name not in self.owners]

    def _by_text(self) -> None:
        """Cells as they were released.

        A copy of a stub is its task's, beside whatever the task has.
        """
        for name in self._missing():
            cell = self.ours[name]
            for number in self._unclaimed(cell["cell_type"]):
                if same(self.cells[number].source, cell["source"]):
                    self.owners[number] = name
                    break
        for number in self._unclaimed("code"):
            source = self.cells[number].source
            self.owners[number] = next(
                (n for n, stub in self.stubs.items() if self.reader.is_stub(source, stub)), None
            )

    def _tests_by_check(self) -> None:
        missing = set(self._missing())
        for number in self._unclaimed("code") if missing else ():
            tasks = set(self.reader.checks(self.cells[number].source))
            test = f"{tasks.pop()}-test" if len(tasks) == 1 else ""
            if test in missing:
                missing.remove(test)
                self.owners[number] = test

    def _locked_by_content(self) -> None:
        """A locked cell that was edited: it has half of our statements, or only some of them."""
        for name in self._missing():
            cell = self.ours[name]
            if is_prose(cell) or is_solution(cell) or is_test(cell):
                continue
            known = {statement.digest for statement in self.reader.statements(cell["source"]) or ()}
            for number in self._unclaimed("code"):
                theirs = {
                    statement.digest
                    for statement in self.reader.statements(self.cells[number].source) or ()
                }
                if theirs and (theirs <= known or 2 * len(theirs & known) >= len(known) > 0):
                    self.owners[number] = name
                    break

    def _answers_by_check(self) -> None:
        for name in self._missing():
            test = next(iter(self.of(f"{name}-test")), None)
            if name not in self.stubs or test is None:
                continue
            above = list[int]()
            for number in range(test - 1, -1, -1):
                if self.owners[number] is not None:
                    break
                if self.cells[number].kind == "code" and not self.is_play(number):
                    above.append(number)  # the nearest first
            wanted = self.assignment.task_names[name]
            naming = [
                number for number in above if wanted & self.reader.names(self.cells[number].source)
            ]
            filled = [number for number in above if not self._is_empty(self.cells[number])]
            for number in (naming + filled + above)[:1]:
                self.owners[number] = name

    def _manual_by_place(self) -> None:
        """A written answer by place: the first text of the student's below the cell before it."""
        names = list(self.ours)
        for name in self._missing():
            if name in self.stubs or not is_solution(self.ours[name]) or not self.order[name]:
                continue
            before = next(iter(self.of(names[self.order[name] - 1])), None)
            if before is not None and before + 1 in self._unclaimed("markdown"):
                self.owners[before + 1] = name

    def _answers_by_names(self) -> None:
        """Of a task with no cell, the cell that gives most of
        its names, if it stands where the task does.
        """
        for name in self._missing():
            if name not in self.stubs:
                continue
            wanted, anchors = self.assignment.task_names[name], self.anchors()
            given = {
                number: len(wanted & self.reader.names(self.cells[number].source))
                for number in self._unclaimed("code")
                if not self.is_play(number) and self._between(number, self.order[name], anchors)
            }
            best = max(given, key=lambda number: given[number], default=None)
            if best is not None and given[best]:
                self.owners[best] = name

    def _between(self, number: int, place: int, anchors: dict[int, str]) -> bool:
        before = [self.order[owner] for other, owner in anchors.items() if other < number]
        after = [self.order[owner] for other, owner in anchors.items() if other > number]
        return (not before or before[-1] < place) and (not after or place < after[0])


def _longest_rise(values: list[int]) -> list[int]:
    """The places of a longest rising subsequence."""
    ends, last, before = list[int](), list[int](), list[int]()
    for number, value in enumerate(values):
        place = bisect_left(ends, value)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [value]
        last[place : place + 1] = [number]
    found = list[int]()
    number = last[-1] if last else -1
    while number >= 0:
        found.append(number)
        number = before[number]
    return found[::-1]
