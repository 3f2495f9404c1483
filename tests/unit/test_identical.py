"""Code in common: what counts as the same, what proves nothing,
and answers made to break the reader.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.core.outcome import Provenance, Result
from autograder.core.solution import model_cells
from autograder.pipeline import record
from autograder.report import answers, shared_code
from autograder.report.answers import Answers, Work
from autograder.report.shared_code import shared
from autograder.report.shared_work import in_common

A = find("02_vanishing_gradient")
STUBS, MODEL = answers.released(A).code, answers.model(A).code
LONG = '''
def gradient_norms(weights, x, activation):
    """The norms."""
    states = [x]  # h_0
    for weight in weights:
        states.append(activation(states[-1] @ weight.T))
    for state in states:
        if not state.requires_grad:
            state.requires_grad_(True)
        state.retain_grad()
    total = states[-1].sum()
    total.backward()
    norms = []
    for state in states[:-1]:
        norms.append(float(state.grad.norm()))
    return norms
'''
RENAMED = (
    LONG.replace("states", "hs")
    .replace("weight", "w")
    .replace("norms.", "out.")
    .replace("norms ", "out ")
)
RENAMED = RENAMED.replace("return norms", "return out")
SHORT = "def gradient_norms(weights, x, activation):\n    return [w.sum() for w in weights]\n"


def answer(source: str, **others: str) -> Answers:
    return {**STUBS, "gradient_norms": source, **others}


def groups(*answers: Answers, known: tuple[Answers, ...] = (STUBS, MODEL)) -> list[tuple[str, ...]]:
    return [
        group.students
        for group in shared({f"s{n}": given for n, given in enumerate(answers)}, known)
    ]


def test_long_code_in_common_is_found() -> None:
    (group,) = shared({"a": answer(LONG), "b": answer(SHORT), "c": answer(LONG)}, [STUBS, MODEL])
    assert group.students == ("a", "c")
    assert group.tasks == ("gradient_norms",)
    assert group.longest.name == "gradient_norms()"
    assert not group.renamed
    assert "The norms" not in group.longest.exact


@pytest.mark.parametrize(
    "other",
    [
        LONG.replace('"""The norms."""', "# mine"),
        LONG.replace("    ", "  ").replace(
            "states[-1] @ weight.T", "(states[ -1 ]\n   @ weight.T)"
        ),
        "%matplotlib inline\n" + LONG,
        "class Helper:\n    pass\n" + LONG,
    ],
)
def test_comments_and_formatting_do_not_hide_it(other: str) -> None:
    assert groups(answer(LONG), answer(other)) == [("s0", "s1")]


def test_new_names_do_not_hide_it_and_are_told() -> None:
    (group,) = shared({"a": answer(LONG), "b": answer(RENAMED)}, [STUBS, MODEL])
    assert group.renamed


def test_names_of_others_are_no_names_of_ones_own() -> None:
    assert groups(answer(LONG), answer(LONG.replace(".sum()", ".mean()"))) == []
    assert groups(answer(LONG), answer(LONG.replace("float(", "int("))) == []


def test_it_is_found_in_another_task() -> None:
    moved = {**STUBS, "dead_units": LONG}
    (group,) = shared({"a": answer(LONG), "b": moved}, [STUBS, MODEL])
    assert group.tasks == ("gradient_norms", "dead_units")


def test_short_functions_are_no_evidence() -> None:
    assert groups(answer(SHORT), answer(SHORT)) == []


def test_a_notebook_that_is_equal_in_every_short_function_is() -> None:
    shorts = {
        task: f"def f_{task}(x):\n    first = x + {n}\n    return first * {n}\n"
        for n, task in enumerate(STUBS)
    }
    (group,) = shared(
        {"a": shorts, "b": dict(shorts), "c": shorts | {"dead_units": SHORT}}, [STUBS, MODEL]
    )
    assert group.students == ("a", "b")
    assert group.longest.name == shared_code.EVERYTHING


def test_stubs_empty_answers_and_the_model_solution_are_no_evidence() -> None:
    assert groups(STUBS, STUBS, dict.fromkeys(STUBS, ""), dict.fromkeys(STUBS, "")) == []
    assert groups(answer(LONG), answer(LONG), known=(answer(RENAMED),)) == []
    big = find("03_residual_batchnorm")
    model = answers.model(big).code
    assert groups(model, model, known=()) == [("s0", "s1")]
    assert groups(model, model, known=(model,)) == []


def test_what_much_of_the_class_has_comes_from_the_lesson() -> None:
    others = [answer(f"def f():\n    return {n}\n") for n in range(8)]
    assert groups(*[answer(LONG)] * 3, *others) == [("s0", "s1", "s2")]
    assert groups(*[answer(LONG)] * 4, *others) == []


def test_independent_programs_of_the_bank_have_nothing_in_common() -> None:
    for name in (
        "01_relu_matrix",
        "02_vanishing_gradient",
        "03_residual_batchnorm",
        "04_quadratic_practice",
        "05_numpy_backprop",
        "07_image_classifier",
    ):
        assignment = find(name)
        programs = {p.name: p.cells for p in bank.load(assignment) if not p.fails}
        assert len(programs) >= 6
        assert shared(programs, [model_cells(assignment)]) == []


@pytest.mark.parametrize(
    "source",
    [
        "(" * 5000, "-" * 9900 + "1", "a" + ".a" * 4900, "x" + "[0]" * 3300, "lambda:" * 1400 + "0",
        "1+" * 4900 + "1",
        "not " * 2400 + "x", "a\0b", "x = " + "9" * 9000, "x = '\udc80'", "'\\d'",
        "if a:\n p\n" + "elif a:\n p\n" * 99,
        "".join(" " * n + "def f():\n" for n in range(95)) + " " * 95 + "pass",
        "f'" + "{x}" * 3300 + "'",
        "%%bash\nrm -rf /", "x" * 1_000_000, "async def f():\n await " + "await " * 100 + "x",
        "return 2; global x",
    ],
    ids=range(18),
)  # fmt: skip
def test_answers_made_to_break_the_reader(source: str) -> None:
    start = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert groups(answer(LONG, dead_units=source), answer(LONG)) == [("s0", "s1")]
    assert time.monotonic() - start < 20


def test_left_open() -> None:
    class_ = {
        "a": Work(answer(LONG)),
        "b": Work(STUBS),
        "c": Work(answer("  \n")),
        "d": Work(answer(STUBS["gradient_norms"] + "\n# sorry\n")),
    }
    found = answers.left_open(class_, Work(STUBS))
    assert found["gradient_norms"] == ["b", "c", "d"]
    assert found["dead_units"] == ["a", "b", "c", "d"]


def result(student: str, sha256: str = "") -> Result:
    basis = Provenance(sha256 or student, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
    return Result(
        assignment=A.name, student=student, status="graded", score=0, max_score=18,
        provenance=basis, seconds=1,
    )  # fmt: skip


def test_answers_are_read_from_the_graded_notebook(tmp_path: Path) -> None:
    import json

    course = Course(tmp_path)
    notebook = bank.submission(A, {"gradient_norms": LONG})
    record.save(course, result("s"), json.dumps(notebook).encode())
    read = answers.read(course, "s", A.name)
    assert read is not None
    assert read.code == {**MODEL, "gradient_norms": LONG}
    assert set(read.written) == {"explain_dead"}
    assert answers.read(course, "nobody", A.name) is None
    course.autograded("s", A.name).write_bytes(b'{"cells": 3}')
    assert answers.read(course, "s", A.name) is None


# --- Files, all answers, written answers ---

SHORT_ONES = find("01_relu_matrix")
RELEASED, SOLVED = answers.released(SHORT_ONES), answers.model(SHORT_ONES)
TEXT = "The first layer folds the plane along each line where a unit is zero."


def work(text: str = "*Your answer here.*", **cells: str) -> Work:
    return Work(SOLVED.code | cells, {"explain_fold": text})


def found(class_: dict[str, Work], files: dict[str, str] | None = None) -> list[tuple[str, ...]]:
    results = [result(name, (files or {}).get(name, "")) for name in class_]
    return [(g.kind, *g.students) for g in in_common(SHORT_ONES, results, class_)]


def test_the_same_file_is_found_whatever_its_length() -> None:
    one = Work(RELEASED.code | {"y1": "y1 = relu(z1)"}, RELEASED.written)
    class_ = {"a": one, "b": one, "c": one, "d": RELEASED, "e": RELEASED}
    files = {"a": "the same", "c": "the same", "d": "untouched", "e": "untouched"}
    assert found(class_, files) == [("file", "a", "c")]


def test_the_same_answers_are_found_in_another_file_whatever_their_length() -> None:
    mine = {"y1": "y1 = z1.relu()  # as in class", "z2": "z2 = y1 @ w2.T # ok"}
    class_ = {"a": work(**mine), "b": work(**mine), "c": work(**mine, z1="z1 = (w1 @ x.T).T")}
    assert found(class_) == [("answers", "a", "b")]
    fences = answers.plain(SOLVED.code["z1"])
    assert found({"a": work(z1=fences), "b": work(z1=fences)}) == []
    class_["b"] = work(**mine | {"y1": "y1 = z1.relu()  # my idea"})
    assert found(class_) == []


def test_what_all_may_write_is_no_copy() -> None:
    few = Work(RELEASED.code | {"y1": "y1 = z1.relu()"}, RELEASED.written)
    assert found({"a": work(), "b": work(), "c": RELEASED, "d": RELEASED, "e": few, "f": few}) == []


def test_the_same_written_answer_is_found() -> None:
    a, b = f"{TEXT}\n\nSo it says.", f"I think:\n\n**{TEXT.upper()}**"
    others = {"c": work("The first layer folds it."), "d": work("The first layer folds it.")}
    class_ = {"a": work(a, z1="z1 = x"), "b": work(b, z2="z2 = x"), **others}
    (group,) = in_common(SHORT_ONES, [], class_ | {"d": work("It folds.")})
    assert (group.kind, group.students, group.tasks) == ("text", ("a", "b"), ("explain_fold",))
    assert group.longest.exact == TEXT
    many = {f"s{n}": work(f"{TEXT} {n}\n\n{TEXT}", z1=f"z1 = {n}") for n in range(9)}
    assert found(many) == []
