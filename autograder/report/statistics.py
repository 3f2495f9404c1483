"""Compute statistics of a graded class: scores, tasks, tests, slow submissions, open cases.

Pure functions of results.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import correlation, mean, median, stdev

from autograder.core.faults import TROUBLE, WORDS
from autograder.core.outcome import Outcome, Result, TaskResult, TestResult
from autograder.core.text import many
from autograder.gradebook.marks import ClassMarks

LEAST_CLASS = 10
"""Discrimination of fewer submissions is noise."""
ALIKE = 1e-9
"""Scores, in points, that differ by less do so by rounding."""
BINS = 10
_PLACE = re.compile(r" \(first at entry [^;]*; \d+ of \d+ entries\)")
_NUMBER = re.compile(r"\d+")  # one mistake shows itself at other entries and with other shapes


@dataclass(frozen=True)
class Bin:
    """Scores from `low` up to, and only in the last bin including, `high`; in points."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Distribution:
    """Scores of the graded submissions, in points.

    `deviation` is the sample's; None for a single score.
    """

    count: int
    mean: float
    median: float
    deviation: float | None
    least: float
    most: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True)
class TaskItem:
    """A task: the mean share of its points, the share of submissions with all of them."""

    id: str
    points: float
    count: int
    share: float
    pass_rate: float
    discrimination: float | None


@dataclass(frozen=True)
class TestItem:
    """A test: how many met it and passed, what became of the others, their most frequent hint."""

    __test__ = False

    task: str
    name: str
    sentence: str
    count: int
    passed: int
    outcomes: dict[Outcome, int]
    hint: str | None
    hinted: int
    discrimination: float | None

    @property
    def pass_rate(self) -> float:
        """The share that passed."""
        return self.passed / self.count


@dataclass(frozen=True)
class Need:
    """A submission that needs a person: what kind of case it is, and why, as a sentence."""

    student: str
    kind: str
    why: str


@dataclass(frozen=True)
class Slow:
    """A submission's time in seconds: all of it, and the test that took longest."""

    student: str
    seconds: float
    test: str
    test_seconds: float


def distribution(results: Iterable[Result]) -> Distribution | None:
    """How the automatic scores are spread; None where nothing is graded."""
    graded = _graded(results)
    scores = [result.score or 0.0 for result in graded]
    if not scores:
        return None
    full = max(result.max_score for result in graded)
    width = max(1, math.ceil(full / BINS))
    lows = range(0, max(math.ceil(full), 1), width)
    places = Counter(min(int(score // width), len(lows) - 1) for score in scores)
    bins = tuple(Bin(low, min(low + width, full), places[n]) for n, low in enumerate(lows))
    deviation = stdev(scores) if len(scores) > 1 else None
    return Distribution(
        len(scores), mean(scores), median(scores), deviation, min(scores), max(scores), bins
    )


def tasks(results: Iterable[Result]) -> list[TaskItem]:
    """Every task of the graded submissions, in the order of the notebook."""
    found: dict[str, list[tuple[TaskResult, float]]] = {}
    for result in _graded(results):
        for task in result.tasks:
            found.setdefault(task.id, []).append((task, (result.score or 0.0) - task.score))
    items = []
    for name, met in found.items():
        shares = [task.score / task.points if task.points else 1.0 for task, _ in met]
        full = sum(task.score == task.points for task, _ in met)
        spread = discrimination(shares, [rest for _, rest in met])
        items.append(
            TaskItem(name, met[0][0].points, len(met), mean(shares), full / len(met), spread)
        )
    return items


def tests(results: Iterable[Result]) -> list[TestItem]:
    """Every test of the graded submissions, by task."""
    found: dict[tuple[str, str], list[tuple[TestResult, float]]] = {}
    for result in _graded(results):
        for task in result.tasks:
            weights = sum(test.weight for test in task.tests)
            for test in task.tests:
                own = task.points * test.weight / weights if test.outcome == "passed" else 0.0
                found.setdefault((task.id, test.name), []).append(
                    (test, (result.score or 0.0) - own)
                )
    return [_test_item(task, name, met) for (task, name), met in found.items()]


def _test_item(task: str, name: str, met: list[tuple[TestResult, float]]) -> TestItem:
    runs = [test for test, _ in met]
    outcomes = Counter[Outcome](test.outcome for test in runs if test.outcome != "passed")
    hints = [_PLACE.sub("", test.hint) for test in runs if test.hint]
    kinds = Counter(_NUMBER.sub("#", hint) for hint in hints).most_common(1)
    hint = next((hint for hint in hints if _NUMBER.sub("#", hint) == kinds[0][0]), None)
    passes = [float(test.outcome == "passed") for test in runs]
    spread = discrimination(passes, [rest for _, rest in met])
    return TestItem(
        task,
        name,
        runs[0].sentence,
        len(runs),
        int(sum(passes)),
        dict(outcomes),
        hint,
        kinds[0][1] if kinds else 0,
        spread,
    )


def discrimination(values: Sequence[float], rest: Sequence[float]) -> float | None:
    """The corrected item-total correlation: of an item with the sum of all others, over the class.

    The item itself is left out of the total, or it would correlate with itself (S. Henrysson,
    Correction of item-total correlations in item analysis, Psychometrika 28, 1963, 211-218). For a
    test, passed or not, Pearson's coefficient is the point-biserial one. None for fewer than
    LEAST_CLASS submissions, or where all are alike.
    """
    if len(values) < LEAST_CLASS or any(max(each) - min(each) < ALIKE for each in (values, rest)):
        return None
    return correlation(values, rest)


def slowest(results: Iterable[Result], count: int = 10) -> list[Slow]:
    """The submissions that took longest to grade, slowest first."""
    found = []
    for result in sorted(results, key=lambda r: (-r.seconds, r.student))[:count]:
        tests = [
            (test.seconds, f"{task.id}: {test.name}")
            for task in result.tasks
            for test in task.tests
        ]
        seconds, test = max(tests, default=(0.0, ""))
        found.append(Slow(result.student, result.seconds, test, seconds))
    return found


def needs(
    results: Iterable[Result],
    unread: Iterable[str] = (),
    missing: Iterable[str] = (),
    bare: Iterable[str] = (),
) -> list[Need]:
    """Who needs a person, most urgent kind first.

    Args:
        unread: students whose result on record can't be read.
        missing: students who handed in and have no result.
        bare: graded students whose graded notebook is missing or damaged.
    """
    results = list(results)
    again = "grade the class again"
    found = [
        Need(r.student, "ungradable", r.reason or "") for r in results if r.status == "ungradable"
    ]
    found += [
        Need(name, "unreadable", f"The result on record is damaged or was edited; {again}.")
        for name in unread
    ]
    found += [
        Need(name, "not graded", f"Handed in, but no result is on record; {again}.")
        for name in missing
    ]
    damaged = f"The graded notebook is missing or damaged; {again}."
    found += [Need(name, "no notebook", damaged) for name in bare]
    found += [
        Need(r.student, "rejected", r.reason or "") for r in results if r.status == "rejected"
    ]
    found += [Need(r.student, "stopped", text) for r in results if (text := trouble(r))]
    return found + [
        Need(r.student, "remark", sentence("; ".join(r.notes))) for r in results if r.notes
    ]


def trouble(result: Result) -> str:
    """What was stopped while a submission was tested, as a sentence; empty if nothing was."""
    found = [
        (task.id, test.outcome)
        for task in result.tasks
        for test in task.tests
        if test.outcome in TROUBLE
    ]
    counts = Counter(found)
    parts = (
        f"{task} {WORDS[outcome]} in {many(n, 'test')}" for (task, outcome), n in counts.items()
    )
    return sentence("; ".join(parts))


def waiting(marks: ClassMarks, results: Iterable[Result]) -> dict[str, list[str]]:
    """Who has an answer that waits for a person's score, by task.

    A submission that is not graded waits as a whole.
    """
    found: dict[str, list[str]] = {}
    not_graded = {result.student for result in results if result.status != "graded"}
    for student, booked in marks.booked.items():
        if student in not_graded:
            continue
        for task, mark in booked.marks.items():
            if mark.needs_person:
                found.setdefault(task, []).append(student)
    return found


def mixed(results: Iterable[Result], suite_sha256: str) -> str | None:
    """Why these results can't be compared with one another; None if they can."""
    results = list(results)
    if any(result.provenance.suite_sha256 != suite_sha256 for result in results):
        old = sum(result.provenance.suite_sha256 != suite_sha256 for result in results)
        return (
            f"{many(old, 'result')} of {len(results)} came from a different version of the suite."
        )
    if len({(result.provenance.seed, result.provenance.device) for result in results}) > 1:
        return "The results came from runs with different seeds or devices."
    return None


def worst_variants(items: Sequence[TestItem], count: int) -> list[TestItem]:
    """The tests that fail most often, and of those that differ in a parameter only the worst."""
    failed = sorted((item for item in items if item.outcomes), key=lambda item: item.pass_rate)
    functions: dict[tuple[str, str], TestItem] = {}
    for item in failed:
        functions.setdefault((item.task, item.name.partition("[")[0]), item)
    return list(functions.values())[:count]


def sentence(text: str) -> str:
    """The text with a full stop, if it has no end yet."""
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def _graded(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if result.status == "graded"]
