"""From a platform's archive to the archive of feedback, read by the rules of its own import."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from courses_for_tests import autograder

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course

A = find("01_relu_matrix")
CELLS = {"Jane Doe": {}, "Åsa O'Neil": {"z2": "z2 = 0"}, "Kim van_Dam": {"z1": "z1 = 0"}}


def zipped(path: Path, forms: dict[str, str]) -> Path:
    """An archive of the class; `forms` are the names of files, by student."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for student, name in forms.items():
            file.writestr(name, json.dumps(bank.submission(A, CELLS[student])))
    return path


def moodle_takes(name: str) -> tuple[int, str] | None:
    """Whose feedback Moodle takes a file for, and the name that it gets, by the rules of its
    import: the parts of a path are cut at underscores, and the first that holds a participant's
    number and a plugin says whose it is."""
    parts = name.split("/")
    if parts[-1].startswith((".", "~")):
        return None
    while parts:
        words = parts.pop(0).split("_", 4)
        if len(words) < 4 or not words[1].isdigit():
            continue
        if (words[2], words[3]) not in (("assignfeedback", "file"), ("assignsubmission", "file")):
            continue
        return int(words[1]), "/".join([*words[4:], *parts])
    return None


def canvas_takes(name: str) -> tuple[int, int] | None:
    """The user and the file that Canvas finds in a name: its first two words of digits."""
    base = name.rpartition("/")[2]
    numbers = [int(word) for word in base.split("_") if word.isdigit()]
    return None if base.startswith("._") or len(numbers) < 2 else (numbers[0], numbers[1])


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "course").mkdir()
    return tmp_path / "course"


def graded(course: Path, archive: Path) -> None:
    autograder(course, "collect", A.name, str(archive))
    path = course / "reports" / f"{A.name}_feedback_{archive.stem}.zip"
    before = autograder(course, "feedback", A.name, "--zip", archive.stem, status=2)
    assert "nobody who came from" in before
    assert f"run `autograder grade {A.name}` first" in before
    assert not path.exists()
    autograder(course, "grade", A.name)


def test_moodle(course: Path, tmp_path: Path) -> None:
    numbers = {"Jane Doe": 31, "Åsa O'Neil": 32, "Kim van_Dam": 33}
    forms = {
        who: f"{who.replace('_', ' ')}_{number}_assignsubmission_file/{A.name}.ipynb"
        for who, number in numbers.items()
    }
    graded(course, zipped(tmp_path / "moodle.zip", forms))
    stranger = Course(course).submission("came-by-mail", A.name)
    stranger.parent.mkdir(parents=True)
    stranger.write_text(json.dumps(bank.submission(A, {})))
    autograder(course, "grade", A.name, "--student", "came-by-mail")
    said = autograder(course, "feedback", A.name, "--no-bank", "--zip", "moodle")
    assert "came-by-mail: not in the archive, since they did not come from Moodle" in said
    path = course / "reports" / f"{A.name}_feedback_moodle.zip"
    assert f"{path}: 3 pages" in said
    with zipfile.ZipFile(path) as archive:
        taken = {moodle_takes(name): archive.read(name) for name in archive.namelist()}
    assert set(taken) == {(number, f"{A.name}.html") for number in numbers.values()}
    for who, number in numbers.items():
        assert who.split()[0] in taken[number, f"{A.name}.html"].decode()
    before = path.read_bytes()
    autograder(course, "feedback", A.name, "--no-bank", "--zip", "moodle")
    assert path.read_bytes() == before
    said = autograder(course, "feedback", A.name, "--no-bank", "--zip", "canvas", status=2)
    assert f"the submissions of {A.name} came from Moodle" in said


def test_canvas(course: Path, tmp_path: Path) -> None:
    forms = {
        "Jane Doe": f"doejane_101_9001_{A.name}-1.ipynb",
        "Åsa O'Neil": f"oneilåsa_LATE_102_9002_{A.name}.ipynb",
        "Kim van_Dam": "vandamkim_103_9003_my_7_answers_2.ipynb",
    }
    graded(course, zipped(tmp_path / "canvas.zip", forms))
    autograder(course, "feedback", A.name, "--no-bank", "--zip", "canvas")
    with zipfile.ZipFile(course / "reports" / f"{A.name}_feedback_canvas.zip") as archive:
        names = archive.namelist()
    assert {canvas_takes(name) for name in names} == {(101, 9001), (102, 9002), (103, 9003)}
    assert all(name.endswith(f"_{A.name}.html") for name in names)


def test_what_can_t_be_packed_is_said(course: Path) -> None:
    path = Course(course).submission("jdoe", A.name)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(bank.submission(A, {})))
    autograder(course, "grade", A.name)
    said = autograder(course, "feedback", A.name, "--no-bank", "--zip", "moodle", status=2)
    assert "were not collected from there; run `autograder collect" in said
    said = autograder(course, "feedback", A.name, "--zip", "moodle", "--assets", "shared", status=2)
    assert "leave one out" in said
