"""Write marks for Gradescope, as an autograder that looks up each student's marks.

Gradescope imports rosters, but documents no import of scores from a file. What it documents is the
output of an autograder (Gradescope Autograder Documentation, "Autograder Specifications" and
"Submission Metadata"): an archive with setup.sh and run_autograder, which writes results.json for
the submission whose author submission_metadata.json names. So this archive holds everybody's
results.json, and a script that picks one by email address. It runs nothing of the submission.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from autograder.core.sanitize import visible
from autograder.gradebook.marks import Booked, ClassMarks

SETUP = """\
#!/usr/bin/env bash
command -v python3 >/dev/null || { apt-get update && apt-get install -y python3; }
"""

RUN = '''\
#!/usr/bin/env python3
"""Writes the results.json of the student who submitted: marks that were given elsewhere."""
import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/autograder")
users = json.loads((root / "submission_metadata.json").read_text(encoding="utf-8"))["users"]
marks = json.loads((root / "source" / "marks.json").read_text(encoding="utf-8"))
found = [marks[mail] for mail in (user["email"].strip().lower() for user in users) if mail in marks]
if not found:
    sys.exit("no mark for " + ", ".join(user["email"] for user in users))
(root / "results").mkdir(exist_ok=True)
(root / "results" / "results.json").write_text(json.dumps(found[0]), encoding="utf-8")
'''

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same marks give the same bytes


def archive(class_: ClassMarks, complete_only: bool) -> tuple[bytes, int, tuple[str, ...]]:
    """The archive to upload, how many students it holds, and remarks on those that it can't.

    Who has no mark, or one that is held back, is not in it; the run on Gradescope then fails and
    says so.
    """
    marks: dict[str, dict[str, Any]] = {}
    strangers, twice = [], []
    for student, booked in class_.booked.items():
        if booked.needs_person and complete_only:
            continue
        mail = (booked.person.email or (student if "@" in student else "")).strip().lower()
        if not mail:
            strangers.append(student)
        elif mail in marks:
            twice.append(student)
        else:
            marks[mail] = results(class_, booked)
    remarks = []
    if strangers:
        remarks.append(
            "not in the file, because the gradebook has no email address for them: "
            f"{', '.join(map(visible, strangers))}"
        )
    if twice:
        remarks.append(
            "not in the file, because they share an email address with another student: "
            f"{', '.join(map(visible, twice))}"
        )
    content = json.dumps(marks, indent=1, sort_keys=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text, mode in (
            ("setup.sh", SETUP, 0o755),
            ("run_autograder", RUN, 0o755),
            ("marks.json", content, 0o644),
        ):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, text)
    return buffer.getvalue(), len(marks), tuple(remarks)


def results(class_: ClassMarks, booked: Booked) -> dict[str, Any]:
    """One student's results.json: the score, and a test for each task.

    A task that nobody has graded has no score.
    """
    tests = []
    for task, mark in booked.marks.items():
        test: dict[str, Any] = {
            "name": task,
            "max_score": mark.points,
            "output": booked.comments.get(task, ""),
        }
        if mark.auto is None and mark.manual is None:
            test["output"] = "Not graded yet."
        else:
            test["score"] = round(mark.score, 4)
        tests.append(test)
    penalty = round(booked.penalty, 4)
    notes = [f"Points taken off for lateness: {penalty:g}."] if penalty else []
    notes += ["Not everything is graded yet."] if booked.needs_person else []
    return {
        "score": round(booked.score, 4),
        "output": " ".join([f"Marks of {class_.assignment}.", *notes]),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
