"""Say on a student's page which submission it is about, where there are several or a group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.core.attempts import Policy
from autograder.core.text import listed
from autograder.pipeline.handed_in import Counted


def which_counts(
    counted: Counted, policy: Policy, student: str, group: Sequence[str]
) -> Iterator[str]:
    """Sentences, without the last full stop, about the submission that counts; none where there is
    only the student's own."""
    who = "your group" if len(group) > 1 else "you"
    if counted.count > 1:
        time = f"of {counted.one.at:%Y-%m-%d %H:%M} UTC"
        that = f"{who} handed in last" if counted.newest else time
        yield (
            f"{who.capitalize()} handed in {counted.count} times. The {policy} submission counts, "
            f"and this page is about it: the one {that}"
        )
    yield from partners(counted.one.student, student, group)


def partners(author: str, student: str, group: Sequence[str]) -> Iterator[str]:
    """A sentence to a student of a group about the partners, and about who handed in."""
    if len(group) > 1:
        others = [member for member in group if member != student]
        who = "you" if author == student else author
        yield f"You work with {listed(others)}. This page is about what {who} handed in"
