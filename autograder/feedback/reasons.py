"""Explain why a task lost points: group tests that fail alike, and put the likeliest cause first.

The first sentence is that of a known mistake, where the failed tests clearly resemble those of one.
Else it says what most tests say, or what is most basic; of the guesses that go with it, the one
that fewest known mistakes bring about.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autograder.core.assignment import Assignment
from autograder.core.faults import is_consequence
from autograder.core.outcome import Outcome, Result, TaskResult, TestResult
from autograder.core.text import many
from autograder.report import known_mistakes
from autograder.report.known_mistakes import Match, Mistake

MANY = 0.25
"""From this share of the failed tests on, what is more basic comes before what is more frequent."""
NEARLY_ALL = 0.8
"""Who fails more of a task's tests than these fails those made
for a rare mistake too: they tell nothing then.
"""

_BASIC = [
    re.compile(pattern)
    for pattern in (
        r"is not defined$|^not written yet",
        r"^your code raised|^your code ended|needs? more memory|used more memory|^no result "
        r"after|started more proc",
        r"expected (?:a torch tensor|numbers|an? |a tuple)|is not callable|something else$|holds "
        r"\d+ values",
        r"has shape|different lengths|has the shape",
        r"is \w+, expected \w+|is on \w+, expected",
        r"nan or infinity",
        r"wrong values|is wrong",
    )
]


@dataclass(frozen=True)
class Reason:
    """Tests of a task that failed for the same reason: their hint, and guesses at the cause."""

    outcome: Outcome
    symptom: str
    guesses: tuple[str, ...]
    tests: tuple[TestResult, ...]

    @property
    def counts(self) -> bool:
        """Whether these tests failed by themselves, and not since others did."""
        return not is_consequence(self.symptom)


def reasons(task: TaskResult, mistakes: Iterable[Mistake] = ()) -> list[Reason]:
    """The reasons why tests of a task failed, the first one to look at first."""
    groups: dict[tuple[Outcome, str], list[TestResult]] = {}
    for test in task.tests:
        if test.outcome != "passed":
            groups.setdefault((test.outcome, known_mistakes.reason(_parts(test)[0])), []).append(
                test
            )
    rare = _rarity(task, mistakes)
    found = [
        Reason(outcome, _symptom(tests, symptom), _guesses(tests, rare), tuple(tests))
        for (outcome, symptom), tests in groups.items()
    ]
    enough = MANY * sum(map(len, groups.values()))

    def order(reason: Reason) -> tuple[bool, bool, int, int]:
        often = len(reason.tests) >= enough
        return (
            not reason.counts,
            not often,
            _basic(reason.symptom) if often else 0,
            -len(reason.tests),
        )

    return sorted(found, key=order)


def first_of_tasks(
    result: Result, assignment: Assignment, mistakes: Sequence[Mistake]
) -> dict[str, str]:
    """The first sentence about each task that failed tests; mistakes are those of the suite as it
    is now, and count for no other."""
    known = mistakes if result.provenance.suite_sha256 == assignment.suite_sha256 else ()
    return {task.id: said for task in result.tasks if (said := first(result, task, known))}


def first(result: Result, task: TaskResult, mistakes: Sequence[Mistake]) -> str:
    """The first sentence about a task that failed tests; empty where none failed.

    Args:
        mistakes: known ones, measured with the seed and the suite that the result comes from.
    """
    found = reasons(task, mistakes)
    if not found:
        return ""
    failed, total = sum(len(reason.tests) for reason in found), len(task.tests)
    match = next((m for m in known_mistakes.matches([result], mistakes) if m.task == task.id), None)
    if match is not None:
        return (
            f"{_count(failed, total)} {_as_they_do(match, 'it does' if failed == 1 else 'they do')}"
        )
    reason = found[0]
    rest = (
        f" ({many(failed - len(reason.tests), 'other')} for another reason)"
        if len(found) > 1
        else ""
    )
    guess = reason.guesses[0] if reason.guesses else ""
    said = f"{reason.symptom}: {guess}" if guess else reason.symptom
    return (
        f"{_count(len(reason.tests), total)}{rest}: "
        f"{said}{'' if said.endswith(('?', '.')) else '.'}"
    )


# --- helpers ---


def _count(failed: int, total: int) -> str:
    if total == 1:
        return "The test fails"
    if failed == total:
        return f"All {total} tests fail"
    return f"{failed} of {total} tests {'fails' if failed == 1 else 'fail'}"


def _as_they_do(match: Match, verb: str) -> str:
    said = [mistake.says.rstrip(".") for mistake in match.mistakes]
    if len(said) > 1:
        return f"as in one of two known mistakes: {said[0]}. Or: {said[1]}."
    (sentence,) = said
    word, _, rest = sentence.partition(" ")
    if word in ("When", "If"):
        return f"as {verb} {word.lower()} {rest}."
    return f"as {verb} with this mistake: {sentence}."


def _parts(test: TestResult) -> tuple[str, str]:
    """What a hint says, and its guess at the cause."""
    hint = test.hint or ""
    symptom, _, guess = hint.partition(": ")
    if test.outcome != "failed" or not guess or is_consequence(hint):
        return hint or "no hint", ""
    return symptom, guess


def _symptom(tests: Sequence[TestResult], without_place: str) -> str:
    """With the place of the fault, such as a line, where it is the same in all of them."""
    said = {_parts(test)[0] for test in tests}
    return said.pop() if len(said) == 1 else without_place


def _guesses(tests: Sequence[TestResult], rare: dict[str, int]) -> tuple[str, ...]:
    """The guesses of tests, the most telling first: of the test
    that fewest known mistakes fail, else the commonest.
    """
    common = Counter(_parts(test)[1] for test in tests)
    telling: dict[str, int] = {}
    for test in tests:
        guess = _parts(test)[1]
        telling[guess] = min(telling.get(guess, 10**6), rare.get(test.name, 0))
    return tuple(sorted(filter(None, common), key=lambda guess: (telling[guess], -common[guess])))


def _rarity(task: TaskResult, mistakes: Iterable[Mistake]) -> dict[str, int]:
    """How many known mistakes fail each test; nothing where that doesn't tell."""
    failed = sum(test.outcome != "passed" for test in task.tests)
    if failed > NEARLY_ALL * len(task.tests):
        return {}
    found = Counter(
        failure.test for mistake in mistakes for failure in mistake.signatures.get(task.id, ())
    )
    return dict(found)


def _basic(symptom: str) -> int:
    return next(
        (rank for rank, pattern in enumerate(_BASIC) if pattern.search(symptom)), len(_BASIC)
    )
