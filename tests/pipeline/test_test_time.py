"""All tests of a submission share a time; a process killed from outside has a second try."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import LIMITS, Lab
from processes_for_tests import descendants

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import find
from autograder.core.jobs import Job, setup_of
from autograder.core.limits import Limits
from autograder.core.outcome import Result
from autograder.grading.pool import Pool
from autograder.proxy.channel import StudentFault

A = find("01_relu_matrix")
VICTIM = "import ctypes, time\nctypes.CDLL(None).prctl(15, b'victim')"
TWO_LAYER = """
def two_layer(x, w1, b1, w2, b2):
    return relu(x @ w1.T + b1) @ w2.T + b2
"""


def grade(cells: dict[str, str], within: Limits) -> Result:
    notebook = json.dumps(bank.submission(A, cells)).encode()
    with Pool(setup_of(A, within), 1) as pool:
        (graded,) = pool.run([Job("ada", notebook, "0" * 64, 5)])
    return graded.result


@contextlib.contextmanager
def killing(count: int) -> Iterator[list[int]]:
    """Kill so many processes that call themselves victims, as an operator would."""
    killed: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while len(killed) < count and not stop.is_set():
            for path in Path("/proc").glob("[0-9]*"):
                # On a busy machine a killed process can be seen for a while after its signal.
                if int(path.name) not in killed and _name(path) == "victim":
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(path.name), signal.SIGKILL)
                        killed.append(int(path.name))
                        break
            time.sleep(0.02)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def test_all_tests_together_have_a_time() -> None:
    """Answers that come just before each limit would take a quarter of an hour."""
    slow = "import time\ndef relu(z):\n    time.sleep(0.6)\n    return z.clamp(min=0)\n" + TWO_LAYER
    found = grade({"two_layer": slow}, dataclasses.replace(limits.load(A), tests_seconds=1))
    tests = {task.id: task.tests for task in found.tasks}
    assert tests["two_layer"][0].outcome == "passed"
    hint = (
        "not run: the tests before this one used up the 1 s that a submission has for all its tests"
    )
    late = [test for each in tests.values() for test in each if test.outcome == "timeout"]
    assert hint in {test.hint for test in late}
    assert found.status == "graded"


def test_a_cell_killed_from_outside_runs_again(lab: Lab) -> None:
    cell = f"{VICTIM}\ntime.sleep(1.5)\nctypes.CDLL(None).prctl(15, b'done')\nb = 2\nprint('here')"
    with killing(1) as killed:
        run = lab.run("a = 1", cell, limits=dataclasses.replace(LIMITS, restarts=1))
    assert len(killed) == 1
    assert [run.runs[index].ok for index in range(2)] == [True, True]
    assert run.runs[1].outputs[0]["text"] == "here\n"


def test_a_cell_that_is_killed_each_time_is_left_out(lab: Lab) -> None:
    with killing(9) as killed:
        run = lab.run("a = 1", f"{VICTIM}\ntime.sleep(2)", "b = 3")
    assert len(killed) == 2
    assert [run.runs[index].ok for index in range(3)] == [True, False, True]


def test_a_test_killed_from_outside_is_run_again() -> None:
    slow = (
        """
import ctypes, time

set_name = ctypes.CDLL(None).prctl
slept = False

def relu(z):
    global slept
    if not slept:
        set_name(15, b"victim")
        time.sleep(1.5)
        set_name(15, b"other")
        slept = True
    return z.clamp(min=0)
"""
        + TWO_LAYER
    )
    with killing(1) as killed:
        found = grade({"two_layer": slow}, limits.load(A))
    assert len(killed) == 1
    assert found.score == found.max_score


@contextlib.contextmanager
def pausing(after: float, seconds: float) -> Iterator[None]:
    """Stop the whole sandbox for a while, as a container or a virtual machine is paused."""

    def pause() -> None:
        time.sleep(after)
        everyone = descendants(os.getpid())
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in everyone:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            if number == signal.SIGSTOP:
                time.sleep(seconds)

    thread = threading.Thread(target=pause)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_pause_of_the_machine_is_nobodys_time(lab: Lab) -> None:
    submission = lab.submission(
        "import time\ndef nap():\n    time.sleep(1)\n    return 1", seconds=2.0
    )
    with pausing(after=0.5, seconds=4.0):
        assert submission.nap() == 1


def test_a_pause_does_not_hide_a_hang(lab: Lab) -> None:
    submission = lab.submission(
        "import time\ndef hang():\n    time.sleep(60)\n    return 1", seconds=2.0
    )
    start = time.monotonic()
    with pausing(after=0.5, seconds=2.0), pytest.raises(StudentFault, match="endless loop"):
        submission.hang()
    assert time.monotonic() - start < 55, "the call itself would have ended"
