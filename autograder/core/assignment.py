"""Know an assignment of the repository: its files, its tasks, and what its suite declares."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder.core.errors import UsageError
from autograder.core.statements import Reader, Statement

_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_WORD = re.compile(r"\w+")
DATA_SETS = ("fashion_mnist",)
"""What submissions can read beside their notebook: functions of `course_lib.datasets`."""
REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Task:
    """The unit of credit. A manual task is graded by a person."""

    id: str
    points: float
    manual: bool


@dataclass(frozen=True)
class Assignment:
    """An assignment of the repository, by name."""

    name: str
    repository: Path = REPOSITORY

    @property
    def source(self) -> Path:
        """The directory of the hand-written notebook."""
        return self.repository / "solutions" / self.name

    @property
    def release(self) -> Path:
        """The notebook that students get."""
        return self.repository / "assignments" / self.name / f"{self.name}.ipynb"

    @property
    def suite(self) -> Path:
        """The directory of the hidden suite."""
        return self.repository / "autograder" / "suites" / self.name

    @cached_property
    def released(self) -> dict[str, Any]:
        """The released notebook as parsed JSON, each source one string.

        Raises:
            UsageError: it is not there or not readable.
        """
        try:
            notebook = dict(json.loads(self.release.read_text(encoding="utf-8")))
            for cell in notebook["cells"]:
                cell["source"] = "".join(cell["source"])
            return notebook
        except (OSError, ValueError, LookupError) as error:
            raise UsageError(
                f"{self.release} can't be read ({error}); run `autograder build {self.name}` first"
            ) from None

    @cached_property
    def statements(self) -> dict[str, tuple[Statement, ...] | None]:
        """The statements of each released code cell, by its source: most submissions have them all.

        Raises:
            UsageError: see `released`.
        """
        reader = Reader()
        sources = [c["source"] for c in self.released["cells"] if c["cell_type"] == "code"]
        return {source: reader.statements(source) for source in sources}

    @cached_property
    def title(self) -> str:
        """The first heading of the released notebook, as plain text; the name where it has none.

        Raises:
            UsageError: see `released`.
        """
        prose = "\n".join(
            cell["source"] for cell in self.released["cells"] if cell["cell_type"] == "markdown"
        )
        found = _HEADING.search(prose)
        return re.sub(r"[*`$]", "", found[1]) if found else self.name

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks, in the order of the notebook."""
        tasks = []
        for cell in self.released["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("grade"):
                manual = bool(mark["solution"])
                name = mark["grade_id"] if manual else mark["grade_id"].removesuffix("-test")
                tasks.append(Task(name, float(mark["points"]), manual))
        return tuple(tasks)

    @cached_property
    def builds_on(self) -> dict[str, tuple[str, ...]]:
        """The tasks that each task builds on, as `suite.toml` beside the tests says.

        Raises:
            UsageError: it can't be read, or names a task that comes later or is none.
        """
        path, table = self._suite_file, self._suite_table("builds_on")
        order = [task.id for task in self.tasks if not task.manual]
        for task, needed in table.items():
            if not isinstance(needed, list) or task not in order:
                raise UsageError(
                    f"{path}: builds_on.{task} must be a list of tasks, and {task} must be one of "
                    f"{', '.join(order)}"
                )
            if wrong := [name for name in needed if name not in order[: order.index(task)]]:
                raise UsageError(
                    f"{path}: {task} builds on {wrong[0]!r}, which is not a task before it"
                )
        return {task: tuple(needed) for task, needed in table.items()}

    @cached_property
    def demo_functions(self) -> dict[str, str]:
        """Tasks that no other one builds on, with a function of each for the demo to break.

        Raises:
            UsageError: `suite.toml` can't be read.
        """
        return {str(task): str(function) for task, function in self._suite_table("demo").items()}

    @property
    def data(self) -> tuple[str, ...]:
        """The data sets that submissions read, as `uses` in the table [data] of `suite.toml` says.

        Raises:
            UsageError: `suite.toml` can't be read, or names a data set that there is not.
        """
        names = self._suite_table("data").get("uses", [])
        if not isinstance(names, list) or any(n not in DATA_SETS for n in names):
            raise UsageError(
                f"{self._suite_file}: uses, in [data], is {names!r}; it must be a list of "
                f"{', '.join(map(repr, DATA_SETS))}"
            )
        return tuple(names)

    @property
    def public_lines(self) -> list[str]:
        """Lines of the suite or the bank that the library has too, and that give nothing away.

        Raises:
            UsageError: `suite.toml` can't be read.
        """
        return [str(line) for line in self._suite_table("public").get("lines", [])]

    @property
    def _suite_file(self) -> Path:
        return self.suite / "suite.toml"

    def _suite_table(self, name: str) -> dict[str, Any]:
        path = self._suite_file
        try:
            table = (
                tomllib.loads(path.read_text(encoding="utf-8")).get(name, {})
                if path.exists()
                else {}
            )
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} can't be read ({error})") from None
        if not isinstance(table, dict):
            raise UsageError(
                f"{path}: {name} is not a table; write [{name}], and below it one line for each "
                "task"
            )
        return table

    @cached_property
    def task_names(self) -> dict[str, frozenset[str]]:
        """Of each task that is graded automatically, the names that an answer gives.

        They are those that the model solution's cell gives and the released cell mentions; all of
        the solution's where it mentions none; and those of the released cell where there is no
        solution.
        """
        stubs = {}
        for cell in self.released["cells"]:
            mark = cell["metadata"].get("nbgrader", {})
            if mark.get("solution") and cell["cell_type"] == "code":
                stubs[str(mark["grade_id"])] = str(cell["source"])
        return {
            task: self._names(stub, self._model.get(task, stub)) for task, stub in stubs.items()
        }

    @cached_property
    def _model(self) -> dict[str, str]:
        """The model solution's cells by their ids; none where it was not built."""
        try:
            cells = json.loads((self.source / f"{self.name}.ipynb").read_text(encoding="utf-8"))[
                "cells"
            ]
            return {cell["id"]: "".join(cell["source"]) for cell in cells}
        except (OSError, ValueError, LookupError, TypeError):
            return {}

    @staticmethod
    def _names(stub: str, answer: str) -> frozenset[str]:
        given = Reader().names(answer)
        return given.intersection(_WORD.findall(stub)) or given

    @property
    def max_score(self) -> float:
        """The points of the tasks that are graded automatically."""
        return sum(task.points for task in self.tasks if not task.manual)

    @property
    def points(self) -> float:
        """The points of all tasks, those that are graded by hand too."""
        return sum(task.points for task in self.tasks)

    @cached_property
    def suite_sha256(self) -> str:
        """A digest of what decides a grade beside the submission: the suite's tests, the release
        and, where tasks build on one another, the solution that takes a wrong task's place."""
        _ = self.released  # or says what to do
        digest = hashlib.sha256(self.release.read_bytes())
        solution = [self.source / f"{self.name}.ipynb"] if self.builds_on else []
        for path in (
            *sorted(self.suite.glob("*.py")),
            *sorted(self.suite.glob("suite.toml")),
            *solution,
        ):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def assignments(repository: Path = REPOSITORY) -> list[str]:
    """The names of all assignments of the repository."""
    return sorted(path.parent.name for path in (repository / "solutions").glob("*/notebook.py"))


def find(name: str, repository: Path = REPOSITORY) -> Assignment:
    """The assignment of that name.

    Raises:
        UsageError: there is none; the message lists those that there are.
    """
    known = assignments(repository)
    if name not in known:
        raise UsageError(
            f"no assignment {name!r}; this repository has {', '.join(known) or 'none'}"
        )
    return Assignment(name, repository)
