"""Archives into submissions: the names that platforms give, what
is there already, and hostile archives.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import subprocess
import sys
import time
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.course_lock import LOCK
from autograder.core.errors import RejectedError, UsageError
from autograder.gradebook.database import opened
from autograder.gradebook.marks import Person
from autograder.lms import archive, filenames
from autograder.lms.archive import Archive
from autograder.lms.collect import Options, collect
from autograder.lms.collected import Collected

A = find("01_relu_matrix")
NAME = A.name
FORCE = Options(force=True)


def notebook(text: str) -> bytes:
    """A submission that differs from others by a text."""
    return json.dumps(bank.submission(A, {"explain_fold": text})).encode()


OTHER = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [{"cell_type": "code", "source": "1"}],
    }
)


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return path


def entry(name: str, mode: int = 0, system: int = 3, **fields: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2026, 3, 2, 10, 0, 0))
    info.create_system, info.external_attr = system, mode << 16
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def submitted(course: Course) -> dict[str, bytes]:
    """Every file in submitted/, but for what was replaced."""
    root = course.root / "submitted"
    files = [path for path in root.rglob("*") if path.is_file() and ".replaced" not in path.parts]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def state(found: Collected) -> dict[str, str]:
    return {taken.student: taken.state for taken in found.taken}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "course").mkdir()
    return Course(tmp_path / "course")


def enrol(course: Course, *people: Person) -> None:
    with opened(course) as gradebook:
        for person in people:
            gradebook.update_or_create_student(
                person.id,
                first_name=person.first_name,
                last_name=person.last_name,
                lms_user_id=person.lms_user_id,
            )
        gradebook.db.commit()


# --- The names of platforms ---


def test_canvas(course: Course, tmp_path: Path) -> None:
    enrol(course, Person("jdoe", "Jane", "Doe", lms_user_id="101"))
    path = zipped(
        tmp_path / "submissions.zip",
        (f"doejane_101_9001_{NAME}.ipynb", notebook("first")),
        (f"doejane_101_9005_{NAME}-1.ipynb", notebook("second")),
        (f"doejane_LATE_102_9002_{NAME}-2.ipynb", notebook("another Jane Doe")),
        ("ngströmåsa_103_9003_homework.ipynb", notebook("renamed")),
        ("ngströmåsa_103_9004_photo of my notes.png", b"\x89PNG"),
        ("o_le_104_9006_scratch.ipynb", OTHER.encode()),
        ("o_le_104_9007_cut.ipynb", b"{"),
    )
    found = collect(course, A, path, Options())
    assert found.scheme == "Canvas"
    assert submitted(course) == {
        f"jdoe/{NAME}/{NAME}.ipynb": notebook("second"),
        f"doejane_102/{NAME}/{NAME}.ipynb": notebook("another Jane Doe"),
        f"ngströmåsa_103/{NAME}/{NAME}.ipynb": notebook("renamed"),
    }
    (jane,) = (taken for taken in found.taken if taken.student == "jdoe")
    assert jane.older == (f"doejane_101_9001_{NAME}.ipynb",)
    assert [taken.student for taken in found.taken if taken.late] == ["doejane_102"]
    assert {refusal.name: refusal.reason for refusal in found.others} == {
        "ngströmåsa_103_9004_photo of my notes.png": "not a notebook",
        "o_le_104_9006_scratch.ipynb": f"not the notebook {NAME}",
        "o_le_104_9007_cut.ipynb": f"not the notebook {NAME}",
    }
    assert found.refused == []
    assert found.newcomers == ["doejane_102", "ngströmåsa_103"]
    with opened(course) as gradebook:  # `autograder export --to canvas` needs the IDs
        assert {s.id: s.lms_user_id for s in gradebook.students} == {
            "jdoe": "101", "doejane_102": "102", "ngströmåsa_103": "103",
        }  # fmt: skip
    assert state(collect(course, A, path, Options())) == {
        "jdoe": "unchanged", "doejane_102": "unchanged", "ngströmåsa_103": "unchanged",
    }  # fmt: skip


def test_what_has_the_right_name_is_taken_whatever_it_is(course: Course, tmp_path: Path) -> None:
    """Grading rejects it, with a reason for its author."""
    path = zipped(
        tmp_path / "a.zip",
        (f"x_1_2_{NAME}.ipynb", b"PK"),
        ("x_1_3_other.ipynb", notebook("renamed, later")),
    )
    found = collect(course, A, path, Options())
    assert submitted(course) == {f"x_1/{NAME}/{NAME}.ipynb": b"PK"}
    assert [refusal.reason for refusal in found.others] == ["another notebook"]


def test_anonymous_canvas(course: Course, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"anon_Ab3De_9001_{NAME}.ipynb", notebook("x")),
        (f"LATE_anon_zzzzz_9002_{NAME}.ipynb", notebook("y")),
    )
    found = collect(course, A, path, Options())
    assert {taken.student: taken.late for taken in found.taken} == {
        "anon_ab3de": False,
        "anon_zzzzz": True,
    }


@pytest.mark.parametrize(
    "form",
    ["{}_assignsubmission_file/{}", "{}_assignsubmission_file_/{}", "{}_assignsubmission_file_{}"],
)
def test_moodle(course: Course, tmp_path: Path, form: str) -> None:
    enrol(course, Person("jdoe", "Jane", "Doe"), Person("oneil", "Seán", "O'Neil"),
    Person("li2", "Wei", "Li"),
          Person("li1", "Wei", "Li"), Person("max_muster", "Somebody", "Else"))  # fmt: skip
    path = zipped(
        tmp_path / "a.zip",
        (form.format("Jane Doe_657737", f"{NAME}.ipynb"), notebook("jane")),
        (form.format("Seán ONeil_657738", f"{NAME} (1).ipynb"), notebook("sean")),
        (form.format("Wei Li_657739", f"{NAME}.ipynb"), notebook("one of two")),
        (form.format("Ann Onym_657740", f"{NAME}.ipynb"), notebook("ann")),
        (form.format("Kim Kim_1", f"{NAME}.ipynb"), notebook("kim")),
        (form.format("Kim Kim_2", f"{NAME}.ipynb"), notebook("the other")),
        (form.format("Max Muster_3", f"{NAME}.ipynb"), notebook("max")),
        ("Jane Doe_657737_assignsubmission_onlinetext/onlinetext.html", b"<p>Hello</p>"),
    )
    found = collect(course, A, path, Options())
    assert found.scheme == "Moodle"
    written = {name.split("/")[0]: data for name, data in submitted(course).items()}
    assert written == {
        "jdoe": notebook("jane"),
        "oneil": notebook("sean"),
        "wei_li_657739": notebook("one of two"),  # two in the gradebook are called so
        "ann_onym": notebook("ann"),
        "kim_kim_1": notebook("kim"),
        "kim_kim_2": notebook("the other"),
        "max_muster_3": notebook("max"),  # the one in the gradebook is somebody else
    }
    assert [refusal.reason for refusal in found.others] == ["not a notebook"]
    assert not any(name.endswith("timestamp.txt") for name in submitted(course))


@pytest.mark.parametrize("word", ["Participant", "Teilnehmerin", "Group A-Participant", "参加者"])
def test_blind_marking_in_moodle_makes_nobody_somebody_else(
    course: Course, tmp_path: Path, word: str
) -> None:
    """Moodle calls everybody the same; archives with one participant each come one by one."""
    form = "{}_{}_assignsubmission_file/{}.ipynb"
    entries = [(form.format(word, n, NAME), notebook(f"of {n}")) for n in (71, 72)]
    for n, each in enumerate(entries):
        collect(course, A, zipped(tmp_path / f"{n}.zip", each), Options(force=True))
    together = collect(course, A, zipped(tmp_path / "all.zip", *entries), Options(force=True))
    assert set(state(together).values()) == {"unchanged"}
    assert sorted(submitted(course).values()) == [notebook("of 71"), notebook("of 72")]


def test_two_of_a_name_stay_two_when_one_of_them_hands_in_again(
    course: Course, tmp_path: Path
) -> None:
    form = "Kim Kim_{}_assignsubmission_file/{}.ipynb"
    entries = [(form.format(n, NAME), notebook(f"of {n}")) for n in (1, 2)]
    collect(course, A, zipped(tmp_path / "all.zip", *entries), Options())
    again = collect(course, A, zipped(tmp_path / "one.zip", entries[1]), Options())
    assert state(again) == {"kim_kim_2": "unchanged"}


@pytest.mark.parametrize(
    ("name", "student", "first", "last"),
    [
        (f"lindbergalva_20344_9_{NAME}.ipynb", "lindbergalva_20344", "", "lindbergalva"),
        (f"Ann Onym_7_assignsubmission_file/{NAME}.ipynb", "ann_onym", "Ann", "Onym"),
        (
            f"Participant_7_assignsubmission_file/{NAME}.ipynb",
            "participant_7",
            "Participant",
            "7",
        ),
    ],
)
def test_a_stranger_is_entered_with_the_name_that_the_archive_gives(
    course: Course, tmp_path: Path, name: str, student: str, first: str, last: str
) -> None:
    """Formgrader would call them None, None."""
    path = zipped(tmp_path / "a.zip", (name, notebook("theirs")))
    assert collect(course, A, path, Options()).newcomers == [student]
    with opened(course) as gradebook:
        assert [(s.id, s.first_name, s.last_name) for s in gradebook.students] == [
            (student, first, last)
        ]
    again = collect(course, A, path, Options())
    assert (state(again), again.newcomers) == ({student: "unchanged"}, [])


@pytest.mark.parametrize(
    ("scheme", "folder", "name"),
    [
        ("Moodle", "Eve Adams_1_assignsubmission_file/", f"{NAME}.ipynb"),
        ("Canvas", "", f"adamseve_7_8_{NAME}.ipynb"),
        ("Canvas", "submissions/", f"adamseve_7_8_{NAME}.ipynb"),
    ],
)
def test_a_student_does_not_choose_when_it_was_handed_in(
    course: Course, tmp_path: Path, scheme: str, folder: str, name: str
) -> None:
    stamp = (f"{folder}timestamp.txt", b"2020-01-01 00:00:00 UTC")
    found = collect(
        course,
        A,
        zipped(tmp_path / "a.zip", (f"{folder}{name}", notebook("late")), stamp),
        Options(),
    )
    assert (found.scheme, len(found.taken)) == (scheme, 1)
    assert [(refusal.name, refusal.reason) for refusal in found.others] == [
        (f"{folder}timestamp.txt", "not a notebook")
    ]
    assert not any(path.endswith("timestamp.txt") for path in submitted(course))


@pytest.mark.parametrize("prefix", ["", "submitted/", "class of 2026/handed in/"])
@pytest.mark.parametrize("inner", ["", f"{NAME}/"])
def test_plain(course: Course, tmp_path: Path, prefix: str, inner: str) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"{prefix}zoë/{inner}{NAME}.ipynb", notebook("zoë")),
        (f"{prefix}zoë/{inner}timestamp.txt", b"2026-03-02 11:00:00 Europe/Berlin\n"),
        (f"{prefix}ben 2/{inner}{NAME}-Copy1.ipynb", notebook("ben")),
        (f"{prefix}ben 2/{inner}timestamp.txt", b"yesterday"),
        (f"{prefix}ben 2/{inner}.ipynb_checkpoints/{NAME}-checkpoint.ipynb", notebook("old")),
        (f"__MACOSX/{prefix}ben 2/{inner}._{NAME}.ipynb", b"Mac OS X"),
        (f"{prefix}eve/deep/er/{inner}{NAME}.ipynb", notebook("whose?")),
        (f"{NAME}.ipynb", notebook("nobody's")),
    )
    found = collect(course, A, path, Options())
    assert found.scheme == "plain"
    assert submitted(course) == {
        f"zoë/{NAME}/{NAME}.ipynb": notebook("zoë"),
        f"zoë/{NAME}/timestamp.txt": b"2026-03-02 10:00:00 UTC\n",
        f"ben 2/{NAME}/{NAME}.ipynb": notebook("ben"),
    }
    assert sorted(refusal.reason.split(":")[0] for refusal in found.others) == [
        "hidden", "hidden", "no student in its name", "no student in its name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "stamp", [b"9" * 50 + b"h", b"1" * 190, b"\xff\xfe", b"", b"(((", b"24:99", b"9" * 18 + b"h"]
)
def test_a_time_that_nobody_can_read_costs_nobody_their_place(
    course: Course, tmp_path: Path, stamp: bytes
) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"ann/{NAME}.ipynb", notebook("ann")),
        ("ann/timestamp.txt", stamp),
        (f"ben/{NAME}.ipynb", notebook("ben")),
    )
    collect(course, A, path, Options())
    assert submitted(course) == {
        f"ann/{NAME}/{NAME}.ipynb": notebook("ann"),
        f"ben/{NAME}/{NAME}.ipynb": notebook("ben"),
    }


def test_a_name_is_the_same_in_composed_and_decomposed_letters(
    course: Course, tmp_path: Path
) -> None:
    """A Mac takes letters apart; the student would have two folders."""
    enrol(course, Person("zoë", "Zoë", "Muñoz"))
    apart = unicodedata.normalize("NFD", "zoë")
    assert apart != "zoë"
    stamp = (f"{apart}/timestamp.txt", b"2026-03-02 10:00:00 UTC")
    found = collect(
        course,
        A,
        zipped(tmp_path / "1.zip", (f"{apart}/{NAME}.ipynb", notebook("1")), stamp),
        Options(),
    )
    assert (state(found), found.newcomers) == ({"zoë": "new"}, [])
    found = collect(
        course, A, zipped(tmp_path / "2.zip", (f"zoë/{NAME}.ipynb", notebook("1"))), Options()
    )
    assert state(found) == {"zoë": "unchanged"}
    assert set(submitted(course)) == {f"zoë/{NAME}/{NAME}.ipynb", f"zoë/{NAME}/timestamp.txt"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_moodle_gives_a_student_one_name(form: Literal["NFC", "NFD"]) -> None:
    paths = [
        PurePosixPath(unicodedata.normalize(form, f"Zoë Muñoz_{n}_assignsubmission_file/a.ipynb"))
        for n in "11"
    ]
    paths.append(PurePosixPath("Zoë Muñoz_1_assignsubmission_file/b.ipynb"))
    claims = [claim for path in paths if (claim := filenames.claim(path, "Moodle", NAME))]
    assert set(filenames.students(claims, "Moodle", [Person("zm", "Zoë", "Muñoz")]).values()) == {
        "zm"
    }


def test_a_students_file_names_change_nothing_for_others(course: Course, tmp_path: Path) -> None:
    """Many notebooks that are named as Canvas and Moodle would do not make it their archive."""
    tricks = [(f"eve/victim_1_{n}_{NAME}.ipynb", notebook("evil")) for n in range(9)]
    tricks += [
        (f"eve/Victim_{n}_assignsubmission_file_{NAME}.ipynb", notebook("evil")) for n in range(9)
    ]
    path = zipped(tmp_path / "a.zip", (f"ann/{NAME}.ipynb", notebook("ann")), *tricks)
    found = collect(course, A, path, Options())
    assert set(state(found)) == {"ann", "eve"}
    path = zipped(tmp_path / "b.zip", (f"eve_7_8_x_1_2_{NAME}.ipynb", OTHER.encode()),
                  (f"eve_7_9_Ann_1_assignsubmission_file_{NAME}.ipynb",
                  OTHER.encode()))  # fmt: skip
    assert collect(Course(tmp_path), A, path, Options()).taken == []


# --- What is there already ---


def test_a_different_submission_is_kept_until_forced(course: Course, tmp_path: Path) -> None:
    first = zipped(tmp_path / "1.zip", (f"ann/{NAME}.ipynb", notebook("first")),
                   ("ann/timestamp.txt", b"2026-03-02 10:00:00 UTC"))  # fmt: skip
    second = zipped(tmp_path / "2.zip", (f"ann/{NAME}.ipynb", notebook("second")),
                    ("ann/timestamp.txt", b"2026-03-03 10:00:00 UTC"))  # fmt: skip
    assert state(collect(course, A, first, Options())) == {"ann": "new"}
    before = submitted(course)
    assert state(collect(course, A, first, FORCE)) == {"ann": "unchanged"}
    kept = collect(course, A, second, Options())
    assert (state(kept), kept.backup) == ({"ann": "kept"}, None)
    assert submitted(course) == before
    replaced = collect(course, A, second, FORCE)
    assert state(replaced) == {"ann": "replaced"}
    assert submitted(course) == {
        f"ann/{NAME}/{NAME}.ipynb": notebook("second"),
        f"ann/{NAME}/timestamp.txt": b"2026-03-03 10:00:00 UTC\n",
    }
    assert replaced.backup is not None
    assert (replaced.backup / NAME / "ann" / f"{NAME}.ipynb").read_bytes() == notebook("first")
    assert (replaced.backup / NAME / "ann" / "timestamp.txt").is_file()
    again = collect(course, A, first, FORCE)
    assert again.backup != replaced.backup
    assert len(list((course.root / "submitted" / ".replaced").iterdir())) == 2


def test_nbgrader_does_not_see_what_was_replaced(course: Course, tmp_path: Path) -> None:
    for text in ("first", "second"):
        collect(course, A, zipped(tmp_path / "a.zip", (f"ann/{NAME}.ipynb", notebook(text))), FORCE)
    assert Course(course.root).students(NAME) == ["ann"]
    api = NbGraderAPI(CourseDirectory(root=str(course.root)))
    assert api.get_submitted_students(NAME) == {"ann"}
    assert api.get_submitted_students("*") == {"ann"}


@pytest.mark.parametrize(
    "place", ["student", "assignment", "notebook", "directory", "file", "backup"]
)
def test_nothing_is_written_through_a_link(course: Course, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = course.submission("ann", NAME)
    link = {"student": target.parent.parent, "assignment": target.parent, "notebook": target}.get(
        place
    )
    target.parent.mkdir(parents=True)
    if place == "directory":
        target.mkdir()
    elif place == "file":
        target.parent.rmdir()
        target.parent.write_text("in the way")
    elif place == "backup":
        target.write_bytes(notebook("old"))
        (course.root / "submitted" / ".replaced").symlink_to(outside)
    elif link is not None:
        for path in (target.parent, target.parent.parent):
            if path == link or link in path.parents:
                path.rmdir()
        link.symlink_to(outside)
    path = zipped(
        tmp_path / "a.zip",
        (f"ann/{NAME}.ipynb", notebook("ann")),
        (f"ben/{NAME}.ipynb", notebook("ben")),
    )
    found = collect(course, A, path, FORCE)
    assert state(found) == {"ben": "new"}
    (refusal,) = found.refused
    assert refusal.reason.startswith("not written: ")
    assert list(outside.iterdir()) == []


# --- Times ---


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
def test_times_of_entries_only_when_asked(course: Course, tmp_path: Path) -> None:
    extra = struct.pack("<HHHH", 1, 4, 0, 0) + struct.pack("<HHBi", 0x5455, 5, 1, 1_772_442_000)
    path = zipped(
        tmp_path / "a.zip",
        (entry(f"local/{NAME}.ipynb"), notebook("by this machine's clock")),
        (entry(f"exact/{NAME}.ipynb", extra=extra), notebook("UTC")),
        (
            entry(f"none/{NAME}.ipynb", date_time=(1980, 1, 1, 0, 0, 0)),
            notebook("the archive does not tell"),
        ),
    )
    collect(course, A, path, Options())
    assert not [name for name in submitted(course) if name.endswith("timestamp.txt")]
    assert set(state(collect(course, A, path, Options(entry_times=True))).values()) == {"unchanged"}
    stamps = {
        name.split("/")[0]: data
        for name, data in submitted(course).items()
        if name.endswith("timestamp.txt")
    }
    assert stamps == {"local": b"2026-03-02 09:00:00 UTC\n", "exact": b"2026-03-02 09:00:00 UTC\n"}


def test_of_two_the_later_is_taken(course: Course, tmp_path: Path) -> None:
    late = entry(f"ann/{NAME}.ipynb", date_time=(2026, 3, 2, 10, 0, 2))
    path = zipped(
        tmp_path / "a.zip",
        (late, notebook("later")),
        (entry(f"ann/{NAME} (7).ipynb"), notebook("earlier")),
    )
    (taken,) = collect(course, A, path, Options()).taken
    assert taken.older == (f"ann/{NAME} (7).ipynb",)
    assert submitted(course)[f"ann/{NAME}/{NAME}.ipynb"] == notebook("later")


# --- Hostile and damaged archives ---

HOSTILE: dict[str, tuple[zipfile.ZipInfo, str]] = {
    "slip": (entry(f"../../eve/{NAME}.ipynb"), "leads out of the archive"),
    "slip inside": (entry(f"eve/../../{NAME}.ipynb"), "leads out of the archive"),
    "slip, backslashes": (entry(f"..\\..\\eve\\{NAME}.ipynb"), "leads out of the archive"),
    "absolute": (entry(f"/tmp/eve/{NAME}.ipynb"), "an absolute name"),
    "drive": (entry(f"C:\\eve\\{NAME}.ipynb"), "an absolute name"),
    "symbolic link": (entry(f"eve/{NAME}.ipynb", stat.S_IFLNK | 0o777), "a symbolic link"),
    "link from elsewhere": (
        entry(f"eve/{NAME}.ipynb", stat.S_IFLNK | 0o777, system=0),
        "a symbolic link",
    ),
    "pipe": (entry(f"eve/{NAME}.ipynb", stat.S_IFIFO | 0o666), "not a regular file"),
    "terminal": (entry(f"\x1b[2J/{NAME}.ipynb"), "control characters"),
    "right to left": (entry(f"\u202eeve/{NAME}.ipynb"), "control characters"),
    "long name": (entry(f"{'e' * 101}/{NAME}.ipynb"), "not a valid name for a student"),
    "long in bytes": (entry(f"{'語' * 90}/{NAME}.ipynb"), "not a valid name for a student"),
    "blank name": (entry(f"  /{NAME}.ipynb"), "not a valid name for a student"),
    "lzma": (
        entry(f"eve/{NAME}.ipynb", compress_type=zipfile.ZIP_LZMA),
        "packed in an unusual way",
    ),
}


@pytest.mark.parametrize(("info", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_entry_is_refused_and_the_others_are_taken(
    course: Course, tmp_path: Path, info: zipfile.ZipInfo, reason: str
) -> None:
    path = zipped(
        tmp_path / "a.zip", (info, notebook("evil")), (f"ann/{NAME}.ipynb", notebook("ann"))
    )
    before = sorted(path for path in tmp_path.rglob("*"))
    found = collect(course, A, path, Options())
    (refusal,) = found.refused
    assert reason in refusal.reason
    assert refusal.name.isprintable()
    assert submitted(course) == {f"ann/{NAME}/{NAME}.ipynb": notebook("ann")}
    new = {path for path in tmp_path.rglob("*") if path not in before}
    places = {path.relative_to(course.root).parts[0] for path in new}
    assert places == {LOCK, "submitted", "reports"}


def test_a_bomb_is_not_unpacked(course: Course, tmp_path: Path) -> None:
    """A quarter of a gibibyte in a quarter of a megabyte:
    neither time nor memory is spent on it.
    """
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open(f"eve/{NAME}.ipynb", "w", force_zip64=True) as bomb:
            for _ in range(256):
                bomb.write(bytes(2**20))
        file.writestr(f"ann/{NAME}.ipynb", notebook("ann"))
    with Archive(path) as opened_archive:
        tracemalloc.start()
        with pytest.raises(RejectedError, match="larger than 1 MiB when unpacked"):
            opened_archive.read(opened_archive.files[0], 2**20)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 16 * 2**20
    found = collect(course, A, path, Options())
    assert [refusal.reason for refusal in found.refused] == ["larger than 200 MiB when unpacked"]
    assert state(found) == {"ann": "new"}


def test_headers_that_lie_about_sizes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", (f"eve/{NAME}.ipynb", bytes(3 * 2**20)))
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 10)
    path.write_bytes(data)
    with Archive(path) as opened_archive:
        (file,) = opened_archive.files
        try:
            assert len(opened_archive.read(file, 2**20)) <= 2**20
        except RejectedError as error:
            # Python takes the header's word, or finds it wrong: both are bounded.
            assert str(error)  # noqa: PT017


def test_the_total_is_bounded(tmp_path: Path) -> None:
    files = [(f"s{n}/{NAME}.ipynb", bytes(2**20)) for n in range(5)]
    with Archive(zipped(tmp_path / "a.zip", *files), total_mib=3.5) as opened_archive:
        for file in opened_archive.files[:3]:
            opened_archive.read(file, 2**20)
        with pytest.raises(RejectedError, match=r"unpacks to more than 3\.5 MiB"):
            opened_archive.read(opened_archive.files[3], 2**20)


def test_the_number_of_entries_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    with pytest.raises(UsageError, match="more than 3 entries"):
        Archive(zipped(tmp_path / "a.zip", *((f"{n}", b"") for n in range(4))))


def test_a_damaged_notebook_gives_way_to_the_one_before(course: Course, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"x_1_2_{NAME}.ipynb", notebook("first")),
        (f"x_1_3_{NAME}-1.ipynb", notebook("2")),
    )
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x03\x04", 10)
    data[second + 200 : second + 220] = bytes(20)
    path.write_bytes(data)
    found = collect(course, A, path, Options())
    assert submitted(course) == {f"x_1/{NAME}/{NAME}.ipynb": notebook("first")}
    assert [refusal.reason for refusal in found.refused] == [
        "damaged in the archive; download it again"
    ]


def test_encrypted_entries(course: Course, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"eve/{NAME}.ipynb", notebook("x")),
        (f"ann/{NAME}.ipynb", notebook("ann")),
    )
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(data)
    found = collect(course, A, path, Options())
    assert state(found) == {"ann": "new"}
    assert found.refused[0].reason.startswith("encrypted")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name(course: Course, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        *((entry(f"ann/{NAME}.ipynb"), notebook(text)) for text in ("one", "two")),
    )
    (taken,) = collect(course, A, path, Options()).taken
    assert taken.older == (f"ann/{NAME}.ipynb",)
    assert submitted(course) == {f"ann/{NAME}/{NAME}.ipynb": notebook("two")}


def test_utf8_names_that_do_not_say_so(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", (f"zoë/{NAME}.ipynb", b""))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        assert data[data.index(mark) + offset] == 8
        data[data.index(mark) + offset] = 0
    path.write_bytes(data)
    with Archive(path) as opened_archive:
        assert [file.name for file in opened_archive.files] == [f"zoë/{NAME}.ipynb"]


def good_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zoë/a.ipynb", b"text " * 50)
        file.writestr("b/a.ipynb", b"more " * 50)
    return buffer.getvalue()


@settings(max_examples=400)
@given(
    st.lists(st.tuples(st.integers(0, len(good_zip()) - 1), st.integers(0, 255)), max_size=6),
    st.integers(0, 80),
)
def test_any_damage_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(good_zip())
    for place, value in changes:
        data[place] = value
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    path.write_bytes(data[: len(data) - cut])
    try:
        with Archive(path) as opened_archive:
            for file in opened_archive.files:
                try:
                    assert len(opened_archive.read(file, 1000)) <= 1000
                except RejectedError as error:
                    assert str(error)  # noqa: PT017
                assert ".." not in file.path.parts
                assert not file.path.is_absolute()
    except UsageError as error:
        assert "zip" in str(error)  # noqa: PT017


# --- Names by themselves ---


@pytest.mark.parametrize(
    ("name", "version"),
    [(f"{NAME}.ipynb", 0), (f"{NAME}-1.ipynb", 1), (f"{NAME}-12.ipynb", 12), (f"{NAME} (3).ipynb",
    3),
     (f"{NAME}(3).ipynb", 3), (f"{NAME}-Copy1.ipynb", 1), (f"{NAME.upper()}.IPYNB",
     0), (f"{NAME}_2.ipynb", 2),
     (f"{NAME}_final.ipynb", None), (f"my {NAME}.ipynb", None), (f"{NAME}.py", None), (f"{NAME}",
     None)],
)  # fmt: skip
def test_names_of_notebooks(name: str, version: int | None) -> None:
    assert filenames.version_of(name, NAME) == version


@pytest.mark.parametrize(
    ("path", "claim"),
    [("doejane_12_34_a.ipynb", filenames.Claim("doejane", "12", "a.ipynb", False, 34)),
     ("doejane_LATE_12_34_a.ipynb", filenames.Claim("doejane", "12", "a.ipynb", True, 34)),
     ("doe_jane_12_34_a_5_6_b.ipynb",
     filenames.Claim("doe_jane", "12", "a_5_6_b.ipynb", False, 34)),
     ("_12_34_a.ipynb", filenames.Claim("", "12", "a.ipynb", False, 34)),
     ("doejane_12_a.ipynb", None), ("a.ipynb", None)],
)  # fmt: skip
def test_names_of_canvas(path: str, claim: filenames.Claim | None) -> None:
    assert filenames.claim(PurePosixPath(path), "Canvas", NAME) == claim


# --- The command ---


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = [str(Path(sys.executable).parent / "autograder"), "collect", *arguments]
    env = os.environ | {"COLUMNS": "200"}
    return subprocess.run(
        program, capture_output=True, text=True, timeout=120, check=False, env=env
    )


def test_the_command(course: Course, tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "a.zip",
        (f"doejane_LATE_1_2_{NAME}.ipynb", notebook("first")),
        (f"doejane_LATE_1_3_{NAME}-1.ipynb", notebook("second")),
        ("doejane_LATE_1_4_[red]notes.pdf", b"%PDF"),
    )
    done = command(NAME, str(path), "--course-dir", str(course.root))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "late doejane_1: according to Canvas" in lines
    assert (
        f"several doejane_1: collected doejane_LATE_1_3_{NAME}-1.ipynb, the last one; "
        f"not collected: doejane_LATE_1_2_{NAME}.ipynb" in lines
    )
    assert "passed over doejane_LATE_1_4_[red]notes.pdf: not a notebook" in lines
    assert "submissions 1: 1 new" in lines
    receipts = course.root / "reports" / f"{NAME}_receipts.csv"
    assert f"receipts {receipts}" in lines
    number = hashlib.sha256(notebook("second")).hexdigest()
    assert receipts.read_text().splitlines() == ["student,sha256", f"doejane_1,{number}"]
    hostile = zipped(
        tmp_path / "b.zip",
        (f"doejane_1_9_{NAME}.ipynb", notebook("third")),
        (f"../x_1_2_{NAME}.ipynb", b""),
    )
    done = command(NAME, str(hostile), "--course-dir", str(course.root))
    assert done.returncode == 1
    assert "kept doejane_1: a different notebook is there already" in " ".join(done.stdout.split())
    assert f"refused ../x_1_2_{NAME}.ipynb: a name that leads out of the archive" in " ".join(
        done.stdout.split()
    )
    assert number in receipts.read_text(), "the file that stayed"


def test_what_is_no_archive_is_a_sentence(course: Course, tmp_path: Path) -> None:
    whole = zipped(tmp_path / "a.zip", (f"ann/{NAME}.ipynb", notebook("ann"))).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:-30])
    (tmp_path / "other.zip").write_bytes(b"%PDF-1.7" + bytes(100))
    (tmp_path / "empty.zip").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.zip")
    for name, sentence in (
        ("cut.zip", "not a complete zip archive"), ("other.zip", "not a complete zip archive"),
        ("empty.zip", "not a complete zip archive"), ("gone.zip", "there is no"), ("pipe.zip",
        "is not a file"),
        ("", "is not a file"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=sentence):
            collect(course, A, tmp_path / name, Options())
    done = command(NAME, str(tmp_path / "cut.zip"), "--course-dir", str(course.root))
    assert done.returncode == 2
    assert done.stderr.startswith("autograder: ")
    assert not (course.root / "submitted").exists()


def test_nothing_to_collect(course: Course, tmp_path: Path) -> None:
    found = collect(course, A, zipped(tmp_path / "a.zip", ("notes.txt", b"hello")), Options())
    assert found.taken == []
    assert [refusal.name for refusal in found.others] == ["notes.txt"]
