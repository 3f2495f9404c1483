"""`activation_stds` by a reference in float64."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import drivers_06
import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

STDS = "activation_stds(weights, x, activation)"
Network = tuple[list[torch.Tensor], torch.Tensor]


def draw(
    rng: torch.Generator, device: torch.device, n: int, widths: list[int], gain: float = 1.0
) -> Network:
    """Random layers and inputs in float64; the last inputs are larger than the first ones."""
    weights = [
        gain * torch.randn(rows, columns, generator=rng, dtype=torch.float64) / columns**0.5
        for columns, rows in pairwise(widths)
    ]
    spread = torch.linspace(0.5, 2.0, n, dtype=torch.float64)[:, None]
    x = spread * torch.randn(n, widths[0], generator=rng, dtype=torch.float64)
    return [weight.to(device) for weight in weights], (x + 0.3).to(device)


def reference(
    weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> list[tuple[float, float]]:
    """For each layer the standard deviation that divides by n, and the one by n − 1."""
    h = x.double()
    found = []
    for weight in weights:
        h = drivers_06.ACTIVATIONS[activation](h @ weight.double().T)
        found.append((float(h.std(correction=0)), float(h.std())))
    return found


def check(
    found: object, expected: list[tuple[float, float]], hint: str, rtol: float = 1e-5
) -> None:
    stds = expect.values(found, what=STDS)
    if stds.dim() != 1 or len(stds) != len(expected):
        raise Mismatch(f"{STDS} holds {len(stds) if stds.dim() else 'no'} entries in a row, "
                       f"expected {len(expected)}: one number for each layer")  # fmt: skip
    expect.finite(stds, what=STDS)
    for level, (std, both) in enumerate(zip(stds.tolist(), expected, strict=True), 1):
        if all(abs(std - right) > rtol * right + 1e-30 for right in both):
            raise Mismatch(f"entry {level - 1} of {STDS}, after layer {level}, is wrong: {hint}")


def check_call(
    submission: Any, drawn: Network, activation: str, hint: str, rtol: float = 1e-5
) -> None:
    expected = reference(*drawn, activation)
    check(submission.drive(drivers_06.stds, *drawn, activation), expected, hint, rtol)


@pytest.mark.task("init", weight=5)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "wave", "in_place"])
def test_stds(submission: Any, rng: torch.Generator, device: torch.device, activation: str) -> None:
    """Each entry is the standard deviation of all outputs of its layer, after the activation."""
    check_call(submission, draw(rng, device, 7, [5, 8, 6, 4]), activation,
               "is it taken after the activation, over samples and units together, and does the "
               "next layer get what the activation returns?")  # fmt: skip


@pytest.mark.task("init")
@pytest.mark.parametrize(
    ("n", "widths"),
    [(3, [4, 2]), (9, [3, 1, 4]), (1, [6, 5, 7]), (1031, [2, 3]), (5, [70, 131, 90]),
     (4, [3] * 31), (5, [5, 5, 5])],
    ids=["one_layer", "one_unit", "one_sample", "many_samples", "many_units", "many_layers",
         "square"],
)  # fmt: skip
def test_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, n: int, widths: list[int]
) -> None:
    """The network may have any number of layers, units and samples."""
    check_call(submission, draw(rng, device, n, widths), "wave",
               "is a size fixed, or are the weights the wrong way round?")  # fmt: skip


@pytest.mark.task("init", weight=0.5, needs="test_stds")
@pytest.mark.parametrize("gain", [1e-4, 50.0], ids=["vanishing", "exploding"])
def test_vanishing_and_exploding(
    submission: Any, rng: torch.Generator, device: torch.device, gain: float
) -> None:
    """Standard deviations that shrink or grow from layer to layer are returned as they are."""
    check_call(submission, draw(rng, device, 6, [5, 6, 4, 5, 6], gain), "identity",
               "is something clipped, rounded or normalised?")  # fmt: skip


@pytest.mark.task("init", weight=0.5, needs="test_stds")
@pytest.mark.parametrize("scale", [1e-6, 1e4], ids=["small", "large"])
def test_inputs_of_any_size(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """x may be tiny or large, and may hold zeros."""
    weights, x = draw(rng, device, 6, [5, 6, 4])
    x[1] = 0.0
    check_call(submission, (weights, scale * x), "wave", "is something clipped or rounded?")


@pytest.mark.task("init", weight=0.5, needs="test_stds")
def test_zero_weights(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """After a layer of zeros nothing varies any more."""
    weights, x = draw(rng, device, 6, [5, 6, 4, 3])
    weights[1] = torch.zeros_like(weights[1])
    check_call(submission, (weights, x), "tanh", "equal outputs have the standard deviation 0")


@pytest.mark.task("init", needs="test_stds")
def test_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """float32 weights and inputs work as well as any."""
    weights, x = draw(rng, device, 7, [5, 8, 6])
    single = ([weight.float() for weight in weights], x.float())
    check_call(submission, single, "tanh", "is a dtype fixed somewhere in the code?", rtol=1e-4)


@pytest.mark.task("init", weight=0.5, needs="test_stds")
def test_views(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Weights and inputs may be transposed views, whose entries do not lie row by row."""
    weights, x = draw(rng, device, 7, [5, 8, 6])
    turned = [weight.T.contiguous().T for weight in weights]
    check_call(
        submission, (turned, x.T.contiguous().T), "relu", "is a view read in its order in memory?"
    )


@pytest.mark.task("init", weight=0.5, needs="test_stds")
def test_parameters(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The weights may be a model's own parameters, which ask for gradients."""
    drawn = draw(rng, device, 7, [5, 8, 6])
    expected = reference(*drawn, "tanh")
    found = submission.drive(drivers_06.stds_of_parameters, *drawn, "tanh")
    check(found, expected, "gradients are not needed here")


@pytest.mark.task("init", weight=0.5, needs="test_stds")
def test_arguments_stay(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The list of weights, the weights and x are as before, and a second call gives the same."""
    weights, x = draw(rng, device, 7, [5, 8, 6, 4])
    expected = reference(weights, x, "relu")
    after = submission.drive(drivers_06.stds_and_arguments, weights, x, "relu")
    found, left, x_left = expect.items(after, what="the result and the arguments", length=3)
    check(found, expected, "is something kept from the first call?")
    expect.unchanged(x, expect.tensor(x_left, what="x"), what="x")
    left = expect.items(left, what="the list of weights after the call", length=len(weights))
    for level, (before, weight) in enumerate(zip(weights, left, strict=True), 1):
        expect.unchanged(before, expect.tensor(weight, what=f"W_{level}"), what=f"W_{level}")


@pytest.mark.task("init", weight=0.5, needs="test_stds")
def test_stds_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The result depends on the arguments alone, even after they were changed in place."""
    weights, x = draw(rng, device, 7, [5, 8, 6])
    calls = submission.drive(drivers_06.stds_around_a_step, weights, x, "tanh")
    for found, factor in zip(
        expect.items(calls, what="two calls", length=2), (1.0, -0.75), strict=True
    ):
        expected = reference([factor * weight for weight in weights], factor * x, "tanh")
        check(found, expected, "is a result kept for tensors that look the same?")
