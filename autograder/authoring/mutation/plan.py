"""Plan all mutants of an assignment: the program, the change, and a digest that identifies it."""

from __future__ import annotations

import ast
import difflib
import hashlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.authoring import bank
from autograder.authoring.mutation import behaviours
from autograder.authoring.mutation.operators import PYTHON
from autograder.authoring.mutation.tensor_operators import TENSORS
from autograder.authoring.mutation.tree import sites
from autograder.core.assignment import Assignment
from autograder.core.solution import model_cells

MODEL = "model"
OPERATORS = PYTHON | TENSORS


@dataclass(frozen=True)
class Mutant:
    """One change of one task's cell.

    Attributes:
        change: the lines that differ, with - and + before them; of an appended fault the part that
            matters.
        appended: whether the fault stands below the cell as it was.
    """

    task: str
    program: str
    operator: str
    line: int
    source: str
    change: tuple[str, ...]
    appended: bool = False

    @cached_property
    def digest(self) -> str:
        """A digest of the task and the changed cell; for an appended fault, of its effect."""
        return digest(self.task, "\n".join(self.change) if self.appended else self.source)


@dataclass(frozen=True)
class Origin:
    """A correct program, by the cells that a notebook needs for one task."""

    task: str
    program: str
    cells: dict[str, str]


def digest(task: str, source: str) -> str:
    """A short name for a cell of a task."""
    return hashlib.sha256(f"{task}\0{source}".encode()).hexdigest()[:16]


def origins(
    assignment: Assignment, tasks: Sequence[str] = (), programs: Sequence[str] = ()
) -> list[Origin]:
    """Every correct program of a task: the model solution and those in the bank."""
    model = model_cells(assignment)
    found = [(MODEL, model)]
    found += [(one.name, model | one.cells) for one in bank.load(assignment) if not one.fails]
    own = {one.name: set(one.cells) for one in bank.load(assignment)} | {MODEL: set(model)}
    return [
        Origin(task.id, name, cells)
        for task in assignment.tasks
        if not task.manual and (not tasks or task.id in tasks)
        for name, cells in found
        if task.id in own[name]
        and (not programs or name in programs or name.split("/")[-1] in programs)
    ]


def plan(assignment: Assignment, found: Sequence[Origin]) -> list[Mutant]:
    """The mutants of these programs, in order, without duplicates and correct ones."""
    seen = {(one.task, text) for one in found if (text := _plain(one.cells[one.task]))}
    made: list[Mutant] = []
    for origin in found:
        mutants = list(expressions(origin))
        if origin.program == MODEL:
            mutants += appended(assignment, origin)
        for mutant in mutants:
            if (mutant.task, mutant.source) not in seen:
                seen.add((mutant.task, mutant.source))
                made.append(mutant)
    return made


def sample(mutants: Sequence[Mutant], count: int) -> list[Mutant]:
    """A fixed sample: whether a mutant is drawn does not depend on the other mutants."""
    drawn = sorted(
        mutants, key=lambda one: hashlib.sha256(f"sample {one.digest}".encode()).digest()
    )[:count]
    kept = {one.digest for one in drawn}
    return [one for one in mutants if one.digest in kept]


def expressions(origin: Origin) -> Iterator[Mutant]:
    """The small changes of a cell; none where it is not plain Python."""
    plain = _plain(origin.cells[origin.task])
    if not plain:
        return
    tree = ast.parse(origin.cells[origin.task])
    parts = [ast.unparse(one) for one in tree.body]
    body = list(tree.body)
    for site in sites(tree):
        # Only the statement that changes is written anew: to write all takes most of the time.
        statement = site.parents[1] if len(site.parents) > 1 else site.node
        place = body.index(statement)  # type: ignore[arg-type]
        before = getattr(site.parent, site.field)
        for name, operator in OPERATORS.items():
            for new in operator(site):
                site.put(new)
                part = _unparsed(tree.body[place : len(tree.body) - len(body) + place + 1])
                setattr(site.parent, site.field, before)
                if part is not None and part != parts[place]:
                    text = "\n".join(
                        [*parts[:place], *([part] if part else []), *parts[place + 1 :]]
                    )
                    yield Mutant(
                        origin.task, origin.program, name, site.line, text, _difference(plain, text)
                    )


def appended(assignment: Assignment, origin: Origin) -> Iterator[Mutant]:
    """The faults that stand below a cell, for each name that the task asks for."""
    source = origin.cells[origin.task]
    line = source.count("\n") + 1
    stub = behaviours.released(assignment, origin.task)
    for name, node in behaviours.public_names(stub, source).items():
        for one in behaviours.below(name, node, stub):
            text = f"{source}\n{one.lines}"
            yield Mutant(
                origin.task,
                origin.program,
                one.operator,
                line,
                text,
                (f"+ {one.told}",),
                appended=True,
            )


def _plain(source: str) -> str | None:
    try:
        return "\n".join(map(ast.unparse, ast.parse(source).body))
    except SyntaxError:  # a magic of IPython's
        return None


def _unparsed(statements: list[ast.stmt]) -> str | None:
    """The changed statements, if they are a program."""
    try:
        text = "\n".join(map(ast.unparse, statements))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a number can't be called is the mutant's point
            compile(text, "mutant", "exec")
    except (SyntaxError, ValueError, AttributeError):
        return None
    return text


def _difference(old: str, new: str) -> tuple[str, ...]:
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return tuple(f"{line[0]} {line[2:].rstrip()}" for line in lines if line[0] in "-+")
