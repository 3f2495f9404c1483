"""`init_weights` by the distribution of its numbers, `activation_stds` by float64."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import drivers_06
import pytest
import torch
from walking_06 import seed_of

from course_lib import expect
from course_lib.expect import Mismatch

WEIGHTS, STDS = "init_weights(…)", "activation_stds(weights, x, activation)"
SCHEMES = ["zeros", "xavier", "he"]
random_ones = pytest.mark.parametrize("scheme", SCHEMES[1:])
Network = tuple[list[torch.Tensor], torch.Tensor]


def variance(fan_out: int, fan_in: int, scheme: str) -> float:
    return 2 / (fan_in + fan_out) if scheme == "xavier" else 2 / fan_in


def matrix(found: object, fan_out: int, fan_in: int) -> torch.Tensor:
    """A matrix of weights, in float64."""
    weight = expect.tensor(found, what=WEIGHTS, shape=(fan_out, fan_in))
    if weight.dtype not in expect.FLOATS:
        raise Mismatch(f"{WEIGHTS} holds whole numbers, expected floating-point ones")
    values = expect.values(weight, what=WEIGHTS)
    expect.finite(values, what=WEIGHTS)
    return values


def check_scale(values: torch.Tensor, expected: float, hint: str) -> None:
    """Compare the variance; with 8,000 numbers chance makes 0.016 of it."""
    if not 0.9 * expected < float(values.square().mean()) < 1.1 * expected:
        raise Mismatch(f"the numbers of {WEIGHTS} vary too much, or too little: {hint}")


def some(submission: Any, fan_out: int, fan_in: int, scheme: str, seed: int) -> torch.Tensor:
    (found,) = submission.drive(drivers_06.draws, fan_out, fan_in, scheme, seed, 1)
    return matrix(found, fan_out, fan_in)


@pytest.mark.task("init", needs=("test_xavier", "test_he"))
def test_zeros(submission: Any, rng: torch.Generator) -> None:
    """With "zeros" every weight is 0."""
    for fan_out, fan_in in ((4, 3), (1, 1), (20, 70)):
        found = some(submission, fan_out, fan_in, "zeros", seed_of(rng))
        if bool((found != 0).any()):
            raise Mismatch(f'{WEIGHTS} with "zeros" holds other numbers than 0')


@pytest.mark.task("init", weight=2)
@pytest.mark.parametrize(("fan_out", "fan_in"), [(200, 40), (40, 200), (90, 90)])
def test_xavier(submission: Any, rng: torch.Generator, fan_out: int, fan_in: int) -> None:
    """With "xavier" the variance is 2 divided by the number of inputs and outputs together."""
    found = some(submission, fan_out, fan_in, "xavier", seed_of(rng))
    hint = "is it the variance that is 2 / (fan_in + fan_out), and not the standard deviation?"
    check_scale(found, variance(fan_out, fan_in, "xavier"), hint)


@pytest.mark.task("init", weight=2)
@pytest.mark.parametrize(("fan_out", "fan_in"), [(200, 40), (40, 200), (90, 90)])
def test_he(submission: Any, rng: torch.Generator, fan_out: int, fan_in: int) -> None:
    """With "he" the variance is 2 divided by the number of inputs."""
    found = some(submission, fan_out, fan_in, "he", seed_of(rng))
    hint = "is it the variance that is 2 / fan_in, and fan_in the number of columns?"
    check_scale(found, variance(fan_out, fan_in, "he"), hint)


@pytest.mark.task("init", weight=1.5)
@random_ones
@pytest.mark.parametrize(
    ("fan_out", "fan_in"), [(1, 1), (1, 9), (9, 1), (3, 2)], ids=["1x1", "1x9", "9x1", "3x2"]
)
def test_small_layers(
    submission: Any, rng: torch.Generator, scheme: str, fan_out: int, fan_in: int
) -> None:
    """The variance is right in layers with one or a few units, too."""
    found = expect.values(
        submission.drive(drivers_06.many, fan_out, fan_in, scheme, seed_of(rng), 1500),
        what=f"many results of {WEIGHTS}",
        shape=(1500, fan_out * fan_in),
    )
    expect.finite(found, what=WEIGHTS)
    right = variance(fan_out, fan_in, scheme)
    # 1,500 numbers at least: chance makes 0.037 of it.
    if not 0.75 * right < float(found.square().mean()) < 1.25 * right:
        raise Mismatch(
            f"the numbers of {WEIGHTS} for a layer of few units vary too much, or too little: is a "
            "number of units changed before the division, or are the drawn numbers rescaled?"
        )


@pytest.mark.task("init", weight=1.5, needs=("test_xavier", "test_he"))
@random_ones
def test_normal(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """The random weights are normal: around 0, most of them small, a few of them large."""
    found = some(submission, 150, 150, scheme, seed_of(rng))
    z = found / found.square().mean().sqrt()
    if abs(float(z.mean())) > 0.04:
        raise Mismatch(f"the numbers of {WEIGHTS} are not around 0")
    if not 2.8 < float(z.pow(4).mean()) < 3.2 or abs(float(z.pow(3).mean())) > 0.1:
        raise Mismatch(
            f"the numbers of {WEIGHTS} are not from a normal distribution: is it a uniform one, or "
            "one that is cut off?"
        )
    if (
        len(set(found.flatten().tolist())) < 0.9 * found.numel()
        or float(z.mean(dim=1).std()) > 0.12
    ):
        raise Mismatch(f"the numbers of {WEIGHTS} are not drawn independently")


@pytest.mark.task("init", needs=("test_xavier", "test_he"))
@pytest.mark.parametrize("scheme", SCHEMES)
def test_shapes(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """The result has fan_out rows and fan_in columns, and holds floating-point numbers."""
    for fan_out, fan_in in ((1, 1), (1, 6), (6, 1), (3, 5), (131, 70)):
        some(submission, fan_out, fan_in, scheme, seed_of(rng))


@pytest.mark.task("init", weight=1.5, needs=("test_xavier", "test_he"))
@random_ones
def test_generator_decides(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """The same state of the generator gives the same weights, another state others."""
    seed = seed_of(rng)
    made = submission.drive(drivers_06.repeated, 4, 6, scheme, [seed, seed, seed + 1])
    first, again, other = (
        matrix(found, 4, 6) for found in expect.items(made, what="three results", length=3)
    )
    if not torch.equal(first, again):
        raise Mismatch(f"{WEIGHTS} differs for equal generators: does it draw from this one?")
    if bool((first == other).any()):
        raise Mismatch(f"{WEIGHTS} is the same for two generators: is a seed set inside?")


@pytest.mark.task("init", weight=1.5, needs=("test_xavier", "test_he"))
@random_ones
def test_generator_goes_on(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """Layers that are made with the same generator one after the other differ."""
    made = submission.drive(drivers_06.draws, 4, 6, scheme, seed_of(rng), 3)
    first, second, third = (
        matrix(found, 4, 6) for found in expect.items(made, what="three results", length=3)
    )
    if any(bool((one == two).any()) for one, two in ((first, second), (second, third))):
        raise Mismatch(f"{WEIGHTS} gives the same numbers twice: is a seed set inside?")


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
