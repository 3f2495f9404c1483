"""`check("z1")` in a notebook: run the public checks of one task, and show a card."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from course_lib import _fresh_records, _notebook
from course_lib._card_html import MARKS, STAKES, as_list, box, row
from course_lib._local_submission import Outcome
from course_lib.suites import Report, SuiteError, run

CHECKS = "MLP_COURSE_CHECKS"
"""The environment variable with the path of checks.py, set by a notebook that brings its own."""
_DIGITS = re.compile(r"\d+")
_AGAIN = "(as above)"


def check(task: str) -> None:
    """Run the public checks of a task on this notebook and show the result; nothing is returned.

    The checks are in `checks.py` in the current directory, which is the notebook's, unless the
    notebook is a single file, whose first cell brings them. Names are looked up in IPython's
    namespace, or in the caller's module where there is no IPython.

    Raises:
        FileNotFoundError: there is no `checks.py`.
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
    shell = _notebook.shell()
    namespace = sys._getframe(1).f_globals if shell is None else shell.user_ns
    with _notebook.in_a_sentence(FileNotFoundError, ValueError, SuiteError):
        plugin = run(checks_file(), namespace, task, 0, "cpu")
    due = plugin.due if task == next(iter(plugin.points), None) else ""
    card = Card(task, plugin.points.get(task), tuple(plugin.reports), due)
    if _fresh_records.wanted():
        _fresh_records.note(task=task, points=card.points, reports=[*map(asdict, card.reports)])
        return
    if execution == "validate" and not card.passed:
        raise AssertionError(str(card))
    if shell is None:
        show_text(str(card))
    else:
        from IPython.display import display

        display(card)


def checks_file() -> Path:
    """The checks of the notebook that runs: those that it brought with it, or those beside it.

    Raises:
        FileNotFoundError: it has none.
    """
    brought = os.environ.get(CHECKS)
    path = Path(brought) if brought else Path.cwd() / "checks.py"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no checks.py in {path.parent}: "
            + (
                "run the notebook's first cell again, which unpacks it"
                if brought
                else "open the notebook in its own assignment's directory, the one that has "
                "checks.py"
            )
        )
    return path


@dataclass(frozen=True, repr=False)
class Card:
    """The result of `check`: HTML in a notebook, text elsewhere."""

    task: str
    points: float | None
    reports: tuple[Report, ...]
    due: str = ""
    """When the assignment is due, on the card of the first task."""

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
        """What the task is worth, when it is due, and that this is not the grade."""
        points, due = self.points, f"due {self.due}" if self.due else ""
        worth = "" if points is None else f"{points:g} {'point' if points == 1 else 'points'}"
        return "; ".join(filter(None, [worth, due, STAKES]))

    def __repr__(self) -> str:
        lines = [f"{self.title} ({self.stakes})"]
        for outcome, sentence, hint in self._rows():
            mark, word, _ = MARKS[outcome]
            lines.append(f"  {mark} {word:<9} {sentence}")
            lines += [f"      {line}" for line in hint.splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        body = "".join(
            row(outcome, sentence, hint, beside=hint == _AGAIN)
            for outcome, sentence, hint in self._rows()
        )
        return box(self.title, self.stakes, as_list(body), passed=self.passed)

    def _rows(self) -> list[tuple[Outcome, str, str]]:
        """Outcome, sentence and hint of each line: checks that pass and say the same share one."""
        times = Counter(report.sentence for report in self.reports if report.outcome == "passed")
        rows: list[tuple[Outcome, str, str]] = []
        for report, hint in zip(self.reports, self._hints(), strict=True):
            if report.outcome != "passed":
                rows.append((report.outcome, report.sentence, hint))
            elif many := times.pop(report.sentence, 0):
                said = f"{report.sentence} ({many} times)" if many > 1 else report.sentence
                rows.append(("passed", said, hint))
        return rows

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


def show_text(text: str) -> None:
    """Print even where the terminal's encoding has no check mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding))
