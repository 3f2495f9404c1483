"""`ResidualBatchNormMLP`: a normalisation after each block. One after the first layer may be there or not.

Tolerances are wide, and batches large, so that a slip in an own `BatchNorm` is not paid for twice.
"""

from __future__ import annotations

from typing import Any

import drivers_03
import networks_03 as networks
import pytest
import torch
from networks_03 import RESIDUAL_BN, SIZES, Weights, build, draw, to_cpu

from course_lib import expect

ROWS = 64
TOLERANCE = 2e-2


def filled(submission: Any, rng: torch.Generator, device: torch.device) -> tuple[Any, Weights]:
    module = build(submission, RESIDUAL_BN.name, *SIZES, device=device)
    return module, networks.fill(module, RESIDUAL_BN.name, SIZES, rng)


def nearest(found: object, candidates: list[torch.Tensor]) -> int:
    """Which of the two networks that count as correct the result is nearest to."""
    shape = tuple(candidates[0].shape)
    result = to_cpu(expect.tensor(found, what=RESIDUAL_BN.output, shape=shape, dtype=candidates[0].dtype))
    expect.finite(result, what=RESIDUAL_BN.output)
    distances = [float((result - candidate.detach()).abs().max()) for candidate in candidates]
    return distances.index(min(distances))


@pytest.mark.task("residual_bn_mlp")
@pytest.mark.parametrize("sizes", [(2, 3, 2), (6, 3, 4), (3, 7, 5)], ids=["wide", "narrow", "wider"])
def test_residual_bn_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The first and the last layer of a new ResidualBatchNormMLP have identity weights and zero biases."""
    networks.check_outer_start(submission, RESIDUAL_BN, sizes, rng, device)


@pytest.mark.task("residual_bn_mlp", weight=3)
def test_residual_bn_mlp_training_mode(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """In training mode, each block is followed by a normalisation over the batch, and no other comes after them."""
    module, (layers, norm, _) = filled(submission, rng, device)
    x = 3 * draw(rng, device, ROWS, SIZES[0]) + 1
    candidates = [networks.residual_bn_mlp(to_cpu(x), layers, [norm] * count) for count in (2, 3)]
    output = module.train()(x.clone())
    expected = candidates[nearest(output, candidates)]
    hint = (
        "in training mode each of the two blocks should be followed by a batch normalisation, and then the last layer"
    )
    networks.check(output, expected, x, RESIDUAL_BN.output, hint, TOLERANCE)


@pytest.mark.task("residual_bn_mlp")
@pytest.mark.parametrize("rows", [5, 1], ids=["batch", "one_sample"])
def test_residual_bn_mlp_evaluation_mode(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """In evaluation mode, each normalisation uses the statistics that it has collected at its own place."""
    module, (layers, norm, _) = filled(submission, rng, device)
    seen, x = 3 * draw(rng, device, ROWS, SIZES[0]) + 1, 2 * draw(rng, device, rows, SIZES[0])
    candidates = [networks.residual_bn_mlp(to_cpu(x), layers, [norm] * count, seen=to_cpu(seen)) for count in (2, 3)]
    submission.drive(drivers_03.settle, module, seen, 100)
    output = module.eval()(x.clone())
    expected = candidates[nearest(output, candidates)]
    hint = "is one normalisation used at two places, or are no running statistics kept?"
    networks.check(output, expected, x, RESIDUAL_BN.output, hint, TOLERANCE)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_leaves_its_input_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """ResidualBatchNormMLP leaves x as it was."""
    networks.check_input_unchanged(submission, RESIDUAL_BN, rng, device)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """ResidualBatchNormMLP answers in float32 when its weights and its input are float32."""
    networks.check_float32(submission, RESIDUAL_BN, rng, device)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_gradient_of_x(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradient flows back to x through the statistics of both normalisations."""
    module, (layers, norm, _) = filled(submission, rng, device)
    x, upstream = 3 * draw(rng, device, ROWS, SIZES[0]), draw(rng, device, ROWS, SIZES[2])
    inner = to_cpu(x).requires_grad_()
    candidates = [networks.residual_bn_mlp(inner, layers, [norm] * count) for count in (2, 3)]
    gradients = [torch.autograd.grad(output, [inner], to_cpu(upstream))[0] for output in candidates]
    output = module.train()(x.requires_grad_())
    expected = gradients[nearest(output, candidates)]
    found = expect.gradients(output, {"x": x}, upstream, what=RESIDUAL_BN.output)
    hint = "is each normalisation where it belongs, and part of the graph?"
    networks.check(found["x"], expected, x, "the gradient of x", hint, TOLERANCE)


@pytest.mark.task("residual_bn_mlp", weight=2)
def test_residual_bn_mlp_gradient_of_weights(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Training can change every layer, scale and shift, and the two blocks have weights of their own."""
    module, weights = filled(submission, rng, device)
    x, upstream = 3 * draw(rng, device, ROWS, SIZES[0]), draw(rng, device, ROWS, SIZES[2])
    candidates, gradients = [], []
    for count in (2, 3):
        layers = [(weight.clone().requires_grad_(), bias.clone().requires_grad_()) for weight, bias in weights.layers]
        norms = [tuple(value.clone().requires_grad_(weights.affine) for value in weights.norm) for _ in range(count)]
        leaves = [value for pair in (*layers, *norms) for value in pair if value.requires_grad]
        candidates.append(networks.residual_bn_mlp(to_cpu(x), layers, [(a, b) for a, b in norms]))
        gradients.append(networks.sorted_gradients(candidates[-1], leaves, to_cpu(upstream), ""))
    output = module.train()(x.clone())
    expected = gradients[nearest(output, candidates)]
    found = networks.sorted_gradients(output, networks.trainable(module), upstream, RESIDUAL_BN.output)
    networks.check_sorted(found, expected, TOLERANCE)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_objects_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Changing the weights of one ResidualBatchNormMLP leaves another one as it is."""
    networks.check_independence(submission, RESIDUAL_BN, rng, device)
