"""`predict` against the formula in float64, and its gradients against autograd's own."""

from __future__ import annotations

from typing import Any

import numbers_00
import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

NAMES = ["X", "w", "b"]
OUTPUT = "predict(X, w, b)"
VALUES = "test_predict_values"
LOOK = "look at the transpose of w, and at where b is added"
SIZES = {
    "one_sample": (1, 4, 3),
    "one_output": (7, 2, 1),
    "one_input": (6, 1, 4),
    "all_one": (1, 1, 1),
    "square": (4, 4, 4),
    "few_samples": (2, 5, 3),
    "as_many_samples_as_outputs": (3, 2, 3),
    "many_samples": (1031, 3, 2),
    "many_columns": (3, 131, 137),
}
Arguments = dict[str, torch.Tensor]


def reference(X: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return X @ w.T + b


def arguments(
    rng: torch.Generator,
    device: torch.device,
    sizes: tuple[int, int, int] = (6, 3, 2),
    dtype: torch.dtype = torch.float32,
    scale: float = 1.0,
) -> Arguments:
    """Random arguments for (samples, inputs, outputs)."""
    n, inputs, outputs = sizes
    drawn = [numbers_00.draw(rng, *shape) for shape in ((n, inputs), (outputs, inputs), (outputs,))]
    factors = (scale, scale, scale**2)
    return {
        name: (factor * value).to(device, dtype)
        for name, factor, value in zip(NAMES, factors, drawn, strict=True)
    }


def call(submission: Any, given: Arguments) -> object:
    return submission.predict(*(value.clone() for value in given.values()))


def check(output: object, given: Arguments, hint: str = LOOK) -> None:
    """Compare with the formula, to the rounding error that sums of this magnitude may have."""
    X, w = given["X"], given["w"]
    shape = (len(X), len(w))
    found = expect.tensor(output, what=OUTPUT, shape=shape, dtype=X.dtype, device=X.device)
    exact = [value.detach().double() for value in given.values()]
    magnitude = float(reference(*(value.abs() for value in exact)).max())
    atol = 64 * torch.finfo(X.dtype).eps * magnitude
    expect.close(found, reference(*exact), what=OUTPUT, rtol=0, atol=atol, hint=hint)


@pytest.mark.task("predict", weight=5)
@pytest.mark.parametrize("sizes", [(6, 3, 2), (7, 2, 4)], ids=["general", "other"])
def test_predict_values(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """predict gives X wᵀ + b."""
    given = arguments(rng, device, sizes)
    check(call(submission, given), given)


@pytest.mark.task("predict", weight=3, needs=VALUES)
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_predict_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """predict works for any sizes: a single sample, input or output, as many samples as outputs,
    and a great many."""
    given = arguments(rng, device, sizes)
    hint = "is a size fixed, or a dimension of size 1 lost?"
    check(call(submission, given), given, hint)


@pytest.mark.task("predict", needs=VALUES)
def test_predict_double_precision(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """predict answers in float64, with all its digits, when its arguments are float64."""
    given = arguments(rng, device, dtype=torch.float64)
    check(call(submission, given), given, "is something rounded or cast on the way?")


@pytest.mark.task("predict", needs=VALUES)
@pytest.mark.parametrize("scale", [1e-9, 1e5, 1e9], ids=["tiny", "large", "huge"])
def test_predict_scales(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """predict stays right when its arguments are tiny or huge."""
    given = arguments(rng, device, scale=scale)
    check(call(submission, given), given, "is something rounded, or limited to a range?")


@pytest.mark.task("predict", weight=0.5, needs=VALUES)
def test_predict_of_zeros(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A sample of zeros gives the bias, and whole numbers and zeros elsewhere make no trouble."""
    given = arguments(rng, device)
    given["X"][1] = 0.0
    given["w"] = given["w"].sign()
    given["b"][0] = 0.0
    check(call(submission, given), given)


@pytest.mark.task("predict", needs=VALUES)
def test_predict_non_contiguous(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """predict accepts transposed views, whose entries do not lie in memory row by row."""
    given = arguments(rng, device)
    for name in ("X", "w"):
        given[name] = given[name].T.contiguous().T
    given["b"] = given["b"].repeat_interleave(2)[::2]
    copies = {name: value.clone() for name, value in given.items()}
    output = submission.predict(*given.values())
    check(output, copies, "is a tensor reshaped in the order in which it lies in memory?")


@pytest.mark.task("predict", needs=VALUES)
@pytest.mark.parametrize("n", [6, 200], ids=["few", "many"])
def test_predict_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device, n: int
) -> None:
    """predict leaves its arguments as they were, and does not change which ask for gradients."""
    given = arguments(rng, device, (n, 3, 2))
    copies = {name: value.clone() for name, value in given.items()}
    output = submission.predict(*given.values())
    for name in NAMES:
        expect.unchanged(copies[name], given[name], what=name)
    check(output, copies)
    for asking in (False, True):
        flags = submission.drive(drivers.flags_after, "predict", asking, *copies.values())
        if flags != [asking] * 3 + [False]:
            raise Mismatch(
                "the call changed requires_grad or .grad of an argument: leave backward() to the "
                "caller"
            )


@pytest.mark.task("predict", needs=VALUES)
def test_predict_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What predict gives depends on its arguments alone, not on earlier calls, even after a step of
    training."""
    for sizes in ((6, 3, 2), (6, 3, 2), (4, 2, 3), (6, 3, 2)):
        given = arguments(rng, device, sizes)
        check(call(submission, given), given, "is something kept from an earlier call?")
    drawn, factors = arguments(rng, device), [2.0, -0.75, 3.0]
    pair = submission.drive(drivers.around_a_step, "predict", factors, *drawn.values())
    hint = "is a result kept for tensors that look the same, though their entries changed?"
    first, second = expect.items(pair, what="two calls", length=2)
    check(first, drawn, hint)
    moved = {name: f * value for f, (name, value) in zip(factors, drawn.items(), strict=True)}
    check(second, moved, hint)


def check_gradients(
    submission: Any, given: Arguments, upstream: torch.Tensor, names: list[str]
) -> None:
    """Compare gradients with those of the formula in float64."""
    leaves = {name: value.clone().requires_grad_() for name, value in given.items()}
    exact = [value.double().requires_grad_() for value in given.values()]
    wanted = torch.autograd.grad(reference(*exact), exact, upstream.double())
    expected = dict(zip(NAMES, wanted, strict=True))
    output = submission.predict(*leaves.values())
    found = expect.gradients(output, {name: leaves[name] for name in names}, upstream, what=OUTPUT)
    for name in names:
        size = 1 + float(expected[name].abs().max())
        atol = 256 * torch.finfo(upstream.dtype).eps * size
        what, hint = f"the gradient of {name}", "is each step of predict part of the graph?"
        expect.close(found[name], expected[name], what=what, rtol=0, atol=atol, hint=hint)


@pytest.mark.task("predict", weight=3, needs=VALUES)
@pytest.mark.parametrize("name", NAMES)
def test_predict_gradient(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """The gradient reaches each argument of predict, with every entry right."""
    upstream = numbers_00.draw(rng, 6, 2).to(device)
    check_gradients(submission, arguments(rng, device, dtype=torch.float64), upstream, [name])


@pytest.mark.task("predict", needs=VALUES)
@pytest.mark.parametrize("sizes", [(4, 4, 4), (1, 3, 1), (131, 3, 2)], ids=str)
def test_predict_gradient_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int]
) -> None:
    """The gradients are right for other sizes, and in float32."""
    upstream = numbers_00.draw(rng, sizes[0], sizes[2]).to(device, torch.float32)
    check_gradients(submission, arguments(rng, device, sizes), upstream, NAMES)
