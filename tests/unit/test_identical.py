"""Code in common: what counts as the same, what proves nothing,
and answers made to break the reader.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import pytest

from autograder.authoring import bank
from autograder.core.course import Course, find
from autograder.core.outcome import Provenance, Result
from autograder.core.solution import model_cells
from autograder.pipeline import record
from autograder.report import shared_code
from autograder.report.shared_code import Answers, shared

A = find("02_vanishing_gradient")
STUBS, MODEL = (
    shared_code.stubs(A),
    {t: s for t, s in model_cells(A).items() if t in shared_code.stubs(A)},
)
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
    model = {t: s for t, s in model_cells(big).items() if t in shared_code.stubs(big)}
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
        "a": answer(LONG),
        "b": STUBS,
        "c": answer("  \n"),
        "d": answer(STUBS["gradient_norms"] + "\n# sorry\n"),
    }
    found = shared_code.left_open(class_, STUBS)
    assert found["gradient_norms"] == ["b", "c", "d"]
    assert found["dead_units"] == ["a", "b", "c", "d"]


def test_answers_are_read_from_the_graded_notebook(tmp_path: Path) -> None:
    import json

    course = Course(tmp_path)
    basis = Provenance("a" * 64, "b" * 64, "0.1.0", 7, "cpu", "2.0.0", "namespaces")
    result = Result(
        assignment=A.name,
        student="s",
        status="graded",
        score=0,
        max_score=18,
        provenance=basis,
        seconds=1,
    )
    record.save(course, result, json.dumps(bank.submission(A, {"gradient_norms": LONG})).encode())
    found = shared_code.answers(course, "s", A.name)
    assert found == {**MODEL, "gradient_norms": LONG}
    assert shared_code.answers(course, "nobody", A.name) is None
    course.autograded("s", A.name).write_bytes(b'{"cells": 3}')
    assert shared_code.answers(course, "s", A.name) is None
