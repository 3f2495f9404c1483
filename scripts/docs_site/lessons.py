"""Turn a released notebook into a documentation page: text, code and figures, without answers.

Answers stay open, so no page tells a solution. A cell that uses a name out of an answer is shown
without its output, and says which tasks it waits for. All other cells run, in a fresh kernel, when
the site is built.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import json
import symtable
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup, escape

from autograder.core.assignment import REPOSITORY, Assignment
from autograder.core.solution import model_cells
from autograder.core.statements import Reader
from autograder.handout.publish import run
from autograder.pages import library_at
from autograder.pages.markdown_html import HEADING, at_headings, markdown_html
from autograder.pages.notebook_html import cells_html

SECONDS = 300  # that a cell may take
CACHE = REPOSITORY / ".cache" / "docs"
_HEIGHT = 450  # pixels of a figure that names none, as plotly.js has it


@dataclass(frozen=True)
class Cell:
    """A cell of a released notebook.

    Attributes:
        task: the task whose answer goes here; empty elsewhere.
        check: whether it holds a `check(…)` and nothing else.
        needs: the tasks whose answers its code uses, in the notebook's order.
    """

    kind: str
    source: str
    task: str
    check: bool
    needs: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether it runs when the site is built."""
        return self.kind == "code" and not (self.task or self.check or self.needs)


def lesson_page(assignment: Assignment) -> str:
    """The Markdown of a lesson's page.

    Raises:
        UsageError: a cell that needs no answer fails.
    """
    cells = read_cells(assignment)
    outputs = iter(_outputs(assignment, list(_sources(cells))))
    parts = list[str]()
    for cell in cells:
        parts += _markdown(cell) if cell.kind == "markdown" else _code(cell, outputs)
    parts.insert(1, _NOTE)  # below the title
    return "\n\n".join([*parts, _SCRIPTS])


def read_cells(assignment: Assignment) -> list[Cell]:
    """The cells of the released notebook, and what each needs."""
    answers = model_cells(assignment)  # for the names that they give; nothing else is taken
    cells, reader, order = list[Cell](), Reader(), [task.id for task in assignment.tasks]
    tainted, modules = dict[str, frozenset[str]](), set[str]()
    for cell in assignment.released["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        task = mark.get("grade_id", "") if mark.get("solution") else ""
        check = bool(mark.get("grade") and not task)
        needs = frozenset[str]()
        if cell["cell_type"] == "code" and task:
            tainted |= {name: frozenset({task}) for name in reader.names(answers[task])}
        elif cell["cell_type"] == "code" and not check:
            names = _names(cell["source"])
            modules |= names.imported
            needs = frozenset[str]().union(*(tainted.get(name, ()) for name in names.used))
            for name in names.given - modules:
                tainted[name] = needs
        ordered = tuple(name for name in order if name in needs)
        cells.append(Cell(cell["cell_type"], cell["source"], task, check, ordered))
    return cells


@dataclass(frozen=True)
class Names:
    """The names that code uses, those that it gives or changes, and those that it imports."""

    used: frozenset[str]
    given: frozenset[str]
    imported: frozenset[str]


def _names(source: str) -> Names:
    used, given, imported = set[str](), set[str](), set[str]()
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            imported |= {(n.asname or n.name).partition(".")[0] for n in statement.names}
            continue
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        assigned = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
        turns = {name.id for loop in _inside(statement, ast.For) for name in _inside(loop.target)}
        # What an earlier statement of this cell gave, and what a loop gives, is no other cell's.
        used |= _references(table) - given - turns
        given |= assigned | {
            symbol.get_name() for symbol in table.get_symbols() if symbol.is_namespace()
        }
        given |= _changed(statement)
    return Names(frozenset(used), frozenset(given), frozenset(imported))


def _references(table: symtable.SymbolTable) -> set[str]:
    """The global names that a scope, or one inside it, refers to."""
    top = table.get_type() == "module"
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (top or symbol.is_global())
    }
    return found.union(*map(_references, table.get_children()))


def _changed(statement: ast.stmt) -> set[str]:
    """Names whose objects a statement changes: `runs["mlp"] = …`, `runs.update(…)`."""
    found = set[str]()
    for node in _inside(statement, ast.Subscript, ast.Attribute):
        if isinstance(node.ctx, ast.Store):
            found.add(_root(node))
    for call in _inside(statement, ast.Expr):
        if isinstance(call.value, ast.Call) and isinstance(call.value.func, ast.Attribute):
            found.add(_root(call.value.func))
    return found - {""}


def _inside(node: ast.AST, *kinds: type[ast.AST]) -> Iterator[Any]:
    """The nodes of these kinds, names if none is given, outside functions and classes."""
    if isinstance(node, kinds or ast.Name):
        yield node
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _inside(child, *kinds)


def _root(node: ast.expr) -> str:
    """The name at the start of `runs["mlp"]` or `figure.layout.title`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# --- run ---


def _sources(cells: list[Cell]) -> Iterator[str]:
    """The cells that run, each after the imports of those before it that don't."""
    imports = list[str]()
    for cell in cells:
        if cell.runs:
            yield "\n".join([*imports, cell.source])
            imports = []
        elif cell.needs:
            imports += [
                ast.unparse(statement)
                for statement in ast.parse(cell.source).body
                if isinstance(statement, ast.Import | ast.ImportFrom)
            ]


def _outputs(assignment: Assignment, sources: list[str]) -> list[list[Mapping[str, Any]]]:
    """What each of these cells shows; kept in `.cache/` until the cells or the library change."""
    library = sorted((REPOSITORY / "course_lib").rglob("*.py"))
    digest = hashlib.sha256(json.dumps(sources).encode())
    for path in library:
        digest.update(path.read_bytes())
    kept = CACHE / f"{assignment.name}-{digest.hexdigest()[:16]}.json"
    if not kept.exists():
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, sources)))
        with tempfile.TemporaryDirectory(prefix="docs-") as directory:
            run(notebook, Path(directory), SECONDS, lambda _: None, assignment.name)
        CACHE.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps([cell.outputs for cell in notebook.cells]), encoding="utf-8")
    shown = json.loads(kept.read_text(encoding="utf-8"))
    # The line that a training writes while it runs is of no interest afterwards.
    return [[o for o in outputs if o.get("name") != "stderr"] for outputs in shown]


# --- write ---


_NOTE = (
    '<div class="admonition info">\n<p class="admonition-title">This is the lesson as students get '
    "it</p>\n<p>Answers are left open. Code that needs none has run, and its figures move; other "
    "code names the tasks that it waits for. To work on it, open the notebook: "
    '<a href="../students.html">Start here</a>.</p>\n</div>'
)
_SCRIPTS = f'{library_at("../assets/plotly.min.js")}\n<script src="../assets/figures.js"></script>'


def _markdown(cell: Cell) -> Iterator[str]:
    """Headings as Markdown, so that they are in the contents; all else as HTML that is done.

    Formulas are MathML then, which needs no script.
    """
    if cell.task:
        yield _remark(f"Task {cell.task}: an answer in words, which a person reads.")
        return
    for line, text in at_headings(cell.source):
        if heading := HEADING.fullmatch(line):
            yield f"{heading[1]} {heading[2]}"
        if text.strip():
            yield f'<div class="prose">\n{markdown_html(text.strip())}</div>'


def _code(cell: Cell, outputs: Iterator[list[Mapping[str, Any]]]) -> Iterator[str]:
    fence = "````" if "```" in cell.source else "```"
    yield f"{fence}python\n{cell.source.strip()}\n{fence}"
    if cell.runs:
        shown = {"cell_type": "code", "source": "", "outputs": next(outputs)}
        if body := cells_html([shown], _figure):
            yield f'<div class="shown" data-search-exclude>\n{body}\n</div>'
    elif cell.needs:
        tasks = ", ".join(f"<code>{escape(task)}</code>" for task in cell.needs)
        yield _remark(f"Runs once {tasks} {'is' if len(cell.needs) == 1 else 'are'} answered.")


def _remark(text: str) -> str:
    return f'<p class="waits">{text}</p>'


def _figure(value: str, label: str) -> Markup:
    height = json.loads(value)["layout"].get("height") or _HEIGHT
    packed = base64.b64encode(gzip.compress(value.encode(), mtime=0)).decode()
    return Markup(
        '<figure class="plot" role="group" aria-label="{}" style="min-height:{}px" '
        'data-figure="{}"></figure>'
    ).format(label, int(height), packed)
