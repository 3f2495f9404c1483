"""`ResidualBlock` against x + linear(ReLU(linear(x))), and what its skip connection is for."""

from __future__ import annotations

from typing import Any

import networks_03 as networks
import pytest
import torch
from networks_03 import BLOCK, build, draw

from course_lib import expect
from course_lib.expect import Mismatch


def zeroed(submission: Any, width: int, device: torch.device) -> Any:
    """A block in which every trainable number is 0."""
    module = build(submission, BLOCK.name, width, device=device)
    if not networks.trainable(module):
        raise Mismatch("ResidualBlock(…) has no trainable weights: assign its layers to self in __init__")
    with torch.no_grad():
        for parameter in networks.trainable(module):
            parameter.zero_()
    return module


@pytest.mark.task("residual_block")
@pytest.mark.parametrize("width", [2, 5, 1], ids=["notebook", "wide", "single"])
def test_block_starts_as_identity(submission: Any, rng: torch.Generator, device: torch.device, width: int) -> None:
    """In a new ResidualBlock of any width both layers have identity weights and zero biases."""
    networks.check_start(submission, BLOCK, (width,), rng, device)


@pytest.mark.task("residual_block")
@pytest.mark.parametrize("rows", [8, 1], ids=["batch", "one_sample"])
def test_block_without_branch_is_identity(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """With all weights and biases at 0, only the skip connection is left: the block returns its input."""
    x = draw(rng, device, rows, 4)
    output = zeroed(submission, 4, device).eval()(x.clone())
    networks.check(output, networks.to_cpu(x), x, BLOCK.output, "is the input added to what the layers make of it?")


@pytest.mark.task("residual_block")
def test_block_without_branch_passes_gradient(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """With all weights at 0 the gradient goes through the skip connection, whole and alone."""
    x, upstream = draw(rng, device, 8, 4).requires_grad_(), draw(rng, device, 8, 4)
    found = expect.gradients(zeroed(submission, 4, device)(x), {"x": x}, upstream, what=BLOCK.output)
    hint = "is the skip connection detached, scaled, or not there?"
    networks.check(found["x"], networks.to_cpu(upstream), x, "the gradient of x", hint)


@pytest.mark.task("residual_block", weight=2)
@pytest.mark.parametrize("rows", [9, 1], ids=["batch", "one_sample"])
def test_block_values(submission: Any, rng: torch.Generator, device: torch.device, rows: int) -> None:
    """With any weights, the block is x plus linear, ReLU, linear of x, for one sample as for many."""
    networks.check_values(submission, BLOCK, draw(rng, device, rows, 4), rng)


@pytest.mark.task("residual_block")
def test_block_far_from_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The block saturates nowhere: large inputs give large outputs, of either sign."""
    networks.check_values(submission, BLOCK, 1e6 * draw(rng, device, 9, 4), rng)


@pytest.mark.task("residual_block")
def test_block_with_every_relu_off(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When every ReLU is off, the gradient still reaches x, over the skip connection."""
    module = build(submission, BLOCK.name, 4, device=device)
    networks.fill(module, BLOCK.name, (4,), rng)
    with torch.no_grad():
        for parameter in networks.trainable(module):
            if parameter.squeeze().dim() == 1:
                parameter.fill_(-1e4)
    # A block with other parameters than a bias vector starts as identity: there it takes a negative x.
    x = -draw(rng, device, 8, 4).abs() - 1
    x, upstream = x.requires_grad_(), draw(rng, device, 8, 4)
    found = expect.gradients(module(x), {"x": x}, upstream, what=BLOCK.output)
    hint = "the skip connection should pass the upstream gradient on as it is"
    networks.check(found["x"], networks.to_cpu(upstream), x, "the gradient of x", hint)


@pytest.mark.task("residual_block")
def test_block_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The block answers in float32 when its weights and its input are float32."""
    networks.check_float32(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=2)
def test_block_leaves_its_input_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The block leaves x as it was, also when it adds to it."""
    networks.check_input_unchanged(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=2)
def test_block_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient of x is that of the skip connection plus that of the branch."""
    networks.check_gradient_of_x(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=2)
def test_block_gradient_of_weights(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Training can change both layers of the block: every weight and bias gets its gradient."""
    networks.check_gradient_of_weights(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block")
def test_block_objects_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Changing the weights of one block leaves another one as it is."""
    networks.check_independence(submission, BLOCK, rng, device)
