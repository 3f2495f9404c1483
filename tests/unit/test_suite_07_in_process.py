"""The hidden suite and the public checks of 07_image_classifier on results of any kind, and what
the suite takes for right against a second implementation; its bank tests the rest.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Judged, Suite, notebook, run
from autograder.core.assignment import find
from course_lib.datasets import fashion_mnist
from course_lib.suites import run_suite

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "autograder/suites/07_image_classifier"
CHECKS = ROOT / "solutions/07_image_classifier/checks.py"
FUNCTIONS = [
    *("count_parameters", "make_classifier", "train_epoch", "evaluate", "repair", "EarlyStopping"),
    *("l1_penalty", "l2_penalty", "smooth_labels", "fit"),
]
ASSIGNMENT = find("07_image_classifier")
PROGRAMS = bank.load(ASSIGNMENT)
STRANGE: list[Any] = [
    None,
    "0.5",
    True,
    [],
    {"accuracy": 0.5},
    torch.tensor(float("nan")),
    torch.full((4, 2), torch.inf),
    torch.zeros(6, 2).to_sparse(),
    np.array([[None]]),
    (torch.ones(5, 3), None, "0"),
    10**500,
    float("inf"),
    nn.Identity(),
    lambda: 0,
]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("suite", [SUITE, CHECKS], ids=["hidden", "public"])
def test_no_result_is_too_strange_for_the_tests(suite: Path, value: object) -> None:
    namespace: dict[str, object] = dict.fromkeys(FUNCTIONS, lambda *_, **__: value)
    reports = run_suite(suite, namespace)
    # An inner ReLU stays, and nothing else is said, of a module that does nothing.
    assert {report.outcome for report in reports} == {"failed"}


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield Suite(SUITE)
    torch.set_num_threads(threads)


def _trains(program: Program) -> bool:
    return "fit" in {*program.cells, *program.fails}


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(program, marks=[pytest.mark.slow] if _trains(program) else [], id=program.name)
        for program in PROGRAMS
    ],
)
def test_a_program_earns_what_it_should(suite: Suite, program: Program) -> None:
    judged = run(suite, notebook(ASSIGNMENT, program), 1, {*program.cells, *program.fails})
    failed = judged.failed & {*program.cells, *program.fails}
    assert failed == program.fails
    assert judged.faults == {}


@pytest.mark.parametrize("value", [None, float("nan"), 0.0, "first", "zeros", "raises"], ids=str)
def test_what_says_nothing_earns_nothing(suite: Suite, value: object) -> None:
    def trivial(*arguments: object, **_: Any) -> object:
        if value == "raises":
            raise ValueError
        if value == "zeros":
            return torch.zeros(3, 4)
        return arguments[0] if value == "first" else value

    judged = Judged()
    for task in suite.tasks:
        suite.judge(dict.fromkeys(FUNCTIONS, trivial), task, 1, judged)
    assert set(judged.shares.values()) == {0.0}


def helper(monkeypatch: pytest.MonkeyPatch, name: str) -> Any:
    """A helper module of the suite."""
    monkeypatch.syspath_prepend(SUITE)
    for known in ("calls_07", "drivers_07", "epochs_07", "images_07", "networks_07"):
        monkeypatch.delitem(sys.modules, known, raising=False)
    return importlib.import_module(name)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_formula_is_what_torch_computes(
    monkeypatch: pytest.MonkeyPatch, batch_norm: bool, training: bool
) -> None:
    networks = helper(monkeypatch, "networks_07")
    rng, sizes = torch.Generator().manual_seed(0), (6, 5, 4, 3)
    parts: list[nn.Module] = []
    for inputs, outputs in ((6, 5), (5, 4)):
        parts += [nn.Linear(inputs, outputs), *([nn.BatchNorm1d(outputs)] * batch_norm), nn.ReLU()]
    model = nn.Sequential(*parts, nn.Linear(4, 3)).double()
    weights = networks.fill(model, sizes, rng, batch_norm=batch_norm)
    seen, x = (50 * torch.randn(n, 6, generator=rng, dtype=torch.float64) for n in (40, 9))
    for _ in range(400):
        model.train()(seen)
    expected = model.train(training)(x)
    given = {"training": True} if training else {"seen": seen}
    assert torch.allclose(networks.logits(x, weights, **given), expected, rtol=1e-6, atol=1e-6)


def test_tensors_from_elsewhere_behave_as_on_another_device(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drivers = helper(monkeypatch, "drivers_07")
    images, labels = drivers.away(torch.rand(4, 3)), drivers.away(torch.tensor([0, 1, 1, 0]))
    layer = nn.Linear(3, 2)
    for attempt in (
        lambda: layer(images),
        lambda: nn.functional.cross_entropy(torch.rand(4, 2), labels),
        lambda: torch.rand(4, 2).argmax(dim=1) == labels,
        lambda: layer(images.float()),
    ):
        with pytest.raises(RuntimeError, match="same device"):
            attempt()
    assert len(labels) == labels.size(0) == images.shape[0] == 4
    assert images.device != torch.device("cpu")
    for brought in (images.to("cpu"), images.to(device=torch.device("cpu")), images.cpu()):
        assert type(brought) is torch.Tensor
        assert layer(brought).shape == (4, 2)


def test_held_out_images_are_moved_and_their_classes_numbered_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = helper(monkeypatch, "images_07")
    seen: dict[str, Any] = {}

    class Submission:
        def drive(self, function: object, *given: torch.Tensor, device: str) -> dict[str, Any]:
            seen.update(function=function, given=given, device=device)
            return {"module": nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), "after": given}

    found = images.fitted(Submission(), 3, torch.device("cpu"))
    X_train, y_train, X_val, y_val = seen["given"]
    assert (X_train.shape, X_val.shape) == ((6000, 28, 28), (1000, 28, 28))
    assert sorted(set(y_train.tolist())) == sorted(set(y_val.tolist())) == list(range(10))
    assert found.unchanged
    assert found.on_device
    assert found.alone
    known = {image.tobytes() for image in fashion_mnist("train").X.numpy()}
    assert not any(image.tobytes() in known for image in X_train[:200].numpy())
