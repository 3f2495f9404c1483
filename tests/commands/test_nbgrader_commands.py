"""nbgrader's own commands before and after grading, in a fresh
course with the repository's configuration.
"""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

from courses_for_tests import BIN, A, make_course, nbgrader
from nbgrader.utils import notebook_hash

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course


def run(root: Path, *arguments: str) -> str:
    """A stock command that has to succeed; what it said."""
    done = nbgrader(root, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_course_from_the_release_to_released_feedback(tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    root, exchange = make_course(tmp_path / "course"), tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    shared = f"--Exchange.root={exchange}"
    run(root, "generate_assignment", A)
    run(root, "release_assignment", A, shared)
    released = exchange / "mlp" / "outbound" / A
    assert (released / f"{A}.ipynb").read_bytes() == find(A).release.read_bytes()
    assert {p.name for p in released.iterdir()} == {f"{A}.ipynb", "checks.py"}

    archive = root / "downloaded" / A / "archive"
    archive.mkdir(parents=True)
    (archive / f"{A}_zipped_attempt.ipynb").write_text(json.dumps(bank.submission(find(A), {})))
    names = r".*/(?P<file_id>\w+)_(?P<student_id>zipped)_attempt.*"
    pattern = f"--FileNameCollectorPlugin.named_regexp={names}"
    run(root, "zip_collect", A, pattern)
    collected = Course(root).submission("zipped", A)
    assert [p.suffix for p in collected.parent.glob("*.ipynb")] == [".ipynb"]
    next(collected.parent.glob("*.ipynb")).rename(collected)
    through_exchange = [name for name in Course(root).students(A) if name != "essay"]
    for student in through_exchange:  # as `nbgrader submit` writes them
        folder = Course(root).submission(student, A).parent
        (folder / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
        (folder / "submission_secret.txt").write_text(student * 10)

    command = [str(BIN / "autograder"), "grade", A, "--course-dir", str(root)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    said = nbgrader(root, "autograde", A, "--student", "model")
    assert "Skipping existing assignment" in said.stderr  # it takes what we graded for its own work

    run(root, "export")
    with (root / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert scores == {
        "model": 18,
        "essay": 18,
        "printed": 16,
        "loud": 18,
        "copied": 18,
        "cut": 0,
        "zipped": 18,
    }

    run(root, "generate_feedback", A)
    log = run(root, "release_feedback", A, shared)
    assert "essay: not released" in log
    assert log.count("not released") == 1
    released = exchange / "mlp" / "feedback"
    with_page = [name for name in through_exchange if name != "cut"]  # which nbgrader refuses
    for student in with_page:
        page = released / f"{notebook_hash(secret=student * 10, notebook_id=A)}.html"
        assert page.read_bytes() == Course(root).feedback(student, A).read_bytes()
    assert len(list(released.rglob("*"))) == len(with_page)
