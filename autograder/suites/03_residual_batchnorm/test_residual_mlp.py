"""`ResidualMLP`: linear, two residual blocks, linear. How the blocks start is judged with the block alone."""

from __future__ import annotations

from typing import Any

import networks_03 as networks
import pytest
import torch
from networks_03 import RESIDUAL, draw


@pytest.mark.task("residual_mlp")
@pytest.mark.parametrize("sizes", [(2, 3, 2), (6, 3, 4), (3, 7, 5)], ids=["wide", "narrow", "wider"])
def test_residual_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The first and the last layer of a new ResidualMLP of any sizes have identity weights and zero biases."""
    networks.check_outer_start(submission, RESIDUAL, sizes, rng, device)


@pytest.mark.task("residual_mlp", weight=2)
@pytest.mark.parametrize("rows", [9, 1], ids=["batch", "one_sample"])
def test_residual_mlp_values(submission: Any, rng: torch.Generator, device: torch.device, rows: int) -> None:
    """With any weights, ResidualMLP is linear, two residual blocks in a row, linear, for one sample as for many."""
    networks.check_values(submission, RESIDUAL, draw(rng, device, rows, 5), rng)


@pytest.mark.task("residual_mlp")
def test_residual_mlp_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """ResidualMLP answers in float32 when its weights and its input are float32."""
    networks.check_float32(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp")
def test_residual_mlp_leaves_its_input_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """ResidualMLP leaves x as it was."""
    networks.check_input_unchanged(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp")
def test_residual_mlp_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient flows back to x through all layers and both skip connections."""
    networks.check_gradient_of_x(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp", weight=2)
def test_residual_mlp_gradient_of_weights(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The two blocks have weights of their own, and training can change all of them."""
    networks.check_gradient_of_weights(submission, RESIDUAL, rng, device)


@pytest.mark.task("residual_mlp")
def test_residual_mlp_objects_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Changing the weights of one ResidualMLP leaves another one as it is."""
    networks.check_independence(submission, RESIDUAL, rng, device)
