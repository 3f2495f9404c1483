"""Grading again: what would change is shown before it is written, and the earlier result stays on record."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder import bank, marks
from autograder.course import Course, find

A = "01_relu_matrix"
COMMAND = [str(Path(sys.executable).parent / "autograder"), "grade", A]
WRONG = {"z2": "z2 = torch.tensor([[2.0], [4.0], [2.0], [4.0]])"}


def grade(course: Course, *options: str) -> str:
    command = [*COMMAND, "--course-dir", str(course.root), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env={"COLUMNS": "200"}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def hand_in(course: Course, student: str, cells: dict[str, str]) -> None:
    path = course.submission(student, A)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bank.submission(find(A), cells)))


def recorded(course: Course, student: str) -> dict[str, Any]:
    return dict(json.loads(course.result(student, A).read_text()))


def files(root: Path) -> dict[str, str]:
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    made = Course(tmp_path_factory.mktemp("course"))
    hand_in(made, "corrects", WRONG)
    hand_in(made, "stays", {})
    hand_in(made, "suite", {})
    said = grade(made, "--seed", "1")
    assert "changed" not in said
    # As an earlier suite would have graded: a task lost that the suite of today gives.
    old = recorded(made, "suite")
    old["provenance"]["suite_sha256"] = "0" * 64
    old["tasks"][0]["score"] = 0.5
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
    assert "changed" not in again
    assert len(list(course.history("suite", A).iterdir())) == 1
