"""A copy of the repository that a test may change, and its own command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.core.assignment import REPOSITORY

_FOLDERS = ("autograder", "course_lib", "solutions", "assignments", "docs")
_FILES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "nbgrader_config.py")


def copy_repository(target: Path) -> Path:
    """Copy what the engine works with to a new directory, which
    everybody may read, as a clone's.
    """
    target.mkdir()
    unwanted = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in _FOLDERS:
        shutil.copytree(REPOSITORY / name, target / name, ignore=unwanted)
    for name in _FILES:
        shutil.copy(REPOSITORY / name, target / name)
    return target


def autograder(
    repository: Path, *arguments: str | Path, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `autograder` of that repository."""
    environment = os.environ | {
        "PYTHONPATH": str(repository),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "autograder.cli", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd or repository,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
