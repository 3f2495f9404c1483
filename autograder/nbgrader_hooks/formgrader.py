"""Prepare a submission for formgrader's page: names as text, figures, and what a grader compares a
written answer with: the model answer, and what the tests said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from autograder import pages
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result
from autograder.core.sanitize import visible
from autograder.pages.markdown_html import markdown_html
from autograder.pages.notebook_html import FIGURE, MAX_RICH, drawable
from autograder.pipeline import record
from autograder.report import answers

_KEYS = 45
"""Pixels for the line below a figure that tells its keys."""
_SCRIPT = """\
addEventListener("DOMContentLoaded", () => {
  const page = JSON.parse(document.getElementById("figure-page").textContent);
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) {
      seen.unobserve(target);
      target.srcdoc = page.replace(/(data-figure=")[^"]*/, "$1" + target.dataset.figure);
    }
  }, { rootMargin: "1000px" });
  // Only frames that are ours: those of a student's would have the origin of this page.
  for (const frame of document.querySelectorAll('iframe[sandbox="allow-scripts"][data-figure]'))
    if (/^[A-Za-z0-9+/=]*$/.test(frame.dataset.figure)) seen.observe(frame);
});
"""


class EscapeNames(Preprocessor):  # type: ignore[misc]
    """Escape students' names for formgrader's submission page, which shows them as HTML."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Escape what the template shows of a student, and the path with the student's id."""
        for key in ("student", "last_name", "first_name", "notebook_path"):
            if resources.get(key):
                resources[key] = str(escape(resources[key]))
        return nb, resources


class ShowFigures(Preprocessor):  # type: ignore[misc]
    """Show Plotly figures, each in a frame of its own, whose scripts reach nothing outside it."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put a frame in place of each figure that can be drawn."""
        frames, left = 0, MAX_RICH
        for output in (o for cell in nb.cells for o in cell.get("outputs", ())):
            if FIGURE not in output.get("data", {}):
                continue
            made = drawable(output.data[FIGURE])
            packed = pages.packed(made[0]) if made else ""
            left -= len(packed)
            if made and left >= 0:
                frames += 1
                before = _page_of_figures() if frames == 1 else Markup()
                output.data = {"text/html": str(before + _frame(packed, *made))}
        return nb, resources


class ShowBesideAnswers(Preprocessor):  # type: ignore[misc]
    """Show the outcome of the tests and the model answer above each written answer."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Insert a cell before each written answer; none without a result or a release."""
        folder = Path(resources["metadata"]["path"])  # <course>/autograded/<student>/<assignment>
        try:
            assignment = find(folder.name)
            written = answers.model_text(assignment)
            result = record.read(Course(folder.parents[2]), folder.parent.name, assignment.name)
        except UsageError:
            return nb, resources
        cells = []
        for cell in nb.cells:
            task = cell.metadata.get("nbgrader", {}).get("grade_id")
            if cell.cell_type == "markdown" and task in written:
                cells.append(_beside(result, written[task]))
            cells.append(cell)
        nb.cells = cells
        return nb, resources


def _page_of_figures() -> Markup:
    """The page that every frame shows, with the frame's own figure in it."""
    text = json.dumps(pages.render("figure.html")).replace("</", "<\\/")
    return Markup(
        '<script type="application/json" id="figure-page">{}</script><script>{}</script>'
    ).format(Markup(text), Markup(_SCRIPT))


def _frame(packed: str, figure: str, title: str) -> Markup:
    height = json.loads(figure)["layout"]["height"]
    return Markup(
        '<iframe sandbox="allow-scripts" title="{}" data-figure="{}" '
        'style="width: 100%; height: {}px; border: 0"></iframe>'
    ).format(title, packed, round(height) + _KEYS)


def _beside(result: Result | None, model: str) -> NotebookNode:
    page = pages.fragment(
        "beside.html",
        markdown_html=markdown_html,
        visible=visible,
        tasks=result.tasks if result else [],
        notes=result.notes if result else [],
        model=model,
    )
    # One line without these two characters is HTML to formgrader, and no Markdown or math.
    text = page.replace("\n", "&#10;").replace("$", "&#36;").replace("\\", "&#92;")
    return new_markdown_cell(f"<div>{text}</div>")
