"""`autograder read`: who is on a page, and what entering saved scores does to the gradebook."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from courses_for_tests import autograder
from reading_for_tests import (
    TASK,
    A,
    book,
    data_of,
    hand_in,
    scores_file,
    set_due,
    write_rubric,
)

from autograder.core.course import Course
from autograder.core.course_lock import alone
from autograder.core.errors import UsageError
from autograder.gradebook import marks
from autograder.gradebook.database import opened
from autograder.reading import rubric
from autograder.reading.enter import enter

CLASS = {f"student-{name}": f"It folds, says number {n}." for n, name in enumerate("abcde")}


@pytest.fixture(scope="module")
def booked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of seven with its page: one left the answer as it was, one was not graded."""
    root = tmp_path_factory.mktemp("class")
    for student, answer in CLASS.items():
        book(root, student, answer)
    book(root, "untouched", None)
    hand_in(root, "late-comer", "Not graded.")
    read(root)
    return root


@pytest.fixture
def root(booked: Path, tmp_path: Path) -> Path:
    """A copy of the class, to be changed."""
    return shutil.copytree(booked, tmp_path / "copy")


def read(root: Path, *words: str | Path, status: int = 1) -> str:
    """The command's words; exit status 1, since somebody is to be graded first."""
    return autograder(root, "read", A.name, *map(str, words), status=status)


def page(root: Path, part: str = "1-of-1") -> Path:
    return root / "reading" / f"{A.name}-{part}.html"


def given(root: Path) -> dict[str, tuple[float | None, str, bool]]:
    """Of each student the score and comment by hand, and whether the answer waits for a person."""
    return {
        name: (b.marks[TASK].manual, b.comments.get(TASK, ""), b.marks[TASK].needs_person)
        for name, b in marks.read(Course(root), A.name).booked.items()
    }


def test_every_answer_is_in_one_share_and_no_name_on_a_page(root: Path) -> None:
    codes = []
    for n in (1, 2):
        said = read(root, "--share", f"{n}/2", status=1 if n == 1 else 0)
        text = page(root, f"{n}-of-2").read_text()
        assert not [name for name in [*CLASS, "untouched", "late-comer"] if name in text]
        codes += [answer["code"] for answer in data_of(page(root, f"{n}-of-2"))["answers"]]
        if n == 1:
            assert "late-comer (not graded yet)" in said
            assert f"autograder grade {A.name}" in said
    assert len(set(codes)) == len(codes) == len(CLASS)
    assert [a["code"] for a in data_of(page(root))["answers"]] == sorted(codes)
    assert (root / ".reading.key").stat().st_mode & 0o77 == 0
    (root / ".reading.key").unlink()
    read(root)
    assert not {a["code"] for a in data_of(page(root))["answers"]} & set(codes)


def test_scores_are_entered_once_and_again(root: Path, tmp_path: Path) -> None:
    files = []
    for n in (1, 2):
        read(root, "--share", f"{n}/2", status=1 if n == 1 else 0)
        files.append(scores_file(page(root, f"{n}-of-2"), tmp_path / f"{n}.json", n / 2))
    said = read(root, "--enter", *files, status=0)
    assert "entered    5 scores" in said
    assert "waiting    0 written answers" in said
    after = given(root)
    assert {after[name] for name in CLASS} == {(0.5, "Where?", False), (1.0, "Where?", False)}
    assert after["untouched"] == (None, "", False)
    for file in (*files, *files):
        said = read(root, "--enter", file, status=0)
        assert "entered    0 scores" in said
    assert given(root) == after
    autograder(root, "export", "--to", "csv", A.name)
    assert '"Where?"' not in (root / "results" / "marks.csv").read_text()
    assert '"19"' in (root / "results" / "marks.csv").read_text()


def test_what_a_person_gave_before_is_kept_unless_forced(root: Path, tmp_path: Path) -> None:
    with opened(Course(root)) as gradebook:
        grade = gradebook.find_grade(TASK, A.name, A.name, "student-a")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        comment = gradebook.find_comment(TASK, A.name, A.name, "student-b")
        comment.manual_comment = "By hand."
        gradebook.db.commit()
    file = scores_file(page(root), tmp_path / "s.json")
    said = read(root, "--enter", file, status=1)
    assert "(student-a), explain_fold: the gradebook has 2, the file 1.5; --force" in said
    assert "(student-b), explain_fold: the gradebook has another comment; --force" in said
    assert "entered    3 scores" in said
    assert given(root)["student-a"] == (2.0, "", False)
    assert given(root)["student-b"] == (None, "By hand.", True)
    read(root, "--enter", file, "--force", status=0)
    assert {given(root)[name] for name in CLASS} == {(1.5, "Where?", False)}


def test_scores_that_can_not_be_are_left_out(root: Path, tmp_path: Path) -> None:
    before = given(root)
    wrong: dict[str, dict[str, Any]] = {
        "nobody in this class has this code": {"code": "aaaa-aaaa"},
        "the score 2.5 is not between 0 and 2": {"score": 2.5},
        "the score -1 is not between": {"score": -1},
        "not a written task; those are explain_fold": {"task": "z1"},
        "the answer changed since it was read": {"answer": "0" * 64},
        "the comment has more than": {"comment": "x" * 30_000},
    }
    files = [
        scores_file(page(root), tmp_path / f"{n}.json", **change)
        for n, change in enumerate(wrong.values())
    ]
    said = read(root, "--enter", *files, status=1)
    for why in wrong:
        assert said.count(why) == len(CLASS)
    assert given(root) == before


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        '{"assignment": "02_vanishing_gradient", "scores": []}',
        '{"assignment": "01_relu_matrix", "scores": [{"task": "explain_fold"}]}',
        "[" * 100_000,
        '{"assignment": "01_relu_matrix", "scores": [{"task": "explain_fold", "code": "x", '
        '"answer": "x", "score": NaN, "comment": ""}]}',
    ],
)
def test_a_file_that_no_page_saved_is_refused_with_all_others(
    booked: Path, tmp_path: Path, text: str
) -> None:
    good, bad = scores_file(page(booked), tmp_path / "good.json"), tmp_path / "bad.json"
    bad.write_text(text)
    before = given(booked)
    with pytest.raises(UsageError, match=f"^{bad} .*nothing was entered"):
        enter(Course(booked), A, [good, bad], force=False)
    assert given(booked) == before


def test_an_answer_handed_in_again_is_not_scored_by_the_old_one(root: Path, tmp_path: Path) -> None:
    file = scores_file(page(root), tmp_path / "s.json")
    hand_in(root, "student-a", "Something new.")
    book(root, "student-b", "Something new, and graded.")
    said = read(root, "--enter", file, status=1)
    assert "(student-a), explain_fold: handed in again since it was graded" in said
    assert "(student-b), explain_fold: the answer changed since it was read" in said
    assert "entered    3 scores" in said
    assert "student-a (handed in again since it was graded)" in read(root)


def test_two_files_that_disagree_are_told(root: Path, tmp_path: Path) -> None:
    one, two = (scores_file(page(root), tmp_path / f"{n}.json", n) for n in (1, 2))
    said = read(root, "--enter", one, two, status=1)
    assert said.count("1.json gives another score or comment, and that one was entered") == len(
        CLASS
    )
    assert {given(root)[name][0] for name in CLASS} == {1}


def test_scores_in_the_gradebook_come_back_on_the_page(root: Path, tmp_path: Path) -> None:
    write_rubric(root)
    line = "- Names the samples, with numbers (+0.5)"
    file = scores_file(page(root), tmp_path / "s.json", 0.5, comment=f"{line}\n\nWhere?")
    read(root, "--enter", file, status=0)
    assert "5 with a score in the gradebook" in read(root)
    for answer in data_of(page(root))["answers"]:
        assert answer["start"] == {"ticked": [line], "score": "0.5", "comment": "Where?"}


def test_a_late_penalty_follows_the_new_score(root: Path, tmp_path: Path) -> None:
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    set_due(root, datetime.datetime(2026, 11, 1))
    book(root, "student-a", CLASS["student-a"], at="2026-11-02 10:00:00 UTC")
    assert marks.read(Course(root), A.name).booked["student-a"].penalty == 18
    read(root, "--enter", scores_file(page(root), tmp_path / "s.json"), status=0)
    late = marks.read(Course(root), A.name).booked["student-a"]
    assert (late.penalty, late.score) == (19.5, 0)


# --- rubrics ---


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text;marks\n", "line 1: the columns are text, marks; the file must have points, text"),
        ("", "line 1: the columns are none"),
        ("points,text\n1,Good\nmuch,Bad\n", "line 3: points is 'much'"),
        ("points,text\ninf,Good\n", "line 2: points is 'inf'"),
        ("points,text\n1,Good, really\n", "line 2: 3 cells, but the header has 2; put quotes"),
        ("points,text\n1,\n", "line 2: write points and a text"),
        ("points,text\n1,Good\n\n0.5,Good\n", "line 4: the same text is in a line above"),
        ('points,text\n1,"Good\n', "line 2: not a table (unexpected end of data)"),
    ],
)
def test_a_rubric_that_is_none_is_told_by_file_and_line(
    tmp_path: Path, text: str, said: str
) -> None:
    path = write_rubric(tmp_path, text)
    with pytest.raises(UsageError, match=f"^{path}[, ]") as error:
        rubric.read(Course(tmp_path), A)
    assert said in str(error.value)


def test_a_rubric_of_no_written_task_is_told(root: Path) -> None:
    path, before = write_rubric(root, task="z1"), page(root).read_bytes()
    assert f"autograder: {path}: {A.name} has no written task 'z1'" in read(root, status=2)
    assert page(root).read_bytes() == before


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("points,text\n1,a\n-1,b\n", 0.0),
        ("points,text\n-1,b\n0,c\n", 2.0),
        ("points,text\n0,c\n", None),
    ],
)
def test_the_signs_say_where_a_score_starts(tmp_path: Path, text: str, start: float | None) -> None:
    write_rubric(tmp_path, text)
    assert rubric.read(Course(tmp_path), A)[TASK].start == start


# --- use ---


def test_wrong_use_is_told(root: Path, tmp_path: Path) -> None:
    empty = tmp_path / "s.json"
    empty.write_text(json.dumps({"assignment": A.name, "scores": []}))
    (root / ".reading.key").unlink()
    assert "no page was written in this course" in read(root, "--enter", empty, status=2)
    assert "--enter needs the files" in read(root, "--enter", status=2)
    assert "add --enter" in read(root, empty, status=2)
    assert "--share 3/2: write NUMBER/COUNT" in read(root, "--share", "3/2", status=2)
    assert "no written task z1; it has explain_fold" in read(root, "--task", "z1", status=2)
    said = autograder(root, "read", "05_numpy_backprop", status=2)
    assert "has no written task; it has none" in said
    with alone(Course(root), "autograder grade"):
        assert "is at work there" in read(root, status=2)


def test_a_group_is_read_once_and_all_of_it_has_the_score(root: Path, tmp_path: Path) -> None:
    (root / "groups.csv").write_text("group,student\npair,partner\npair,student-a\n")
    hand_in(root, "partner", "Another one.", "2020-01-01 10:00:00 UTC")
    text = Course(root).submission("student-a", A.name).read_bytes()
    book(root, "partner", CLASS["student-a"])
    assert Course(root).submission("partner", A.name).read_bytes() == text
    before = len(data_of(written(root))["answers"])
    (root / "groups.csv").write_text("group,student\npair,partner\n")
    assert len(data_of(written(root))["answers"]) == before + 1
    (root / "groups.csv").write_text("group,student\npair,partner\npair,student-a\n")
    read(root, "--enter", scores_file(written(root), tmp_path / "1.json"), status=0)
    assert given(root)["partner"] == given(root)["student-a"] == (1.5, "Where?", False)


def written(root: Path) -> Path:
    """The page of the whole class, written anew."""
    read(root)
    return page(root)
