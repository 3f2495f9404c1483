"""What 03 says about its numbers is what its cells compute."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from autograder.core.assignment import REPOSITORY
from course_lib.datasets import linear_by_parts

NAME = "03_residual_batchnorm"
LAST = "train_variants"
Errors = dict[str, float]


@pytest.fixture(scope="module")
def lesson() -> Iterator[dict[str, Any]]:
    """The names of 03's solution below the cell of its last task."""
    path = REPOSITORY / "solutions" / NAME / f"{NAME}.ipynb"
    names: dict[str, Any] = {"__name__": "__main__"}
    threads = torch.get_num_threads()
    for cell in json.loads(path.read_text())["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and not (mark.get("grade") and not mark.get("solution")):
            exec("".join(cell["source"]), names)
        if mark.get("grade_id") == LAST:
            break
    yield names
    torch.set_num_threads(threads)


def test_on_the_data_of_the_lesson_each_addition_helps(lesson: dict[str, Any]) -> None:
    runs, bound = lesson["runs"], lesson["bound"]
    with torch.no_grad():
        errors = {
            name: float(nn.functional.mse_loss(run.model(lesson["X"]), lesson["y"]))
            for name, run in runs.items()
        }
    assert bound <= errors["linear"] < 1.1 * bound, "the linear layer comes close to the bound"
    assert 1.7 < errors["mlp"] / errors["linear"] < 2.3, "the MLP's error is twice as large"
    assert errors["residual"] < 0.8 * bound, "the residual network ends well below the bound"
    assert 0.15 < errors["residual_bn"] / errors["residual"] < 0.35, "a quarter of that"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_200_epochs_the_residual_network_is_no_better_than_the_linear_layer(
    lesson: dict[str, Any], seed: int
) -> None:
    train: Callable[..., Errors] = lesson[LAST]
    errors = train(*linear_by_parts(seed=seed), 200)
    assert errors["residual_bn"] < 0.5 * min(errors["linear"], errors["residual"])
    assert max(errors, key=lambda name: errors[name]) == "mlp"
    assert errors["residual"] > 0.95 * errors["linear"]
