"""Limits on a submission: defaults, overridden per assignment and per course."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from autograder.core import course_config
from autograder.core.assignment import Assignment, assignments
from autograder.core.course import Course
from autograder.core.errors import UsageError

MIB = 2**20
DAY = 86_400.0


def _bounded(default: Any, least: float, most: float) -> Any:
    """A limit's default, with the smallest and largest value at which the engine works."""
    return field(default=default, metadata={"least": least, "most": most})


@dataclass(frozen=True)
class Limits:
    """Limits on times (waiting for a CPU not counted) and sizes, each with its range.

    Set them in `[tool.autograder.limits]` of pyproject.toml, or for one assignment in
    `[tool.autograder.limits."<assignment>"]`; for one course, as `c.Autograder.limits` in its
    nbgrader_config.py.
    """

    cell_seconds: float = _bounded(60.0, 0.1, DAY)
    test_seconds: float = _bounded(20.0, 0.01, DAY)
    tests_seconds: float = _bounded(300.0, 1, 7 * DAY)
    """Time for the answers of a submission in all tests together; those that are left when it is
    over are not run.
    """
    submission_seconds: float = _bounded(300.0, 1, 7 * DAY)
    suite_seconds: float = _bounded(60.0, 0.1, DAY)
    """Time that one hidden test may take on our side, beside what it waits for the submission."""
    timeouts_per_task: int = _bounded(3, 1, 1_000)
    """After so many tests of a task that ran too long, its other
    tests count as such without being run.
    """
    restarts: int = _bounded(10, 1, 100)
    """So many cells may end the notebook's process, or hang,
    before those below the last one are left out as well.
    """
    memory_mib: int = _bounded(1024, 64, 2**20)
    """Memory that one process may take beyond what the imported libraries hold."""
    total_memory_mib: int = _bounded(3072, 64, 2**22)
    """Memory of all processes of a submission together."""
    tmp_mib: int = _bounded(256, 1, 2**20)
    file_mib: int = _bounded(64, 1, 2**20)
    processes: int = _bounded(64, 4, 2**15)
    files: int = _bounded(256, 32, 2**16)
    output_text_kib: int = _bounded(256, 1, 290)
    """Text that one cell may print; the rest is dropped where it is printed."""
    output_rich_kib: int = _bounded(2048, 1, 2900)
    """Pictures, tables and figures that one cell may show."""
    outputs_mib: int = _bounded(16, 1, 1024)
    """All that the cells of a notebook may show together."""
    frame_mib: int = _bounded(64, 1, 1024)
    """Arrays in one message between a test and the submission."""
    notebook_mib: int = _bounded(20, 1, 200)
    """Size of a submitted notebook; stored outputs don't count.

    To read it takes up to fifteen times as much.
    """
    notebook_cells: int = _bounded(1000, 1, 100_000)
    follow_through: float = _bounded(1.0, 0, 1)
    """Share of a test's weight that counts when it passes only with an earlier task's mistake taken
    into account; with 0 nothing is tested once more."""

    @property
    def worker_bytes(self) -> int:
        """What a worker may map for one submission: to read it, and then to hold it and to compare
        the largest message."""
        reading, testing = 15 * self.notebook_mib, 5 * self.notebook_mib + 8 * self.frame_mib
        return (128 + max(reading, testing)) * MIB

    @property
    def sha256(self) -> str:
        """A digest, to tell results that were reached within other limits."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def load(assignment: Assignment, course: Course | None = None) -> Limits:
    """Load an assignment's limits from pyproject.toml, then the course's nbgrader_config.py.

    Raises:
        UsageError: a file can't be read, an unknown name, or a value that is no number or not
            within its bounds.
    """
    pyproject = assignment.repository / "pyproject.toml"
    try:
        section: Any = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{pyproject} can't be read ({error})") from None
    for name in ("tool", "autograder", "limits"):
        section = section.get(name, {})
        if not isinstance(section, dict):
            raise UsageError(f"{pyproject}: {name} must be a table")
    found = _override(Limits(), section, assignment.name, pyproject)
    if course is not None:
        place = course.root / course_config.CONFIG
        own = course_config.own(course.root, "limits")
        _refuse_strangers(own, assignments(assignment.repository), place)
        found = _override(found, own, assignment.name, place)
    return found


def _refuse_strangers(section: dict[str, Any], known: list[str], place: Path) -> None:
    """In a course's own file; that of a repository may be of one with more assignments."""
    for name, value in section.items():
        if isinstance(value, dict) and name not in known:
            raise UsageError(
                f"{place}: there are limits for {name!r}, which is not an assignment; the "
                f"assignments are {', '.join(known) or 'none'}"
            )


def _override(limits: Limits, section: dict[str, Any], assignment: str, place: Path) -> Limits:
    """With the values of a section, and then with those of its part for the assignment."""
    common = {name: value for name, value in section.items() if not isinstance(value, dict)}
    return _apply(_apply(limits, common, place), section.get(assignment, {}), place)


def _apply(limits: Limits, values: dict[str, Any], place: Path) -> Limits:
    known = {field.name: field for field in fields(Limits)}
    for name, value in values.items():
        if name not in known:
            raise UsageError(
                f"{place}: there is no limit {name!r}; the limits are {', '.join(sorted(known))}"
            )
        whole = type(known[name].default) is int
        least, most = known[name].metadata["least"], known[name].metadata["most"]
        # Not a number is not between any two.
        if type(value) not in ((int,) if whole else (int, float)) or not least <= value <= most:
            what = "a whole number" if whole else "a number"
            raise UsageError(
                f"{place}: the limit {name} is {value!r}; it must be {what} from {least:g} to "
                f"{most:.9g}"
            )
    # 10 and 10.0 are the same limit, and have one digest.
    kinds = {name: type(getattr(limits, name)) for name in values}
    return replace(limits, **{name: kinds[name](value) for name, value in values.items()})
