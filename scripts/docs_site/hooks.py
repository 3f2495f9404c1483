"""Generate pages of the documentation while MkDocs builds the site.

- The start page, and the pages on contributing and on changes, are the repository's own files.
- `lessons/` has a page for each assignment: see `lessons.py`.
- The table of a suite's fixtures comes from `course_lib/suites.py`.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from plotly.offline import get_plotlyjs

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(Path(__file__).parent)]

from lessons import lesson_page  # noqa: E402

from autograder.core.assignment import Assignment, assignments, find  # noqa: E402

FROM_ROOT = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "report-a-hole.md",
    "CHANGELOG.md": "changelog.md",
}
_FIXTURES = "<!-- fixtures -->"
_LESSONS_HERE = "lessons"  # in the navigation


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put a line for each lesson into the navigation; no page for a server's missing ones."""
    config.theme.static_templates.discard("404.html")  # its links hold at one address only
    lessons = [f"lessons/{name}.md" for name in assignments()]
    for entry in config.nav or []:
        for section in entry.values():
            section[:] = [page for line in section for page in _expanded(line, lessons)]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages and scripts that are made."""
    made: dict[str, str] = {page: _from_root(REPOSITORY / name) for name, page in FROM_ROOT.items()}
    every = [find(name) for name in assignments()]
    made |= {f"lessons/{a.name}.md": lesson_page(a) for a in every}
    made["index.md"] = "---\nhide: [navigation]\n---\n\n" + made["index.md"]
    made["lessons/index.md"] = _contents(every)
    made["assets/figures.js"] = (REPOSITORY / "autograder/pages/page.js").read_text("utf-8")
    made["assets/plotly.min.js"] = get_plotlyjs()
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the table of fixtures."""
    return markdown.replace(_FIXTURES, _fixtures()) if _FIXTURES in markdown else markdown


def _expanded(line: Any, lessons: list[str]) -> list[Any]:
    """A line of the navigation; `Lessons` with a page for each."""
    return [{"Lessons": ["lessons/index.md", *lessons]}] if line == _LESSONS_HERE else [line]


def _from_root(path: Path) -> str:
    """A file of the repository's root, its links as they are from `docs/`."""
    text = path.read_text("utf-8")
    return re.sub(r"\]\((?!https?:|#|mailto:)(?:docs/)?([^)]+)\)", _link, text)


def _link(found: re.Match[str]) -> str:
    target = found[1]
    return f"]({FROM_ROOT.get(target, target)})"


def _contents(every: list[Assignment]) -> str:
    rows = [
        f"| [{a.title}]({a.name}.md) | `{a.name}` | {len(a.tasks)} | "
        f"{sum(task.points for task in a.tasks):g} |"
        for a in every
    ]
    head = ["| lesson | assignment | tasks | points |", "|---|---|---:|---:|"]
    return "\n".join([_LESSONS, "", *head, *rows, ""])


_LESSONS = """# Lessons

Each lesson is a notebook: an idea, a picture, a task, a check, and the next idea. These pages show
the lessons as students get them, with the answers left open. Figures that need no answer are drawn
here, and their animations play: press *Play*, move the slider, or use the keyboard. To work on a
lesson, [open its notebook](../students.md)."""


def _fixtures() -> str:
    """A table of the fixtures of `course_lib.suites`, out of their docstrings."""
    tree = ast.parse((REPOSITORY / "course_lib/suites.py").read_text("utf-8"))
    rows = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        for call in node.decorator_list:
            match call:
                case ast.Call(func=ast.Attribute(attr="fixture"), keywords=[ast.keyword() as name]):
                    said = " ".join((ast.get_docstring(node) or "").split())
                    kind = ast.unparse(node.returns) if node.returns else ""
                    rows.append(f"| `{ast.literal_eval(name.value)}` | `{kind}` | {said} |")
    return "\n".join(["| fixture | type | |", "|---|---|---|", *rows])
