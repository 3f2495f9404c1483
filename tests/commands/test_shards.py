"""Shards of a class, graded side by side and merged, give what one run gives."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from courses_for_tests import autograder

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.course_lock import beside_others
from autograder.core.errors import UsageError
from autograder.gradebook import marks
from autograder.grading.shard import Shard, parse

A = find("01_relu_matrix")
AUTOGRADER = str(Path(sys.executable).with_name("autograder"))
WRONG = {"z1": "z1 = torch.zeros(4, 2)"}
CLASS = {f"s{n}": {} if n % 3 else WRONG | {"z2": f"z2 = {n}"} for n in range(12)}


def command(root: Path, name: str, *options: str) -> list[str]:
    return [AUTOGRADER, name, A.name, "--course-dir", str(root), *options]


def run(root: Path, name: str, *options: str, status: int = 0) -> str:
    return autograder(root, name, A.name, *options, status=status)


def hand_in(root: Path) -> None:
    for student, cells in CLASS.items():
        path = Course(root).submission(student, A.name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(bank.submission(A, cells)))


def results(root: Path) -> dict[str, dict[str, Any]]:
    def lasting(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: lasting(v) for k, v in value.items() if k not in ("seconds", "copied_from")}
        return [lasting(each) for each in value] if isinstance(value, list) else value

    paths = (root / "results" / A.name).glob("[!.]*.json")
    return {path.stem: lasting(json.loads(path.read_text())) for path in sorted(paths)}


def scores(root: Path) -> dict[str, dict[str, float | None]]:
    """The automatic score of every task of those who have a grade."""
    booked = marks.read(Course(root), A.name).booked
    return {
        student: {task: mark.auto for task, mark in sorted(theirs.marks.items())}
        for student, theirs in sorted(booked.items())
    }


@pytest.mark.slow
def test_shards_and_a_merge_are_one_run(tmp_path: Path) -> None:
    one, parts = tmp_path / "one", tmp_path / "parts"
    for root in (one, parts):
        root.mkdir()
        hand_in(root)
    shards = [command(parts, "grade", "--shard", f"{n}/3", "--results-only") for n in (1, 2, 3)]
    running = [subprocess.Popen(shard, stdout=subprocess.DEVNULL) for shard in shards]
    deadline = time.monotonic() + 120
    while not results(parts) and time.monotonic() < deadline:
        time.sleep(0.05)
    running[0].send_signal(signal.SIGKILL)
    assert [process.wait(timeout=240) for process in running][1:] == [0, 0]
    assert not (parts / "gradebook.db").exists()
    run(parts, "grade", "--shard", "1/3", "--results-only")
    said = run(parts, "merge")
    assert f"{len(CLASS)} results" in said
    run(parts, "merge")
    seed = {result["provenance"]["seed"] for result in results(parts).values()}
    assert len(seed) == 1, "shards that begin at the same time agree on a seed"
    run(one, "grade", "--seed", str(seed.pop()))
    assert results(parts) == results(one)
    assert scores(parts) == scores(one)
    assert set(scores(one)) == set(CLASS)


def test_merge_leaves_out_what_does_not_belong_to_the_class_as_it_is(tmp_path: Path) -> None:
    hand_in(tmp_path)
    for student in list(CLASS)[4:]:
        Course(tmp_path).submission(student, A.name).unlink()
        Course(tmp_path).submission(student, A.name).parent.rmdir()
    run(tmp_path, "grade", "--results-only", "--seed", "5")
    other = Course(tmp_path).submission("s1", A.name)
    other.write_text(other.read_text() + "\n")
    path = Course(tmp_path).result("s2", A.name)
    path.write_text(path.read_text().replace('"seed": 5', '"seed": 6'))
    Course(tmp_path).result("s3", A.name).unlink()
    said = run(tmp_path, "merge", status=1)
    assert "1 result of" in said
    assert "s1 (another submission)" in said
    assert "s2 (another seed)" in said
    assert "no result    1: s3" in said
    assert list(scores(tmp_path)) == ["s0"]


def test_every_student_is_in_one_shard() -> None:
    names = [f"student-{n}" for n in range(4000)]
    shards = [[name for name in names if Shard(n, 16).has(name)] for n in range(1, 17)]
    assert sorted(itertools.chain(*shards)) == sorted(names)
    assert min(map(len, shards)) > 180


def test_an_empty_shard_is_no_error(tmp_path: Path) -> None:
    hand_in(tmp_path)
    number = next(n for n in range(1, 100) if not any(Shard(n, 99).has(name) for name in CLASS))
    said = run(tmp_path, "grade", "--shard", f"{number}/99", "--results-only")
    assert "submissions  0" in said


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "a/b", "1/0", "-1/4", "3/16/2"])
def test_what_is_no_shard_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="write NUMBER/COUNT"):
        parse(text)


def test_a_shard_keeps_out_itself_and_commands_that_want_the_course_alone(tmp_path: Path) -> None:
    hand_in(tmp_path)
    with beside_others(Course(tmp_path), A.name, "1/2"):
        again = run(tmp_path, "grade", "--shard", "1/2", "--results-only", status=2)
        assert "shard 1/2 of 01_relu_matrix: another command is at work there" in again
        assert "is at work there" in run(tmp_path, "merge", status=2)
        run(tmp_path, "grade", "--shard", "2/2", "--results-only", "--student", "s1")
