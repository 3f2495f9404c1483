"""`gradient_norms` against autograd; a driver passes the activation to the student's function."""

from __future__ import annotations

from typing import Any

import drivers_02
import pytest
import torch
from norms_02 import Network, draw, network, reference

from course_lib import expect
from course_lib.expect import Mismatch

CALL = "gradient_norms(weights, x, activation)"


def check(found: object, expected: torch.Tensor, hint: str, rtol: float = 1e-10) -> None:
    for level, norm in enumerate(
        expect.items(found, what=f"the list from {CALL}", length=len(expected))
    ):
        what = f"entry {level}, the norm of the gradient of h_{level},"
        single = torch.tensor(expect.number(norm, what=what), dtype=torch.float64)
        expect.close(single, expected[level], what=what, rtol=rtol, atol=1e-200, hint=hint)


def check_call(
    submission: Any, network: Network, activation: str, hint: str, rtol: float = 1e-10
) -> None:
    expected = reference(*network, activation)
    check(submission.drive(drivers_02.norms, *network, activation), expected, hint, rtol)


@pytest.mark.task("gradient_norms", weight=4)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_norms(
    submission: Any, rng: torch.Generator, device: torch.device, activation: str
) -> None:
    """Entry l is the size of the gradient of S with respect to
    h_l, all its entries taken together.
    """
    n, widths = (3, [3, 5, 4, 2]) if activation == "relu" else (4, [3, 6, 5, 7, 2])
    drawn = network(rng, device, n, widths, activation, 6.0 if activation == "sigmoid" else 1.0)
    hint = (
        "it is the root of the sum of squares over all samples and units; S is a sum over "
        "all of h_L"
    )
    check_call(submission, drawn, activation, hint)


@pytest.mark.task("gradient_norms")
@pytest.mark.parametrize("activation", ["softplus", "wave", "identity"])
def test_any_activation(
    submission: Any, rng: torch.Generator, device: torch.device, activation: str
) -> None:
    """The activation may be any function of a tensor, or a module."""
    drawn = network(
        rng, device, 5, [4, 3, 6, 3], activation, 3.0 if activation == "softplus" else 1.0
    )
    check_call(
        submission,
        drawn,
        activation,
        "is the activation in use the one that was given, in every layer?",
    )


@pytest.mark.task("gradient_norms")
def test_one_layer(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A network with one layer has one norm: that of the gradient of x."""
    check_call(
        submission,
        network(rng, device, 5, [4, 3], "tanh"),
        "tanh",
        "h_0 is x itself, and the last layer has an activation",
    )


@pytest.mark.task("gradient_norms")
def test_one_sample(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A single sample, (1, inputs), is enough."""
    check_call(
        submission,
        network(rng, device, 1, [3, 5, 4], "tanh"),
        "tanh",
        "is a dimension of size 1 lost?",
    )


@pytest.mark.task("gradient_norms")
def test_layers_of_one_unit(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A chain of single units is a network as well."""
    check_call(
        submission,
        network(rng, device, 3, [1, 1, 1, 1], "wave", 1.5),
        "wave",
        "is a dimension of size 1 lost?",
    )


@pytest.mark.task("gradient_norms")
def test_square_layers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """In a network whose layers are all of the same width each weight is still transposed."""
    check_call(
        submission,
        network(rng, device, 4, [4, 4, 4, 4], "tanh"),
        "tanh",
        "h_l is activation(h_{l-1} W_lᵀ)",
    )


@pytest.mark.task("gradient_norms")
def test_many_layers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """In a deep network with sigmoids the norms shrink far, and each one is still told exactly."""
    deep = draw(rng, device, 3, [4] + [5] * 24 + [2])
    check_call(
        submission, deep, "sigmoid", "is something rounded, or is a small number added?", rtol=1e-8
    )


@pytest.mark.task("gradient_norms")
def test_growing_gradient(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Large weights make the norms grow from layer to layer, and nothing is clipped."""
    drawn = draw(rng, device, 3, [3, 6, 5, 6, 4], gain=50.0)
    check_call(submission, drawn, "identity", "is something clipped or normalised?")


@pytest.mark.task("gradient_norms", weight=0.5, needs="test_norms")
@pytest.mark.parametrize("scale", [1e-5, 1.0, 40.0, 1e4], ids=str)
def test_inputs_of_any_size(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """x may be tiny or large, may hold zeros, and may be a view
    whose entries do not lie in memory row by row.
    """
    weights, x = draw(rng, device, 5, [3, 6])
    x[1] = 0.0
    x = (scale * x).T.contiguous().T
    check_call(
        submission,
        (weights, x),
        "wave",
        "is something clipped, rounded or taken for missing?",
        rtol=1e-8,
    )


@pytest.mark.task("gradient_norms", needs="test_norms")
def test_dead_last_layer(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When every unit of the last layer is dead, no gradient gets anywhere: each norm is 0."""
    weights, x = draw(rng, device, 4, [3, 5, 4])
    off = ([weights[0].abs() + 0.1, -weights[1].abs() - 0.1], x.abs() + 0.1)
    check_call(submission, off, "relu", "a gradient of 0 has a norm of 0")


@pytest.mark.task("gradient_norms")
def test_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """float32 weights and inputs are as good as any."""
    weights, x = network(rng, device, 5, [4, 6, 5, 4, 3], "tanh")
    single = ([weight.float() for weight in weights], x.float())
    check_call(submission, single, "tanh", "is a dtype fixed somewhere in the code?", rtol=1e-5)


@pytest.mark.task("gradient_norms")
def test_parameters(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The weights may be a model's own parameters, which ask for gradients themselves."""
    drawn = network(rng, device, 4, [3, 5, 2], "tanh")
    expected = reference(*drawn, "tanh")
    found = submission.drive(drivers_02.norms_of_parameters, *drawn, "tanh")
    check(found, expected, "the gradients of the weights are not asked for")


@pytest.mark.task("gradient_norms")
def test_second_call(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A second call with the same arguments gives the same norms."""
    drawn = network(rng, device, 4, [3, 5, 2], "tanh")
    expected = reference(*drawn, "tanh")
    calls = submission.drive(drivers_02.norms_twice, *drawn, "tanh")
    for found in expect.items(calls, what="two calls", length=2):
        check(
            found,
            expected,
            "do gradients of an earlier call stay in x.grad, where backward() adds to them?",
        )


@pytest.mark.task("gradient_norms")
def test_arguments_stay(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The list of weights, the weights and x are as they were before the call."""
    weights, x = network(rng, device, 12, [6, 5, 2], "tanh")
    expected = reference(weights, x, "tanh")
    after = submission.drive(drivers_02.norms_and_arguments, weights, x, "tanh")
    found, left, x_left = expect.items(after, what="the result and the arguments", length=3)
    expect.unchanged(x, expect.tensor(x_left, what="x"), what="x")
    left = expect.items(left, what="the list of weights after the call", length=len(weights))
    for level, (before, weight) in enumerate(zip(weights, left, strict=True), 1):
        expect.unchanged(before, expect.tensor(weight, what=f"W_{level}"), what=f"W_{level}")
    check(found, expected, "h_l is activation(h_{l-1} W_lᵀ)")
    for asking in (False, True):
        flags = submission.drive(drivers_02.norms_and_flags, weights, x, "tanh", asking)
        if flags != [asking] * len(weights) + [False, False]:
            raise Mismatch(
                "the call left requires_grad or .grad of x or of a weight changed, as backward() "
                "does"
            )


@pytest.mark.task("gradient_norms")
@pytest.mark.parametrize(
    ("n", "widths"),
    [(1031, [3, 4]), (3, [131, 137, 5]), (2, [6, 3, 3, 4])],
    ids=["many_samples", "many_units", "few_samples"],
)
def test_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, n: int, widths: list[int]
) -> None:
    """The norms take in every sample and every unit, however many there are."""
    drawn = network(rng, device, n, widths, "tanh") if n < 3 else draw(rng, device, n, widths)
    check_call(submission, drawn, "tanh", "is a size fixed, or are samples or units left out?")


@pytest.mark.task("gradient_norms", weight=0.5)
def test_calls_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The norms depend on the arguments alone, not on earlier
    calls, also after a step of training.
    """
    for widths in ([3, 5, 2], [3, 5, 2], [2, 4, 3, 3], [3, 5, 2]):
        drawn = network(rng, device, 4, widths, "tanh")
        check_call(submission, drawn, "tanh", "is something of an earlier call kept?")
    weights, x = drawn
    calls = submission.drive(drivers_02.norms_around_a_step, weights, x, "tanh")
    for found, factor in zip(
        expect.items(calls, what="two calls", length=2), (1.0, -0.75), strict=True
    ):
        expected = reference([factor * weight for weight in weights], factor * x, "tanh")
        check(found, expected, "is a result kept for tensors that look the same?")
