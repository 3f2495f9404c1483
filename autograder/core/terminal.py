"""Lay out printed text as a terminal shows it: progress bars overwrite themselves."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[\r\n\b]|\x1b\[([0-9;?]*)[ -/]*([@-~])|[^\r\n\b\x1b]+|\x1b")
_ASKS = re.compile(r"[\r\b]|\x1b\[")


def printed(text: str) -> str:
    """The text as it stands in the end, without colours.

    Carriage returns and backspaces overwrite, lines can be erased, and the cursor can go up, as in
    nested progress bars. Takes time in proportion to the text.
    """
    if not _ASKS.search(text):
        return text
    rows: list[list[str]] = [[]]
    row = column = 0
    for token in _TOKEN.finditer(text):
        match token[0], token[2]:
            case "\n", _:
                row, column = row + 1, 0
                if row == len(rows):
                    rows.append([])
            case "\r", _:
                column = 0
            case "\b", _:
                column = max(0, column - 1)
            case _, "A" | "B" as way:
                row += _count(token[1]) * (1 if way == "B" else -1)
                row = min(max(0, row), len(rows) - 1)
                column = min(column, len(rows[row]))
            case _, "K":
                column = 0 if token[1] == "2" else column
                del rows[row][column:]
            case piece, None:
                rows[row][column : column + len(piece)] = piece
                column += len(piece)
    return "\n".join(map("".join, rows))


def _count(parameter: str) -> int:
    return int(parameter) if parameter.isdigit() and len(parameter) < 5 else 1
