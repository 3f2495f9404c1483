"""Mutate operations on tensors: axes, types, values, and where gradients flow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autograder.authoring.mutation.function_operators import overwriting, relu, sibling
from autograder.authoring.mutation.operators import New, Operator
from autograder.authoring.mutation.tree import AXES, Site, called, filled, is_name

_TYPES = {
    "float32": "float64",
    "float64": "float32",
    "double": "float32",
    "float": "float64",
    "bool": "uint8",
}
_VECTOR = re.compile(r"b\d*|.*bias")
"""Names of tensors with one axis, which have no transpose."""
_OTHER_AXES = {"0": ("1",), "1": ("0",), "-1": ("0",), "-2": ("1",), "(0,)": ("1",), "(1,)": ("0",)}
_WITHOUT_GRADIENT = {
    "len", "range", "zip", "enumerate", "isinstance", "zeros_like", "ones_like", "full_like",
    "new_zeros", "new_ones",
    "zeros", "ones", "empty", "eye", "tensor", "arange", "full", "new_full", "print",
    "save_for_backward", "type_as",
}  # fmt: skip
"""Calls through whose arguments no gradient is needed."""
_DRIVERS = {"gelsd": ("gelsy", "gels"), "gelsy": ("gels",), "gelss": ("gels",)}


def transposed(site: Site) -> Iterator[New]:
    """A transpose left out, or one too many."""
    node = site.node
    if (
        isinstance(node, ast.Attribute)
        and node.attr in ("T", "mT", "H", "mH")
        and isinstance(node.ctx, ast.Load)
    ):
        yield node.value
    elif (
        isinstance(node, ast.Name | ast.BinOp)
        and _is_value(site)
        and not _VECTOR.fullmatch(ast.unparse(node))
    ):
        yield filled("_.T", node)


def axis(site: Site) -> Iterator[New]:
    """Another axis, or all of them."""
    node = site.node
    if isinstance(node, ast.keyword) and node.arg in AXES:
        # Of a matrix, -1 is 1 and -2 is 0: they would be no change.
        others = _OTHER_AXES.get(ast.unparse(node.value), ("0", "1"))
        yield from (
            ast.keyword(node.arg, ast.parse(new, mode="eval").body) for new in (*others, "None")
        )


def detached(site: Site) -> Iterator[New]:
    """No gradient through a value in the middle of a function."""
    node = site.node
    if not isinstance(node, ast.expr) or not site.in_function or _no_gradient(site):
        return
    if _is_value(site) or (
        site.field == "value" and isinstance(site.parent, ast.Assign | ast.Return)
    ):
        yield filled("_.detach()", node)


def _no_gradient(site: Site) -> bool:
    """Whether no gradient flows through a place, whatever stands there."""
    backward = any(
        isinstance(one, ast.FunctionDef) and one.name == "backward" for one in site.parents
    )
    return (
        backward
        or called(site.parent) in _WITHOUT_GRADIENT
        or called(site.node) in _WITHOUT_GRADIENT
    )


def nudged(site: Site) -> Iterator[New]:
    """A slightly wrong value or another type in the middle of a function."""
    node = site.node
    if (
        isinstance(node, ast.expr)
        and site.in_function
        and site.field == "value"
        and isinstance(site.parent, ast.Assign)
    ):
        yield from (
            filled(template, node)
            for template in ("1.001 * _", "_ + 1e-3", "_.float()", "_.double()", "-_")
        )


def _is_value(site: Site) -> bool:
    """Whether a name or an operation is an operand or an argument that may be a tensor."""
    node = site.node
    if isinstance(node, ast.Name):
        usual = isinstance(node.ctx, ast.Load) and (
            not site.in_function or node.id in site.parameters
        )
        return usual and isinstance(site.parent, ast.BinOp | ast.Call) and site.field != "func"
    return (
        isinstance(node, ast.BinOp | ast.Call)
        and isinstance(site.parent, ast.BinOp | ast.Call)
        and site.field != "func"
    )


def gradient(site: Site) -> Iterator[New]:
    """`torch.no_grad` left out, or put around a statement."""
    node = site.node
    if isinstance(node, ast.With) and any("grad" in ast.unparse(item) for item in node.items):
        yield list(node.body)
    if (
        isinstance(node, ast.Assign | ast.AugAssign)
        and _calculates(node.value)
        and site.in_function
    ):
        made = ast.parse("with torch.no_grad():\n    pass").body[0]
        assert isinstance(made, ast.With)
        made.body = [node]
        yield made
    if isinstance(node, ast.FunctionDef) and any(
        "grad" in ast.unparse(one) for one in node.decorator_list
    ):
        copied = {name: getattr(node, name) for name in node._fields} | {
            "decorator_list": [],
            "lineno": node.lineno,
        }
        yield ast.FunctionDef(**copied)


def _calculates(value: ast.expr) -> bool:
    return isinstance(value, ast.BinOp | ast.Call) and called(value) not in _WITHOUT_GRADIENT


def data_type(site: Site) -> Iterator[New]:
    """Another type of number, or another driver of a solver."""
    node = site.node
    if isinstance(node, ast.Attribute) and is_name(node.value, "torch") and node.attr in _TYPES:
        yield ast.Attribute(node.value, _TYPES[node.attr], ast.Load())
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from (ast.Constant(value=other) for other in _DRIVERS.get(node.value, ()))


def training(site: Site) -> Iterator[New]:
    """Training taken for evaluation."""
    node = site.node
    if (
        isinstance(node, ast.Attribute)
        and node.attr == "training"
        and isinstance(node.ctx, ast.Load)
    ):
        yield ast.UnaryOp(ast.Not(), node)
        yield ast.Constant(value=True)
        yield ast.Constant(value=False)


TENSORS: dict[str, Operator] = {
    one.__name__: one
    for one in (
        sibling, relu, overwriting, transposed, axis, detached, nudged, gradient, data_type,
        training,
    )
}  # fmt: skip
