"""A course directory as instructors have it, a class that handed
in, and nbgrader's own commands.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from autograder.authoring import bank
from autograder.core.assignment import REPOSITORY, find
from autograder.core.course import Course

A = "01_relu_matrix"
BIN = Path(sys.executable).parent
CLASS: Mapping[str, Mapping[str, str]] = {
    "model": {},
    "essay": {"explain_fold": "It folds the plane."},
    "printed": {"z2": "z2 = torch.tensor([[2.0], [4.0], [2.0], [4.0]])"},
    "loud": {"z1": "import sys\nprint('a word', file=sys.stderr)\nz1 = x @ w1.T"},
}
"""Of each student, the cells that differ from the model solution."""


def environment() -> dict[str, str]:
    """What a shell has in which the virtual environment is active."""
    return os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a stock command in a course directory."""
    command = [str(BIN / "nbgrader"), *arguments]
    return subprocess.run(
        command,
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def autograder(root: Path, *words: str, status: int = 0) -> str:
    """Run a command of ours on a course directory, with this exit status; all that it prints."""
    done = subprocess.run(
        [str(BIN / "autograder"), *words, "--course-dir", str(root)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def hand_in(root: Path, student: str, text: str) -> None:
    """Put a notebook's text where nbgrader collects it."""
    path = Course(root).submission(student, A)
    path.parent.mkdir(parents=True)
    path.write_text(text)


def make_course(root: Path) -> Path:
    """A course directory that has the repository's configuration
    and sources, and a class that handed in.
    """
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    shutil.copytree(REPOSITORY / "solutions" / A, root / "solutions" / A)
    for student, cells in CLASS.items():
        hand_in(root, student, json.dumps(bank.submission(find(A), dict(cells))))
    copied = bank.submission(find(A), {})
    copied["cells"] += [
        c for c in copied["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "y1"
    ]
    hand_in(root, "copied", json.dumps(copied))
    hand_in(root, "cut", json.dumps(copied)[:3000])
    return root
