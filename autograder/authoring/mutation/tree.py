"""Parse a program into a syntax tree, and list every place where a mutation can go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

AXES = ("dim", "axis", "start_dim", "dims")


@dataclass(frozen=True)
class Site:
    """A node, and where it hangs.

    Attributes:
        parameters: of the function around it, without self; empty outside of functions.
        attributes: that the class around it sets on self.
        parents: from the module down to the node's parent.
    """

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    parameters: tuple[str, ...]
    attributes: tuple[str, ...]
    parents: tuple[ast.AST, ...]

    @property
    def in_function(self) -> bool:
        """Whether the node lies in a function's body."""
        return any(isinstance(one, ast.FunctionDef | ast.Lambda) for one in self.parents)

    @property
    def keyword(self) -> str:
        """The keyword whose value this is; empty where it is none."""
        return (self.parent.arg or "") if isinstance(self.parent, ast.keyword) else ""

    @property
    def line(self) -> int:
        """The line of the cell on which the node, or what it hangs on, begins."""
        nodes = (self.node, *reversed(self.parents))
        return next((one.lineno for one in nodes if isinstance(one, ast.stmt | ast.expr)), 1)

    def put(self, new: ast.AST | list[ast.stmt]) -> None:
        """Put something in the node's place; a list of statements in place of one."""
        if self.index is None:
            setattr(self.parent, self.field, new)
            return
        row = list(getattr(self.parent, self.field))
        row[self.index : self.index + 1] = new if isinstance(new, list) else [new]
        setattr(self.parent, self.field, row)


def sites(tree: ast.Module) -> Iterator[Site]:
    """Every place of a program, in its order."""
    yield from _below(tree, (), (), ())


def _below(
    parent: ast.AST,
    parameters: tuple[str, ...],
    attributes: tuple[str, ...],
    parents: tuple[ast.AST, ...],
) -> Iterator[Site]:
    if isinstance(parent, ast.FunctionDef | ast.Lambda):
        named = (*parent.args.posonlyargs, *parent.args.args, *parent.args.kwonlyargs)
        parameters = tuple(one.arg for one in named if one.arg != "self")
    if isinstance(parent, ast.ClassDef):
        attributes = _set_on_self(parent)
    for field, value in ast.iter_fields(parent):
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                yield Site(node, parent, field, index, parameters, attributes, (*parents, parent))
                yield from _below(node, parameters, attributes, (*parents, parent))


def _set_on_self(tree: ast.ClassDef) -> tuple[str, ...]:
    found = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and is_name(node.value, "self")
    ]
    return tuple(dict.fromkeys(found))


def is_name(node: ast.AST, *names: str) -> bool:
    """Whether a node is one of these names."""
    return isinstance(node, ast.Name) and node.id in names


def filled(template: str, node: ast.expr) -> ast.expr:
    """An expression in which `_` stands for a node."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, name: ast.Name) -> ast.expr:
            return node if name.id == "_" else name

    made = Fill().visit(ast.parse(template, mode="eval").body)
    assert isinstance(made, ast.expr)
    return made


def called(node: ast.AST) -> str:
    """The last name of a call: `relu` of `torch.relu(z)` and of `z.relu()`; or empty."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def operand(node: ast.Call) -> ast.expr | None:
    """What a call is about: the receiver of a method, or the first argument of a function."""
    if isinstance(node.func, ast.Attribute) and not is_module(node.func.value):
        return node.func.value
    return node.args[0] if node.args and not isinstance(node.args[0], ast.Starred) else None


def is_module(node: ast.expr) -> bool:
    """Whether a receiver is a module such as `torch.nn`, judged by usual import names."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return is_name(
        root,
        "torch",
        "np",
        "numpy",
        "F",
        "nn",
        "math",
        "functional",
        "super",
        "linalg",
        "itertools",
    )
