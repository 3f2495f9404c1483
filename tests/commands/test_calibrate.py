"""Calibrating: a small assignment of its own, whose programs'
losses are known to the last digit.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.authoring.build import build
from autograder.authoring.calibrate import calibrate
from autograder.core.assignment import REPOSITORY, Assignment
from autograder.core.errors import UsageError

A = "09_small"

NOTEBOOK = """\
# %% [markdown]
# # Small

# %% locked="data"
import torch

unit = 0.01

# %%
raise RuntimeError("a cell to play with is not needed")

# %% solution="word"
### BEGIN SOLUTION
word = "model"
### END SOLUTION

# %% test="word" points=1
check("word")

# %% solution="fit"
def fit(n):
    ### BEGIN SOLUTION
    return unit + 0 * float(torch.rand(n).sum())
    ### END SOLUTION


# %% test="fit" points=2
check("fit")

# %% [markdown] manual="why" points=1
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
"""

CHECKS = '''\
import pytest

POINTS = {"word": 1, "fit": 2}


@pytest.mark.task("word")
def test_word(submission):
    """There is a word."""
    assert submission.word


@pytest.mark.task("fit")
def test_fit(submission):
    """It gives a number."""
    assert submission.fit(2) is not None
'''

SUITE = '''\
import pytest

from course_lib import expect


@pytest.mark.task("word")
def test_word(submission):
    """The word is a text."""
    if not isinstance(submission.word, str):
        raise expect.Mismatch("no text")


def train(submission):
    return expect.number(submission.fit(4), what="fit(n)")


@pytest.mark.task("fit")
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_loss(submission, once, share):
    """The loss is small."""
    loss = once(train, submission)
    expect.below(loss, what="the loss", share=share, baseline=2.0, of="a constant")
'''


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """A built assignment with a suite and one correct program beside the model solution."""
    made = Assignment(A, tmp_path)
    made.source.mkdir(parents=True)
    (made.source / "notebook.py").write_text(NOTEBOOK)
    (made.source / "checks.py").write_text(CHECKS)
    for folder in ("accept", "reject"):
        (made.suite / folder).mkdir(parents=True)
    (made.suite / "test_small.py").write_text(SUITE)
    build(A, tmp_path, check=False)
    by_seed = "def fit(n):\n    return 4 * unit * (1 + torch.initial_seed())\n"
    put(made, "accept/by_seed", f"# %% word\nword = 'seed'\n# %% fit\n{by_seed}")
    return made


def put(assignment: Assignment, name: str, text: str) -> None:
    (assignment.suite / f"{name}.py").write_text(text)


def page(assignment: Assignment) -> str:
    return (assignment.repository / "docs" / "thresholds.md").read_text()


def table(assignment: Assignment) -> list[list[str]]:
    """The cells of the rows under the header."""
    lines = [line for line in page(assignment).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_margins_of_correct_programs_and_the_nearest_wrong_one(
    assignment: Assignment, capsys: pytest.CaptureFixture[str]
) -> None:
    put(
        assignment,
        "reject/close",
        "# fails: fit\n# Too lazy.\n# %% fit\ndef fit(n):\n    return 0.5\n",
    )
    put(
        assignment,
        "reject/far",
        "# fails: fit\n# Far too lazy.\n# %% fit\ndef fit(n):\n    return 3.0\n",
    )
    put(
        assignment,
        "reject/none",
        "# fails: fit\n# No result.\n# %% fit\ndef fit(n):\n    return None\n",
    )
    put(
        assignment,
        "reject/other",
        "# fails: word\n# Fails where nothing is measured.\n# %% word\nword = 1\n",
    )
    assert calibrate(assignment, seeds=3, jobs=2)
    # Shares: the model solution's is 0.005, the other program's is 0.02, 0.04 and 0.06.
    row = [
        "`fit`",
        "the loss / a constant",
        "0.5",
        "0.013",
        "0.06",
        "8.3",
        "`accept/by_seed`",
        "1.5 (`reject/far`)",
    ]
    assert table(assignment) == [
        row,
        [*row[:2], "0.1", "0.013", "0.06", "1.7", "`accept/by_seed`", "0.25 (`reject/close`)"],
    ]
    assert (
        "2 correct programs, 3 seeds: none of the 6 runs fails. 3 wrong programs, 3 seeds."
        in page(assignment)
    )
    assert capsys.readouterr().out.endswith(
        f" See {assignment.repository / 'docs' / 'thresholds.md'}\n"
    )


def test_a_section_takes_the_place_of_its_older_self_and_leaves_others_alone(
    assignment: Assignment,
) -> None:
    assert calibrate(assignment, seeds=1, jobs=1)
    first = page(assignment)
    path = assignment.repository / "docs" / "thresholds.md"
    other = "<!-- begin 02_other -->\n## 02_other\n\nWords.\n<!-- end 02_other -->\n"
    path.write_text(first + "\n" + other)
    assert calibrate(assignment, seeds=1, jobs=1)
    second = page(assignment)
    assert other in second
    assert second.index("02_other") < second.index(A)
    assert second.replace("\n" + other, "", 1) == first
    assert calibrate(assignment, seeds=1, jobs=1)
    assert page(assignment) == second


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 0.3", "the loss is not below 0.1 times the error of a constant"),
        ("return None", "fit(n) is None"),
        ("raise KeyError(n)", "KeyError: 4"),
        ("import os; os._exit(3)", "the program ended its process"),
        ("return 0 / 0", "ZeroDivisionError"),
    ],
)
def test_a_correct_program_that_does_not_pass(
    assignment: Assignment, capsys: pytest.CaptureFixture[str], body: str, reason: str
) -> None:
    put(assignment, "accept/bad", f"# %% word\nword = 'bad'\n# %% fit\ndef fit(n):\n    {body}\n")
    assert not calibrate(assignment, seeds=2, jobs=2)
    assert "2 of the 6 runs fail" in page(assignment)
    said = " ".join(capsys.readouterr().out.split())
    assert "accept/bad, seed 0: fit: " in said
    assert "accept/bad, seed 1: fit: " in said
    assert reason in said


def test_a_program_that_hangs_is_ended(
    assignment: Assignment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert calibrate(assignment, seeds=1, jobs=1)  # from here on, a process starts at once
    monkeypatch.setattr("autograder.authoring.measure_losses.RUN_SECONDS", 4.0)
    put(
        assignment,
        "reject/hangs",
        "# fails: fit\n# Endless.\n# %% fit\ndef fit(n):\n    while True:\n        pass\n",
    )
    assert calibrate(assignment, seeds=1, jobs=2)
    put(
        assignment,
        "accept/hangs",
        "# %% word\nword = ''\nwhile True:\n    pass\n# %% fit\nfit = abs\n",
    )
    assert not calibrate(assignment, seeds=1, jobs=2)
    assert "accept/hangs, seed 0: fit: no result after 4 s" in " ".join(
        capsys.readouterr().out.split()
    )


def test_an_assignment_without_thresholds_says_so(
    assignment: Assignment, capsys: pytest.CaptureFixture[str]
) -> None:
    assert calibrate(assignment, seeds=1, jobs=1)
    test = (
        '@pytest.mark.task("{0}")\ndef test_{0}(submission):\n    """It is there."""\n    '
        "submission.{0}\n"
    )
    suite = "import pytest\n\n\n" + "\n\n".join(test.format(task) for task in ("word", "fit"))
    (assignment.suite / "test_small.py").write_text(suite)
    assert calibrate(assignment, seeds=1, jobs=1)
    assert f"{A}: nothing to measure: no test compares" in capsys.readouterr().out
    assert not (assignment.repository / "docs" / "thresholds.md").exists()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("def broken(:\n", "SyntaxError"),
        (
            "@pytest.mark.task('fit')\ndef test_ours(submission):\n    '''Ours.'''\n    [].pop()\n",
            "test_ours: ",
        ),
        ("@pytest.mark.task('fit')\ndef test_mute(submission):\n    pass\n", "needs a docstring"),
    ],
)
def test_a_suite_that_does_not_run(assignment: Assignment, fault: str, reason: str) -> None:
    suite = assignment.suite / "test_small.py"
    suite.write_text(SUITE + "\n\n" + fault)
    with pytest.raises(UsageError, match=f"{A} can't be calibrated: ") as caught:
        calibrate(assignment, seeds=1, jobs=2)
    assert reason in str(caught.value)


def test_the_command_line() -> None:
    command = [str(Path(sys.executable).parent / "autograder"), "calibrate", "99_nothing"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 2
    assert "no assignment '99_nothing'" in done.stderr
    assert "Traceback" not in done.stderr
