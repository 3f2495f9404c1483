"""Marks of a class: what nbgrader's gradebook counts, late
penalties and a person's work included.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import sqlite3
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Outcome, Provenance, Result, TaskResult, TestResult
from autograder.gradebook import marks
from autograder.gradebook.book import CourseGradebook
from autograder.gradebook.database import opened
from autograder.pipeline import record

A = find("01_relu_matrix")
PROVENANCE = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
PENALTY = """
from nbgrader.plugins import LateSubmissionPlugin
class PerHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 2 * total_seconds_late / 3600
"""


def book(course: Course, student: str, share: float = 1.0, timestamp: str | None = None) -> None:
    """Book a result in which every task has that share of its points."""
    outcome: Outcome = "passed" if share == 1 else "failed"
    tasks = [
        TaskResult(
            task.id,
            task.points,
            share * task.points,
            [TestResult("test", outcome, 1, None, 0.1, "It adds.")],
        )
        for task in A.tasks
        if not task.manual
    ]
    result = Result(
        assignment=A.name,
        student=student,
        status="graded",
        score=share * A.max_score,
        max_score=A.max_score,
        tasks=tasks,
        provenance=PROVENANCE,
        seconds=1,
    )
    if timestamp:
        path = course.submission(student, A.name).parent / "timestamp.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(timestamp)
    record.save(
        course, result, json.dumps(bank.submission(A, {"explain_fold": "A fold."})).encode()
    )
    with CourseGradebook(course, A) as gradebook:
        gradebook.save(result)


def both(course: Course, student: str) -> tuple[float, float]:
    """The score by `marks` and by nbgrader."""
    with opened(course) as gradebook:
        theirs = gradebook.find_submission(A.name, student)
        said = theirs.score - theirs.late_submission_penalty
    return marks.read(course, A.name).booked[student].score, said


def test_marks_are_what_nbgrader_counts(tmp_path: Path) -> None:
    course = Course(tmp_path)
    book(course, "half", 0.5)
    book(course, "full")
    with opened(course) as gradebook:
        gradebook.update_or_create_student(
            "absent", first_name="A", last_name="B", email="a@b", lms_user_id="7"
        )
        manual = gradebook.find_grade("explain_fold", A.name, A.name, "full")
        manual.manual_score, manual.extra_credit = 1.5, 0.25
        extra = gradebook.find_grade("z1-test", A.name, A.name, "full")
        extra.extra_credit = 3
        comment = gradebook.find_comment("explain_fold", A.name, A.name, "full")
        comment.manual_comment = "Where is the fold?"
        gradebook.db.commit()
    assert both(course, "half") == (9, 9)
    assert both(course, "full") == (22.75, 22.75)
    found = marks.read(course, A.name)
    assert found.points == sum(task.points for task in A.tasks)
    assert found.people["absent"] == marks.Person("absent", "A", "B", "a@b", "7")
    assert set(found.booked) == {"half", "full"}
    assert found.booked["full"].comments == {"explain_fold": "Where is the fold?"}
    assert found.booked["full"].marks["explain_fold"].manual == 1.5
    assert found.booked["half"].needs_person


def test_a_regrade_keeps_what_a_person_gave(tmp_path: Path) -> None:
    course = Course(tmp_path)
    book(course, "s1")
    with opened(course) as gradebook:
        z1 = gradebook.find_grade("z1-test", A.name, A.name, "s1")
        z1.manual_score, z1.extra_credit, z1.needs_manual_grade = 1.0, 0.5, False
        gradebook.find_comment("z1", A.name, A.name, "s1").manual_comment = "Nearly."
        gradebook.db.commit()
    before = both(course, "s1")
    book(course, "s1")
    assert both(course, "s1") == before
    assert not marks.read(course, A.name).booked["s1"].marks["z1"].needs_person
    book(course, "s1", 0.5)
    mark = marks.read(course, A.name).booked["s1"]
    assert mark.marks["z1"] == marks.Mark(2, 1.0, 1.0, 0.5, needs_person=True)
    assert mark.comments == {"z1": "Nearly."}


@pytest.mark.parametrize(
    ("config", "expected"),
    [("", 18.0), ("c.LateSubmissionPlugin.penalty_method = 'zero'", 0.0), ("PLUGIN", 14.0)],
)
def test_late_submissions_lose_what_the_plugin_says(
    tmp_path: Path, config: str, expected: float
) -> None:
    course = Course(tmp_path)
    (tmp_path / "per_hour.py").write_text(PENALTY)
    line = (
        "c.AssignLatePenalties.plugin_class = 'per_hour.PerHour'" if config == "PLUGIN" else config
    )
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    book(course, "late")
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db") as gradebook:
        gradebook.find_assignment(A.name).duedate = datetime.datetime(2026, 11, 1, 12)
        gradebook.db.commit()
    book(course, "late", timestamp="2026-11-01 14:00:00 UTC")
    book(course, "early", timestamp="2026-11-01 10:00:00 UTC")
    assert both(course, "late") == (expected, expected)
    assert both(course, "early") == (18, 18)
    book(course, "late", timestamp="2026-11-01 11:00:00 UTC")  # an extension, or another hand-in
    assert both(course, "late") == (18, 18)


def test_a_plugin_that_is_missing_is_said(tmp_path: Path) -> None:
    course = Course(tmp_path)
    book(course, "late")
    with opened(course) as gradebook:
        gradebook.find_assignment(A.name).duedate = datetime.datetime(2026, 11, 1, 12)
        gradebook.db.commit()
    (tmp_path / "nbgrader_config.py").write_text(
        "c.AssignLatePenalties.plugin_class = 'gone.PerHour'\n"
    )
    with pytest.raises(UsageError, match="plugin for late submissions"):
        book(course, "late", timestamp="2026-11-01 14:00:00 UTC")


# --- A gradebook that somebody damaged ---


@pytest.mark.parametrize("damage", ["other file", "pages overwritten", "cut", "value"])
def test_a_damaged_gradebook_is_told_as_one(tmp_path: Path, damage: str) -> None:
    course, path = Course(tmp_path), tmp_path / "gradebook.db"
    with opened(course) as gradebook:
        gradebook.update_or_create_assignment(A.name, duedate="2026-12-01")
        gradebook.db.commit()
    whole = path.read_bytes()
    if damage == "other file":
        path.write_bytes(b"hello" * 1000)
    elif damage == "pages overwritten":
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    elif damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("update assignment set duedate = 'soon'")
            database.commit()
    with pytest.raises(UsageError, match="Restore it from a backup; or move it away"):
        marks.read(course, A.name)


def test_rows_that_belong_to_nobody_are_left_out(tmp_path: Path) -> None:
    course = Course(tmp_path)
    book(course, "ada")
    book(course, "bob")
    with contextlib.closing(sqlite3.connect(tmp_path / "gradebook.db")) as database:
        database.execute("delete from student where id = 'bob'")
        database.commit()
    assert list(marks.read(course, A.name).booked) == ["ada"]
