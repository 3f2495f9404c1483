"""A class of awkward names, from the archive to the files that a spreadsheet opens."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path

import pytest
from repository_for_tests import autograder

from autograder.authoring import bank
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course
from autograder.core.outcome import Provenance, Result, TaskResult, TestResult
from autograder.gradebook.book import CourseGradebook
from autograder.gradebook.database import opened
from autograder.pipeline import record

A = find("01_relu_matrix")
CANVAS = (
    "lindbergalva_20344_1", "a;=1+1_7_2", "=1+1_8_3", "new\nrejected   eve: forged_10_5",
    "esc\x1b[31mx_11_6", "rlo\u202ex_13_8",
)  # fmt: skip
MOODLE = ("Participant_7", "Participant_8", "Kim Lee_9", "Bo Chen_9", "a;=1+1 x_10", "None None_11")
BOOKED = (
    ("Ann\x1b[31m", "\x00Nul", "a\x00@x", ""),
    ("\u202enrut", "Right", "=cmd|'/c calc'!A1", "="),
    ("a;=1+1", "b;@SUM(1)", "-1+1", "+1"),
    ("Tab\t=1+1", "New\n=1+1", "x@y", '"=1'),
    (" =1", "＝2+2", "\r=3", ";=4"),
    ("x,=1+1", '"",=1+1', "a", "b"),
)
"""First name, last name, address and lms_user_id of p0, p1, …"""


def notebook(mark: str) -> bytes:
    return json.dumps(bank.submission(A, {"z1": f"z1 = x @ w1.T  # {mark!a}"})).encode()


def zipped(path: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, notebook(name))
    return path


def grade(course: Course, student: str) -> None:
    """Put a result on record, as grading does."""
    hint = "=1+1; @SUM(1)"
    tasks = [
        TaskResult(t.id, t.points, 0, [TestResult("test", "failed", 1, hint, 0.1, "It.")])
        for t in A.tasks
        if not t.manual
    ]
    basis = Provenance(student, A.suite_sha256, "0.1.0", 7, "cpu", "2", "namespaces")
    result = Result(
        assignment=A.name, student=student, status="graded", score=0, max_score=A.max_score,
        tasks=tasks, notes=["=1+1;=2+2\n=3"], provenance=basis, seconds=1,
    )  # fmt: skip
    record.save(course, result, notebook(student))
    with CourseGradebook(course, A) as gradebook:
        gradebook.save(result)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Course, str]:
    """The course directory after all commands, and what they printed."""
    course = Course(tmp_path_factory.mktemp("course"))
    with opened(course) as gradebook:
        for n, (first, last, mail, lms) in enumerate(BOOKED):
            gradebook.update_or_create_student(
                f"p{n}", first_name=first, last_name=last, email=mail, lms_user_id=lms or None
            )
        gradebook.db.commit()
    canvas = zipped(course.root / "canvas.zip", [f"{name}_{A.name}.ipynb" for name in CANVAS])
    folders = [f"{name}_assignsubmission_file/{A.name}.ipynb" for name in MOODLE]
    moodle = zipped(course.root / "moodle.zip", folders)
    printed = [
        autograder(REPOSITORY, "collect", A.name, archive, cwd=course.root)
        for archive in (canvas, moodle)
    ]
    for student in (*course.students(A.name), *(f"p{n}" for n in range(len(BOOKED)))):
        grade(course, student)
    with opened(course) as gradebook:
        comment = gradebook.find_comment("z1", A.name, A.name, "p0")
        comment.manual_comment = "=1+1\n;=2+2"
        gradebook.db.commit()
    printed += [autograder(REPOSITORY, "report", A.name, "--no-bank", cwd=course.root)]
    printed += [
        autograder(REPOSITORY, "export", A.name, "--to", target, cwd=course.root)
        for target in ("csv", "canvas", "moodle")
    ]
    return course, "".join(done.stdout + done.stderr for done in printed)


def test_nothing_that_is_printed_is_forged_or_obeyed(said: tuple[Course, str]) -> None:
    _, text = said
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "new\\u000arejected   eve: forged" in text
    assert not re.search(r"^rejected", text, re.MULTILINE)


def test_everybody_has_a_folder_of_their_own(said: tuple[Course, str]) -> None:
    course, _ = said
    files = [course.submission(student, A.name) for student in course.students(A.name)]
    assert len({path.read_bytes() for path in files}) == len(files) == 3 + len(MOODLE)
    assert {"participant_7", "participant_8", "kim_lee", "bo_chen"} <= set(course.students(A.name))


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("name", ["results/marks", "results/marks-canvas", "results/marks-moodle",
                                  f"reports/{A.name}"])  # fmt: skip
def test_no_cell_is_a_formula(said: tuple[Course, str], name: str, separator: str) -> None:
    """Tried with LibreOffice too, which splits a file at either."""
    course, _ = said
    with (course.root / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter=separator))
    cells = [line for row in rows for cell in row for line in cell.split("\n")]
    assert len(rows) > len(MOODLE) + len(BOOKED)
    assert [cell for cell in cells if re.match(r" *[=+@＝＋－＠]| *-.", cell)] == []
    assert all(character in "\t\r" or character.isprintable() for c in cells for character in c)
