"""Which mistake a wrong answer resembles: signatures compared,
and real programs of the bank graded by the engine.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.core.assignment import REPOSITORY, Assignment, find
from autograder.core.course import Course
from autograder.core.faults import NOT_COUNTED
from autograder.core.limits import Limits
from autograder.core.outcome import Provenance, Result, TaskResult, TestResult
from autograder.report import known_mistakes
from autograder.report.known_mistakes import Failure, Mistake, Signature, similarity

A = find("01_relu_matrix")
SEED = 7
BANK = ["z2_printed_value", "z2_row", "regions_sign", "two_layer_no_b1", "z1_transposed"]
# the same mistakes in other words, one that the bank given does not have, and one that is all wrong
OTHERS = {
    "printed": {"z2": "z2 = 2 * torch.ones(4, 1)\nz2[1] = z2[3] = 4.0"},
    "row": {"z2": "z2 = (y1 @ w2.T).reshape(1, 4)"},
    "no_b1": {
        "two_layer": "def relu(z):\n    return z.clamp(min=0)\n\ndef two_layer(x, w1, b1, "
        "w2, b2):\n"
        "    hidden = relu(torch.matmul(x, w1.t()))\n    return torch.matmul(hidden, w2.t()) + b2\n"
    },
    "unknown": {
        "sign_scale": "def sign_scale(c, d):\n    return torch.zeros(2, 1), torch.zeros(1, 2)"
    },
    "raises": {
        "two_layer": "def relu(z):\n    return nothing\n\ndef two_layer(*_):\n    return nothing"
    },
    "right": {},
}


def failures(*tests: str, hint: str = "h") -> Signature:
    return frozenset(Failure(test, "failed", hint) for test in tests)


def wrong(student: str, signature: Signature, task: str = "t") -> Result:
    tests = [TestResult(f.test, f.outcome, 1, f.hint, 0.1) for f in signature]
    basis = Provenance("a" * 64, "b" * 64, "0.1.0", SEED, "cpu", "2.0.0", "namespaces")
    return Result(
        assignment=A.name, student=student, status="graded", score=0, max_score=1,
        tasks=[TaskResult(task, 1, 0, tests)], provenance=basis, seconds=1,
    )  # fmt: skip


def test_similarity() -> None:
    assert similarity(failures("a", "b"), failures("a", "b")) == 1
    assert similarity(failures("a"), failures("b")) == 0
    assert similarity(failures("a", "b"), failures("a", "b", hint="other")) == 0.5
    assert similarity(failures("a", "b", "c"), failures("a")) == pytest.approx(1 / 3)
    crashed = frozenset({Failure("a", "crashed", "h"), *failures("b")})
    near, far = [4.0, 0.5, 1.00001, 0.1], [4.0, 0.5, 1.1, 0.1]
    values = [
        frozenset({Failure("a", "failed", "h", tuple(v))})
        for v in ([4.0, 0.5, 1.0, 0.1], near, far)
    ]
    assert [similarity(values[0], other) for other in values] == [1, 1, 0.5]
    places = [
        failures("a", hint=f"wrong values (first at entry ({n}, 0); {n} of 8 entries): why?")
        for n in (1, 2)
    ]
    assert similarity(*places) == 1
    assert similarity(crashed, failures("a", "b")) == 0.75


def test_only_clear_matches_are_told() -> None:
    ten = tuple("abcdefghij")
    one, two = (
        Mistake("reject/one", "One.", {"t": failures(*ten)}),
        Mistake("reject/two", "Two.", {"t": failures("k")}),
    )
    found = known_mistakes.matches(
        [wrong("nearly", failures(*ten, "l")), wrong("far", failures(*ten[:5]))], [one, two]
    )
    assert [(m.student, m.mistakes, round(m.similarity, 2)) for m in found] == [
        ("nearly", (one,), 0.91)
    ]
    assert (
        known_mistakes.matches(
            [wrong("s", failures(*ten), task="u"), wrong("right", frozenset())], [one, two]
        )
        == []
    )


def test_two_mistakes_that_look_alike_are_both_told_and_three_are_not() -> None:
    alike = [Mistake(f"reject/{n}", f"{n}.", {"t": failures("a")}) for n in range(3)]
    assert [m.mistakes for m in known_mistakes.matches([wrong("s", failures("a"))], alike[:2])] == [
        tuple(alike[:2])
    ]
    assert known_mistakes.matches([wrong("s", failures("a"))], alike) == []


def test_code_that_only_ends_is_not_compared() -> None:
    ended = frozenset(
        {Failure("a", "error", "your code raised TypeError"), Failure("b", "timeout", "no result")}
    )
    result = wrong("s", ended)
    assert known_mistakes.matches([result], [Mistake("reject/one", "One.", {"t": ended})]) == []


def test_tests_that_fail_because_others_do_are_left_out() -> None:
    counted = Failure("b", "failed", f"{NOT_COUNTED}: values")
    result = wrong("s", frozenset({*failures("a"), counted}))
    assert known_mistakes.signature(result.tasks[0]) == failures("a")


def test_real_mistakes_are_recognised_in_other_words() -> None:
    programs = [p for p in bank.load(A) if p.path.stem in BANK]
    students = [
        Program(Path("students") / f"{name}.py", cells, frozenset())
        for name, cells in OTHERS.items()
    ]
    results = known_mistakes.run(A, [*programs, *students], SEED, Limits(), 2, lambda: None)
    mistakes = [known_mistakes.mistake(program, results[program.name]) for program in programs]
    assert {m.program: set(m.signatures) for m in mistakes}["reject/z1_transposed"] == {"z1"}
    found = known_mistakes.matches([results[student.name] for student in students], mistakes)
    assert [
        (m.student, m.task, [each.program for each in m.mistakes], m.similarity) for m in found
    ] == [
        ("students/printed", "z2", ["reject/z2_printed_value"], 1),
        ("students/row", "z2", ["reject/z2_row"], 1),
        ("students/no_b1", "two_layer", ["reject/two_layer_no_b1"], 1),
    ]
    assert (
        found[0].mistakes[0].says
        == "The value that the source prints, which belongs to w2 = [1, 1]."
    )


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """The real assignment with one rejected program."""
    for folder in ("assignments", "solutions"):
        shutil.copytree(REPOSITORY / folder / A.name, tmp_path / folder / A.name)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    made = Assignment(A.name, tmp_path)
    (made.suite / "accept").mkdir(parents=True)
    (made.suite / "reject").mkdir()
    for path in A.suite.glob("*.py"):
        shutil.copy(path, made.suite)
    shutil.copy(A.suite / "reject" / "z2_row.py", made.suite / "reject")
    return made


def test_the_bank_is_graded_once(assignment: Assignment, tmp_path: Path) -> None:
    course, graded = Course(tmp_path / "course"), list[int]()

    def read(seed: int = SEED) -> list[Mistake]:
        return known_mistakes.read_bank(course, assignment, seed, 1, graded.append, lambda: None)

    (first,) = read()
    assert (first.program, first.says) == (
        "reject/z2_row",
        "Right numbers, but a row in place of a column.",
    )
    assert {failure.outcome for failure in first.signatures["z2"]} == {"failed"}
    assert read() == [first]
    assert graded == [1]
    (kept,) = (course.root / "results" / A.name).iterdir()
    assert kept.name.startswith(".bank-")
    kept.write_bytes(kept.read_bytes()[:-9])  # cut short: measured again
    assert read() == [first]
    assert graded == [1, 1]
    # What a signature depends on is in the name: kept measures of another seed or bank are not
    # taken.
    kept.write_bytes(msgspec.json.encode(known_mistakes.Bank("0" * 32, {})))
    shutil.copy(A.suite / "reject" / "z2_printed_value.py", assignment.suite / "reject")
    assert [m.program for m in read()] == ["reject/z2_printed_value", "reject/z2_row"]
    assert graded == [1, 1, 2]
    shutil.copy(A.suite / "reject" / "z1_transposed.py", assignment.suite / "reject")
    assert len(read()) == 3  # only what is new is measured
    assert graded == [1, 1, 2, 1]
    path = assignment.suite / "reject" / "w2_abs_column.py"
    shutil.copy(A.suite / "reject" / path.name, path)
    in_z2 = known_mistakes.read_bank(
        course, assignment, SEED, 1, graded.append, lambda: None, {"z2"}
    )
    assert [m.program for m in in_z2] == ["reject/z2_printed_value", "reject/z2_row"]
    assert graded == [1, 1, 2, 1]
