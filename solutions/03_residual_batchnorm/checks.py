"""Public checks for 03_residual_batchnorm: easy examples; the
grade comes from other, hidden tests.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.overrides import TorchFunctionMode

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
COLUMN = torch.tensor([[1.0], [3.0]])
SAMPLES = torch.tensor([[1.0, 2.0], [-3.0, 4.0], [-5.0, -6.0]])


def module(made: object, name: str) -> Any:
    if not isinstance(made, nn.Module):
        raise Mismatch(f"{name} is not an nn.Module: derive the class from nn.Module")
    return made


def told(value: torch.Tensor) -> str:
    """A small matrix as it would be written by hand."""
    return str([[float(f"{number:.4g}") for number in row] for row in value.detach().tolist()])


def same(
    found: object, expected: torch.Tensor, what: str, hint: str | None = None, near: float = 1e-4
) -> None:
    """Compare a small matrix, and show both where they differ."""
    result = expect.tensor(found, what=what, shape=tuple(expected.shape))
    if not bool(((result - expected).abs() <= near).all()):
        cause = f": {hint}" if hint else ""
        raise Mismatch(f"{what} is {told(result)}, expected {told(expected)}{cause}")


def untrained(submission: Any, name: str, *sizes: int, training: bool = False) -> torch.Tensor:
    """What a new network makes of the samples."""
    network = module(getattr(submission, name)(*sizes), f"{name}(…)").train(training)
    return expect.tensor(network(SAMPLES.clone()), what=f"{name}(…)(x)", shape=(3, 2))


def count(submission: Any, name: str, least: int, most: int | None = None) -> None:
    network = module(getattr(submission, name)(3, 5, 2), f"{name}(3, 5, 2)")
    found = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    if not least <= found <= (most or least):
        raise Mismatch(f"{name}(3, 5, 2) has {found} trainable numbers, expected {least}")


@pytest.mark.task("mlp")
def test_mlp_sizes(submission: Any) -> None:
    """MLP(3, 5, 2) turns (7, 3) into (7, 2)."""
    network = module(submission.MLP(3, 5, 2), "MLP(3, 5, 2)")
    expect.tensor(network(torch.ones(7, 3)), what="MLP(3, 5, 2)(x)", shape=(7, 2))


@pytest.mark.task("mlp")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_mlp_before_training(submission: Any, training: bool) -> None:
    """An untrained MLP(2, 2, 2) keeps positive numbers and
    replaces negative ones by 0, in both modes.
    """
    expected = torch.tensor([[1.0, 2.0], [0.0, 4.0], [0.0, 0.0]])
    hint = "do both layers start as identity, and is there a ReLU between them and nowhere else?"
    same(
        untrained(submission, "MLP", 2, 2, 2, training=training), expected, "MLP(2, 2, 2)(x)", hint
    )


@pytest.mark.task("mlp")
def test_mlp_passes_gradients(submission: Any) -> None:
    """A gradient comes back to x where the ReLU is on, and none where it is off."""
    x = SAMPLES.clone().requires_grad_()
    output = module(submission.MLP(2, 2, 2), "MLP(2, 2, 2)")(x)
    found = expect.gradients(output, {"x": x}, torch.ones(3, 2), what="MLP(2, 2, 2)(x)")
    same(found["x"], (SAMPLES > 0).float(), "the gradient of x")


@pytest.mark.task("mlp")
def test_mlp_parameters(submission: Any) -> None:
    """MLP(3, 5, 2) has 3·5 + 5 numbers in its first layer and 5·2 + 2 in its last."""
    count(submission, "MLP", 32)


@pytest.mark.task("residual_block")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_block_before_training(submission: Any, training: bool) -> None:
    """An untrained block doubles positive numbers and leaves
    negative ones as they are, in both modes.
    """
    expected = torch.tensor([[2.0, 4.0], [-3.0, 8.0], [-5.0, -6.0]])
    found = untrained(submission, "ResidualBlock", 2, training=training)
    same(
        found,
        expected,
        "ResidualBlock(2)(x)",
        "identity, ReLU, identity, and the input added at the end",
    )


@pytest.mark.task("residual_block")
def test_block_parameters(submission: Any) -> None:
    """ResidualBlock(5) has two layers with 5·5 + 5 numbers each."""
    block = module(submission.ResidualBlock(5), "ResidualBlock(5)")
    found = sum(parameter.numel() for parameter in block.parameters() if parameter.requires_grad)
    if found != 60:
        raise Mismatch(f"ResidualBlock(5) has {found} trainable numbers, expected 60")


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
    hint = "does the skip connection go around the ReLU, and the gradient through both ways?"
    same(found["x"], 1 + (SAMPLES > 0).float(), "the gradient of x", hint)


@pytest.mark.task("residual_mlp")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_residual_mlp_before_training(submission: Any, training: bool) -> None:
    """Two untrained blocks multiply positive numbers by 4, in both modes."""
    expected = torch.tensor([[4.0, 8.0], [-3.0, 16.0], [-5.0, -6.0]])
    found = untrained(submission, "ResidualMLP", 2, 2, 2, training=training)
    same(
        found,
        expected,
        "ResidualMLP(2, 2, 2)(x)",
        "two blocks, one after the other, and no ReLU besides theirs",
    )


@pytest.mark.task("residual_mlp")
def test_residual_mlp_parameters(submission: Any) -> None:
    """ResidualMLP(3, 5, 2) has two blocks with 2 · (5·5 + 5)
    numbers each, beside its first and its last layer.
    """
    count(submission, "ResidualMLP", 152)


class Calls(TorchFunctionMode):
    """Notes which of torch's functions are called inside."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[Any] = []

    def __torch_function__(self, function: Any, _: Any, args: Any = (), options: Any = None) -> Any:
        self.called += [function]
        return function(*args, **options) if options else function(*args)


@pytest.mark.task("batch_norm")
def test_batch_norm_by_hand(submission: Any) -> None:
    """The column 1, 3 has mean 2 and variance 1: it becomes −1,
    1, and no normalisation of torch's is at work.
    """
    norm = module(submission.BatchNorm(1), "BatchNorm(1)")
    with Calls() as calls:
        found = norm(COLUMN.clone())
    same(found, torch.tensor([[-1.0], [1.0]]), "BatchNorm(1)(x)")
    kinds = ("batch_norm", "instance_norm", "layer_norm", "group_norm")
    for name in (getattr(function, "__name__", "") for function in calls.called):
        if name in kinds:
            raise Mismatch(f"BatchNorm calls torch's {name}: the task is to write it yourself")


@pytest.mark.task("batch_norm")
def test_batch_norm_epsilon(submission: Any) -> None:
    """With ε = 3 the column 1, 3 is divided by √(1 + 3) = 2, and
    a column without any spread becomes 0.
    """
    norm = module(submission.BatchNorm(1, eps=3.0), "BatchNorm(1, eps=3)")
    same(
        norm(COLUMN.clone()),
        torch.tensor([[-0.5], [0.5]]),
        "BatchNorm(1, eps=3)(x)",
        "where does ε stand?",
    )
    norm = module(submission.BatchNorm(1), "BatchNorm(1)")
    same(norm(torch.full((2, 1), 5.0)), torch.zeros(2, 1), "BatchNorm(1)(x) for the column 5, 5")


@pytest.mark.task("batch_norm")
def test_batch_norm_columns(submission: Any, rng: torch.Generator) -> None:
    """In training mode every column comes out with mean 0 and spread 1, and x is as it was."""
    x = torch.randn(50, 3, generator=rng) * torch.tensor([1.0, 5.0, 20.0]) + torch.tensor(
        [0.0, 10.0, -3.0]
    )
    before, what = x.clone(), "BatchNorm(3)(x)"
    found = expect.tensor(
        module(submission.BatchNorm(3), "BatchNorm(3)")(x), what=what, shape=(50, 3)
    )
    same(found.mean(dim=0)[None], torch.zeros(1, 3), f"the mean of {what}, column by column,")
    same(
        found.square().mean(dim=0)[None], torch.ones(1, 3), f"the mean square of {what}", near=1e-3
    )
    expect.unchanged(before, x, what="x")


@pytest.mark.task("batch_norm")
def test_batch_norm_running_mean(submission: Any) -> None:
    """After one batch with mean 20 the running mean is 2: in
    evaluation mode, 2 becomes 0; with momentum ½, 10 does.
    """
    hint = "the running mean starts at 0 and moves a part of the way, which is the momentum"
    for value, options in ((2.0, {}), (10.0, {"momentum": 0.5})):
        norm = module(submission.BatchNorm(1, **options), "BatchNorm(1)")
        norm(torch.tensor([[19.0], [21.0]]))
        what = f"BatchNorm(1{', momentum=0.5' if options else ''}) of {value:g} in evaluation mode"
        same(norm.eval()(torch.tensor([[value]])), torch.zeros(1, 1), what, hint)


@pytest.mark.task("batch_norm")
def test_batch_norm_fair_variance(submission: Any) -> None:
    """19 and 21 have the fair variance 2, so the running one is
    0.9 · 1 + 0.1 · 2: 2 + √1.1 becomes 1.
    """
    norm = module(submission.BatchNorm(1), "BatchNorm(1)")
    norm(torch.tensor([[19.0], [21.0]]))
    found = norm.eval()(torch.tensor([[2 + 1.1**0.5]]))
    same(
        found,
        torch.ones(1, 1),
        "BatchNorm(1) of 2 + √1.1 in evaluation mode",
        "which of the two variances is kept?",
    )


@pytest.mark.task("batch_norm")
def test_batch_norm_gradients(submission: Any) -> None:
    """Shifting a whole column changes nothing in training mode,
    so the gradient of x adds up to 0 over a column.
    """
    x = torch.tensor([[1.0], [3.0], [8.0]], requires_grad=True)
    output = module(submission.BatchNorm(1), "BatchNorm(1)")(x)
    found = expect.gradients(
        output, {"x": x}, torch.tensor([[1.0], [2.0], [5.0]]), what="BatchNorm(1)(x)"
    )
    same(found["x"].sum(dim=0)[None], torch.zeros(1, 1), "the sum of the gradient over the column")


@pytest.mark.task("batch_norm")
def test_batch_norm_state(submission: Any) -> None:
    """Three features: six trainable numbers for scale and shift,
    and state_dict() holds the running statistics too.
    """
    norm = module(submission.BatchNorm(3), "BatchNorm(3)")
    trainable = sum(parameter.numel() for parameter in norm.parameters() if parameter.requires_grad)
    if trainable != 6:
        raise Mismatch(f"BatchNorm(3) has {trainable} trainable numbers, expected 6")
    found = sum(value.numel() for value in norm.state_dict().values())
    if found < 12:
        raise Mismatch(
            f"state_dict() of BatchNorm(3) holds {found} numbers, expected 12: four for each "
            "feature"
        )


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_is_normalised(submission: Any, rng: torch.Generator) -> None:
    """Before training the last layer is the identity, so in
    training mode every column has mean 0 and spread 1.
    """
    what = "ResidualBatchNormMLP(2, 2, 2)(x)"
    network = module(submission.ResidualBatchNormMLP(2, 2, 2), "ResidualBatchNormMLP(2, 2, 2)")
    found = expect.tensor(network(torch.randn(40, 2, generator=rng) + 5), what=what, shape=(40, 2))
    hint = "is the second block followed by a normalisation?"
    same(found.mean(dim=0)[None], torch.zeros(1, 2), f"the mean of {what}, column by column,", hint)
    same(
        found.square().mean(dim=0)[None],
        torch.ones(1, 2),
        f"the mean square of {what}",
        hint,
        near=1e-2,
    )


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_one_sample(submission: Any) -> None:
    """In evaluation mode one sample is enough; before any
    training, positive numbers are multiplied by 4.
    """
    network = module(
        submission.ResidualBatchNormMLP(2, 2, 2), "ResidualBatchNormMLP(2, 2, 2)"
    ).eval()
    what = "ResidualBatchNormMLP(2, 2, 2)(x) in evaluation mode"
    same(network(SAMPLES[:1].clone()), torch.tensor([[4.0, 8.0]]), what, near=0.05)


@pytest.mark.task("residual_bn_mlp")
def test_residual_bn_mlp_parameters(submission: Any) -> None:
    """ResidualBatchNormMLP(3, 5, 2) has 2 · 5 numbers for each
    normalisation, beside the 152 of ResidualMLP.
    """
    count(submission, "ResidualBatchNormMLP", 172, 182)


KEYS = ("linear", "mlp", "residual", "residual_bn")


def errors(
    submission: Any, epochs: int, data: tuple[torch.Tensor, torch.Tensor] | None = None
) -> dict[str, float]:
    """The four errors after some epochs on a small data set."""
    X, y = data or linear_by_parts(n=20, seed=5)
    before, what = (X.clone(), y.clone()), f"train_variants(X, y, {epochs})"
    found = submission.train_variants(X, y, epochs)
    if not isinstance(found, dict) or not set(KEYS) <= set(found):
        has = (
            f"the keys {', '.join(map(str, found))}"
            if isinstance(found, dict)
            else f"a {type(found).__name__}"
        )
        raise Mismatch(f"{what} gives {has}, expected a dict with the keys {', '.join(KEYS)}")
    expect.unchanged(before[0], X, what="X")
    expect.unchanged(before[1], y, what="y")
    return {key: expect.number(found[key], what=f'{what}["{key}"]') for key in KEYS}


@pytest.mark.task("train_variants")
def test_train_variants_numbers(submission: Any) -> None:
    """train_variants returns four floats above 0, one for each
    of the four models, each of them different.
    """
    found = errors(submission, 5)
    text = ", ".join(f"{key} {value:.4g}" for key, value in found.items())
    if min(found.values()) <= 0:
        raise Mismatch(f"the errors are {text}: a mean of squares is above 0 here")
    if len(set(found.values())) < 4:
        raise Mismatch(f"the errors are {text}: two are equal, though the models differ")


@pytest.mark.task("train_variants")
def test_train_variants_goes_on(submission: Any) -> None:
    """Sixty epochs leave smaller errors than one."""
    early, late = errors(submission, 1), errors(submission, 60)
    for key in KEYS:
        if late[key] >= early[key]:
            raise Mismatch(
                f'"{key}" has the error {early[key]:.4g} after one epoch and {late[key]:.4g} '
                "after sixty"
            )


@pytest.mark.task("train_variants")
def test_train_variants_models(submission: Any) -> None:
    """Each model is the best on its own untrained output:
    `mlp` on ReLU(X), `residual` on two blocks of X.
    """
    X = linear_by_parts(n=20, seed=5).X
    once = X + X.clamp(min=0)
    for key, y in (("linear", X), ("mlp", X.clamp(min=0)), ("residual", once + once.clamp(min=0))):
        found = errors(submission, 3, (X, y))
        if min(found, key=lambda name: found[name]) != key:
            text = ", ".join(f"{name} {value:.4g}" for name, value in found.items())
            raise Mismatch(
                f'after three epochs the errors are {text}, expected the smallest for "{key}"'
            )
