"""The hidden suite and the public checks of
06_initialisation_optimizers on results of any kind, and what the suite takes for right against a
second implementation; its bank tests the rest.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Judged, Suite, notebook, run
from autograder.core.assignment import find
from course_lib.landscapes import BEALE
from course_lib.suites import run_suite

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "autograder/suites/06_initialisation_optimizers"
CHECKS = ROOT / "solutions/06_initialisation_optimizers/checks.py"
FUNCTIONS = [
    *("init_weights", "activation_stds", "exponential_decay", "inverse_time_decay", "cyclical"),
    *("beale", "beale_grad", "sgd_path", "momentum_path"),
    *("adagrad_path", "rmsprop_path", "adam_path"),
]
ASSIGNMENT = find("06_initialisation_optimizers")
PROGRAMS = bank.load(ASSIGNMENT)
STRANGE: list[Any] = [
    None,
    "0.5",
    True,
    [],
    {"optimizer": ["adam"]},
    {"optimizer": "adam", "lr": None},
    {"optimizer": "adam", "lr": 0.2, "betas": (0.9, 2.0)},
    {"optimizer": "sgd", "lr": -1.0},
    {"optimizer": "sgd", "lr": 1e300},
    {"optimizer": "momentum", "lr": 0.005, "momentum": 0.0, "nesterov": True},
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
    namespace: dict[str, object] = {"choice": value}
    namespace |= dict.fromkeys(FUNCTIONS, lambda *_, **__: value)
    reports = run_suite(suite, namespace)
    # A dict with a known name is one, whatever else is wrong about it.
    named = {"test_choice_has_a_name"} if isinstance(value, dict) else set()
    assert {report.outcome for report in reports if report.name not in named} == {"failed"}


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(SUITE)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_earns_what_it_should(suite: Suite, program: Program) -> None:
    judged = run(suite, notebook(ASSIGNMENT, program), 1, {*program.cells, *program.fails})
    failed = judged.failed & {*program.cells, *program.fails}
    assert failed == program.fails
    assert judged.faults == {}


@pytest.mark.parametrize("value", [None, float("nan"), 0.0, "first", "zeros", "raises"], ids=str)
def test_what_says_nothing_earns_nothing(suite: Suite, value: object) -> None:
    def trivial(*arguments: object, **hyper: Any) -> object:
        if value == "raises":
            raise ValueError
        if value == "zeros":
            return np.zeros((hyper.get("steps", 0) + 1, 2))
        return arguments[0] if value == "first" else value

    namespace: dict[str, object] = {"choice": value} | dict.fromkeys(FUNCTIONS, trivial)
    judged = Judged()
    for task in suite.tasks:
        suite.judge(namespace, task, 1, judged)
    assert set(judged.shares.values()) == {0.0}


def test_who_stays_at_the_start_earns_nothing(suite: Suite) -> None:
    def stays(grad: object, start: tuple[float, float], *, steps: int, **_: object) -> object:  # noqa: ARG001
        return np.array([start] * (steps + 1))

    judged = Judged()
    for task in ("sgd", "adaptive"):
        suite.judge(dict.fromkeys(FUNCTIONS, stays), task, 1, judged)
    assert set(judged.shares.values()) == {0.0}


def helper(monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    """A helper module of the suite."""
    monkeypatch.syspath_prepend(SUITE)
    for known in ("drivers_06", "walking_06"):
        monkeypatch.delitem(sys.modules, known, raising=False)
    return importlib.import_module(name)


def by_weighted_sums(function: str, gradient: Any, start: Any, steps: int, hyper: Any) -> Any:
    """The paths once more: no state, but sums over all gradients so far, each with its weight."""
    path, slopes = [np.array(start, dtype=float)], []
    for _ in range(steps):
        slopes.append(np.array(gradient(*path[-1].tolist()), dtype=float))
        g, n = np.array(slopes), len(slopes)
        age = np.arange(n - 1, -1, -1.0)
        if function == "sgd_path":
            step = g[-1]
        elif function == "momentum_path":
            mu, ahead = hyper["momentum"], hyper.get("nesterov", False)
            step = (mu ** (age + 1) if ahead else mu**age) @ g + (g[-1] if ahead else 0)
        elif function == "adagrad_path":
            step = g[-1] / (np.linalg.norm(g, axis=0) + hyper["eps"])
        elif function == "rmsprop_path":
            weights = (1 - hyper["alpha"]) * hyper["alpha"] ** age
            step = g[-1] / (np.sqrt(weights @ g**2) + hyper["eps"])
        else:
            first, second = (np.average(g**k, axis=0, weights=hyper["betas"][k - 1] ** age)
                             for k in (1, 2))  # fmt: skip
            step = first / (np.sqrt(second) + hyper["eps"])
        path.append(path[-1] - hyper["lr"] * step)
    return np.array(path)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("function", "hyper"),
    [
        ("sgd_path", {"lr": 0.01}),
        ("momentum_path", {"lr": 0.003, "momentum": 0.8}),
        ("momentum_path", {"lr": 0.003, "momentum": 0.8, "nesterov": True}),
        ("adagrad_path", {"lr": 0.3, "eps": 1e-3}),
        ("rmsprop_path", {"lr": 0.01, "alpha": 0.9, "eps": 1e-2}),
        ("adam_path", {"lr": 0.02, "betas": (0.8, 0.98), "eps": 1e-2}),
    ],
)
def test_the_reference_is_what_a_second_implementation_gives(
    monkeypatch: pytest.MonkeyPatch, function: str, hyper: dict[str, Any], seed: int
) -> None:
    walking, drivers = helper(monkeypatch, "walking_06"), helper(monkeypatch, "drivers_06")
    rng = torch.Generator().manual_seed(seed)
    for field, constants in (("bowl", walking.bowl(rng)), ("bent", walking.bent(rng)),
                             ("beale", [])):  # fmt: skip
        start = (0.8, 1.3) if field == "beale" else walking.somewhere(rng)
        expected = by_weighted_sums(function, drivers.FIELDS[field](*constants), start, 100, hyper)
        found = walking.walk(function, field, constants, start, {**hyper, "steps": 100})
        assert np.allclose(found.numpy(), expected, rtol=1e-9, atol=1e-9)


def test_the_landscape_of_the_pictures_is_that_of_the_tests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drivers = helper(monkeypatch, "drivers_06")
    for x, y in ((0.8, 1.6), (-2.0, 0.3), (3.0, 0.5), (0.0, 0.0), (1.7, -1.1)):
        assert np.allclose(drivers.beale(x, y), BEALE.gradient(x, y))
        slopes = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        BEALE(slopes[0], slopes[1]).backward()
        assert slopes.grad is not None
        assert np.allclose(drivers.beale(x, y), slopes.grad.numpy())
