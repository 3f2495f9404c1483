"""Students hand in again and again; `watch` grades each within seconds, and loses none."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from courses_for_tests import BIN, autograder, environment, nbgrader
from nbgrader.api import Gradebook

from autograder.authoring import bank
from autograder.core.assignment import REPOSITORY, find
from autograder.core.attempts import Attempts
from autograder.core.course import Course
from autograder.gradebook import marks
from autograder.watch.rules import refusal

A = find("01_relu_matrix")
GOOD: dict[str, str] = {}
ONE_WRONG = {"z1": "z1 = torch.zeros(4, 2)"}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make_course(tmp_path: Path, attempts: dict[str, object]) -> tuple[Path, Path]:
    """A course directory, and its folder in an exchange of its own."""
    root, exchange = tmp_path / "course", tmp_path / "exchange"
    root.mkdir()
    exchange.mkdir()
    exchange.chmod(0o777)
    own = [
        f"c.Exchange.root = {str(exchange)!r}",
        "c.ExchangeCollect.check_owner = False",
        f"c.Autograder.attempts = {attempts!r}",
    ]
    config = (REPOSITORY / "nbgrader_config.py").read_text()
    (root / "nbgrader_config.py").write_text("\n".join([config, *own, ""]))
    (exchange / "mlp" / "inbound").mkdir(parents=True)
    return root, exchange / "mlp"


def submit(folder: Path, student: str, cells: dict[str, str], at: datetime) -> Path:
    """Hand in as `nbgrader submit` does; where the page of this submission will be."""
    entry = folder / "inbound" / f"{student}+{A.name}+{at:%Y-%m-%d %H:%M:%S.%f} UTC+x"
    entry.mkdir()
    (entry / f"{A.name}.ipynb").write_text(json.dumps(bank.submission(A, cells)))
    (entry / "timestamp.txt").write_text(f"{at:%Y-%m-%d %H:%M:%S.%f} UTC")
    secret = f"{student}{at}"
    (entry / "submission_secret.txt").write_text(secret)
    name = hashlib.md5((secret + A.name).encode(), usedforsecurity=False).hexdigest()
    return folder / "feedback" / f"{name}.html"


@contextlib.contextmanager
def watching(root: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`autograder watch` at work, in a process group of its own."""
    command = [str(BIN / "autograder"), "watch", A.name, "--course-dir", str(root), "--no-bank"]
    process = subprocess.Popen(
        [*command, "--every", "0.2", "--jobs", "2", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def until_answered(folder: Path, count: int) -> None:
    until(lambda: len(list(folder.glob("feedback/*.html"))) == count)


def text(page: Path) -> str:
    return " ".join(page.read_text().split())


def scores(root: Path) -> dict[str, float]:
    booked = marks.read(Course(root), A.name).booked
    return {name: sum(m.auto or 0.0 for m in b.marks.values()) for name, b in booked.items()}


def student_runs(home: Path, *arguments: str) -> None:
    done = subprocess.run(
        [str(BIN / "nbgrader"), *arguments, "--course", "mlp"],
        cwd=home,
        env=environment() | {"HOME": str(home), "JUPYTER_DATA_DIR": str(home / "data")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_two_students_submit_fetch_and_submit_again_with_stock_commands(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {"policy": "best"})
    (root / "solutions").symlink_to(REPOSITORY / "solutions")
    for command in ("generate_assignment", "release_assignment"):
        done = nbgrader(root, command, A.name)
        assert done.returncode == 0, done.stderr
    homes = {student: tmp_path / student for student in ("ada", "ben")}
    exchange = f"--Exchange.root={folder.parent}"

    def hand_in(student: str, cells: dict[str, str]) -> int:
        notebook = homes[student] / A.name / f"{A.name}.ipynb"
        notebook.write_text(json.dumps(bank.submission(A, cells)))
        student_runs(homes[student], "submit", A.name, exchange, f"--student={student}")
        return len(list((folder / "inbound").iterdir()))

    def fetched(student: str) -> list[str]:
        student_runs(homes[student], "fetch_feedback", A.name, exchange, f"--student={student}")
        pages = (homes[student] / A.name / "feedback").glob("*/*.html")
        return [text(page) for page in sorted(pages)]

    for student, home in homes.items():
        home.mkdir()
        student_runs(home, "fetch_assignment", A.name, exchange, f"--student={student}")
    with watching(root):
        for student, cells in [
            ("ada", ONE_WRONG),
            ("ben", GOOD),
            ("ada", GOOD),
            ("ben", ONE_WRONG),
        ]:
            until_answered(folder, hand_in(student, cells))
    first, second = fetched("ada")
    assert "z1" in first
    assert "does not count" not in first + second, "each was the best when its page was made"
    better, worse = fetched("ben")
    assert "This submission does not count: your best one does, with 18 points" in worse
    assert "does not count" not in better
    assert scores(root) == {"ada": 18, "ben": 18}


@pytest.mark.slow
def test_a_killed_watch_loses_and_repeats_nothing(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {})
    pages = [
        submit(folder, f"s{n:02}", GOOD if n % 2 else ONE_WRONG | {"z2": f"z2 = {n}"}, NOON)
        for n in range(40)
    ]
    with watching(root) as process:
        until(lambda: any(page.exists() for page in pages))
        os.killpg(process.pid, signal.SIGKILL)
    done = {page: page.stat().st_mtime_ns for page in pages if page.exists()}
    assert 0 < len(done) < len(pages)
    told = autograder(root, "watch", A.name, "--no-bank", "--once")
    assert all(page.exists() for page in pages)
    assert {page: page.stat().st_mtime_ns for page in done} == done
    assert told.count(" of 18") == len(pages) - len(done)
    assert len(scores(root)) == len(pages)
    assert not list((root / "results" / A.name).glob("history/*/*")), "nobody was graded twice"
    assert "grading what has arrived" in autograder(root, "watch", A.name, "--no-bank", "--once")


@pytest.mark.slow
def test_too_frequent_and_late_submissions_get_a_page_that_says_so(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {"per_day": 2})
    # Whatever time a student's own program writes: what counts is when the folder was made.
    made = [
        submit(folder, "ada", GOOD | {"z2": f"z2 = {n}"}, datetime(2025, 1, n, tzinfo=UTC))
        for n in (1, 2, 3)
    ]
    told = autograder(root, "watch", A.name, "--no-bank", "--once")
    refused = [
        page for page in made if "At most 2 submissions in 24 hours can be graded" in text(page)
    ]
    assert len(refused) == 1
    assert told.count("not graded:") == 1
    assert len(list(Course(root).replaced.glob(f"*/{A.name}/ada"))) == 1
    assert "This submission was not graded" in text(refused[0])
    assert "SHA-256 of the file" in text(refused[0])
    assert ", handed in on " in text(refused[0])
    assert "What to do" not in text(refused[0])

    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("{'per_day': 2}", "{'pause_minutes': 10}"))
    now = datetime.now(UTC)
    made += [submit(folder, "ben", ONE_WRONG, now)]
    made += [submit(folder, "ben", GOOD, now + timedelta(seconds=1))]
    autograder(root, "watch", A.name, "--no-bank", "--once")
    refused = [page for page in made if "there must be 10 minutes." in text(page)]
    assert len(refused) == 1

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(A.name, duedate="2026-03-01 15:00:00 UTC")
        gradebook.db.commit()
    late = submit(folder, "eva", GOOD, NOON)
    autograder(root, "watch", A.name, "--no-bank", "--once")
    assert "came after the due date, 2026-03-01 15:00 UTC" in text(late)
    (root / "extensions.csv").write_text("student,assignment,hours\nzoe,*,10000\n")
    later = submit(folder, "zoe", GOOD, NOON)
    autograder(root, "watch", A.name, "--no-bank", "--once")
    assert "came after the due date" not in text(later)
    assert scores(root)["zoe"] == 18


@pytest.mark.slow
def test_a_link_to_another_file_is_not_a_submission(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {})
    theirs = REPOSITORY / "solutions" / A.name
    linked = submit(folder, "linked", GOOD, NOON)
    (own,) = folder.glob("inbound/linked+*")
    (own / f"{A.name}.ipynb").unlink()
    (own / f"{A.name}.ipynb").symlink_to(theirs / f"{A.name}.ipynb")
    (folder / "inbound" / f"folder+{A.name}+2026-03-01 12:00:00 UTC+x").symlink_to(theirs)
    (folder / "inbound" / f"..+{A.name}+2026-03-01 12:00:00 UTC+x").mkdir()
    (folder / "inbound" / f"{A.name}+{A.name}+yesterday").mkdir()
    shutil.copytree(own, folder / "inbound" / f"+{A.name}+2026-03-01 12:00:00 UTC+x", symlinks=True)
    (folder / "inbound" / f"+{A.name}+2026-03-01 12:00:00 UTC+x" / "submission_secret.txt").touch()
    honest = submit(folder, "honest", GOOD, NOON)
    told = autograder(root, "watch", A.name, "--no-bank", "--once")
    assert "There is no 01_relu_matrix.ipynb that can be read" in text(linked)
    assert told.count("not taken: its name is not one that") == 3
    assert "not taken: it is not a folder" in told
    assert honest.exists()
    assert scores(root) == {"honest": 18}


@pytest.mark.slow
def test_a_drop_folder_is_answered_beside_the_notebook(tmp_path: Path) -> None:
    root, drop = tmp_path / "course", tmp_path / "drop"
    root.mkdir()
    notebook = drop / "ada" / f"{A.name}.ipynb"
    notebook.parent.mkdir(parents=True)
    notebook.write_text(json.dumps(bank.submission(A, ONE_WRONG)))
    page = notebook.with_suffix(".html")
    with watching(root, "--drop", str(drop)):
        until(page.exists)
        first = scores(root)["ada"]
        notebook.write_text(json.dumps(bank.submission(A, GOOD)))
        until(lambda: page.stat().st_mtime > notebook.stat().st_mtime)
        assert scores(root)["ada"] == 18 > first
        told = autograder(root, "watch", A.name, "--drop", str(drop), "--once", status=2)
        assert "is watched already" in told


@pytest.mark.slow
def test_a_refused_submission_leaves_the_hints_in_a_drop_folder(tmp_path: Path) -> None:
    root, _ = make_course(tmp_path, {"per_day": 1})
    drop = tmp_path / "drop"
    notebook = drop / "ada" / f"{A.name}.ipynb"
    notebook.parent.mkdir(parents=True)
    once = ("watch", A.name, "--no-bank", "--once", "--drop", str(drop))
    notebook.write_text(json.dumps(bank.submission(A, ONE_WRONG)))
    page = notebook.with_suffix(".html")
    page.write_text("<html>what a student exported from this notebook</html>")
    time.sleep(1.1)
    autograder(root, *once)
    hints = page.read_text()
    assert "Your score" in hints
    refused = page.with_stem(f"{A.name}_not_graded")
    notebook.write_text(json.dumps(bank.submission(A, GOOD)))
    time.sleep(1.1)
    assert "ada: not graded: at most 1 submission in 24 hours" in autograder(root, *once)
    assert page.read_text() == hints
    assert "At most 1 submission in 24 hours" in text(refused)
    assert "ada" not in autograder(root, *once), "what has a page is done"
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("{'per_day': 1}", "{'per_day': 2}"))
    notebook.touch()
    time.sleep(1.1)
    autograder(root, *once)
    assert not refused.exists()
    assert page.read_text() != hints


@pytest.mark.slow
def test_the_same_notebook_again_is_no_other_attempt(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {"per_day": 2})
    handed_in = [ONE_WRONG, ONE_WRONG, ONE_WRONG, GOOD, ONE_WRONG, GOOD | {"z1": "z1 = 0"}]
    now = datetime.now(UTC)
    pages = [submit(folder, "ada", c, now + timedelta(seconds=n)) for n, c in enumerate(handed_in)]
    told = autograder(root, "watch", A.name, "--no-bank", "--once")
    refused = [page for page in pages if "At most 2 submissions in 24 hours" in text(page)]
    assert refused == pages[-1:]
    assert told.count("ada: 18 of 18") == 1


@pytest.mark.slow
def test_a_page_names_the_partners(tmp_path: Path) -> None:
    root, folder = make_course(tmp_path, {})
    (root / "groups.csv").write_text("group,student\npair,ada\npair,ben\n")
    ada = submit(folder, "ada", ONE_WRONG, NOON)
    eva = submit(folder, "eva", GOOD, NOON)
    autograder(root, "watch", A.name, "--no-bank", "--once")
    assert "You work with ben. This page is about what you handed in" in text(ada)
    assert "You work with" not in text(eva)
    assert scores(root)["ben"] == scores(root)["ada"] < 18


@pytest.mark.slow
def test_a_drop_folder_that_a_student_spoils_stops_nobody_else(tmp_path: Path) -> None:
    root, drop, staff = tmp_path / "course", tmp_path / "drop", tmp_path / "staff"
    root.mkdir()
    for student in ("bad", "good"):
        (drop / student).mkdir(parents=True)
        (drop / student / f"{A.name}.ipynb").write_text(json.dumps(bank.submission(A, GOOD)))
    page = drop / "bad" / f"{A.name}.html"
    page.mkdir()
    time.sleep(0.1)
    (drop / "bad" / f"{A.name}.ipynb").touch()
    staff.mkdir()
    (staff / f"{A.name}.ipynb").write_text("{}")
    (drop / "linked").symlink_to(staff)
    for name in (f"{A.name} (1)", "02_vanishing_gradient"):
        (drop / name).mkdir()
        (drop / name / f"{name}.ipynb").write_text("{}")
    time.sleep(1.1)
    told = autograder(root, "watch", A.name, "--no-bank", "--drop", str(drop), "--once")
    assert "bad: the page can't be written: Is a directory" in told
    assert (drop / "good" / f"{A.name}.html").exists()
    assert sorted(path.name for path in staff.iterdir()) == [f"{A.name}.ipynb"]
    assert "it is a link, and not a folder" in told
    assert f"(1): not taken: its notebook must be called {A.name}.ipynb" in told
    assert "02_vanishing_gradient: not taken" not in told, "another assignment's"


def test_wrong_places_are_named(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    assert "does not set c.CourseDirectory.course_id" in autograder(
        tmp_path, "watch", A.name, "--once", status=2
    )
    nowhere = str(tmp_path / "nowhere")
    told = autograder(tmp_path, "watch", A.name, "--once", "--exchange", nowhere, status=2)
    assert f"{nowhere} has no inbound/" in told
    told = autograder(tmp_path, "watch", A.name, "--once", "--drop", nowhere, status=2)
    assert "is not a directory" in told


def test_the_rules_count_what_was_graded() -> None:
    rules = Attempts(per_day=2, pause_minutes=30)
    hours = [NOON + timedelta(hours=h) for h in range(30)]
    assert refusal(rules, hours[0], [], None) == ""
    assert refusal(rules, hours[1], hours[:1], None) == ""
    assert "2026-03-02 12:00 UTC" in refusal(rules, hours[2], hours[:2], None)
    assert refusal(rules, hours[24], hours[:2], None) == ""
    assert refusal(rules, hours[1], hours[5:8], None) == "", "those that came later do not count"
    assert "2026-03-01 12:30 UTC" in refusal(rules, NOON + timedelta(minutes=1), hours[:1], None)
    assert refusal(Attempts(), hours[3], hours[:3], hours[3]) == ""
    assert "2026-03-01 14:00 UTC" in refusal(Attempts(), hours[3], [], hours[2])


def test_a_time_that_is_told_is_not_too_early() -> None:
    rules = Attempts(pause_minutes=10)
    before = [NOON + timedelta(seconds=54)]
    assert "12:11 UTC or later" in refusal(rules, NOON + timedelta(minutes=5), before, None)
    assert "12:10 UTC or later" in refusal(rules, NOON + timedelta(minutes=5), [NOON], None)
    assert refusal(rules, NOON + timedelta(minutes=11), before, None) == ""
