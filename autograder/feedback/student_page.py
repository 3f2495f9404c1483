"""The page of `autograder feedback`: what one student reads,
made of what is on record, and of nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import msgspec
from markupsafe import Markup, escape

from autograder import pages
from autograder.core.course import Assignment, Task
from autograder.core.faults import SYMBOLS, WORDS
from autograder.core.outcome import Outcome, Result, TaskResult, TestResult, counted
from autograder.core.sanitize import visible
from autograder.feedback import reasons
from autograder.gradebook.marks import Booked, Mark, Person
from autograder.pages import render_bytes
from autograder.pages.notebook_html import cells_html, joined, markdown_html

SHOWN = 3
"""So many reasons of a task stand open; more are folded."""
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_POINTS = re.compile(r"\s*\(\d+(?:\.\d+)? points?\)$")


class _Output(TypedDict, total=False):
    output_type: str
    text: str | list[str]
    ename: str
    evalue: str
    traceback: list[str]
    data: dict[str, msgspec.Raw]  # figures are large, and many are the same in a class


class Cell(TypedDict):
    """What is read of a cell of a graded notebook."""

    cell_type: str
    metadata: dict[str, Any]
    source: str | list[str]
    id: NotRequired[str]
    outputs: NotRequired[list[_Output]]


@dataclass(frozen=True)
class Source:
    """All that a page is made of.

    A notebook is there for graded submissions, `booked` where the gradebook has one.
    """

    assignment: Assignment
    result: Result
    notebook_sha256: str
    cells: list[Cell]
    person: Person
    booked: Booked | None
    total: float
    """Points of all tasks, the manual ones too."""
    first: dict[str, str] = field(default_factory=dict)
    """The first sentence about each task that failed tests (see `autograder.feedback.reasons`)."""

    @property
    def digest(self) -> str:
        """Of what the page shows, and of what it is made by.

        The seed of the hidden inputs has no part in it.
        """
        shown = [
            (t.id, t.score, [(x.name, x.outcome, x.sentence, x.hint, x.remark) for x in t.tests])
            for t in self.result.tasks
        ]
        result = (self.result.status, self.result.reason, self.result.notes, shown)
        parts = (result, self.person, self.booked, self.total, self.first)
        digest = hashlib.sha256(
            _code() + self.assignment.suite_sha256.encode() + self.notebook_sha256.encode()
        )
        digest.update(msgspec.json.encode(parts))
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class Section:
    """The cells of one task, or those before the first and after the last one."""

    title: str
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True)
class Idea:
    """Tests of a task that share a sentence: one idea, on several inputs.

    `failed` of them did for one reason.
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
    """What failed, the first to look at first."""
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
        """Of the points, in percent, for the bar."""
        return 100 * min(1.0, max(0.0, self.score / self.points)) if self.points else 100.0


def page(source: Source) -> bytes:
    """The page as HTML."""
    sections = _sections(source)
    cards = [
        _card(task, source, sections.get(task.id, Section(""))) for task in source.assignment.tasks
    ]
    if source.result.status != "graded":
        cards = []
    others = [
        section for name, section in sections.items() if name in ("<", ">") and _has_code(section)
    ]
    return render_bytes(
        "feedback.html",
        digest=source.digest,
        name=_name(source.person),
        student=visible(source.person.id),
        assignment=source.assignment.name,
        title=source.assignment.title,
        result=source.result,
        reason=_reason(source.result),
        notes=[visible(note) for note in source.result.notes],
        cards=cards,
        lost=[card for card in cards if card.lost],
        score=_score(source),
        total=source.total,
        waiting=sum(card.waits for card in cards),
        parts=_parts(cards, source.booked),
        others=others,
        symbols={outcome: (symbol, WORDS[outcome]) for outcome, symbol in SYMBOLS.items()},
        shown=SHOWN,
        cells_html=cells_html,
        markdown_html=markdown_html,
    )


# --- helpers ---


@cache
def _code() -> bytes:
    """A digest of what makes pages."""
    rooms = [Path(__file__).parent, Path(pages.__file__).parent]
    made_by = [path for room in rooms for path in sorted(room.iterdir()) if path.is_file()]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in made_by)).digest()


def _score(source: Source) -> float | None:
    """As the gradebook counts; without one, what the tests gave."""
    if source.booked is None:
        return source.result.score
    by_person = any(mark.manual is not None for mark in source.booked.marks.values())
    return source.booked.score if source.result.status == "graded" or by_person else None


def _parts(cards: list[Card], booked: Booked | None) -> list[tuple[str, float, float | None]]:
    """What the score is made of: a name, points, and out of how many."""
    automatic, manual = [c for c in cards if not c.manual], [c for c in cards if c.manual]
    parts: list[tuple[str, float, float | None]] = [
        ("Tests", sum(c.score for c in automatic), sum(c.points for c in automatic))
    ]
    if read := [c for c in manual if not c.waits]:
        parts.append(("Read by a person", sum(c.score for c in read), sum(c.points for c in read)))
    if extra := sum(c.extra for c in cards):
        parts.append(("Extra credit", extra, None))
    if booked is not None and booked.penalty:
        parts.append(("Handed in late", -booked.penalty, None))
    return parts


def _card(task: Task, source: Source, section: Section) -> Card:
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
    """A sentence of ours, in which names stand between backticks."""
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(visible(text)))))


def _sections(source: Source) -> dict[str, Section]:
    """The student's cells and our locked ones by task; under <
    those before the first task, under > the last ones.
    """
    made = {"<": Section("Before the first task")}
    last = source.assignment.tasks[-1].id
    place, title = "<", ""
    for cell in source.cells:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution"):
            place = mark["grade_id"]
            made[place] = Section(title, [cell])
        elif mark.get("grade"):
            continue  # a test cell says nothing that the card does not
        elif cell["cell_type"] == "markdown" and not cell.get("id", "").startswith("extra-"):
            heading = _heading(joined(cell["source"]))
            title = heading or title
            if heading and place == last:
                place = ">"
                made[place] = Section("After the last task")
        else:
            made[place].cells.append(cell)
    return made


def _has_code(section: Section) -> bool:
    return any(cell["cell_type"] == "code" for cell in section.cells)


def _heading(markdown: str) -> str:
    """The last heading in a cell, as plain text, without its points."""
    found = _HEADING.findall(markdown)
    return _POINTS.sub("", re.sub(r"[*`$]", "", found[-1][1])) if found else ""


def _name(person: Person) -> str:
    return visible(f"{person.first_name} {person.last_name}".strip() or person.id)


def _reason(result: Result) -> str:
    """Of a submission that was rejected.

    What went wrong on our side is not for students: it can name hidden tests.
    """
    reason = visible(result.reason or "") if result.status == "rejected" else ""
    return reason[:1].upper() + reason[1:]
