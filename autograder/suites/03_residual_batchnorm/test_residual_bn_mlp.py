"""`ResidualBatchNormMLP`: a normalisation after each block. One
after the first layer may be there or not.

Inputs and scales are large, so that eps plays no part, and statistics are shown often, so that
momentum plays none: what is judged is where the normalisations stand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import descent_03
import drivers_03
import judging_03 as judging
import pytest
import torch
from judging_03 import CALLS
from networks_03 import RESIDUAL_BN, SIZES, block, draw, linear, residual_bn_mlp, to_cpu
from weights_03 import Weights, build, fill, trainable

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_residual_bn_mlp_training_mode"
ROWS, SPREAD, SETTLED = 64, 100.0, 300
EXACT, ROUNDED = 1e-5, 1e-3
PLACES = "is one normalisation used at two places, or are no running statistics kept?"
TRAINING = (
    "in training mode each of the two blocks should be followed by a batch normalisation, and then "
    "the last layer"
)


class Case(NamedTuple):
    """Sizes, rows and dtype of a call."""

    rows: int = ROWS
    sizes: tuple[int, ...] = SIZES
    dtype: torch.dtype = torch.float64


TRAINED = {
    "batch": Case(),
    "many_rows": Case(rows=1100),
    "few_rows": Case(rows=4),
    "one_unit": Case(sizes=(3, 1, 2)),
    "many_units": Case(sizes=(3, 70, 2)),
    "one_input": Case(sizes=(1, 4, 2)),
    "many_inputs": Case(sizes=(20, 4, 2)),
}
EVALUATED = {"batch": Case(rows=5), "one_sample": Case(rows=1), "many_rows": Case(rows=1100)}


def filled(
    submission: Any, case: Case, rng: torch.Generator, device: torch.device
) -> tuple[Any, Weights]:
    module = build(submission, RESIDUAL_BN, device, sizes=case.sizes, dtype=case.dtype)
    return module, fill(module, RESIDUAL_BN, rng, sizes=case.sizes, spread=SPREAD)


def draw_for(case: Case, rng: torch.Generator, device: torch.device) -> torch.Tensor:
    """Large inputs, away from 0."""
    return SPREAD * (3 * draw(rng, device, case.rows, case.sizes[0]) + 1).to(case.dtype)


def both(x: torch.Tensor, weights: Weights, seen: torch.Tensor | None = None) -> list[torch.Tensor]:
    """What the two networks that count as correct give: without
    a first normalisation, and with one.
    """
    return [
        residual_bn_mlp(to_cpu(x), weights.layers, [weights.norm] * count, seen=seen)
        for count in (2, 3)
    ]


def nearest(
    found: object, candidates: list[torch.Tensor], dtype: torch.dtype = torch.float64
) -> int:
    """Which of the two networks that count as correct the result is nearest to."""
    shape = tuple(candidates[0].shape)
    result = to_cpu(expect.tensor(found, what=RESIDUAL_BN.output, shape=shape, dtype=dtype))
    expect.finite(result, what=RESIDUAL_BN.output)
    distances = [float((result - candidate.detach()).abs().max()) for candidate in candidates]
    return distances.index(min(distances))


def compare(
    found: object,
    candidates: list[torch.Tensor],
    x: torch.Tensor,
    hint: str,
    tolerance: float = EXACT,
) -> None:
    expected = candidates[nearest(found, candidates, x.dtype)].detach()
    judging.check(found, expected, x, RESIDUAL_BN.output, hint, tolerance)


@pytest.mark.task("residual_bn_mlp", weight=5)
@pytest.mark.parametrize("case", TRAINED.values(), ids=TRAINED)
def test_residual_bn_mlp_training_mode(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """In training mode, each block is followed by a
    normalisation over the batch, and no other comes after them.
    """
    module, weights = filled(submission, case, rng, device)
    x = draw_for(case, rng, device).T.contiguous().T
    x[0, 0] = 0.0
    compare(module(x), both(x, weights), x, TRAINING)  # as it was made: in training mode


@pytest.mark.task("residual_bn_mlp", weight=2, needs=VALUES)
@pytest.mark.parametrize(
    "sizes", [(2, 3, 2), (6, 3, 4), (3, 7, 5)], ids=["wide", "narrow", "wider"]
)
def test_residual_bn_mlp_starts_as_identity(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The first and the last layer of a new ResidualBatchNormMLP
    have identity weights and zero biases.
    """
    judging.check_outer_start(submission, RESIDUAL_BN, sizes, rng, device)


@pytest.mark.task("residual_bn_mlp", weight=2, needs=VALUES)
@pytest.mark.parametrize("case", EVALUATED.values(), ids=EVALUATED)
def test_residual_bn_mlp_evaluation_mode(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """In evaluation mode, each normalisation uses the statistics
    that it has collected at its own place.
    """
    module, weights = filled(submission, case, rng, device)
    seen, x = draw_for(Case(), rng, device), draw_for(case, rng, device)
    module.train()(seen.clone())  # sends the weights to where the module lives
    submission.drive(drivers_03.settle, module, seen, SETTLED)
    compare(module.eval()(x.clone()), both(x, weights, to_cpu(seen)), x, PLACES)


@pytest.mark.task("residual_bn_mlp", weight=1, needs=VALUES)
def test_residual_bn_mlp_near_zero(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The ReLUs bend at 0, however close to 0 what reaches them is."""
    module = build(submission, RESIDUAL_BN, device).eval()
    weights = fill(module, RESIDUAL_BN, rng, bias=0.0)
    x = 1e-6 * draw(rng, device, 9, SIZES[0])
    hint = "are they ReLU itself, with its bend at 0 and no other?"
    compare(
        module(x.clone()),
        [unseen(to_cpu(x), weights, first=first) for first in (False, True)],
        x,
        hint,
        ROUNDED,
    )


def unseen(x: torch.Tensor, weights: Weights, *, first: bool) -> torch.Tensor:
    """In evaluation mode before any training, where a
    normalisation without a shift only scales (but for eps).
    """
    scale, layers = weights.norm[0], weights.layers
    x = linear(x, layers[0]) * (scale if first else 1)
    for inner in (layers[1:3], layers[3:5]):
        x = block(x, inner) * scale
    return linear(x, layers[5])


@pytest.mark.task("residual_bn_mlp", weight=1, needs=VALUES)
def test_residual_bn_mlp_float32(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """ResidualBatchNormMLP is right, and answers in float32,
    when its weights and its input are float32.
    """
    case = Case(dtype=torch.float32)
    module, weights = filled(submission, case, rng, device)
    x = draw_for(case, rng, device)
    compare(module.train()(x.clone()), both(x, weights), x, TRAINING, ROUNDED)
    submission.drive(drivers_03.settle, module, x, SETTLED)
    compare(module.eval()(x.clone()), both(x, weights, to_cpu(x)), x, PLACES, ROUNDED)


@pytest.mark.task("residual_bn_mlp", weight=1, needs=VALUES)
def test_residual_bn_mlp_leaves_its_input_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """ResidualBatchNormMLP leaves x as it was."""
    judging.check_input_unchanged(submission, RESIDUAL_BN, rng, device)


@pytest.mark.task("residual_bn_mlp", weight=1, needs=VALUES)
def test_residual_bn_mlp_called_again(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """In training mode, what ResidualBatchNormMLP was called with before makes no difference."""
    module, weights = filled(submission, Case(), rng, device)
    x = draw_for(Case(), rng, device)
    module.train()(x.clone())  # sends the weights to where the module lives
    others = draw(rng, device, CALLS, ROWS, SIZES[0])
    output, touched = submission.drive(drivers_03.after_calls, module, others, x, True)
    if touched is not False:
        raise Mismatch("a call leaves gradients in .grad, or makes its input ask for one")
    compare(output, both(x, weights), x, "is something counted, or kept for the next call?")


@pytest.mark.task("residual_bn_mlp", weight=2, needs=VALUES)
def test_residual_bn_mlp_gradient_of_x(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The gradient flows back to x through the statistics of both normalisations."""
    module, weights = filled(submission, Case(), rng, device)
    x, upstream = draw_for(Case(), rng, device), draw(rng, device, ROWS, SIZES[2])
    inner = to_cpu(x).requires_grad_()
    candidates = [
        residual_bn_mlp(inner, weights.layers, [weights.norm] * count) for count in (2, 3)
    ]
    gradients = [torch.autograd.grad(output, [inner], to_cpu(upstream))[0] for output in candidates]
    output = module.train()(x.requires_grad_())
    expected = gradients[nearest(output, candidates)]
    found = expect.gradients(output, {"x": x}, upstream, what=RESIDUAL_BN.output)
    hint = "is each normalisation where it belongs, and part of the graph?"
    judging.check(found["x"], expected, x, "the gradient of x", hint, EXACT)


@pytest.mark.task("residual_bn_mlp", weight=3, needs=VALUES)
def test_residual_bn_mlp_learns_by_its_gradients(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Gradient descent changes every layer, scale and shift as
    it should, and the blocks have weights of their own.
    """
    module, weights = filled(submission, Case(), rng, device)
    x, y = draw_for(Case(), rng, device), SPREAD * draw(rng, device, ROWS, SIZES[2])
    count = 2 + nearest(module.train()(x.clone()), both(x, weights))
    given = [value for pair in (*weights.layers, *[weights.norm] * count) for value in pair]
    leaves = [value.clone().requires_grad_() for value in given]

    def formula(inputs: torch.Tensor) -> torch.Tensor:
        pairs = descent_03.paired(leaves)
        return residual_bn_mlp(to_cpu(inputs), pairs[:6], pairs[6:])

    rate = descent_03.step_size(formula(x), leaves, to_cpu(y), 0.1)
    for _ in range(2):
        descent_03.descend(formula(x), leaves, to_cpu(y), rate, RESIDUAL_BN.output)
        output = expect.tensor(
            module(x.clone()), what=RESIDUAL_BN.output, shape=(ROWS, SIZES[2]), dtype=x.dtype
        )
        descent_03.descend(output, trainable(module), y, rate, RESIDUAL_BN.output)
    new = draw_for(Case(), rng, device)
    hint = "is a layer or a normalisation unused, used twice, or cut off?"
    what = f"{RESIDUAL_BN.output} after two steps of gradient descent"
    judging.check(module(new.clone()), formula(new).detach(), new, what, hint, EXACT)


@pytest.mark.task("residual_bn_mlp", weight=0.5, needs=VALUES)
def test_residual_bn_mlp_objects_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Changing the weights of one ResidualBatchNormMLP leaves another one as it is."""
    judging.check_independence(submission, RESIDUAL_BN, rng, device)
