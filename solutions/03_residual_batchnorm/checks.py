"""Public checks for 03_residual_batchnorm: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from course_lib import expect
from course_lib.datasets import linear_by_parts
from course_lib.expect import Mismatch

POINTS = {
    "mlp": 4,
    "residual_block": 6,
    "residual_mlp": 4,
    "batch_norm": 6,
    "residual_bn_mlp": 4,
    "train_variants": 4,
}
SAMPLES = torch.tensor([[1.0, 2.0], [-3.0, 4.0], [-5.0, -6.0]])


def module(made: object, name: str) -> Any:
    if not isinstance(made, nn.Module):
        raise Mismatch(f"{name} makes no nn.Module: derive the class from nn.Module")
    return made


def untrained(submission: Any, name: str, *sizes: int) -> torch.Tensor:
    """What a new network makes of the samples, in evaluation mode."""
    network = module(getattr(submission, name)(*sizes), f"{name}(…)").eval()
    return expect.tensor(network(SAMPLES.clone()), what=f"{name}(…)(x)", shape=(3, 2))


def count(submission: Any, name: str, expected: int) -> None:
    network = module(getattr(submission, name)(3, 5, 2), f"{name}(3, 5, 2)")
    found = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    if found != expected:
        fault = "fewer" if found < expected else "more"
        raise Mismatch(f"{name}(3, 5, 2) has {fault} trainable numbers than its layers' weights and biases")


@pytest.mark.task("mlp")
def test_mlp_sizes(submission: Any) -> None:
    """MLP(3, 5, 2) turns (7, 3) into (7, 2)."""
    network = module(submission.MLP(3, 5, 2), "MLP(3, 5, 2)")
    expect.tensor(network(torch.ones(7, 3)), what="MLP(3, 5, 2)(x)", shape=(7, 2))


@pytest.mark.task("mlp")
def test_mlp_before_training(submission: Any) -> None:
    """An untrained MLP(2, 2, 2) keeps positive numbers and replaces negative ones by 0."""
    expected = torch.tensor([[1.0, 2.0], [0.0, 4.0], [0.0, 0.0]])
    hint = "do both layers start as identity, and is there a ReLU between them and nowhere else?"
    expect.close(untrained(submission, "MLP", 2, 2, 2), expected, what="MLP(2, 2, 2)(x)", rtol=0, atol=1e-6, hint=hint)


@pytest.mark.task("mlp")
def test_mlp_parameters(submission: Any) -> None:
    """MLP(3, 5, 2) has 3·5 + 5 numbers in its first layer and 5·2 + 2 in its last."""
    count(submission, "MLP", 32)


@pytest.mark.task("residual_block")
def test_block_before_training(submission: Any) -> None:
    """An untrained block doubles positive numbers and leaves negative ones as they are."""
    expected = torch.tensor([[2.0, 4.0], [-3.0, 8.0], [-5.0, -6.0]])
    found = untrained(submission, "ResidualBlock", 2)
    hint = "identity, ReLU, identity, and the input added at the end"
    expect.close(found, expected, what="ResidualBlock(2)(x)", rtol=0, atol=1e-6, hint=hint)


@pytest.mark.task("residual_block")
def test_block_leaves_x_alone(submission: Any) -> None:
    """The tensor that goes in is the same afterwards."""
    x = SAMPLES.clone()
    module(submission.ResidualBlock(2), "ResidualBlock(2)")(x)
    expect.unchanged(SAMPLES, x, what="x")


@pytest.mark.task("residual_block")
def test_block_passes_gradients(submission: Any) -> None:
    """A gradient comes back to x, also where x is negative."""
    x = SAMPLES.clone().requires_grad_()
    output = module(submission.ResidualBlock(2), "ResidualBlock(2)")(x)
    found = expect.gradients(output, {"x": x}, torch.ones(3, 2), what="ResidualBlock(2)(x)")
    if bool((found["x"] == 0).any()):
        raise Mismatch("the gradient of x is 0 at some place: does the skip connection go around the ReLU?")


@pytest.mark.task("residual_mlp")
def test_residual_mlp_before_training(submission: Any) -> None:
    """Two untrained blocks multiply positive numbers by 4."""
    expected = torch.tensor([[4.0, 8.0], [-3.0, 16.0], [-5.0, -6.0]])
    found = untrained(submission, "ResidualMLP", 2, 2, 2)
    hint = "two blocks, one after the other, and no ReLU besides theirs"
    expect.close(found, expected, what="ResidualMLP(2, 2, 2)(x)", rtol=0, atol=1e-6, hint=hint)


@pytest.mark.task("residual_mlp")
def test_residual_mlp_parameters(submission: Any) -> None:
    """ResidualMLP(3, 5, 2) has two blocks with 2 · (5·5 + 5) numbers each, beside its first and its last layer."""
    count(submission, "ResidualMLP", 152)


@pytest.mark.task("batch_norm")
def test_batch_norm_by_hand(submission: Any) -> None:
    """The column 1, 3 has mean 2 and variance 1: it becomes −1, 1."""
    norm = module(submission.BatchNorm(1), "BatchNorm(1)")
    found = expect.tensor(norm(torch.tensor([[1.0], [3.0]])), what="BatchNorm(1)(x)", shape=(2, 1))
    expect.close(found, torch.tensor([[-1.0], [1.0]]), what="BatchNorm(1)(x)", rtol=0, atol=1e-4)


@pytest.mark.task("batch_norm")
def test_batch_norm_columns(submission: Any, rng: torch.Generator) -> None:
    """In training mode every column comes out with mean 0 and spread 1."""
    x = torch.randn(50, 3, generator=rng) * torch.tensor([1.0, 5.0, 20.0]) + torch.tensor([0.0, 10.0, -3.0])
    what = "BatchNorm(3)(x)"
    found = expect.tensor(module(submission.BatchNorm(3), "BatchNorm(3)")(x), what=what, shape=(50, 3))
    expect.close(found.mean(dim=0), torch.zeros(3), what=f"the mean of {what}", rtol=0, atol=1e-4)
    expect.close(found.square().mean(dim=0), torch.ones(3), what=f"the mean square of {what}", rtol=0, atol=1e-3)


@pytest.mark.task("batch_norm")
def test_batch_norm_running_mean(submission: Any) -> None:
    """After one batch with mean 20 the running mean is 2: in evaluation mode, 2 becomes 0."""
    norm = module(submission.BatchNorm(1), "BatchNorm(1)")
    norm(torch.tensor([[19.0], [21.0]]))
    what = "BatchNorm(1)(x) in evaluation mode"
    found = expect.tensor(norm.eval()(torch.tensor([[2.0]])), what=what, shape=(1, 1))
    hint = "the running mean starts at 0 and moves a tenth of the way"
    expect.close(found, torch.zeros(1, 1), what=what, rtol=0, atol=1e-4, hint=hint)


@pytest.mark.task("batch_norm")
def test_batch_norm_state(submission: Any) -> None:
    """state_dict() holds four tensors of one number per feature: scale, shift, running mean, running variance."""
    state = module(submission.BatchNorm(3), "BatchNorm(3)").state_dict()
    if sum(value.numel() for value in state.values()) < 12:
        raise Mismatch("state_dict() holds too little: are all four parameters or registered buffers?")


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_is_normalised(submission: Any, rng: torch.Generator) -> None:
    """Before training the last layer is the identity, so in training mode every output column has mean 0."""
    what = "ResidualBatchNormMLP(2, 2, 2)(x)"
    network = module(submission.ResidualBatchNormMLP(2, 2, 2), "ResidualBatchNormMLP(2, 2, 2)")
    found = expect.tensor(network(torch.randn(40, 2, generator=rng) + 5), what=what, shape=(40, 2))
    hint = "is the second block followed by a normalisation?"
    expect.close(found.mean(dim=0), torch.zeros(2), what=f"the mean of {what}", rtol=0, atol=1e-4, hint=hint)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_one_sample(submission: Any) -> None:
    """In evaluation mode a single sample is enough."""
    network = module(submission.ResidualBatchNormMLP(2, 3, 2), "ResidualBatchNormMLP(2, 3, 2)").eval()
    found = expect.tensor(network(SAMPLES[:1]), what="ResidualBatchNormMLP(2, 3, 2)(x)", shape=(1, 2))
    expect.finite(found, what="ResidualBatchNormMLP(2, 3, 2)(x)")


def error(submission: Any, key: str, epochs: int) -> float:
    """One of the errors after some epochs on a small data set."""
    what = f"train_variants(X, y, {epochs})"
    errors = submission.train_variants(*linear_by_parts(n=20, seed=5), epochs)
    if not isinstance(errors, dict) or key not in errors:
        raise Mismatch(f'{what} should be a dict with the key "{key}"')
    return expect.number(errors[key], what=f'{what}["{key}"]')


@pytest.mark.task("train_variants")
def test_train_variants_keys(submission: Any) -> None:
    """train_variants returns an error above 0 for each of the four models."""
    for key in ("linear", "mlp", "residual", "residual_bn"):
        if error(submission, key, 5) <= 0:
            raise Mismatch(f'the error of "{key}" is not above 0: is it a mean of squares?')


@pytest.mark.task("train_variants")
def test_train_variants_goes_on(submission: Any) -> None:
    """Sixty epochs leave a smaller error than two."""
    if error(submission, "residual_bn", 60) >= error(submission, "residual_bn", 2):
        raise Mismatch("the error is not smaller after sixty epochs than after two: is the argument epochs used?")
