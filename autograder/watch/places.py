"""Find where students hand in: the folder of a course in nbgrader's exchange, or a drop folder."""

from __future__ import annotations

from pathlib import Path

from autograder.core import course_config
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.watch.inbox import DropFolder, Exchange, Inbox

ROOT = "/usr/local/share/nbgrader/exchange"
"""Where nbgrader's exchange is unless its configuration says otherwise."""


def inbox_of(course: Course, assignment: str, exchange: Path | None, drop: Path | None) -> Inbox:
    """The place that was named; by default the exchange of the course's nbgrader_config.py.

    Args:
        exchange: the course's own folder in an exchange, with inbound/ in it.
        drop: a folder with <student>/<assignment>.ipynb.

    Raises:
        UsageError: it is not there, or both are named.
    """
    if drop is not None:
        if exchange is not None:
            raise UsageError("--drop and --exchange name two places; leave one out")
        if not drop.is_dir():
            raise UsageError(f"--drop {drop} is not a directory")
        return DropFolder(drop.resolve(), assignment)
    folder = exchange or _configured(course)
    if not (folder / "inbound").is_dir():
        raise UsageError(
            f"{folder} has no inbound/, where `nbgrader submit` puts submissions: release the "
            "assignment first (`nbgrader release_assignment`), or name the course's folder in the "
            "exchange with --exchange, or a folder with <student>/<assignment>.ipynb with --drop"
        )
    # As `nbgrader release_feedback` makes it: only who knows a page's name can read it.
    (folder / "feedback").mkdir(mode=0o711, exist_ok=True)
    return Exchange(folder.resolve(), assignment, _checks_owner(course))


def _configured(course: Course) -> Path:
    config = course_config.read(course.root)
    name = config.get("CourseDirectory", {}).get("course_id", "")
    if not isinstance(name, str) or not name:
        raise UsageError(
            f"{course.root / course_config.CONFIG} does not set c.CourseDirectory.course_id; set "
            "it there, or name the course's folder in the exchange with --exchange"
        )
    return Path(str(config.get("Exchange", {}).get("root", ROOT))) / name


def _checks_owner(course: Course) -> bool:
    config = course_config.read(course.root)
    return bool(config.get("ExchangeCollect", {}).get("check_owner", True))
