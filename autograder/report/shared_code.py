"""Find code that several students share, identical or with other names.

What students wrote is data here: it is parsed, bounded, and never run.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.core.course import Assignment, Course
from autograder.pipeline import graded_notebook

MAX_SOURCE = 10_000
LEAST_NODES = 60
"""Shorter pieces can be alike by chance: a function whose body
is `return relu(x @ w1.T + b1) @ w2.T + b2` has 22.
"""
EVERYTHING = "all answers together"
OFTEN = 0.25
"""Code that more than this share of the class has, and more than MOST, comes from the lesson."""
MOST = 3

Answers = dict[str, str]
"""Sources of a student's code answers by task."""


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
    """Students with code in common: where, the longest piece, whether names differ."""

    students: tuple[str, ...]
    tasks: tuple[str, ...]
    longest: Piece
    renamed: bool


def answers(course: Course, student: str, assignment: str) -> Answers | None:
    """The code answers of a student as they were graded; None where there is no such notebook."""
    graded = graded_notebook.read(course, student, assignment)
    if graded is None:
        return None
    code = [cell for cell in graded.cells if cell["cell_type"] == "code"]
    return {
        mark["grade_id"]: graded_notebook.text(cell)
        for cell in code
        if (mark := cell["metadata"].get("nbgrader")) and mark.get("solution")
    }


def stubs(assignment: Assignment) -> Answers:
    """What the release has in place of the code answers."""
    return {
        mark["grade_id"]: cell["source"]
        for cell in assignment.released["cells"]
        if (mark := cell["metadata"].get("nbgrader", {})).get("solution")
        and cell["cell_type"] == "code"
    }


def left_open(class_: dict[str, Answers], released: Answers) -> dict[str, list[str]]:
    """Who left a task empty or as it was released, by task."""
    return {
        task: [
            name
            for name, given in class_.items()
            if _text(given.get(task, "")) in ("", _text(stub))
        ]
        for task, stub in released.items()
    }


def shared(class_: dict[str, Answers], known: Iterable[Answers]) -> list[Shared]:
    """Groups of students who have a long piece of code in common, the longest first.

    A piece is a function, the code of an answer outside functions, or all answers together; short
    functions by themselves are no evidence, and a notebook that is equal in each of them is.

    Args:
        known: code that proves nothing, such as the release and the model solution.
    """
    usual = {piece.renamed for given in known for piece in pieces(given)}
    holders: dict[str, dict[str, Piece]] = {}
    for student, given in class_.items():
        own = [piece for piece in pieces(given) if piece.renamed not in usual]
        for piece in (*own, _together(own)):
            if piece.size >= LEAST_NODES:
                holders.setdefault(piece.renamed, {}).setdefault(student, piece)
    groups: dict[tuple[str, ...], list[dict[str, Piece]]] = {}
    for held in holders.values():
        if 1 < len(held) <= max(MOST, OFTEN * len(class_)):
            groups.setdefault(tuple(held), []).append(held)
    found = [_shared(students, pieces) for students, pieces in groups.items()]
    return sorted(found, key=lambda group: (-group.longest.size, group.students))


def _together(own: list[Piece]) -> Piece:
    """All pieces as one, in its very names."""
    exact = "\n\n".join(dict.fromkeys(piece.exact for piece in own))
    tasks = ", ".join(dict.fromkeys(piece.task for piece in own))
    size = sum(piece.size for piece in own)
    return Piece(tasks, EVERYTHING, exact, _digest(exact), exact.count("\n") + 1, size)


def _shared(students: tuple[str, ...], held: list[dict[str, Piece]]) -> Shared:
    longest = max((by_student[students[0]] for by_student in held), key=lambda piece: piece.size)
    tasks = dict.fromkeys(piece.task for by_student in held for piece in by_student.values())
    renamed = any(len({piece.exact for piece in by_student.values()}) > 1 for by_student in held)
    return Shared(students, tuple(tasks), longest, renamed)


def pieces(given: Answers) -> Iterator[Piece]:
    """The functions of each answer, and its code outside them.

    Answers that can't be parsed have none.
    """
    for task, source in given.items():
        tree = parsed(source)
        if tree is None:
            continue
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
            yield from [*found, _piece(task, "code outside functions", loose)] if loose else found
        except (RecursionError, MemoryError, ValueError):
            continue


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
    return Piece(task, name, exact, _digest(renamed), exact.count("\n") + 1, _size(body))


def _digest(text: str) -> str:
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


def _text(source: str) -> str:
    """Source without spacing and comments on lines of their own."""
    return " ".join(
        line.strip()
        for line in source.splitlines()
        if line.strip() and not line.strip().startswith("#")
    )
