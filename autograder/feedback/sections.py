"""Divide a graded notebook into sections: before the tasks, each task, after the tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from autograder.pages.notebook_html import joined
from autograder.pipeline.graded_notebook import Cell

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_POINTS = re.compile(r"\s*\(\d+(?:\.\d+)? points?\)$")


@dataclass(frozen=True)
class Section:
    """The cells of one task, or those before the first and after the last one."""

    title: str
    cells: list[Cell] = field(default_factory=list)


def sections(cells: list[Cell], last: str) -> dict[str, Section]:
    """The cells of a notebook by task; `<` has those before the first task, `>` the last ones.

    Args:
        last: the last task; a heading below its cell begins the section `>`.
    """
    made = {"<": Section("Before the first task")}
    place, title = "<", ""
    for cell in cells:
        mark = cell["metadata"].get("nbgrader")
        if mark is not None and mark.get("solution"):
            place = mark["grade_id"]
            made[place] = Section(title, [cell])
        elif mark is not None and mark.get("grade"):
            continue  # a test cell says nothing that the card does not
        elif cell["cell_type"] == "markdown" and not cell.get("id", "").startswith("extra-"):
            heading = _heading(joined(cell["source"]))
            title = heading or title
            if heading and place == last:
                place = ">"
                made[place] = Section("After the last task")
        else:
            made[place].cells.append(cell)
    return made


def has_code(section: Section) -> bool:
    return any(cell["cell_type"] == "code" for cell in section.cells)


def _heading(markdown: str) -> str:
    """The last heading of a markdown cell, as plain text, without the points."""
    found = _HEADING.findall(markdown)
    return _POINTS.sub("", re.sub(r"[*`$]", "", found[-1][1])) if found else ""
