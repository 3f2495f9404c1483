"""What a submission did to itself is its own time: only what
other programs took is added to a limit.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from autograder.proxy import test_timer
from autograder.student import memory_watch, own_time
from autograder.student.own_time import OwnTime, Sample


@pytest.fixture
def delayed() -> Callable[..., float]:
    """The seconds that are added, of ten on four processors."""

    def of(waited: float, cpu: float, busy: float) -> float:
        times = OwnTime()
        times._processors = 4
        times._samples = [Sample(0.0, {7: 0.0}, 0.0, 100.0)]
        return times.delayed(
            0.0, Sample(10.0, {7: waited}, cpu, 100.0 + busy if busy >= 0 else 0.0)
        )

    return of


@pytest.mark.parametrize(
    ("waited", "cpu", "busy", "added"),
    [
        (0.0, 0.0, 0.0, 0.0),
        (6.0, 4.0, 40.0, 6.0),  # others had the processors
        (9.0, 40.0, 40.0, 0.0),  # it had all of them
        (9.0, 10.0, 10.0, 0.0),  # its processes crowd on one, and the others are idle
        (5.0, 20.0, 20.0, 0.0),  # it wakes all at once, and sleeps
        (5.0, 20.0, 21.0, 1.0),
        (6.0, 4.0, -1.0, 6.0),  # a kernel that does not tell how busy it is
    ],
)
def test_only_what_others_took_is_added(
    delayed: Callable[..., float], waited: float, cpu: float, busy: float, added: float
) -> None:
    assert delayed(waited, cpu, busy) == added


def test_a_process_that_ended_and_waits_for_its_parent_is_counted() -> None:
    child = os.fork()
    if child == 0:
        while time.process_time() < 0.4:
            pass
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    own = os.getpid()
    living = {resident.pid for resident in memory_watch.residents(own, 0)}
    people = {resident.pid for resident in memory_watch.residents(own, 0, ended=True)}
    times = OwnTime()
    assert child not in living
    assert child in people
    assert times.sample([child], 0).cpu >= 0.3
    os.waitpid(child, 0)


def test_the_kernel_tells_how_busy_it_is() -> None:
    before = own_time._busy()
    start = time.process_time()
    while time.process_time() - start < 0.3:
        pass
    assert own_time._busy() - before >= 0.2


def test_a_pause_is_not_a_hidden_tests_own_time() -> None:
    child = os.fork()
    if child == 0:
        began = time.process_time()
        with test_timer.OwnTime().limit(1.0, "test_it"):
            while time.process_time() < began + 0.6:
                pass
        os._exit(0)
    time.sleep(0.2)
    for number, seconds in ((signal.SIGSTOP, 2.0), (signal.SIGCONT, 0.0)):
        os.kill(child, number)
        time.sleep(seconds)
    assert os.waitpid(child, 0)[1] == 0
