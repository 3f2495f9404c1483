"""Decide which submissions are graded now: those without a current result on record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.core import attempts, jobs
from autograder.core.assignment import Assignment
from autograder.core.attempts import Policy
from autograder.core.course import Course
from autograder.core.errors import RejectedError
from autograder.core.jobs import Graded, Job, Setup, Timing
from autograder.core.outcome import Provenance, Result, Status
from autograder.grading.recorder import Recorder, Try
from autograder.grading.same_cells import SameCells
from autograder.pipeline import graded_notebook, handed_in, intake, record
from autograder.pipeline.intake import Submission


@dataclass(frozen=True)
class Plan:
    """Reads one submission after the other, and compares it with what is on record."""

    course: Course
    assignment: Assignment
    setup: Setup
    seed: int
    policy: Policy
    force: bool
    same: SameCells | None

    def jobs(self, students: Iterable[str], recorder: Recorder) -> Iterator[Job]:
        """What is to be graded; outcomes that need no grading go to the recorder."""
        for student in students:
            yield from self._jobs_of(student, recorder)

    def _jobs_of(self, student: str, recorder: Recorder) -> Iterator[Job]:
        found = self._tries(student)
        known = recorder.expect(student, [each for each, _ in found])
        settled = {} if self.force else self._settled(student, [each for each, _ in found], known)
        for each, submission in found:
            if each.sha256 in settled:
                recorder.take(Graded(settled[each.sha256], None, Timing()), fresh=False)
                continue
            # Of several, only the digest was kept: a student may have handed in many large ones.
            submission = submission or self._again(student, each)
            if submission is None:
                outcome: Status = "rejected" if each.reason else "ungradable"
                reason = each.reason or "the file changed while it was read; grade it again"
                basis = self._basis(each.sha256)
                result = jobs.without_grade(self.assignment, student, outcome, reason, basis)
                recorder.take(Graded(result, None, Timing()), fresh=True)
            else:
                yield from self._job(submission, recorder)

    def _job(self, submission: Submission, recorder: Recorder) -> Iterator[Job]:
        answer = self.same.take(submission) if self.same is not None else True
        if isinstance(answer, Graded):
            recorder.take(answer, fresh=True)
        elif answer:
            yield Job(submission.student, submission.data, submission.sha256, self.seed)
            recorder.open()  # it takes a second, in which the workers start

    def _tries(self, student: str) -> list[tuple[Try, Submission | None]]:
        """The submissions that may count, the newest last; of the same files, the first. One that
        is alone comes with its data."""
        found: dict[str, tuple[Try, Submission | None]] = {}
        tries = handed_in.tries(self.course, student, self.assignment.name, self.policy)
        for each in tries:
            submission, reason = None, ""
            try:
                submission = intake.read(student, each.path, self.setup.limits)
            except RejectedError as error:
                reason = str(error)
            sha256 = submission.sha256 if submission is not None else ""
            kept = submission if len(tries) == 1 else None
            found.setdefault(sha256, (Try(sha256, each.path, reason), kept))
        return [*found.values()]

    def _again(self, student: str, one: Try) -> Submission | None:
        """A submission with its data; None if it can't be used, or is another file by now."""
        try:
            read = intake.read(student, one.path, self.setup.limits)
        except RejectedError:
            return None
        return read if read.sha256 == one.sha256 else None

    def _settled(self, student: str, tries: list[Try], known: Result | None) -> dict[str, Result]:
        """What is on record and what grading again would give, by the digest of the file.

        What counts must have its notebook, which only the result on record has.
        """
        results = [known] if known is not None else []
        if len(tries) > 1:
            results += reversed(record.earlier(self.course, student, self.assignment.name))
        settled: dict[str, Result] = {}
        for each in tries:
            basis = self._basis(each.sha256)
            current = next((r for r in results if record.is_current(r, basis)), None)
            if each.sha256 and current is not None:
                settled[each.sha256] = current
        if settled:
            found = [*settled.values()]
            counts = found[attempts.counting(self.policy, found)]
            if counts is not known or not self._has_notebook(counts):
                del settled[counts.provenance.submission_sha256]
        return settled

    def _has_notebook(self, known: Result) -> bool:
        return (
            known.status != "graded"
            or graded_notebook.read(self.course, known.student, self.assignment.name) is not None
        )

    def _basis(self, sha256: str) -> Provenance:
        return jobs.provenance(self.assignment, sha256, self.seed, self.setup)
