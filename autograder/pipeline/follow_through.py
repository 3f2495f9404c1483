"""Step 5, follow through: test a task again on top of the solution's earlier code.

A task that failed, and builds on another that failed, is tested once more: the notebook runs again,
and below the answer of each failed task stands the solution's. What passes then counts, with a
remark. An answer that writes out a class again, which the solution's answers above it define or
extend, gets their methods: see `methods_again`.

That process holds solution code beside the student's. Nothing comes back from it but whether tests
passed: its outputs, hints, exceptions and times are dropped, and what it wrote ends with it.
"""

from __future__ import annotations

import ast
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from autograder.core.cells import RunnableCell
from autograder.core.faults import Cause
from autograder.core.outcome import TestResult
from autograder.core.statements import Reader
from autograder.pipeline.execute import Execution
from autograder.pipeline.run_tests import Submitted, SuiteRunner
from autograder.sandbox.session import Frame, GoneError, Session

Results = dict[str, list[TestResult]]
"""The results of a suite's tests, by task."""


@dataclass(frozen=True)
class Solution:
    """What tasks build on, and the solution's cell of each task."""

    builds_on: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, str]

    def all_needed(self, task: str) -> set[str]:
        """The tasks that a task builds on, directly or by way of others."""
        direct = set(self.builds_on.get(task, ()))
        return direct.union(*(self.all_needed(name) for name in direct))

    def names(self, task: str) -> str:
        """What a task defines, for a remark."""
        body = ast.parse(self.cells[task]).body
        defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        return " and ".join(defined) or task


def methods_again(
    given: Sequence[str], later: Sequence[str], reader: Reader | None = None
) -> list[str]:
    """Code that gives the solution's methods to classes which a student's later cells wrote anew.

    A student may extend a class by assignment or by a subclass of the same name, and then goes on
    with the solution's class. One who writes the whole class again goes on with an own one.

    Args:
        given: the solution's cells that ran.
        later: the student's cells that ran after them.
        reader: bounds how much of the student's code is parsed; a new one by default.
    """
    reader = reader or Reader()
    anew = {
        name for source in later for name, bases in _classes(source, reader) if name not in bases
    }
    made = []
    for source in given:
        defined = anew & {name for name, _ in _classes(source, reader)}
        keep = "".join(f"_own_{name} = {name}\n" for name in sorted(defined))
        back = "".join(
            f"for _name, _part in list(vars({name}).items()):\n"
            f"    if callable(_part):\n        setattr(_own_{name}, _name, _part)\n"
            f"{name} = _own_{name}\n"
            for name in sorted(defined)
        )
        if defined or anew & _extended(source, reader):
            made.append(f"{keep}{source}\n{back}")
    return made


def _body(source: str, reader: Reader) -> list[ast.stmt]:
    return [statement.node for statement in reader.statements(source) or ()]


def _classes(source: str, reader: Reader) -> list[tuple[str, set[str]]]:
    """The classes that a cell defines, each with the names among its bases."""
    return [
        (node.name, {base.id for base in node.bases if isinstance(base, ast.Name)})
        for node in _body(source, reader)
        if isinstance(node, ast.ClassDef)
    ]


def _extended(source: str, reader: Reader) -> set[str]:
    """The names to whose attributes a cell assigns, as in `Network.train = train`."""
    return {
        target.value.id
        for node in _body(source, reader)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    }


class _Forks:
    """The second run, as the suite sees it."""

    def __init__(self, execution: Execution, session: Session) -> None:
        self._execution = execution
        self._session = session

    # Of whatever task: there is one place to fork from.
    def fork_test(self, seed: int, task: str | None = None) -> socket.socket:  # noqa: ARG002
        sock = self._session.fork(seed, in_place=self._execution.on_card)
        if sock is None:
            raise GoneError("crashed")
        return sock

    def seen(self, task: str) -> Mapping[str, Frame]:  # noqa: ARG002 - every test has a process
        return {}

    def fault_of(self, task: str) -> Cause | None:
        return self._execution.fault_of(task)

    def after_fault(self) -> Cause:
        return self._execution.after_fault()

    def delayed(self, since: float) -> float:
        return self._execution.delayed(since)


def follow_through(
    runner: SuiteRunner,
    execution: Execution,
    solution: Solution,
    submitted: list[Submitted],
    results: list[Results],
) -> list[Results]:
    """The results with those tests counted that pass when the tasks below are right.

    Args:
        execution: the first run; its process ends.
        submitted: the submission, with each seed that it was graded with.
        results: for each seed.

    Raises:
        SuiteError: a test failed in its own code.
        SandboxError: the sandbox failed.
    """
    failed = {
        task
        for task, tests in results[0].items()
        if any(test.outcome != "passed" for test in tests)
    }
    again = [task for task in results[0] if task in failed and solution.all_needed(task) & failed]
    groups = [[task] for task in again] if execution.on_card else [again]
    for group in filter(None, groups):
        results = _SecondRun(runner, execution, solution, submitted, failed, group).results(results)
    return results


class _SecondRun:
    """The notebook's cells once more, with the solution's below those of failed tasks."""

    def __init__(
        self,
        runner: SuiteRunner,
        execution: Execution,
        solution: Solution,
        submitted: list[Submitted],
        failed: set[str],
        again: list[str],
    ) -> None:
        self._runner, self._execution, self._solution, self._submitted = (
            runner,
            execution,
            solution,
            submitted,
        )
        self._wrong = set(failed)
        self._again = again
        self._needed = set[str]().union(*(solution.all_needed(task) for task in again)) & failed

    def results(self, results: list[Results]) -> list[Results]:
        """Those of the first run, and what passes now."""
        session = self._execution.again()
        cells = self._submitted[0].cells
        # The solution's cells that ran, and after how many of the student's.
        given: list[tuple[str, int]] = []
        own: list[str] = []
        reader = Reader()
        last = max(n for n, cell in enumerate(cells) if cell.check in self._again)
        try:
            for cell in cells[: last + 1]:
                if cell.check is None:
                    self._run(session, cell)
                    own.append(cell.source)
                    continue
                if cell.check in self._again:
                    for source, place in given:
                        for code in methods_again([source], own[place:], reader):
                            self._run(session, RunnableCell(cell.index, code, None))
                    results = self._test(session, cell.check, results)
                if cell.check in self._wrong & self._needed:
                    source = self._solution.cells[cell.check]
                    self._run(session, RunnableCell(cell.index, source, None))
                    given.append((source, len(own)))
        except GoneError:
            pass  # the notebook does not get any further: what was found above that stands
        finally:
            session.close()
        return results

    def _run(self, session: Session, cell: RunnableCell) -> None:
        left = self._execution.time_left()
        if left <= 0:
            raise GoneError("timeout")
        if not self._execution.is_left_out(cell):
            session.run(cell, left, room=0)  # what it shows is dropped

    def _test(self, session: Session, task: str, results: list[Results]) -> list[Results]:
        replaced = sorted(
            self._solution.all_needed(task) & self._wrong, key=list(self._solution.cells).index
        )
        if not replaced:
            return results  # what it builds on is right after all: its own mistake is another one
        remark = "graded with a working " + ", ".join(
            self._solution.names(name) for name in replaced
        )
        forks = _Forks(self._execution, session)
        merged = []
        for submitted, first in zip(self._submitted, results, strict=True):
            if task not in first:
                merged.append(first)
                continue
            second, _ = self._runner.run(replace(submitted, forks=forks, words=None), {task})
            merged.append(first | {task: _merge(first[task], second[task], remark)})
        if all(test.outcome == "passed" for test in merged[0][task]):
            self._wrong.discard(task)
        return merged


def _merge(first: list[TestResult], second: list[TestResult], remark: str) -> list[TestResult]:
    passed = {test.name for test in second if test.outcome == "passed"}
    return [
        msgspec.structs.replace(test, outcome="passed", hint=None, remark=remark)
        if test.outcome != "passed" and test.name in passed
        else test
        for test in first
    ]
