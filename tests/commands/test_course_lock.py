"""Which course directory a command works on, and that one command at a time records there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.core.assignment import REPOSITORY
from autograder.core.course import Course, open_course
from autograder.core.course_lock import alone
from autograder.core.errors import UsageError

HOLD = """
import pathlib, sys, time
from autograder.core.course import Course
from autograder.core.course_lock import alone
with alone(Course(pathlib.Path(sys.argv[1])), "autograder grade"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def autograder(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "autograder"), *words],
        capture_output=True, text=True, timeout=120, check=False, cwd=cwd,
    )  # fmt: skip


def test_a_second_command_says_who_is_at_work(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    (tmp_path / "submitted" / "ann" / "01_relu_matrix").mkdir(parents=True)
    done = autograder("grade", "01_relu_matrix", "--course-dir", str(tmp_path))
    assert done.returncode == 2
    told = " ".join(done.stderr.split())
    assert f"`autograder grade` (process {holder.pid}, since " in told
    assert "is at work there; wait until it has ended" in told
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists()


def test_a_holder_that_is_killed_holds_nothing(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    course = Course(tmp_path)
    with pytest.raises(UsageError, match="at work there"), alone(course, "autograder collect"):
        pass
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with alone(course, "autograder collect"):
        pass


def test_a_directory_that_can_t_be_written_to_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="must be writable"),
        alone(Course(tmp_path / "nowhere"), "autograder grade"),
    ):
        pass


@pytest.mark.parametrize("sign", ["gradebook.db", "nbgrader_config.py", None])
def test_the_course_is_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str | None
) -> None:
    if sign is not None:
        (tmp_path / sign).touch()
    monkeypatch.chdir(tmp_path)
    assert open_course(None).root == (tmp_path if sign else REPOSITORY)
    other = tmp_path / "other"
    other.mkdir()
    assert open_course(other).root == other
