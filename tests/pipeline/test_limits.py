"""Limits: the defaults, an assignment's and a course's own,
every mistake by name; and that they hold, on time.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from conftest import LIMITS, Lab

from autograder import wire
from autograder.core import limits
from autograder.core.assignment import REPOSITORY, Assignment, assignments
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.core.limits import Limits
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from autograder.sandbox.clock import PATIENCE, Clock
from autograder.sandbox.launcher import Sandbox

TABLE = "[tool.autograder.limits]\n"
OWN = '[tool.autograder.limits."a"]\n'


@pytest.fixture(autouse=True)
def repository(tmp_path: Path) -> None:
    """One with three assignments."""
    for name in "abc":
        source = tmp_path / "solutions" / name / "notebook.py"
        source.parent.mkdir(parents=True)
        source.touch()


@pytest.fixture
def pyproject(tmp_path: Path) -> Path:
    return tmp_path / "pyproject.toml"


def load(pyproject: Path, text: str, assignment: str = "a") -> Limits:
    pyproject.write_text(text, encoding="utf-8")
    return limits.load(Assignment(assignment, pyproject.parent))


@pytest.mark.parametrize(
    "text", ["", "[tool]", "[tool.autograder]", TABLE, OWN, '[project]\nname = "x"']
)
def test_defaults(pyproject: Path, text: str) -> None:
    assert load(pyproject, text) == Limits()


def test_an_assignment_s_own_limits_weigh_more_than_the_common_ones(pyproject: Path) -> None:
    text = (
        f"{TABLE}cell_seconds = 5\nprocesses = 8\n{OWN}cell_seconds = 0.5\n"
        + OWN.replace('"a"', '"b"')
        + "files = 99\n"
    )
    assert load(pyproject, text) == Limits(cell_seconds=0.5, processes=8)
    assert load(pyproject, text, "b") == Limits(cell_seconds=5, processes=8, files=99)
    assert load(pyproject, text, "c") == Limits(cell_seconds=5, processes=8)


NUMBER = r"pyproject.toml: the limit cell_seconds is .*; it must be a number from 0\.1 to 86400"


@pytest.mark.parametrize("table", [TABLE, OWN])
@pytest.mark.parametrize(
    "value",
    ["0", "-1", "-0.5", "true", '"5"', "[5]", "nan", "inf", "-inf", "2020-01-01", "[{x = 1}]"],
)
def test_a_value_that_is_no_number_of_seconds(pyproject: Path, table: str, value: str) -> None:
    with pytest.raises(UsageError, match=NUMBER):
        load(pyproject, f"{table}cell_seconds = {value}\n")


@pytest.mark.parametrize(
    "name", ["memory_mib", "processes", "files", "restarts", "notebook_cells", "tmp_mib"]
)
@pytest.mark.parametrize("value", ["1.5", "1.0", "0", "nan", "true"])
def test_what_is_counted_is_counted_in_whole_numbers(
    pyproject: Path, name: str, value: str
) -> None:
    with pytest.raises(
        UsageError, match=f"the limit {name} is .*; it must be a whole number from "
    ):
        load(pyproject, f"{OWN}{name} = {value}\n")


BOUNDS = [
    (f.name, type(f.default), f.metadata["least"], f.metadata["most"])
    for f in dataclasses.fields(Limits)
]


@pytest.mark.parametrize(
    ("name", "kind", "least", "most"), BOUNDS, ids=[name for name, *_ in BOUNDS]
)
def test_every_limit_has_two_sides(
    pyproject: Path, name: str, kind: type, least: float, most: float
) -> None:
    """The smallest and the largest value are taken, those beyond are refused with both named."""
    assert least <= getattr(Limits(), name) <= most
    for value in (least, most):
        assert getattr(load(pyproject, f"{OWN}{name} = {kind(value)}\n"), name) == value
    below, above = (
        (least - 1, most + 1) if kind is int else (least * 0.99 if least else -0.01, most * 1.01)
    )
    for value in (below, above):
        with pytest.raises(UsageError) as caught:
            load(pyproject, f"{OWN}{name} = {kind(value)}\n")
        said = str(caught.value)
        assert f"the limit {name} is {kind(value)!r}; it must be" in said
        assert f"from {least:g} to {most:.9g}" in said


@pytest.mark.parametrize("table", [TABLE, OWN])
def test_an_unknown_name(pyproject: Path, table: str) -> None:
    with pytest.raises(
        UsageError,
        match=r"there is no limit 'cell_second'; the limits are cell_seconds, file_mib, files, ",
    ):
        load(pyproject, f"{table}cell_second = 5\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("tool = 1", "tool"),
        ("[tool]\nautograder = 1", "autograder"),
        ("[tool.autograder]\nlimits = [1]", "limits"),
    ],
)
def test_something_else_in_a_table_s_place(pyproject: Path, text: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"pyproject.toml: {name} must be a table"):
        load(pyproject, text)


@pytest.mark.parametrize("content", [b"[tool", b"x = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml(pyproject: Path, content: bytes) -> None:
    pyproject.write_bytes(content)
    with pytest.raises(UsageError, match=r"pyproject.toml can't be read \("):
        limits.load(Assignment("a", pyproject.parent))


def test_a_configuration_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    known = Assignment(assignments()[0])
    text = (REPOSITORY / "nbgrader_config.py").read_text(encoding="utf-8")
    config = tmp_path / "nbgrader_config.py"
    config.write_text(text)
    assert limits.load(known, Course(tmp_path)) == limits.load(known)
    config.write_text(text.replace("nbgrader_hooks.autograde", "nbgrader_autograde"))
    with pytest.raises(UsageError, match=r"another version .* autograder\.nbgrader_autograde\."):
        limits.load(known, Course(tmp_path))


def test_no_file(pyproject: Path) -> None:
    with pytest.raises(UsageError, match=r"pyproject.toml can't be read \("):
        limits.load(Assignment("a", pyproject.parent))


def test_the_guide_on_security_lists_every_limit() -> None:
    guide = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
    for name, _, least, most in BOUNDS:
        assert f"| `{name}` | {getattr(Limits(), name):g} | {least:g} | {most:.9g} | " in guide


def test_this_repository_s_own_limits_can_be_read() -> None:
    for name in assignments():
        assert limits.load(Assignment(name)).cell_seconds > 0


# --- A course's own ---


def of_course(tmp_path: Path, text: str, assignment: str = "a") -> Limits:
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{text}\n")
    (tmp_path / "pyproject.toml").write_text(
        f"{TABLE}files = 99\n{OWN}cell_seconds = 5\ntest_seconds = 5\n"
    )
    return limits.load(Assignment(assignment, tmp_path), Course(tmp_path))


def test_the_same_limits_have_the_same_digest_however_they_are_written(pyproject: Path) -> None:
    """Also after their way to a worker: a digest is part of what a result depends on."""
    digests = {
        load(pyproject, f"{TABLE}cell_seconds = {text}\n").sha256 for text in ("10", "10.0", "1e1")
    }
    sent = msgspec.msgpack.encode(load(pyproject, f"{TABLE}cell_seconds = 10\n"))
    assert digests == {msgspec.msgpack.decode(sent, type=Limits).sha256}
    assert digests.isdisjoint({load(pyproject, f"{TABLE}cell_seconds = 11\n").sha256})


def test_a_course_s_own_limits_weigh_more_than_the_repository_s(tmp_path: Path) -> None:
    text = "c.Autograder.limits = {'cell_seconds': 9, 'a': {'processes': 8}, 'b': {'processes': 9}}"
    assert of_course(tmp_path, text) == Limits(
        cell_seconds=9, test_seconds=5, files=99, processes=8
    )
    assert of_course(tmp_path, text, "b") == Limits(cell_seconds=9, files=99, processes=9)
    assert of_course(tmp_path, "") == Limits(cell_seconds=5, test_seconds=5, files=99)
    (tmp_path / "nbgrader_config.py").unlink()
    assert limits.load(Assignment("a", tmp_path), Course(tmp_path)).cell_seconds == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "c.Autograder.limits = {'cell_seconds': 0}",
            "the limit cell_seconds is 0; it must be a number from 0.1 to",
        ),
        ("c.Autograder.limits = {'a': {'cells': 1}}", "there is no limit 'cells'"),
        ("c.Autograder.limits = {'d': {'files': 9}}", "limits for 'd', which is not an assignment"),
        ("c.Autograder.limits = 5", "c.Autograder.limits must be a dict"),
        ("c.Autograder.limit = {}", "no setting c.Autograder.limit; write one of attempts, limits"),
        ("1 / 0", "can't be read (ZeroDivisionError: division by zero)"),
        ("def (", "can't be read (SyntaxError"),
    ],
)
def test_mistakes_in_a_course_s_configuration(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        of_course(tmp_path, text)
    assert "nbgrader_config.py" in str(caught.value)
    assert sentence in str(caught.value)


# --- That they hold ---


@pytest.fixture(scope="module")
def small() -> Iterator[Lab]:
    """A sandbox in which little may be shown and sent."""
    sandbox = Sandbox(
        dataclasses.replace(LIMITS, output_text_kib=1, output_rich_kib=8, frame_mib=1)
    )
    lab = Lab(sandbox.seats[0])
    yield lab
    lab.close()
    sandbox.close()


def test_output_is_cut_where_the_limit_says(small: Lab) -> None:
    run = small.run(
        "print('x' * 5000)",
        "from IPython.display import HTML, display\ndisplay(HTML('y' * 4000), HTML('z' * 9000))",
    )
    text = run.runs[0].outputs[0]["text"]
    assert text == "x" * 1024 + "\n[the rest of this cell's output was dropped: more than 1 kB]\n"
    shown = str(run.runs[1].outputs)
    assert "y" * 4000 in shown
    assert "zz" not in shown


def test_the_outputs_of_a_notebook_are_cut_where_the_limit_says(lab: Lab) -> None:
    show = "from IPython.display import HTML, display\ndisplay(HTML('y' * 400_000))"
    run = lab.run(
        show,
        show,
        show,
        "print('little')",
        limits=dataclasses.replace(LIMITS, outputs_mib=1),
    )
    assert all("y" * 400_000 in str(run.runs[n].outputs) for n in (0, 1))
    left_out = "[this cell's output was left out: a notebook may show 1 MiB in all]\n"
    assert [run.runs[n].outputs[0]["text"] for n in (2, 3)] == [left_out, "little\n"]
    assert all(cell.ok for cell in run.runs.values())


def test_frames_are_as_large_as_the_limit_says(small: Lab) -> None:
    submission = small.submission(
        "import torch\nfits = torch.ones(2**18)\nlarge = torch.ones(2**18 + 1)"
    )
    assert submission.fits.shape == (2**18,)
    with pytest.raises(StudentFault, match="too large"):
        _ = submission.large


# --- Time, on a machine that has other things to do ---


@pytest.fixture
def busy() -> Iterator[None]:
    """So many programs that compute for ever that everything takes four times as long.

    Each has a session of its own: Linux shares processors out among sessions first.
    """
    spin = [sys.executable, "-c", "while True: pass"]
    spinning = [
        subprocess.Popen(spin, start_new_session=True) for _ in range(3 * (os.cpu_count() or 1))
    ]
    time.sleep(0.5)
    yield
    for process in spinning:
        process.kill()
        process.wait()


COMPUTE = (
    "import time\ndef compute(seconds):\n    while time.process_time() < seconds:\n        pass\n"
)


@pytest.mark.slow
@pytest.mark.usefixtures("busy")
def test_a_busy_machine_costs_no_cell_its_time_and_sleep_does(lab: Lab) -> None:
    bounds = dataclasses.replace(LIMITS, cell_seconds=2.0, restarts=2)
    compute = (
        COMPUTE
        + "start = time.monotonic()\ncompute(time.process_time() + 1.2)\nprint(time.monotonic() - "
        "start)"
    )
    run = lab.run(compute, "import time\ntime.sleep(30)", limits=bounds)
    assert [run.runs[n].ok for n in range(2)] == [True, False]
    assert float(run.runs[0].outputs[0]["text"]) > 2.0, (
        "the machine was not busy: this shows nothing"
    )
    assert "ran for more than 2 s" in run.runs[1].outputs[0]["evalue"]


@pytest.mark.slow
@pytest.mark.usefixtures("busy")
def test_a_busy_machine_costs_no_test_its_time_and_sleep_does(
    notebook: Callable[..., RemoteSubmission],
) -> None:
    source = (
        COMPUTE
        + "def work():\n    compute(time.process_time() + 0.6)\n    return 1\ndef rest():\n    "
        "time.sleep(30)"
    )
    submission = notebook(source, seconds=2.0)
    start = time.monotonic()
    assert [submission.work(), submission.work()] == [1, 1]
    assert time.monotonic() - start > 2.0, "the machine was not busy: this shows nothing"
    with pytest.raises(StudentFault, match="no result after 2 s"):
        submission.rest()
    assert time.monotonic() - start < 2.0 * PATIENCE + 60


def test_an_endless_loop_ends_when_its_time_is_up(
    notebook: Callable[..., RemoteSubmission],
) -> None:
    submission = notebook("def loop():\n    while True:\n        pass", seconds=1.0)
    start = time.monotonic()
    with pytest.raises(StudentFault, match="no result after 1 s"):
        submission.loop()
    assert 0.9 < time.monotonic() - start < PATIENCE + 60


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(("taken", "least"), [(0.0, 0.4), (1.2, 1.6)], ids=["idle", "busy"])
def test_an_answer_in_drops_has_the_seconds_of_a_whole_one(
    ends: tuple[socket.socket, socket.socket], taken: float, least: float
) -> None:
    """Once a frame has begun, its end is awaited no longer; only
    what other programs took is added.
    """
    stop = threading.Event()
    thread = threading.Thread(target=drip, args=(ends[1], stop))
    thread.start()
    start = time.monotonic()
    try:
        with pytest.raises(wire.WireTimeoutError):
            Clock(0.4, lambda _: taken).receive(ends[0])
    finally:
        stop.set()
        thread.join()
    assert least <= time.monotonic() - start < 30, "each byte gave it more time"


def drip(sock: socket.socket, stop: threading.Event) -> None:
    sock.send(struct.pack(">IQ", 2**20, 0))
    while not stop.wait(0.02):
        sock.send(b"x")


def test_a_request_that_nobody_reads_has_the_seconds_of_the_test(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    start = time.monotonic()
    with pytest.raises(wire.WireTimeoutError):
        Clock(0.4, lambda _: 0.0).send(ends[0], wire.Result(None), [memoryview(bytes(2**23))])
    assert 0.4 <= time.monotonic() - start < 30
