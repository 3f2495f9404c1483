"""Grade submissions with the same cells once: the others get the result by copy, which says so.

A result depends on the cells, the seed, the suite and the limits, and a run has one of each but the
cells. What a notebook holds beside them (outputs, the kernel's name, counters) changes no grade.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from autograder.core.errors import RejectedError
from autograder.core.jobs import Graded, Timing
from autograder.core.limits import MIB, Limits
from autograder.pipeline import intake
from autograder.pipeline.intake import Submission

KEPT_BYTES = 64 * MIB
"""Graded notebooks that are kept for copies; where an older one is needed, it is graded again."""


class SameCells:
    """Finds submissions with the same cells, in the order in which they are read."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._keys: dict[tuple[str, str], str] = {}
        """By student and file: a student may have handed in several."""
        self._waiting: dict[str, list[Submission]] = {}
        self._graded: OrderedDict[str, Graded] = OrderedDict()

    def take(self, submission: Submission) -> Graded | bool | None:
        """What to do with a submission.

        Returns:
            True: grade it. None: it waits for one that is being graded (see `copies`). Else its
            result.
        """
        try:
            cells = intake.parse(submission.data, self._limits)
        except RejectedError:
            return True
        key = hashlib.sha256(msgspec.msgpack.encode(cells)).hexdigest()
        if (graded := self._graded.get(key)) is not None:
            return _copy(graded, submission)
        if key in self._waiting:
            self._waiting[key].append(replace(submission, data=b""))
            return None
        self._keys[submission.student, submission.sha256] = key
        self._waiting[key] = []
        return True

    def copies(self, graded: Graded) -> Iterator[Graded]:
        """The results of those that waited for this one."""
        result = graded.result
        key = self._keys.pop((result.student, result.provenance.submission_sha256), None)
        if key is None:
            return
        for submission in self._waiting.pop(key):
            yield _copy(graded, submission)
        if graded.result.status == "graded":
            self._graded[key] = graded
        while sum(len(each.notebook or b"") for each in self._graded.values()) > KEPT_BYTES:
            self._graded.popitem(last=False)


def _copy(graded: Graded, submission: Submission) -> Graded:
    basis = msgspec.structs.replace(graded.result.provenance, submission_sha256=submission.sha256)
    result = msgspec.structs.replace(
        graded.result,
        student=submission.student,
        provenance=basis,
        copied_from=graded.result.student,
    )
    return Graded(result, graded.notebook, Timing())
