"""`MLP` against its formula, with weights of ours in whatever parameters it has."""

from __future__ import annotations

from typing import Any

import judging_03 as judging
import pytest
import torch
from cases_03 import MAGNITUDES, PLAIN, SINGLE, SIZES, Case
from networks_03 import MLP

VALUES = "test_mlp_values"


@pytest.mark.task("mlp", weight=5)
@pytest.mark.parametrize("case", PLAIN.values(), ids=PLAIN)
def test_mlp_values(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """With any weights, MLP is linear, ReLU, linear, for one sample as for many, in both modes."""
    judging.check_case(submission, MLP, case, rng, device)


@pytest.mark.task("mlp", weight=3, needs=VALUES)
@pytest.mark.parametrize(
    "sizes",
    [(2, 2, 2), (3, 6, 2), (6, 3, 4), (2, 7, 5), (3, 1, 1), (2, 70, 2)],
    ids=["notebook", "wide", "narrow", "many_outputs", "single", "very_wide"],
)
def test_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """A new MLP of any sizes has identity weights and zero
    biases: it only cuts off what is negative.
    """
    judging.check_start(submission, MLP, sizes, rng, device)


@pytest.mark.task("mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SIZES.values(), ids=SIZES)
def test_mlp_sizes(submission: Any, rng: torch.Generator, device: torch.device, case: Case) -> None:
    """MLP is right for a single hidden unit and for many, and for more than a thousand rows."""
    judging.check_case(submission, MLP, case, rng, device, judging.ALL_OTHERS)


@pytest.mark.task("mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", MAGNITUDES.values(), ids=MAGNITUDES)
def test_mlp_magnitudes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """MLP saturates nowhere, and its ReLU bends at 0, however close to 0 its inputs are."""
    judging.check_case(
        submission, MLP, case, rng, device, "is it ReLU itself, with its bend at 0 and no other?"
    )


@pytest.mark.task("mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SINGLE.values(), ids=SINGLE)
def test_mlp_float32(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """MLP is right, and answers in float32, when its weights and its input are float32."""
    judging.check_case(submission, MLP, case, rng, device)


@pytest.mark.task("mlp", weight=0.5, needs=VALUES)
def test_mlp_of_a_view(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A transposed view, whose rows do not lie in memory one
    after the other, is as good as any input.
    """
    judging.check_view(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=1, needs=VALUES)
def test_mlp_leaves_its_input_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """MLP leaves x as it was."""
    judging.check_input_unchanged(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=1, needs=VALUES)
def test_mlp_called_again(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """What MLP was called with before makes no difference."""
    judging.check_many_calls(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=2, needs=VALUES)
def test_mlp_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient flows back to x through both layers and the ReLU between them."""
    judging.check_gradient_of_x(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=3, needs=VALUES)
def test_mlp_learns_by_its_gradients(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Gradient descent changes every weight and bias of MLP as it should."""
    judging.check_training(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=0.5, needs=VALUES)
def test_mlp_objects_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Changing the weights of one MLP leaves another one as it is."""
    judging.check_independence(submission, MLP, rng, device)
