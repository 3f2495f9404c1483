"""`autograder new`: create a small, complete assignment for an author to change.

Its files lie in `skeleton/` as they are; only the title and the name are put in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.core.assignment import Assignment
from autograder.core.errors import UsageError
from autograder.core.files import write

SKELETON = Path(__file__).resolve().parent / "skeleton"
_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,49}")
_LONGEST_TITLE = 100


@dataclass(frozen=True)
class Made:
    """A new assignment and the files that were written, in their order."""

    assignment: Assignment
    paths: tuple[Path, ...]


def new(name: str, title: str | None, repository: Path) -> Made:
    """Write the skeleton of an assignment; nothing that exists is touched.

    Args:
        title: the heading of the notebook; by default it is made of the name.

    Raises:
        UsageError: the name or the title can't be used, or something of that name is there already.
        OSError: a file can't be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!a} can't be the name of an assignment; use at most 50 characters, a–z, 0–9 "
            "and _, as in 05_my_topic"
        )
    heading = _title(name) if title is None else title.strip()
    if not heading or not heading.isprintable() or len(heading) > _LONGEST_TITLE:
        raise UsageError(f"--title must be one line of at most {_LONGEST_TITLE} characters")
    assignment = Assignment(name, repository)
    places = {"solution": assignment.source, "suite": assignment.suite}
    for taken in (*places.values(), assignment.release.parent):
        if taken.exists():
            raise UsageError(f"{taken} already exists; choose another name, or remove it first")
    put_in = {"TITLE": heading, "NAME": name}
    paths = []
    # The suite first: an assignment exists once its notebook.py does.
    for folder in ("suite", "solution"):
        for file in sorted(path for path in (SKELETON / folder).rglob("*") if _wanted(path)):
            text = file.read_text(encoding="utf-8")
            text = re.sub(
                "|".join(put_in), lambda found: put_in[found[0]], text
            )  # once: a title may hold these words
            target = places[folder] / file.relative_to(SKELETON / folder)
            write(target, text.encode())
            paths.append(target)
    return Made(assignment, tuple(paths))


def _title(name: str) -> str:
    """05_my_topic → My topic."""
    words = re.sub(r"^[0-9]+_+", "", name).replace("_", " ").strip() or name
    return words[0].upper() + words[1:]


def _wanted(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
