"""Write marks for Canvas, as a CSV file that its gradebook imports.

Documented in Canvas' Instructor Guide, "How do I import grades in the Gradebook?" and "How do I
export grades in the Gradebook?": Student, ID, SIS User ID, SIS Login ID, Section, a column for each
assignment; "Points Possible" in the second row.
"""

from __future__ import annotations

from autograder.core.text import listed, many
from autograder.gradebook.marks import ClassMarks, Person
from autograder.lms.sheet import Sheet, defused, number, scored, table


def as_canvas(classes: list[ClassMarks], complete_only: bool) -> Sheet:
    """A row for each student; the cell is empty where nothing was handed in.

    Canvas looks for a student by ID, then by SIS User ID, SIS Login ID and name.
    """
    header = [
        "Student",
        "ID",
        "SIS User ID",
        "SIS Login ID",
        "Section",
        *(c.assignment for c in classes),
    ]
    possible = ["Points Possible", "", "", "", "", *(number(c.points) for c in classes)]
    rows, strangers = [header, possible], []
    for person, scores in scored(classes, complete_only):
        lms = person.lms_user_id.strip()
        is_canvas_id = lms.isascii() and lms.isdigit()
        who = ["", defused(lms)] if not is_canvas_id else [lms, ""]
        rows.append(
            [
                _canvas_name(person),
                *who,
                defused(person.id),
                "",
                *("" if s is None else number(s) for s in scores),
            ]
        )
        if not lms:
            strangers.append(person.id)
    remarks = []
    if strangers:
        remarks.append(
            f"{many(len(strangers), 'student')} without a Canvas ID (lms_user_id in the "
            "gradebook): Canvas "
            f"looks for the same login, then for the same name: {listed(strangers)}"
        )
    return Sheet(table(rows), len(rows) - 2, tuple(remarks))


def _canvas_name(person: Person) -> str:
    name = ", ".join(part for part in (person.last_name, person.first_name) if part) or person.id
    # A row whose name holds these words would set the points of the assignments.
    return defused(" ".join(name.split()).replace("Points Possible", "Points-Possible"))
