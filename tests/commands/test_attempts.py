"""A student hands in several times, or with others: one submission counts, and it says which."""

from __future__ import annotations

import csv
import json
import os
import zipfile
from pathlib import Path

import pytest
from courses_for_tests import autograder

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.gradebook import marks
from autograder.gradebook.database import opened

A = find("01_relu_matrix")
NOON = 1_700_000_000
"""A time for files, in seconds; later ones are handed in later."""
WRITTEN = "explain_fold"
GOOD = {"z1": "z1 = torch.zeros(4, 2)"}
"""16 of 18: one mistake costs one task."""
BAD = GOOD | {"z2": "z2 = 7"}
DONE: dict[str, str] = {}


def notebook(cells: dict[str, str]) -> str:
    return json.dumps(bank.submission(A, cells))


def hand_in(root: Path, student: str, cells: dict[str, str], at: int) -> None:
    path = Course(root).submission(student, A.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook(cells))
    os.utime(path, (at, at))


def collect(root: Path, work: dict[str, dict[str, str]], hour: int) -> None:
    archive = root / "class.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for student, cells in work.items():
            packed.writestr(f"{student}/{A.name}.ipynb", notebook(cells))
            packed.writestr(f"{student}/timestamp.txt", f"2026-03-01 {hour}:00:00 UTC")
    autograder(root, "collect", A.name, str(archive), "--force")


def earned(root: Path) -> dict[str, float]:
    booked = marks.read(Course(root), A.name).booked
    return {name: sum(m.auto or 0.0 for m in b.marks.values()) for name, b in booked.items()}


def page(root: Path, student: str) -> str:
    return " ".join(Course(root).feedback(student, A.name).read_text().split())


@pytest.mark.slow
def test_the_best_submission_counts_until_a_better_one_comes(tmp_path: Path) -> None:
    collect(tmp_path, {"ada": GOOD, "bob": BAD}, 9)
    autograder(tmp_path, "grade", A.name, "--policy", "best")
    collect(tmp_path, {"ada": BAD, "bob": GOOD}, 10)
    told = autograder(tmp_path, "grade", A.name)
    assert "the best submission; for 1 student it is not the latest" in told
    good = earned(tmp_path)["ada"]
    assert earned(tmp_path) == {"ada": good, "bob": good}
    times = {s: b.timestamp for s, b in marks.read(Course(tmp_path), A.name).booked.items()}
    assert [f"{times[s]:%H:%M}" for s in ("ada", "bob")] == ["09:00", "10:00"]
    assert "2 kept" in autograder(tmp_path, "grade", A.name), "all of them are on record"

    autograder(tmp_path, "feedback", A.name, "--no-bank")
    said = "You handed in 2 times. The best submission counts, and this page is about it: the one"
    assert f"{said} of 2026-03-01 09:00 UTC." in page(tmp_path, "ada")
    assert f"{said} you handed in last." in page(tmp_path, "bob")

    collect(tmp_path, {"ada": DONE}, 11)
    told = autograder(tmp_path, "feedback", A.name, "--no-bank", status=1)
    assert "ada: handed in again since it was graded" in told
    autograder(tmp_path, "grade", A.name, "--force")
    assert earned(tmp_path)["ada"] > good, "all are graded again, and the last is the best"
    assert "the one you handed in last" in page_of(tmp_path, "ada")
    autograder(tmp_path, "grade", A.name, "--policy", "first")
    low = earned(tmp_path)
    assert low["ada"] == good
    assert low["bob"] < good
    autograder(tmp_path, "grade", A.name, "--policy", "latest")
    assert earned(tmp_path)["bob"] == good


@pytest.mark.slow
def test_a_submission_that_counted_and_is_overwritten_is_named(tmp_path: Path) -> None:
    hand_in(tmp_path, "ada", GOOD, NOON)
    hand_in(tmp_path, "ben", BAD, NOON)
    autograder(tmp_path, "grade", A.name, "--policy", "best")
    hand_in(tmp_path, "ada", BAD, NOON + 60)
    hand_in(tmp_path, "ben", GOOD, NOON + 60)
    told = autograder(tmp_path, "grade", A.name)
    assert "gone         ada (16): the submission that counted is no longer in submitted/" in told


def page_of(root: Path, student: str) -> str:
    autograder(root, "feedback", A.name, "--no-bank", "--student", student)
    return page(root, student)


@pytest.mark.slow
def test_what_cannot_be_graded_costs_no_grade(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.Autograder.attempts = {{"{A.name}": {{"policy": "best"}}}}\n'
    )
    hand_in(tmp_path, "ada", GOOD, NOON)
    autograder(tmp_path, "grade", A.name)
    good = earned(tmp_path)
    old = Course(tmp_path).submission("ada", A.name)
    kept = Course(tmp_path).replaced / "2026" / A.name / "ada"
    kept.parent.mkdir(parents=True)
    old.parent.rename(kept)
    hand_in(tmp_path, "ada", DONE, NOON + 60)
    old.write_text("{not a notebook")
    told = autograder(tmp_path, "grade", A.name)
    assert "for 1 student it is not the latest" in told
    assert earned(tmp_path) == good
    told = autograder(tmp_path, "grade", A.name, "--policy", "latest", status=2)
    assert "--policy latest, but" in told
    assert "says best" in told


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"policy": "worst"}, "policy is 'worst'; it must be one of latest, best, first"),
        ({"per_day": 1.5}, "per_day is 1.5; it must be a whole number"),
        ({"daily": 1}, "has no setting 'daily'"),
        ([], "must be a dict"),
        ({A.name: "best"}, f'write {{"{A.name}": {{"policy": "best"}}}}'),
        ({"00_linear_maps": "best"}, 'write {"00_linear_maps": {"policy": "best"}}'),
        ({"01_relu": {"policy": "best"}}, "no assignment '01_relu'; write one of 00_linear_maps, "),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, setting: object, said: str) -> None:
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Autograder.attempts = {setting!r}\n"
    )
    hand_in(tmp_path, "ada", DONE, NOON)
    assert said in autograder(tmp_path, "grade", A.name, status=2)


@pytest.mark.slow
def test_a_group_has_one_submission_and_everybody_the_mark(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("Group;Student\npair;ada\npair;ben\n;\ntrio;eva\n")
    hand_in(tmp_path, "ada", GOOD, NOON)
    hand_in(tmp_path, "eva", GOOD, NOON)
    hand_in(tmp_path, "zoe", DONE, NOON)
    secret = "submission_secret.txt"
    (Course(tmp_path).submission("ada", A.name).parent / secret).write_text("1234")
    told = autograder(tmp_path, "grade", A.name)
    assert "4: 4 graded" in told
    first = earned(tmp_path)
    assert first["ben"] == first["ada"] < first["zoe"]
    autograder(tmp_path, "feedback", A.name, "--no-bank")
    assert "You work with ada. This page is about what ada handed in." in page(tmp_path, "ben")
    assert "You work with ben. This page is about what you handed in." in page(tmp_path, "ada")
    assert "You work with" not in page(tmp_path, "eva")
    found = [p.parent.parent.name for p in tmp_path.glob(f"feedback/*/{A.name}/{secret}")]
    assert found == ["ada"], "in the exchange, ben's page would take the place of hers"

    hand_in(tmp_path, "ben", DONE, NOON + 60)
    autograder(tmp_path, "grade", A.name)
    assert earned(tmp_path) == first | {"ada": first["zoe"], "ben": first["zoe"]}
    assert "You work with ben. This page is about what ben handed in." in page_of(tmp_path, "ada")

    autograder(tmp_path, "report", A.name, "--no-bank")
    table = (tmp_path / "reports" / f"{A.name}.csv").read_text()
    flags = {row["student"]: row["flags"] for row in csv.DictReader(table.splitlines())}
    assert "the same file as zoe" in flags["ada"], "for the group one of it is compared"
    assert "the same file as ada" in flags["zoe"]
    assert "the same file" not in flags["ben"]


@pytest.mark.slow
def test_a_partner_whom_nobody_knows_is_told(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("group,student\npair,ada\npair,lobelai\n")
    hand_in(tmp_path, "ada", DONE, NOON)
    told = " ".join(autograder(tmp_path, "grade", A.name).split())
    assert "groups.csv names lobelai: nobody by this name has handed in" in told
    assert "groups.csv" not in autograder(tmp_path, "grade", A.name), "now nobody has a name"
    with opened(Course(tmp_path)) as gradebook:
        gradebook.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
    told = " ".join(autograder(tmp_path, "grade", A.name).split())
    assert "groups.csv names lobelai: nobody by this name has handed in" in told
    with opened(Course(tmp_path)) as gradebook:
        gradebook.update_or_create_student("lobelai", first_name="Lobelia", last_name="Took")
    assert "note" not in autograder(tmp_path, "grade", A.name)

    (tmp_path / "groups.csv").unlink()
    told = " ".join(autograder(tmp_path, "merge", A.name).split())
    assert "lobelai: there are results, but no submission, alone or in a group" in told
    Course(tmp_path).result("lobelai", A.name).unlink()
    assert "note" not in autograder(tmp_path, "merge", A.name)


@pytest.mark.slow
def test_a_score_by_hand_is_of_the_whole_group(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text("group,student\npair,ada\npair,ben\n")
    hand_in(tmp_path, "ben", DONE, NOON)
    hand_in(tmp_path, "zoe", DONE, NOON)
    assert "partners" not in autograder(tmp_path, "grade", A.name)
    by_hand(tmp_path, "ada", 1.5, "Which fold?")
    told = autograder(tmp_path, "export", "--to", "csv", A.name)
    assert f"note: {A.name}: copied 1 score, given by hand, to the partners" in told
    assert written(tmp_path, "ben") == (1.5, "Which fold?", False)
    assert written(tmp_path, "zoe") == (None, "", True)
    with (tmp_path / "results" / "marks.csv").open() as file:
        rows = {row["student"]: row[WRITTEN] for row in csv.DictReader(file)}
    assert (rows["ada"], rows["ben"]) == ("1.5", "1.5")

    by_hand(tmp_path, "ben", 0.5, "Copied.")
    told = autograder(tmp_path, "merge", A.name)
    assert f"partners have different scores for {WRITTEN} (ada 1.5, ben 0.5)" in told
    assert written(tmp_path, "ada") == (1.5, "Which fold?", False)
    assert written(tmp_path, "ben") == (0.5, "Copied.", False)


@pytest.mark.slow
def test_a_score_by_hand_does_not_pass_to_another_answer(tmp_path: Path) -> None:
    collect(tmp_path, {"ada": {WRITTEN: "One."}, "ben": {WRITTEN: "Two."}, "cy": {}}, 9)
    autograder(tmp_path, "grade", A.name)
    for student in ("ada", "ben", "cy"):
        by_hand(tmp_path, student, 1.5, "Read.")
    (tmp_path / "groups.csv").write_text("group,student\npair,cy\npair,dan\n")
    other = {"ada": {WRITTEN: "Three."}, "ben": GOOD | {WRITTEN: "Two."}, "dan": {WRITTEN: "Four."}}
    collect(tmp_path, other, 10)
    looked = {"ada": True, "ben": False, "cy": True}
    for _ in range(2):  # the second time, all are on record
        assert "partners" not in autograder(tmp_path, "grade", A.name)
        for student, again in looked.items():
            assert written(tmp_path, student) == (1.5, "Read.", again)
        assert written(tmp_path, "dan") == (None, "", True)
    assert "ada, cy, dan" in autograder(tmp_path, "export", "--to", "csv", A.name)
    assert "not graded yet" in page_of(tmp_path, "ada")
    assert "not graded yet" not in page_of(tmp_path, "ben")
    assert "1 with a score in the gradebook" in autograder(tmp_path, "read", A.name)


def by_hand(root: Path, student: str, score: float, comment: str) -> None:
    """Score a written answer as formgrader does."""
    with opened(Course(root)) as gradebook:
        grade = gradebook.find_grade(WRITTEN, A.name, A.name, student)
        grade.manual_score, grade.needs_manual_grade = score, False
        said = gradebook.find_comment(WRITTEN, A.name, A.name, student)
        said.manual_comment = comment
        gradebook.db.commit()


def written(root: Path, student: str) -> tuple[float | None, str, bool]:
    booked = marks.read(Course(root), A.name).booked[student]
    mark = booked.marks[WRITTEN]
    return mark.manual, booked.comments.get(WRITTEN, ""), mark.needs_person


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group,who\n", "line 1: the columns are group, who; the file must have group, student"),
        ("group,student\npair,\n", "line 2: a group or a student is missing"),
        ("group,student\na,ada\nb,ada\n", "line 3: ada is in the groups a and b"),
        ("group,student\na,ada,01\n", "line 2: 3 cells, but the header has 2"),
        ("group,student,assignment\na,ada,01\n", "line 2: no assignment '01'; write one of"),
        ('group,"student"x\n', "line 1: not a table"),
        ("", "line 1: the columns are none"),
    ],
)
def test_a_wrong_line_of_groups_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "groups.csv").write_text(text)
    hand_in(tmp_path, "ada", DONE, NOON)
    assert f"groups.csv, {said}" in autograder(tmp_path, "grade", A.name, status=2)


@pytest.mark.slow
def test_the_first_stays_the_first_when_it_is_handed_in_again(tmp_path: Path) -> None:
    for hour, work in enumerate([BAD, DONE, BAD], 9):
        collect(tmp_path, {"ada": work}, hour)
    autograder(tmp_path, "grade", A.name, "--policy", "first")
    assert earned(tmp_path)["ada"] < 16
    assert "The first submission counts" in page_of(tmp_path, "ada")
    told = autograder(tmp_path, "grade", A.name, "--policy", "best", "--student", "ada", status=2)
    assert "--policy is for a whole class" in told


def test_who_left_a_group_for_an_assignment_is_in_the_new_one_only(tmp_path: Path) -> None:
    (tmp_path / "groups.csv").write_text(
        f"group,student,assignment\np,a,\np,b,\nq,b,{A.name}\nq,c,{A.name}\n"
    )
    groups = Course(tmp_path).groups
    assert [groups.of(s, A.name) for s in "abc"] == [("a",), ("b", "c"), ("b", "c")]
    other = "02_vanishing_gradient"
    assert [groups.of(s, other) for s in "abc"] == [("a", "b"), ("a", "b"), ("c",)]
