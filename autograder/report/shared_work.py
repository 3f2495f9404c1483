"""Find work that several students have in common: files, all answers, code, written answers.

A copy of a whole file or of all answers is found whatever their length; a single piece has to be
long enough not to be alike by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from autograder.core.assignment import Assignment
from autograder.core.outcome import Result
from autograder.report.answers import Answers, Work, model, plain, released
from autograder.report.shared_code import Kind, Piece, Shared, common, digest, shared

_FENCE = re.compile(r"^### (?:BEGIN|END) SOLUTION$", re.MULTILINE)
LEAST_WORDS = 8
"""Shorter sentences can be alike by chance."""
LEAST_ANSWERED = 0.5
"""Of fewer tasks than this share, equal answers can be alike by chance."""


def in_common(
    assignment: Assignment, results: Iterable[Result], class_: Mapping[str, Work]
) -> list[Shared]:
    """Groups of students with work in common, the strongest kind first: for the same students, a
    weaker kind is left out.

    Args:
        results: where the digests of the submitted files stand.
        class_: the answers of those that were graded.
    """
    stubs, known = released(assignment), model(assignment)
    answered = {student: work.differing(stubs) for student, work in class_.items()}
    code = {student: work.code for student, work in class_.items()}
    found = [
        *_same_files(results, answered),
        *_same_answers(answered, known, len(assignment.tasks)),
        *shared(code, [stubs.code, known.code]),
        *_same_texts(class_, [stubs.written, known.written]),
    ]
    return list({group.students: group for group in reversed(found)}.values())[::-1]


def _same_files(results: Iterable[Result], answered: Mapping[str, Answers]) -> Iterator[Shared]:
    """Byte for byte the same file, if something is answered in it."""
    files = {r.student: r.provenance.submission_sha256 for r in results if answered.get(r.student)}
    yield from _groups("file", files, answered)


def _same_answers(answered: Mapping[str, Answers], known: Work, tasks: int) -> Iterator[Shared]:
    """The same answers to the letter, comments and all, in another file."""
    solution = known.code | known.written
    texts = {
        student: digest(repr(sorted((task, text.split()) for task, text in given.items())))
        for student, given in answered.items()
        if len(given) >= LEAST_ANSWERED * tasks
        and any(plain(text) != plain(solution.get(task, "")) for task, text in given.items())
    }
    yield from _groups("answers", texts, answered)


def _groups(
    kind: Kind, by_student: Mapping[str, str], answered: Mapping[str, Answers]
) -> Iterator[Shared]:
    holders: dict[str, list[str]] = {}
    for student, text in by_student.items():
        holders.setdefault(digest(text), []).append(student)
    for students in holders.values():
        if len(students) > 1:
            given = answered[students[0]]
            text = "\n\n".join(given.values())
            piece = Piece(", ".join(given), kind, text, "", text.count("\n") + 1, len(text))
            yield Shared(tuple(students), tuple(given), piece, False, kind)


def _same_texts(class_: Mapping[str, Work], known: Iterable[Answers]) -> list[Shared]:
    """The same written answer, or the same paragraph of one."""
    usual = {piece.renamed for given in known for piece in _paragraphs(given)}
    return common(
        {
            student: [
                piece
                for piece in _paragraphs(work.written)
                if piece.renamed not in usual and piece.size >= LEAST_WORDS
            ]
            for student, work in class_.items()
        },
        "text",
    )


def _paragraphs(given: Answers) -> Iterator[Piece]:
    for task, fenced in given.items():
        text = _FENCE.sub("", fenced)
        for part in dict.fromkeys([text.strip(), *re.split(r"\n\s*\n", text.strip())]):
            words = re.findall(r"\w+", part.casefold())
            lines = part.count("\n") + 1
            yield Piece(task, "a written answer", part, digest(" ".join(words)), lines, len(words))
