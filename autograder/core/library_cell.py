"""The cell that brings the library with a notebook handed out as one file: how grading knows it.

What was handed out in that cell stands between two comments. Intake leaves it out, so that nothing
of it is run, shown or searched; lines that a student added around it count like any others.
"""

from __future__ import annotations

SENTENCE = (
    "**Run the next cell first**, each time you open or restart this notebook: it brings the "
    "course's library and the checks."
)
TITLE = "#@title The course's library and the checks: run this cell first"
"""What Colab shows in place of the cell."""
BEGIN = "# From here on this cell is the course's, and left out when the notebook is graded."
END = "# The course's part of this cell ends here."


def made(code: str) -> str:
    """The source of the cell, with the code that brings the library."""
    return "\n".join([TITLE, BEGIN, code.strip("\n"), END])


def without(kind: str, source: str) -> str:
    """A cell's source without what was handed out in it; "" where that was all."""
    if kind == "markdown":
        return "" if source.strip() == SENTENCE else source
    if BEGIN not in source:
        return source
    lines = source.replace("\r\n", "\n").split("\n")
    try:
        begin = lines.index(BEGIN)
        end = lines.index(END, begin)
    except ValueError:  # somebody broke it: it runs as it is, and finds the library there already
        return source
    kept = [line for line in lines[:begin] if not line.startswith(TITLE)] + lines[end + 1 :]
    return "\n".join(kept) if any(line.strip() for line in kept) else ""
