"""Make the page of a solution that ran: its contents, the lesson, and labelled answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode

from autograder.core.assignment import Assignment
from autograder.pages import render
from autograder.pages.notebook_html import cells_html

_HEADING = re.compile(r"^(##+)[ \t]+(.+?)[ \t#]*$")
_CODE = re.compile(r"^[ \t]*(```|~~~)")


@dataclass(frozen=True)
class Part:
    """Cells of a page that belong together.

    Answers have a label such as `Answer to task 1`. Cells that begin with a heading have the
    heading, its level, and a name to link to.
    """

    label: str
    cells: tuple[NotebookNode, ...]
    heading: str = ""
    level: int = 0
    anchor: str = ""


def page(assignment: Assignment, marked: NotebookNode, cleaned: NotebookNode) -> str:
    """The page as HTML.

    Args:
        marked: the notebook with nbgrader's marks, which say whose answer a cell is.
        cleaned: the same cells, as they are shown.
    """
    parts: list[Part] = []
    numbers = {task.id: n for n, task in enumerate(assignment.tasks, start=1)}
    for cell, shown in zip(marked.cells, cleaned.cells, strict=True):
        mark: dict[str, Any] = cell.metadata.get("nbgrader", {})
        number = numbers.get(mark.get("grade_id", ""))
        if mark.get("solution") and number:
            parts.append(Part(f"Answer to task {number}", (shown,)))
            continue
        for piece, heading, level in _pieces(shown):
            if heading:
                parts.append(Part("", (piece,), heading, level, f"part-{len(parts)}"))
            elif parts and not parts[-1].label:
                parts[-1] = replace(parts[-1], cells=(*parts[-1].cells, piece))
            else:
                parts.append(Part("", (piece,)))
    return render(
        "published.html",
        name=assignment.name,
        title=assignment.title,
        parts=parts,
        cells_html=cells_html,
    )


def _pieces(cell: NotebookNode) -> Iterator[tuple[NotebookNode, str, int]]:
    """A cell, cut above each of its headings: the pieces, with heading and level."""
    if cell.cell_type != "markdown":
        yield cell, "", 0
        return
    lines, heading, level, fenced = list[str](), "", 0, False
    for line in cell.source.splitlines():
        fenced ^= _CODE.match(line) is not None
        found = None if fenced else _HEADING.match(line)
        if found:
            if "".join(lines).strip():
                yield NotebookNode(cell | {"source": "\n".join(lines)}), heading, level
            lines, heading, level = [], re.sub(r"[*`$]", "", found[2]), len(found[1])
        lines.append(line)
    yield NotebookNode(cell | {"source": "\n".join(lines)}), heading, level
