"""Read the small tables that an instructor writes into a course directory: CSV with a header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.core.errors import UsageError
from autograder.core.text import listed

LARGEST = 50_000_000
"""Bytes: a table of 100,000 students has a tenth of it."""


@dataclass(frozen=True)
class Row:
    """A row's cells by column, without spaces around them, and where it stands."""

    cells: dict[str, str]
    place: str
    """The file and the line, for messages."""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def rows(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Iterator[Row]:
    """The rows of a table that are not empty; commas or semicolons, as spreadsheets write it.

    Args:
        columns: names that the header must have.
        optional: names that it may have as well.

    Raises:
        UsageError: the file can't be read, or has other columns.
        FileNotFoundError: there is no such file.
    """
    text = _text(path)
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    table = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip().lower() for name in next(table, [])]
    except csv.Error as error:
        raise UsageError(f"{path}, line 1: not a table ({error})") from None
    if not set(columns) <= set(names) <= {*columns, *optional} or len(names) > len(set(names)):
        may = f" and may have {', '.join(optional)}" if optional else ""
        raise UsageError(
            f"{path}, line 1: the columns are {listed(names) or 'none'}; the file must have "
            f"{', '.join(columns)}{may}, and no others"
        )
    try:
        for cells in table:
            place = f"{path}, line {table.line_num}"
            if len(cells) > len(names):
                raise UsageError(
                    f"{place}: {len(cells)} cells, but the header has {len(names)}; put quotes "
                    f"around a text that contains {separator!r}"
                )
            if any(cell.strip() for cell in cells):
                yield Row({n: c.strip() for n, c in zip(names, cells, strict=False)}, place)
    except csv.Error as error:
        raise UsageError(f"{path}, line {table.line_num}: not a table ({error})") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is larger than {LARGEST // 1_000_000} MB")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text; save it as CSV UTF-8") from None
