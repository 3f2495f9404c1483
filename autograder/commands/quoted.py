"""Show on the terminal what a submission said, so that it can't pass for the engine's own words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from autograder.core.sanitize import visible

MOST, MOST_ROWS = 20_000, 500
"""Characters and rows that are shown of one text."""
BAR = "│ "


def print_quoted(console: Console, text: str, indent: str = "") -> None:
    """Print a text of a submission's, each row behind a bar."""
    for row in _rows(text, console.width - len(indent + BAR) if console.is_terminal else MOST):
        console.out(f"{indent}{BAR}{row}", highlight=False)


def _rows(text: str, width: int) -> Iterator[str]:
    """The rows of a text, none wider than a width: the terminal would go on without the bar."""
    shown = visible(text[:MOST]).removesuffix("\n")
    rows = [row for line in shown.split("\n") for row in _broken(line.expandtabs(4), width)]
    yield from rows[:MOST_ROWS]
    if len(text) > MOST or len(rows) > MOST_ROWS:
        yield "[the rest is not shown]"


def _broken(line: str, width: int) -> list[str]:
    # Characters beyond ASCII take up to two columns.
    most = max(1, width if line.isascii() else width // 2)
    return [line[start : start + most] for start in range(0, len(line), most)] or [""]
