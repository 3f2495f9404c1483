"""Mutate Python syntax: each function here yields replacements for a node of a program.

The operators are our own and not those of cosmic-ray or mutmut: those rewrite files of a project
and run its tests themselves, on trees of parso and libcst; needed here are all changes of one cell,
as sources.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograder.authoring.mutation.tree import AXES, Site, called, filled, is_name, operand

New = ast.AST | list[ast.stmt]
Operator = Callable[[Site], Iterator[New]]

_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitXor: (ast.BitOr,),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_SYMMETRIC = {
    "maximum",
    "minimum",
    "add",
    "mul",
    "dot",
    "inner",
    "logical_and",
    "logical_or",
    "eq",
    "equal",
    "allclose",
}
_COMMUTE = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr, ast.BitXor)


def arithmetic(site: Site) -> Iterator[New]:
    """Another operator."""
    if isinstance(node := site.node, ast.BinOp):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield ast.BinOp(node.left, other(), node.right)
    if isinstance(node, ast.AugAssign):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield ast.AugAssign(node.target, other(), node.value)
        yield ast.Assign([node.target], node.value, lineno=node.lineno)


def operands(site: Site) -> Iterator[New]:
    """One operand only, or both the other way round."""
    if isinstance(node := site.node, ast.BinOp):
        yield node.left
        yield node.right
        if not isinstance(node.op, _COMMUTE):
            yield ast.BinOp(node.right, node.op, node.left)


def comparison(site: Site) -> Iterator[New]:
    """Another comparison."""
    if isinstance(node := site.node, ast.Compare):
        for place, op in enumerate(node.ops):
            for other in _COMPARISONS[type(op)]:
                yield ast.Compare(
                    node.left,
                    [*node.ops[:place], other(), *node.ops[place + 1 :]],
                    node.comparators,
                )


def boolean(site: Site) -> Iterator[New]:
    """`and` for `or`, a part left out, no `not`, no sign."""
    if isinstance(node := site.node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield from node.values
    if isinstance(node, ast.UnaryOp):
        yield node.operand


def condition(site: Site) -> Iterator[New]:
    """A condition the other way round, always or never met: one branch is left out."""
    tested = site.field == "test" and isinstance(site.parent, ast.If | ast.IfExp | ast.While)
    filtered = site.field == "ifs" and isinstance(site.parent, ast.comprehension)
    if (tested or filtered) and isinstance(site.node, ast.expr):
        yield ast.UnaryOp(ast.Not(), site.node)
        yield ast.Constant(value=False)
        if not isinstance(site.parent, ast.While):
            yield ast.Constant(value=True)


def constant(site: Site) -> Iterator[New]:
    """Another number, or the other truth value."""
    node = site.node
    if (
        not isinstance(node, ast.Constant) or site.keyword in AXES
    ):  # other axes are tensor_operators.axis
        return
    value, signed = (
        node.value,
        isinstance(site.parent, ast.UnaryOp),
    )  # then boolean takes the sign away
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int):
        yield from map(
            _number,
            dict.fromkeys(
                n
                for n in (value + 1, value - 1, -value, 2 * value, 0)
                if n != value and (n >= 0 or not signed)
            ),
        )
    elif isinstance(value, float):
        changed = (2 * value, -value, 1.01 * value, value + 1e-3, 0.0, 1.0)
        yield from map(
            _number, dict.fromkeys(n for n in changed if n != value and (n >= 0 or not signed))
        )


def _number(value: float) -> ast.expr:
    made = ast.Constant(value=abs(value))
    return ast.UnaryOp(ast.USub(), made) if value < 0 else made


def statement(site: Site) -> Iterator[New]:
    """A statement left out."""
    node = site.node
    skipped = (ast.Import, ast.ImportFrom, ast.Pass, ast.ClassDef, ast.FunctionDef)
    if (
        not isinstance(node, ast.stmt)
        or site.index is None
        or (isinstance(node, skipped) and not site.attributes)
    ):
        return
    documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if not documents and not isinstance(node, ast.Pass):
        alone = len(getattr(site.parent, site.field)) == 1 and not isinstance(
            site.parent, ast.Module
        )
        yield [ast.Pass()] if alone else []


def arguments(site: Site) -> Iterator[New]:
    """An argument left out, or two that follow each other swapped."""
    if isinstance(node := site.node, ast.Call):
        for place in range(len(node.args)):
            yield ast.Call(node.func, node.args[:place] + node.args[place + 1 :], node.keywords)
        for place in range(len(node.keywords)):
            yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])
        for row in _swapped(node.args) if called(node) not in _SYMMETRIC else ():
            yield ast.Call(node.func, row, node.keywords)


def elements(site: Site) -> Iterator[New]:
    """An element of a tuple or list left out, or two that follow each other swapped."""
    node = site.node
    if isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        for row in _swapped(node.elts):
            yield type(node)(row, node.ctx)
        for place in range(len(node.elts)):
            yield type(node)(node.elts[:place] + node.elts[place + 1 :], node.ctx)


def _swapped(row: list[ast.expr]) -> Iterator[list[ast.expr]]:
    for n in range(len(row) - 1):
        yield [*row[:n], row[n + 1], row[n], *row[n + 2 :]]


def bounds(site: Site) -> Iterator[New]:
    """A slice without one of its bounds."""
    if isinstance(node := site.node, ast.Slice):
        for name in ("lower", "upper", "step"):
            if getattr(node, name) is not None:
                kept = {
                    one: getattr(node, one) for one in ("lower", "upper", "step") if one != name
                }
                yield ast.Slice(**kept)


def loop(site: Site) -> Iterator[New]:
    """A loop that misses the first or the last, goes backwards, or ends after its first round."""
    if site.field == "iter" and isinstance(site.node, ast.expr):
        for template in ("list(_)[1:]", "list(_)[:-1]", "list(_)[::-1]"):
            yield filled(template, site.node)
    if isinstance(node := site.node, ast.For):
        yield ast.For(node.target, node.iter, [*node.body, ast.Break()], [], lineno=node.lineno)


def call(site: Site) -> Iterator[New]:
    """A call left out: what it was made on stays."""
    if isinstance(site.node, ast.Call) and not isinstance(site.parent, ast.withitem):
        about = operand(site.node)
        if about is not None:
            yield about


def other_name(site: Site) -> Iterator[New]:
    """Another parameter of the function, or another attribute of the object."""
    node = site.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in site.parameters:
        yield from (ast.Name(name, ast.Load()) for name in _others(node.id, site.parameters))
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and is_name(node.value, "self")
    ):
        yield from (
            ast.Attribute(node.value, name, ast.Load())
            for name in _others(node.attr, site.attributes)
        )


def _others(name: str, names: tuple[str, ...]) -> list[str]:
    """Up to three of the names, those that follow first."""
    if name not in names:
        return []
    place = names.index(name)
    return [*names[place + 1 :], *names[:place]][:3]


def in_place(site: Site) -> Iterator[New]:
    """`x = x + y` becomes `x += y`: an argument of the function changes."""
    node = site.node
    if (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.value, ast.BinOp)
    ):
        target, left = node.targets[0], node.value.left
        if (
            isinstance(target, ast.Name)
            and target.id in site.parameters
            and is_name(left, target.id)
        ):
            yield ast.AugAssign(target, node.value.op, node.value.right)


PYTHON: dict[str, Operator] = {
    one.__name__: one
    for one in (
        arithmetic, operands, comparison, boolean, condition, constant, statement, arguments,
        elements, bounds, loop,
        call, other_name, in_place,
    )
}  # fmt: skip
