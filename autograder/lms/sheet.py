"""Parts that all exports share: the file with its remarks, and cells that every format needs.

Formulas are described by OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from autograder.core.sanitize import visible
from autograder.gradebook.marks import ClassMarks, Person

_FORMULA = re.compile(r"(^|[;\t\n])(?= *[=+@\t\n＝＋－＠-])")
"""Where a formula could begin: in front, or where a spreadsheet might split a cell or a line."""


@dataclass(frozen=True)
class Sheet:
    """The content of a file, the number of its rows without headings, and remarks on it."""

    data: bytes
    rows: int
    remarks: tuple[str, ...] = ()


def defused(text: str) -> str:
    """Text of which a spreadsheet takes no part for a formula, and a terminal none for an order.

    An apostrophe stands before what would be a formula, also where the file is split at semicolons;
    control characters are shown as escapes.
    """
    return _FORMULA.sub(r"\1'", visible(text))


def number(value: float) -> str:
    """A score with at most four decimals and no trailing zeros: 12.5, 18, 0.3333."""
    return f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")


def scored(
    classes: list[ClassMarks], complete_only: bool
) -> Iterable[tuple[Person, list[float | None]]]:
    """Students with their score for each assignment, None where there is none.

    With `complete_only`, marks that wait for a person are held back, and students without any other
    mark are left out.
    """
    for person in classes[0].people.values():
        booked = [class_.booked.get(person.id) for class_ in classes]
        held = [b is not None and b.needs_person and complete_only for b in booked]
        scores = [
            None if b is None or hold else b.score for b, hold in zip(booked, held, strict=True)
        ]
        if not any(held) or any(score is not None for score in scores):
            yield person, scores


def table(rows: list[list[str]], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    """Rows as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
