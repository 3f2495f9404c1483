"""`BatchNorm` against `nn.BatchNorm1d`: values and gradients.

The first refuses what is built on torch's own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import descent_03
import drivers_03
import judging_03 as judging
import pytest
import torch
from networks_03 import draw, to_cpu
from norm_03 import (
    EVALUATION,
    OUTPUT,
    ROUNDED,
    SPREAD,
    VALUES,
    affine,
    batch,
    batches,
    compare,
    make,
    oracle,
    train_both,
)
from weights_03 import trainable

from course_lib import expect
from course_lib.expect import Mismatch


class Case(NamedTuple):
    """A batch, and its dtype."""

    rows: int = 6
    features: int = 3
    spread: float = SPREAD
    dtype: torch.dtype = torch.float64


CASES = {
    "general": Case(),
    "two_rows": Case(rows=2, features=4),
    "square": Case(rows=4, features=4),
    "one_feature": Case(rows=7, features=1),
    "many_rows": Case(rows=1100, features=5),
    "many_features": Case(rows=8, features=130),
    "large": Case(spread=1e5),
    "tiny": Case(spread=1e-5),
}


def check_own_work(submission: Any, x: torch.Tensor) -> None:
    """Raise where a normalisation of torch's does the work."""
    borrowed = submission.drive(drivers_03.library_norms, x)
    if expect.integer(borrowed, what="the number of library modules"):
        raise Mismatch(
            "BatchNorm is built on a normalisation of torch's: work out the statistics yourself"
        )


@pytest.mark.task("batch_norm", weight=4)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_batch_norm_training(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """In training mode, each feature is centred and divided by
    its spread over the batch, by BatchNorm's own work.
    """
    x = batch(rng, device, case.features, case.rows, case.spread)
    x[0, 0] = 0.0
    module = make(submission, device, case.features)
    hint = (
        "take mean and variance over the batch, one of each per feature, and divide by n in the "
        "variance"
    )
    for _ in range(2):
        compare(module(x.clone()), oracle(case.features)(to_cpu(x)), x, hint)
    check_own_work(submission, x)


EPS = {
    "default": (None, 1e-3),
    "half": (0.5, 1.0),
    "hundredth": (1e-2, 0.1),
}


@pytest.mark.task("batch_norm", weight=4, needs=VALUES)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize(("eps", "spread"), EPS.values(), ids=EPS)
def test_batch_norm_eps(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    eps: float | None,
    spread: float,
    training: bool,
) -> None:
    """ε is added to the variance, under the root, in both modes;
    it is 1e-5, or what the caller chooses.
    """
    options: dict[str, Any] = {} if eps is None else {"eps": eps}
    module, reference = make(submission, device, 4, **options), oracle(4, **options)
    train_both(submission, module, reference, batches(rng, device, 4, count=100, spread=spread))
    x = batch(rng, device, 4, spread=spread)
    expected = reference.train(training)(to_cpu(x))
    hint = "where is ε added, and is it the one that was asked for?"
    compare(module.train(training)(x.clone()), expected, x, hint)


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_constant_feature(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """A feature with the same value in all rows comes out as 0, not as nan."""
    x = batch(rng, device, 3)
    x[:, 1] = 2.5
    expected = oracle(3)(to_cpu(x))
    expected[:, 1] = 0.0
    hint = "what keeps a variance of 0 from dividing by zero?"
    leaf = x.clone().requires_grad_()
    output = make(submission, device, 3)(leaf)
    compare(output, expected, x, hint)
    found = expect.gradients(output, {"x": leaf}, draw(rng, device, 5, 3), what=OUTPUT)
    expect.finite(found["x"], what="the gradient of x")


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """BatchNorm is right, and answers in float32, when its state
    and its input are float32, in both modes.
    """
    module, reference = make(submission, device, 3, torch.float32), oracle(3)
    x = batch(rng, device, 3, rows=8).float()
    compare(module(x.clone()), reference(to_cpu(x)), x, "is it right in float32?", OUTPUT, ROUNDED)
    as_made = submission.BatchNorm(3).to(device)
    compare(
        as_made(x.clone()),
        oracle(3)(to_cpu(x)),
        x,
        "is its state float32 from the start?",
        OUTPUT,
        ROUNDED,
    )
    expected = reference.eval()(to_cpu(x))
    compare(module.eval()(x.clone()), expected, x, "is it right in float32?", EVALUATION, ROUNDED)


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_leaves_its_input_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """BatchNorm leaves x as it was, in both modes."""
    module = make(submission, device, 3)
    for training in (True, False):
        x = batch(rng, device, 3) + 0.1
        before = x.clone()
        output = module.train(training)(x)
        expect.unchanged(before, x, what="x")
        expect.tensor(output, what=OUTPUT, shape=(5, 3))


@pytest.mark.task("batch_norm", weight=0.5, needs=VALUES)
def test_batch_norm_of_a_view(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """BatchNorm accepts a transposed view, whose entries do not lie in memory row by row."""
    x = batch(rng, device, 4, rows=6)
    expected = oracle(4)(to_cpu(x))
    hint = "is a tensor reshaped in the order in which it lies in memory?"
    compare(make(submission, device, 4)(x.T.contiguous().T), expected, x, hint)


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_called_again(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """In training mode, what BatchNorm was called with before makes no difference to its result."""
    module, x = make(submission, device, 3), batch(rng, device, 3)
    for _ in range(3):
        compare(
            module(x.clone()),
            oracle(3)(to_cpu(x)),
            x,
            "is something counted, or kept for the next call?",
        )
    others = torch.stack(batches(rng, device, 3, count=judging.CALLS))
    output, touched = submission.drive(drivers_03.after_calls, module, others, x, True)
    if touched is not False:
        raise Mismatch("a call leaves gradients in .grad, or makes its input ask for one")
    compare(output, oracle(3)(to_cpu(x)), x, "is something counted, or kept for the next call?")


@pytest.mark.task("batch_norm", weight=3, needs=VALUES)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_scale_and_shift(
    submission: Any, rng: torch.Generator, device: torch.device, training: bool
) -> None:
    """A trainable scale and a trainable shift per feature act
    after the normalisation, in both modes.
    """
    for size in (1.0, 300.0, 1e-5):
        module, reference = make(submission, device, 4), oracle(4)
        affine(module, reference, rng, size)
        x = batch(rng, device, 4, rows=6)
        expected = reference.train(training)(to_cpu(x))
        hint = "the result is scale · normalised + shift, in both modes"
        compare(module.train(training)(x.clone()), expected, x, hint, tolerance=ROUNDED)


# --- gradients ---


@pytest.mark.task("batch_norm", weight=5, needs=VALUES)
@pytest.mark.parametrize("rows", [7, 3, 130])
def test_batch_norm_gradient_of_x(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """In training mode the gradient of x flows through the mean
    and the variance of the batch too.
    """
    module, reference = make(submission, device, 4), oracle(4)
    affine(module, reference, rng)
    x, upstream = batch(rng, device, 4, rows), draw(rng, device, rows, 4)
    inner = to_cpu(x).requires_grad_()
    (expected,) = torch.autograd.grad(reference(inner), [inner], to_cpu(upstream))
    found = expect.gradients(module(x.requires_grad_()), {"x": x}, upstream, what=OUTPUT)
    hint = "mean and variance depend on x: are they detached, or computed under no_grad?"
    compare(found["x"], expected, x, hint, "the gradient of x")


@pytest.mark.task("batch_norm", weight=2, needs=VALUES)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_batch_norm_learns_scale_and_shift(
    submission: Any, rng: torch.Generator, device: torch.device, training: bool
) -> None:
    """Gradient descent changes the scale and the shift as it should, in both modes."""
    module, reference = make(submission, device, 4), oracle(4)
    affine(module, reference, rng)
    train_both(submission, module, reference, batches(rng, device, 4))
    module.train(training)
    reference.train(training)
    x, y = batch(rng, device, 4, rows=6), draw(rng, device, 6, 4)
    leaves = list(reference.parameters())
    rate = descent_03.step_size(reference(to_cpu(x)), leaves, to_cpu(y))
    for _ in range(2):
        descent_03.descend(reference(to_cpu(x)), leaves, to_cpu(y), rate, OUTPUT)
        output = expect.tensor(module(x.clone()), what=OUTPUT, shape=(6, 4), dtype=x.dtype)
        descent_03.descend(output, trainable(module), y, rate, OUTPUT)
    what, hint = (
        f"{OUTPUT} after two steps of gradient descent",
        "are scale and shift parameters, and act in both modes?",
    )
    compare(module(x.clone()), reference(to_cpu(x)), x, hint, what)


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_gradient_in_evaluation(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """In evaluation mode the statistics are constants for the gradient of x."""
    module, reference = make(submission, device, 4), oracle(4)
    affine(module, reference, rng)
    train_both(submission, module, reference, batches(rng, device, 4))
    x, upstream = batch(rng, device, 4), draw(rng, device, 5, 4)
    inner = to_cpu(x).requires_grad_()
    (expected,) = torch.autograd.grad(reference.eval()(inner), [inner], to_cpu(upstream))
    found = expect.gradients(module.eval()(x.requires_grad_()), {"x": x}, upstream, what=EVALUATION)
    compare(
        found["x"], expected, x, "in evaluation mode each row goes its own way", "the gradient of x"
    )
