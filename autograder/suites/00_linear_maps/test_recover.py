"""`recover` is judged by the angle and the translation of the layers that it gets."""

from __future__ import annotations

from typing import Any

import drivers_00
import numbers_00
import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_recover_angle"
DEGREES, TRANSLATION = 0.5, 0.05
"""How far an answer may be off."""
WHERE = "which entries of w are cosines, and which one is the sine without a minus?"
MOVE = "which part of the layer moves every point by the same amount?"
Numbers = tuple[torch.Tensor, torch.Tensor]


def numbers(
    degrees: float,
    move: list[float],
    device: torch.device,
    dtype: torch.dtype = torch.float32,
    size: float = 1.0,
) -> Numbers:
    """The weights and the bias of a layer that turns and moves; `size` stretches a little."""
    weight = size * numbers_00.rotation(degrees).T
    bias = torch.tensor(move, dtype=torch.float64)
    return weight.to(device, dtype).contiguous(), bias.to(device, dtype)


def some_move(rng: torch.Generator) -> list[float]:
    """Two different numbers that are no whole ones, of different sizes and either sign."""
    signs = [1 - 2 * int(torch.randint(0, 2, (1,), generator=rng)) for _ in range(2)]
    return [
        signs[0] * (1 + numbers_00.between(rng, 0.3, 0.7)),
        signs[1] * (4 + numbers_00.between(rng, 0.3, 0.7)),
    ]


def check(found: object, degrees: float, move: list[float], hint: str = WHERE) -> None:
    """Compare an answer with an angle, modulo a full turn, and a translation."""
    first, second = expect.items(found, what="recover(layer)", length=2)
    angle = expect.number(first, what="degrees")
    if abs((angle - degrees + 180) % 360 - 180) > DEGREES:
        raise Mismatch(f"degrees is not the angle of the layer: {hint}")
    if not -180.001 <= angle <= 180.001:  # in float32, 180° may come out as −180°
        raise Mismatch("degrees is not between −180 and 180: take a full turn off, or add one")
    translation = expect.values(second, what="translation", shape=(2,))
    expected = torch.tensor(move, dtype=torch.float64)
    hint = MOVE if hint == WHERE else hint
    expect.close(translation, expected, what="translation", rtol=0, atol=TRANSLATION, hint=hint)


@pytest.mark.task("recover", weight=6)
@pytest.mark.parametrize("start", [0, 90, -90, -180])
def test_recover_angle(
    submission: Any, rng: torch.Generator, device: torch.device, start: int
) -> None:
    """recover finds the angle and the translation, for angles in each quarter of a full turn."""
    for low in (15, 60):
        size = low + int(torch.randint(0, 15, (1,), generator=rng))
        # Off whole degrees, so that what cuts off the decimals is wrong by more than half a degree.
        degrees = start + size + (0.25 if start < 0 else 0.75)
        move = some_move(rng)
        check(
            submission.drive(drivers_00.recovered, *numbers(degrees, move, device)), degrees, move
        )


@pytest.mark.task("recover", weight=1, needs=VALUES)
@pytest.mark.parametrize("degrees", [0.0, 90.0, -90.0, 180.0, 179.0, -179.0, 0.8, -0.8])
def test_recover_quarter_turns(
    submission: Any, rng: torch.Generator, device: torch.device, degrees: float
) -> None:
    """Quarter turns, and angles beside them, are found as well."""
    move = some_move(rng)
    found = submission.drive(drivers_00.recovered, *numbers(degrees, move, device))
    check(found, degrees, move, "is something divided by 0, or one of sine and cosine left out?")


@pytest.mark.task("recover", weight=2, needs=VALUES)
@pytest.mark.parametrize("size", [1.008, 0.992], ids=["larger", "smaller"])
@pytest.mark.parametrize("base", [0, 90, -90, 178])
def test_recover_of_a_trained_layer(
    submission: Any, rng: torch.Generator, device: torch.device, size: float, base: int
) -> None:
    """recover works, too, for a layer whose map is only correct to about a hundredth, as after
    training."""
    degrees, move = base + numbers_00.between(rng, 0.3, 1.5), some_move(rng)
    weight, bias = numbers(degrees, move, device, size=size)
    noise = 0.001 * (2 * torch.rand(2, 2, generator=rng) - 1)
    found = submission.drive(drivers_00.recovered, weight + noise.to(device), bias)
    check(found, degrees, move, "are entries above 1 possible, and are small angles found exactly?")


@pytest.mark.task("recover", weight=1, needs=VALUES)
@pytest.mark.parametrize(
    "move",
    [[0.0, 0.0], [0.0, -3.4], [-2.6, -2.6], [612.3, -845.7], [0.4, 0.3]],
    ids=["none", "one_way", "equal", "far", "near"],
)
def test_recover_translations(
    submission: Any, rng: torch.Generator, device: torch.device, move: list[float]
) -> None:
    """The translation is found whatever its size: none, along one axis, or a long way."""
    degrees = numbers_00.between(rng, 20.0, 70.0)
    found = submission.drive(drivers_00.recovered, *numbers(degrees, move, device))
    check(found, degrees, move, "is the translation read off the layer alone?")


@pytest.mark.task("recover", weight=1, needs=VALUES)
def test_recover_double_precision(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The layer may be in float64."""
    for start in (20.0, -160.0):
        degrees, move = start + numbers_00.between(rng, 0.0, 50.0), some_move(rng)
        given = numbers(degrees, move, device, torch.float64)
        found = submission.drive(drivers_00.recovered, *given)
        check(found, degrees, move, "is it right for float64 too?")


@pytest.mark.task("recover", weight=0.5, needs=VALUES)
def test_recover_of_a_frozen_layer(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The layer may be in evaluation mode and ask for no gradients."""
    degrees, move = numbers_00.between(rng, 20.0, 70.0), some_move(rng)
    given = numbers(degrees, move, device)
    found = submission.drive(drivers_00.recovered_frozen, *given)
    check(found, degrees, move, "does recover need the gradients of the layer?")


@pytest.mark.task("recover", weight=1, needs=VALUES)
def test_recover_called_again(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Earlier layers make no difference, nor do the earlier numbers of this one."""
    angles = [start + numbers_00.between(rng, 0.0, 40.0) for start in (20, -120, 120, -70) * 3]
    moves = [some_move(rng) for _ in angles]
    given = [numbers(a, move, device) for a, move in zip(angles, moves, strict=True)]
    found = submission.drive(drivers_00.recovered_around_a_step, given)
    answers = expect.items(found, what="the answers of several calls", length=len(given))
    for answer, degrees, move in zip(answers, angles, moves, strict=True):
        check(answer, degrees, move, "is something kept from an earlier call?")


@pytest.mark.task("recover", weight=1, needs=VALUES)
def test_recover_leaves_the_layer_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The layer is the same after the call as before."""
    for start in (20.0, 110.0, -70.0):
        degrees, move = start + numbers_00.between(rng, 0.0, 50.0), some_move(rng)
        weight, bias = numbers(degrees, move, device)
        after = submission.drive(drivers_00.layer_after, weight, bias)
        new_weight, new_bias, flags = expect.items(after, what="the layer", length=3)
        for name, old, new in (("weights", weight, new_weight), ("bias", bias, new_bias)):
            found = expect.tensor(new, what=f"the layer's {name} after the call")
            expect.unchanged(old, found, what=f"layer (its {name})")
        if flags != [True] * 5:
            raise Mismatch(
                "the call changed the layer: its parameters, their requires_grad or .grad, or its "
                "mode"
            )
