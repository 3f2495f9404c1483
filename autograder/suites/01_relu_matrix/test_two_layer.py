"""`relu` and `two_layer` against the formula in float64, and their gradients against autograd's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect

NAMES = ["x", "w1", "b1", "w2", "b2"]
OUTPUT = "two_layer(x, w1, b1, w2, b2)"


def reference(x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor, w2: torch.Tensor, b2: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ w1.T + b1) @ w2.T + b2


def network(
    rng: torch.Generator,
    device: torch.device,
    sizes: tuple[int, int, int, int] = (6, 3, 5, 2),
    dtype: torch.dtype = torch.float64,
    scale: float = 1.0,
) -> dict[str, torch.Tensor]:
    """Random arguments for (batch, inputs, hidden units, outputs)."""
    n, inputs, hidden, outputs = sizes
    shapes = [(n, inputs), (hidden, inputs), (hidden,), (outputs, hidden), (outputs,)]
    draws = (torch.randn(shape, generator=rng, dtype=torch.float64) * scale for shape in shapes)
    return {name: draw.to(device, dtype) for name, draw in zip(NAMES, draws, strict=True)}


def check_output(output: object, arguments: dict[str, torch.Tensor], hint: str) -> None:
    """Compare with the formula, to the rounding error that sums of this magnitude may have."""
    first = arguments["x"]
    rows, columns = first.shape[0], arguments["w2"].shape[0]
    found = expect.tensor(output, what=OUTPUT, shape=(rows, columns), dtype=first.dtype, device=first.device)
    exact = [argument.detach().double() for argument in arguments.values()]
    magnitude = float(reference(*(value.abs() for value in exact)).max())
    eps = torch.finfo(first.dtype).eps
    expect.close(found, reference(*exact), what=OUTPUT, rtol=0, atol=64 * eps * magnitude, hint=hint)


@pytest.mark.task("two_layer")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_relu_values(submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype) -> None:
    """relu keeps each positive entry and replaces the others by 0, in the dtype of its argument."""
    z = torch.randn(5, 7, generator=rng, dtype=torch.float64).to(device, dtype)
    found = expect.tensor(submission.relu(z.clone()), what="relu(z)", shape=(5, 7), dtype=dtype, device=device)
    expect.close(found, torch.where(z > 0, z, 0.0), what="relu(z)", rtol=1e-6, atol=0)


@pytest.mark.task("two_layer")
def test_relu_at_zero(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """relu of exactly 0 is 0, in a single row too."""
    z = torch.randn(1, 9, generator=rng).to(device)
    z[0, ::2] = 0.0
    found = expect.tensor(submission.relu(z.clone()), what="relu(z)", shape=(1, 9), device=device)
    expect.close(found, torch.where(z > 0, z, 0.0), what="relu(z)", rtol=1e-6, atol=0)


@pytest.mark.task("two_layer")
def test_relu_large_numbers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """relu neither overflows nor saturates, however large the entries are."""
    z = (torch.randn(4, 6, generator=rng) * 1e12).to(device)
    found = expect.tensor(submission.relu(z.clone()), what="relu(z)", shape=(4, 6), device=device)
    hint = "relu has no upper bound and needs no exponential"
    expect.close(found, torch.where(z > 0, z, 0.0), what="relu(z)", rtol=1e-6, atol=0, hint=hint)


@pytest.mark.task("two_layer")
def test_relu_leaves_its_argument_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """relu returns a new tensor and leaves its argument as it was."""
    z = torch.randn(4, 3, generator=rng).to(device)
    before = z.clone()
    found = submission.relu(z)
    expect.unchanged(before, z, what="z")
    expect.close(found, torch.where(before > 0, before, 0.0), what="relu(z)", rtol=1e-6, atol=0)


@pytest.mark.task("two_layer")
def test_relu_gradient(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """relu passes the upstream gradient where its argument is positive and stops it where it is negative."""
    z = torch.randn(5, 4, generator=rng, dtype=torch.float64).to(device).requires_grad_()
    upstream = torch.randn(5, 4, generator=rng, dtype=torch.float64).to(device)
    expected = torch.where(z > 0, upstream, 0.0)
    found = expect.gradients(submission.relu(z), {"z": z}, upstream, what="relu(z)")
    hint = "does the gradient follow the upstream one, and stop where z is negative?"
    expect.close(found["z"], expected, what="the gradient of z", rtol=1e-9, atol=1e-12, hint=hint)


@pytest.mark.task("two_layer")
@pytest.mark.parametrize(
    "sizes",
    [(6, 3, 5, 2), (1, 4, 3, 2), (7, 2, 6, 1), (5, 6, 1, 3), (4, 4, 4, 4)],
    ids=["general", "one_sample", "one_output", "one_hidden_unit", "square"],
)
def test_two_layer_values(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int, int]
) -> None:
    """two_layer gives ReLU(x w1ᵀ + b1) w2ᵀ + b2 for any sizes."""
    arguments = network(rng, device, sizes)
    output = submission.two_layer(*(argument.clone() for argument in arguments.values()))
    check_output(output, arguments, "look at both transposes, both biases, and where the ReLU is")


@pytest.mark.task("two_layer")
def test_two_layer_float32(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """two_layer answers in float32 when its arguments are float32."""
    arguments = network(rng, device, dtype=torch.float32)
    output = submission.two_layer(*(argument.clone() for argument in arguments.values()))
    check_output(output, arguments, "is something rounded or cast on the way?")


@pytest.mark.task("two_layer")
def test_two_layer_large_numbers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """two_layer stays right when inputs and weights are large."""
    arguments = network(rng, device, dtype=torch.float32, scale=1e5)
    output = submission.two_layer(*(argument.clone() for argument in arguments.values()))
    check_output(output, arguments, "relu has no upper bound and needs no exponential")


@pytest.mark.task("two_layer")
def test_two_layer_dead_layer(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When every hidden unit is off, only the last bias is left."""
    arguments = network(rng, device)
    arguments["b1"] = arguments["b1"] - 1e3
    output = submission.two_layer(*(argument.clone() for argument in arguments.values()))
    found = expect.tensor(output, what=OUTPUT, shape=(6, 2))
    expect.close(found, arguments["b2"].expand(6, 2), what=OUTPUT, rtol=1e-9, atol=1e-12)


@pytest.mark.task("two_layer")
def test_two_layer_non_contiguous(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """two_layer accepts transposed views, whose entries do not lie in memory row by row."""
    arguments = network(rng, device)
    for name in ("x", "w1", "w2"):
        arguments[name] = arguments[name].T.contiguous().T
    before = {name: argument.clone() for name, argument in arguments.items()}
    output = submission.two_layer(*arguments.values())
    check_output(output, before, "is a tensor reshaped in the order in which it lies in memory?")


@pytest.mark.task("two_layer")
def test_two_layer_leaves_its_arguments_alone(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """two_layer leaves all five arguments as they were."""
    arguments = network(rng, device)
    before = {name: argument.clone() for name, argument in arguments.items()}
    output = submission.two_layer(*arguments.values())
    for name in NAMES:
        expect.unchanged(before[name], arguments[name], what=name)
    check_output(output, before, "look at both transposes, both biases, and where the ReLU is")


@pytest.mark.task("two_layer")
@pytest.mark.parametrize("name", NAMES)
def test_two_layer_gradient(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """The gradient reaches each argument of two_layer, with every entry right."""
    arguments = {key: value.requires_grad_() for key, value in network(rng, device).items()}
    upstream = torch.randn(6, 2, generator=rng, dtype=torch.float64).to(device)
    (expected,) = torch.autograd.grad(reference(*arguments.values()), [arguments[name]], upstream)
    output = submission.two_layer(*arguments.values())
    found = expect.gradients(output, {name: arguments[name]}, upstream, what=OUTPUT)
    hint = "does each step of two_layer take part in the graph, the ReLU included?"
    what = f"the gradient of {name}"
    expect.close(found[name], expected, what=what, rtol=1e-8, atol=1e-9, hint=hint)
