"""Step 3, execute: run a notebook's cells in the sandbox, and fork processes in which to test what they defined."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Any, Literal

from autograder import wire
from autograder.clean import clean_outputs
from autograder.errors import SandboxError
from autograder.limits import Limits
from autograder.patience import PATIENCE, Clock
from autograder.rebuild import RunnableCell
from autograder.sandbox import Seat

Cause = Literal["timeout", "out_of_memory", "crashed"]
FORK_SECONDS = 10.0
START_SECONDS = 30.0
PRELOAD = {
    "pandas": ("pandas", "seaborn"),
    "plotly.express": ("plotly.express",),
    "torch._dynamo": ("optim", "compile"),
    "matplotlib.pyplot": ("matplotlib", "seaborn", "pylab", ".plot", ".hist("),
    "seaborn": ("seaborn",),
    "sklearn": ("sklearn", "joblib"),
    "scipy.stats": ("scipy", "sklearn", "seaborn"),
    "ipywidgets": ("widgets", "FigureWidget"),
    "anywidget": ("anywidget", "FigureWidget"),
    "tqdm": ("tqdm",),
    "tqdm.auto": ("tqdm",),
    "threadpoolctl": ("threadpoolctl", "sklearn", "joblib"),
    "einops": ("einops",),
}
"""Modules that take long to import, and the words by which a notebook shows that it will: the first optimizer
imports torch._dynamo. The template imports them when the first such notebook comes, for all that follow."""


class GoneError(Exception):
    """The student's process is no more, or does not answer; `cause` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause: Cause = cause


@dataclass(frozen=True)
class CellRun:
    """What became of a cell: whether it ended well, and its outputs as nbformat has them, cleaned."""

    ok: bool
    outputs: list[dict[str, Any]]


class Execution:
    """A submission in the sandbox. A cell that hangs or kills its process is left out and the others run again.

    Args:
        forks: whether tests get forks of the process that ran the notebook. CUDA does not survive a fork: without
            them, that process itself is tested, and the notebook is run anew for the next one.

    Raises:
        SandboxError: the sandbox failed.
    """

    def __init__(
        self, seat: Seat, cells: tuple[RunnableCell, ...], limits: Limits, seed: int, *, forks: bool = True
    ) -> None:
        self._seat = seat
        self._cells = cells
        self._limits = limits
        self._seed = seed
        self._forks = forks
        self._deadline = time.monotonic() + limits.submission_seconds
        self._preload = [
            module for module, words in PRELOAD.items() if any(word in cell.source for word in words for cell in cells)
        ]
        self._left_out: dict[int, Cause] = {}
        self._starts = 0
        self._socket: socket.socket | None = None
        self.runs: dict[int, CellRun] = {}
        self.cell_seconds = 0.0
        self._run()

    def fork_test(self, seed: int) -> socket.socket:
        """A fresh process that holds what the notebook defined; the socket speaks to it.

        Raises:
            GoneError: the notebook's process is gone and can't be brought back within the limits.
            SandboxError: the sandbox failed.
        """
        for _ in range(2):
            if self._socket is None:
                if not self._forks:
                    self._starts, self._deadline = 0, time.monotonic() + self._limits.submission_seconds
                self._run()
            if self._socket is None:
                break
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    wire.send(self._socket, wire.ForkTest(seed, in_place=not self._forks), timeout=FORK_SECONDS)
                    socket.send_fds(self._socket, [b"f"], [theirs.fileno()])
                answer, _ = wire.receive(self._socket, time.monotonic() + FORK_SECONDS)
                if isinstance(answer, wire.Forked) and answer.ok:
                    if not self._forks:
                        self._close_socket()
                    return ours
                self._seat.sweep()
            except (wire.WireError, OSError):
                self._stop()
            ours.close()
        raise GoneError("crashed")

    def after_fault(self) -> Cause:
        """End what a test left running, and say why its process went away (if it did by itself)."""
        status = self._seat.sweep() if self._forks else self._seat.end()
        if not status["alive"]:
            self._close_socket()
        return "out_of_memory" if status["out_of_memory"] else "crashed"

    def delayed(self) -> float:
        """Seconds for which a busy machine kept the submission from running."""
        return self._seat.delayed()

    def close(self) -> int:
        """End the submission; its peak memory in bytes."""
        self._close_socket()
        return int(self._seat.end()["peak"])

    # --- running cells ---

    def _run(self) -> None:
        """Start and run all cells, again without the guilty one whenever one ends the process."""
        while self._starts <= self._limits.restarts and time.monotonic() < self._deadline:
            self._starts += 1
            self._socket = self._seat.start(self._seed, self._preload)
            self._await_ready(self._socket)
            if self._run_cells(self._socket):
                return
            self._stop()
        for cell in self._cells:
            self.runs.setdefault(cell.index, _not_run("it was not run: the time for the whole notebook was used up"))

    def _await_ready(self, sock: socket.socket) -> None:
        """Before the first cell nothing can fail but what is ours.

        Raises:
            SandboxError: the process did not come up.
        """
        try:
            answer, _ = wire.receive(sock, time.monotonic() + START_SECONDS)
        except wire.WireError as error:
            raise SandboxError(f"A notebook's process did not come up: {error}. {self._seat.last_words()}") from None
        if not isinstance(answer, wire.Ready):
            raise SandboxError("A notebook's process did not say that it is ready.")

    def _run_cells(self, sock: socket.socket) -> bool:
        for cell in self._cells:
            if cell.index in self._left_out:
                continue
            start = time.monotonic()
            left = self._time_left()
            if left <= 0:
                return False
            try:
                self.runs[cell.index] = self._run_cell(sock, cell, left)
            except GoneError as gone:
                self._left_out[cell.index] = gone.cause
                self.runs[cell.index] = _not_run(self._sentence(gone.cause))
                return False
            finally:
                self.cell_seconds += time.monotonic() - start
        return True

    def _time_left(self) -> float:
        """Seconds for the rest of the notebook."""
        left = self._deadline - time.monotonic()
        most = self._limits.submission_seconds * (PATIENCE - 1)
        return left if left > 0 else left + min(self.delayed(), most)

    def _run_cell(self, sock: socket.socket, cell: RunnableCell, left: float) -> CellRun:
        try:
            wire.send(sock, wire.RunCell(cell.index, cell.source))
            answer, _ = Clock(min(self._limits.cell_seconds, left), self.delayed).receive(sock)
        except wire.UnsendableError:
            return _not_run("it was not run: it is longer than 4 MiB")
        except wire.WireTimeoutError:
            raise GoneError("timeout") from None
        except wire.WireError:
            memory = self._seat.status()["out_of_memory"]
            raise GoneError("out_of_memory" if memory else "crashed") from None
        if not isinstance(answer, wire.CellDone) or answer.index != cell.index:
            raise GoneError("crashed")
        return CellRun(answer.ok, clean_outputs(answer.outputs))

    def _sentence(self, cause: Cause) -> str:
        return {
            "timeout": f"stopped: it ran for more than {self._limits.cell_seconds:g} s",
            "out_of_memory": "stopped: it used more memory than a submission may",
            "crashed": "it ended the Python process; the other cells were run without it",
        }[cause]

    def _stop(self) -> None:
        self._close_socket()
        self._seat.end()

    def _close_socket(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def _not_run(sentence: str) -> CellRun:
    text = f"This cell was {sentence}" if sentence.startswith("stopped") else f"This cell: {sentence}"
    output = {"output_type": "error", "ename": "Stopped", "evalue": f"{text}.", "traceback": [f"{text}."]}
    return CellRun(False, [output])


def fill_in(notebook: dict[str, Any], runs: dict[int, CellRun]) -> None:
    """Write what cells put out into the notebook that was rebuilt."""
    for number, (index, run) in enumerate(sorted(runs.items()), start=1):
        cell = notebook["cells"][index]
        cell["outputs"] = run.outputs
        cell["execution_count"] = number
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = number
