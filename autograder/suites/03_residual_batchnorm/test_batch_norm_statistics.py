"""`BatchNorm` against `nn.BatchNorm1d`: the running statistics,
evaluation mode, and what belongs to its state.
"""

from __future__ import annotations

from typing import Any

import drivers_03
import pytest
import torch
from networks_03 import to_cpu
from norm_03 import (
    EVALUATION,
    ROUNDED,
    SPREAD,
    VALUES,
    batch,
    batches,
    compare,
    evaluated,
    make,
    oracle,
    train_both,
)

from course_lib import expect
from course_lib.expect import Mismatch

LONG = 130
"""Batches in a long training."""


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
@pytest.mark.parametrize("rows", [5, 1], ids=["batch", "one_sample"])
def test_batch_norm_before_training(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """Before any training the running mean is 0 and the running
    variance 1: evaluation mode changes next to nothing.
    """
    x = batch(rng, device, 4)[:rows]
    expected = oracle(4).eval()(to_cpu(x))
    hint = "how do the running statistics start, and does evaluation mode use them?"
    compare(make(submission, device, 4).eval()(x.clone()), expected, x, hint, EVALUATION, ROUNDED)


@pytest.mark.task("batch_norm", weight=2, needs=VALUES)
@pytest.mark.parametrize("count", [1, 4, LONG])
def test_batch_norm_running_mean(
    submission: Any, rng: torch.Generator, device: torch.device, count: int
) -> None:
    """In evaluation mode, an input equal to the running mean of the batches so far gives 0."""
    module, reference = make(submission, device, 4), oracle(4)
    train_both(submission, module, reference, batches(rng, device, 4, count=count))
    assert reference.running_mean is not None
    x = reference.running_mean.clone().repeat(2, 1).to(device)
    found = expect.tensor(module.eval()(x), what=EVALUATION, shape=(2, 4))
    hint = (
        "how far does the running mean move towards that of each batch, and does evaluation mode "
        "use it?"
    )
    expect.close(found, torch.zeros(2, 4), what=EVALUATION, rtol=0, atol=1e-7, hint=hint)


@pytest.mark.task("batch_norm", weight=2, needs=VALUES)
@pytest.mark.parametrize(("rows", "count"), [(5, 1), (5, 4), (2, 6), (40, LONG)])
def test_batch_norm_running_variance(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int, count: int
) -> None:
    """In evaluation mode, differences between inputs are divided
    by the root of the running variance.
    """
    module, reference = make(submission, device, 4), oracle(4)
    train_both(submission, module, reference, batches(rng, device, 4, rows, count))
    x = batch(rng, device, 4, rows=3)
    expected = reference.eval()(to_cpu(x)).diff(dim=0)
    found = expect.tensor(
        module.eval()(x.clone()), what=EVALUATION, shape=(3, 4), dtype=x.dtype
    ).diff(dim=0)
    hint = "the running variance is fed with the variance that divides by n − 1, and starts at 1"
    compare(found, expected, x, hint, "the differences between rows in evaluation mode")


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
@pytest.mark.parametrize("momentum", [0.5, 0.25, 0.0, 1.0])
def test_batch_norm_momentum(
    submission: Any, rng: torch.Generator, device: torch.device, momentum: float
) -> None:
    """momentum is the weight of the newest batch in the running
    statistics, and the caller chooses it.
    """
    module, reference = make(submission, device, 3, momentum=momentum), oracle(3, momentum=momentum)
    train_both(submission, module, reference, batches(rng, device, 3))
    x = batch(rng, device, 3)
    hint = "is momentum the weight of the new batch, and the one that was asked for?"
    compare(module.eval()(x.clone()), reference.eval()(to_cpu(x)), x, hint, EVALUATION, ROUNDED)


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_evaluation_of_one_row(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """In evaluation mode one sample is enough: nothing is worked out over the batch."""
    module, reference = make(submission, device, 3), oracle(3)
    train_both(submission, module, reference, batches(rng, device, 3))
    x = batch(rng, device, 3)[:1]
    hint = "evaluation mode needs no statistics of the batch"
    compare(module.eval()(x.clone()), reference.eval()(to_cpu(x)), x, hint, EVALUATION)


@pytest.mark.task("batch_norm", weight=2, needs=VALUES)
def test_batch_norm_back_and_forth(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Evaluation mode leaves the running statistics alone, and
    train() leads back to the batch's own.
    """
    module, reference = make(submission, device, 3), oracle(3)
    train_both(submission, module, reference, batches(rng, device, 3))
    x = batch(rng, device, 3, rows=6)
    before = evaluated(module, x)
    for _ in range(3):
        evaluated(module, 5 * SPREAD + 2 * x)
    hint = "are the running statistics changed in evaluation mode?"
    compare(evaluated(module, x), before, x, hint, EVALUATION)
    data = batches(rng, device, 3)
    expected = reference.train()(to_cpu(data[0]))
    compare(module.train()(data[0].clone()), expected, data[0], "does train() lead back?")
    train_both(submission, module, reference, data[1:])
    hint = "do the running statistics go on after evaluation mode?"
    compare(module.eval()(x.clone()), reference.eval()(to_cpu(x)), x, hint, EVALUATION)


@pytest.mark.task("batch_norm", weight=0.5, needs=VALUES)
def test_batch_norm_objects_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What one BatchNorm has seen leaves another one as it is."""
    one, other = make(submission, device, 3), make(submission, device, 3)
    x = batch(rng, device, 3)
    before = evaluated(other, x)
    train_both(submission, one, oracle(3), batches(rng, device, 3))
    compare(
        evaluated(other, x),
        before,
        x,
        "two objects share their state: make it in __init__",
        EVALUATION,
    )


@pytest.mark.task("batch_norm", weight=3, needs=VALUES)
def test_batch_norm_state_dict(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """state_dict() carries the running statistics: a new
    BatchNorm that loads it evaluates like the old one.
    """
    reference, data, x = oracle(3), batches(rng, device, 3), batch(rng, device, 3)
    for one in data:
        reference(to_cpu(one))
    found = submission.drive(drivers_03.reloaded, data, x)
    hint = "register the running statistics with register_buffer, under one name for good"
    compare(found, reference.eval()(to_cpu(x)), x, hint, "BatchNorm(…)(x) after load_state_dict")


@pytest.mark.task("batch_norm", weight=1, needs=VALUES)
def test_batch_norm_changes_dtype(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """.float() converts the running statistics together with the parameters."""
    module, reference = make(submission, device, 3), oracle(3)
    train_both(submission, module, reference, batches(rng, device, 3))
    x = batch(rng, device, 3).float()
    what = "BatchNorm(…).float()(x) in evaluation mode"
    hint = "are the running statistics registered buffers?"
    compare(module.eval().float()(x.clone()), reference.eval()(to_cpu(x)), x, hint, what, ROUNDED)


@pytest.mark.task("batch_norm", weight=2, needs=VALUES)
def test_batch_norm_keeps_no_graph(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The running statistics are numbers, without the graphs of the batches that they came from."""
    data, x = batches(rng, device, 3), batch(rng, device, 3)
    remembers = submission.drive(drivers_03.remembers, data, x)
    if remembers is not False:
        raise Mismatch(
            "the running statistics hold on to the graph of earlier batches: update them under "
            "no_grad"
        )
