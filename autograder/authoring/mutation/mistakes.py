"""`autograder new --mistakes`: write mutants of the model solution as wrong programs of the bank.

They are a start, for an author to read: of all mutants only those that a person would call a
mistake, few for each task, each of another kind.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.authoring import bank
from autograder.authoring.mutation import equivalents
from autograder.authoring.mutation.plan import MODEL, Mutant, expressions, origins
from autograder.core.assignment import Assignment
from autograder.core.files import write

MOST = 6
"""So many for each task, those that are there already counted."""
REVIEW = "# Is this a mistake? Reword the line above, or delete this file."

_TOKEN = re.compile(r"\w+|\*\*|[<>=!]=|\s+|.")
_CALL = re.compile(r"(?:[\w.]+\.)?([a-z]\w*)\(.*\)|\.([a-z]\w*)\(.*\)")
_FORGOTTEN = {
    "relu", "mean", "sum", "sqrt", "exp", "log", "abs", "square", "softmax", "sigmoid", "tanh",
    "maximum", "clamp", "clip", "norm", "deg2rad", "rad2deg", "flatten",
}  # fmt: skip
"""Functions that a person forgets to call."""
_HARDLY = {"to", "float", "double", "half", "int", "long", "bool", "empty", "Buffer", "abs", "dim"}
"""Names that a person seldom takes for another one."""

Says = Callable[[str, str, str], str | None]
"""The mistake as a sentence, of the line, what is taken out of it, and what is put in."""


def _term(_: str, out: str, into: str) -> str | None:
    term = re.fullmatch(r" [+-] (.+)", out)
    balanced = term and term[1].count("(") == term[1].count(")")
    return f"`{term[1]}` is forgotten." if term and balanced and not into else None


def _call(_: str, out: str, into: str) -> str | None:
    found = _CALL.fullmatch(out)
    name = (found[1] or found[2]) if found and into in out else ""
    return f"`{name}` is forgotten." if name and name in _FORGOTTEN else None


def _other(_: str, out: str, into: str) -> str | None:
    usual = out and into and not {out, into} & _HARDLY
    return f"`{into}` in place of `{out}`." if usual else None


def _operator(line: str, out: str, into: str) -> str | None:
    return _other(line, out, into) if out in ("+", "-", "/", "**") and "[" not in out else None


def _sign(line: str, out: str, into: str) -> str | None:
    usual = out == "-" and not into and "[-" not in line
    return "A minus sign is forgotten." if usual else None


def _statement(line: str, _: str, into: str) -> str | None:
    matters = re.match(r"[\w.]+\(.*\)$|[\w.]+ [-+*/]= ", line) and not line.startswith("super")
    return f"The line `{line}` is forgotten." if matters and not into else None


def _elements(_: str, out: str, into: str) -> str | None:
    swapped = out != into and sorted(re.findall(r"\w+", out)) == sorted(re.findall(r"\w+", into))
    return "Two values are swapped." if swapped else None


def _detached(line: str, _: str, into: str) -> str | None:
    calculates = re.match(r"return (?!\w+$)[^{\[(]", line)
    flat = into == ".detach()" or into.endswith(").detach()")
    return "No gradient flows through the result." if calculates and flat else None


_KINDS: dict[str, Says] = {
    "operands": _term,
    "transposed": lambda _, _out, into: "A transpose is forgotten." if not into else None,
    "call": _call,
    "axis": lambda _, _out, into: None if "None" in into else "The axis is wrong.",
    "sibling": _other,
    "arithmetic": _operator,
    "comparison": _other,
    "boolean": _sign,
    "condition": lambda _, _out, into: "A condition is negated." if "not " in into else None,
    "gradient": lambda _, out, _into: (
        "Gradient tracking is not switched off." if "no_grad" in out else None
    ),
    "statement": _statement,
    "loop": lambda _, _out, into: "The loop leaves out its last step." if "[:-1]" in into else None,
    "elements": _elements,
    "other_name": lambda line, out, into: (
        _other(line, out, into) if f"self.{out}" in line else None
    ),
    "detached": _detached,
}
"""The kinds of mutants that a person would call a mistake, the likeliest first."""


def write_mistakes(assignment: Assignment) -> list[Path]:
    """Write the programs to the suite's `reject/`; the new files. Nothing is overwritten.

    Raises:
        UsageError: the assignment is not built, or a file of its bank is not well formed.
        OSError: a file can't be written.
    """
    known = [program for program in bank.load(assignment) if program.fails]
    entries = equivalents.load(assignment)
    paths = []
    for origin in origins(assignment, programs=[MODEL]):
        own = [program for program in known if program.fails == {origin.task}]
        written = {_plain(program.cells.get(origin.task, "")) for program in own}
        fresh = [
            (mutant, says)
            for mutant, says in _likely(list(expressions(origin)))
            if _plain(mutant.source) not in written and equivalents.reason(entries, mutant) is None
        ]
        for mutant, says in fresh[: max(0, MOST - len(own))]:
            path = assignment.suite / "reject" / f"{origin.task}_{mutant.operator}.py"
            if not path.exists():
                write(path, _program(mutant, says).encode())
                paths.append(path)
    return paths


def _likely(mutants: list[Mutant]) -> list[tuple[Mutant, str]]:
    """The first mutant of each kind that is a likely mistake, and its sentence."""
    found = []
    for operator, says in _KINDS.items():
        for mutant in mutants:
            if mutant.operator == operator and (said := _said(mutant, says)):
                found.append((mutant, said))
                break
    return found


def _said(mutant: Mutant, says: Says) -> str | None:
    """The mistake as a sentence, if only one line differs."""
    before, after = (
        [line[2:].strip() for line in mutant.change if line[0] == sign] for sign in "-+"
    )
    if len(before) != 1 or len(after) > 1:
        return None
    return says(before[0], *_edit(before[0], after[0] if after else ""))


def _edit(before: str, after: str) -> tuple[str, str]:
    """What is taken out of a line, and what is put in its place."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return "".join(old), "".join(new)


def _program(mutant: Mutant, says: str) -> str:
    lines = [f"# fails: {mutant.task}", f"# {says}", REVIEW, *_changed(mutant), ""]
    return "\n".join([*lines, f"# %% {mutant.task}", mutant.source, ""])


def _changed(mutant: Mutant) -> Iterator[str]:
    for line in mutant.change:
        yield f"#   {'was' if line[0] == '-' else 'is '} {line[2:].strip()}"


def _plain(source: str) -> str:
    """A cell in one spelling, without docstrings."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a magic of IPython's
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
