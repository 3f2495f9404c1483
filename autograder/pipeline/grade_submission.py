"""Take one submission through all steps, from its bytes to a result.

Sees no gradebook and writes nothing to disk.
"""

from __future__ import annotations

import hashlib
import os
import time
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from autograder import wire
from autograder.core import own_memory
from autograder.core.assignment import Assignment
from autograder.core.errors import RejectedError, SandboxError, SuiteError
from autograder.core.jobs import Graded, Job, Ready, Setup, Timing, provenance, without_grade
from autograder.core.limits import MIB
from autograder.core.outcome import Provenance, Result, Status, TaskResult
from autograder.core.solution import model_cells
from autograder.pipeline import intake
from autograder.pipeline.checkpoints import TimeForTests
from autograder.pipeline.execute import Execution
from autograder.pipeline.follow_through import Results, Solution, follow_through
from autograder.pipeline.outputs import fill_in
from autograder.pipeline.rebuild import Rebuilt, encode, rebuild
from autograder.pipeline.run_tests import Submitted, SuiteRunner
from autograder.pipeline.score import score
from autograder.pipeline.suite_plugin import Words
from autograder.sandbox.launcher import Sandbox
from autograder.sandbox.seat import Seat


class Grader:
    """Grades submissions of one assignment, one at a time, in
    one seat of a sandbox, with one collected suite.
    """

    def __init__(self, setup: Setup, seat: Seat, runner: SuiteRunner) -> None:
        self._setup = setup
        self._assignment = Assignment(setup.assignment, Path(setup.repository))
        self._seat = seat
        self._runner = runner
        self._own_sandbox: Sandbox | None = None
        builds_on = self._assignment.builds_on if setup.limits.follow_through else {}
        self._solution = Solution(builds_on, model_cells(self._assignment) if builds_on else {})
        wire.bounds.MAX_BULK = int(setup.limits.frame_mib * MIB)

    def serve(self, connection: Connection) -> None:
        """Say that it is ready, and answer every job until the other side closes.

        Raises:
            SandboxError: the sandbox can't be started.
        """
        self._seat.wait_until_ready()
        connection.send_bytes(msgspec.msgpack.encode(Ready(os.getpid())))
        while True:
            try:
                job = msgspec.msgpack.decode(connection.recv_bytes(), type=Job)
                connection.send_bytes(msgspec.msgpack.encode(self.grade(job)))
            except (EOFError, ConnectionError):
                return  # the run has ended, or was killed

    def close(self) -> None:
        """End the sandbox that this grader started, if it had to."""
        if self._own_sandbox is not None:
            self._own_sandbox.close()

    def grade(self, job: Job) -> Graded:
        """One submission's way. Faults of ours make it ungradable, never a score."""
        start = time.monotonic()
        try:
            rebuilt = rebuild(self._assignment, intake.parse(job.data, self._setup.limits))
        except RejectedError as error:
            return Graded(self._without_grade(job, "rejected", str(error), start), None, Timing())
        except MemoryError:
            return self._ungradable(job, self._too_large(), start)
        problem = ""
        for _ in range(2):
            try:
                return self._test(job, rebuilt, start)
            except SuiteError as error:
                problem = f"{error}."
                break
            except SandboxError as error:
                problem = str(error)
                self._renew_seat()
            except MemoryError:
                problem = self._too_large()
                break
            # A fault of the engine costs this submission a grade, and no other.
            except Exception as error:  # noqa: BLE001
                place = traceback.extract_tb(error.__traceback__)[-1]
                where = (
                    f"{type(error).__name__} at {Path(place.filename).name}, line {place.lineno}"
                )
                problem = (
                    f"the engine crashed on this submission ({where}). Grade it by hand and "
                    "please report the bug."
                )
                break
        return self._ungradable(job, problem, start)

    def _ungradable(self, job: Job, reason: str, start: float) -> Graded:
        return Graded(self._without_grade(job, "ungradable", reason, start), None, Timing())

    def _too_large(self) -> str:
        return (
            f"grading it took more than the {self._setup.limits.worker_bytes // MIB} MiB of memory "
            "that a worker may use for one submission. Grade it by hand."
        )

    def _test(self, job: Job, rebuilt: Rebuilt, start: float) -> Graded:
        limits = self._setup.limits
        if job.hurry:
            limits = replace(limits, cell_seconds=min(limits.cell_seconds, job.hurry))
        tested = tuple(
            task
            for task in self._assignment.tasks
            if not job.only_tasks or task.id in job.only_tasks
        )
        seed = notebook_seed(job.seed)
        execution = Execution(
            self._seat,
            rebuilt.cells,
            limits,
            seed,
            on_card=self._setup.device != "cpu",
            values=self._runner.asked.values(),
            one_test=not job.more_seeds and self._setup.fork_per == "task",
        )
        words = Words()
        with execution:
            results, notes = self._run_suite(
                execution, rebuilt, job, words if job.for_staff else None
            )
        tasks = score(tested, results[0], limits.follow_through)
        some = tuple(task for task in tested if not job.more_tasks or task.id in job.more_tasks)
        repeats = [score(some, each, limits.follow_through) for each in results[1:]]
        fill_in(rebuilt.notebook, rebuilt.cells, execution.runs)
        for task in tasks:
            _show_score(rebuilt.notebook, f"{task.id}-test", task.score)
        result = Result(
            assignment=self._assignment.name,
            student=job.student,
            status="graded",
            score=round(sum(task.score for task in tasks), 6),
            max_score=self._assignment.max_score,
            tasks=tasks,
            notes=[*rebuilt.notes, *notes],
            provenance=self._provenance(job),
            seconds=round(time.monotonic() - start, 3),
        )
        notebook = encode(rebuilt.notebook)
        timing = self._timing(execution, tasks, start)
        return Graded(result, notebook, timing, repeats, words.raised, words.printed)

    def _timing(self, execution: Execution, tasks: list[TaskResult], start: float) -> Timing:
        return Timing(
            began=start,
            wall=time.monotonic() - start,
            cells=execution.cell_seconds,
            tests=sum(test.seconds for task in tasks for test in task.tests),
            forks=self._runner.fork_seconds,
            fork_count=self._runner.fork_count,
            peak_memory=execution.peak,
        )

    def _run_suite(
        self, execution: Execution, rebuilt: Rebuilt, job: Job, words: Words | None
    ) -> tuple[list[Results], list[str]]:
        """The results with each of the job's seeds, and notes about the first ones."""
        submitted = [
            Submitted(
                execution,
                rebuilt.cells,
                execution.runs,
                seed,
                self._setup.limits,
                TimeForTests(self._setup.limits.tests_seconds),
                job.hurry,
                words,
            )
            for seed in (job.seed, *job.more_seeds)
        ]
        tested = set(job.only_tasks) or None
        first, notes = self._runner.run(submitted[0], tested)
        only = set(job.more_tasks) or tested
        results = [first, *(self._runner.run(each, only)[0] for each in submitted[1:])]
        return follow_through(self._runner, execution, self._solution, submitted, results), notes

    def _without_grade(self, job: Job, status: Status, reason: str, start: float) -> Result:
        seconds = round(time.monotonic() - start, 3)
        return without_grade(
            self._assignment, job.student, status, reason, self._provenance(job), seconds
        )

    def _provenance(self, job: Job) -> Provenance:
        return provenance(self._assignment, job.sha256, job.seed, self._setup)

    def _renew_seat(self) -> None:
        self._seat.close()
        self.close()
        setup = self._setup
        with own_memory.without_bound():
            self._own_sandbox = Sandbox(
                setup.limits, setup.isolation, device=setup.device, data=setup.data
            )
        self._seat = self._own_sandbox.seats[0]
        self._seat.wait_until_ready()


def notebook_seed(seed: int) -> int:
    """For the notebook's generators, which tell whoever asks
    what they were seeded with: not what inputs come from.
    """
    return int.from_bytes(hashlib.sha256(f"{seed}:notebook".encode()).digest()[:4], "big")


def _show_score(notebook: dict[str, Any], grade_id: str, points: float) -> None:
    """Put the score where stock nbgrader looks for it: the one execute_result of the test cell."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            data = {"text/plain": repr(float(points))}
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "data": data,
                    "metadata": {},
                    "execution_count": None,
                }
            ]
