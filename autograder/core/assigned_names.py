"""Find the names that a statement assigns in a module, from its syntax tree; nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def assigned_names(node: ast.AST) -> Iterator[str]:
    """The names of a module that a statement assigns, or assigns an entry of.

    Names that are local to a function, a class or a comprehension are left out.
    """
    todo: list[ast.AST] = [node]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (imported_name(alias) for alias in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from _root(node)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        if isinstance(node, _COMPREHENSIONS):  # its targets are local, but for those of :=
            todo += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        elif isinstance(node, _SCOPES):
            todo += _around(node)
        else:
            todo += ast.iter_child_nodes(node)


def _around(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a function or a class evaluated outside: decorators, defaults, bases."""
    for name in ("decorator_list", "bases", "keywords"):
        yield from getattr(node, name, [])
    arguments = getattr(node, "args", None)
    if isinstance(arguments, ast.arguments):
        yield from (
            each for each in (*arguments.defaults, *arguments.kw_defaults) if each is not None
        )


def _root(node: ast.expr) -> Iterator[str]:
    """`x` of `x[0].y`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def imported_name(alias: ast.alias) -> str:
    """The name under which a module or a part of it is imported."""
    return alias.asname or alias.name.partition(".")[0]
