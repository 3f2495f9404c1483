"""`mse` against the formula in float64, and its gradient against autograd's own."""

from __future__ import annotations

from typing import Any

import numbers_00
import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

WHAT = "mse(prediction, y)"
VALUES = "test_mse_values"
GRADIENT = "the gradient of the prediction"
LOOK = "each difference is squared, and the mean is over all entries, rows and columns alike"
SIZES = {
    "one_row": (1, 4),
    "one_column": (7, 1),
    "all_one": (1, 1),
    "square": (4, 4),
    "few_rows": (2, 5),
    "many_rows": (1031, 2),
    "many_columns": (3, 131),
}


def pair(
    rng: torch.Generator,
    device: torch.device,
    size: tuple[int, int] = (6, 3),
    dtype: torch.dtype = torch.float32,
    scale: float = 1.0,
) -> list[torch.Tensor]:
    """A prediction and its targets, whose differences are of either sign and have a mean."""
    y = numbers_00.draw(rng, *size)
    prediction = y + numbers_00.draw(rng, *size) + 0.15
    return [(scale * value).to(device, dtype) for value in (prediction, y)]


def check(output: object, given: list[torch.Tensor], hint: str = LOOK) -> None:
    """Compare with the mean of the squares, to the rounding that the dtype allows."""
    prediction, y = (value.detach().double() for value in given)
    dtype, device = given[0].dtype, given[0].device
    found = expect.tensor(output, what=WHAT, shape=(), dtype=dtype, device=device)
    expected = (prediction - y).square().mean()
    rtol = 1e-5 if dtype == torch.float32 else 1e-12
    expect.close(found, expected, what=WHAT, rtol=rtol, atol=0, hint=hint)


def call(submission: Any, given: list[torch.Tensor]) -> object:
    return submission.mse(*(value.clone() for value in given))


@pytest.mark.task("mse", weight=5)
@pytest.mark.parametrize("size", [(6, 3), (5, 2)], ids=str)
def test_mse_values(
    submission: Any, rng: torch.Generator, device: torch.device, size: tuple[int, int]
) -> None:
    """mse gives the mean of the squared differences over all entries, as a tensor with no
    dimensions."""
    given = pair(rng, device, size)
    check(call(submission, given), given)


@pytest.mark.task("mse", weight=2, needs=VALUES)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_mse_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, size: tuple[int, int]
) -> None:
    """mse works for any sizes: one row, one column, a single entry, and a great many."""
    given = pair(rng, device, size)
    check(call(submission, given), given, "is the mean over all entries, however many?")


@pytest.mark.task("mse", weight=1, needs=VALUES)
def test_mse_double_precision(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """mse answers in float64, with all its digits, when its arguments are float64."""
    given = pair(rng, device, dtype=torch.float64)
    check(call(submission, given), given, "is something rounded or cast on the way?")


@pytest.mark.task("mse", weight=1, needs=VALUES)
@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1e5, 1e9], ids=str)
def test_mse_scales(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """mse stays right when the differences are tiny or huge."""
    given = pair(rng, device, scale=scale)
    check(call(submission, given), given, "is something rounded, added or limited to a range?")


@pytest.mark.task("mse", weight=1, needs=VALUES)
def test_mse_of_a_perfect_prediction(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """A prediction that is right everywhere has the error 0, and a gradient of zeros; if a single
    entry is wrong, the error is not 0."""
    given = pair(rng, device)
    right = given[1].clone().requires_grad_()
    output = submission.mse(right, given[1].clone())
    found = expect.tensor(output, what=WHAT, shape=(), dtype=torch.float32)
    zero, hint = torch.zeros(()), "all differences are 0 here"
    expect.close(found, zero, what=WHAT, rtol=0, atol=1e-6, hint=hint)
    gradients = expect.gradients(found, {"prediction": right}, torch.ones(()), what=WHAT)
    expect.close(gradients["prediction"], torch.zeros(6, 3), what=GRADIENT, rtol=0, atol=1e-6)
    for place in ((0, 0), (5, 2)):
        nearly = given[1].clone()
        nearly[place] += 1.0
        check(call(submission, [nearly, given[1]]), [nearly, given[1]], "is an entry left out?")


@pytest.mark.task("mse", weight=1, needs=VALUES)
def test_mse_non_contiguous(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """mse accepts transposed views, whose entries do not lie in memory row by row."""
    prediction, y = pair(rng, device)
    given = [prediction.T.contiguous().T, y]
    hint = "is a tensor reshaped in the order in which it lies in memory?"
    check(submission.mse(*given), [prediction, y], hint)


@pytest.mark.task("mse", weight=1, needs=VALUES)
@pytest.mark.parametrize("n", [6, 200], ids=["few", "many"])
def test_mse_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device, n: int
) -> None:
    """mse leaves both arguments as they were, and does not change which ask for gradients."""
    given = pair(rng, device, (n, 2))
    before = [value.clone() for value in given]
    output = submission.mse(*given)
    for name, old, new in zip(("prediction", "y"), before, given, strict=True):
        expect.unchanged(old, new, what=name)
    check(output, before)
    for asking in (False, True):
        flags = submission.drive(drivers.flags_after, "mse", asking, *before)
        if flags != [asking] * 2 + [False]:
            raise Mismatch(
                "the call changed requires_grad or .grad of an argument: leave backward() to the "
                "caller"
            )


@pytest.mark.task("mse", weight=1, needs=VALUES)
def test_mse_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What mse gives depends on its arguments alone, not on earlier calls, even after a step of
    training."""
    for size in ((6, 3), (6, 3), (4, 2), (6, 3)):
        given = pair(rng, device, size)
        check(call(submission, given), given, "is something kept from an earlier call?")
    drawn, factors = pair(rng, device), [2.0, -0.75]
    both = submission.drive(drivers.around_a_step, "mse", factors, *drawn)
    hint = "is a result kept for tensors that look the same, though their entries changed?"
    first, second = expect.items(both, what="two calls", length=2)
    check(first, drawn, hint)
    check(second, [f * value for f, value in zip(factors, drawn, strict=True)], hint)


@pytest.mark.task("mse", weight=3, needs=VALUES)
@pytest.mark.parametrize("size", [(6, 3), (1, 1), (130, 2)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_mse_gradient(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    size: tuple[int, int],
    dtype: torch.dtype,
) -> None:
    """The gradient reaches the prediction, with every entry right."""
    prediction, y = pair(rng, device, size, dtype)
    upstream = torch.tensor(numbers_00.between(rng, 1.5, 3.0), dtype=dtype, device=device)
    expected = upstream * 2 * (prediction - y) / prediction.numel()
    leaf = prediction.clone().requires_grad_()
    output = submission.mse(leaf, y)
    found = expect.gradients(output, {"prediction": leaf}, upstream, what=WHAT)
    hint = "does every entry of the prediction take part?"
    atol = 64 * torch.finfo(dtype).eps * float(expected.abs().max())
    expect.close(found["prediction"], expected, what=GRADIENT, rtol=0, atol=atol, hint=hint)
