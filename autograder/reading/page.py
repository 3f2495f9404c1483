"""`autograder read`: write the page on which one person reads and scores written answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from autograder.core.assignment import Assignment, Task
from autograder.core.course import Course
from autograder.core.course_lock import alone
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.outcome import TaskResult
from autograder.gradebook import marks
from autograder.gradebook.marks import ClassMarks
from autograder.grading.shard import Shard
from autograder.pages import render_bytes
from autograder.pages.code_html import code_html
from autograder.pages.markdown_html import markdown_html
from autograder.reading import pseudonyms, rubric
from autograder.reading.rubric import Rubric
from autograder.reading.written import (
    REJECTED,
    NothingToReadError,
    WrittenAnswers,
    digest,
    question,
)
from autograder.report import answers


@dataclass(frozen=True)
class Answer:
    """One answer as the page shows it; `score` and `comment` are those in the gradebook."""

    task: str
    code: str
    text: str
    is_code: bool
    tests: list[TaskResult]
    score: float | None
    comment: str

    @property
    def shown(self) -> Markup:
        """The answer as HTML."""
        return code_html(self.text) if self.is_code else markdown_html(self.text, heading=4)


@dataclass(frozen=True)
class Question:
    """A written task: what is asked, what is a good answer, and everybody's answers."""

    task: Task
    title: str
    text: Markup
    model: Markup
    rubric: Rubric
    answers: list[Answer]


@dataclass
class Written:
    """The page that was written, and how many answers of whom it has."""

    path: Path
    answers: Counter[str] = field(default_factory=Counter)
    """By task."""
    scored: int = 0
    """Answers with a score in the gradebook."""
    untouched: int = 0
    """Answers left as released, which have 0 points and are not on the page."""
    without: list[tuple[str, str]] = field(default_factory=list)
    """Students to grade first, with the reason."""
    rejected: list[str] = field(default_factory=list)


def write_page(
    course: Course,
    assignment: Assignment,
    share: Shard,
    only: str | None = None,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Written:
    """Write the page of a share of the class.

    Args:
        only: a task; by default the page has all written tasks.
        begin: called with the number of students.
        advance: called after each.

    Raises:
        UsageError: no written task, no submissions, a rubric that can't be read, a gradebook that
            can't be used, or another command at work in the course directory.
    """
    rubrics = rubric.read(course, assignment)
    tasks = [task for task in assignment.tasks if task.manual and only in (None, task.id)]
    if not tasks:
        known = ", ".join(rubrics) or "none"
        wanted = f" {only}" if only else ""
        raise UsageError(f"{assignment.name} has no written task{wanted}; it has {known}")
    part = f"{assignment.name}{'-' + only if only else ''}-{share.number}-of-{share.count}"
    with alone(course, "autograder read"):
        made = Written(course.root / "reading" / f"{part}.html")
        found = _collect(course, assignment, share, made, begin, advance)
        questions = [
            _question(assignment, task, rubrics[task.id], found.get(task.id, [])) for task in tasks
        ]
        for each in questions:
            made.answers[each.task.id] = len(each.answers)
            made.scored += sum(answer.score is not None for answer in each.answers)
        page = render_bytes(
            "reading.html",
            script="reading.js",
            name=assignment.name,
            title=assignment.title,
            share=str(share),
            questions=questions,
            data=_data(assignment, f"scores-{part}.json", questions),
        )
        write(made.path, page)
    return made


# --- helpers ---


def _collect(
    course: Course,
    assignment: Assignment,
    share: Shard,
    made: Written,
    begin: Callable[[int], None],
    advance: Callable[[], None],
) -> dict[str, list[Answer]]:
    """The answers of a share by task, in the order of the codes; notes who has none to read."""
    students = course.students(assignment.name)
    pseudonyms.make_key(course)
    codes = pseudonyms.codes(course, assignment, students)
    # The answers of a group are read once, under the code of one of its members.
    mine = [
        (code, student)
        for code, student in sorted(codes.items())
        if share.has(student) and student == course.groups.first(student, assignment.name, students)
    ]
    booked = marks.read(course, assignment.name)
    written = WrittenAnswers(course, assignment, booked)
    found: dict[str, list[Answer]] = {}
    begin(len(mine))
    for code, student in mine:
        try:
            for answer in _of(student, code, assignment, written, booked):
                if answer is None:
                    made.untouched += 1
                else:
                    found.setdefault(answer.task, []).append(answer)
        except NothingToReadError as error:
            if str(error) == REJECTED:
                made.rejected.append(student)
            else:
                made.without.append((student, str(error)))
        advance()
    return found


def _of(
    student: str, code: str, assignment: Assignment, written: WrittenAnswers, class_: ClassMarks
) -> list[Answer | None]:
    """A student's answers; None for one left as it was released."""
    work, result = written.of(student)
    booked = class_.booked[student]
    made: list[Answer | None] = []
    for task in assignment.tasks:
        mark = booked.marks.get(task.id)
        if not task.manual or mark is None:
            continue
        if mark.auto is not None and mark.manual is None:
            made.append(None)
            continue
        text = (work.code | work.written).get(task.id, "")
        comment = booked.comments.get(task.id, "")
        is_code = task.id in work.code
        given = None if mark.needs_person else mark.manual  # one for another answer is none
        made.append(Answer(task.id, code, text, is_code, result.tasks, given, comment))
    return made


def _question(assignment: Assignment, task: Task, items: Rubric, given: list[Answer]) -> Question:
    title, text = question(assignment, task.id)
    model = answers.model_text(assignment).get(task.id, "")
    html = partial(markdown_html, heading=3)
    return Question(task, title, html(text), html(model), items, given)


def _data(assignment: Assignment, file: str, questions: list[Question]) -> dict[str, Any]:
    """What the page's script needs to know."""
    tasks = {
        each.task.id: {
            "points": each.task.points,
            "start": each.rubric.start,
            "items": [{"points": i.points, "line": i.line} for i in each.rubric.items],
        }
        for each in questions
    }
    given = []
    for each in questions:
        for answer in each.answers:
            ticked, rest = each.rubric.split(answer.comment)
            score = "" if answer.score is None else f"{answer.score:g}"
            start = {"ticked": ticked, "score": score, "comment": rest}
            of = {"task": answer.task, "code": answer.code, "answer": digest(answer.text)}
            given.append(of | {"booked": answer.score, "start": start})
    return {"assignment": assignment.name, "file": file, "tasks": tasks, "answers": given}
