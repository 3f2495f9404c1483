"""extensions.csv: more time for a student reaches penalties, report, export and the solution."""

from __future__ import annotations

import csv
import datetime
import re
from pathlib import Path

import pytest
from courses_for_tests import autograder
from reading_for_tests import A, book, hand_in, set_due

from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.gradebook import extensions, marks
from autograder.gradebook.database import opened
from autograder.handout.publish import refuse_before_due

DUE = datetime.datetime(2026, 11, 1, 12)
PER_HOUR = """
from nbgrader.plugins import LateSubmissionPlugin
class PerHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""


def hours(number: float) -> datetime.timedelta:
    return datetime.timedelta(hours=number)


def make_course(root: Path) -> None:
    """A course in which an hour costs a point."""
    (root / "hourly.py").write_text(PER_HOUR)
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.AssignLatePenalties.plugin_class = 'hourly.PerHour'\n"
    )
    set_due(root, DUE)


def write(root: Path, *lines: str) -> Path:
    path = root / "extensions.csv"
    path.write_text("\n".join(["student,assignment,hours", *lines, ""]))
    return path


def late(root: Path, student: str) -> tuple[float, datetime.timedelta]:
    """The penalty and the extension in the gradebook."""
    booked = marks.read(Course(root), A.name).booked[student]
    return booked.penalty, booked.extension


def test_a_class_that_was_graded_gets_new_penalties(tmp_path: Path) -> None:
    make_course(tmp_path)
    for student in ("ada", "bob"):
        hand_in(tmp_path, student, "It folds.", at="2026-11-01 15:00:00 UTC")
    autograder(tmp_path, "grade", A.name)
    assert [late(tmp_path, name)[0] for name in ("ada", "bob")] == [3, 3]
    write(tmp_path, f"ada,{A.name},2", "bob,*,0", "nobody,*,48")
    said = autograder(tmp_path, "grade", A.name)
    assert "2 kept" in said
    assert "entered from extensions.csv for ada\n" in said
    assert "extensions.csv names nobody: nobody by this name is in" in " ".join(said.split())
    assert late(tmp_path, "ada") == (1, hours(2))
    assert late(tmp_path, "bob") == (3, hours(0))
    autograder(tmp_path, "report", A.name, "--no-bank")
    autograder(tmp_path, "export", "--to", "csv", A.name)
    with (tmp_path / "results" / "marks.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["score"], rows["ada"]["late_penalty"]) == ("17", "1")
    with (tmp_path / "reports" / f"{A.name}.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["ada"]["late_minutes"], rows["bob"]["late_minutes"]) == ("60.0", "180.0")
    write(tmp_path, f"ada,{A.name},48", "bob,*,1.5")
    assert "entered from extensions.csv for ada, bob\n" in autograder(tmp_path, "merge", A.name)
    assert "extensions.csv" not in autograder(tmp_path, "merge", A.name)
    assert late(tmp_path, "ada") == (0, hours(48))
    assert late(tmp_path, "bob") == (1.5, hours(1.5))


def test_the_file_is_the_truth_for_those_whom_it_names(tmp_path: Path) -> None:
    write(tmp_path, "zoe,*,2")
    book(tmp_path, "zoe", "It folds.")  # before there is a due date
    assert late(tmp_path, "zoe") == (0, hours(2))
    make_course(tmp_path)
    write(tmp_path, f"ada,{A.name},3", "ada,*,5", "bob,02_vanishing_gradient,9")
    for student in ("ada", "bob", "cleo"):
        book(tmp_path, student, "It folds.", at="2026-11-01 15:00:00 UTC")
    assert late(tmp_path, "ada") == (0, hours(3))
    with opened(Course(tmp_path)) as gradebook:
        for student in ("bob", "cleo"):
            gradebook.grant_extension(A.name, student, hours=1)
        gradebook.db.commit()
    for student in ("ada", "bob", "cleo"):
        book(tmp_path, student, "It folds.", at="2026-11-01 15:00:00 UTC")
    assert late(tmp_path, "bob") == (3, hours(0))
    assert late(tmp_path, "cleo") == (2, hours(1))
    write(tmp_path, f"ada,{A.name},0")
    book(tmp_path, "ada", "It folds.", at="2026-11-01 15:00:00 UTC")
    assert late(tmp_path, "ada") == (3, hours(0))
    (tmp_path / "extensions.csv").unlink()
    book(tmp_path, "cleo", "It folds.", at="2026-11-01 15:00:00 UTC")
    assert late(tmp_path, "cleo") == (2, hours(1))


def test_the_solution_waits_for_who_has_not_handed_in_yet(tmp_path: Path) -> None:
    make_course(tmp_path)
    write(tmp_path, "ada,*,48", "bob,02_vanishing_gradient,900")
    with pytest.raises(UsageError, match="the longest extension 2026-11-03 12:00 UTC"):
        refuse_before_due(A.name, Course(tmp_path), DUE + hours(47))
    refuse_before_due(A.name, Course(tmp_path), DUE + hours(48))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the columns are none; the file must have student, assignment, hours"),
        ("student,assignment,days\n", "line 1: the columns are student, assignment, days"),
        ("student,assignment,hours\nada,*\n", "line 2: write a student, an assignment and hours"),
        ("student,assignment,hours\n\nada,,3\n", "line 3: write a student, an assignment"),
        ("student,assignment,hours\nada,09_none,3\n", "line 2: no assignment '09_none'; write one"),
        ("student,assignment,hours\nada,*,two days\n", "line 2: hours is 'two days'"),
        ("student,assignment,hours\nada,*,-1\n", "line 2: hours is '-1'"),
        ("student,assignment,hours\nada,*,nan\n", "line 2: hours is 'nan'"),
        (
            "student,assignment,hours\nada,*,1\nbob,*,1\nada,*,2\n",
            "line 4: ada has a line for * above",
        ),
    ],
)
def test_a_file_that_is_none_is_told_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "extensions.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(f"{path}, {said}")):
        extensions.read(Course(tmp_path), A.name)


def test_nothing_is_graded_with_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", "It folds.")
    path = write(tmp_path, "ada,*,soon")
    assert f"autograder: {path}, line 2" in autograder(tmp_path, "grade", A.name, status=2)
    assert not (tmp_path / "gradebook.db").exists()
    assert not list((tmp_path / "results").rglob("*.json"))
