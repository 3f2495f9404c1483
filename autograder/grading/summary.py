"""Sum up a run: how many were graded, their scores, and whose outcome changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.core.attempts import Policy
from autograder.core.outcome import Result, Status
from autograder.core.result_diff import Change


@dataclass
class Summary:
    """A run's outcome in numbers and names: the results themselves are on disk, and may be many.

    `kept` is how many stay as they are on record, `changes` are those whose outcome was another
    one before, and `ungradable` names those that need a person, with the reason.
    """

    seed: int
    policy: Policy = "latest"
    counts: Counter[Status] = field(default_factory=Counter)
    least: float = 0.0
    most: float = 0.0
    kept: int = 0
    changes: list[Change] = field(default_factory=list)
    ungradable: list[tuple[str, str]] = field(default_factory=list)
    new: set[str] | None = None
    """Students whom the gradebook did not have before; None where it was left alone."""
    extended: set[str] = field(default_factory=set)
    """Students to whom extensions.csv gave other hours than the gradebook had for them."""
    without_walls: bool = False
    seconds: float = 0.0
    earlier: int = 0
    """Students of whom an earlier submission counts than the newest."""
    gone: list[tuple[str, float]] = field(default_factory=list)
    """Students whose best submission is no longer there, and the points it had."""
    _sum: float = 0.0

    @property
    def mean(self) -> float:
        """The mean score of those that were graded, in points."""
        return self._sum / max(self.counts["graded"], 1)

    def add(self, result: Result, change: Change | None, *, fresh: bool) -> None:
        """Count one outcome, which is fresh or was on record."""
        if result.score is not None:
            first = not self.counts["graded"]
            self.least = result.score if first else min(self.least, result.score)
            self.most = result.score if first else max(self.most, result.score)
            self._sum += result.score
        self.counts[result.status] += 1
        self.kept += not fresh
        self.changes += [change] if change is not None else []
        self._note(result)
        self.without_walls |= result.provenance.isolation == "process"

    def leave_out(self, others: Iterable[Result], *, newest: bool) -> None:
        """Note what was graded for a student and does not count."""
        self.earlier += not newest
        for result in others:
            self._note(result)

    def _note(self, result: Result) -> None:
        if result.status == "ungradable":
            self.ungradable.append((result.student, result.reason or ""))
