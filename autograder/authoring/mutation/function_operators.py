"""Mutate calls: call an easily confused function instead, or one that works in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from autograder.authoring.mutation.operators import New
from autograder.authoring.mutation.tree import Site, called, filled, operand

_SIBLINGS: dict[str, tuple[str, ...]] = {
    "mean": ("sum", "median"),
    "nanmean": ("mean",),
    "sum": ("mean", "prod", "cumsum"),
    "max": ("min",),
    "min": ("max",),
    "amax": ("amin",),
    "amin": ("amax",),
    "argmax": ("argmin",),
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "clamp_min": ("clamp_max",),
    "var": ("std",),
    "std": ("var",),
    "any": ("all",),
    "all": ("any",),
    "zeros": ("ones", "empty"),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "zeros_": ("ones_",),
    "eye_": ("zeros_", "ones_", "xavier_uniform_"),
    "rand": ("randn",),
    "randn": ("rand",),
    "unique": ("unique_consecutive",),
    "pinv": ("inv",),
    "lstsq": ("solve",),
    "sigmoid": ("tanh",),
    "tanh": ("sigmoid",),
    "exp": ("expm1",),
    "log": ("log1p",),
    "sqrt": ("abs",),
    "abs": ("relu",),
    "softmax": ("log_softmax",),
    "sign": ("sgn", "relu"),
    "gt": ("ge", "lt"),
    "ge": ("gt",),
    "lt": ("le",),
    "le": ("lt",),
    "add": ("sub",),
    "sub": ("add",),
    "mul": ("add",),
    "outer": ("inner",),
    "norm": ("sum",),
    "numel": ("dim",),
    "double": ("float", "half"),
    "float": ("double", "int"),
    "long": ("bool",),
    "train": ("eval",),
    "eval": ("train",),
    "MSELoss": ("L1Loss", "SmoothL1Loss"),
    "mse_loss": ("l1_loss",),
    "BatchNorm1d": ("LayerNorm", "Identity"),
    "Parameter": ("Buffer",),
    "zero_grad": ("train",),
    "parameters": ("buffers",),
}
_RELU = {"relu": (0, 1), "ReLU": (0, 0), "clamp_min": (1, 2), "clamp": (0, 2), "maximum": (1, 2)}
"""Functions that may be used as a ReLU, with their least and largest number of arguments then."""
_RELUS = (
    "torch.nn.functional.leaky_relu(_, 0.005)",
    "torch.nn.functional.gelu(_)",
    "_.clamp(min=1e-3)",
    "_.clamp(0, 6)",
    "_.abs()",
    "torch.where(_ > 1e-3, _, 0 * _)",
    "torch.where(_ > 0.25, _, 0 * _)",
    "torch.sqrt(_.clamp(min=0) ** 2)",
    "_.relu_()",
)
_RELU_MODULES = (
    "LeakyReLU(0.005)",
    "GELU()",
    "ReLU6()",
    "Identity()",
    "ReLU(inplace=True)",
    "Softplus(20)",
)
_WITH_IN_PLACE = {
    "relu", "add", "sub", "mul", "div", "clamp", "clamp_min", "abs", "sigmoid", "tanh", "exp",
    "sqrt", "pow", "square",
    "neg", "round", "masked_fill", "index_fill", "t", "unsqueeze", "squeeze", "detach",
    "requires_grad",
}  # fmt: skip


def sibling(site: Site) -> Iterator[New]:
    """A function or method that is easily confused with the one that is called."""
    node = site.node
    if isinstance(node, ast.Call):
        for other in _SIBLINGS.get(called(node), ()):
            yield ast.Call(_renamed(node.func, other), node.args, node.keywords)


def _renamed(function: ast.expr, name: str) -> ast.expr:
    if isinstance(function, ast.Attribute):
        return ast.Attribute(function.value, name, ast.Load())
    return ast.Name(name, ast.Load())


def relu(site: Site) -> Iterator[New]:
    """Nearly a ReLU."""
    node = site.node
    name = called(node)
    if not isinstance(node, ast.Call) or name not in _RELU:
        return
    least, most = _RELU[name]
    about = operand(node)
    if name == "ReLU":
        if isinstance(node.func, ast.Attribute) and not node.args:
            place = ast.unparse(node.func.value)
            yield from (ast.parse(f"{place}.{other}", mode="eval").body for other in _RELU_MODULES)
    elif about is not None and least <= len(node.args) + len(node.keywords) <= most:
        yield from (
            filled(template, about)
            for template in _RELUS
            if "_()" not in template or _is_kept(about)
        )


def overwriting(site: Site) -> Iterator[New]:
    """The variant that writes into its argument."""
    node = site.node
    if (
        isinstance(node, ast.Call)
        and called(node) in _WITH_IN_PLACE
        and _is_kept(about := operand(node))
    ):
        method = isinstance(node.func, ast.Attribute) and node.func.value is about
        rest = node.args if method else node.args[1:]
        yield ast.Call(ast.Attribute(about, f"{called(node)}_", ast.Load()), rest, node.keywords)


def _is_kept(node: ast.expr | None) -> TypeGuard[ast.expr]:
    """Whether a value has a name, so that it is missed when it is overwritten."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
