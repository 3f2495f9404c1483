"""`ResidualBlock` against x + linear(ReLU(linear(x))), and what its skip connection is for."""

from __future__ import annotations

from typing import Any

import judging_03 as judging
import pytest
import torch
from cases_03 import MAGNITUDES, MANY_ROWS, PLAIN, SINGLE, Case
from networks_03 import BLOCK, draw, to_cpu
from weights_03 import build, fill, trainable

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_block_values"
WIDTHS = {
    "one_unit": Case(sizes=(1,)),
    "many_units": Case(sizes=(70,)),
    "very_many_units": Case(sizes=(140,), training=True),
    "square": Case(rows=4, sizes=(4,)),
}
SIZES = {**WIDTHS, **MANY_ROWS}


def zeroed(submission: Any, width: int, device: torch.device) -> Any:
    """A block in which every trainable number is 0."""
    module = build(submission, BLOCK, device, sizes=(width,))
    if not trainable(module):
        raise Mismatch(
            "ResidualBlock(…) has no trainable weights: assign its layers to self in __init__"
        )
    with torch.no_grad():
        for parameter in trainable(module):
            parameter.zero_()
    return module


@pytest.mark.task("residual_block", weight=5)
@pytest.mark.parametrize("case", PLAIN.values(), ids=PLAIN)
def test_block_values(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """With any weights, the block is x plus linear, ReLU, linear
    of x, for one sample as for many, in both modes.
    """
    judging.check_case(submission, BLOCK, case, rng, device)


@pytest.mark.task("residual_block", weight=3, needs=VALUES)
@pytest.mark.parametrize("width", [2, 5, 1, 70], ids=["notebook", "wide", "single", "very_wide"])
def test_block_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, width: int
) -> None:
    """In a new ResidualBlock of any width both layers have identity weights and zero biases."""
    judging.check_start(submission, BLOCK, (width,), rng, device)


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
@pytest.mark.parametrize("rows", [8, 1], ids=["batch", "one_sample"])
def test_block_without_branch_is_identity(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """With all weights and biases at 0, only the skip connection
    is left: the block returns its input.
    """
    x = draw(rng, device, rows, 4)
    output = zeroed(submission, 4, device).eval()(x.clone())
    judging.check(
        output, to_cpu(x), x, BLOCK.output, "is the input added to what the layers make of it?"
    )


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
def test_block_without_branch_passes_gradient(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """With all weights at 0 the gradient goes through the skip connection, whole and alone."""
    x, upstream = draw(rng, device, 8, 4).requires_grad_(), draw(rng, device, 8, 4)
    found = expect.gradients(
        zeroed(submission, 4, device)(x), {"x": x}, upstream, what=BLOCK.output
    )
    hint = "is the skip connection detached, scaled, or not there?"
    judging.check(found["x"], to_cpu(upstream), x, "the gradient of x", hint)


@pytest.mark.task("residual_block", weight=2, needs=VALUES)
def test_block_with_every_relu_off(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """When every ReLU is off, the gradient still reaches x, over the skip connection."""
    module = build(submission, BLOCK, device, sizes=(4,))
    fill(module, BLOCK, rng, sizes=(4,))
    with torch.no_grad():
        for parameter in trainable(module):
            if parameter.squeeze().dim() == 1:
                parameter.fill_(-1e4)
    # A block with other parameters than a bias vector starts as identity: there it takes a negative
    # x.
    x = -draw(rng, device, 8, 4).abs() - 1
    x, upstream = x.requires_grad_(), draw(rng, device, 8, 4)
    found = expect.gradients(module(x), {"x": x}, upstream, what=BLOCK.output)
    hint = "the skip connection should pass the upstream gradient on as it is"
    judging.check(found["x"], to_cpu(upstream), x, "the gradient of x", hint)


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SIZES.values(), ids=SIZES)
def test_block_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """The block is right for a single unit and for many, and for more than a thousand rows."""
    judging.check_case(submission, BLOCK, case, rng, device, judging.ALL_OTHERS)


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", MAGNITUDES.values(), ids=MAGNITUDES)
def test_block_magnitudes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """The block saturates nowhere, and its ReLU bends at 0, however close to 0 its inputs are."""
    judging.check_case(
        submission, BLOCK, case, rng, device, "is it ReLU itself, with its bend at 0 and no other?"
    )


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
@pytest.mark.parametrize("case", SINGLE.values(), ids=SINGLE)
def test_block_float32(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """The block is right, and answers in float32, when its weights and its input are float32."""
    judging.check_case(submission, BLOCK, case, rng, device)


@pytest.mark.task("residual_block", weight=0.5, needs=VALUES)
def test_block_of_a_view(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A transposed view, whose rows do not lie in memory one
    after the other, is as good as any input.
    """
    judging.check_view(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=2, needs=VALUES)
def test_block_leaves_its_input_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The block leaves x as it was, also when it adds to it."""
    judging.check_input_unchanged(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=1, needs=VALUES)
def test_block_called_again(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """What a block was called with before makes no difference."""
    judging.check_many_calls(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=2, needs=VALUES)
def test_block_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient of x is that of the skip connection plus that of the branch."""
    judging.check_gradient_of_x(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=3, needs=VALUES)
def test_block_learns_by_its_gradients(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Gradient descent changes every weight and bias of both layers as it should."""
    judging.check_training(submission, BLOCK, rng, device)


@pytest.mark.task("residual_block", weight=0.5, needs=VALUES)
def test_block_objects_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Changing the weights of one block leaves another one as it is."""
    judging.check_independence(submission, BLOCK, rng, device)
