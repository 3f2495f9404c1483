"""Step 2, rebuild: put the student's answers into the released notebook.

Tests, points, metadata and locked cells are always ours. Of the submission count the answers,
wherever `autograder.pipeline.matching` finds them, the student's extra cells, which keep their
place after the cell that they followed, and the lines that they added to our cells. A released stub
that nobody touched is shown and never run.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from autograder.core.assignment import Assignment
from autograder.core.cells import RunnableCell
from autograder.core.errors import RejectedError
from autograder.core.sanitize import inert
from autograder.core.statements import Reader
from autograder.pipeline.intake import Cell
from autograder.pipeline.matching import Matching, identity, is_prose, is_solution, is_test
from autograder.pipeline.which_assignment import check_assignment


@dataclass(frozen=True)
class Rebuilt:
    """The notebook to grade, as nbformat JSON; the cells to run; notes for the reader."""

    notebook: dict[str, Any]
    cells: tuple[RunnableCell, ...]
    notes: tuple[str, ...]


def rebuild(assignment: Assignment, submitted: list[Cell]) -> Rebuilt:
    """Put a submission's answers into the released notebook.

    Raises:
        RejectedError: it holds no answer of this assignment, or is the notebook of another one.
        UsageError: the release can't be read.
    """
    check_assignment(assignment, submitted)
    return _Builder(assignment, submitted).build()


def encode(notebook: dict[str, Any]) -> bytes:
    """A notebook as a file, on one line: laid out, each number of a figure would get its own."""
    return msgspec.json.encode(notebook, order="sorted") + b"\n"


@dataclass(frozen=True)
class _Extra:
    """A cell of the student's own, to be shown, and run if it is code that runs."""

    kind: str
    source: str
    runs: bool


class _Builder:
    """Builds one notebook."""

    def __init__(self, assignment: Assignment, submitted: list[Cell]) -> None:
        self._assignment = assignment
        self._reader = Reader(known=dict(assignment.statements))
        self._match = Matching(assignment, submitted, self._reader)
        self._answers = {
            name: self._match.answer(name) for name, c in self._match.ours.items() if is_solution(c)
        }
        self._own: dict[str, _Extra] = {}
        self._extras: dict[str, list[_Extra]] = {}
        self._notes: list[str] = []
        self._given: dict[str, set[str]] = {}
        """Of each place in words, the names that the student's code there gives."""
        self._cells: list[dict[str, Any]] = []
        self._runnable: list[RunnableCell] = []
        self._number = 0

    def build(self) -> Rebuilt:
        """Sort the student's cells, and go through ours."""
        self._sort()
        self._add(self._extras.get("", ()))
        release = self._assignment.released
        for released in release["cells"]:
            cell = dict(released)  # its source and outputs are replaced, and nothing inside of them
            name = identity(cell)
            if (
                name is not None
            ):  # of a play cell the student's own copy, if any, is among the extras
                self._put(cell, name)
        if not self._answered():
            raise RejectedError(
                f"the notebook has no answer for {self._assignment.name}: all its answer cells "
                "are missing. Write your answers into the notebook that you were given, and "
                "submit that one."
            )
        notes = dict.fromkeys([*self._notes, *self._about_answers()])
        numbers = list(
            itertools.accumulate(
                cell["cell_type"] == "code" and bool(cell["source"].strip()) for cell in self._cells
            )
        )
        runnable = tuple(replace(cell, number=int(numbers[cell.index])) for cell in self._runnable)
        return Rebuilt(release | {"cells": self._cells}, runnable, tuple(notes))

    # --- what the student's cells are ---

    def _sort(self) -> None:
        anchors, place = self._match.anchors(), self._match.beginning()
        for number, cell in enumerate(self._match.cells):
            owner = self._match.owners[number]
            place = anchors.get(number, place)
            extras = self._extras.setdefault(place, [])
            if owner is None:
                runs = cell.kind == "code"
                source = self._reader.unchecked(cell.source) if runs else cell.source
                extras.append(_Extra(cell.kind, source, runs))
                if runs and not self._match.is_play(number):
                    self._give("another cell", source)
            elif is_solution(self._match.ours[owner]):
                if number != self._answers[owner]:
                    extras.append(self._copy(number, owner))
            elif not is_prose(self._match.ours[owner]):
                self._sort_ours(number, owner, extras)

    def _copy(self, number: int, owner: str) -> _Extra:
        """Another cell of a task: it runs where it stands if it was touched."""
        cell = self._match.cells[number]
        runs = cell.kind == "code" and not self._match.untouched(number)
        what = (
            "the first counts as the answer, and the others run at their places in the notebook"
            if runs
            else "one of them is unchanged"
        )
        self._notes.append(f"the notebook has cell {owner!r} more than once: {what}")
        source = self._reader.unchecked(cell.source) if runs else cell.source
        if runs:
            self._give("another cell", source)
        return _Extra(cell.kind, source, runs)

    def _sort_ours(self, number: int, owner: str, extras: list[_Extra]) -> None:
        """A locked or a test cell: its lines of the student's
        own run after the one, before the other.
        """
        cell, ours = self._match.cells[number], self._match.ours[owner]
        first = number == self._match.of(owner)[0]
        if not first:
            self._notes.append(
                f"the notebook has cell {owner!r} more than once: in its copies, only your own "
                "lines count"
            )
        if cell.kind != "code":
            return
        keep = frozenset[str]() if is_test(ours) else self._reader.names(ours["source"])
        own = self._reader.own(cell.source, ours["source"], keep=keep)
        if own.refused:
            names = ", ".join(map(repr, own.refused[:5]))
            self._notes.append(
                f"cell {owner!r} is locked: lines that define {names} again are left out"
            )
        if not own.source.strip():
            return
        self._notes.append(f"your own lines in cell {owner!r} run at their place in the notebook")
        extra = _Extra("code", own.source, runs=True)
        if first:
            self._own[owner] = extra
        else:
            extras.append(extra)
        self._give(f"the cell of {owner!r}", own.source)

    def _give(self, where: str, source: str) -> None:
        self._given.setdefault(where, set()).update(self._reader.names(source))

    # --- the notebook ---

    def _put(self, cell: dict[str, Any], name: str) -> None:
        """Add one of our cells, with what belongs to it."""
        own = [self._own[name]] if name in self._own else []
        if is_test(cell):
            self._add(own)
            self._runnable.append(
                RunnableCell(len(self._cells), "", None, check=name.removesuffix("-test"))
            )
        elif is_solution(cell):
            self._put_answer(cell, name)
        elif cell["cell_type"] == "code":
            self._runnable.append(RunnableCell(len(self._cells), cell["source"], None))
        self._cells.append(cell)
        if not is_test(cell):
            self._add(own)
        self._add(self._extras.get(name, ()))

    def _put_answer(self, cell: dict[str, Any], name: str) -> None:
        number = self._answers[name]
        if number is None:
            return
        answer = self._match.cells[number]
        if answer.kind != cell["cell_type"]:
            return
        if self._match.untouched(number):
            return
        if answer.kind == "markdown":
            cell["source"] = inert(answer.source)
        else:
            cell["source"] = self._reader.unchecked(answer.source)
            self._runnable.append(RunnableCell(len(self._cells), cell["source"], name))
            self._give(f"the cell of {name!r}", cell["source"])

    def _add(self, extras: list[_Extra] | tuple[()]) -> None:
        for extra in extras:
            self._number += 1
            if extra.runs:
                self._runnable.append(RunnableCell(len(self._cells), extra.source, None))
            self._cells.append(_shown(extra, self._number))

    # --- remarks ---

    def _answered(self) -> bool:
        """Whether there is anything to grade: an answer cell, its names elsewhere, or text."""
        match, given = self._match, set[str]().union(*self._given.values())
        if any(self._answers[name] is not None for name in match.stubs):
            return True
        if any(names & given for names in self._assignment.task_names.values()):
            return True
        written = (number for number in self._answers.values() if number is not None)
        return any(
            match.cells[number].source.strip() and not match.untouched(number) for number in written
        )

    def _about_answers(self) -> Iterator[str]:
        for name, number in self._answers.items():
            cell, ours = (
                (None if number is None else self._match.cells[number]),
                self._match.ours[name],
            )
            where = self._elsewhere(name)
            what = f"the definition in {where} counts" if where else "it counts as not answered"
            if number is None or cell is None:
                yield f"the cell of {name!r} was deleted: {what}"
            elif cell.kind != ours["cell_type"]:
                yield f"the cell of {name!r} was turned into {_kind(cell)} cell: {what}"
            elif where and self._match.untouched(number):
                yield f"the cell of {name!r} is unchanged: {what}"

    def _elsewhere(self, name: str) -> str | None:
        """Where else than in its own cell a task's names are given, if all of them are."""
        wanted = self._assignment.task_names.get(name, frozenset())
        places = [where for where, names in self._given.items() if names & wanted]
        given = set[str]().union(*(self._given[where] for where in places))
        return " and ".join(places[:3]) if wanted and wanted <= given else None


def _kind(cell: Cell) -> str:
    """For notes: a kind that no notebook has may hold anything."""
    return f"a {cell.kind}" if cell.kind in ("code", "markdown", "raw") else "another kind of"


def _shown(extra: _Extra, number: int) -> dict[str, Any]:
    kind = extra.kind if extra.kind in ("code", "markdown", "raw") else "raw"
    source = extra.source if kind == "code" else inert(extra.source)
    made: dict[str, Any] = {
        "cell_type": kind,
        "id": f"extra-{number}",
        "metadata": {},
        "source": source,
    }
    if kind == "code":
        made |= {"execution_count": None, "outputs": []}
    return made
