"""Make the page that one student reads: scores, hints, and their own code."""

from __future__ import annotations

from functools import partial

from autograder.core.faults import SYMBOLS, WORDS
from autograder.core.outcome import Result
from autograder.core.sanitize import visible
from autograder.feedback.cards import Card, card, say_once
from autograder.feedback.sections import Section, has_code, sections
from autograder.feedback.source import Source
from autograder.gradebook.marks import Booked, Person
from autograder.pages import render_bytes
from autograder.pages.markdown_html import markdown_html
from autograder.pages.notebook_html import Room, cells_html

SHOWN = 3
"""So many reasons of a task stand open; more are folded."""


def page(source: Source, shared: str | None = None) -> bytes:
    """The page as HTML; `shared` says where the files lie that pages share, if they do."""
    by_task = sections(source.cells, source.assignment.tasks[-1].id)
    cards = [
        card(task, source, by_task.get(task.id, Section(""))) for task in source.assignment.tasks
    ]
    if source.result.status != "graded":
        cards = []
    cards, said = say_once(cards)
    others = [
        section for name, section in by_task.items() if name in ("<", ">") and has_code(section)
    ]
    return render_bytes(
        "feedback.html",
        shared=shared,
        digest=made_from(source, shared),
        name=_name(source.person),
        student=visible(source.person.id),
        assignment=source.assignment.name,
        title=source.assignment.title,
        result=source.result,
        reason=_reason(source.result),
        notes=[*said, *map(visible, (*source.counted, *source.result.notes))],
        handed_in=source.handed_in or (source.booked.timestamp if source.booked else None),
        stands=source.stands,
        ruled=source.ruled,
        graded_at=source.graded_at,
        cards=cards,
        lost=[card for card in cards if card.lost],
        score=_score(source),
        total=source.total,
        waiting=sum(card.waits for card in cards) if source.stands else 0,
        parts=_parts(cards, source.booked),
        others=others,
        symbols={outcome: (symbol, WORDS[outcome]) for outcome, symbol in SYMBOLS.items()},
        shown=SHOWN,
        cells_html=partial(cells_html, room=Room()),
        markdown_html=markdown_html,
    )


def made_from(source: Source, shared: str | None = None) -> str:
    """What tells whether a page on disk is this one."""
    return source.digest if shared is None else f"{source.digest} {shared}"


# --- helpers ---


def _score(source: Source) -> float | None:
    """The score in the gradebook; without a gradebook, that of the tests."""
    if source.booked is None:
        return source.result.score
    by_person = any(mark.manual is not None for mark in source.booked.marks.values())
    return source.booked.score if source.result.status == "graded" or by_person else None


def _parts(cards: list[Card], booked: Booked | None) -> list[tuple[str, float, float | None]]:
    """The parts of the score: a name, the points, and the largest number of points."""
    automatic, manual = [c for c in cards if not c.manual], [c for c in cards if c.manual]
    parts: list[tuple[str, float, float | None]] = [
        ("Tests", sum(c.score for c in automatic), sum(c.points for c in automatic))
    ]
    if read := [c for c in manual if not c.waits]:
        parts.append(("Graded by hand", sum(c.score for c in read), sum(c.points for c in read)))
    if extra := sum(c.extra for c in cards):
        parts.append(("Extra credit", extra, None))
    if booked is not None and booked.penalty:
        parts.append(("Handed in late", -booked.penalty, None))
    return parts


def _name(person: Person) -> str:
    return visible(person.name or person.id)


def _reason(result: Result) -> str:
    """Why a submission was rejected; empty for others.

    The reason of an ungradable submission is not for students: it can name hidden tests.
    """
    reason = visible(result.reason or "") if result.status == "rejected" else ""
    return reason[:1].upper() + reason[1:]
