"""Write marks for Moodle, as a CSV file whose columns the user maps while importing.

Documented in MoodleDocs, "Grade import": one column identifies the student (username, ID number or
email address), and each grade item has one for its scores and one for its feedback.
"""

from __future__ import annotations

from collections.abc import Callable

from autograder.core.text import listed
from autograder.gradebook.marks import ClassMarks, Person
from autograder.lms.sheet import Sheet, defused, number, scored, table

_COLUMNS: dict[str, Callable[[Person], str]] = {
    "ID number": lambda person: person.lms_user_id,
    "Email address": lambda person: person.email,
}


def as_moodle(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """A row for each student; `-`, Moodle's sign for no grade, stands where nothing was handed in.

    A column that identifies students is there only if everybody has a value in it: where it is
    empty, Moodle keeps the student of the row above, who would get the marks of this row. An
    empty cell in a new grade item becomes 0.
    """
    students = list(scored(classes, complete_only))
    people = [person for person, _ in students]
    identifying: dict[str, Callable[[Person], str]] = {"Username": lambda person: person.id}
    remarks = []
    for column, value in _COLUMNS.items():
        without = [person.id for person in people if not value(person).strip()]
        if not without:
            identifying[column] = value
        elif len(without) < len(people):
            remarks.append(
                f"the column {column!r} was left out: the gradebook has no value for "
                f"{listed(without)}, and Moodle would give their marks to the student in the row "
                "above"
            )
    feedback = [
        class_ for class_ in classes if any(booked.comments for booked in class_.booked.values())
    ]
    header = ["First name", "Last name", *identifying]
    for class_ in classes:
        header += (
            [class_.assignment, f"{class_.assignment} (feedback)"]
            if class_ in feedback
            else [class_.assignment]
        )
    rows = [header]
    for person, scores in students:
        row = [defused(person.first_name), defused(person.last_name)]
        row += [defused(value(person).strip()) for value in identifying.values()]
        for class_, score in zip(classes, scores, strict=True):
            row.append("-" if score is None else number(score))
            if class_ in feedback:
                row.append(defused(_feedback(class_, person) if score is not None else ""))
        rows.append(row)
    return Sheet(table(rows), len(rows) - 1, tuple(remarks))


def _feedback(class_: ClassMarks, person: Person) -> str:
    booked = class_.booked.get(person.id)
    return "\n".join(f"{task}: {text}" for task, text in booked.comments.items()) if booked else ""
