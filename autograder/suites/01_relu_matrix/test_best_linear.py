"""`best_linear_map` is judged by the residual it leaves: any minimiser counts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from maps_01 import SLACK, Data, draw, excess, in_float32, made, until_clear, with_a_tiny_penalty

from course_lib import drivers, expect
from course_lib.expect import Mismatch

CALL = "best_linear_map(x, y)"
MAIN = "test_noisy_data"
# The default driver on the CPU reads uninitialised pivots (pytorch issue 187411): it may find too
# low a rank, and its answer depends on what lay in memory before.
DEFICIENT = (
    "so xᵀx has no inverse, and torch.linalg.lstsq needs driver='gelsd' (or use torch.linalg.pinv)"
)


def check(
    result: object, x: torch.Tensor, y: torch.Tensor, hint: str, slack: float | None = None
) -> None:
    """Compare the residual that a result leaves with the least one."""
    expect.tensor(result, what=CALL, shape=(y.shape[1], x.shape[1]), dtype=x.dtype, device=x.device)
    expect.finite(result, what=CALL)
    # Not the other way round: entries near the largest float64 make it nan, which is not larger
    # than anything.
    if not excess(expect.values(result, what=CALL), x, y) <= (slack or SLACK[x.dtype]):
        raise Mismatch(f"{CALL} leaves a larger error than the best linear map does: {hint}")


def check_map(
    submission: Any, data: Data, device: torch.device, hint: str, slack: float | None = None
) -> None:
    x, y = (value.to(device) for value in data)
    check(submission.best_linear_map(x.clone(), y.clone()), x, y, hint, slack)


def centred(data: Data) -> Data:
    return data[0] - data[0].mean(dim=0), data[1] - data[1].mean(dim=0)


def float32(data: Data) -> Data:
    return data[0].float(), data[1].float()


@pytest.mark.task("best_linear", weight=4)
@pytest.mark.parametrize("outputs", [2, 5], ids=["fewer_outputs", "more_outputs"])
def test_noisy_data(
    submission: Any, rng: torch.Generator, device: torch.device, outputs: int
) -> None:
    """No linear map has a smaller error on data that no linear map fits."""
    data = float32(centred(made(rng, 15, [6.0, 5.0, 4.0, 3.0], outputs)))
    check_map(submission, data, device, "does it minimise the sum of squares, and over all rows?")


@pytest.mark.task("best_linear", needs=MAIN)
@pytest.mark.parametrize(
    "sizes",
    [(12, 3, 3), (9, 1, 1), (4, 4, 2), (131, 3, 2), (1031, 2, 1), (90, 40, 3), (12, 3, 70)],
    ids=[
        "square_map",
        "single",
        "as_many_rows",
        "many_rows",
        "a_thousand_rows",
        "many_columns",
        "many_outputs",
    ],
)
def test_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The map is the best for any number of samples, inputs and outputs."""
    n, inputs, outputs = sizes
    data = made(rng, n, torch.linspace(1, 2, inputs).tolist(), outputs)
    check_map(
        submission,
        data,
        device,
        "is a size fixed, or are rows left out?",
        1e-6 if n == inputs else None,
    )


@pytest.mark.task("best_linear", needs=MAIN)
@pytest.mark.parametrize("rows", [1, 3], ids=["one_row", "few_rows"])
def test_fewer_rows_than_columns(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """With fewer samples than inputs many maps fit exactly, and any of them will do."""
    x, y = made(rng, rows, [2.0, 1.5, 1.0][:rows], 2, noise=0.0)
    # Columns that are multiples of others by powers of 2: with rounding, an inverse would be wrong
    # by luck only.
    x = x[:, [0, 1 % rows, 2 % rows, 0, 1 % rows]] * torch.tensor([1.0, 2.0, -1.0, -2.0, 0.5])
    check_map(submission, (x, y), device, f"x has fewer rows than columns, {DEFICIENT}", 6e-10)


@pytest.mark.task("best_linear", needs=MAIN)
def test_exactly_linear_data(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When y is a linear map of x, nothing is left over."""
    data = made(rng, 12, [2.0, 1.5, 1.2, 1.0], 3, noise=0.0)
    check_map(submission, data, device, "is something rounded, or added to the squares?", 3e-9)


@pytest.mark.task("best_linear", weight=2, needs=MAIN)
def test_data_off_centre(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The map is linear, with no intercept, also when the data are far from the origin."""
    x, y = made(rng, 14, [4.0, 2.0, 1.0], 2)
    data = float32((x + 4, y - 6))
    check_map(submission, data, device, "are the data centred, or is an intercept taken off?")


@pytest.mark.task("best_linear", weight=2, needs=MAIN)
def test_repeated_columns(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Repeated columns of x leave many best maps, and any of them will do."""
    x, y = made(rng, 13, [2.0, 1.5, 1.0], 2)
    check_map(
        submission, (x[:, [0, 1, 0, 2, 1]], y), device, f"x has repeated columns, {DEFICIENT}"
    )


@pytest.mark.task("best_linear", needs=MAIN)
def test_zero_column(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A column of zeros in x is no obstacle."""
    x, y = made(rng, 11, [2.0, 1.5, 1.0, 0.8], 3)
    x[:, 2] = 0.0
    check_map(submission, (x, y), device, f"x has a column of zeros, {DEFICIENT}")


@pytest.mark.task("best_linear", weight=0.5, needs=MAIN)
def test_samples_on_a_line(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Like the worked example: both inputs are always equal, and the target is folded at 0."""
    x = 3 * draw(rng, 10, 1) + torch.linspace(-9, 12, 10).double()[:, None]
    x = x.expand(10, 2).contiguous()
    check_map(submission, (x, x[:, :1].abs() * 2), device, f"x has repeated columns, {DEFICIENT}")


@pytest.mark.task("best_linear", weight=2, needs=MAIN)
@pytest.mark.parametrize("scales", [(1e-6, 1.0), (1e8, 1.0), (1.0, 1e-6), (1e-6, 1e6)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_units(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    dtype: torch.dtype,
    scales: tuple[float, float],
) -> None:
    """The map is the best whatever the units of x and y are: only ratios say what is small."""
    x, y = made(rng, 13, [1.0, 0.5, 0.25], 2)
    data = (x * scales[0]).to(dtype), (y * scales[1]).to(dtype)
    check_map(
        submission, data, device, "is a number fixed in the code below which something counts as 0?"
    )


@pytest.mark.task("best_linear", weight=2, needs=MAIN)
@pytest.mark.parametrize(
    ("dtype", "least", "columns"),
    [
        (torch.float32, 5e-3, [0, 1, 2]),
        (torch.float32, 5e-4, [0, 1, 0, 2, 1]),
        (torch.float64, 1e-4, [0, 1, 2]),
        (torch.float64, 1e-4, [0, 1, 0, 2, 1]),
    ],
    ids=["float32", "float32_repeated", "float64", "float64_repeated"],
)
def test_nearly_repeated_columns(
    submission: Any,
    rng: torch.Generator,
    device: torch.device,
    dtype: torch.dtype,
    least: float,
    columns: list[int],
) -> None:
    """Columns that differ by a small fraction are different,
    with repeated columns beside them or without.
    """

    def data() -> Data:
        x, y = made(rng, 13, [1.0, 0.03, least], 2)
        return x.to(dtype)[:, columns], y.to(dtype)

    mistakes = [with_a_tiny_penalty] * (len(columns) > 3)
    mistakes += [in_float32] * (dtype == torch.float64)
    hint = (
        "is a small difference taken for none? Squares, as in xᵀx, lose half of the digits; so "
        "does a penalty"
    )
    check_map(submission, until_clear(data, mistakes, SLACK[dtype]), device, hint)


@pytest.mark.task("best_linear", needs=MAIN)
def test_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """x and y are as they were before the call."""
    x, y = (value.to(device) for value in made(rng, 12, [3.0, 2.0, 1.0], 2))
    before = x.clone(), y.clone()
    result = submission.best_linear_map(x, y)
    expect.unchanged(before[0], x, what="x")
    expect.unchanged(before[1], y, what="y")
    check(result, *before, "does it minimise the sum of squares, and over all rows?")
    if submission.drive(drivers.flags_after, "best_linear_map", False, *before) != [False] * 3:
        raise Mismatch("the call changed requires_grad or .grad of x or y")


@pytest.mark.task("best_linear", weight=0.5, needs=MAIN)
def test_transposed_views(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """x and y may be transposed views, whose entries do not lie in memory row by row."""
    x, y = (value.to(device) for value in made(rng, 12, [3.0, 2.0, 1.0], 2))
    result = submission.best_linear_map(x.T.contiguous().T, y.T.contiguous().T)
    check(result, x, y, "is a tensor reshaped in the order in which it lies in memory?")


@pytest.mark.task("best_linear", weight=0.5, needs=MAIN)
def test_calls_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The map depends on the arguments alone, not on earlier calls."""
    for n in (12, 12, 9, 12):
        data = made(rng, n, [3.0, 2.0, 1.0], 2)
        check_map(submission, data, device, "is something of an earlier call kept?")
    x, y = (value.to(device) for value in data)
    pair = submission.drive(drivers.around_a_step, "best_linear_map", [2.0, -0.75], x, y)
    _, again = expect.items(pair, what="two calls", length=2)
    check(again, 2.0 * x, -0.75 * y, "is a result kept for tensors that look the same?")
