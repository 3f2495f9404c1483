"""Grading again: what would change is shown before it is
written, and the earlier result stays on record.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from courses_for_tests import environment

from autograder.authoring import bank
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course
from autograder.gradebook import marks

A = "01_relu_matrix"
COMMAND = [str(Path(sys.executable).parent / "autograder"), "grade", A]
WRONG = {"z2": "z2 = torch.tensor([[2.0], [4.0], [2.0], [4.0]])"}


def grade(course: Course, *options: str) -> str:
    command = [*COMMAND, "--course-dir", str(course.root), *options]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment() | {"COLUMNS": "200"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def hand_in(course: Course, student: str, cells: dict[str, str]) -> None:
    path = course.submission(student, A)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bank.submission(find(A), cells)))


def recorded(course: Course, student: str) -> dict[str, Any]:
    return dict(json.loads(course.result(student, A).read_text()))


def files(root: Path) -> dict[str, str]:
    return {
        str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()
    }


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = Course(tmp_path_factory.mktemp("course"))
    hand_in(made, "corrects", WRONG)
    hand_in(made, "stays", {})
    hand_in(made, "suite", {})
    said = grade(made, "--seed", "1")
    assert " changed:" not in said
    # As an earlier suite would have graded: a task lost that the suite of today gives.
    old = recorded(made, "suite")
    old["provenance"]["suite_sha256"] = "0" * 64
    old["tasks"][0]["score"] = 0.5
    for test in old["tasks"][0]["tests"]:
        test["remark"] = "as follow-through counted it then"
    old["score"] -= 1.5
    made.result("suite", A).write_text(json.dumps(old))
    hand_in(made, "corrects", {})
    return made


def test_a_dry_run_shows_changes_and_writes_nothing(course: Course) -> None:
    before = files(course.root)
    said = grade(course, "--dry-run")
    assert files(course.root) == before
    assert "2 results would change" in said
    rows = {line.split()[0]: line for line in said.splitlines() if line}
    assert rows["suite"].split()[1:5] == ["16.5", "18", "+1.5", "suite"]
    assert "z1 0.5 → 2" in rows["suite"]
    assert "submission" in rows["corrects"]
    assert "z2 0" in rows["corrects"]
    assert "stays" not in rows
    assert "nothing was written" in said


def test_a_change_keeps_the_earlier_result(course: Course) -> None:
    earlier = course.result("suite", A).read_bytes()
    said = grade(course)
    assert "2 results changed" in said
    (kept,) = course.history("suite", A).iterdir()
    assert kept.read_bytes() == earlier
    assert recorded(course, "suite")["score"] == 18
    assert not course.history("stays", A).exists()
    assert marks.read(course, A).booked["suite"].score == 18
    again = grade(course, "--force", "--seed", "1")
    assert " changed:" not in again
    assert len(list(course.history("suite", A).iterdir())) == 1


def test_who_is_graded_later_or_again_gets_the_inputs_of_the_class(tmp_path: Path) -> None:
    class_ = Course(tmp_path)
    for student in ("ann", "ben"):
        hand_in(class_, student, {})
    grade(class_)
    seed = recorded(class_, "ann")["provenance"]["seed"]
    hand_in(class_, "zoe", {})
    grade(class_, "--student", "zoe")
    grade(class_, "--student", "ben", "--force")
    assert {
        recorded(class_, student)["provenance"]["seed"] for student in ("ann", "ben", "zoe")
    } == {seed}
    grade(class_, "--force")
    new = {recorded(class_, student)["provenance"]["seed"] for student in ("ann", "ben", "zoe")}
    assert len(new) == 1
    assert new != {seed}


def test_a_gradebook_that_missed_a_result_gets_it_with_the_next_run(tmp_path: Path) -> None:
    """A run can end between a result and its booking: with
    points at other tasks, or as none, of the same sum.
    """
    class_ = Course(tmp_path)
    for student in ("ann", "ben"):
        hand_in(class_, student, {})
    grade(class_, "--seed", "1")
    right = marks.read(class_, A).booked
    with sqlite3.connect(tmp_path / "gradebook.db") as database:
        database.execute("update grade set auto_score = 2 - auto_score, needs_manual_grade = 1")
    assert marks.read(class_, A).booked != right
    (class_.submission("ben", A).parent / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC")
    said = grade(class_)
    assert " changed:" not in said
    booked = marks.read(class_, A).booked
    assert (booked["ann"], booked["ben"].marks) == (right["ann"], right["ben"].marks)
    assert str(booked["ben"].timestamp) == "2026-03-02 10:00:00"


def test_other_limits_are_a_reason_to_grade_again(tmp_path: Path) -> None:
    class_ = Course(tmp_path)
    hand_in(class_, "ann", {"z1": "import time\ntime.sleep(3)\nz1 = x @ w1.T"})
    (tmp_path / "nbgrader_config.py").write_text(
        "c = get_config()\nc.Autograder.limits = {'cell_seconds': 1}\n"
    )
    grade(class_)
    assert recorded(class_, "ann")["score"] < 18
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    said = grade(class_)
    assert "limits" in said
    assert recorded(class_, "ann")["score"] == 18


CONFIG = "c = get_config()\n"
LATE = CONFIG + "c.AssignLatePenalties.plugin_class = 'late.Late'\n"
PLUGIN = (
    "from nbgrader.plugins import BasePlugin\n"
    "class Late(BasePlugin):\n    def late_submission_penalty(self, *given):\n        return 1 / "
    "0\n"
)


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of one who handed in too late, graded: never written to by a test."""
    class_ = Course(tmp_path_factory.mktemp("late"))
    hand_in(class_, "late", {})
    (class_.submission("late", A).parent / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC")
    grade(class_)
    with sqlite3.connect(class_.root / "gradebook.db") as database:
        database.execute("update assignment set duedate = '2026-03-01 10:00:00'")
    return class_.root


@pytest.mark.parametrize(
    ("config", "plugin", "sentence", "commands"),
    [
        (
            "def (",
            "",
            "nbgrader_config.py can't be read (SyntaxError: ",
            ["grade", "feedback", "report", "export"],
        ),
        (
            CONFIG + "c.CourseDirectory.db_url = 'no url'\n",
            "",
            "the gradebook no url can't be used",
            ["report"],
        ),
        (
            CONFIG + "c.CourseDirectory.db_url = 'postgresql+none://a/b'\n",
            "",
            "the gradebook postgresql+none://a/b ",
            ["export"],
        ),
        (LATE, "def (", "the plugin for late submissions does not work (SyntaxError: ", ["grade"]),
        (
            LATE,
            PLUGIN,
            "the plugin for late submissions does not work (ZeroDivisionError: division by zero)",
            ["grade"],
        ),
    ],
)
def test_a_configuration_that_does_not_work_is_named(
    late: Path, tmp_path: Path, config: str, plugin: str, sentence: str, commands: list[str]
) -> None:
    shutil.copytree(late, tmp_path, dirs_exist_ok=True)
    (tmp_path / "late.py").write_text(plugin)
    (tmp_path / "nbgrader_config.py").write_text(config)
    for command in commands:
        where = [
            COMMAND[0],
            command,
            A,
            "--course-dir",
            str(tmp_path),
            *(["--to", "csv"] if command == "export" else []),
        ]
        done = subprocess.run(where, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 2, done.stderr
        assert sentence in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_what_only_reads_makes_no_gradebook(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    hand_in(Course(tmp_path), "ann", {})
    for command in (["feedback", A], ["report", A, "--no-bank"], ["export", A, "--to", "csv"]):
        where = [COMMAND[0], *command, "--course-dir", str(tmp_path)]
        done = subprocess.run(where, capture_output=True, text=True, timeout=300, check=False)
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "gradebook.db").exists(), command


def test_what_was_edited_deleted_or_damaged_is_graded_again(tmp_path: Path) -> None:
    class_ = Course(tmp_path)
    for student in ("edited", "deleted", "damaged", "stays"):
        hand_in(class_, student, {})
    grade(class_)
    whole = recorded(class_, "edited")
    edited = json.dumps(whole | {"score": 999})
    class_.result("edited", A).write_text(edited)
    shutil.rmtree(class_.autograded("deleted", A).parents[1])
    class_.autograded("damaged", A).write_text('{"cells": [{}]}')
    untouched = class_.autograded("stays", A).stat().st_mtime_ns

    said = grade(class_)
    assert "mean 18.00 of 18, from 18 to 18" in said
    assert recorded(class_, "edited")["score"] == 18
    (kept,) = class_.history("edited", A).iterdir()
    assert kept.read_text() == edited
    for student in ("deleted", "damaged"):
        assert json.loads(class_.autograded(student, A).read_bytes())["nbformat"] == 4
        assert marks.read(class_, A).booked[student].score == 18
    assert class_.autograded("stays", A).stat().st_mtime_ns == untouched
