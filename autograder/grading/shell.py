"""Keep one submission open for staff: run code in its notebook, and hidden tests against it.

Code runs in the sandbox, in the process that ran the notebook. Hidden tests run in a worker, which
grades the submission in a sandbox of its own: no hidden input reaches the process of the shell.
"""

from __future__ import annotations

import signal
from contextlib import ExitStack

from msgspec.structs import replace

from autograder.core.cells import RunnableCell
from autograder.core.errors import RejectedError, UsageError
from autograder.core.faults import OF_TYPED_CODE
from autograder.core.jobs import Graded
from autograder.core.limits import MIB
from autograder.core.outcome import Result
from autograder.grading.grade_one import Chosen, grade_with
from autograder.grading.pool import Pool
from autograder.pipeline import intake
from autograder.pipeline.execute import Execution
from autograder.pipeline.grade_submission import notebook_seed
from autograder.pipeline.outputs import not_run
from autograder.pipeline.preload import modules_of
from autograder.pipeline.rebuild import rebuild
from autograder.sandbox.data import PreparedData
from autograder.sandbox.launcher import Sandbox
from autograder.sandbox.seat import Seat
from autograder.sandbox.session import CellRun, GoneError


class LostError(Exception):
    """The notebook's process is no more; the message says why."""


class OpenNotebook:
    """A submission's notebook after its last cell, in a sandbox; to be used as a context.

    Attributes:
        cells: those that are run; one that ended the process, or hung, only once.
        notes: on how the notebook was put together.
        number: of the next code to run, as `In[…]` counts.

    Raises:
        UsageError: the submission is none that can be graded.
    """

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        try:
            rebuilt = rebuild(chosen.assignment, intake.parse(chosen.job.data, chosen.limits))
        except RejectedError as error:
            raise UsageError(f"{chosen.job.student}: {error}") from None
        # Without the places of checks: no test runs here, and no copy is needed.
        self.cells = tuple(cell for cell in rebuilt.cells if cell.check is None)
        self.notes = rebuilt.notes
        self._index = len(rebuilt.notebook["cells"])
        self.number = 1 + max((cell.number for cell in self.cells), default=0)
        self._open, self._running = ExitStack(), ExitStack()
        self._seat: Seat | None = None
        self._execution: Execution | None = None

    def __enter__(self) -> OpenNotebook:
        return self

    def __exit__(self, *_: object) -> None:
        """End the sandbox and all that runs in it."""
        with self._open:
            self._running.close()

    @property
    def runs(self) -> dict[int, CellRun]:
        """What became of the notebook's cells, by index."""
        return {} if self._execution is None else self._execution.runs

    def run(self) -> None:
        """Run the notebook, in a new process in place of the one that there was.

        Raises:
            SandboxError: the walls can't be put up, or data that submissions read is not here.
        """
        self._running.close()
        if self._seat is None:
            self._seat = self._start_sandbox()
        if (last := self._execution) is not None:
            self.cells = tuple(cell for cell in self.cells if not last.is_left_out(cell))
        seed = notebook_seed(self._chosen.job.seed)
        execution = Execution(self._seat, self.cells, self._chosen.limits, seed)
        self._execution = self._running.enter_context(execution)

    def evaluate(self, source: str) -> CellRun:
        """Run code as one more cell. Ctrl-C ends it, and with it the notebook's process.

        Raises:
            LostError: it ended the process, or had to be ended; `run` makes a new one.
            SandboxError: the sandbox failed.
        """
        limits = self._chosen.limits
        session = None if self._execution is None else self._execution.session
        if session is None:
            raise LostError(OF_TYPED_CODE["crashed"])
        cell = RunnableCell(self._index, source, None, number=self.number)
        self._index, self.number = self._index + 1, self.number + 1
        stopped = False

        def stop(*_: object) -> None:
            nonlocal stopped
            stopped = True
            session.give_up()

        # Not as KeyboardInterrupt: that could fall between an order to the sandbox and its answer.
        before = signal.signal(signal.SIGINT, stop)
        try:
            run = session.run(cell, limits.cell_seconds, limits.outputs_mib * MIB)
        except GoneError as gone:
            why = OF_TYPED_CODE[gone.cause].format(seconds=limits.cell_seconds)
            raise LostError("you stopped it" if stopped else why) from None
        finally:
            signal.signal(signal.SIGINT, before)
        return run or not_run("it was not run: it is longer than 4 MiB")

    def _start_sandbox(self) -> Seat:
        assignment = self._chosen.assignment
        data = PreparedData(assignment.data)
        self._open.callback(data.close)
        sandbox = Sandbox(
            self._chosen.limits,
            self._chosen.isolation,
            data=data.folders,
            preload=modules_of(assignment),
        )
        self._open.callback(sandbox.close)
        return sandbox.seats[0]


class HiddenTests:
    """The hidden tests of a submission, run by name in a worker that starts with the first."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._pool: Pool | None = None
        self._tasks: dict[str, str] = {}
        """The task of each test, by its names; empty until all tests were run once."""
        if chosen.known and chosen.known.provenance.suite_sha256 == chosen.assignment.suite_sha256:
            self._learn_from(chosen.known)

    def __enter__(self) -> HiddenTests:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        if self._pool is not None:
            self._pool.close()
        self._pool = None

    def run(self, name: str) -> Graded:
        """Grade the submission as far as needed; the result holds the tests of that name only.

        Args:
            name: of a task, of a test function, or of one test with its parameters.

        Raises:
            UsageError: there is no such task or test.
            SandboxError: the worker could not start.
        """
        task = self._task_of(name)
        if self._pool is None:
            self._pool = Pool(self._chosen.setup, 1)
        try:
            graded = grade_with(self._pool, self._chosen, task)
        except BaseException:
            self.close()  # the worker may still be at it
            raise
        result = graded.result
        if result.status != "graded":
            return graded
        if not task:
            self._learn_from(result)
            self._task_of(name)
        tasks = [
            replace(each, tests=[test for test in each.tests if name in _names(each.id, test.name)])
            for each in result.tasks
        ]
        return replace(graded, result=replace(result, tasks=tasks))

    def _task_of(self, name: str) -> str:
        """The task of a name; "" where it is not known yet."""
        if name in self._chosen.tasks:
            return name
        if self._tasks and name not in self._tasks:
            raise self._chosen.without_tests(name, "task and no hidden test")
        return self._tasks.get(name, "")

    def _learn_from(self, result: Result) -> None:
        for each in result.tasks:
            for test in each.tests:
                self._tasks |= dict.fromkeys(_names(each.id, test.name)[1:], each.id)


def _names(task: str, test: str) -> tuple[str, str, str]:
    """The names by which a test can be run: its task's, its function's, its own."""
    return task, test.partition("[")[0], test
