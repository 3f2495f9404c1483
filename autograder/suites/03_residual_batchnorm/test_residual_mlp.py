"""`ResidualMLP`: linear, two residual blocks, linear.

How the blocks start is judged with the block alone.
"""

from __future__ import annotations

from typing import Any

import judging_03 as judging
import pytest
import torch
from cases_03 import MAGNITUDES, PLAIN, SINGLE, SIZES, Case
from networks_03 import RESIDUAL

VALUES = "test_residual_mlp_values"


@pytest.mark.task("residual_mlp", weight=5)
@pytest.mark.parametrize("case", PLAIN.values(), ids=PLAIN)
def test_residual_mlp_values(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """With any weights, ResidualMLP is linear, two residual
    blocks in a row, linear, in both modes.
    """
    judging.check_case(submission, RESIDUAL, case, rng, device)


@pytest.mark.task("residual_mlp", weight=2, needs=VALUES)
@pytest.mark.parametrize(
    "sizes", [(2, 3, 2), (6, 3, 4), (3, 7, 5)], ids=["wide", "narrow", "wider"]
)
def test_residual_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The first and the last layer of a new ResidualMLP of any
    sizes have identity weights and zero biases.
    """
    judging.check_outer_start(submission, RESIDUAL, sizes, rng, device)


@pytest.mark.task("residual_mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SIZES.values(), ids=SIZES)
def test_residual_mlp_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """ResidualMLP is right for a single hidden unit and for
    many, and for more than a thousand rows.
    """
    judging.check_case(submission, RESIDUAL, case, rng, device, judging.ALL_OTHERS)


@pytest.mark.task("residual_mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", MAGNITUDES.values(), ids=MAGNITUDES)
def test_residual_mlp_magnitudes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """ResidualMLP saturates nowhere, and its ReLUs bend at 0, however close to 0 its inputs are."""
    judging.check_case(
        submission,
        RESIDUAL,
        case,
        rng,
        device,
        "are they ReLU itself, with its bend at 0 and no other?",
    )


@pytest.mark.task("residual_mlp", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SINGLE.values(), ids=SINGLE)
def test_residual_mlp_float32(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """ResidualMLP is right, and answers in float32, when its weights and its input are float32."""
    judging.check_case(submission, RESIDUAL, case, rng, device)


@pytest.mark.task("residual_mlp", weight=0.5, needs=VALUES)
def test_residual_mlp_of_a_view(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """A transposed view, whose rows do not lie in memory one
    after the other, is as good as any input.
    """
    judging.check_view(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=1, needs=VALUES)
def test_residual_mlp_leaves_its_input_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """ResidualMLP leaves x as it was."""
    judging.check_input_unchanged(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=1, needs=VALUES)
def test_residual_mlp_called_again(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What ResidualMLP was called with before makes no difference."""
    judging.check_many_calls(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=2, needs=VALUES)
def test_residual_mlp_gradient_of_x(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The gradient flows back to x through all layers and both skip connections."""
    judging.check_gradient_of_x(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=3, needs=VALUES)
def test_residual_mlp_learns_by_its_gradients(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The two blocks have weights of their own, and gradient
    descent changes all of them as it should.
    """
    judging.check_training(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=0.5, needs=VALUES)
def test_residual_mlp_objects_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Changing the weights of one ResidualMLP leaves another one as it is."""
    judging.check_independence(submission, RESIDUAL, rng, device)
