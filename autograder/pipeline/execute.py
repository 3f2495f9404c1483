"""Step 3, execute: run a notebook's cells in the sandbox, and keep what tests need at each check.

All cells run before the first test does: what a test shows to a submission's process (hidden
inputs) can't come out in a later cell's output. A test meets a copy of the notebook at its own
task's check, so that what later cells do to a name, a mode or a default costs nothing.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence

from autograder.core.cells import RunnableCell
from autograder.core.faults import OF_A_CELL, Cause
from autograder.core.limits import Limits
from autograder.pipeline.blame import Blame
from autograder.pipeline.kept_at_checks import KeptAtChecks
from autograder.pipeline.notebook_clock import NotebookClock
from autograder.pipeline.outputs import not_run
from autograder.pipeline.preload import modules_for
from autograder.sandbox.seat import Seat
from autograder.sandbox.session import CellRun, Frame, GoneError, Place, Session

ATTEMPTS = 2
"""How often a test's process is asked for: the notebook runs again when its process is gone."""
BRIEF_SECONDS = 0.5
"""A notebook whose cells took less is run again, where a test's process is lost, and not kept."""


class Execution:
    """A submission in the sandbox, to be used as a context: it runs on entry, and ends on exit.

    A cell that hangs or kills its process is left out, and the others run again.

    Attributes:
        runs: what each cell that ran put out, by index.
        cell_seconds: time for all of them.
        peak: bytes of memory that the submission took at most; known once it has ended.
        session: the process in which the notebook ran; None where it could not be kept.
        on_card: whether it may use a graphics card. CUDA does not survive a fork: once a cell has
            started it, the notebook is run anew for each test of a later check, which gets it all.

    Args:
        values: names by task, where tests are known to ask for nothing but their values.
        one_test: whether a place is asked for one process, unless that is lost.
    """

    def __init__(
        self,
        seat: Seat,
        cells: tuple[RunnableCell, ...],
        limits: Limits,
        seed: int,
        *,
        on_card: bool = False,
        values: Mapping[str, Sequence[str]] | None = None,
        one_test: bool = False,
    ) -> None:
        self._seat = seat
        self._cells = cells
        self._limits = limits
        self._seed = seed
        self._forks = True  # until CUDA begins
        self.on_card = on_card
        self._clock = NotebookClock(limits.submission_seconds, seat.delayed)
        self._preload = modules_for(cell.source for cell in cells)
        self._blame = Blame()
        self._starts = 0
        self._reached = -1
        self._cut: Cause = "crashed"
        self._last: int | None = None
        """No later cell is run: too many ended the process, or all the time was used up."""
        self.session: Session | None = None
        self._until: str | None = None
        """The task above whose check the session stopped; None where it ran all cells."""
        self._kept = KeptAtChecks(values or {})
        self._one_test = one_test
        # Without a check, a task's tests meet the notebook's end.
        self._checks = {cell.check for cell in cells if cell.check is not None}
        self._shown = False
        """Whether a test may have begun: a cell that runs again could print hidden inputs."""
        self.runs: dict[int, CellRun] = {}
        self.cell_seconds = 0.0
        self.peak = 0

    def __enter__(self) -> Execution:
        """Run the notebook.

        Raises:
            SandboxError: the sandbox failed.
        """
        self._run()
        return self

    def __exit__(self, *_: object) -> None:
        """End the submission, whatever it left running."""
        self._close()
        self.peak = self._seat.end().peak

    def fork_test(self, seed: int, task: str | None = None) -> socket.socket:
        """A fresh process with what the notebook had defined at the task's check; a socket to it.

        Args:
            task: None, or a task without a check: what the whole notebook defined.

        Raises:
            GoneError: the notebook's process is gone and can't be brought back within the limits.
            SandboxError: the sandbox failed.
        """
        self._shown = True
        self._kept.want_copy(task)
        cause: Cause = "crashed"
        for attempt in range(0 if self._blame.is_refused(task) else ATTEMPTS):
            place = self._place(task)
            if place is None or attempt > 0:
                afresh = attempt > 0 or not self._forks
                # Up to the check only, where a copy was lost: a later cell may end the copies.
                self._run_again(until=task if afresh and task in self._checks else None)
                place = self._place(task)
            if place is None:
                cause = self._cut
                continue
            is_last = self._one_test and self.cell_seconds < BRIEF_SECONDS
            in_place = is_last and place is self._kept.copy(task)
            ends = place is self.session and not self._forks
            try:
                sock = place.fork(seed, in_place=in_place or ends)
            except GoneError as gone:
                cause = gone.cause
                self._blame_test()
                continue
            if sock is not None:
                self._blame.test_began(task)
                if in_place:
                    self._kept.give_away(task)
                if ends:
                    self._close()
                return sock
            self._notice(place)
            cause = "not_started"
            self._seat.sweep(self._kept.pids)
        raise GoneError(cause)

    def _run_again(self, until: str | None) -> None:
        """Bring the notebook's process back.

        Raises:
            GoneError: too much time went into that already.
        """
        self._stop()
        if not self._forks:
            self._starts = 0
            self._clock.renew()
        elif self._clock.is_over_again():
            raise GoneError("timeout")
        with self._clock.again():
            self._run(until)

    def _place(self, task: str | None) -> Place | None:
        """Where the task's tests fork, if there is a process that stands there."""
        if (copy := self._kept.copy(task)) is not None:
            return copy
        return self.session if self._until == (task if task in self._checks else None) else None

    def again(self) -> Session:
        """A new process for the same notebook, in place of the last, with its full time.

        Raises:
            SandboxError: the sandbox failed.
        """
        self._stop()
        self._clock.renew()
        return self._open(None)

    def is_left_out(self, cell: RunnableCell) -> bool:
        """Whether the cell ended the process, or hung, when it ran."""
        return self._blame.is_left_out(cell)

    def fault_of(self, task: str) -> Cause | None:
        """Why the cell of a task was left out, if it was."""
        return self._blame.fault_of(task, self._cells)

    def seen(self, task: str) -> Mapping[str, Frame]:
        """What the notebook answered about names at the task's check, where no process is kept."""
        return self._kept.seen(task)

    def after_fault(self) -> Cause:
        """End what a test left running, and say why its process went away (if it did by itself)."""
        self._one_test = False
        kept = self._forks or self.session
        status = self._seat.sweep(self._kept.pids) if kept else self._seat.end()
        if not status.alive:
            self._blame_test()
            self._close()
        return "out_of_memory" if status.out_of_memory else "crashed"

    def _blame_test(self) -> None:
        """The notebook's process is gone through a test, not a cell: that start does not count."""
        if self._forks and self.session is not None and self._blame.is_test():
            self._starts -= 1

    def time_left(self) -> float:
        """Seconds of its own for the rest of the notebook, or less than none."""
        return self._clock.left()

    def delayed(self, since: float) -> float:
        """Seconds since a time for which other programs kept the submission from running."""
        return self._seat.delayed(since)

    # --- running cells ---

    def _run(self, until: str | None = None) -> None:
        """Start and run all cells, or those above a check, again without the guilty one whenever
        one ends the process; in the end those only that ran before, so that the tasks up to there
        are tested."""
        while (
            self._last is None and self._starts <= self._limits.restarts and self._clock.left() > 0
        ):
            self._starts += 1
            if self._start(until):
                return
        if self._last is None:
            self._last = self._reached
            self._cut = "timeout" if self._clock.left() <= 0 else "crashed"
        self._clock.renew()
        self._start(until)

    def _open(self, until: str | None) -> Session:
        self.session = Session(self._seat, self._limits, self._seed, self._preload)
        self._until = until
        self._clock.start()  # not before: what a seat imports first is nobody's time
        return self.session

    def _start(self, until: str | None) -> bool:
        """Run the cells in a new process; False where one of them ended it."""
        if not self._shown:
            self._kept.forget_values()
        session = self._open(until)
        last: RunnableCell | None = None
        for cell in self._cells:
            if cell.check is not None and cell.check == until:
                return True
            if self.is_left_out(cell):
                continue
            left = self._clock.left()
            if left <= 0 or (self._last is not None and cell.index > self._last):
                sentence = "it was not run: the time for the whole notebook was used up"
                if cell.check is None and cell.index not in self.runs:
                    self._note(cell, not_run(sentence))
                continue
            try:
                if cell.check is not None:
                    self._kept.keep(session, cell.check, copies=self._forks)
                    self._notice(session)
                else:
                    last = cell
                    self._run_cell(session, cell, left)
            except GoneError as gone:
                if last is not None:  # what it left running may end the process a moment later
                    self._blame_cell(last, gone)
                self._stop()
                return False
        return True

    def _blame_cell(self, cell: RunnableCell, gone: GoneError) -> None:
        if self._blame.has_second_try(cell, gone):
            self._starts -= 1
        else:
            sentence = OF_A_CELL[gone.cause].format(seconds=self._limits.cell_seconds)
            self._note(cell, not_run(sentence))

    def _run_cell(self, session: Session, cell: RunnableCell, left: float) -> None:
        start = time.monotonic()
        try:
            others = sum(run.size for index, run in self.runs.items() if index != cell.index)
            run = session.run(cell, left, self._limits.outputs_mib * 2**20 - others)
            self._note(cell, run or not_run("it was not run: it is longer than 4 MiB"))
            self._reached = max(self._reached, cell.index)
        finally:
            self.cell_seconds += time.monotonic() - start

    def _note(self, cell: RunnableCell, run: CellRun) -> None:
        if not self._shown:
            self.runs[cell.index] = run

    def _notice(self, place: Place) -> None:
        self._forks &= not (self.on_card and place.cuda_began)  # without a card there is no CUDA

    def _stop(self) -> None:
        self._clock.stop()
        self._close()
        self._seat.end()

    def _close(self) -> None:
        self._clock.forget()
        self._kept.close()
        if self.session is not None:
            self.session.close()
        self.session = None
