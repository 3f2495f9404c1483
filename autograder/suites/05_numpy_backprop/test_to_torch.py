"""`to_torch`: a module that gives the network's probabilities, in the module's own dtype."""

from __future__ import annotations

from typing import Any

import drivers_05
import numpy as np
import pytest
import reference_05 as reference
import torch
from reference_05 import NAMES, Array, Weights, draw, normal
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

WHAT = "to_torch(model)(X)"
HINT = "the same arrays, the same layers, softmax over the classes at the end"
SIZES = {
    "batch": (7, (3, 5, 2)),
    "one_sample": (1, (3, 5, 4)),
    "one_input": (6, (1, 4, 3)),
    "one_unit": (6, (3, 1, 2)),
    "one_class": (5, (3, 4, 1)),
    "square": (4, (4, 4, 4)),
    "many_inputs": (5, (80, 6, 3)),
    "many_units": (9, (2, 70, 3)),
    "many_samples": (1031, (3, 4, 2)),
}


def module_of(call: Any, device: torch.device) -> tuple[nn.Module, torch.dtype]:
    """The module on that device, and the dtype of its parameters."""
    module = call["module"]
    if not isinstance(module, nn.Module):
        raise Mismatch("to_torch(model) is not an nn.Module")
    state = [*module.parameters(), *module.buffers()]
    dtypes = [value.dtype for value in state if value.is_floating_point()]
    return module.to(device), dtypes[0] if dtypes else torch.get_default_dtype()


def judge(call: Any, weights: Weights, X: Array, device: torch.device, hint: str = HINT) -> None:
    module, dtype = module_of(call, device)
    own, tolerance = reference.used(call, weights)
    if dtype != torch.float64:
        tolerance = 10 * reference.ROUNDED
    expected = torch.from_numpy(reference.forward(own, X))
    for training in (True, False):
        found = module.train(training)(torch.from_numpy(X).to(device, dtype))
        numbers = expect.tensor(found, what=WHAT, shape=tuple(expected.shape))
        expect.close(numbers, expected, what=WHAT, rtol=0, atol=tolerance, hint=hint)


@pytest.mark.task("to_torch", weight=6)
@pytest.mark.parametrize(("n", "sizes"), SIZES.values(), ids=SIZES)
def test_same_probabilities(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    n: int,
    sizes: tuple[int, int, int],
) -> None:
    """The module gives the network's probabilities, for any sizes and weights, in both modes."""
    weights, X = draw(rng, sizes), normal(rng, n, sizes[0])
    judge(submission.drive(drivers_05.converted, list(sizes), weights), weights, X, device)


@pytest.mark.task("to_torch")
def test_large_logits(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The module is right, too, where the network is almost certain."""
    sizes = (3, 5, 4)
    weights = draw(rng, sizes)
    weights["W2"] *= 200
    weights["b2"] *= 200
    X = normal(rng, 6, 3)
    # Away from ties, where float32 could not tell.
    z = reference.hidden(weights, X).clip(0) @ weights["W2"] + weights["b2"]
    apart = np.diff(np.sort(z, axis=1), axis=1)[:, -1] > 10
    rows = X[apart] if apart.any() else X[:0]
    call = submission.drive(drivers_05.converted, list(sizes), weights)
    judge(call, weights, rows, device, "is softmax finite for large numbers?")


@pytest.mark.task("to_torch", needs="test_same_probabilities")
def test_model_stays(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The network itself is as it was, and each module has the weights of its own network."""
    sizes = (3, 4, 2)
    weights, other, X = draw(rng, sizes), draw(rng, sizes), normal(rng, 5, 3)
    call = submission.drive(drivers_05.converted, list(sizes), weights)
    for name in NAMES:
        reference.unchanged(call["used"][name], call["after"][name], name)
    call = submission.drive(drivers_05.converted_two, list(sizes), weights, other)
    judge(call, weights, X, device, "do two modules share their weights?")
