"""Update docs/benchmarks.md: each benchmark writes a section of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.core.assignment import REPOSITORY

REPORT = REPOSITORY / "docs" / "benchmarks.md"


def write_section(heading: str, script: str, lines: Sequence[str]) -> None:
    """Put a section into the report: in place of the one of this heading, or at the end."""
    origin = f"Written by `benchmarks/{script} --write`, whose first lines say what is measured."
    section = "\n".join([f"# {heading}", "", origin, "", *lines, ""])
    text = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
    sections = [
        part.strip("\n") + "\n"
        for part in re.split(r"^(?=# )", text, flags=re.MULTILINE)
        if part.strip()
    ]
    mine = [i for i, part in enumerate(sections) if part.startswith(f"# {heading}\n")]
    if mine:
        sections[mine[0]] = section
    else:
        sections.append(section)
    REPORT.write_text("\n".join(sections), encoding="utf-8")
