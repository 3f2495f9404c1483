"""Find code that several students share, identical or with other names.

What students wrote is data here: it is parsed, bounded, and never run.
"""

from __future__ import annotations

import ast
import copy
import functools
import hashlib
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autograder.report.answers import Answers

MAX_SOURCE = 10_000
LEAST_NODES = 60
"""Shorter pieces can be alike by chance: a function whose body
is `return relu(x @ w1.T + b1) @ w2.T + b2` has 22.
"""
EVERYTHING = "all answers together"
OFTEN = 0.25
"""Code that more than this share of the class has, and more than MOST, comes from the lesson."""
MOST = 3


Kind = Literal["file", "answers", "code", "text"]
"""What is the same: the submitted file, all answers, a piece of code, a written answer."""


@dataclass(frozen=True)
class Piece:
    """A function, or what stands outside functions, in one
    spelling. `size` counts the syntax nodes of its statements.

    `renamed` is a digest that is equal for pieces that differ in the names that they give at most.
    """

    task: str
    name: str
    exact: str
    renamed: str
    lines: int
    size: int


@dataclass(frozen=True)
class Shared:
    """Students with work in common: where, the longest piece, whether names differ."""

    students: tuple[str, ...]
    tasks: tuple[str, ...]
    longest: Piece
    renamed: bool
    kind: Kind = "code"


def shared(class_: dict[str, Answers], known: Iterable[Answers]) -> list[Shared]:
    """Groups of students who have a long piece of code in common, the longest first.

    A piece is a function, the code of an answer outside functions, or all answers together; short
    functions by themselves are no evidence, and a notebook that is equal in each of them is.

    Args:
        known: code that proves nothing, such as the release and the model solution.
    """
    usual = {piece.renamed for given in known for piece in pieces(given)}
    by_student = {}
    for student, given in class_.items():
        own = [piece for piece in pieces(given) if piece.renamed not in usual]
        together = _together(own)
        by_student[student] = [p for p in (*own, together) if p.size >= LEAST_NODES]
    return common(by_student, "code")


def common(by_student: Mapping[str, Sequence[Piece]], kind: Kind) -> list[Shared]:
    """Groups of students who have a piece in common that much of the class has not."""
    holders: dict[str, dict[str, Piece]] = {}
    for student, own in by_student.items():
        for piece in own:
            holders.setdefault(piece.renamed, {}).setdefault(student, piece)
    groups: dict[tuple[str, ...], list[dict[str, Piece]]] = {}
    for held in holders.values():
        if 1 < len(held) <= max(MOST, OFTEN * len(by_student)):
            groups.setdefault(tuple(held), []).append(held)
    found = [_shared(students, pieces, kind) for students, pieces in groups.items()]
    return sorted(found, key=lambda group: (-group.longest.size, group.students))


def _together(own: list[Piece]) -> Piece:
    """All pieces as one, in its very names."""
    exact = sys.intern("\n\n".join(dict.fromkeys(piece.exact for piece in own)))
    tasks = ", ".join(dict.fromkeys(piece.task for piece in own))
    size = sum(piece.size for piece in own)
    return Piece(tasks, EVERYTHING, exact, digest(exact), exact.count("\n") + 1, size)


def _shared(students: tuple[str, ...], held: list[dict[str, Piece]], kind: Kind) -> Shared:
    longest = max((by_student[students[0]] for by_student in held), key=lambda piece: piece.size)
    tasks = dict.fromkeys(piece.task for by_student in held for piece in by_student.values())
    renamed = any(len({piece.exact for piece in by_student.values()}) > 1 for by_student in held)
    return Shared(students, tuple(tasks), longest, renamed, kind)


def pieces(given: Answers) -> Iterator[Piece]:
    """The functions of each answer, and its code outside them.

    Answers that can't be parsed have none.
    """
    for task, source in given.items():
        yield from _pieces_of(task, source)


@functools.lru_cache(maxsize=4096)  # many cells of a class are as they were given
def _pieces_of(task: str, source: str) -> tuple[Piece, ...]:
    tree = parsed(source)
    if tree is None:
        return ()
    try:
        functions = [
            n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        loose = [
            n
            for n in tree.body
            if not isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        found = [_piece(task, f"{node.name}()", [node]) for node in functions]
        return (*found, _piece(task, "code outside functions", loose)) if loose else (*found,)
    except (RecursionError, MemoryError, ValueError):
        return ()


def parsed(source: str) -> ast.Module | None:
    """The syntax tree without docstrings and IPython lines; None if too long or no Python."""
    if len(source) > MAX_SOURCE:
        return None
    lines = (
        "" if line.lstrip().startswith(("%", "!", "?")) else line for line in source.split("\n")
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes and comparisons: the author's affair
            tree = ast.parse("\n".join(lines))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                node.body = [each for each in node.body if not _is_docstring(each)] or [ast.Pass()]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _piece(task: str, name: str, body: list[ast.stmt]) -> Piece:
    exact = "\n".join(ast.unparse(node) for node in body)
    names = _Names(body)
    renamed = "\n".join(ast.unparse(names.visit(copy.deepcopy(node))) for node in body)
    return Piece(task, name, exact, digest(renamed), exact.count("\n") + 1, _size(body))


def digest(text: str) -> str:
    """A digest of a text, which may hold half a surrogate pair."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _size(body: list[ast.stmt]) -> int:
    """Syntax nodes, without those of signatures, which the release gives, and without contexts."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    given = [
        a
        for n in nodes
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        for a in ast.walk(n.args)
    ]
    return sum(not isinstance(node, ast.expr_context) for node in nodes) - len(given)


class _Names(ast.NodeTransformer):
    """Number the names that a piece of code binds, in the order of first binding."""

    def __init__(self, body: list[ast.stmt]) -> None:
        self._numbers: dict[str, str] = {}
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    self._bind(node.id)
                elif isinstance(node, ast.arg):
                    self._bind(node.arg)
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._bind(node.name)

    def _bind(self, name: str) -> None:
        self._numbers.setdefault(name, f"name{len(self._numbers)}")

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Names stand in the fields `id`, `arg` (of parameters and keywords) and `name`."""
        for field in ("id", "arg", "name"):
            value = getattr(node, field, None)
            if isinstance(value, str) and not isinstance(node, ast.alias):
                setattr(node, field, self._numbers.get(value, value))
        return super().generic_visit(node)
