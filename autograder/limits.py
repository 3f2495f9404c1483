"""How much a submission may use: defaults, and each assignment's own in `pyproject.toml`."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from autograder.errors import UsageError

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Seconds of wall time, and sizes in MiB.

    Set them in `[tool.autograder.limits]`, or for one assignment in `[tool.autograder.limits."<assignment>"]`.
    """

    cell_seconds: float = 60.0
    test_seconds: float = 20.0
    submission_seconds: float = 300.0
    suite_seconds: float = 60.0
    """Time that one hidden test may take on our side, beside what it waits for the submission."""
    timeouts_per_task: int = 3
    """After so many tests of a task that ran too long, its other tests count as such without being run."""
    restarts: int = 3
    memory_mib: int = 1024
    """Memory that one process may take beyond what the imported libraries hold."""
    total_memory_mib: int = 3072
    """Memory of all processes of a submission together."""
    tmp_mib: int = 256
    file_mib: int = 64
    processes: int = 64
    files: int = 256
    notebook_mib: int = 20
    """Size of a submitted notebook; pictures in its outputs count."""
    notebook_cells: int = 1000


def load(pyproject: Path, assignment: str) -> Limits:
    """The limits of an assignment.

    Raises:
        UsageError: the file can't be read, an unknown name, or a value that is not a positive number.
    """
    try:
        section: Any = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{pyproject} can't be read ({error})") from None
    for name in ("tool", "autograder", "limits"):
        section = section.get(name, {})
        if not isinstance(section, dict):
            raise UsageError(f"{pyproject}: {name} must be a table")
    common = {name: value for name, value in section.items() if not isinstance(value, dict)}
    return _apply(_apply(Limits(), common, pyproject), section.get(assignment, {}), pyproject)


def _apply(limits: Limits, values: dict[str, Any], pyproject: Path) -> Limits:
    known = {field.name: type(field.default) for field in fields(Limits)}
    for name, value in values.items():
        if name not in known:
            raise UsageError(f"{pyproject}: limits have no {name!r}; they have {', '.join(sorted(known))}")
        kinds = (int,) if known[name] is int else (int, float)
        if type(value) not in kinds or not 0 < value < math.inf:
            what = "a positive whole number" if known[name] is int else "a positive number"
            raise UsageError(f"{pyproject}: the limit {name} is {value!r}; it must be {what}")
    return replace(limits, **values)
