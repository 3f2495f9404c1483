"""Stock nbgrader with our configuration: the same release, the
same scores, no marks without the engine.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from courses_for_tests import BIN, CLASS, A, make_course, nbgrader

from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.gradebook import marks
from autograder.gradebook.book import CourseGradebook


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_course(tmp_path_factory.mktemp("stock"))
    released = nbgrader(root, "generate_assignment", A)
    assert released.returncode == 0, released.stderr
    graded = nbgrader(root, "autograde", A)
    assert "cut is rejected: The file is not a notebook" in graded.stderr
    assert "Traceback" not in graded.stderr
    return root


def scores(root: Path) -> dict[tuple[str, str], tuple[float | None, bool, str | None]]:
    """Of every cell of every submission: the automatic score,
    whether a person must look, and the hints.
    """
    found: dict[tuple[str, str], tuple[float | None, bool, str | None]] = {}
    with CourseGradebook(Course(root), find(A)) as gradebook:
        for submission in gradebook._gradebook.assignment_submissions(A):
            for notebook in submission.notebooks:
                hints = {c.cell.name: c.auto_comment for c in notebook.comments}
                for grade in notebook.grades:
                    hint = hints.get(grade.cell.name.removesuffix("-test"))
                    found[submission.student.id, grade.cell.name] = (
                        grade.auto_score,
                        grade.needs_manual_grade,
                        hint,
                    )
    return found


def test_the_release_is_that_of_build(course: Path) -> None:
    made = (course / "assignments" / A / f"{A}.ipynb").read_bytes()
    assert made == find(A).release.read_bytes()
    assert not (course / "assignments" / A / "notebook.py").exists()


def test_both_ways_give_the_same_scores(course: Path, tmp_path: Path) -> None:
    shutil.copytree(course / "submitted", tmp_path / "submitted")
    seed = json.loads(Course(course).result("model", A).read_text())["provenance"]["seed"]
    command = [
        str(BIN / "autograder"),
        "grade",
        A,
        "--course-dir",
        str(tmp_path),
        "--seed",
        str(seed),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    stock, ours = scores(course), scores(tmp_path)
    assert {student for student, _ in ours} == {*CLASS, "copied", "cut"}
    assert stock == ours
    assert stock["printed", "z2-test"][0] == 0
    assert stock["loud", "z1-test"][0] == 2


def test_what_is_no_submission_gets_no_grade_and_stops_nobody(course: Path) -> None:
    assert not Course(course).autograded("cut", A).exists()
    assert json.loads(Course(course).result("cut", A).read_text())["status"] == "rejected"
    assert all(Course(course).autograded(student, A).exists() for student in (*CLASS, "copied"))


def test_a_new_submission_that_is_none_leaves_no_score_of_the_one_before(course: Path) -> None:
    """Both ways: what is handed in counts, not what was there before."""
    was = marks.read(Course(course), A).booked["loud"]
    assert was.score == 18
    path = Course(course).submission("loud", A)
    whole = path.read_text()
    path.write_text(whole[:3000])
    graded = nbgrader(course, "autograde", A, "--student=loud", "--force")
    assert "loud is rejected" in graded.stderr
    now = marks.read(Course(course), A).booked["loud"]
    assert (now.score, now.needs_person) == (0, True)
    recorded = json.loads(Course(course).result("loud", A).read_text())
    assert (
        recorded["provenance"]["submission_sha256"]
        == hashlib.sha256(whole[:3000].encode()).hexdigest()
    )
    path.write_text(whole)
    nbgrader(course, "autograde", A, "--student=loud", "--force")
    assert marks.read(Course(course), A).booked["loud"].score == 18


def test_without_the_engine_nothing_is_graded(tmp_path: Path) -> None:
    """A missing engine must not leave nbgrader's own, unsandboxed way of running code."""
    root = make_course(tmp_path)
    config = root / "nbgrader_config.py"
    config.write_text(
        config.read_text().replace("autograder.nbgrader_hooks.autograde", "autograder_that_is_gone")
    )
    assert nbgrader(root, "generate_assignment", A).returncode == 0
    assert nbgrader(root, "autograde", A).returncode != 0
    assert not list((root / "autograded").glob("*/*/*.ipynb"))
