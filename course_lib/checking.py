"""`check("z1")` in a notebook: run the public checks of one task, and show a card."""

from __future__ import annotations

import html
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from course_lib import _notebook
from course_lib._local_submission import Outcome
from course_lib.suites import Report, run

_DIGITS = re.compile(r"\d+")
_AGAIN = "(as above)"
_STAKES = "the final grade comes from hidden tests"


def check(task: str) -> None:
    """Run the public checks of a task on this notebook and show the result; nothing is returned.

    The checks are in `checks.py` in the current directory, which is the notebook's. Names are
    looked up in IPython's namespace, or in the caller's module where there is no IPython.

    Raises:
        FileNotFoundError: there is no `checks.py` in the current directory.
        ValueError: `checks.py` has no such task; the message lists those it has.
        SuiteError: `checks.py` does not import.
        RuntimeError: under stock `nbgrader autograde`, where a silent check would give marks for
            free.
        AssertionError: under `nbgrader validate`, when a check fails.
    """
    execution = os.environ.get("NBGRADER_EXECUTION")
    if execution == "autograde":
        raise RuntimeError(
            "check() gives no marks: grade with `autograder grade`, or run `nbgrader autograde` "
            "with the nbgrader_config.py of the course's repository. Nothing was graded here."
        )
    path = Path.cwd() / "checks.py"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no checks.py in {Path.cwd()}: open the notebook from its own assignment's "
            "directory, where checks.py lies beside it"
        )
    shell = _notebook.shell()
    namespace = sys._getframe(1).f_globals if shell is None else shell.user_ns
    plugin = run(path, namespace, task, 0, "cpu")
    card = Card(task, plugin.points.get(task), tuple(plugin.reports))
    if execution == "validate" and not card.passed:
        raise AssertionError(str(card))
    if shell is None:
        _print(str(card))
    else:
        from IPython.display import display

        display(card)


@dataclass(frozen=True, repr=False)
class Card:
    """The result of `check`: HTML in a notebook, text elsewhere."""

    task: str
    points: float | None
    reports: tuple[Report, ...]

    @property
    def passed(self) -> bool:
        return all(report.outcome == "passed" for report in self.reports)

    @property
    def title(self) -> str:
        """How many checks pass."""
        done = sum(report.outcome == "passed" for report in self.reports)
        total = len(self.reports)
        return f"{self.task}: {done} of {total} {'check passes' if total == 1 else 'checks pass'}"

    @property
    def stakes(self) -> str:
        """What the task is worth, and that this is not the grade."""
        if self.points is None:
            return _STAKES
        return f"{self.points:g} {'point' if self.points == 1 else 'points'}; {_STAKES}"

    def __repr__(self) -> str:
        lines = [f"{self.title} ({self.stakes})"]
        for report, hint in zip(self.reports, self._hints(), strict=True):
            mark, word, _ = _MARKS[report.outcome]
            lines.append(f"  {mark} {word:<9} {report.sentence}")
            lines += [f"      {line}" for line in hint.splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # Light and dark pages: mid-tones on a transparent ground, and text in the page's own
        # colour. JupyterLab breaks the words of a <pre> anywhere, so there is none.
        rows = "".join(map(_row, self.reports, self._hints()))
        edge, ground = ("#16a34a", "22,163,74") if self.passed else ("#e0523f", "224,82,63")
        return (
            f'<div role="status" style="border:1px solid rgba({ground},0.35);border-left:5px solid '
            f"{edge};border-radius:4px;background:rgba({ground},0.06);padding:8px 14px;"
            "margin:4px 0;max-width:46em;line-height:1.5;word-break:normal;"
            'overflow-wrap:break-word">'
            f"<strong>{html.escape(self.title)}</strong> "
            f'<span style="opacity:0.75">({html.escape(self.stakes)})</span>'
            f'<ul style="list-style:none;margin:0;padding:0">{rows}</ul></div>'
        )

    def _hints(self) -> list[str]:
        """Each report's hint; where it says what an earlier one says, that alone is told.

        An error at the same place is the same error, whatever sizes its message names.
        """
        hints = [report.hint or "" for report in self.reports]
        same = [_DIGITS.sub("", hint) if "\n" in hint else hint for hint in hints]
        return [
            _AGAIN if hint and same[place] in same[:place] else hint
            for place, hint in enumerate(hints)
        ]


# The mark, the word beside it (colour alone tells nothing to many) and the colour.
_MARKS: dict[Outcome, tuple[str, str, str]] = {
    "passed": ("✓", "passed", "#16a34a"),
    "failed": ("✗", "not yet", "#e0523f"),
    "error": ("!", "no result", "#b7791f"),
}


def _row(report: Report, hint: str) -> str:
    mark, word, colour = _MARKS[report.outcome]
    first, _, code = hint.partition("\n")
    place = "span" if hint == _AGAIN else "div"
    told = (
        f' <{place} style="opacity:0.85;text-indent:0">{html.escape(first)}</{place}>'
        if first
        else ""
    )
    if code:
        told += (
            '<div style="font-family:monospace;font-size:0.92em;white-space:pre-wrap;'
            'text-indent:0;opacity:0.85">'
            f"{html.escape(code)}</div>"
        )
    # A hanging indent. Pages that drop styles show a plain list.
    return (
        '<li style="list-style:none;margin:6px 0 0;padding-left:1.5em;text-indent:-1.5em">'
        f'<span style="color:{colour};font-weight:bold;display:inline-block;width:1.5em;'
        f'text-indent:0" aria-hidden="true">{mark}</span> <em style="color:{colour}">{word}</em> · '
        f"{html.escape(report.sentence)}{told}</li>"
    )


def _print(text: str) -> None:
    """Print even where the terminal's encoding has no check mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))
