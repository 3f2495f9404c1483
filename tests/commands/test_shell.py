"""A prompt in one student's notebook: what staff see, and what no submission reaches."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from courses_for_tests import BIN, autograder, environment
from terminal_for_tests import CTRL_C, CTRL_D, ENTER, Terminal

from autograder.authoring import bank
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course

A = find("01_relu_matrix")
WRONG = """import torch
print("a word of the cell")
def two_layer(x, w1, b1, w2, b2):
    print("x is", tuple(x.shape))
    raise ValueError("no idea")
"""
HOSTILE = """import os, threading, time
w2_abs = torch.ones(2, 1)
class Evil:
    def __repr__(self):
        return "\\x1b[2J\\x1b]0;owned\\x07\\u202eevil\\nIn [99]: forged"
evil = Evil()
"""
CELLS = {
    "wrong": {"two_layer": WRONG, "z2": "z2 = undefined_name + 1\n"},
    "hostile": {"w2_abs": HOSTILE},
}


def make_course(root: Path, cell_seconds: int) -> Path:
    for student, cells in CELLS.items():
        path = Course(root).submission(student, A.name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(bank.submission(A, cells)))
    path = Course(root).submission("cut", A.name)
    path.parent.mkdir(parents=True)
    path.write_text('{"cells": [')
    limits = {A.name: {"cell_seconds": cell_seconds}}
    config = f"c = get_config()\nc.Autograder.limits = {limits}\n"
    (root / "nbgrader_config.py").write_text(config)
    return root


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("course"), cell_seconds=3)


def command(course: Path, student: str) -> list[str]:
    return [str(BIN / "autograder"), "shell", student, A.name, "--course-dir", str(course)]


def shell(course: Path, student: str, typed: str) -> str:
    """All that a shell prints into which this is piped."""
    done = subprocess.run(
        command(course, student),
        input=typed,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment() | {"TOKEN": "a-token-of-the-instructor"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def files(course: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in course.rglob("*") if path.is_file()}


def test_code_and_hidden_tests(course: Path) -> None:
    before = files(course)
    said = shell(
        course,
        "wrong",
        "z1.shape\n"
        "def twice(n):\n    for _ in range(2):\n        n += n\n    return n\n\n"
        "twice(3)\n"
        "%time 5 * 5\n"
        "import plotly.graph_objects as go\ngo.Figure()\n"
        "1 / 0\n"
        'run("z1")\nrun("two_layer")\nrun("test_two_layer_values[other]")\nrun("test_nothing")\n'
        "exit\n6 * 7\n",
    )
    assert "note         the cell of z2 did not run to its end:\n" in said
    assert "             │ NameError: name 'undefined_name' is not defined\n" in said
    assert "│ torch.Size([4, 2])\n│ 12\n" in said
    assert "│ 25\n│ [figure]\n" in said
    assert "│ ZeroDivisionError: division by zero\n" in said
    assert "  ✓ test_z1: z1 holds" in said
    assert said.count("  ✗ test_two_layer_values[other]: ") == 2
    assert said.count("test_two_layer_values[general]") == 1
    assert (
        "      its code raised:\n      │ ValueError: no idea, line 5 of the cell of two_layer\n"
        in said
    )
    assert "      it printed:\n      │ x is (7, 2)\n" in said
    assert "a word of the cell" not in said
    assert "no task and no hidden test 'test_nothing'; 01_relu_matrix has the tasks z1," in said
    assert "│ 42\n" not in said, "what follows exit is not run"
    assert files(course) == before


def test_what_is_typed_runs_inside_the_walls(course: Path) -> None:
    reach = [str(course), str(REPOSITORY), str(Path.home()), "/etc/passwd"]
    said = shell(
        course,
        "hostile",
        "import os, socket\n"
        "'TOKEN' in os.environ, [name for name in os.environ if 'a-token' in os.environ[name]]\n"
        f"[os.path.exists(path) for path in {reach!r}]\n"
        "try:\n    socket.create_connection(('127.0.0.1', 22), 1)\n"
        "except PermissionError:\n    print('no network')\n\n"
        "[os.isatty(n) for n in range(3)], os.path.exists('/proc/1')\n"
        "evil\n"
        "print('flood\\n' * 100_000)\n",
    )
    assert "│ (False, [])\n│ [False, False, False, False]\n│ no network\n" in said
    assert "│ ([False, False, False], False)\n" in said
    assert "│ \\u001b[2J\\u001b]0;owned\\u0007\\u202eevil\n│ In [99]: forged\n" in said
    assert said.count("flood") < 1000
    assert "│ [the rest is not shown]\n" in said
    assert not any(ord(letter) < 32 and letter != "\n" for letter in said)


def test_a_process_that_ends_or_hangs_is_told_and_made_anew(course: Path) -> None:
    said = shell(
        course,
        "hostile",
        "kept = 5\nimport os\nos._exit(3)\n'kept' in globals(), w2_abs.shape\n"
        "while True:\n    pass\n\n"
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n\n"
        "os = __import__('os'); os.kill(os.getpid(), 9)\n"
        "w2_abs.sum()\n",
    )
    again = "; the notebook was run again, without what you defined here\n"
    ended = f"stopped: it ended the notebook's process{again}"
    hung = f"stopped: it ran for more than 3 s{again}"
    assert f"{ended}│ (False, torch.Size([2, 1]))\n{hung}{hung}{ended}│ tensor(2.)\n" in said


def test_a_terminal(tmp_path: Path) -> None:
    course = make_course(tmp_path, cell_seconds=600)
    with Terminal(command(course, "hostile"), dict(os.environ)) as terminal:
        terminal.expect(r"In \[31\]:")
        terminal.type("def twice(n):", ENTER, "return 2 * n", ENTER)
        terminal.type(ENTER)
        terminal.expect(r"In \[32\]:")
        terminal.type("twice(21)", ENTER)
        terminal.expect(r"\n│ 42\n")
        terminal.expect(r"In \[33\]:")
        terminal.type("a line that is dropped", CTRL_C)
        terminal.expect(r"In \[33\]:")
        terminal.type("print('y' * 200); evil", ENTER)
        said = terminal.expect(r"│ In \[99\]: forged\n")
        assert "│ " + "y" * 78 + "\n│ " + "y" * 78 + "\n│ " + "y" * 44 + "\n" in said
        terminal.type("while True: pass", ENTER, ENTER)
        terminal.expect("Ctrl-C ends it")
        terminal.type(CTRL_C)
        terminal.expect("stopped: you stopped it; the notebook was run again")
        terminal.expect(r"In \[\d+\]:")
        terminal.type("w2_abs.sum()", ENTER)
        terminal.expect(r"│ tensor\(2\.\)\n")
        terminal.expect(r"In \[\d+\]:")
        terminal.type('run("w2_abs")', ENTER)
        terminal.expect("test_w2_abs: With w2_abs")
        terminal.expect(r"In \[\d+\]:")
        terminal.type("while True: pass", ENTER, ENTER)
        terminal.expect("Ctrl-C ends it")
        terminal.type(CTRL_C)
        terminal.expect("stopped: you stopped it; the notebook was run again")
        terminal.expect(r"In \[\d+\]:")
        terminal.type(CTRL_D)
        assert terminal.end() == 0
    assert "\x1b]0;owned" not in terminal.shown
    assert "Traceback" not in terminal.shown
    assert "dropped" not in terminal.shown.partition("│ yyy")[2]


def test_who_is_not_there_or_can_not_be_graded_is_said(course: Path) -> None:
    said = autograder(course, "shell", "nobody", A.name, status=2)
    assert "no submission of 01_relu_matrix by nobody" in said
    said = autograder(course, "shell", "cut", A.name, status=2)
    assert "cut: the file is not a notebook" in said.lower()
