"""`BatchNorm` against `nn.BatchNorm1d` in float64. Every test refuses one that is built on torch's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import drivers_03
import networks_03 as networks
import pytest
import torch
from networks_03 import draw, to_cpu
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

NAME = "BatchNorm"
OUTPUT = "BatchNorm(…)(x)"
EVALUATION = "BatchNorm(…)(x) in evaluation mode"
Factory = Callable[..., Any]


def borrowed(submission: Any, x: torch.Tensor) -> object:
    return submission.drive(drivers_03.library_norms, x)


@pytest.fixture
def make(submission: Any, once: Any, device: torch.device) -> Factory:
    """Makes a BatchNorm of the student's, in float64 on the device."""

    def factory(features: int, dtype: torch.dtype = torch.float64, **options: float) -> Any:
        probe = torch.linspace(-1, 2, 12, dtype=torch.float64, device=device).reshape(4, 3) ** 2
        module = submission.BatchNorm(features, **options)
        if not isinstance(module, nn.Module):
            raise Mismatch("BatchNorm(…) makes no nn.Module: derive the class from nn.Module")
        if expect.integer(once(borrowed, submission, probe), what="the number of library modules"):
            raise Mismatch("BatchNorm is built on torch's own batch normalisation: work out the statistics yourself")
        return module.to(device=device, dtype=dtype)

    return factory


def oracle(features: int, eps: float = 1e-5, momentum: float = 0.1) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(features, eps, momentum).double()


def batches(
    rng: torch.Generator, device: torch.device, features: int, rows: int = 3, count: int = 4
) -> list[torch.Tensor]:
    """Small batches of features that differ in mean and spread, and from batch to batch."""
    spread = 0.5 + torch.arange(features, dtype=torch.float64) % 3
    mean = 2 * torch.randn(count, 1, features, generator=rng, dtype=torch.float64)
    drawn = mean + spread * torch.randn(count, rows, features, generator=rng, dtype=torch.float64)
    return list(drawn.to(device))


def train_both(module: Any, reference: nn.BatchNorm1d, data: list[torch.Tensor]) -> None:
    """Show the batches to both in training mode."""
    module.train()
    reference.train()
    for batch in data:
        reference(to_cpu(batch))
        expect.tensor(module(batch.clone()), what=OUTPUT, shape=tuple(batch.shape))


def evaluated(module: Any, x: torch.Tensor) -> torch.Tensor:
    """The result in evaluation mode, a finite tensor of the shape of x."""
    found = expect.tensor(module.eval()(x.clone()), what=EVALUATION, shape=tuple(x.shape), dtype=x.dtype)
    expect.finite(found, what=EVALUATION)
    return found.detach().clone()


def set_affine(module: Any, scale: torch.Tensor, shift: torch.Tensor) -> None:
    """Write the scale over the trainable row of ones, and the shift over that of zeros."""
    found = []
    for parameter in networks.trainable(module):
        rows = expect.tensor(parameter, what="a parameter of BatchNorm").detach().clone().reshape(-1)
        for row in torch.split(rows, len(scale)):
            found.append("scale" if bool((row == 1).all()) else "shift" if bool((row == 0).all()) else "other")
            row.copy_((scale if found[-1] == "scale" else shift)[: len(row)])
        with torch.no_grad():
            parameter.copy_(rows.reshape(parameter.shape))
    if sorted(found) != ["scale", "shift"]:
        hint = (
            "BatchNorm should have two trainable numbers for each feature and no more: a scale that starts at 1 and a "
            "shift that starts at 0, both parameters"
        )
        raise Mismatch(hint)


def affine(module: Any, reference: nn.BatchNorm1d, rng: torch.Generator) -> None:
    """Give both the same random scale and shift."""
    scale, shift = torch.randn(2, reference.num_features, generator=rng, dtype=torch.float64)
    set_affine(module, scale, shift)
    with torch.no_grad():
        reference.weight.copy_(scale)
        reference.bias.copy_(shift)


def compare(found: object, expected: torch.Tensor, x: torch.Tensor, hint: str, what: str = OUTPUT) -> None:
    networks.check(found, expected.detach(), x, what, hint, tolerance=1e-8)


# --- training mode ---


@pytest.mark.task("batch_norm")
@pytest.mark.parametrize(
    ("rows", "features"), [(6, 3), (2, 4), (7, 1), (40, 5)], ids=["general", "two_rows", "one_feature", "many_rows"]
)
def test_batch_norm_training(
    rng: torch.Generator, device: torch.device, make: Factory, rows: int, features: int
) -> None:
    """In training mode, each feature is centred and divided by its spread over the batch."""
    (x,) = batches(rng, device, features, rows, count=1)
    expected = oracle(features)(to_cpu(x))
    hint = "take mean and variance over the batch, one of each per feature, and divide by n in the variance"
    compare(make(features)(x.clone()), expected, x, hint)


@pytest.mark.task("batch_norm")
@pytest.mark.parametrize("eps", [0.5, 1e-2])
def test_batch_norm_eps(rng: torch.Generator, device: torch.device, make: Factory, eps: float) -> None:
    """eps is added to the variance, under the root, and the caller chooses it."""
    (x,) = batches(rng, device, 4, rows=6, count=1)
    expected = oracle(4, eps=eps)(to_cpu(x))
    compare(make(4, eps=eps)(x.clone()), expected, x, "where is eps added, and is it the one that was asked for?")


@pytest.mark.task("batch_norm")
def test_batch_norm_constant_feature(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """A feature with the same value in all rows comes out as 0, not as nan."""
    (x,) = batches(rng, device, 3, rows=5, count=1)
    x[:, 1] = x[0, 1]
    expected = oracle(3)(to_cpu(x))
    expected[:, 1] = 0.0
    compare(make(3)(x.clone()), expected, x, "eps keeps a variance of 0 from dividing by zero")


@pytest.mark.task("batch_norm")
def test_batch_norm_float32(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """BatchNorm answers in float32 when its state and its input are float32, in both modes."""
    x = draw(rng, device, 8, 3, dtype=torch.float32)
    module = make(3, torch.float32)
    expect.tensor(module(x.clone()), what=OUTPUT, shape=(8, 3), dtype=torch.float32, device=device)
    expect.tensor(module.eval()(x), what=EVALUATION, shape=(8, 3), dtype=torch.float32, device=device)


@pytest.mark.task("batch_norm")
def test_batch_norm_leaves_its_input_alone(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """BatchNorm leaves x as it was, in both modes."""
    module = make(3)
    for training in (True, False):
        (x,) = batches(rng, device, 3, rows=5, count=1)
        before = x.clone()
        output = module.train(training)(x)
        expect.unchanged(before, x, what="x")
        expect.tensor(output, what=OUTPUT, shape=(5, 3))


@pytest.mark.task("batch_norm")
def test_batch_norm_non_contiguous(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """BatchNorm accepts a transposed view, whose entries do not lie in memory row by row."""
    (x,) = batches(rng, device, 4, rows=6, count=1)
    expected = oracle(4)(to_cpu(x))
    hint = "is a tensor reshaped in the order in which it lies in memory?"
    compare(make(4)(x.T.contiguous().T), expected, x, hint)


# --- scale and shift ---


@pytest.mark.task("batch_norm")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_scale_and_shift(rng: torch.Generator, device: torch.device, make: Factory, training: bool) -> None:
    """A trainable scale and a trainable shift per feature act after the normalisation, in both modes."""
    module, reference = make(4), oracle(4)
    affine(module, reference, rng)
    (x,) = batches(rng, device, 4, rows=6, count=1)
    expected = reference.train(training)(to_cpu(x))
    compare(module.train(training)(x.clone()), expected, x, "the result is scale · normalised + shift, in both modes")


# --- running statistics ---


@pytest.mark.task("batch_norm")
def test_batch_norm_before_training(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """Before any training the running mean is 0 and the running variance 1: evaluation mode changes next to nothing."""
    (x,) = batches(rng, device, 4, rows=6, count=1)
    expected = oracle(4).eval()(to_cpu(x))
    hint = "how do the running statistics start, and does evaluation mode use them?"
    compare(make(4).eval()(x.clone()), expected, x, hint, EVALUATION)


@pytest.mark.task("batch_norm", weight=2)
def test_batch_norm_running_mean(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """In evaluation mode, an input equal to the running mean of the batches so far gives 0."""
    module, reference = make(4), oracle(4)
    train_both(module, reference, batches(rng, device, 4))
    assert reference.running_mean is not None
    x = reference.running_mean.clone().repeat(2, 1).to(device)
    found = expect.tensor(module.eval()(x), what=EVALUATION, shape=(2, 4))
    hint = "how far does the running mean move towards that of each batch, and does evaluation mode use it?"
    expect.close(found, torch.zeros(2, 4), what=EVALUATION, rtol=0, atol=1e-8, hint=hint)


@pytest.mark.task("batch_norm", weight=2)
def test_batch_norm_running_variance(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """In evaluation mode, differences between inputs are divided by the root of the running variance."""
    module, reference = make(4), oracle(4)
    train_both(module, reference, batches(rng, device, 4))
    x = draw(rng, device, 3, 4)
    expected = reference.eval()(to_cpu(x)).diff(dim=0)
    found = expect.tensor(module.eval()(x.clone()), what=EVALUATION, shape=(3, 4), dtype=x.dtype).diff(dim=0)
    hint = "the running variance is fed with the variance that divides by n − 1, and starts at 1"
    compare(found, expected, x, hint, "the differences between rows in evaluation mode")


@pytest.mark.task("batch_norm")
@pytest.mark.parametrize("momentum", [0.5, 0.25])
def test_batch_norm_momentum(rng: torch.Generator, device: torch.device, make: Factory, momentum: float) -> None:
    """momentum is the weight of the newest batch in the running statistics, and the caller chooses it."""
    module, reference = make(3, momentum=momentum), oracle(3, momentum=momentum)
    train_both(module, reference, batches(rng, device, 3))
    x = draw(rng, device, 5, 3)
    hint = "is momentum the weight of the new batch, and the one that was asked for?"
    compare(module.eval()(x.clone()), reference.eval()(to_cpu(x)), x, hint, EVALUATION)


@pytest.mark.task("batch_norm")
def test_batch_norm_two_rows(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """Batches of two rows are enough to learn the running statistics from."""
    module, reference = make(3), oracle(3)
    train_both(module, reference, batches(rng, device, 3, rows=2, count=6))
    x = draw(rng, device, 4, 3)
    hint = "with n = 2 the variance that divides by n − 1 is twice the other"
    compare(module.eval()(x.clone()), reference.eval()(to_cpu(x)), x, hint, EVALUATION)


@pytest.mark.task("batch_norm")
def test_batch_norm_evaluation_of_one_row(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """In evaluation mode one sample is enough: nothing is worked out over the batch."""
    x = draw(rng, device, 1, 3)
    hint = "evaluation mode needs no statistics of the batch"
    compare(make(3).eval()(x.clone()), oracle(3).eval()(to_cpu(x)), x, hint, EVALUATION)


@pytest.mark.task("batch_norm", weight=2)
def test_batch_norm_back_and_forth(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """Evaluation mode leaves the running statistics alone, and train() leads back to the batch's own."""
    module, reference = make(3), oracle(3)
    train_both(module, reference, batches(rng, device, 3))
    x = draw(rng, device, 6, 3)
    before = evaluated(module, x)
    evaluated(module, 5 + 2 * x)
    hint = "are the running statistics changed in evaluation mode?"
    compare(evaluated(module, x), before, x, hint, EVALUATION)
    (batch,) = batches(rng, device, 3, rows=5, count=1)
    compare(module.train()(batch.clone()), reference.train()(to_cpu(batch)), batch, "does train() lead back?")


@pytest.mark.task("batch_norm")
def test_batch_norm_objects_are_independent(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """What one BatchNorm has seen leaves another one as it is."""
    one, other = make(3), make(3)
    x = draw(rng, device, 5, 3)
    before = evaluated(other, x)
    train_both(one, oracle(3), batches(rng, device, 3))
    compare(evaluated(other, x), before, x, "two objects share their state: make it in __init__", EVALUATION)


# --- state ---


@pytest.mark.task("batch_norm", weight=3)
def test_batch_norm_state_dict(submission: Any, rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """state_dict() carries the running statistics: a new BatchNorm that loads it evaluates like the old one."""
    make(3)
    reference, data, x = oracle(3), batches(rng, device, 3), draw(rng, device, 5, 3)
    for batch in data:
        reference(to_cpu(batch))
    found = submission.drive(drivers_03.reloaded, data, x)
    hint = "register the running statistics with register_buffer, under one name for good"
    compare(found, reference.eval()(to_cpu(x)), x, hint, "BatchNorm(…)(x) after load_state_dict")


@pytest.mark.task("batch_norm")
def test_batch_norm_changes_dtype(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """.float() converts the running statistics together with the parameters."""
    module = make(3)
    train_both(module, oracle(3), batches(rng, device, 3))
    x = draw(rng, device, 5, 3, dtype=torch.float32)
    what = "BatchNorm(…).float()(x) in evaluation mode"
    expect.tensor(module.eval().float()(x), what=what, shape=(5, 3), dtype=torch.float32, device=device)


@pytest.mark.task("batch_norm", weight=2)
def test_batch_norm_keeps_no_graph(submission: Any, rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """The running statistics are numbers, without the graphs of the batches that they came from."""
    make(3)
    data, x = batches(rng, device, 3), draw(rng, device, 5, 3)
    remembers = submission.drive(drivers_03.remembers, data, x)
    if remembers is not False:
        raise Mismatch("the running statistics hold on to the graph of earlier batches: update them under no_grad")


# --- gradients ---


@pytest.mark.task("batch_norm", weight=2)
@pytest.mark.parametrize("rows", [7, 2])
def test_batch_norm_gradient_of_x(rng: torch.Generator, device: torch.device, make: Factory, rows: int) -> None:
    """In training mode the gradient of x flows through the mean and the variance of the batch too."""
    module, reference = make(4, eps=0.1), oracle(4, eps=0.1)
    affine(module, reference, rng)
    (x,), upstream = batches(rng, device, 4, rows, count=1), draw(rng, device, rows, 4)
    inner = to_cpu(x).requires_grad_()
    (expected,) = torch.autograd.grad(reference(inner), [inner], to_cpu(upstream))
    found = expect.gradients(module(x.requires_grad_()), {"x": x}, upstream, what=OUTPUT)
    hint = "mean and variance depend on x: are they detached, or computed under no_grad?"
    compare(found["x"], expected, x, hint, "the gradient of x")


@pytest.mark.task("batch_norm")
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_gradient_of_scale_and_shift(
    rng: torch.Generator, device: torch.device, make: Factory, training: bool
) -> None:
    """The scale and the shift get their gradients, in both modes."""
    module, reference = make(4), oracle(4)
    affine(module, reference, rng)
    (x,), upstream = batches(rng, device, 4, rows=6, count=1), draw(rng, device, 6, 4)
    leaves = list(reference.parameters())
    output = reference.train(training)(to_cpu(x))
    expected = networks.sorted_gradients(output, leaves, to_cpu(upstream), OUTPUT)
    result = expect.tensor(module.train(training)(x.clone()), what=OUTPUT, shape=(6, 4), dtype=x.dtype)
    found = networks.sorted_gradients(result, networks.trainable(module), upstream, OUTPUT)
    networks.check_sorted(found, expected, 1e-8, "scale and shift are parameters, and act in both modes")


@pytest.mark.task("batch_norm")
def test_batch_norm_gradient_in_evaluation(rng: torch.Generator, device: torch.device, make: Factory) -> None:
    """In evaluation mode the statistics are constants for the gradient of x."""
    module, reference = make(4), oracle(4)
    affine(module, reference, rng)
    x, upstream = draw(rng, device, 5, 4), draw(rng, device, 5, 4)
    inner = to_cpu(x).requires_grad_()
    (expected,) = torch.autograd.grad(reference.eval()(inner), [inner], to_cpu(upstream))
    found = expect.gradients(module.eval()(x.requires_grad_()), {"x": x}, upstream, what=EVALUATION)
    compare(found["x"], expected, x, "in evaluation mode each row goes its own way", "the gradient of x")
