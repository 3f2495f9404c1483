"""Hostile programs and files are graded among honest
submissions: each gets its verdict and reaches nothing.

The programs are in tests/hostile/programs/; hostile files, which no program can be, are made here.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import re
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import hostile_for_tests
import pytest
import torch
from grading_for_tests import grade_all
from hostile_for_tests import Hostile

from autograder.authoring import bank
from autograder.commands.grade_progress import remark
from autograder.core import jobs
from autograder.core.assignment import REPOSITORY, Assignment, find
from autograder.core.course import Course
from autograder.core.limits import Limits
from autograder.core.outcome import Result
from autograder.grading.grade_class import Options

A = hostile_for_tests.USUAL
HONEST = 12
SECRET = "a-token-of-the-instructor"
LIMITS = """
[tool.autograder.limits]
cell_seconds = 20
test_seconds = 10
submission_seconds = 120
timeouts_per_task = 1
restarts = 2
memory_mib = 512
total_memory_mib = 1024
tmp_mib = 64
files = 128
[tool.autograder.limits."01_relu_matrix"]
cell_seconds = 4
test_seconds = 3
submission_seconds = 40
"""
PR_SET_CHILD_SUBREAPER = 36
PROGRAMS = [p for p in hostile_for_tests.load() if p.needs != "cuda" or torch.cuda.is_available()]
ELSEWHERE = {40: "zip archives", 41: "pages", 43: "exports"}
"""Lines of the list of threats that have a test of their own, beside what they concern."""


@dataclass
class World:
    """The class after it was graded, and what was looked at before and after."""

    root: Path
    results: dict[str, Result] = field(default_factory=dict)
    seconds: float = 0.0
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    files_left: list[str] = field(default_factory=list)
    calls: int = 0


# --- hostile files: intake ---


def whole() -> bytes:
    return json.dumps(bank.submission(find(A), {})).encode()


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    notebook = bank.submission(find(A), {"w2_abs": "w2_abs = torch.zeros(1, 2)"})
    change(notebook)
    return json.dumps(notebook).encode()


def marks(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Cells with an nbgrader mark, and the mark."""
    return (
        (c, c["metadata"]["nbgrader"]) for c in notebook["cells"] if "nbgrader" in c["metadata"]
    )


def more_points(notebook: dict[str, Any]) -> None:
    for _, mark in marks(notebook):
        mark |= {"points": 999, "locked": False, "grade": True, "solution": True}


def edited_tests(notebook: dict[str, Any]) -> None:
    for cell, mark in marks(notebook):
        if mark["grade_id"].endswith("-test") or mark.get("locked"):
            cell["source"] = "x = w1 = w2 = None\nw2_abs = torch.ones(2, 1)\ncheck = print"


def duplicates(notebook: dict[str, Any]) -> None:
    notebook["cells"] += [
        json.loads(json.dumps(c)) for c, mark in marks(notebook) if mark["grade_id"] == "w2_abs"
    ]
    notebook["cells"][-1]["source"] = "w2_abs = torch.ones(1, 2)\nw2_abs[0, 0] = 5"


def renamed(notebook: dict[str, Any]) -> None:
    for cell, mark in marks(notebook):
        if mark["grade_id"] == "w2_abs":
            mark["grade_id"], cell["id"] = "../../solutions/w2_abs", "w2_abs\x1b[2J"


def another_kind(notebook: dict[str, Any]) -> None:
    for cell, mark in marks(notebook):
        if mark["grade_id"] == "w2_abs":
            cell["cell_type"] = "<script>alert(1)</script>"


MUTATED: dict[str, Callable[[dict[str, Any]], None]] = {
    "more_points": more_points, "edited_tests": edited_tests, "duplicates": duplicates,
    "renamed": renamed,
    "another_kind": another_kind,
}  # fmt: skip
"""Threat 37: notebooks whose cells were changed.

Each has a wrong w2_abs, and must lose its points and no others.
"""

OWN_LINES = {"edited_tests": {"z2"}}
"""What else a notebook loses: lines of its own in test cells run
where they stand, and take away the weights of z2.
"""

BYTES: dict[str, Callable[[], bytes]] = {
    "huge": lambda: b" " * (20 * 2**20) + whole(),
    "truncated": lambda: whole()[:-200],
    "deep": lambda: b'{"nbformat": 4, "cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}",
    "deep_metadata": lambda: whole()[:-1] + b', "x": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}",
    "utf16": lambda: whole().decode().encode("utf-16"),
    "latin": lambda: whole().replace(b"torch", b"\xff\xfe"),
    "nothing": lambda: b"",
    "a_list": lambda: b"[" + whole() + b"]",
    "many_cells": lambda: changed(lambda n: n["cells"].extend(n["cells"][:1] * 5000)),
    "strange_cell": lambda: changed(
        lambda n: n["cells"].append({"cell_type": ["code"], "source": 1})
    ),
    "long_number": lambda: b'{"nbformat": ' + b"9" * 10**6 + b"}",
    "no_version": lambda: changed(lambda n: n.update(nbformat=True)),
    "zeros": lambda: bytes(10**6),
}
"""Threat 38: bytes that are no notebook. Each must be rejected, with a reason."""


def link_to_solution(path: Path) -> None:
    path.symlink_to(find(A).source / f"{A}.ipynb")


def link_to_victim(path: Path) -> None:
    path.symlink_to(Path("..") / ".." / "honest00" / A / f"{A}.ipynb")


def linked_folder(path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(find(A).source)


def linked_student(path: Path) -> None:
    path.parent.rmdir()
    path.parent.parent.rmdir()
    path.parent.parent.symlink_to(path.parent.parent.parent / "honest00")


def unix_socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


FILES: dict[str, Callable[[Path], object]] = {
    "link_to_solution": link_to_solution,
    "link_to_victim": link_to_victim,
    "link_to_zeros": lambda path: path.symlink_to("/dev/zero"),
    "link_to_itself": lambda path: path.symlink_to(path.name),
    "linked_folder": linked_folder,
    "linked_student": linked_student,
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "unix_socket": unix_socket,
    "missing": lambda path: path.with_suffix(".txt").write_text("here it is"),
}
"""Threat 39: what lies there is no file.

Each must be rejected, without waiting for it and without following it.
"""


# --- the class ---


def digest(path: Path) -> str:
    """Of a file, or of all names, kinds and contents below a directory."""
    if not path.is_dir():
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    whole = hashlib.sha256()
    for inner in sorted(path.rglob("*")):
        if "__pycache__" not in inner.parts:
            content = (
                inner.read_bytes() if inner.is_file() and not inner.is_symlink() else b"no file"
            )
            whole.update(
                str(inner.relative_to(path)).encode() + b"\0" + hashlib.sha256(content).digest()
            )
    return whole.hexdigest()


def canaries(root: Path, home: Path) -> dict[str, str]:
    """Digests of what no submission may change."""
    watched = [
        REPOSITORY / name
        for name in ("solutions", "assignments", "course_lib", "autograder", "pyproject.toml")
    ]
    watched += [
        root / "submitted" / "victim",
        root / "canary.txt",
        root / "results" / A / "victim.json",
    ]
    watched += [
        root / "gradebook-of-last-year.db",
        home / "canary.txt",
        Path("/tmp") / f"canary-{os.getpid()}",
    ]
    return {str(path): digest(path) for path in watched}


def hand_in(course: Course, name: str, assignment: str, data: bytes) -> None:
    path = course.submission(name, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_class(course: Course, words: dict[str, str]) -> None:
    for program in PROGRAMS:
        hand_in(course, program.name, program.assignment, program.notebook(words))
    for number in range(HONEST):
        hand_in(course, f"honest{number:02}", A, whole())
    for name, change in MUTATED.items():
        hand_in(course, name, A, changed(change))
    for name, make in BYTES.items():
        hand_in(course, name, A, make())
    for name, put in FILES.items():
        path = course.submission(name, A)
        path.parent.mkdir(parents=True, exist_ok=True)
        put(path)
    stamps = {"honest00": "\x1b[2J not a time", "honest01": "9" * 10**5}
    for name, text in stamps.items():
        (course.submission(name, A).parent / "timestamp.txt").write_text(text)
    (course.submission("honest02", A).parent / "timestamp.txt").symlink_to(
        course.root / "canary.txt"
    )
    os.mkfifo(course.submission("honest03", A).parent / "timestamp.txt")


def repository_with_limits(place: Path) -> Path:
    """The repository as it is, with limits of a pyproject.toml of its own."""
    place.mkdir()
    for name in ("solutions", "assignments", "autograder"):
        (place / name).symlink_to(REPOSITORY / name)
    (place / "pyproject.toml").write_text(LIMITS)
    return place


def listening(root: Path, abstract: str) -> list[socket.socket]:
    """Servers that nobody should reach: of TCP, with an abstract name, and as a file."""
    servers = [
        socket.create_server(("127.0.0.1", 0)),
        socket.socket(socket.AF_UNIX),
        socket.socket(socket.AF_UNIX),
    ]
    servers[1].bind(f"\0{abstract}")
    os.chdir(root)
    servers[2].bind("socket")
    os.chdir(REPOSITORY)
    for server in servers[1:]:
        server.listen()
    return servers


def was_called(server: socket.socket) -> bool:
    """Whether anybody reached a server; it is closed."""
    server.setblocking(False)
    with server:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return False
    return True


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole class, graded two at a time, in one run for each assignment."""
    place = tmp_path_factory.mktemp("hostile")
    root, home, temporary = place / "course", place / "home", place / "tmp"
    for folder in (root / "results" / A, home, temporary):
        folder.mkdir(parents=True)
    course, canary = Course(root), Path("/tmp") / f"canary-{os.getpid()}"
    for path in (root / "canary.txt", home / "canary.txt", canary):
        path.write_text("as it was")
    with contextlib.closing(sqlite3.connect(root / "gradebook-of-last-year.db")) as database:
        database.execute("create table grade (manual_score)")
        database.commit()
    abstract = f"autograder-canary-{os.getpid()}"
    listeners = listening(root, abstract)
    words = {
        "COURSE": str(root), "REPOSITORY": str(REPOSITORY), "HOME": str(home), "SECRET": SECRET,
        "ABSTRACT": abstract,
        "PORT": str(listeners[0].getsockname()[1]),
    }  # fmt: skip
    write_class(course, words)
    made = World(root)
    repository = repository_with_limits(place / "repository")
    # Whoever loses its parents becomes a child of this process, and can be counted.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    known = frozenset(int(line.split()[0]) for line in descendants(0))
    start = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRADER_TOKEN", SECRET)
        patch.setenv("HOME", str(home))
        patch.setenv("TMPDIR", str(temporary))
        made.before = canaries(root, home)
        for name in sorted({program.assignment for program in PROGRAMS}):
            assignment = Assignment(name, repository)
            made.results |= grade_all(course, assignment, Options(jobs=2)).results
        made.after = canaries(root, home)
    made.seconds = time.monotonic() - start
    made.left = descendants(5.0, known)
    made.files_left = [path.name for path in temporary.iterdir()]
    made.calls = sum(was_called(listener) for listener in listeners)
    canary.unlink()
    yield made
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
    for pid in [int(line.split()[0]) for line in made.left]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def descendants(patience: float, known: frozenset[int] = frozenset()) -> list[str]:
    """The processes that descend from this one and have not
    ended after `patience` seconds: pid and name.

    Those that are `known` belong to other tests.
    """
    deadline = time.monotonic() + patience
    while True:
        parents, names = {}, {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                pid, _, rest = status.read_text().partition(" (")
                name, _, fields = rest.rpartition(") ")
                if fields.split()[0] not in "ZX":
                    parents[int(pid)], names[int(pid)] = int(fields.split()[1]), name
        family = {os.getpid()}
        while more := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= more
        found = [f"{pid} {names[pid]}" for pid in sorted(family - {os.getpid()} - known)]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def lost(result: Result) -> set[str]:
    return {task.id for task in result.tasks if task.score < task.points}


def hints(result: Result, task: str) -> list[str]:
    return [
        test.hint or ""
        for t in result.tasks
        if t.id == task
        for test in t.tests
        if test.outcome != "passed"
    ]


def graded_text(world: World, result: Result) -> str:
    """Everything of a result and its notebook that somebody will read."""
    notebook = Course(world.root).autograded(result.student, result.assignment).read_text()
    record = Course(world.root).result(result.student, result.assignment).read_text()
    cells = json.loads(notebook)["cells"]
    return json.dumps([cell.get("outputs") for cell in cells], ensure_ascii=False) + record


# --- what must come of it ---


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, marks=pytest.mark.cuda if program.needs == "cuda" else ())
        for program in PROGRAMS
    ],
    ids=lambda program: program.name,
)
def test_verdict(world: World, program: Hostile) -> None:
    """Tasks that the header names get no point, all others get theirs, and it is said why."""
    result = world.results[program.name]
    assert result.status == "graded", result.reason
    assert lost(result) == program.fails
    assert all(
        task.score <= program.most * task.points
        for task in result.tasks
        if task.id in program.fails
    )
    for task in (t for t in result.tasks if t.id in program.fails):
        if program.outcome:
            assert program.outcome in {test.outcome for test in task.tests}
        texts = hints(result, task.id)
        assert all(texts)
        if program.hint:
            assert any(program.hint in text for text in texts), texts
        else:
            assert not any("is not defined" in text for text in texts), (
                texts
            )  # it did not come as far as its attack


@pytest.mark.skipif(
    torch.cuda.is_available(), reason="this machine has CUDA: the program is graded with the others"
)
def test_programs_for_cuda_are_left_out_here() -> None:
    assert {p.name for p in hostile_for_tests.load()} - {p.name for p in PROGRAMS} == {"gpu_memory"}


def test_every_threat_has_a_program() -> None:
    tried = {threat for program in hostile_for_tests.load() for threat in program.threats} | {
        37,
        38,
        39,
    }
    assert tried | set(ELSEWHERE) == set(range(46))
    assert len(PROGRAMS) >= 60


def test_the_page_on_security_is_up_to_date() -> None:
    """It names every program in the lines of its threats, and every limit with its default."""
    page = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    rows = {
        int(number): row for number, row in re.findall(r"^\| (\d+) \|(.*)$", page, re.MULTILINE)
    }
    assert list(rows) == list(range(1, 46))
    for program in hostile_for_tests.load():
        assert all(program.name in rows[threat] for threat in program.threats if threat), (
            program.name
        )
    for limit in fields(Limits):
        assert f"| `{limit.name}` | {limit.default:g} |" in page


def test_honest_submissions_are_unhurt(world: World) -> None:
    names = [f"honest{n:02}" for n in range(HONEST)]
    assert {world.results[name].score for name in names} == {18}
    assert {
        test.outcome for name in names for task in world.results[name].tasks for test in task.tests
    } == {"passed"}


@pytest.mark.parametrize("name", MUTATED)
def test_changed_cells_change_nothing(world: World, name: str) -> None:
    result = world.results[name]
    own = OWN_LINES.get(name, set())
    assert (result.status, lost(result)) == ("graded", {"w2_abs"} | own)
    assert (result.score, result.max_score) == (16 - 2 * len(own), 18)
    assert result.notes or name in ("more_points", "renamed")


@pytest.mark.parametrize("name", [*BYTES, *FILES])
def test_what_is_no_notebook_is_rejected(world: World, name: str) -> None:
    result = world.results[name]
    assert (result.status, result.score, result.tasks) == ("rejected", None, [])
    assert result.reason
    assert str(world.root) not in result.reason
    assert result.seconds < 5


def test_no_process_is_left(world: World) -> None:
    assert world.left == []


def test_no_file_is_changed(world: World) -> None:
    assert world.before == world.after
    assert "missing" not in [found for path, found in world.after.items() if "victim" not in path]


def test_no_file_is_left(world: World) -> None:
    assert world.files_left == []


def test_no_socket_is_reached(world: World) -> None:
    assert world.calls == 0


@pytest.mark.parametrize(
    "program", [p for p in PROGRAMS if p.leaks], ids=lambda program: program.name
)
def test_hidden_inputs_are_told_to_nobody(world: World, program: Hostile) -> None:
    """The word stands in the program's source, which is the student's own; nowhere else."""
    assert program.leaks is not None
    assert program.leaks not in graded_text(world, world.results[program.name])


def test_hints_hold_no_numbers_of_the_test(world: World) -> None:
    texts = [
        h
        for result in world.results.values()
        for task in result.tasks
        for h in hints(result, task.id)
    ]
    assert len(texts) > 300
    for text in texts:
        assert not re.search(r"\d\.\d\d|tensor\(\[|Traceback|/work|/root", text), text


def test_floods_are_cut(world: World) -> None:
    sizes = {
        p.name: Course(world.root).autograded(p.name, p.assignment).stat().st_size for p in PROGRAMS
    }
    assert max(sizes.values()) < 8 * 2**20, max(sizes, key=lambda name: sizes[name])


def test_terminals_and_editors_are_told_nothing(world: World) -> None:
    for result in world.results.values():
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", remark(result) or ""
        )
    text = graded_text(world, world.results["terminal_escapes"])
    assert "\\\\u001b" in text
    assert not re.search("\x1b|\x9b|\u202e|\u2066", text)
    assert "\\u001b" not in text.replace("\\\\u001b", "")


def test_a_seed_says_nothing_of_the_next(world: World) -> None:
    """Threat 36: what hints and exceptions tell of the inputs of
    one run is of no use in another.
    """
    seeds = {jobs.new_seed() for _ in range(20)} | {
        result.provenance.seed for result in world.results.values()
    }
    assert len(seeds) > 20
    assert max(seeds) > 2**40


def test_an_answer_in_drops_takes_no_longer_than_none(world: World) -> None:
    """Threat 44: one test of three seconds, where a deadline for each read would never pass."""
    assert world.results["slow_drip"].seconds < 60


def test_it_takes_minutes_at_most(world: World) -> None:
    """A program can cost as much as the limits allow, and no
    more: an endless wait would be one here.
    """
    assert world.seconds < 600
