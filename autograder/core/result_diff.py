"""Compare a new result with the earlier one: whose score changes, by how much, and why."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.core.outcome import Provenance, Result, Status

_CAUSES = {
    "submission_sha256": "submission",
    "suite_sha256": "suite",
    "engine": "engine",
    "seed": "seed",
    "device": "device",
    "torch": "torch",
    "isolation": "isolation",
    "limits": "limits",
}


@dataclass(frozen=True)
class Standing:
    """What a student has: a status, and a score if that is "graded"."""

    status: Status
    score: float | None


@dataclass(frozen=True)
class Change:
    """A result that differs from the one on record. `tasks` are (id, points before, points now).

    It holds neither result: all of a large class may change.
    """

    student: str
    before: Standing
    after: Standing
    causes: tuple[str, ...]
    tasks: tuple[tuple[str, float, float], ...]

    @property
    def difference(self) -> float:
        """In points; what is not graded counts as 0."""
        return (self.after.score or 0.0) - (self.before.score or 0.0)


def compare(before: Result | None, after: Result) -> Change | None:
    """The change from the recorded result to a new one; None if there is no difference."""
    if before is None:
        return None
    old, new = ({task.id: task.score for task in result.tasks} for result in (before, after))
    tasks = tuple(
        (name, old.get(name, 0.0), new.get(name, 0.0))
        for name in old | new
        if old.get(name, 0.0) != new.get(name, 0.0)
    )
    if (before.status, before.score) == (after.status, after.score) and not tasks:
        return None
    was, now = (Standing(result.status, result.score) for result in (before, after))
    return Change(after.student, was, now, _causes(before, after), tasks)


def causes(one: Provenance, other: Provenance) -> tuple[str, ...]:
    """In what two gradings differ, in words; empty if in nothing."""
    return tuple(
        word for name, word in _CAUSES.items() if getattr(one, name) != getattr(other, name)
    )


# --- helpers ---


def _causes(before: Result, after: Result) -> tuple[str, ...]:
    """In what the two gradings differed.

    With nothing different, a grading of ours went wrong: then or now.
    """
    return causes(before.provenance, after.provenance) or (
        ("tried again",) if "ungradable" in (before.status, after.status) else ("chance",)
    )
