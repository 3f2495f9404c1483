"""Compute statistics of a graded class: scores, tasks, tests, slow submissions, open cases.

Pure functions of results.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import mean, median, stdev

import numpy as np

from autograder.core.faults import is_consequence
from autograder.core.outcome import Outcome, Result, TaskResult, TestResult
from autograder.core.text import many

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
    """A test: how many met it and passed, what became of the others, their most frequent hint.

    Attributes:
        after: how many of the others failed only because of what came before.
    """

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
    after: int

    @property
    def fail_rate(self) -> float:
        """The share that failed by itself."""
        return 1 - (self.passed + self.after) / self.count

    @property
    def pass_rate(self) -> float:
        """The share that passed."""
        return self.passed / self.count


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
    found: dict[tuple[str, str], _Met] = {}
    for result in _graded(results):
        for task in result.tasks:
            weights = sum(test.weight for test in task.tests)
            for test in task.tests:
                own = task.points * test.weight / weights if test.outcome == "passed" else 0.0
                met = found.get((task.id, test.name))
                if met is None:
                    met = found[task.id, test.name] = _Met(test.sentence)
                met.enter(test, (result.score or 0.0) - own)
    return [met.item(task, name) for (task, name), met in found.items()]


class _Met:
    """What became of one test in a class: in arrays, since a class has millions of outcomes."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._outcomes = Counter[Outcome]()
        self._after = 0
        self._hints = Counter[str]()
        self._example: dict[str, str] = {}
        """The first hint of each kind, as it is."""
        self._passes, self._rest = array("d"), array("d")

    def enter(self, test: TestResult, rest: float) -> None:
        """Note an outcome, and the score that the submission has beside it."""
        self._outcomes[test.outcome] += 1
        if is_consequence(test.hint):
            self._after += 1
        elif test.hint:
            hint, kind = _kind(test.hint)
            self._hints[kind] += 1
            self._example.setdefault(kind, hint)
        self._passes.append(float(test.outcome == "passed"))
        self._rest.append(rest)

    def item(self, task: str, name: str) -> TestItem:
        """The test's figures."""
        ((kind, hinted),) = self._hints.most_common(1) or [("", 0)]
        passed = self._outcomes.pop("passed", 0)
        return TestItem(
            task,
            name,
            self._sentence,
            len(self._passes),
            passed,
            dict(self._outcomes),
            self._example.get(kind),
            hinted,
            discrimination(self._passes, self._rest),
            self._after,
        )


@lru_cache(maxsize=4096)  # most of a class get the same hints
def _kind(hint: str) -> tuple[str, str]:
    """A hint without the place of the fault, and without its numbers too."""
    plain = _PLACE.sub("", hint)
    return plain, _NUMBER.sub("#", plain)


def discrimination(values: Sequence[float], rest: Sequence[float]) -> float | None:
    """The corrected item-total correlation: of an item with the sum of all others, over the class.

    The item itself is left out of the total, or it would correlate with itself (S. Henrysson,
    Correction of item-total correlations in item analysis, Psychometrika 28, 1963, 211-218). For a
    test, passed or not, Pearson's coefficient is the point-biserial one. None for fewer than
    LEAST_CLASS submissions, or where all are alike.
    """
    if len(values) < LEAST_CLASS:
        return None
    both = np.array([values, rest])
    if np.ptp(both, axis=1).min() < ALIKE:
        return None
    return float(np.corrcoef(both)[0, 1])


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
    """The tests that fail most often by themselves; of those that differ in a parameter only the
    worst.
    """
    failed = sorted(
        (item for item in items if item.outcomes),
        key=lambda item: (-item.fail_rate, item.pass_rate),
    )
    functions: dict[tuple[str, str], TestItem] = {}
    for item in failed:
        functions.setdefault((item.task, item.name.partition("[")[0]), item)
    return list(functions.values())[:count]


def _graded(results: Iterable[Result]) -> list[Result]:
    return [result for result in results if result.status == "graded"]
