"""`check("z1")` in a notebook: run the public checks of one task, and show a card."""

from __future__ import annotations

import html
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course_lib._local_submission import Outcome
from course_lib.suites import Report, run

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
    shell = _ipython()
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
        """How many checks pass, and what is at stake."""
        done = sum(report.outcome == "passed" for report in self.reports)
        total = len(self.reports)
        stakes = _STAKES
        if self.points is not None:
            stakes = f"{self.points:g} {'point' if self.points == 1 else 'points'}; {_STAKES}"
        return (
            f"{self.task}: {done} of {total} {'check passes' if total == 1 else 'checks pass'} "
            f"({stakes})"
        )

    def __repr__(self) -> str:
        lines = [self.title]
        for report in self.reports:
            mark, word, _ = _MARKS[report.outcome]
            lines.append(f"  {mark} {word:<9} {report.sentence}")
            lines += [f"      {line}" for line in (report.hint or "").splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # Light and dark pages: mid-tones on a transparent ground, and text in the page's own
        # colour.
        rows = "".join(_row(report) for report in self.reports)
        edge = _MARKS["passed" if self.passed else "failed"][2]
        return (
            f'<div role="status" style="border:1px solid #8888;border-left:5px solid {edge};'
            'border-radius:4px;padding:8px 12px;margin:4px 0;max-width:46em;line-height:1.45">'
            f"<strong>{html.escape(self.title)}</strong>"
            f'<ul style="list-style:none;margin:6px 0 0;padding:0">{rows}</ul></div>'
        )


# The mark, the word beside it (colour alone tells nothing to many) and the colour.
_MARKS: dict[Outcome, tuple[str, str, str]] = {
    "passed": ("✓", "passed", "#16a34a"),
    "failed": ("✗", "not yet", "#e0523f"),
    "error": ("!", "no result", "#b7791f"),
}


def _row(report: Report) -> str:
    mark, word, colour = _MARKS[report.outcome]
    hint = ""
    if report.hint:
        hint = (
            '<pre style="margin:2px 0 4px '
            "1.6em;padding:0;background:none;color:inherit;opacity:0.85;"
            f'white-space:pre-wrap;overflow-wrap:anywhere">{html.escape(report.hint)}</pre>'
        )
    return (
        f'<li style="margin:2px 0"><span style="color:{colour};font-weight:bold" '
        f'aria-hidden="true">{mark}'
        f"</span> <em>{word}</em> · {html.escape(report.sentence)}{hint}</li>"
    )


def _ipython() -> Any:
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def _print(text: str) -> None:
    """Print even where the terminal's encoding has no check mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))
