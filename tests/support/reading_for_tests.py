"""A class with written answers, booked without grading; and files of scores as its pages save."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.outcome import Provenance, Result, TaskResult, TestResult
from autograder.gradebook.book import CourseGradebook
from autograder.gradebook.database import opened
from autograder.pipeline import intake, record

A = find("01_relu_matrix")
TASK = "explain_fold"
RUBRIC = """points,text
0.5,"Names the samples, with numbers"
1,Says why one matrix can't do it
-0.25,Gives no reason
0,Please write whole sentences.
"""


def write_rubric(root: Path, text: str = RUBRIC, task: str = TASK) -> Path:
    """Put a rubric where it is read."""
    path = root / "rubrics" / A.name / f"{task}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def book(root: Path, student: str, answer: str | None, at: str = "") -> None:
    """Hand in a notebook with this written answer, and book it with every test passed; with None,
    the answer is left as it was released.
    """
    course = Course(root)
    hand_in(root, student, answer, at)
    path = course.submission(student, A.name)
    sha256 = intake.digest(student, path, limits.load(A, course))
    passed = [TestResult("test", "passed", 1, None, 0.1, "It adds.")]
    result = Result(
        assignment=A.name,
        student=student,
        status="graded",
        score=A.max_score,
        max_score=A.max_score,
        tasks=[TaskResult(t.id, t.points, t.points, passed) for t in A.tasks if not t.manual],
        provenance=Provenance(sha256, A.suite_sha256, "0.1.0", 7, "cpu", "2", "namespaces"),
        seconds=1,
    )
    record.save(course, result, path.read_bytes())
    with CourseGradebook(course, A) as gradebook:
        gradebook.save(result)


def hand_in(root: Path, student: str, answer: str | None, at: str = "") -> None:
    """Write a submission with this written answer, and when it was handed in."""
    path = Course(root).submission(student, A.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = bank.submission(A, {} if answer is None else {TASK: answer})
    if answer is None:
        (stub,) = (c["source"] for c in A.released["cells"] if c.get("id") == TASK)
        (cell,) = (c for c in notebook["cells"] if c.get("id") == TASK)
        cell["source"] = stub
    path.write_text(json.dumps(notebook), encoding="utf-8")
    if at:
        (path.parent / "timestamp.txt").write_text(at)


def set_due(root: Path, due: datetime.datetime) -> None:
    """Give the assignment a due date, in UTC."""
    with opened(Course(root)) as gradebook:
        gradebook.update_or_create_assignment(A.name, duedate=due.isoformat())
        gradebook.db.commit()


def data_of(page: Path) -> dict[str, Any]:
    """What a page tells its script."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text())
    assert found is not None
    return dict(json.loads(found[1]))


def scores_file(page: Path, path: Path, score: float = 1.5, **more: Any) -> Path:
    """A file as a page saves it, with one score for all its answers."""
    scores = [
        {"task": a["task"], "code": a["code"], "answer": a["answer"], "score": score}
        | {"comment": "Where?"}
        | more
        for a in data_of(page)["answers"]
    ]
    path.write_text(json.dumps({"assignment": A.name, "scores": scores}))
    return path
