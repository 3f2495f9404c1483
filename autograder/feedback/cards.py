"""Make a student page's card for a task: score, failed tests with reasons, passed tests, code."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from autograder.core.assignment import Task
from autograder.core.outcome import Outcome, TaskResult, TestResult, counted
from autograder.core.sanitize import visible
from autograder.feedback import reasons
from autograder.feedback.sections import Section
from autograder.feedback.source import Source
from autograder.gradebook.marks import Mark
from autograder.pipeline.graded_notebook import Cell


@dataclass(frozen=True)
class Idea:
    """Tests of a task that share a sentence: one idea, on several inputs.

    `failed` of them failed for one reason.
    """

    sentence: Markup
    failed: int
    count: int


@dataclass(frozen=True)
class Line:
    """Tests that failed for one and the same reason."""

    outcome: Outcome
    hint: Markup
    guesses: list[Markup]
    ideas: list[Idea]
    count: int


@dataclass(frozen=True)
class Card:
    """A task as the page shows it."""

    id: str
    title: str
    points: float
    score: float
    waits: bool
    by_person: bool
    extra: float
    manual: bool
    first: Markup
    lines: list[Line]
    """Failed tests by reason, the first to look at first."""
    passed: list[Idea]
    counted: list[tuple[Markup, int]]
    """Why tests count although an earlier task is wrong, and how many."""
    comment: str
    cells: list[Cell]

    @property
    def lost(self) -> bool:
        """Whether there is something to look at."""
        return self.score < self.points and not (self.manual and self.waits)

    @property
    def share(self) -> float:
        """The percentage of the points that was earned, for the bar."""
        return 100 * min(1.0, max(0.0, self.score / self.points)) if self.points else 100.0


def card(task: Task, source: Source, section: Section) -> Card:
    tested = next((t for t in source.result.tasks if t.id == task.id), None)
    mark = source.booked.marks.get(task.id) if source.booked is not None else None
    if mark is None:
        mark = Mark(task.points, tested.score if tested else None, None, 0.0, task.manual)
    given = mark.auto if mark.manual is None else mark.manual
    return Card(
        id=task.id,
        title=section.title or task.id,
        points=task.points,
        score=given or 0.0,
        waits=mark.needs_person,
        by_person=mark.manual is not None and not task.manual,
        extra=mark.extra,
        manual=task.manual,
        first=_coded(source.first.get(task.id, "")),
        lines=_lines(tested) if tested else [],
        passed=_passed(tested.tests) if tested else [],
        counted=[(_coded(remark), count) for remark, count in counted(tested.tests)]
        if tested
        else [],
        comment=source.booked.comments.get(task.id, "") if source.booked is not None else "",
        cells=section.cells,
    )


def say_once(cards: Sequence[Card]) -> tuple[list[Card], list[Markup]]:
    """The cards, and sentences for what kept the tests of several tasks from being run at all.

    Such a sentence stands once on the page, and not on each of these cards.
    """
    tasks: dict[Markup, list[str]] = {}
    for card in cards:
        if len(card.lines) == 1 and card.lines[0].hint.startswith("not run: ") and not card.passed:
            tasks.setdefault(card.lines[0].hint, []).append(card.id)
    tasks = {hint: ids for hint, ids in tasks.items() if len(ids) > 1}
    once = {name for ids in tasks.values() for name in ids}
    sentence = Markup("the tests of {} tasks were {}")
    said = [sentence.format(len(ids), hint) for hint, ids in tasks.items()]
    first = Markup("Not run: see “About your notebook”.")
    return [replace(c, first=first, lines=[]) if c.id in once else c for c in cards], said


def _lines(task: TaskResult) -> list[Line]:
    sizes = Counter(_idea(test) for test in task.tests)
    lines = []
    for reason in reasons.reasons(task):
        failed = Counter(_idea(test) for test in reason.tests)
        ideas = [
            Idea(_coded(sentence), count, sizes[sentence]) for sentence, count in failed.items()
        ]
        one = reason.guesses if len(reason.guesses) == 1 else ()
        hint = ": ".join([reason.symptom, *one]) if any(test.hint for test in reason.tests) else ""
        guesses = [] if one else [_coded(guess) for guess in reason.guesses]
        lines.append(Line(reason.outcome, _coded(hint), guesses, ideas, len(reason.tests)))
    return lines


def _passed(tests: list[TestResult]) -> list[Idea]:
    sizes = Counter(_idea(test) for test in tests if test.outcome == "passed")
    return [Idea(_coded(sentence), 0, count) for sentence, count in sizes.items()]


def _idea(test: TestResult) -> str:
    return test.sentence or test.name


def _coded(text: str) -> Markup:
    """A sentence of the engine, with names between backticks shown as code."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(visible(text)))))
