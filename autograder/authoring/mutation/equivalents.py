"""Read `equivalent.toml` of a suite: mutants that an author judged correct, with the reasons."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from autograder.authoring.mutation.plan import Mutant
from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError

FILE = "equivalent.toml"
_KEYS = {
    "mutant": ({"task", "digest", "reason"}, {"program", "operator", "change"}),
    "rule": ({"task", "operator", "reason"}, {"line", "program"}),
}


@dataclass(frozen=True)
class Single:
    """One mutant, by its task and the digest of its cell."""

    task: str
    digest: str
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Whether it is this mutant."""
        return (mutant.task, mutant.digest) == (self.task, self.digest)


@dataclass(frozen=True)
class Rule:
    """All mutants of some tasks, operators and programs (each a pattern such as `*`) one of whose
    changed lines, with its - or +, holds a match of `line`."""

    tasks: tuple[str, ...]
    operators: tuple[str, ...]
    programs: tuple[str, ...]
    line: re.Pattern[str]
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        """Whether the rule speaks of this mutant."""
        return (
            _fits(mutant.task, self.tasks)
            and _fits(mutant.operator, self.operators)
            and _fits(mutant.program, self.programs)
            and any(self.line.search(line) for line in mutant.change)
        )


Entry = Single | Rule


def _fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def load(assignment: Assignment) -> list[Entry]:
    """The entries of a suite's file; none where there is no file.

    Raises:
        UsageError: the file, or an entry of it, is not well formed.
    """
    path = assignment.suite / FILE
    if not path.exists():
        return []
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} can't be read ({error})") from None
    tasks = {task.id for task in assignment.tasks if not task.manual}
    if unknown := sorted(set(read) - set(_KEYS)):
        raise UsageError(f"{path}: unknown key {unknown[0]}; entries are [[mutant]] or [[rule]]")
    return [
        entry
        for kind in _KEYS
        for number, table in _numbered(path, kind, read.get(kind, []))
        for entry in _entries(path, kind, number, table, tasks)
    ]


def _numbered(path: Path, kind: str, tables: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise UsageError(f"{path}: {kind} must be written as [[{kind}]]")
    yield from enumerate(tables, start=1)


def _entries(
    path: Path, kind: str, number: int, table: Mapping[str, Any], tasks: set[str]
) -> Sequence[Entry]:
    """A rule, or one entry for each digest that a table of mutants names."""
    place = f"{path}: [[{kind}]] number {number}"
    needed, optional = _KEYS[kind]
    if missing := sorted(needed - set(table)):
        raise UsageError(f"{place} has no {missing[0]}")
    if unknown := sorted(set(table) - needed - optional):
        raise UsageError(
            f"{place} has an unknown key {unknown[0]!r}; it may have "
            f"{', '.join(sorted(needed | optional))}"
        )
    if not isinstance(table["reason"], str) or not table["reason"].strip():
        raise UsageError(f"{place} has no reason: write why the mutant is a correct program")
    wanted = _words(place, "task", table["task"])
    if lost := [one for one in wanted if not any(fnmatchcase(task, one) for task in tasks)]:
        raise UsageError(f"{place}: no such task: {lost[0]}")
    if kind == "mutant":
        digests = _words(place, "digest", table["digest"])
        return [Single(wanted[0], digest, table["reason"]) for digest in digests]
    operators, programs = (
        _words(place, name, table.get(name, "*")) for name in ("operator", "program")
    )
    try:
        line = re.compile(table.get("line", ""))
    except (re.error, TypeError) as error:
        raise UsageError(f"{place}: line is not a valid regular expression ({error})") from None
    return [Rule(wanted, operators, programs, line, table["reason"])]


def _words(place: str, name: str, value: Any) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if (
        not isinstance(words, list | tuple)
        or not words
        or not all(isinstance(one, str) for one in words)
    ):
        raise UsageError(f"{place}: {name} must be a string or a list of strings")
    return tuple(words)


def reason(entries: list[Entry], mutant: Mutant) -> str | None:
    """Why a mutant is as correct as its program; None where nobody says so."""
    return next((entry.reason for entry in entries if entry.covers(mutant)), None)


def single(entries: list[Entry], mutant: Mutant) -> bool:
    """Whether an entry speaks of this very mutant."""
    return any(isinstance(entry, Single) and entry.covers(mutant) for entry in entries)


def idle(entries: list[Entry], mutants: list[Mutant]) -> list[Entry]:
    """The entries that speak of none of these mutants: what they spoke of is gone."""
    return [entry for entry in entries if not any(entry.covers(mutant) for mutant in mutants)]
