"""Faults of ours, made for real: each ends in *ungradable* or a
retry, and costs no submission, no file, no sense.

Signals kill workers and sandboxes, a tmpfs runs full, another program holds the gradebook, a suite
hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from grading_for_tests import grade_all
from processes_for_tests import descendants

from autograder.authoring import bank
from autograder.core import limits, outcome
from autograder.core.assignment import REPOSITORY, Assignment, find
from autograder.core.course import Course
from autograder.core.errors import SandboxError, UsageError
from autograder.core.jobs import Graded, Job, setup_of
from autograder.core.outcome import Result
from autograder.core.solution import model_cells
from autograder.gradebook import marks
from autograder.grading import pool
from autograder.grading.grade_class import Options
from autograder.grading.pool import Pool

pytestmark = pytest.mark.slow

A = "01_relu_matrix"
AUTOGRADER = str(Path(sys.executable).parent / "autograder")
SLEEP = "import subprocess\n{}subprocess.run(['sleep', '2.5'])\n"


def notebook(cells: dict[str, str] | None = None) -> bytes:
    return json.dumps(bank.submission(find(A), cells or {})).encode()


def slow_cells() -> bytes:
    """The model solution, which takes its time in a cell."""
    model = model_cells(find(A))
    return notebook({"z1": SLEEP.format("") + model["z1"]})


def slow_tests() -> bytes:
    """The model solution, which takes its time in a test."""
    slow = (
        "\n_fast = two_layer\n_slept = []\ndef two_layer(*a):\n    if not _slept:\n        "
        "_slept.append(1)\n"
        f"        {SLEEP.format('        ')}    return _fast(*a)\n"
    )
    return notebook({"two_layer": model_cells(find(A))["two_layer"] + slow})


def hand_in(root: Path, names: list[str], data: bytes) -> None:
    for name in names:
        path = Course(root).submission(name, A)
        path.parent.mkdir(parents=True)
        path.write_bytes(data)


def run(
    root: Path, *options: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`autograder grade` as an instructor runs it; it may say what it likes but no traceback."""
    done = subprocess.run(
        [AUTOGRADER, "grade", A, "--course-dir", str(root), *options],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | (environment or {}),
    )  # fmt: skip
    assert "Traceback" not in done.stdout + done.stderr
    return done


def results(root: Path) -> dict[str, outcome.Result]:
    """What is on record; every file is whole."""
    found = {}
    for path in (root / "results" / A).glob("[!.]*"):
        result = outcome.decode(path.read_bytes())
        assert result is not None, path
        found[path.stem] = result
    return found


def assert_sound(root: Path) -> None:
    """No file of the course directory is half written, and the gradebook is a whole database."""
    found = results(root)
    for name in found:
        graded = Course(root).autograded(name, A)
        if found[name].status == "graded":
            assert json.loads(graded.read_bytes())["nbformat"] == 4
    if (root / "gradebook.db").exists():
        with contextlib.closing(sqlite3.connect(root / "gradebook.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def assert_all_right(root: Path, names: list[str]) -> None:
    """Everybody has the full score, on record and in the gradebook."""
    assert_sound(root)
    assert {name: r.score for name, r in results(root).items()} == dict.fromkeys(names, 18.0)
    booked = marks.read(Course(root), A).booked
    assert {name: each.score for name, each in booked.items()} == dict.fromkeys(names, 18.0)


def await_(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


# --- A process of ours is killed ---


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def kill(pids: list[int]) -> None:
    assert pids
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


class Running:
    """One submission on its way through a pool with one worker."""

    def __init__(self, data: bytes) -> None:
        bounds = limits.load(Assignment(A))
        self.pool = Pool(setup_of(Assignment(A), bounds), 1)
        self.answers: list[Graded] = []
        self._thread = threading.Thread(
            target=self._run, args=(Job("s1", data, "", 1),), daemon=True
        )

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.close()

    def _run(self, job: Job) -> None:
        self.answers += self.pool.run([job])

    def answer(self) -> Graded:
        self._thread.join(120)
        assert len(self.answers) == 1
        return self.answers[0]

    def worker(self, crew: int) -> int:
        """The pid of the only worker of a crew, once it is at work."""
        await_(
            lambda: len(self.pool._crews) > crew and self.pool._crews[crew].workers[0]._process >= 0
        )
        path = f"/proc/self/fdinfo/{self.pool._crews[crew].workers[0]._process}"
        return int(Path(path).read_text().partition("Pid:")[2].split()[0])

    def asleep(self, crew: int = 0) -> list[int]:
        """The program that the submission waits for, once it does."""
        await_(lambda: len(self.pool._crews) > crew)
        main = self.pool._crews[crew]._process.pid
        return list(
            await_(lambda: [pid for pid in descendants(main) if command_line(pid) == "sleep 2.5 "])
        )

    def kill_sandbox(self) -> None:
        """Kill the template and all that it forked, while the submission sleeps."""
        (before,) = self.asleep()
        main = self.pool._crews[0]._process.pid
        kill([pid for pid in descendants(main) if "autograder.student.zygote" in command_line(pid)])
        await_(lambda: not Path(f"/proc/{before}").exists())


def test_a_worker_that_is_killed_costs_nothing() -> None:
    with Running(slow_cells()) as running:
        running.asleep()
        kill([running.worker(0)])
        result = running.answer().result
    assert (result.status, result.score) == ("graded", 18)


def test_a_submission_over_which_two_workers_die_is_ungradable() -> None:
    with Running(slow_cells()) as running:
        for crew in (0, 1):
            pid = running.worker(crew)
            running.asleep(crew)
            kill([pid])
        result = running.answer().result
        assert len(running.pool._crews) == 2
    assert (result.status, result.score, result.tasks) == ("ungradable", None, [])
    assert (
        result.reason == "The grading process crashed twice on this submission; grade it by hand."
    )


@pytest.mark.parametrize("data", [slow_cells, slow_tests], ids=["in a cell", "in a test"])
def test_a_sandbox_that_is_killed_is_replaced(data: Callable[[], bytes]) -> None:
    with Running(data()) as running:
        running.kill_sandbox()
        result = running.answer().result
        assert len(running.pool._crews) == 1, "the worker itself went on"
    assert (result.status, result.score) == ("graded", 18)


def test_a_submission_over_which_two_sandboxes_die_is_ungradable() -> None:
    with Running(slow_cells()) as running:
        running.kill_sandbox()
        running.kill_sandbox()
        answered = running.answer()
        assert len(running.pool._crews) == 1
    assert (answered.result.status, answered.result.score, answered.notebook) == (
        "ungradable",
        None,
        None,
    )
    assert "The sandbox" in (answered.result.reason or "")


def test_what_is_left_of_a_class_is_graded_when_its_workers_are_killed(tmp_path: Path) -> None:
    """kill -9 of every worker and of the process that forked them, in the middle of a class."""
    names = [f"s{n}" for n in range(8)]
    hand_in(tmp_path, names, notebook())
    process = subprocess.Popen(
        [AUTOGRADER, "grade", A, "--course-dir", str(tmp_path), "--jobs", "2", "--no-share"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    await_(lambda: list((tmp_path / "results" / A).glob("*.json")))
    kill(
        [
            pid
            for pid in descendants(process.pid)
            if "autograder.grading.worker_main" in command_line(pid)
        ]
    )
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert_all_right(tmp_path, names)


def test_nothing_runs_on_when_the_command_alone_is_killed(tmp_path: Path) -> None:
    """An operator's kill -9, or a machine without memory, takes the parent of all the others."""
    hand_in(
        tmp_path, ["s1"], notebook({"z1": "import subprocess\nsubprocess.run(['sleep', '59'])"})
    )
    process = subprocess.Popen(
        [AUTOGRADER, "grade", A, "--course-dir", str(tmp_path), "--jobs", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    await_(lambda: [p for p in descendants(process.pid) if command_line(p) == "sleep 59 "])
    below = descendants(process.pid)
    kill([process.pid])
    process.wait()
    await_(lambda: not [p for p in below if Path(f"/proc/{p}").exists()], 6.0)


def _as_many_results(root: Path, wanted: int) -> bool:
    return len(list((root / "results" / A).glob("*.json"))) >= wanted


def test_a_machine_that_goes_away_again_and_again(tmp_path: Path) -> None:
    """The whole process group is killed at any time: what is on
    record is whole, and the last run ends the work.
    """
    root = tmp_path / "course"
    names = [f"s{n:02}" for n in range(10)]
    hand_in(root, names, notebook())
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for wanted in (1, 3, 6):
        process = subprocess.Popen(
            [AUTOGRADER, "grade", A, "--course-dir", str(root), "--jobs", "2", "--no-share"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env=os.environ | {"TMPDIR": str(scratch)},
        )  # fmt: skip
        await_(partial(_as_many_results, root, wanted))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert_sound(root)
        # Nor does anything go on running: the sandbox names its scratch directory on its command
        # line.
        await_(
            lambda: (
                not [
                    p
                    for p in Path("/proc").glob("[0-9]*")
                    if str(scratch) in command_line(int(p.name))
                ]
            ),
            10,
        )
    before = results(root)
    assert run(root, "--jobs", "2").returncode == 0
    after = results(root)
    assert {name: after[name] for name in before} == before
    assert len({r.provenance.seed for r in after.values()}) == 1
    assert_all_right(root, names)


# --- A disk that is full ---

FULL = """
mount -t tmpfs -o size=6m,mode=700 tmpfs "$COURSE" || exit 99
cp -r "$SOURCE"/. "$COURSE"
for free in $FREE; do
    rm -f "$COURSE"/ballast
    available=$(df --output=avail -k "$COURSE" | tail -1)
    [ "$available" -gt "$free" ] &&
        head -c $(( (available - free) * 1024 )) /dev/zero > "$COURSE"/ballast
    "$AUTOGRADER" grade "$ASSIGNMENT" --course-dir "$COURSE" --jobs 2 $OPTIONS \\
        > "$OUT"/said-$free 2>&1
    echo $? > "$OUT"/status-$free
    mkdir "$OUT"/course-$free && cp -a "$COURSE"/. "$OUT"/course-$free
    rm -f "$OUT"/course-$free/ballast
done
"""


def test_a_full_disk_leaves_nothing_half_written_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """A course directory on a tmpfs with 0, then 250, 330, … kB
    free: each run gets a little further.
    """
    root = os.geteuid() == 0
    enter = ["unshare", "--mount"] if root else ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*enter, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a small disk")
    names = [f"s{n}" for n in range(6)]
    source, course, out = (tmp_path / name for name in ("source", "course", "out"))
    for path in (course, out):
        path.mkdir()
    hand_in(source, names, notebook())
    free = ["0", "250", "330", "420", "3000"]
    done = subprocess.run(
        [*enter, "sh", "-c", FULL], capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {
            "COURSE": str(course), "SOURCE": str(source), "OUT": str(out), "FREE": " ".join(free),
            "AUTOGRADER": AUTOGRADER, "ASSIGNMENT": A, "PYTHONDONTWRITEBYTECODE": "1",
            # A user with a namespace of its own can't make the sandbox's within it.
            "OPTIONS": "" if root else "--isolation process",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    statuses = [int((out / f"status-{f}").read_text()) for f in free]
    said = [(out / f"said-{f}").read_text() for f in free]
    assert (statuses[0], statuses[-1]) == (2, 0), said
    counts = []
    for name, status, text in zip(free, statuses, said, strict=True):
        assert "Traceback" not in text
        if status:
            assert status == 2, text
            assert "ree some space" in text
            assert "run" in text.partition("space")[2]
        assert_sound(out / f"course-{name}")
        assert not list((out / f"course-{name}").rglob(".*.json.*")), (
            "a temporary file was left behind"
        )
        counts.append(len(results(out / f"course-{name}")))
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert any(
        0 < count < len(names) or status
        for count, status in zip(counts[1:], statuses[1:], strict=True)
    )
    assert_all_right(out / f"course-{free[-1]}", names)


# --- A gradebook that another program holds ---


@contextlib.contextmanager
def held(database: Path, seconds: float) -> Iterator[None]:
    """Another program's `BEGIN EXCLUSIVE`, for so long at most."""
    program = (
        "import sqlite3, sys, time\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN EXCLUSIVE')\nprint('held', flush=True)\ntime.sleep(float(sys.argv[2]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(database), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.kill()


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with one graded submission, and two that came later."""
    root = tmp_path_factory.mktemp("course")
    hand_in(root, ["early"], notebook())
    assert run(root).returncode == 0
    hand_in(root, ["late1", "late2"], notebook())
    return root


@pytest.fixture
def course(graded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(graded, tmp_path / "course"))


def test_a_gradebook_that_is_held_for_a_while_is_waited_for(course: Path) -> None:
    with held(course / "gradebook.db", 12):
        done = run(course, "--jobs", "2")
    assert done.returncode == 0, done.stderr
    assert_all_right(course, ["early", "late1", "late2"])


def test_a_gradebook_that_stays_held_is_named_and_nothing_is_lost(course: Path) -> None:
    """The instructor's own limit on the wait, so that this test need not wait for a minute."""
    config = (
        "c = get_config()\nc.CourseDirectory.db_url = "
        f"'sqlite:///{course}/gradebook.db?timeout=1'\n"
    )
    (course / "nbgrader_config.py").write_text(config)
    before = results(course)
    with held(course / "gradebook.db", 120):
        done = run(course, "--jobs", "2")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "gradebook.db" in said
    assert "database is locked. Close other programs that hold it and run this again" in said
    assert {name: results(course)[name] for name in before} == before
    assert_sound(course)
    assert run(course, "--jobs", "2").returncode == 0
    assert_all_right(course, ["early", "late1", "late2"])


def test_a_gradebook_that_is_no_database(course: Path) -> None:
    (course / "gradebook.db").write_bytes(b"no database" * 1000)
    done = run(course)
    assert done.returncode == 2
    assert "file is not a database" in " ".join(done.stderr.split())
    assert (course / "gradebook.db").read_bytes() == b"no database" * 1000


# --- A suite with a fault ---


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """01 in a repository of its own, to break. Five seconds of our own for each test."""
    root = tmp_path / "repository"
    for part in (f"assignments/{A}", f"solutions/{A}", f"autograder/suites/{A}"):
        shutil.copytree(
            REPOSITORY / part, root / part, ignore=shutil.ignore_patterns("__pycache__")
        )
    (root / "pyproject.toml").write_text(
        "[tool.autograder.limits]\nsuite_seconds = 5\ntest_seconds = 8\n"
    )
    return find(A, root)


def add_to_suite(assignment: Assignment, code: str) -> None:
    suite = assignment.suite / "test_worked_example.py"
    suite.write_text(suite.read_text() + "\n\n" + code)


def grade_one(assignment: Assignment, root: Path, data: bytes | None = None) -> Result:
    hand_in(root, ["s1"], data or notebook())
    return grade_all(Course(root), assignment, Options(jobs=1)).results["s1"]


TEST = "@pytest.mark.task('z1')\ndef test_ours(submission):\n    '''Ours.'''\n    "
HANGS = {
    "loops": "while True:\n        pass\n",
    "waits": "import threading\n    threading.Event().wait()\n",
}


@pytest.mark.parametrize("body", HANGS.values(), ids=HANGS)
def test_a_hidden_test_that_hangs_on_our_side_is_our_fault(
    assignment: Assignment, tmp_path: Path, body: str
) -> None:
    add_to_suite(assignment, TEST + body)
    start = time.monotonic()
    found = grade_one(assignment, tmp_path)
    assert time.monotonic() - start < 60
    assert (found.status, found.score) == ("ungradable", None)
    assert "test_ours took more than 5 s of its own" in (found.reason or "")


def test_what_a_test_waits_for_the_submission_does_not_count_as_its_own(
    assignment: Assignment, tmp_path: Path
) -> None:
    add_to_suite(assignment, TEST + "submission.slow()\n    submission.slow()\n")
    slow = "import time\ndef slow():\n    time.sleep(3)\n"
    found = grade_one(assignment, tmp_path, notebook({"z1": slow + model_cells(assignment)["z1"]}))
    assert found.score == 18


def test_a_hang_that_no_signal_ends_is_not_tried_twice(
    assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A library that never comes back, with signals blocked: the worker is ended from outside."""
    text = "suite_seconds = 2\ntest_seconds = 0.01\ntests_seconds = 1\nsubmission_seconds = 2\n"
    (assignment.repository / "pyproject.toml").write_text(f"[tool.autograder.limits]\n{text}")
    monkeypatch.setattr(pool, "SLACK_SECONDS", 5.0)
    block = (
        "import signal, time\n    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n    "
    )
    add_to_suite(assignment, TEST + block + "time.sleep(1000)\n")
    start = time.monotonic()
    found = grade_one(assignment, tmp_path)
    assert time.monotonic() - start < 60
    assert (found.status, found.score) == ("ungradable", None)
    assert "did not end" in (found.reason or "")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("def broken(:\n", "can't be collected: SyntaxError"),
        ("raise RuntimeError('out of order')\n", "can't be collected: RuntimeError: out of order"),
        ("raise SystemExit(3)\n", "SystemExit"),
        ("import os\nos._exit(3)\n", "a worker ended while it started"),
    ],
    ids=["syntax", "raises", "exits", "ends the process"],
)
def test_a_suite_that_can_t_be_collected_stops_the_run(
    assignment: Assignment, tmp_path: Path, code: str, sentence: str
) -> None:
    add_to_suite(assignment, code)
    with pytest.raises(SandboxError) as caught:
        grade_one(assignment, tmp_path)
    assert sentence in str(caught.value)
    assert results(tmp_path) == {}


def test_a_suite_that_hangs_when_it_is_collected_stops_the_run(
    assignment: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "READY_SECONDS", 10.0)
    add_to_suite(assignment, "while True:\n    pass\n")
    with pytest.raises(
        SandboxError, match=r"not ready after 10 s; .* does not hang while it is imported"
    ):
        grade_one(assignment, tmp_path)


def test_a_hidden_test_that_ends_the_program_is_our_fault(
    assignment: Assignment, tmp_path: Path
) -> None:
    add_to_suite(assignment, TEST + "import sys\n    sys.exit(1)\n")
    found = grade_one(assignment, tmp_path)
    assert (found.status, found.score) == ("ungradable", None)
    assert "test_ours failed in its own code" in (found.reason or "")


def test_a_release_that_is_gone_is_named(assignment: Assignment, tmp_path: Path) -> None:
    assignment.release.write_text("{half")
    with pytest.raises(UsageError, match="run `autograder build 01_relu_matrix` first"):
        grade_one(assignment, tmp_path)
