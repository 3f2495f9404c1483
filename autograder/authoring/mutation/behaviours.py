"""Mutate how a function behaves: for some sizes or types, on later calls, or on its arguments.

A function, or a module's forward method, is put behind one that does the fault: `before` or `after`
the original call.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from autograder.authoring.mutation import faults
from autograder.authoring.mutation.faults import Fault
from autograder.authoring.mutation.tree import filled
from autograder.core.assignment import Assignment

_WRAPPER = """

def _put_behind(original):
    import copy
    import torch

    memory = {{}}

    def each(value, change):
        if isinstance(value, torch.Tensor):
            return change(value)
        if isinstance(value, (tuple, list)):
            return type(value)(each(one, change) for one in value)
        if isinstance(value, dict):
            return {{key: each(one, change) for key, one in value.items()}}
        if isinstance(value, (bool, int, float)) or hasattr(value, "dtype"):
            made = change(torch.as_tensor(value))
            return made.item() if isinstance(made, torch.Tensor) and not made.ndim else made
        raise TypeError("nothing that could be changed")

    def changed(*args, **named):
        owner = args[0] if args and isinstance(args[0], torch.nn.Module) else None
        given = [one for one in (*args, *named.values()) if hasattr(one, "dtype")] or [
            torch.as_tensor(one) for one in args if isinstance(one, (int, float))
        ]
        {before}
        out = original(*args, **named)
        {after}
        return out

    return changed


{place} = _put_behind({place})
"""
_START = """

def _put_behind(original):
    def changed(self, *args, **named):
        original(self, *args, **named)
        {text}

    return changed


{name}.__init__ = _put_behind({name}.__init__)
"""


# What changes nothing must not survive: then the name is taken away.
_VALUE = """
_before = torch.as_tensor({name})
try:
    {line}
except IndexError:
    pass  # of a number nothing can be cut off
if isinstance({name}, torch.Tensor | float | int) and torch.equal(torch.as_tensor({name}), _before):
    del {name}
"""


class Appended(NamedTuple):
    """Lines that can stand below a cell, and the part of them that matters."""

    operator: str
    lines: str
    told: str


def released(assignment: Assignment, task: str) -> str:
    """A task's cell as students get it."""
    return next(
        str(cell["source"])
        for cell in assignment.released["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == task
    )


def public_names(stub: str, model: str) -> dict[str, ast.stmt]:
    """The names that a task's released cell mentions and the model solution defines."""
    return {
        name: node
        for node in ast.parse(model).body
        for name in _bound(node)
        if re.search(rf"\b{name}\b", stub)
    }


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [
            one.id
            for target in node.targets
            for one in ast.walk(target)
            if isinstance(one, ast.Name)
        ]
    return []


def below(name: str, node: ast.stmt, stub: str) -> Iterator[Appended]:
    """What can be appended to a cell that binds a name, which the released cell `stub` asks for."""
    if isinstance(node, ast.ClassDef):
        methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
        for method in methods:
            if method.name == "forward" or not method.name.startswith("_"):
                count = len(method.args.args) - 1
                yield from _calls(
                    f"{name}.{method.name}", count, stub, module=method.name == "forward"
                )
        if any(method.name == "forward" for method in methods):
            yield from _starts(name)
    elif isinstance(node, ast.FunctionDef):
        yield from _calls(name, len(node.args.args), stub, module=False)
        if "model" in stub or "module" in stub:
            yield from (_behind(name, fault) for fault in faults.MADE)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        yield from _calls(name, len(node.value.args.args), stub, module=False)
    else:
        yield from _values(name)


def _values(name: str) -> Iterator[Appended]:
    if "figure" in name:
        for template in faults.FIGURES:
            lines = template.replace("_.", f"{name}.").replace("_ =", f"{name} =")
            yield Appended("figure", f"\n{lines}\n", lines)
    else:
        held = ast.parse(f"torch.as_tensor({name})", mode="eval").body
        for template in faults.VARIABLES:
            line = f"{name} = {ast.unparse(filled(template, held))}"
            yield Appended("value", _VALUE.format(name=name, line=line), line)


def _calls(place: str, count: int, stub: str, *, module: bool) -> Iterator[Appended]:
    """Faults of a function or a method with so many arguments beside its owner."""
    made = [
        Fault(f"result:{one}", f"out = each(out, lambda t: {text})")
        for one, text in faults.RESULTS.items()
    ]
    cases = {one: test for one, test in faults.CASES.items() if _occurs(one, test, count, stub)}
    made += [Fault(f"case:{one}", f"if {test}: {faults.ZERO}") for one, test in cases.items()]
    made += [
        Fault(f"case_nan:{one}", f"if {cases[one]}: {faults.NAN}")
        for one in faults.NAN_CASES
        if one in cases
    ]
    made += faults.STATE
    if not _of_numbers(stub):
        made += faults.ARGUMENTS
        for n in range(min(count, 5)):
            made += [
                Fault(*(text.format(n=n) for text in (f.operator, f.after, f.before)))
                for f in faults.EACH_ARGUMENT
            ]
    for fault in made:
        if module or "owner" not in fault.before + fault.after:
            yield _behind(place, fault)


def _occurs(case: str, test: str, count: int, stub: str) -> bool:
    """Whether a case can be met by what a task asks for, as far as its released cell tells."""
    if _of_numbers(stub):
        return case in faults.OF_NUMBERS
    return count > ("given[1:]" in test) and (
        case not in faults.OTHER_SHAPES or "any shape" in stub
    )


def _of_numbers(stub: str) -> bool:
    return "plain numbers" in stub


def _behind(place: str, fault: Fault) -> Appended:
    before, after = (textwrap.indent(text, " " * 8).strip() for text in (fault.before, fault.after))
    told = "; ".join(part for part in (fault.before, fault.after) if part != "pass").replace(
        "\n", "; "
    )
    return Appended(
        fault.operator, _WRAPPER.format(place=place, before=before, after=after), f"{place}: {told}"
    )


def _starts(name: str) -> Iterator[Appended]:
    for operator, line in faults.AFTER_INIT.items():
        text = line.format(name=name)
        yield Appended(
            f"start:{operator}", _START.format(name=name, text=text), f"{name}.__init__: {text}"
        )
