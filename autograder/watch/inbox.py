"""Find what was handed in and not answered yet: in nbgrader's exchange, or in a drop folder."""

from __future__ import annotations

import errno
import hashlib
import pwd
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from autograder.core.assignment import assignments
from autograder.core.course import valid_student
from autograder.core.files import write
from autograder.core.nbgrader_notes import SECRET, utc
from autograder.core.sanitize import in_line
from autograder.pipeline import intake
from autograder.watch import own_files

SETTLED_SECONDS = 1.0
"""A file of a drop folder is taken once it was not written to for so long."""
MADE_BY, BEGINNING = b'<meta name="generator" content="autograder">', 1000
"""What our pages have in their first bytes."""
NOT_GRADED = "_not_graded"
"""What the page of a submission that was not graded has behind its name in a drop folder."""
CLOCKS = timedelta(minutes=1)
"""A time that a student's program wrote is believed within so much of the kernel's own."""


@dataclass(frozen=True)
class Entry:
    """A submission that has no answer yet: who handed it in, when, and where its page goes.

    `owner` is the account that its folder belongs to. Without an `answer`, the page is written
    beside the notebook.
    """

    student: str
    at: datetime
    folder: Path
    owner: int
    answer: Path | None = None
    secret: bytes = b""

    def notebook(self, assignment: str) -> bytes | None:
        """The file; None if there is none that can be read."""
        with own_files.opened(self.folder) as folder:
            if folder is None or folder.owner != self.owner:
                return None
            return folder.read(f"{assignment}.ipynb", intake.MAX_FILE + 1)

    def reply(self, assignment: str, page: bytes, *, graded: bool) -> None:
        """Write the page; beside a notebook, that of a submission which was not graded leaves the
        one with the hints of an earlier submission where it is.

        Raises:
            OSError: it can't be written there.
        """
        if self.answer is not None:
            write(self.answer, page)
            return
        with own_files.opened(self.folder) as folder:
            if folder is None:
                raise FileNotFoundError(errno.ENOENT, "the folder is gone", str(self.folder))
            other = f"{assignment}{NOT_GRADED}.html"
            if graded:
                folder.write(f"{assignment}.html", page)
                folder.remove(other)
            else:
                folder.write(other, page)


@dataclass(frozen=True)
class Unusable:
    """A submission that can't be taken, and why."""

    name: str
    why: str


class Inbox(Protocol):
    """A place where students hand in."""

    def waiting(self) -> Iterator[Entry | Unusable]:
        """What was handed in and has no answer yet, in any order."""
        ...


@dataclass(frozen=True)
class Exchange:
    """A course's folder in nbgrader's exchange: submissions in inbound/, pages in feedback/."""

    folder: Path
    assignment: str
    check_owner: bool = True
    """Whether a submission must belong to the account whose name it has."""

    def waiting(self) -> Iterator[Entry | Unusable]:
        """See `Inbox`."""
        for path in (self.folder / "inbound").glob(f"*+{self.assignment}+*"):
            found = self._entry(path)
            if found is not None:
                yield found

    def _entry(self, path: Path) -> Entry | Unusable | None:
        """A submission by the name that `nbgrader submit` gives: user+assignment+time(+random)."""
        for parts in (path.name.rsplit("+", 3), path.name.rsplit("+", 2)):
            at = utc(parts[2]) if len(parts) > 2 and parts[1] == self.assignment else None
            if at is not None and valid_student(parts[0]):
                return self._of(path, parts[0], at)
        return Unusable(in_line(path.name), "its name is not one that `nbgrader submit` gives")

    def _of(self, path: Path, student: str, at: datetime) -> Entry | Unusable | None:
        with own_files.opened(path) as folder:
            if folder is None:
                return Unusable(in_line(path.name), "it is not a folder")
            if self.check_owner and _account(folder.owner) != student:
                return Unusable(
                    in_line(path.name),
                    f"it belongs to the account {_account(folder.owner)}; if accounts here are not "
                    "named like students, set c.ExchangeCollect.check_owner = False",
                )
            secret = (folder.read(SECRET, 1000) or b"").strip()
            at = at if abs(folder.changed - at) <= CLOCKS else folder.changed
            owner = folder.owner
        if not secret:
            # nbgrader writes it last, so it may still come.
            return None
        # As nbgrader names a page: who has the secret finds it.
        name = hashlib.md5(secret + self.assignment.encode(), usedforsecurity=False).hexdigest()
        answer = self.folder / "feedback" / f"{name}.html"
        if answer.exists():
            return None
        return Entry(student, at.replace(microsecond=0), path, owner, answer, secret)


@dataclass(frozen=True)
class DropFolder:
    """A folder with <student>/<assignment>.ipynb; the page is written beside the notebook."""

    folder: Path
    assignment: str

    def waiting(self) -> Iterator[Entry | Unusable]:
        """See `Inbox`."""
        others = set(assignments()) - {self.assignment}
        for path in self.folder.glob("[!.]*/*.ipynb"):
            if path.stem not in others and (found := self._entry(path)) is not None:
                yield found

    def _entry(self, path: Path) -> Entry | Unusable | None:
        student = path.parent.name
        if path.stem != self.assignment:
            why = f"its notebook must be called {self.assignment}.ipynb"
            return Unusable(in_line(str(path.parent)), why)
        try:
            written = path.lstat().st_ctime  # unlike the time of the last change, not to be set
        except OSError:
            return None
        if time.time() < written + SETTLED_SECONDS:
            return None
        names = (f"{path.stem}.html", f"{path.stem}{NOT_GRADED}.html")
        if any(_is_answer(path.with_name(name), written) for name in names):
            return None
        if not valid_student(student):
            return Unusable(in_line(str(path.parent)), "this is not a valid name for a student")
        with own_files.opened(path.parent) as folder:
            if folder is None:
                return Unusable(in_line(str(path.parent)), "it is a link, and not a folder")
            owner = folder.owner
        at = datetime.fromtimestamp(int(written), UTC)
        return Entry(student, at, path.parent, owner)


def _is_answer(page: Path, written: float) -> bool:
    """Whether a page of ours is newer than a notebook; a student's own export is no answer."""
    try:
        if page.lstat().st_ctime < written:
            return False
        with own_files.opened(page.parent) as folder:
            begin = folder.read(page.name, BEGINNING) if folder is not None else None
        return MADE_BY in (begin or b"")
    except OSError:
        return False


def _account(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
