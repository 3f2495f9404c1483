"""Write docs/thresholds.md: a table of loss thresholds for each assignment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from autograder.authoring.measure_losses import Answer, Run, Threshold
from autograder.core.files import write

TITLE = """\
# Loss thresholds

A hidden test that judges a loss compares it with what a trivial model, such as the best constant,
reaches on the same data: the loss must be below a share of that model's. The tables show, for every
such limit, the share that the correct programs of the bank reach, and the lowest share of a wrong
program that fails this limit with every seed.

`autograder calibrate <assignment>` measures and writes a section.
"""
BEGIN, END = "<!-- begin {} -->\n", "<!-- end {} -->\n"


@dataclass(frozen=True)
class Row:
    """A threshold with all shares measured, by program."""

    threshold: Threshold
    correct: dict[str, list[float]]
    wrong: dict[str, list[float]]

    @property
    def worst(self) -> tuple[float, str]:
        """The highest share of a correct program, and its name."""
        return max((max(shares), name) for name, shares in self.correct.items())

    @property
    def nearest(self) -> tuple[float, str] | None:
        """The lowest share of the wrong programs that no seed lets pass, and the program."""
        lowest = [(min(shares), name) for name, shares in self.wrong.items()]
        return min((pair for pair in lowest if pair[0] >= self.threshold.limit), default=None)


def rows_of(answers: dict[Run, Answer], correct: Iterable[str]) -> list[Row]:
    """A row for each threshold that a test of a correct program compared, in a fixed order."""
    rows: dict[Threshold, Row] = {}
    for run, answer in answers.items():
        for threshold, share in answer.shares.items():
            row = rows.setdefault(threshold, Row(threshold, {}, {}))
            shares = row.correct if run.program in correct else row.wrong
            shares.setdefault(run.program, []).append(share)
    order = sorted(
        rows,
        key=lambda threshold: (
            threshold.task,
            threshold.what,
            threshold.baseline,
            -threshold.limit,
        ),
    )
    return [rows[threshold] for threshold in order if rows[threshold].correct]


def section_of(name: str, summary: str, rows: list[Row]) -> str:
    """The section of an assignment: a summary and a table."""
    lines = [
        f"## {name}",
        "",
        summary,
        "",
        "| task | loss / baseline | limit | correct: median | worst | limit / worst | worst "
        "program | wrong: lowest |",
        "|---|---|---:|---:|---:|---:|---|---|",
    ]
    for row in rows:
        threshold, (share, program) = row.threshold, row.worst
        middle = median(share for shares in row.correct.values() for share in shares)
        nearest = "–" if row.nearest is None else f"{_short(row.nearest[0])} (`{row.nearest[1]}`)"
        margin = _short(threshold.limit / share) if share else "∞"
        lines.append(
            f"| `{threshold.task}` | {threshold.what} / {threshold.baseline} | "
            f"{threshold.limit:g} | {_short(middle)} "
            f"| {_short(share)} | {margin} | `{program}` | {nearest} |"
        )
    return "\n".join(lines) + "\n"


def _short(number: float) -> str:
    """Two digits that count, without an exponent where the number is large."""
    return f"{float(f'{number:.2g}'):g}"


def write_section(page: Path, name: str, section: str | None) -> None:
    """Put a section of an assignment into the page, in place of an older one; None removes it.

    Sections of other assignments stay.
    """
    begin, end = BEGIN.format(name), END.format(name)
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = dict(_sections(text))
    sections.pop(name, None)
    if section is not None:
        sections[name] = f"{begin}{section}{end}"
    if sections:
        page.parent.mkdir(exist_ok=True)
        write(page, "\n".join([TITLE, *(sections[key] for key in sorted(sections))]).encode())
    elif text:
        page.unlink()


def _sections(text: str) -> Iterator[tuple[str, str]]:
    opening, closing = BEGIN.partition("{}")[::2]
    for part in text.split(opening)[1:]:
        name = part.partition(closing)[0]
        body, end, _ = part.partition(END.format(name))
        yield name, opening + body + end
