"""Make the page of a solution that ran: its contents, the lesson, and labelled answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from nbformat import NotebookNode

from autograder.core.assignment import Assignment
from autograder.pages import render
from autograder.pages.markdown_html import HEADING, at_headings
from autograder.pages.notebook_html import cells_html


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
    """A cell, cut above each of its headings: the pieces, each with the heading that is in the
    contents and its level. The lesson's own title is not."""
    if cell.cell_type != "markdown":
        yield cell, "", 0
        return
    for line, text in at_headings(cell.source):
        heading = HEADING.fullmatch(line)
        if not heading and not text.strip():
            continue
        level = len(heading[1]) if heading else 0
        title = re.sub(r"[*`$]", "", heading[2]) if heading and level > 1 else ""
        piece = cell | {"source": f"{line}\n{text}" if heading else text}
        yield NotebookNode(piece), title, level
