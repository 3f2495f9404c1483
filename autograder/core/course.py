"""Know a course directory: where submissions, graded notebooks and results lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.core import groups
from autograder.core.assignment import REPOSITORY
from autograder.core.errors import UsageError
from autograder.core.groups import Groups


def valid_student(name: str) -> bool:
    """Whether a directory's name can be a student's: printable, not hidden, 1 to 100 characters."""
    return name.isprintable() and not name.startswith(".") and 1 <= len(name) <= 100


@dataclass(frozen=True)
class Course:
    """An nbgrader course directory."""

    root: Path

    @cached_property
    def groups(self) -> Groups:
        """Who hands in together.

        Raises:
            UsageError: groups.csv can't be used.
        """
        return groups.read(self.root)

    @property
    def replaced(self) -> Path:
        """The directory of submissions that a later one replaced, by time, assignment, student."""
        # nbgrader's patterns, and ours, match no name that begins with a dot.
        return self.root / "submitted" / ".replaced"

    def submission(self, student: str, assignment: str) -> Path:
        """The submitted notebook."""
        return self.root / "submitted" / student / assignment / f"{assignment}.ipynb"

    def autograded(self, student: str, assignment: str) -> Path:
        """The notebook as it was graded."""
        return self.root / "autograded" / student / assignment / f"{assignment}.ipynb"

    def feedback(self, student: str, assignment: str) -> Path:
        """The student's page."""
        return self.root / "feedback" / student / assignment / f"{assignment}.html"

    def result(self, student: str, assignment: str) -> Path:
        """The recorded outcome."""
        return self.root / "results" / assignment / f"{student}.json"

    def history(self, student: str, assignment: str) -> Path:
        """The directory of the outcomes that were on record before."""
        return self.root / "results" / assignment / "history" / student

    def seed(self, assignment: str) -> Path:
        """The seed of the class's hidden inputs, on which runs on several machines agree."""
        return self.root / "results" / assignment / ".seed"

    def policy(self, assignment: str) -> Path:
        """By which policy the class was graded (see `autograder.core.attempts`)."""
        return self.root / "results" / assignment / ".policy"

    def platform_names(self, assignment: str) -> Path:
        """How the platform that submissions were collected from names each student's files."""
        return self.root / "results" / assignment / ".platform.json"

    def students(self, assignment: str, wanted: tuple[str, ...] = ()) -> list[str]:
        """All students with a directory for the assignment, and their groups, sorted; or only the
        wanted ones.

        Raises:
            UsageError: nobody has one, a name can't be a student's, somebody who is named is not
                there, or groups.csv can't be used.
        """
        submitted = self.root / "submitted"
        alone = [p.parent.name for p in submitted.glob(f"[!.]*/{assignment}")]
        found = sorted({member for name in alone for member in self.groups.of(name, assignment)})
        if not found:
            raise UsageError(
                f"no submissions of {assignment} in {submitted}: "
                f"expected {submitted}/<student>/{assignment}/{assignment}.ipynb"
            )
        for name in found:
            if not valid_student(name):
                raise UsageError(
                    f"{submitted}/{name!a}: not a valid name for a student; use at most 100 "
                    "printable characters"
                )
        if missing := sorted(set(wanted) - set(found)):
            raise UsageError(f"no submission of {assignment} by {', '.join(missing)}")
        return [name for name in found if not wanted or name in wanted]


def open_course(directory: Path | None, repository: Path = REPOSITORY) -> Course:
    """The course directory that was named; else the one that one stands in, else the repository.

    A directory is a course's when it has a gradebook or an nbgrader_config.py.

    Raises:
        UsageError: it is not a directory.
    """
    here = Path.cwd()
    standing = any((here / name).exists() for name in ("gradebook.db", "nbgrader_config.py"))
    root = (directory or (here if standing else repository)).resolve()
    if not root.is_dir():
        raise UsageError(f"{root} is not a directory")
    return Course(root)
