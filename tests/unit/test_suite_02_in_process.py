"""The hidden suite and the public checks of 02_vanishing_gradient
on results of any kind; its bank tests the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Judged, Suite, notebook, run
from autograder.core.assignment import find
from course_lib.suites import run_suite

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "autograder/suites/02_vanishing_gradient"
CHECKS = ROOT / "solutions/02_vanishing_gradient/checks.py"
VALUES = ["z", "a", "dz_dx", "da_dx", "b_alive"]
FUNCTIONS = [
    *("neuron_backward", "sigmoid_grad", "tanh_grad", "relu_grad", "leaky_relu_grad"),
    *("gradient_norms", "dead_fraction"),
]
ASSIGNMENT = find("02_vanishing_gradient")
PROGRAMS = bank.load(ASSIGNMENT)
STRANGE: list[Any] = [
    None,
    "0.5",
    True,
    [],
    {"dx": 1},
    torch.tensor(float("nan")),
    torch.full((4, 2), torch.inf),
    torch.zeros(6, 2).to_sparse(),
    np.array([[None]]),
    (torch.ones(5, 3), None, "0"),
    [[1.0, "1"], [torch.ones(2)]],
    10**500,
    float("inf"),
    lambda: 0,
]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("suite", [SUITE, CHECKS], ids=["hidden", "public"])
def test_no_result_is_too_strange_for_the_tests(suite: Path, value: object) -> None:
    namespace: dict[str, object] = dict.fromkeys(VALUES, value)
    namespace |= dict.fromkeys(FUNCTIONS, lambda *_, **__: value)
    assert {report.outcome for report in run_suite(suite, namespace)} == {"failed"}


@pytest.mark.parametrize(
    ("task", "wrong"),
    [
        ("pre_activation", {"z": 0.0, "a": 0.0}),
        ("local_gradients", {"dz_dx": [0, 0], "da_dx": [0, 0]}),
    ],
)
def test_the_printed_wrong_values_fail_in_public_too(task: str, wrong: dict[str, object]) -> None:
    assert "failed" in {report.outcome for report in run_suite(CHECKS, wrong, task=task)}


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(SUITE)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_earns_what_it_should(suite: Suite, program: Program) -> None:
    judged = run(suite, notebook(ASSIGNMENT, program), 1)
    assert judged.failed == program.fails
    assert judged.faults == {}


@pytest.mark.parametrize("value", [None, float("nan"), 0.0, "first", "raises"], ids=str)
def test_what_says_nothing_earns_nothing(suite: Suite, value: object) -> None:
    def trivial(*arguments: object, **_: object) -> object:
        if value == "raises":
            raise ValueError
        return arguments[0] if value == "first" else value

    namespace: dict[str, object] = dict.fromkeys(VALUES, value) | dict.fromkeys(FUNCTIONS, trivial)
    judged = Judged()
    for task in suite.tasks:
        suite.judge(namespace, task, 1, judged)
    earned = {task for task, share in judged.shares.items() if share > 0}
    # 0 is a bias with which the neuron passes gradient.
    assert earned == ({"alive_bias"} if value == 0.0 else set())
