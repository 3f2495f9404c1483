"""`MLP` against its formula, with weights of ours in whatever parameters it has."""

from __future__ import annotations

from typing import Any

import networks_03 as networks
import pytest
import torch
from networks_03 import MLP


@pytest.mark.task("mlp")
@pytest.mark.parametrize(
    "sizes",
    [(2, 2, 2), (3, 6, 2), (6, 3, 4), (2, 7, 5), (3, 1, 1)],
    ids=["notebook", "wide", "narrow", "many_outputs", "single"],
)
def test_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """A new MLP of any sizes has identity weights and zero biases: it only cuts off what is negative."""
    networks.check_start(submission, MLP, sizes, rng, device)


@pytest.mark.task("mlp", weight=2)
@pytest.mark.parametrize("rows", [9, 1], ids=["batch", "one_sample"])
def test_mlp_values(submission: Any, rng: torch.Generator, device: torch.device, rows: int) -> None:
    """With any weights, MLP is linear, ReLU, linear, for one sample as for many."""
    networks.check_values(submission, MLP, networks.draw(rng, device, rows, 5), rng)


@pytest.mark.task("mlp")
def test_mlp_far_from_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """MLP saturates nowhere: large inputs give large outputs, of either sign."""
    networks.check_values(submission, MLP, 1e6 * networks.draw(rng, device, 7, 5), rng)


@pytest.mark.task("mlp")
def test_mlp_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """MLP answers in float32 when its weights and its input are float32."""
    networks.check_float32(submission, MLP, rng, device)


@pytest.mark.task("mlp")
def test_mlp_leaves_its_input_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """MLP leaves x as it was."""
    networks.check_input_unchanged(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=2)
def test_mlp_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient flows back to x through both layers and the ReLU between them."""
    networks.check_gradient_of_x(submission, MLP, rng, device)


@pytest.mark.task("mlp", weight=2)
def test_mlp_gradient_of_weights(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Training can change every weight and bias of MLP: each gets its gradient."""
    networks.check_gradient_of_weights(submission, MLP, rng, device)


@pytest.mark.task("mlp")
def test_mlp_objects_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Changing the weights of one MLP leaves another one as it is."""
    networks.check_independence(submission, MLP, rng, device)
