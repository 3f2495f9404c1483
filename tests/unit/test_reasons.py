"""The first sentence about a failed task: a known mistake, or
what most tests say; and what counts all the same.
"""

from __future__ import annotations

import pytest

from autograder.core.faults import NOT_COUNTED
from autograder.core.outcome import Outcome, Provenance, Result, TaskResult, TestResult, counted
from autograder.feedback import reasons
from autograder.report.known_mistakes import Failure, Mistake

VALUES = "y has the right shape and wrong values (first at entry 0; 2 of 9 entries)"


def item(
    name: str, hint: str | None = None, outcome: Outcome = "failed", remark: str | None = None
) -> TestResult:
    return TestResult(
        name, "passed" if hint is None else outcome, 1, hint, 0.1, f"Sentence {name}.", remark
    )


def first(tests: list[TestResult], *mistakes: Mistake) -> str:
    task = TaskResult("t", 1, 0, tests)
    basis = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
    result = Result(
        assignment="a",
        student="s",
        status="graded",
        score=0,
        max_score=1,
        tasks=[task],
        provenance=basis,
        seconds=1,
    )
    return reasons.first(result, task, mistakes)


def mistake(says: str, *tests: str, hint: str) -> Mistake:
    return Mistake(
        f"reject/{says}", says, {"t": frozenset(Failure(name, "failed", hint) for name in tests)}
    )


def test_a_known_mistake_comes_first() -> None:
    tests = [*(item(name, f"{VALUES}: guess {name}") for name in "ab"), *map(item, "cde")]
    like = [Failure(x.name, x.outcome, x.hint) for x in tests[:2]]
    known = Mistake("reject/eps", "When ε is missing.", {"t": frozenset(like)})
    other = mistake("Another.", "c", hint="other")
    assert first(tests, known, other) == "2 of 5 tests fail as they do when ε is missing."
    named = Mistake("reject/b1", "The first bias is forgotten.", {"t": frozenset(like)})
    assert (
        first(tests, named)
        == "2 of 5 tests fail as they do with this mistake: The first bias is forgotten."
    )
    assert "known mistakes: The first bias is forgotten. Or: When ε is missing." in first(
        tests, named, known
    )


def test_an_unknown_one_is_summed_up() -> None:
    tests = [item(f"v{n}", VALUES.replace("9", str(9 + n))) for n in range(20)]
    assert first(tests) == "All 20 tests fail: y has the right shape and wrong values."
    assert (
        first([*tests, item("x")]) == "20 of 21 tests fail: y has the right shape and wrong values."
    )
    shape = [item(f"s{n}", "y has shape (1, 4), expected (4, 1)") for n in range(8)]
    assert first([*tests, *shape]).startswith(
        "8 of 28 tests fail (20 others for another reason): y has shape (1, 4)"
    )
    assert first([*tests, *shape[:2]]).startswith(
        "20 of 22 tests fail (2 others for another reason): y has the right"
    )
    undefined = [item("u", "`y` is not defined"), item("w", f"{NOT_COUNTED}: u")]
    assert (
        first(undefined) == "1 of 2 tests fails (1 other for another reason): `y` is not defined."
    )
    assert first([item("u", "`y` is not defined")]) == "The test fails: `y` is not defined."
    assert first([item("a"), item("b")]) == ""


def test_of_many_guesses_the_most_telling_leads() -> None:
    """The guess of a test that few mistakes fail says more than those of tests that all fail."""
    tests = [
        item("v", f"{VALUES}: is it trained?"),
        item("e", f"{VALUES}: is ε there?"),
        *map(item, "klmn"),
    ]
    known = [mistake(f"{n}", "v", "k", "l", hint="other") for n in range(5)]
    assert first(tests, *known).endswith(": is ε there?")
    broken = [*tests[:2], *(item(name, f"{VALUES}: is it trained?") for name in "klmn")]
    assert first(broken, *known).endswith(": is it trained?")


@pytest.mark.parametrize("outcome", ["timeout", "error", "crashed"])
def test_what_was_not_run_comes_last(outcome: Outcome) -> None:
    late = [
        item(f"n{n}", "not run: other tests of this task ran too long already", "timeout")
        for n in range(9)
    ]
    found = reasons.reasons(
        TaskResult("t", 1, 0, [*late, item("a", "no result after 2 s: an endless loop?", outcome)])
    )
    assert [(len(reason.tests), reason.outcome) for reason in found] == [
        (1, outcome),
        (9, "timeout"),
    ]


def test_what_counts_through_follow_through_is_named_once() -> None:
    right = [item(name, remark="right for your own z1") for name in "ab"]
    failed = item("c", "wrong", remark="right for your own z1")
    assert counted([*right, item("d"), failed]) == [("right for your own z1", 2)]
