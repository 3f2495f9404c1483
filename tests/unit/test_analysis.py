"""Figures of a class, against values worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from autograder.core.course import Course
from autograder.core.faults import NOT_COUNTED
from autograder.core.outcome import Outcome, Provenance, Result, TaskResult, TestResult
from autograder.gradebook.marks import Booked, ClassMarks, Mark, Person
from autograder.pipeline import record
from autograder.report import attention, statistics
from autograder.report.advice import Advice, advise
from autograder.report.attention import Need
from autograder.report.statistics import Bin, Slow

PROVENANCE = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
RANKED = [
    "4",
    "4",
    "4",
    "4",
    "2",
    "2",
    "2",
    "2",
    "0",
    "0",
]  # points in `hard`; the first six pass `easy`


def checked(
    name: str, outcome: Outcome = "passed", hint: str | None = None, seconds: float = 0.1
) -> TestResult:
    return TestResult(name, outcome, 1, hint, seconds, f"About {name}.")


def task(name: str, points: float, *tests: TestResult) -> TaskResult:
    passed = sum(test.outcome == "passed" for test in tests)
    return TaskResult(name, points, points * passed / len(tests), list(tests))


def graded(
    student: str, *tasks: TaskResult, seconds: float = 1.0, notes: tuple[str, ...] = ()
) -> Result:
    return Result(
        assignment="a", student=student, status="graded", score=sum(t.score for t in tasks),
        max_score=sum(t.points for t in tasks), tasks=list(tasks), notes=list(notes),
        provenance=PROVENANCE,
        seconds=seconds,
    )  # fmt: skip


def scored(student: str, score: float, full: float = 18) -> Result:
    return msgspec.structs.replace(graded(student), score=score, max_score=full)


def without(student: str, status: str, reason: str) -> Result:
    made = msgspec.structs.replace(
        graded(student), status=status, score=None, max_score=18, reason=reason, seconds=0
    )
    assert isinstance(made, Result)
    return made


def ranked() -> list[Result]:
    """Ten students: six pass `easy` (2 points, one test), and
    `hard` (4 points, two tests) tells more.
    """
    made = []
    for n, points in enumerate(RANKED):
        first, second = (
            ("passed" if points >= "2" else "failed"),
            ("passed" if points == "4" else "failed"),
        )
        hard = task("hard", 4, checked("one", first), checked("two", second))  # type: ignore[arg-type]
        made.append(
            graded(f"s{n}", task("easy", 2, checked("only", "passed" if n < 6 else "failed")), hard)
        )
    return made


# --- Scores ---


def test_scores() -> None:
    found = statistics.distribution(
        [scored("a", 0), scored("b", 5), scored("c", 5.5), scored("d", 18)]
    )
    assert found is not None
    assert (found.count, found.mean, found.median, found.least, found.most) == (
        4,
        7.125,
        5.25,
        0,
        18,
    )
    assert found.deviation == pytest.approx(math.sqrt(176.1875 / 3))
    counts = {bin.low: bin.count for bin in found.bins}
    assert counts == {0: 1, 2: 0, 4: 2, 6: 0, 8: 0, 10: 0, 12: 0, 14: 0, 16: 1}
    assert found.bins[-1] == Bin(16, 18, 1)


def test_scores_at_the_edge_of_a_bin_count_once() -> None:
    found = statistics.distribution(
        [scored(str(n), n, 7.5) for n in range(8)] + [scored("full", 7.5, 7.5)]
    )
    assert found is not None
    assert [(bin.low, bin.high, bin.count) for bin in found.bins] == [
        (0, 1, 1), (1, 2, 1), (2, 3, 1), (3, 4, 1), (4, 5, 1), (5, 6, 1), (6, 7, 1), (7, 7.5, 2),
    ]  # fmt: skip


def test_scores_of_one_and_of_nobody() -> None:
    alone = statistics.distribution([scored("a", 3), without("b", "rejected", "No.")])
    assert alone is not None
    assert (alone.count, alone.mean, alone.deviation) == (1, 3, None)
    assert statistics.distribution([without("b", "rejected", "No.")]) is None


# --- Tasks and tests ---


def test_tasks() -> None:
    easy, hard = statistics.tasks([*ranked(), without("r", "rejected", "No.")])
    assert (easy.id, easy.points, easy.count, easy.share, easy.pass_rate) == (
        "easy",
        2,
        10,
        0.6,
        0.6,
    )
    assert (hard.id, hard.points, hard.pass_rate) == ("hard", 4, 0.4)
    assert hard.share == pytest.approx(0.6)


def test_discrimination_is_the_point_biserial_correlation_with_the_rest() -> None:
    easy, one, two = statistics.tests(ranked())
    # easy: the rest is `hard`, 20/6 on the mean for those who pass and 1 for the others; its
    # variance is 2.24.
    assert easy.discrimination == pytest.approx(
        (20 / 6 - 1) / math.sqrt(2.24) * math.sqrt(0.6 * 0.4)
    )
    # one: without its 2 points the rest is 4, 4, 4, 4, 2, 2, 0, 0 (passed) and 0, 0: 20/8, 0,
    # variance 7.2 - 2².
    assert one.discrimination == pytest.approx(
        (20 / 8 - 0) / math.sqrt(7.2 - 4) * math.sqrt(0.8 * 0.2)
    )
    # two: the rest is 4, 4, 4, 4 (passed) and 4, 4, 2, 2, 0, 0: means 4 and 2, variance (6 * 16 + 2
    # * 4) / 10 - 2.8².
    assert two.discrimination == pytest.approx(
        (4 - 2) / math.sqrt(10.4 - 2.8**2) * math.sqrt(0.4 * 0.6)
    )
    task_easy, _ = statistics.tasks(ranked())
    assert task_easy.discrimination == pytest.approx(easy.discrimination)


def test_discrimination_that_means_nothing_is_not_given() -> None:
    assert {item.discrimination for item in statistics.tests(ranked()[:9])} == {None}
    passes = [
        graded(f"s{n}", task("t", 1, checked("all")), task("u", n, checked("any")))
        for n in range(12)
    ]
    assert statistics.tests(passes)[0].discrimination is None
    noise = [0.1 + 0.2 if n % 2 else 0.3 for n in range(12)]  # one number, but for rounding
    assert statistics.discrimination([n % 2 for n in range(12)], noise) is None


def test_what_became_of_a_test() -> None:
    outcomes: list[Outcome] = ["passed", "failed", "failed", "timeout"]
    results = [
        graded(f"s{n}", task("t", 1, checked("one", outcome))) for n, outcome in enumerate(outcomes)
    ]
    (found,) = statistics.tests(results)
    assert (found.count, found.passed, found.pass_rate) == (4, 1, 0.25)
    assert found.outcomes == {"failed": 2, "timeout": 1}
    assert found.sentence == "About one."


def test_hints_that_differ_in_places_and_numbers_are_one() -> None:
    hints = [
        "y has the right shape and wrong values (first at entry (0, 1); 3 of 4 entries): is it "
        "transposed?",
        "y has the right shape and wrong values (first at entry 2; 4 of 4 entries): is it "
        "transposed?",
        "y has shape (3,), expected (3, 1)",
    ]
    (found,) = statistics.tests(
        [graded(h, task("t", 1, checked("one", "failed", h))) for h in hints]
    )
    assert (found.hint, found.hinted) == (
        "y has the right shape and wrong values: is it transposed?",
        2,
    )


def test_what_only_follows_from_another_test_is_not_the_worst() -> None:
    follows = f"{NOT_COUNTED}: one is right"
    class_ = [
        graded(
            f"s{n}",
            task(
                "t",
                1,
                checked("one", "failed" if n < 4 else "passed", "is it transposed?"),
                checked("two", "failed" if n < 6 else "passed", follows if n < 5 else "too small"),
            ),
        )
        for n in range(10)
    ]
    items = statistics.tests(class_)
    assert [round(item.fail_rate, 3) for item in items] == [0.4, 0.1]
    assert items[1].hint == "too small"
    assert [item.name for item in statistics.worst_variants(items, 2)] == ["one", "two"]
    (said,) = [each.text for each in advise([], {}, items) if each.section == "tests"]
    assert said == "t: 40% fail one (About one). Most often: is it transposed?"


def test_of_variants_of_a_test_the_worst_stands_for_all() -> None:
    results = [
        graded(
            "a",
            task("t", 1, checked("one[x]"), checked("one[y]", "failed"), checked("two", "failed")),
        ),
        graded(
            "b",
            task("t", 1, checked("one[x]", "failed"), checked("one[y]", "failed"), checked("two")),
        ),
    ]
    assert [item.name for item in statistics.worst_variants(statistics.tests(results), 5)] == [
        "one[y]",
        "two",
    ]
    assert [item.name for item in statistics.worst_variants(statistics.tests(results), 1)] == [
        "one[y]"
    ]


# --- Who needs a person ---


def test_who_needs_a_person_most_urgent_first(tmp_path: Path) -> None:
    course = Course(tmp_path)
    stopped = task(
        "t", 1, checked("one", "timeout"), checked("two", "timeout"), checked("three", "crashed")
    )
    for made in (
        graded("fine", task("t", 1, checked("one", "failed"))),
        graded(
            "remark",
            task("t", 1, checked("one")),
            notes=("the cell of 't' was deleted", "and more"),
        ),
        graded("hangs", stopped),
        without("picture", "rejected", "Not a notebook."),
        without("ours", "ungradable", "The suite failed."),
    ):
        record.save(course, made, None)
    results = [
        found
        for name in ("fine", "remark", "hangs", "picture", "ours")
        if (found := record.read(course, name, "a"))
    ]
    assert attention.needs(results, ["cut"], ["new"], ["bare"]) == [
        Need("ours", "ungradable", "The suite failed."),
        Need(
            "cut",
            "unreadable",
            "The result on record is damaged or was edited; grade the class again.",
        ),
        Need("new", "not graded", "Handed in, but no result is on record; grade the class again."),
        Need(
            "bare",
            "no notebook",
            "The graded notebook is missing or damaged; grade the class again.",
        ),
        Need("picture", "rejected", "Not a notebook."),
        Need("hangs", "stopped", "t ran too long in 2 tests; t ended its process in 1 test."),
        Need("remark", "remark", "the cell of 't' was deleted; and more."),
    ]


def test_answers_that_wait() -> None:
    mark = Mark(2, None, None, 0, needs_person=True)
    done = replace(mark, manual=1.0, needs_person=False)
    booked = {
        "a": Booked(Person("a"), marks={"words": mark, "t": done}),
        "b": Booked(Person("b"), marks={"words": done, "t": done}),
        "c": Booked(Person("c"), marks={"words": mark, "t": replace(done, needs_person=True)}),
    }
    class_ = ClassMarks("a", None, 3, {}, booked)
    assert attention.waiting(class_, []) == {"words": ["a", "c"], "t": ["c"]}
    rejected = without("c", "rejected", "No notebook.")
    assert attention.waiting(class_, [rejected]) == {"words": ["a"]}


def test_the_slowest() -> None:
    results = [
        graded("fast", task("t", 1, checked("one")), seconds=0.2),
        graded(
            "slow",
            task("t", 1, checked("one", seconds=1.5)),
            task("u", 1, checked("two", seconds=3)),
            seconds=5,
        ),
        without("rejected", "rejected", "No."),
    ]
    assert statistics.slowest(results, 2) == [
        Slow("slow", 5, "u: two", 3),
        Slow("fast", 0.2, "t: one", 0.1),
    ]
    assert statistics.slowest(results)[-1] == Slow("rejected", 0, "", 0)


def test_results_that_should_not_be_compared() -> None:
    same = ranked()
    assert statistics.mixed(same, "b" * 64) is None
    assert "10 results of 10" in (statistics.mixed(same, "c" * 64) or "")
    other = msgspec.structs.replace(same[0], provenance=msgspec.structs.replace(PROVENANCE, seed=8))
    assert "different seeds" in (statistics.mixed([*same[1:], other], "b" * 64) or "")


# --- What to do first ---


def test_what_to_do_first() -> None:
    hint = "is it transposed?"
    hard = [
        graded(f"s{n}", task("t", 1, checked("one", "failed" if n < 4 else "passed", hint)))
        for n in range(10)
    ]
    needs = [
        Need("r", "rejected", "No."),
        Need("h", "stopped", "t ran too long in 1 test."),
        Need("u", "ungradable", ""),
    ]
    assert advise(
        needs, {"words": ["a", "c"]}, statistics.tests(hard), [("t", "It is transposed", 3)], 1
    ) == [
        Advice("person", "1 submission has no usable result: grade the class again."),
        Advice("person", "1 submission could not be used: its author must hand in again."),
        Advice("manual", "words: 2 answers wait to be graded by hand in formgrader."),
        Advice("tests", "t: 40% fail one (About one). Most often: is it transposed?"),
        Advice("mistakes", "t: 3 made what looks like the same mistake: It is transposed."),
        Advice(
            "person", "The code of 1 student was stopped: it ran too long, or its process ended."
        ),
        Advice(
            "identical",
            "1 group of students has work in common. This is a reason to look, not proof.",
        ),
    ]


def test_nothing_to_do() -> None:
    rare = [
        graded(f"s{n}", task("t", 1, checked("one", "failed" if n < 2 else "passed")))
        for n in range(10)
    ]
    assert advise([], {}, statistics.tests(rare)) == []


def test_a_test_that_the_better_ones_fail_is_looked_at() -> None:
    results = [
        graded(f"s{n}", task("odd", 1, checked("wrong", "failed" if n < 2 else "passed")),
               task("t", 9,
               *[checked(str(k), "passed" if k < 9 - n else "failed") for k in range(9)]))
        for n in range(10)
    ]  # fmt: skip
    (said,) = [
        each.text for each in advise([], {}, statistics.tests(results)) if "look at" in each.text
    ]
    assert said.startswith("odd: look at wrong: students who fail it do better on the other tests")
