"""Read the Python of a cell without running it: its statements, names, and calls of `check`.

Students wrote the cells, so everything here is bounded: the statements of a source that is too
long or no Python are `None`, and the source is then read line by line.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.core.assigned_names import assigned_names, imported_name

MAX_SOURCE = 50_000
MAX_STATEMENTS = 500
STUB_ERROR = "NotImplementedError"
MAX_PARSED = 300_000
"""Characters of one notebook that are parsed: some seconds' work at most."""
_OWN_NAMESPACE = re.compile(r"%%(time|timeit|capture|prun)\b.*")
_LINE_MAGIC = re.compile(r"\s*%(?:time|timeit|prun)\s+(.*)")
_CHECK = re.compile(r"\s*check\s*\(")
_GIVES = re.compile(r"\s*(\w+)\s*(?:[-+*/@%&|^<>]{0,2}=(?!=)|:[^=]+=(?!=))")
_TASK = re.compile(r"""^[ \t]*check[ \t]*\(\s*(["'])([\w-]+)\1\s*\)""", re.MULTILINE)
"""Up to the bracket on one line: over pages of empty lines the search would take time squared."""


@dataclass(frozen=True)
class Statement:
    """A top-level statement: its text as it was written, and the names that it assigns."""

    text: str
    digest: str
    """Equal for statements that are the same to Python."""
    names: frozenset[str]
    first: int
    last: int
    alone: bool
    """Whether no other statement shares a line with it."""
    node: ast.stmt = field(compare=False)


@dataclass(frozen=True)
class Own:
    """The student's own part of a cell, and names of the course that it tried to assign anew."""

    source: str
    refused: tuple[str, ...] = ()


@dataclass
class Reader:
    """Reads the cells of one notebook, and stops parsing when that would take long.

    `known` are the statements of sources that were read before.
    """

    left: int = MAX_PARSED
    known: dict[str, tuple[Statement, ...] | None] = field(default_factory=dict)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    def statements(self, source: str) -> tuple[Statement, ...] | None:
        """The top-level statements; None if it is no Python, or too long."""
        if source not in self.known:
            fits = len(source) <= min(MAX_SOURCE, self.left)
            self.left -= len(source) if fits else 0
            self.known[source] = _statements(source) if fits else None
        return self.known[source]

    def names(self, source: str) -> frozenset[str]:
        """The names that a cell gives, as far as it can be read."""
        if source not in self._names:
            found = self.statements(source)
            if found is not None:
                names = {name for statement in found for name in statement.names}
            else:
                names = {match[1] for line in _lines(source) if (match := _GIVES.match(line))}
            self._names[source] = frozenset(names)
        return self._names[source]

    def checks(self, source: str) -> list[str]:
        """The tasks for which a cell calls `check`, in order."""
        found = self.statements(source)
        if found is None:
            return [match[2] for match in _TASK.finditer(source)]
        return [task for statement in found if (task := _checked(statement.node))]

    def is_stub(self, source: str, stub: str) -> bool:
        """Whether a source is a released stub or a part of it; spacing and comments don't count."""
        if same(source, stub):
            return True
        if STUB_ERROR not in source:  # nearly all cells: they need not be parsed for each stub
            return False
        theirs, ours = self.statements(source), self.statements(stub)
        if not theirs or not ours or not any(_raises(statement.node) for statement in theirs):
            return False
        return {statement.digest for statement in theirs} <= {
            statement.digest for statement in ours
        }

    def is_empty(self, source: str) -> bool:
        """Whether a cell holds nothing, or only comments."""
        return self.statements(source) == ()

    def own(self, source: str, ours: str, *, keep: Iterable[str] = ()) -> Own:
        """The student's own part of a cell: no statement of `ours`, no call of `check`.

        Args:
            ours: the source of the course's cell.
            keep: names of the course, which the part may not assign anew.
        """
        if same(source, ours):
            return Own("")
        theirs, known = self.statements(source), self.statements(ours)
        if theirs is None or known is None:
            return _own_lines(source, ours, frozenset(keep))
        digests, lines = {statement.digest for statement in known}, _lines(source)
        texts, refused, before = list[str](), list[str](), 0
        for statement in theirs:
            node = statement.node
            if statement.digest in digests or _calls_check(node) or _checks_all(node):
                before = 0
                continue
            text, names = _without(statement, frozenset(keep))
            refused += names
            if text:
                # Empty lines and comments between two of their statements stay there.
                texts += lines[before : statement.first - 1] if before else []
                texts.append(text)
                before = statement.last
        return Own("\n".join(texts), tuple(dict.fromkeys(refused)))

    def unchecked(self, source: str) -> str:
        """A cell with its calls of `check` and `check_all` as comments.

        In grading there is no checks.py, and no file of the notebook.
        """
        if "check" not in source:
            return source
        found = self.statements(source)
        calls = [
            statement
            for statement in found or ()
            if statement.alone and (_checked(statement.node) or _checks_all(statement.node))
        ]
        if not calls:
            return source
        lines = source.split("\n")
        for statement in calls:
            for number in range(statement.first - 1, statement.last):
                lines[number] = f"# {lines[number]}"
        return "\n".join(lines)


def same(one: str, other: str) -> bool:
    """Whether two sources are equal but for spacing, line ends and Unicode's spellings."""
    if one == other:
        return True
    short, long = sorted((len(one), len(other)))
    return long <= 4 * short + 200 and _plain(one) == _plain(other)


def _plain(source: str) -> str:
    return "".join(
        unicodedata.normalize("NFKC", source).replace("\ufeff", "").replace("\u200b", "").split()
    )


def _lines(source: str) -> list[str]:
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _statements(source: str) -> tuple[Statement, ...] | None:
    lines = _lines(source.removeprefix("\ufeff"))
    if lines[0].startswith("%%"):
        if not _OWN_NAMESPACE.fullmatch(lines[0]):
            return None
        lines[0] = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and comparisons: the author's affair
            body = ast.parse("\n".join(map(_without_magic, lines))).body
        if len(body) > MAX_STATEMENTS:
            return None
        spans = [
            (min([n.lineno, *(d.lineno for d in _decorators(n))]), n.end_lineno or n.lineno)
            for n in body
        ]
        ends = [0, *(last for _, last in spans)]
        starts = [*(first for first, _ in spans[1:]), len(lines) + 1]
        return tuple(
            _statement(node, lines, first, last, before < first and last < after)
            for node, (first, last), before, after in zip(body, spans, ends, starts, strict=False)
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statement(node: ast.stmt, lines: list[str], first: int, last: int, alone: bool) -> Statement:
    text = "\n".join(lines[first - 1 : last]) if alone else ast.unparse(node)
    # A magic is `pass` in the tree: only its text tells which one.
    if isinstance(node, ast.Pass):
        timed = _LINE_MAGIC.fullmatch(text)
        given = _GIVES.match(timed[1]) if timed else None
        return Statement(
            text, text.strip(), frozenset([given[1]] if given else []), first, last, alone, node
        )
    return Statement(
        text, ast.dump(node), frozenset(assigned_names(node)), first, last, alone, node
    )


def _without_magic(line: str) -> str:
    bare = line.lstrip()
    return line[: len(line) - len(bare)] + "pass" if bare.startswith(("%", "!", "?")) else line


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return getattr(node, "decorator_list", [])


def _checked(node: ast.stmt) -> str | None:
    """The task of a statement `check("task")`."""
    if _calls_check(node) and isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        given = node.value.args[:1]
        if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
            return given[0].value
    return None


def _calls_check(node: ast.stmt) -> bool:
    value = (
        getattr(node, "value", None)
        if isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign)
        else None
    )
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "check"
    )


def _checks_all(node: ast.stmt) -> bool:
    """Whether a statement is `check_all()`, with constants as arguments if any."""
    call = node.value if isinstance(node, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "check_all"
        and all(
            isinstance(a, ast.Constant) for a in [*call.args, *(k.value for k in call.keywords)]
        )
    )


def _raises(node: ast.AST) -> bool:
    """Whether a statement raises NotImplementedError, as stubs do."""
    raised = (inner for inner in ast.walk(node) if isinstance(inner, ast.Raise))
    return any(
        isinstance(n, ast.Name) and n.id == STUB_ERROR for each in raised for n in ast.walk(each)
    )


def _without(statement: Statement, keep: frozenset[str]) -> tuple[str, list[str]]:
    """A statement's text without assignments of these names, and the names it tried to assign.

    Imports keep their other names: a student who adds one to an import of the course repeats the
    course's names, and loses nothing.
    """
    clash = sorted(statement.names & keep)
    if not clash:
        return statement.text, []
    if not isinstance(statement.node, ast.Import | ast.ImportFrom):
        return "", clash
    rest = [alias for alias in statement.node.names if imported_name(alias) not in keep]
    if not rest:
        return "", []
    if isinstance(statement.node, ast.ImportFrom):
        return ast.unparse(ast.ImportFrom(statement.node.module, rest, statement.node.level)), []
    return ast.unparse(ast.Import(rest)), []


def _own_lines(source: str, ours: str, keep: frozenset[str]) -> Own:
    """The student's own lines of a cell that is no Python."""
    known = {line.strip() for line in _lines(ours)} | {""}
    kept, refused = list[str](), list[str]()
    for line in _lines(source):
        given = _GIVES.match(line)
        if line.strip() in known or _CHECK.match(line):
            continue
        if given and given[1] in keep:
            refused.append(given[1])
        else:
            kept.append(line)
    return Own("\n".join(kept), tuple(dict.fromkeys(refused)))
