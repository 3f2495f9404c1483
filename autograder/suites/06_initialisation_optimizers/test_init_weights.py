"""`init_weights` by the distribution of its numbers."""

from __future__ import annotations

from typing import Any

import drivers_06
import pytest
import torch
from walking_06 import seed_of

from course_lib import expect
from course_lib.expect import Mismatch

DRAWN = "init_weights(…)"
SAME = f"{DRAWN} gives the same numbers twice: is a seed set inside?"
SCHEMES = ["zeros", "xavier", "he"]
random_ones = pytest.mark.parametrize("scheme", SCHEMES[1:])


def variance(fan_out: int, fan_in: int, scheme: str) -> float:
    return 2 / (fan_in + fan_out) if scheme == "xavier" else 2 / fan_in


def matrix(found: object, fan_out: int, fan_in: int) -> torch.Tensor:
    """A matrix of weights, in float64."""
    weight = expect.tensor(found, what=DRAWN, shape=(fan_out, fan_in))
    if weight.dtype not in expect.FLOATS:
        raise Mismatch(f"{DRAWN} holds whole numbers, expected floating-point ones")
    values = expect.values(weight, what=DRAWN)
    expect.finite(values, what=DRAWN)
    return values


def check_scale(values: torch.Tensor, expected: float, hint: str) -> None:
    """Compare mean and variance; with 8,000 numbers chance makes 0.016 of the variance."""
    if len(set(values.flatten().tolist())) < 0.9 * values.numel():
        raise Mismatch(f"many numbers of {DRAWN} are equal: is each one drawn by itself?")
    if abs(float(values.mean())) > 0.2 * expected**0.5:
        raise Mismatch(f"the numbers of {DRAWN} are not around 0: their mean is to be 0")
    if not 0.9 * expected < float(values.square().mean()) < 1.1 * expected:
        raise Mismatch(f"the numbers of {DRAWN} vary too much, or too little: {hint}")


def some(submission: Any, fan_out: int, fan_in: int, scheme: str, seed: int) -> torch.Tensor:
    (found,) = submission.drive(drivers_06.draws, fan_out, fan_in, scheme, seed, 1)
    return matrix(found, fan_out, fan_in)


@pytest.mark.task("init", needs=("test_xavier", "test_he"))
def test_zeros(submission: Any, rng: torch.Generator) -> None:
    """With "zeros" every weight is 0."""
    for fan_out, fan_in in ((4, 3), (1, 1), (20, 70)):
        found = some(submission, fan_out, fan_in, "zeros", seed_of(rng))
        if bool((found != 0).any()):
            raise Mismatch(f'{DRAWN} with "zeros" holds other numbers than 0')


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
        what=f"many results of {DRAWN}",
        shape=(1500, fan_out * fan_in),
    )
    expect.finite(found, what=DRAWN)
    if bool((found == found[0]).all()):
        raise Mismatch(SAME)
    right = variance(fan_out, fan_in, scheme)
    # 1,500 numbers at least: chance makes 0.037 of it.
    if not 0.75 * right < float(found.square().mean()) < 1.25 * right:
        raise Mismatch(
            f"the numbers of {DRAWN} for a layer of few units vary too much, or too little: is a "
            "number of units changed before the division, or are the drawn numbers rescaled?"
        )


@pytest.mark.task("init", weight=1.5, needs=("test_xavier", "test_he"))
@random_ones
def test_normal(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """The random weights are normal: around 0, most of them small, a few of them large."""
    found = some(submission, 150, 150, scheme, seed_of(rng))
    z = found / found.square().mean().sqrt()
    if abs(float(z.mean())) > 0.04:
        raise Mismatch(f"the numbers of {DRAWN} are not around 0")
    if not 2.8 < float(z.pow(4).mean()) < 3.2 or abs(float(z.pow(3).mean())) > 0.1:
        raise Mismatch(
            f"the numbers of {DRAWN} are not from a normal distribution: is it a uniform one, or "
            "one that is cut off?"
        )
    if (
        len(set(found.flatten().tolist())) < 0.9 * found.numel()
        or float(z.mean(dim=1).std()) > 0.12
    ):
        raise Mismatch(f"the numbers of {DRAWN} are not drawn independently")


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
        raise Mismatch(f"{DRAWN} differs for equal generators: does it draw from this one?")
    if bool((first == other).any()):
        raise Mismatch(f"{DRAWN} is the same for two generators: is a seed set inside?")


@pytest.mark.task("init", weight=1.5, needs=("test_xavier", "test_he"))
@random_ones
def test_generator_goes_on(submission: Any, rng: torch.Generator, scheme: str) -> None:
    """Layers that are made with the same generator one after the other differ."""
    made = submission.drive(drivers_06.draws, 4, 6, scheme, seed_of(rng), 3)
    first, second, third = (
        matrix(found, 4, 6) for found in expect.items(made, what="three results", length=3)
    )
    if any(bool((one == two).any()) for one, two in ((first, second), (second, third))):
        raise Mismatch(SAME)
