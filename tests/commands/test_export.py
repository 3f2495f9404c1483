"""Exports: what each gradebook documents that it imports, read back as that gradebook would."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_marks import PROVENANCE, A, book

from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.outcome import Result
from autograder.gradebook.database import opened
from autograder.lms.sheet import defused, number
from autograder.lms.spreadsheets import Exported, Target, export
from autograder.pipeline import record

PEOPLE: dict[str, dict[str, str]] = {
    "anna": {"first_name": "Anna", "last_name": "Ångström", "email": "anna@uni.example",
    "lms_user_id": "101"},
    "ben": {"first_name": '=LINK("http://x")', "last_name": "Bo, von", "email": "ben@uni.example",
            "lms_user_id": "102"},
    "cleo": {"first_name": "Cleo", "last_name": "Points Possible", "email": "Cleo@Uni.example",
    "lms_user_id": "s-103"},
    "dora": {"first_name": "Dora", "last_name": "D", "email": "dora@uni.example"},
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Anna is done, a person has to look at ben's, cleo has a
    third of the points, dora handed nothing in.
    """
    made = Course(tmp_path_factory.mktemp("course"))
    book(made, "anna", timestamp="2026-03-02 10:00:00 UTC")
    book(made, "ben", 0.5)
    book(made, "cleo", 1 / 3)
    with opened(made) as gradebook:
        for student, fields in PEOPLE.items():
            gradebook.update_or_create_student(student, **fields)
        for student, score in (("anna", 1.75), ("cleo", 0.0)):
            grade = gradebook.find_grade("explain_fold", A.name, A.name, student)
            grade.manual_score, grade.needs_manual_grade = score, False
        comment = gradebook.find_comment("explain_fold", A.name, A.name, "cleo")
        comment.manual_comment = "=Where is\nthe fold?"
        gradebook.db.commit()
    rejected = Result(assignment=A.name, student="eve", status="rejected", reason="No notebook.",
    max_score=18,
                      provenance=PROVENANCE, seconds=0)  # fmt: skip
    record.save(made, rejected, None)
    return made


def exported(
    course: Course, target: Target, *, complete_only: bool = False
) -> tuple[list[list[str]], Exported]:
    done = export(course, [A.name], target, complete_only=complete_only)
    return list(
        csv.reader(io.StringIO(done.path.read_text(encoding="utf-8"), newline=""), strict=True)
    ), done


def by_id(rows: list[list[str]], column: str) -> dict[str, dict[str, str]]:
    dicts = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    return {row[column]: row for row in dicts}


def test_csv(course: Course) -> None:
    rows, done = exported(course, "csv")
    assert done.path == course.root / "results" / "marks.csv"
    assert done.rows == 4
    found = by_id(rows, "student")
    assert rows[0][8:] == ["score", "max_score", "late_penalty", *(task.id for task in A.tasks)]
    assert found["anna"]["score"] == "19.75"
    assert found["anna"]["max_score"] == "20"
    assert found["anna"]["handed_in_utc"] == "2026-03-02 10:00:00"
    assert found["anna"]["explain_fold"] == "1.75"
    assert found["cleo"]["z1"] == "0.6667"
    assert found["cleo"]["explain_fold"] == "0"
    assert (found["ben"]["state"], found["ben"]["score"], found["ben"]["explain_fold"]) == (
        "to be graded by hand",
        "9",
        "",
    )
    assert (found["dora"]["state"], found["dora"]["score"], found["dora"]["z1"]) == (
        "no submission",
        "",
        "",
    )
    assert found["ben"]["first_name"] == '\'=LINK("http://x")'
    assert found["anna"]["last_name"] == "Ångström"
    assert found["cleo"]["state"] == "complete"


def test_csv_is_as_rfc_4180_has_it(course: Course) -> None:
    data = exported(course, "csv")[1].path.read_bytes()
    assert data.startswith(b'"assignment","student",')
    assert data.endswith(b'"\r\n')
    assert b'"\'=LINK(""http://x"")"' in data


def test_canvas(course: Course) -> None:
    rows, done = exported(course, "canvas")
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", A.name]
    assert rows[1] == ["Points Possible", "", "", "", "", "20"]
    assert rows[2:] == [
        ["Ångström, Anna", "101", "", "anna", "", "19.75"],
        ['Bo, von, =LINK("http://x")', "102", "", "ben", "", "9"],
        ["Points-Possible, Cleo", "", "s-103", "cleo", "", "6"],
        ["D, Dora", "", "", "dora", "", ""],
    ]
    assert any(
        "1 student without a Canvas ID" in remark and "dora" in remark for remark in done.remarks
    )


def test_moodle(course: Course) -> None:
    rows, done = exported(course, "moodle")
    assert rows[0] == [
        "First name",
        "Last name",
        "Username",
        "Email address",
        A.name,
        f"{A.name} (feedback)",
    ]
    assert rows[1] == ["Anna", "Ångström", "anna", "anna@uni.example", "19.75", ""]
    assert rows[3][4:] == ["6", "explain_fold: =Where is\nthe fold?"]
    assert rows[4][4:] == ["-", ""]
    # An empty ID number would give dora's row to cleo.
    assert any(
        "the column 'ID number' was left out" in remark and "dora" in remark
        for remark in done.remarks
    )


def test_marks_that_wait_are_named_and_can_be_left_out(course: Course) -> None:
    for target in ("csv", "canvas", "moodle"):
        rows, done = exported(course, target)
        assert any(
            "1 submission needs grading by hand, exported as it stands" in r and r.endswith(": ben")
            for r in done.remarks
        )
        assert any("1 submission has no mark: eve (rejected)" in remark for remark in done.remarks)
        less, done = exported(course, target, complete_only=True)
        assert [row for row in rows if "ben" not in row] == less
        assert done.rows == 3
        assert any("left out: ben" in remark for remark in done.remarks)


def test_several_assignments(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.gradebook import marks

    real = marks.read

    def read(course: Course, assignment: str) -> marks.ClassMarks:
        if assignment == A.name:
            return real(course, assignment)
        only = {
            "dora": marks.Booked(
                marks.Person("dora"), marks={"fit": marks.Mark(4, 0.1 + 0.2, None, 0, False)}
            )
        }
        return marks.ClassMarks(assignment, None, 4, real(course, A.name).people, only)

    monkeypatch.setattr(marks, "read", read)
    other = "04_quadratic_practice"
    done = export(course, [A.name, other, A.name], "canvas", complete_only=True)
    rows = list(csv.reader(io.StringIO(done.path.read_text(encoding="utf-8"), newline="")))
    assert rows[0][5:] == [A.name, other]
    assert rows[1][5:] == ["20", "4"]
    assert [row[3:] for row in rows[2:]] == [  # ben, of whom nothing is left, has no row
        ["anna", "", "19.75", ""], ["cleo", "", "6", ""], ["dora", "", "", "0.3"],
    ]  # fmt: skip
    found = csv.DictReader(
        io.StringIO(export(course, [A.name, other], "csv").path.read_text(encoding="utf-8"))
    )
    assert {(row["assignment"], row["student"]): row["fit"] for row in found}[
        other, "dora"
    ] == "0.3"
    with pytest.raises(UsageError, match="exactly one assignment"):
        export(course, [A.name, other], "gradescope")


# --- Gradescope ---


def graded_there(archive: Path, root: Path, *mails: str) -> subprocess.CompletedProcess[str]:
    """Run the archive as Gradescope does: its files in source/,
    the submission's author in submission_metadata.json.
    """
    with zipfile.ZipFile(archive) as file:
        file.extractall(root / "source")
        modes = {entry.filename: entry.external_attr >> 16 for entry in file.infolist()}
    assert {name for name, mode in modes.items() if mode & 0o111} == {"setup.sh", "run_autograder"}
    users = [{"email": mail, "id": n, "name": "A Student"} for n, mail in enumerate(mails)]
    (root / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": users}))
    subprocess.run(["bash", "-n", str(root / "source" / "setup.sh")], check=True)
    command = [sys.executable, str(root / "source" / "run_autograder"), str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_gradescope_looks_the_marks_up(course: Course, tmp_path: Path) -> None:
    done = export(course, [A.name], "gradescope")
    assert done.path.name == f"gradescope-{A.name}.zip"
    assert done.rows == 3
    assert done.path.read_bytes() == export(course, [A.name], "gradescope").path.read_bytes()
    assert graded_there(done.path, tmp_path, "cleo@uni.example").returncode == 0
    found: dict[str, Any] = json.loads((tmp_path / "results" / "results.json").read_text())
    assert found["score"] == 6
    assert {test["name"] for test in found["tests"]} == {task.id for task in A.tasks}
    fold = next(test for test in found["tests"] if test["name"] == "explain_fold")
    assert fold == {
        "name": "explain_fold",
        "max_score": 2,
        "score": 0,
        "output": "=Where is\nthe fold?",
    }


def test_gradescope_says_what_is_not_graded(course: Course, tmp_path: Path) -> None:
    done = export(course, [A.name], "gradescope")
    assert (
        graded_there(done.path, tmp_path, "nobody@uni.example", " Ben@uni.example").returncode == 0
    )
    found: dict[str, Any] = json.loads((tmp_path / "results" / "results.json").read_text())
    fold = next(test for test in found["tests"] if test["name"] == "explain_fold")
    assert "score" not in fold
    assert fold["output"] == "Not graded yet."
    assert "Not everything is graded yet." in found["output"]
    held = export(course, [A.name], "gradescope", complete_only=True)
    assert held.rows == 2
    (tmp_path / "results" / "results.json").unlink()
    for mail in ("ben@uni.example", "dora@uni.example"):
        refused = graded_there(held.path, tmp_path, mail)
        assert refused.returncode == 1
        assert f"no mark for {mail}" in refused.stderr
        assert not (tmp_path / "results" / "results.json").exists()


def test_gradescope_needs_addresses(tmp_path: Path) -> None:
    course = Course(tmp_path)
    for student in ("x@uni.example", "y", "z"):
        book(course, student)
    with opened(course) as gradebook:
        gradebook.update_or_create_student("z", email="X@uni.example")
        gradebook.db.commit()
    done = export(course, [], "gradescope")
    assert done.rows == 1
    assert any("has no email address for them: y" in remark for remark in done.remarks)
    assert any("another student: z" in remark for remark in done.remarks)


# --- Text and numbers ---


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", "－1"])
def test_formulas_are_defused(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "defanged"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; @x;b", "a;' @x;b"),
        ("a\n=1", "a\n'=1"),
        ("\r=1", "\\u000d=1"),
        ("a\0b\x1b[2J", "a\\u0000b\\u001b[2J"),
        ("\u202exe", "\\u202exe"),
    ],
)
def test_what_a_spreadsheet_or_a_terminal_would_obey(text: str, defanged: str) -> None:
    assert defused(text) == defanged


@pytest.mark.parametrize(
    "text", ["", "anna", "1234", "a=b", "o'neil", "s-103", "Ångström", "a@b.example", "'"]
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert defused(text) == text


@given(st.text())
def test_nothing_begins_as_a_formula(text: str) -> None:
    for part in re.split("[;\t\n]", defused(text)):
        assert not part.lstrip(" ").startswith(("=", "+", "-", "@"))
    assert all(c in "\n\t" or c.isprintable() for c in defused(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.5, "12.5"), (18.0, "18"), (0, "0"), (0.1 + 0.2, "0.3"), (1 / 3, "0.3333"), (12.500000001,
    "12.5"),
     (-1e-9, "0"), (1234.5, "1234.5"), (100.0, "100")],
)  # fmt: skip
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


# --- The command ---


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [str(Path(sys.executable).parent / "autograder"), "export", *arguments]
    return subprocess.run(
        program, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )


def test_the_command(course: Course, tmp_path: Path) -> None:
    output = tmp_path / "deep" / "er.csv"
    done = command("--to", "canvas", "--course-dir", str(course.root), "--output", str(output))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{output}: 4 rows\n"
    assert "note: 01_relu_matrix: 1 submission needs grading by hand" in done.stderr
    assert output.read_text(encoding="utf-8").splitlines()[0].endswith(A.name)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing", "--to", "csv"], "no assignment 'nothing'"),
        (["02_vanishing_gradient", "--to", "csv"], "has no marks of 02_vanishing_gradient"),
        (["--to", "csv", "--output", "."], "is a directory"),
        (["--to", "excel"], "'excel' is not one of"),
        ([], "Missing option '--to'"),
    ],
)
def test_wrong_use_is_a_sentence(course: Course, arguments: list[str], sentence: str) -> None:
    done = command(*arguments, "--course-dir", str(course.root))
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_an_empty_directory_stays_empty(tmp_path: Path) -> None:
    done = command("--to", "csv", "--course-dir", str(tmp_path))
    assert done.returncode == 2
    assert "has no gradebook" in done.stderr
    assert not list(tmp_path.iterdir())
