"""Recording: files are whole or not there, and what is on record is read back as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from autograder.core import outcome
from autograder.core.course import Course
from autograder.core.files import write
from autograder.core.outcome import Provenance, Result, TaskResult, TestResult
from autograder.pipeline import record

PROVENANCE = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
TESTS = [
    TestResult("test_a", "passed", 7.5, None, 0.1, "It adds."),
    TestResult("test_b", "failed", 2.5, "☺ sign?", 0.2),
]


def a_result(student: str = "s1") -> Result:
    return Result(
        assignment="a",
        student=student,
        status="graded",
        score=1.5,
        max_score=2,
        tasks=[TaskResult("z1", 2, 1.5, TESTS)],
        notes=["a note"],
        provenance=PROVENANCE,
        seconds=0.8,
    )


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course(tmp_path)
    course.submission("s1", "a").parent.mkdir(parents=True)
    return course


def stamp(course: Course) -> Path:
    return course.submission("s1", "a").parent / "timestamp.txt"


def kept_stamp(course: Course) -> Path:
    return course.autograded("s1", "a").parent / "timestamp.txt"


# --- One file ---


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "x" / "y" / "file"
    write(path, b"one")
    write(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(("umask", "mode"), [("022", "644"), ("077", "600")])
def test_who_may_read_a_file_is_the_account_s_own_decision(
    tmp_path: Path, umask: str, mode: str
) -> None:
    """Marks of a class lie on machines that others use too."""
    path = f"Path({str(tmp_path / 'file')!r})"
    write = f"from pathlib import Path; from autograder.core.files import write; write({path}, b'')"
    subprocess.run(
        ["sh", "-c", f'umask {umask}; exec "$0" -c "$1"', sys.executable, write], check=True
    )
    assert oct((tmp_path / "file").stat().st_mode)[-3:] == mode


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    path = tmp_path / "file"
    path.symlink_to(other)
    write(path, b"new")
    assert other.read_bytes() == b"precious"
    assert path.read_bytes() == b"new"
    assert not path.is_symlink()


@pytest.mark.parametrize("size", [1_001, 100_000, 5_000_000])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, size: int) -> None:
    """No file may grow beyond 1000 bytes, as on a disk that is full."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    program = f"""
import pathlib, resource, sys
from autograder.core.files import write
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
path = pathlib.Path(sys.argv[1])
write(path.with_name("small"), b"x" * 1000)
try:
    write(path, b"x" * {size})
except OSError as error:
    print("OSError", error.errno)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "OSError 27\n"  # EFBIG
    assert path.read_bytes() == b"old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "small"]


def test_a_place_that_can_not_be_replaced_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="file"):
        write(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_readers_see_the_old_or_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    versions = [bytes([65 + i]) * 200_000 for i in range(5)]
    write(path, versions[0])
    stop = threading.Event()
    seen: set[bytes] = set()

    def look() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(5):
        for data in versions:
            write(path, data)
    stop.set()
    reader.join()
    assert seen
    assert seen <= set(versions)


# --- Results ---


def test_what_is_saved_is_read_back(course: Course) -> None:
    result = a_result()
    record.save(course, result, b"{}")
    assert record.read(course, "s1", "a") == result
    assert course.autograded("s1", "a").read_bytes() == b"{}"


def test_the_file_has_the_schema_that_others_read(course: Course) -> None:
    record.save(course, a_result(), b"{}")
    found = json.loads((course.root / "results" / "a" / "s1.json").read_text(encoding="utf-8"))
    plain = {
        key: value
        for key, value in found.items()
        if key not in ("tasks", "provenance", "notes", "seconds")
    }
    assert plain == {
        "schema": 1, "assignment": "a", "student": "s1", "status": "graded", "reason": None,
        "score": 1.5, "max_score": 2, "copied_from": "",
    }  # fmt: skip
    (task,) = found["tasks"]
    assert {key: task[key] for key in ("id", "points", "score")} == {
        "id": "z1",
        "points": 2,
        "score": 1.5,
    }
    assert [test["outcome"] for test in task["tests"]] == ["passed", "failed"]
    assert {"name", "outcome", "weight", "hint", "seconds"} <= set(task["tests"][0])
    assert set(found["provenance"]) == set(msgspec.structs.asdict(PROVENANCE))


def test_not_graded_has_no_score(course: Course) -> None:
    result = Result(
        assignment="a",
        student="s1",
        status="rejected",
        reason="Why.",
        max_score=18,
        provenance=PROVENANCE,
        seconds=0,
    )
    record.save(course, result, None)
    found = json.loads(course.result("s1", "a").read_bytes())
    assert (found["score"], found["tasks"], found["reason"]) == (None, [], "Why.")


def test_a_result_without_a_notebook_takes_the_earlier_notebook_away(course: Course) -> None:
    record.save(course, a_result(), b"{}")
    record.save(course, a_result(), None)
    assert not course.autograded("s1", "a").exists()


WHOLE = outcome.encode(a_result())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        WHOLE[: len(WHOLE) // 2],
        WHOLE[:-3],
        WHOLE + WHOLE,
        b"\xff" + WHOLE,
        WHOLE.replace(b'"graded"', b'"perfect"'),
        WHOLE.replace(b'"failed"', b'"fine"'),
        WHOLE.replace(b'"z1"', b"1"),
        WHOLE.replace(b"1.5", b"NaN"),
        WHOLE.replace(b'"schema": 1', b'"schema": 2'),
        WHOLE.replace(b'"s1"', b'"s2"'),
        WHOLE.replace(b'"assignment": "a"', b'"assignment": "b"'),
        WHOLE.replace(b"\xe2\x98\xba", b"\xe2\x98"),
        bytes(len(WHOLE)),
    ],
)
def test_a_file_that_is_no_whole_result_of_this_student_is_ignored(
    course: Course, data: bytes
) -> None:
    assert data != WHOLE
    path = course.result("s1", "a")
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    assert record.read(course, "s1", "a") is None


def test_no_file_is_no_result(course: Course) -> None:
    assert record.read(course, "s1", "a") is None
    course.result("s1", "a").mkdir(parents=True)
    assert record.read(course, "s1", "a") is None


def test_what_is_current() -> None:
    result = a_result()
    assert record.is_current(result, PROVENANCE)
    assert record.is_current(msgspec.structs.replace(result, status="rejected"), PROVENANCE)
    assert not record.is_current(msgspec.structs.replace(result, status="ungradable"), PROVENANCE)


@pytest.mark.parametrize("name", msgspec.structs.asdict(PROVENANCE))
def test_whatever_a_result_depends_on_makes_it_stale(name: str) -> None:
    value = 8 if name == "seed" else "other"
    assert not record.is_current(a_result(), msgspec.structs.replace(PROVENANCE, **{name: value}))


# --- The time of submission ---


def test_the_time_of_submission_goes_along(course: Course) -> None:
    stamp(course).write_text("2026-03-02 10:00:00 UTC\n", encoding="utf-8")
    record.save(course, a_result(), b"{}")
    assert kept_stamp(course).read_text(encoding="utf-8") == "2026-03-02 10:00:00 UTC\n"


def test_a_huge_time_of_submission_is_cut(course: Course) -> None:
    with stamp(course).open("wb") as file:
        file.truncate(2**40)
    record.save(course, a_result(), b"{}")
    assert kept_stamp(course).stat().st_size == 200


def test_a_link_in_the_place_of_the_time_is_not_followed(course: Course, tmp_path: Path) -> None:
    (tmp_path / "solution").write_text("secret", encoding="utf-8")
    stamp(course).symlink_to(tmp_path / "solution")
    record.save(course, a_result(), b"{}")
    assert not kept_stamp(course).exists()
    assert record.read(course, "s1", "a") == a_result()


def test_a_pipe_in_the_place_of_the_time_is_not_waited_for(course: Course) -> None:
    os.mkfifo(stamp(course))
    thread = threading.Thread(target=record.save, args=[course, a_result(), b"{}"], daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "waits"
    assert record.read(course, "s1", "a") == a_result()


# --- Files that somebody edited or damaged ---


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ((), "score", 999),
        ((), "score", None),
        ((), "max_score", 1),
        ((), "max_score", 0),
        ((), "tasks", []),
        ((), "status", "rejected"),
        (("tasks", 0), "score", 999),
        (("tasks", 0), "points", -2),
        (("tasks", 0), "tests", []),
        (("tasks", 0, "tests", 0), "weight", 0),
        (("tasks", 0, "tests", 0), "weight", -1),
        (("tasks", 0, "tests", 0), "outcome", "failed"),
        (("tasks", 0, "tests", 1), "outcome", "passed"),
        (("provenance",), "seed", -1),
        (("provenance",), "seed", 10**30),
    ],
)
def test_a_result_that_its_own_tests_contradict_is_none(
    course: Course, place: tuple[str | int, ...], name: str, value: object
) -> None:
    record.save(course, a_result(), b"{}")
    path = course.result("s1", "a")
    document = json.loads(path.read_bytes())
    part = document
    for step in place:
        part = part[step]
    part[name] = value
    path.write_text(json.dumps(document))
    assert record.read(course, "s1", "a") is None
    assert record.seed_of_class(course, "a") in (7, None)


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_test_with_a_remark_earns_a_share_that_is_a_limit(course: Course, share: float) -> None:
    tests = [TESTS[0], msgspec.structs.replace(TESTS[1], outcome="passed", remark="as before")]
    score = 1.5 + 0.5 * share
    made = msgspec.structs.replace(
        a_result(), score=score, tasks=[TaskResult("z1", 2, score, tests)]
    )
    record.save(course, made, b"{}")
    assert record.read(course, "s1", "a") == made


def test_pages_of_brackets_are_no_result(course: Course) -> None:
    record.save(course, a_result(), b"{}")
    course.result("s1", "a").write_text('{"more": ' + "[" * 100_000)
    assert record.read(course, "s1", "a") is None
    assert record.seed_of_class(course, "a") is None
