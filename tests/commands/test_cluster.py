"""A class that is graded on the machines of a real Dask scheduler, some of which end meanwhile."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import hostile_for_tests
import pytest
from processes_for_tests import descendants
from test_shards import CLASS, A, command, hand_in, results, run, scores

from autograder.cluster.batches import LARGEST, PER_WORKER, batch_of, jobs_in, size_of_batch
from autograder.core.course import Course
from autograder.core.jobs import Job

pytestmark = pytest.mark.slow
DASK = str(Path(sys.executable).with_name("dask"))
DEADLY = str(Path(__file__).parents[1] / "support" / "deadly_for_tests.py")


class Machines:
    """A scheduler and its workers, each a process that a test may kill."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running: list[subprocess.Popen[bytes]] = []
        self.address = ""

    def start_scheduler(self, protocol: str = "tcp") -> subprocess.Popen[bytes]:
        log = self._directory / "scheduler.log"
        where = ("--host", "127.0.0.1", "--port", "0", "--protocol", protocol)
        process = self._start(log, "scheduler", *where, "--no-dashboard")
        self.address = self._said(log, rf"Scheduler at: +({protocol}://\S+)")
        return process

    def start_worker(self, name: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        log = self._directory / f"{name}.log"
        process = self._start(
            log,
            *("worker", self.address, "--nthreads", "2", "--name", name, "--no-dashboard"),
            *("--death-timeout", "60", *options),
            **environment,
        )
        self._said(log, "Registered to:")
        return process

    def close(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()

    def _start(self, log: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        with log.open("wb") as file:
            process = subprocess.Popen(
                [DASK, *words],
                stdout=file,
                stderr=file,
                cwd=self._directory,
                env=os.environ | environment,
            )
        self._running.append(process)
        return process

    def _said(self, log: Path, pattern: str) -> str:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if found := re.search(pattern, log.read_text(errors="replace")):
                return found[found.re.groups]
            time.sleep(0.1)
        raise AssertionError(log.read_text())


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    directory = tmp_path / "machines"
    directory.mkdir()
    made = Machines(directory)
    with contextlib.closing(made):
        made.start_scheduler()
        yield made


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = tmp_path / "course"
    root.mkdir()
    hand_in(root)
    return root


def start(course: Path, *options: str) -> subprocess.Popen[str]:
    words = command(course, "grade", "--no-share", "--seed", "5", *options)
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def wait_for_results(course: Path, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(results(course)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_machines_give_what_one_gives(tmp_path: Path, course: Path) -> None:
    known = set(descendants(os.getpid()))
    said = run(
        course, "grade", "--no-share", "--seed", "5", "--scheduler", "local:2", "--jobs", "1"
    )
    assert "machines: 2, workers: 2" in said
    assert not set(descendants(os.getpid())) - known
    alone = tmp_path / "alone"
    alone.mkdir()
    hand_in(alone)
    run(alone, "grade", "--no-share", "--seed", "5")
    assert results(course) == results(alone)
    assert scores(course) == scores(alone)
    assert len(scores(alone)) == len(CLASS)


def test_a_machine_without_walls_gets_no_work_and_one_that_ends_loses_none(
    course: Path, machines: Machines
) -> None:
    places = [p for p in os.environ["PATH"].split(":") if not shutil.which("bwrap", path=p)]
    machines.start_worker("bare", PATH=":".join(places))
    lost = machines.start_worker("lost", "--no-nanny")
    machines.start_worker("stays", "--no-nanny")
    process = start(course, "--scheduler", machines.address, "--jobs", "1")
    wait_for_results(course, 1)
    lost.send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "gets no work: Bubblewrap (the program bwrap) is not installed" in said
    assert set(results(course)) == set(scores(course)) == set(CLASS)
    assert {result["status"] for result in results(course).values()} == {"graded"}


def test_a_submission_that_ends_its_machines_is_found(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__PRELOAD", str([DEADLY]))
    monkeypatch.setenv("DEADLY_STUDENT", "s4")
    for student in set(CLASS) - {"s3", "s4"}:
        shutil.rmtree(course / "submitted" / student)
    process = start(course, "--scheduler", "local:2", "--jobs", "1")
    said, _ = process.communicate(timeout=900)
    assert process.returncode == 1, said
    found = {student: result["status"] for student, result in results(course).items()}
    assert found == {"s3": "graded", "s4": "ungradable"}
    assert "2 machines ended while they graded this submission" in said


HOSTILE = (
    "crashes",
    "disk_bomb",
    "exits",
    "fork_bomb",
    "kills_everyone",
    "memory_bomb",
    "output_flood",
)


def test_hostile_submissions_cost_neither_their_neighbours_nor_a_machine(course: Path) -> None:
    programs = {each.name: each for each in hostile_for_tests.load() if each.name in HOSTILE}
    assert set(programs) == set(HOSTILE)
    for name, program in programs.items():
        path = Course(course).submission(name, A.name)
        path.parent.mkdir(parents=True)
        path.write_bytes(program.notebook({}))
    known = set(descendants(os.getpid()))
    said = run(
        course, "grade", "--no-share", "--seed", "5", "--scheduler", "local:2", "--jobs", "1"
    )
    assert "machines: 2, workers: 2" in said
    assert not set(descendants(os.getpid())) - known
    found = results(course)
    assert {result["status"] for result in found.values()} == {"graded"}
    assert set(found) == set(scores(course)) == {*CLASS, *HOSTILE}
    expected = {student: set(cells) for student, cells in CLASS.items()}
    expected |= {name: set(program.fails) for name, program in programs.items()}
    for student, lost in expected.items():
        tasks = found[student]["tasks"]
        assert {task["id"] for task in tasks if task["score"] < task["points"]} == lost, student


def test_a_scheduler_or_a_run_that_ends_loses_nothing(course: Path, machines: Machines) -> None:
    scheduler = machines.start_scheduler()
    machines.start_worker("one")
    process = start(course, "--scheduler", machines.address, "--jobs", "1")
    wait_for_results(course, 1)
    scheduler.send_signal(signal.SIGKILL)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 2, said
    assert "does not answer any more" in said
    assert "Traceback" not in said
    options = ("--scheduler", "local:2", "--jobs", "1")
    process = start(course, *options)
    done = len(results(course))
    wait_for_results(course, done + 1)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    process = start(course, *options)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert set(results(course)) == set(scores(course)) == set(CLASS)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_over_tls_who_has_no_certificate_is_turned_away(
    tmp_path: Path, course: Path, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=machine"]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    with monkeypatch.context() as patch:
        patch.setenv("DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION", "True")
        patch.setenv("DASK_DISTRIBUTED__COMM__TLS__CA_FILE", certificate)
        for role in ("SCHEDULER", "WORKER", "CLIENT"):
            patch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__CERT", certificate)
            patch.setenv(f"DASK_DISTRIBUTED__COMM__TLS__{role}__KEY", key)
        machines.start_scheduler("tls")
        machines.start_worker("one")
        run(course, "grade", "--seed", "5", "--scheduler", machines.address, "--jobs", "2")
    assert set(results(course)) == set(scores(course)) == set(CLASS)
    plain = machines.address.replace("tls://", "tcp://")
    sentences = {machines.address: "TLS needs certificates", plain: "no Dask scheduler answers"}
    for where, sentence in sentences.items():
        said = run(course, "grade", "--force", "--scheduler", where, status=2)
        assert f"--scheduler {where}: {sentence}" in said
        assert "Traceback" not in said


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("nowhere", "write the address of a Dask scheduler"),
        ("local:0", "write the address of a Dask scheduler"),
        ("tcp://127.0.0.1:1", "no Dask scheduler answers there"),
    ],
)
def test_a_scheduler_that_is_not_there_is_said(course: Path, where: str, sentence: str) -> None:
    said = run(course, "grade", "--scheduler", where, status=2)
    assert sentence in said
    assert "Traceback" not in said


def test_a_scheduler_without_machines_is_said(course: Path, machines: Machines) -> None:
    said = run(course, "grade", "--scheduler", machines.address, status=2)
    assert "there is no machine; start `dask worker`" in said


def test_batches_are_small_at_first_and_at_the_end() -> None:
    sizes: list[int] = []
    left = 100_000
    while left > 0:
        sizes.append(min(left, size_of_batch(left, len(sizes), 10, 16)))
        left -= sizes[-1]
    assert sizes[0] == PER_WORKER * 16
    assert max(sizes) == LARGEST
    assert sizes[-2] == PER_WORKER * 16


def test_a_batch_is_cut_until_one_job_is_alone() -> None:
    whole = batch_of(Job(f"s{n}", b"data", "sha", 5) for n in range(5))
    parts = [whole]
    while any(len(part.jobs) > 1 for part in parts):
        parts = [half for part in parts for half in part.halves() or [part]]
    assert [jobs_in(part.data) for part in parts] == [[job] for job in whole.jobs]
    assert parts[0].halves() == []
