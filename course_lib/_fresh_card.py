"""The card of `check_all`: what a fresh run of a notebook showed, and the number of its file."""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from course_lib._card_html import MARKS, STAKES, as_list, box, row
from course_lib._fresh_run import Failure, FreshRun
from course_lib._local_submission import Outcome
from course_lib._saved_notebook import Saved

_UNDEFINED = re.compile(r"`(\w+)` is not defined yet")
_MOST = 6
"""Cells that are listed."""
_NO_FILE = "The file's SHA-256 is unknown: Colab keeps the file where this kernel can't read it."


@dataclass(frozen=True)
class _Line:
    """A row of the card."""

    outcome: Outcome
    word: str
    text: str
    hint: str = ""


@dataclass(frozen=True, repr=False)
class FreshCard:
    """HTML in a notebook, text elsewhere.

    Attributes:
        tasks: all that have checks, in order.
        lost: those whose checks pass with the names of the kernel, and not in the fresh run.
    """

    saved: Saved
    fresh: FreshRun
    tasks: tuple[str, ...]
    lost: frozenset[str]

    @property
    def passed(self) -> bool:
        """Whether nothing is left to do."""
        done = self.fresh.passed.issuperset(self.tasks) and not self.fresh.unfinished
        return done and all(self.saved.written.values())

    @property
    def title(self) -> str:
        """How many tasks pass."""
        done, total = len(self.fresh.passed & {*self.tasks}), len(self.tasks)
        return f"{self.saved.name} run from the top: {done} of {total} tasks pass their checks"

    def __repr__(self) -> str:
        lines = [f"{self.title} ({STAKES})"]
        for heading, rows in self._parts():
            lines.append(heading)
            for one in rows:
                lines.append(f"  {MARKS[one.outcome][0]} {one.word:<11} {one.text}")
                lines += [f"      {line}" for line in one.hint.splitlines()]
        return "\n".join([*lines, *self._receipt()])

    def _repr_html_(self) -> str:
        body = ""
        for heading, rows in self._parts():
            listed = "".join(row(o.outcome, o.text, o.hint, word=o.word) for o in rows)
            body += f'<div style="margin-top:10px">{html.escape(heading)}</div>{as_list(listed)}'
        file, *number = map(html.escape, self._receipt())
        if number:
            code = "font-size:0.92em;overflow-wrap:anywhere;background:none"
            file += f'<br><code style="{code}">{number[0]}</code><br>{number[1]}'
        body += f'<div style="margin-top:10px;opacity:0.85">{file}</div>'
        return box(self.title, STAKES, body, passed=self.passed)

    def _parts(self) -> list[tuple[str, list[_Line]]]:
        """Headings, each with its rows; those without rows are left out."""
        lost = [
            _Line("failed", "lost", task, self._cause(task))
            for task in self.tasks
            if task in self.lost
        ]
        stops = [
            _Line("error", "error", self._told(failure))
            for failure in self.fresh.failures
            if not self._is_unwritten(failure) and failure.cell.grade_id not in self.lost
        ]
        stops += [
            _Line("error", "left out", f"{cell.words}: it {why}; grading leaves it out, too")
            for cell, why in self.fresh.left_out.items()
            if cell.grade_id not in self.lost
        ]
        if self.fresh.unfinished:
            stops.append(_Line("error", "stopped", "the run ended before the last cell"))
        if len(stops) > _MOST:
            stops[_MOST:] = [_Line("error", "error", f"and {len(stops) - _MOST} more")]
        parts = {
            "These tasks pass in this kernel, but not when the saved notebook is run by itself: "
            "they would be lost.": lost,
            "These cells do not run to their end.": stops,
            "The checks in the fresh run:": [*map(self._task, self.tasks)],
            "Written answers, which a person grades:": [*self._written()],
        }
        return [(heading, rows) for heading, rows in parts.items() if rows]

    def _written(self) -> Iterator[_Line]:
        for task, begun in self.saved.written.items():
            yield _Line("passed" if begun else "failed", "written" if begun else "not yet", task)

    def _task(self, task: str) -> _Line:
        reports = self.fresh.reports.get(task)
        if reports is None:
            return _Line("error", "not reached", task)
        done = sum(report.outcome == "passed" for report in reports)
        text = f"{task}: {done} of {len(reports)}"
        if done == len(reports):
            return _Line("passed", "passed", text)
        return _Line("failed", "not yet", text, "" if task in self.lost else self._cause(task))

    def _cause(self, task: str) -> str:
        """Why a task's checks do not pass: the error of its cell, or what the check says."""
        failures = [each for each in self.fresh.failures if each.cell.grade_id == task]
        for failure in failures:
            if not self._is_unwritten(failure):
                return self._told(failure)
        for cell, why in self.fresh.left_out.items():
            if cell.grade_id == task:
                return f"{cell.words}: it {why}"
        reports = self.fresh.reports.get(task, ())
        hint = next((r.hint for r in reports if r.outcome != "passed" and r.hint), "")
        missing = _UNDEFINED.match(hint)
        if failures or not missing:  # an answer that is not written defines nothing
            return hint
        return hint + self._origin(missing[1], len(self.saved.cells) + 1)

    def _is_unwritten(self, failure: Failure) -> bool:
        """Whether it was an answer that is as it was handed out, here or in a call."""
        cell = self.saved.cells[failure.origin - 1] if failure.origin else failure.cell
        return failure.kind == "NotImplementedError" and cell.solution

    def _told(self, failure: Failure) -> str:
        """An error in words, and where a name that is missing comes from."""
        line = f", line {failure.line}" if failure.line else ""
        told = f"{failure.cell.words}{line}: {failure.kind}: {failure.text}"
        return told + (self._origin(failure.name, failure.cell.number) if failure.name else "")

    def _origin(self, name: str, number: int) -> str:
        """Which cell defines a name that is missing in the cell of that number."""
        cells = [cell for cell in self.saved.cells if name in _names(cell.source)]
        if not cells:
            return f"; no cell defines {name}: was its cell changed or deleted?"
        if cells[0].number > number:
            return f"; {name} is defined further down, in {cells[0].words}"
        stopped = {failure.cell for failure in self.fresh.failures} | self.fresh.left_out.keys()
        above = [cell for cell in cells if cell.number < number]
        if stopped.issuperset(above):
            return f"; {above[0].words} defines it and did not run to its end"
        return ""

    def _receipt(self) -> list[str]:
        """The file that was run, its number, and what the number is good for."""
        seconds = f"The run took {max(1, round(self.fresh.seconds))} s."
        if self.saved.time is None:
            return [f"{seconds} {_NO_FILE}"]
        return [
            f"{seconds} The file was saved on {self.saved.time:%Y-%m-%d at %H:%M:%S}; what you "
            "changed since then was not run. Its SHA-256:",
            self.saved.sha256,
            "Your feedback page and your instructor's list show this number for the file that you "
            "handed in: the same number means the same file. The number changes each time the "
            "notebook is saved, and JupyterLab saves it automatically after a while.",
        ]


def _names(source: str) -> set[str]:
    """The names that a cell assigns, defines or imports anywhere; none where it is no Python."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return set()
    names = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
    return names
