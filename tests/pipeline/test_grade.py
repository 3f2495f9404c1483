"""A class graded from the command line: scores, records,
gradebook, resuming, and what is said of bad input.
"""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from grading_for_tests import grade_all

from autograder.authoring import bank
from autograder.commands import demo_class
from autograder.core.assignment import REPOSITORY, assignments, find
from autograder.core.course import Course
from autograder.gradebook import marks
from autograder.gradebook.book import CourseGradebook

A = "01_relu_matrix"
BIN = Path(sys.executable).parent


def autograder(
    *arguments: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "autograder"), *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=env or dict(os.environ),
    )


def hand_in(root: Path, student: str, cells: dict[str, str], *, reference: bool = True) -> Path:
    notebook = bank.submission(find(A), cells, reference=reference)
    return write(root, student, json.dumps(notebook).encode())


def write(root: Path, student: str, data: bytes) -> Path:
    path = Course(root).submission(student, A)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def result(root: Path, student: str) -> dict[str, Any]:
    return dict(json.loads(Course(root).result(student, A).read_text()))


def lost(root: Path, student: str) -> list[str]:
    return [task["id"] for task in result(root, student)["tasks"] if task["score"] < task["points"]]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small class with every kind of outcome, graded once."""
    root = tmp_path_factory.mktemp("course")
    assignment = find(A)
    hand_in(root, "model", {})
    hand_in(root, "untouched", {}, reference=False)
    hand_in(root, "printed", {"z2": "z2 = torch.tensor([[2.0], [4.0], [2.0], [4.0]])"})
    hand_in(root, "essay", {"explain_fold": "It folds the plane."})
    hand_in(root, "shell", {"z1": "!rm -rf / 2>/dev/null\n%load_ext autoreload\nz1 = x @ w1.T"})
    stamp = Course(root).submission("model", A).parent / "timestamp.txt"
    stamp.write_text("2026-03-02 10:00:00 UTC")
    deleted = bank.submission(assignment, {})
    deleted["cells"] = [
        c for c in deleted["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "z1"
    ]
    write(root, "deleted", json.dumps(deleted).encode())
    copied = bank.submission(assignment, {})
    copied["cells"] += [
        c for c in copied["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "y1"
    ]
    write(root, "copied", json.dumps(copied).encode())
    write(root, "picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    link = Course(root).submission("link", A)
    link.parent.mkdir(parents=True)
    link.symlink_to(assignment.source / f"{A}.ipynb")
    done = autograder("grade", A, "--course-dir", str(root), "--jobs", "2", "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    (root / "stdout.txt").write_text(done.stdout)
    return root


def test_scores(graded: Path) -> None:
    assert result(graded, "model")["score"] == result(graded, "model")["max_score"] == 18
    assert result(graded, "untouched")["score"] == 0
    assert lost(graded, "printed") == ["z2"]
    assert result(graded, "printed")["score"] == 16
    assert result(graded, "shell")["score"] == 18
    assert lost(graded, "deleted") == ["z1"]  # what follows from it is tested with the solution's
    assert result(graded, "copied")["score"] == 18


def test_a_result_follows_its_schema(graded: Path) -> None:
    found = result(graded, "model")
    assert found["schema"] == 1
    assert (found["assignment"], found["student"], found["status"], found["reason"]) == (
        A,
        "model",
        "graded",
        None,
    )
    assert {k: found["provenance"][k] for k in ("seed", "device", "isolation", "engine")} == {
        "seed": 7, "device": "cpu", "isolation": "namespaces", "engine": "0.1.0",
    }  # fmt: skip
    test = found["tasks"][0]["tests"][0]
    assert {"name", "outcome", "weight", "hint", "seconds"} <= set(test)
    assert (test["outcome"], test["hint"]) == ("passed", None)


@pytest.mark.parametrize(
    ("student", "reason"), [("picture", "not UTF-8"), ("link", "symbolic link")]
)
def test_what_is_no_submission_is_rejected_with_a_reason(
    graded: Path, student: str, reason: str
) -> None:
    found = result(graded, student)
    assert (found["status"], found["score"], found["tasks"]) == ("rejected", None, [])
    assert reason in found["reason"]
    assert not Course(graded).autograded(student, A).exists()


def test_remarks_name_what_happened(graded: Path) -> None:
    assert "'z1' was deleted" in " ".join(result(graded, "deleted")["notes"])
    assert "has cell 'y1' more than once" in " ".join(result(graded, "copied")["notes"])
    printed = " ".join((graded / "stdout.txt").read_text().split())
    assert "rejected picture:" in printed
    assert "9: 7 graded, 2 rejected" in printed


def test_hints_help_and_give_nothing_away(graded: Path) -> None:
    texts = [
        test["hint"] for name in ("untouched", "printed", "deleted") for task in result(graded,
        name)["tasks"]
        for test in task["tests"] if test["outcome"] != "passed"
    ]  # fmt: skip
    assert all(texts)
    assert "`z1` is not defined: the cell of z1 is as it was released, or was deleted" in texts
    for text in texts:
        assert "/work" not in text
        assert "Traceback" not in text
        assert "tensor(" not in text


def test_nbgrader_exports_the_same_scores(graded: Path) -> None:
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    subprocess.run(
        [str(BIN / "nbgrader"), "export"],
        cwd=graded,
        env=env,
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (graded / "grades.csv").open() as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    for student in ("model", "untouched", "printed", "deleted", "copied", "shell", "essay"):
        assert float(rows[student]["raw_score"]) == pytest.approx(
            result(graded, student)["score"]
        ), student
        assert float(rows[student]["max_score"]) == 20


def test_the_gradebook_knows_what_a_person_has_to_do(graded: Path) -> None:
    with CourseGradebook(Course(graded), find(A)) as gradebook:
        submission = gradebook._gradebook.find_submission(A, "essay")
        grade = gradebook._gradebook.find_grade("explain_fold", A, A, "essay")
        blank = gradebook._gradebook.find_grade("explain_fold", A, A, "untouched")
        hint = gradebook._gradebook.find_comment("z2", A, A, "printed").auto_comment
        timestamp = gradebook._gradebook.find_submission(A, "model").timestamp
        assert submission.needs_manual_grade
        assert grade.needs_manual_grade
        assert (blank.auto_score, blank.needs_manual_grade) == (0, False)
        assert hint
        assert timestamp.year == 2026


def test_graded_notebooks_are_in_place(graded: Path) -> None:
    notebook = json.loads(Course(graded).autograded("model", A).read_text())
    cells = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in notebook["cells"]}
    assert cells["z1-test"]["outputs"][0]["data"]["text/plain"] == "2.0"
    assert (Course(graded).autograded("model", A).parent / "timestamp.txt").exists()


def test_what_is_on_record_is_not_graded_again(graded: Path, tmp_path: Path) -> None:
    root = tmp_path / "course"
    shutil.copytree(graded, root, symlinks=True)
    before = {p: p.stat().st_mtime_ns for p in (root / "results" / A).glob("*.json")}
    hand_in(root, "printed", {})
    Course(root).result("copied", A).write_text("{half")
    done = autograder("grade", A, "--course-dir", str(root))
    assert done.returncode == 0, done.stderr
    assert re.search(r"on record +\d+ kept", done.stdout)
    after = {p: p.stat().st_mtime_ns for p in (root / "results" / A).glob("*.json")}
    assert {p.stem for p in after if after[p] != before[p]} - {"picture", "link"} == {
        "printed",
        "copied",
    }
    assert result(root, "printed")["score"] == 18
    assert result(root, "printed")["provenance"]["seed"] == 7
    forced = autograder(
        "grade", A, "--course-dir", str(root), "--student", "model", "--force", "--seed", "8"
    )
    assert forced.returncode == 0, forced.stderr
    assert result(root, "model")["provenance"]["seed"] == 8


def test_a_killed_run_goes_on(tmp_path: Path) -> None:
    for number in range(16):
        hand_in(tmp_path, f"s{number:02}", {})
    options = ["grade", A, "--course-dir", str(tmp_path), "--jobs", "2", "--no-share"]
    command = [str(BIN / "autograder"), *options]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"MARK": str(tmp_path)},
    )
    results = tmp_path / "results" / A
    deadline = time.monotonic() + 120
    while len(list(results.glob("*.json"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    first = {p.name: p.read_bytes() for p in results.glob("*.json")}
    assert 4 <= len(first) < 16
    deadline = time.monotonic() + 60
    while _processes_with(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _processes_with(str(tmp_path)) == []
    done = autograder(*options)
    assert done.returncode == 0, done.stderr
    second = {p.name: p.read_bytes() for p in results.glob("*.json")}
    assert len(second) == 16
    assert {name: second[name] for name in first} == first
    assert len({json.loads(data)["provenance"]["seed"] for data in second.values()}) == 1
    booked = marks.read(Course(tmp_path), A).booked
    assert {name: each.score for name, each in booked.items()} == {
        f"s{n:02}": 18.0 for n in range(16)
    }


def _processes_with(mark: str) -> list[str]:
    """The processes whose environment holds this value of MARK."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"MARK={mark}".encode() in path.read_bytes().split(b"\0"):
                found.append(path.parent.name)
    return found


def test_hostile_submissions_among_honest_ones(tmp_path: Path) -> None:
    for number in range(20):
        hand_in(tmp_path, f"honest{number:02}", {})
    hand_in(tmp_path, "loops", demo_class.broken(find(A), "two_layer", demo_class.LOOPS))
    hand_in(tmp_path, "exits", demo_class.broken(find(A), "sign_scale", demo_class.EXITS))
    hand_in(tmp_path, "hungry", demo_class.broken(find(A), "best_linear", demo_class.HUNGRY))
    hand_in(tmp_path, "forks", demo_class.broken(find(A), "regions", demo_class.FORKS))
    done = autograder("grade", A, "--course-dir", str(tmp_path), "--jobs", "2", "--seed", "3")
    assert done.returncode == 0, done.stderr
    assert {result(tmp_path, f"honest{n:02}")["score"] for n in range(20)} == {18}
    assert [lost(tmp_path, name) for name in ("loops", "exits", "hungry", "forks")] == [
        ["two_layer"], ["sign_scale"], ["best_linear"], ["regions"],
    ]  # fmt: skip
    said = " ".join(done.stdout.split())
    assert "loops: two_layer ran too long" in said
    assert "exits: sign_scale ended its process" in said
    assert "hungry: best_linear used too much memory" in said


def test_the_demo_ends_with_a_report_and_feedback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = [
        m for m in demo_class.members(find(A)) if m.student in ("student01", demo_class.MISTAKEN)
    ]
    monkeypatch.setattr(demo_class, "members", lambda _: two)
    assert demo_class.demo([A], tmp_path, jobs=1)
    said = capsys.readouterr().out.splitlines()
    for label, name in (("report", f"reports/{A}.html"), ("a student's page", "feedback")):
        (path,) = [line.removeprefix(label).strip() for line in said if line.startswith(label)]
        assert path.startswith(str(tmp_path / name))
        assert "<html" in Path(path).read_text()


@pytest.mark.parametrize("command", ["grade", "feedback", "collect", "demo"])
def test_where_it_lies_is_told_whole(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path as it is: no part of it is markup, and nothing
    breaks or cuts it, however narrow the terminal.
    """
    root = tmp_path / "mlp[2026]" / "[red]" / ("long" * 20)
    write(root, "cut", b"no notebook")
    lies = {
        "grade": root / "results" / A,
        "feedback": root / "feedback",
        "collect": root / "submitted",
    }
    if command == "demo":
        assert demo_class.demo([], root.parent, jobs=1)
        said, where = capsys.readouterr().out, root.parent / "submitted"
        assert f"cd '{root.parent}' && nbgrader export\n" in said
    else:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(f"cut/{A}.ipynb", "no notebook")
        more = [str(tmp_path / "a.zip")] if command == "collect" else []
        done = autograder(
            command, A, *more, "--course-dir", str(root), env=os.environ | {"COLUMNS": "80"}
        )
        assert not done.stderr
        said, where = done.stdout, lies[command]
    assert f" {where}\n" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["grade", "99_nothing"],
            "no assignment '99_nothing'; this repository has 00_linear_maps, 01_relu_matrix",
        ),
        (["grade", A, "--course-dir", "{empty}"], "no submissions of 01_relu_matrix in"),
        (["grade", A, "--course-dir", "/nowhere"], "/nowhere is not a directory"),
        (
            ["grade", A, "--course-dir", "{course}", "--student", "nobody"],
            "no submission of 01_relu_matrix by nobody",
        ),
        (["grade", A, "--course-dir", "{course}", "--jobs", "0"], "--jobs"),
        (["grade"], "Missing argument"),
        (["verify", "nothing"], "no assignment 'nothing'"),
        (["demo", "--directory", "{course}"], "has submissions already"),
        pytest.param(
            ["grade", A, "--course-dir", "{course}", "--device", "cuda"],
            "finds no CUDA device here",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA"),
        ),
    ],
)
def test_wrong_use_is_a_sentence_and_status_2(
    graded: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    done = autograder(*(a.format(empty=tmp_path, course=graded) for a in arguments))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_without_bubblewrap_it_refuses_and_says_how_to_get_it(graded: Path, tmp_path: Path) -> None:
    done = autograder(
        "grade", A, "--course-dir", str(graded), "--force", env=os.environ | {"PATH": str(tmp_path)}
    )
    assert done.returncode == 2
    assert "apt-get install bubblewrap" in done.stderr
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    fake.chmod(0o755)
    done = autograder(
        "grade",
        A,
        "--course-dir",
        str(graded),
        "--force",
        env=os.environ | {"PATH": f"{tmp_path}:/usr/bin"},
    )
    assert done.returncode == 2
    assert "No permissions to create new namespace" in done.stderr
    assert "user namespaces" in done.stderr


def test_without_walls_only_when_asked_by_name(tmp_path: Path) -> None:
    hand_in(tmp_path, "model", {})
    hand_in(tmp_path, "exits", demo_class.broken(find(A), "sign_scale", demo_class.EXITS))
    done = autograder(
        "grade",
        A,
        "--course-dir",
        str(tmp_path),
        "--isolation",
        "process",
        env=os.environ | {"PATH": "/none"},
    )
    assert done.returncode == 0, done.stderr
    assert "without a sandbox" in done.stdout
    assert result(tmp_path, "model")["provenance"]["isolation"] == "process"
    assert result(tmp_path, "model")["score"] == 18
    assert lost(tmp_path, "exits") == ["sign_scale"]


@pytest.fixture
def broken_repository(tmp_path: Path) -> Path:
    """A copy of what grading 01 reads, to break."""
    root = tmp_path / "repository"
    for part in (f"assignments/{A}", f"solutions/{A}", f"autograder/suites/{A}"):
        shutil.copytree(REPOSITORY / part, root / part)
    shutil.copy(REPOSITORY / "pyproject.toml", root)
    return root


FAULTS = {
    "test": (
        "@pytest.mark.task('z1')\ndef test_broken(submission):\n    '''Ours.'''\n    "
        "submission.z1.nothing()\n",
        "test_broken failed in its own code",
    ),
    "syntax": ("def broken(:\n", "can't be collected"),
    "task": (
        "def test_lost(submission):\n    '''No task.'''\n",
        "test_lost has no @pytest.mark.task",
    ),
    "unknown task": (
        "@pytest.mark.task('z9')\ndef test_other():\n    '''Another task.'''\n",
        "tasks that the notebook does not have: z9",
    ),
}


def test_a_summary_for_scripts(tmp_path: Path) -> None:
    hand_in(tmp_path, "model", {})
    hand_in(tmp_path, "wrong", {"z2": "z2 = 0"})
    cut = Course(tmp_path).submission("cut", A)
    cut.parent.mkdir(parents=True)
    cut.write_text("{")
    done = autograder("grade", A, "--course-dir", str(tmp_path), "--seed", "5", "--json")
    told = json.loads(done.stdout)
    assert told["submissions"] == {"graded": 2, "rejected": 1, "ungradable": 0}
    assert told["scores"] == {"mean": 17, "least": 16, "most": 18}
    assert (told["seed"], told["kept"], told["points"]) == (5, 0, 18)
    assert "rejected" in done.stderr
    hand_in(tmp_path, "wrong", {})
    done = autograder("grade", A, "--course-dir", str(tmp_path), "--json", "--dry-run")
    told = json.loads(done.stdout)
    (change,) = told["changes"]
    assert (change["student"], change["causes"]) == ("wrong", ["submission"])
    assert change["tasks"] == [["z2", 0, 2]]
    assert told["results"] is None


@pytest.mark.parametrize(("fault", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_ours_is_never_a_score(
    broken_repository: Path, tmp_path: Path, fault: str, reason: str
) -> None:
    from autograder.core.assignment import Assignment
    from autograder.core.errors import SandboxError
    from autograder.grading.grade_class import Options

    suite = broken_repository / "autograder" / "suites" / A / "test_worked_example.py"
    suite.write_text(suite.read_text() + "\n\n" + fault)
    hand_in(tmp_path, "model", {})
    course, assignment = Course(tmp_path), Assignment(A, broken_repository)
    try:
        run = grade_all(course, assignment, Options(jobs=1))
    except SandboxError as error:
        # A suite that can't be collected stops the run before it starts.
        assert reason in str(error)  # noqa: PT017
        assert not Course(tmp_path).result("model", A).exists()
    else:
        found = run.results["model"]
        assert (found.status, found.score) == ("ungradable", None)
        assert reason in (found.reason or "")


@pytest.mark.cuda
@pytest.mark.parametrize("name", assignments())
def test_on_cuda(tmp_path: Path, name: str) -> None:
    """The model solution has its full score on CUDA, and the result says where it was graded."""
    path = Course(tmp_path).submission("model", name)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(bank.submission(find(name), {})))
    done = autograder("grade", name, "--course-dir", str(tmp_path), "--device", "cuda")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "results" / name / "model.json").read_text())
    assert found["provenance"]["device"] == "cuda"
    assert found["score"] == found["max_score"]
