"""What staff see of one submission, and that no student does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from courses_for_tests import autograder

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course

A = find("01_relu_matrix")
RAISES = """def two_layer(*args):
    print(f'the secret is {args[0].sum():.9f}')
    print('\\x1b[2J', args[0].sum().item())
    raise ValueError(f'the secret is {args[0].sum():.9f}')
"""
FLOODS = "def sign_scale(*args):\n    print('y' * 1_000_000)\n    return args\n"
CELLS = {
    "right": {},
    "raises": {"two_layer": RAISES},
    "broken": {"z2": "z2 = undefined_name + 1\n"},
    "first": {"z1": "z1 = undefined_name + 1\n"},
    "hangs": {"sign_scale": "def sign_scale(*args):\n    while True:\n        pass\n"},
    "floods": {
        "sign_scale": FLOODS,
        "best_linear": FLOODS.replace("sign_scale", "best_linear_map"),
    },
    "kills": {"two_layer": "import os\ndef two_layer(*args):\n    os._exit(3)\n"},
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    for student, cells in CELLS.items():
        path = Course(root).submission(student, A.name)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(bank.submission(A, cells)))
    autograder(root, "grade", A.name, "--seed", "5")
    return root


def files(course: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in course.rglob("*")
        if path.is_file() and path.name != ".autograder.lock"
    }


def graded(course: Path) -> str:
    return Course(course).autograded("raises", A.name).read_text()


def test_each_kind_of_submission(course: Path) -> None:
    before = files(course)
    said = autograder(course, "show", "right", A.name)
    assert "right, 01_relu_matrix: 18 of 18" in said
    assert "✗" not in said
    said = autograder(course, "show", "raises", A.name, "two_layer")
    assert "      its code raised:\n      │ ValueError: the secret is " in said
    assert ", line 4 of the cell of two_layer" in said
    assert "      it printed:\n      │ the secret is " in said
    assert "      │ \\u001b[2J " in said
    assert "sign_scale" not in said
    said = autograder(course, "show", "broken", A.name)
    assert "its cell raised:" in said
    assert "NameError: name 'undefined_name' is not defined" in said
    # As in the whole: the mistake in z1 costs z1 only.
    said = autograder(course, "show", "first", A.name, "y1")
    assert "first, 01_relu_matrix: 2 of 2\n" in said
    assert "z1  " not in said
    assert "◷" in autograder(course, "show", "hangs", A.name, "sign_scale")
    said = autograder(course, "show", "floods", A.name)
    assert 4_000 < said.count("y") < 20_100
    assert max(map(len, said.splitlines())) < 2_100
    said = autograder(course, "show", "kills", A.name)
    assert "kills, 01_relu_matrix: 15 of 18" in said
    assert "your code ended its Python process" in said
    assert files(course) == before


def test_no_student_sees_their_own_words_of_a_hidden_call(course: Path) -> None:
    autograder(course, "feedback", A.name, "--no-bank")
    secrets = set(
        re.findall(r"the secret is (-?\d+\.\d+)", autograder(course, "show", "raises", A.name))
    )
    secrets -= set(re.findall(r"secret is (-?\d+\.\d+)", graded(course)))  # of public cells
    assert len(secrets) > 1
    kept = [data for path, data in files(course).items() if "submitted" not in path]
    assert len(kept) > len(CELLS)
    assert not any(secret.encode() in data for secret in secrets for data in kept)


def test_who_and_what_is_not_there_is_said(course: Path) -> None:
    assert "no submission of 01_relu_matrix by nobody" in autograder(
        course, "show", "nobody", A.name, status=2
    )
    said = autograder(course, "show", "right", A.name, "explain_fold", status=2)
    assert "'explain_fold' has no tests: a person marks it; `autograder read 01_relu" in said
    said = autograder(course, "show", "right", A.name, "z9", status=2)
    assert "no task with tests 'z9'; 01_relu_matrix has the tasks z1," in said
