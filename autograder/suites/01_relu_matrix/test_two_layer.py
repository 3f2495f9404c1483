"""`two_layer` against the formula in float64, and its gradients against autograd's own."""

from __future__ import annotations

from typing import Any

import layers_01
import pytest
import torch

from course_lib import drivers, expect
from course_lib.expect import Mismatch

NAMES = ["x", "w1", "b1", "w2", "b2"]
OUTPUT = "two_layer(x, w1, b1, w2, b2)"
LOOK = "look at both transposes, both biases, and where the ReLU is"
Arguments = dict[str, torch.Tensor]


def reference(
    x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor, w2: torch.Tensor, b2: torch.Tensor
) -> torch.Tensor:
    return torch.relu(x @ w1.T + b1) @ w2.T + b2


def network(
    rng: torch.Generator,
    device: torch.device,
    sizes: tuple[int, int, int, int] = (6, 3, 5, 2),
    dtype: torch.dtype = torch.float32,
    scale: float = 1.0,
) -> Arguments:
    """Random arguments for (batch, inputs, hidden units, outputs), for which every ReLU shows."""
    n, inputs, hidden, outputs = sizes
    x, w1, b1 = layers_01.hidden_layer(rng, n, inputs, hidden)
    w2 = layers_01.draw(rng, outputs, hidden)
    sums = torch.relu(x @ w1.T + b1) @ w2.T
    # A single sample's outputs take turns in their sign; others lie on both sides of 0.
    b2 = 0.01 - sums.mean(dim=0) + (0.5 - torch.arange(outputs) % 2 if n == 1 else 0)
    drawn = (x * scale, w1 * scale, b1 * scale**2, w2 * scale, b2 * scale**3)
    return {name: value.to(device, dtype) for name, value in zip(NAMES, drawn, strict=True)}


def call(submission: Any, arguments: Arguments) -> object:
    return submission.two_layer(*(argument.clone() for argument in arguments.values()))


def check_output(output: object, arguments: Arguments, hint: str = LOOK) -> None:
    """Compare with the formula, to the rounding error that sums of this magnitude may have."""
    first = arguments["x"]
    shape = (first.shape[0], arguments["w2"].shape[0])
    found = expect.tensor(output, what=OUTPUT, shape=shape, dtype=first.dtype, device=first.device)
    exact = [argument.detach().double() for argument in arguments.values()]
    magnitude = float(reference(*(value.abs() for value in exact)).max())
    eps = torch.finfo(first.dtype).eps
    expect.close(
        found, reference(*exact), what=OUTPUT, rtol=0, atol=64 * eps * magnitude, hint=hint
    )


@pytest.mark.task("two_layer", weight=5)
@pytest.mark.parametrize("sizes", [(6, 3, 5, 2), (7, 2, 4, 3)], ids=["general", "other"])
def test_two_layer_values(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int, int]
) -> None:
    """two_layer gives ReLU(x w1ᵀ + b1) w2ᵀ + b2."""
    arguments = network(rng, device, sizes)
    check_output(call(submission, arguments), arguments)


@pytest.mark.task("two_layer", weight=3, needs="test_two_layer_values")
@pytest.mark.parametrize(
    "sizes",
    [
        *(
            (1, 4, 3, 2),
            (7, 2, 6, 1),
            (5, 6, 1, 3),
            (6, 1, 4, 2),
            (1, 1, 1, 1),
            (4, 4, 4, 4),
            (2, 5, 3, 4),
        ),
        *((1031, 3, 5, 2), (3, 131, 137, 139)),
    ],
    ids=[
        *(
            "one_sample",
            "one_output",
            "one_hidden_unit",
            "one_input",
            "all_one",
            "square",
            "few_samples",
        ),
        *("many_samples", "many_units"),
    ],
)
def test_two_layer_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int, int]
) -> None:
    """two_layer works for any sizes: one of everything, as many
    of one as of the other, and a great many.
    """
    arguments = network(rng, device, sizes)
    check_output(
        call(submission, arguments), arguments, "is a size fixed, or a dimension of size 1 lost?"
    )


@pytest.mark.task("two_layer", needs="test_two_layer_values")
def test_two_layer_double_precision(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """two_layer answers in float64, with all its digits, when its arguments are float64."""
    arguments = network(rng, device, dtype=torch.float64)
    check_output(call(submission, arguments), arguments, "is something rounded or cast on the way?")


@pytest.mark.task("two_layer", needs="test_two_layer_values")
@pytest.mark.parametrize("scale", [1e-9, 1e5, 1e9], ids=["tiny", "large", "huge"])
def test_two_layer_scales(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """two_layer stays right when inputs and weights are tiny or huge."""
    arguments = network(rng, device, scale=scale)
    hint = "the ReLU has no bound and its kink is at exactly 0; no exponential is needed"
    check_output(call(submission, arguments), arguments, hint)


@pytest.mark.task("two_layer", weight=0.5, needs="test_two_layer_values")
def test_two_layer_dead_layer(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When every hidden unit is off, only the last bias is left."""
    arguments = network(rng, device)
    arguments["b1"] = arguments["b1"] - 1e3
    found = expect.tensor(call(submission, arguments), what=OUTPUT, shape=(6, 2))
    expect.close(found, arguments["b2"].expand(6, 2), what=OUTPUT, rtol=1e-6, atol=0)


@pytest.mark.task("two_layer", weight=0.5, needs="test_two_layer_values")
def test_two_layer_of_zeros(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A sample of zeros, without biases, gives zeros and
    gradients that are numbers, whatever the slope at the kink.
    """
    arguments = network(rng, device, dtype=torch.float64, scale=0.5)
    arguments["x"][2] = 0.0
    for name in ("b1", "b2"):
        arguments[name] = torch.zeros_like(arguments[name])
    check_output(call(submission, arguments), arguments)
    upstream = torch.randn(6, 2, generator=rng, dtype=torch.float64).to(device)
    check_gradients(
        submission, arguments, upstream, ["w1", "w2", "b2"]
    )  # the others depend on that slope


@pytest.mark.task("two_layer", needs="test_two_layer_values")
def test_two_layer_non_contiguous(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """two_layer accepts transposed views, whose entries do not lie in memory row by row."""
    arguments = network(rng, device)
    for name in ("x", "w1", "w2"):
        arguments[name] = arguments[name].T.contiguous().T
    before = {name: argument.clone() for name, argument in arguments.items()}
    output = submission.two_layer(*arguments.values())
    check_output(output, before, "is a tensor reshaped in the order in which it lies in memory?")


@pytest.mark.task("two_layer", needs="test_two_layer_values")
@pytest.mark.parametrize("scale", [1.0, 30.0], ids=["usual", "large"])
def test_two_layer_leaves_its_arguments_alone(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float
) -> None:
    """two_layer leaves all five arguments as they were, and asks
    for no gradients of its own accord.
    """
    arguments = network(rng, device, scale=scale)
    before = {name: argument.clone() for name, argument in arguments.items()}
    output = submission.two_layer(*arguments.values())
    for name in NAMES:
        expect.unchanged(before[name], arguments[name], what=name)
    check_output(output, before)
    for asking in (False, True):
        flags = submission.drive(drivers.flags_after, "two_layer", asking, *before.values())
        if flags != [asking] * 5 + [False]:
            raise Mismatch(
                "the call changed requires_grad or .grad of an argument: leave backward() to the "
                "caller"
            )


@pytest.mark.task("two_layer", needs="test_two_layer_values")
def test_two_layer_calls_are_independent(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """What two_layer gives depends on its arguments alone, not
    on earlier calls, also after a step of training.
    """
    for sizes in ((6, 3, 5, 2), (6, 3, 5, 2), (4, 2, 3, 1), (6, 3, 5, 2)):
        arguments = network(rng, device, sizes)
        check_output(
            call(submission, arguments), arguments, "is something of an earlier call kept?"
        )
    drawn = network(rng, device)
    # Pre-activations grow and keep their signs, so a mistake elsewhere shows no more or less than
    # before.
    factors = [2.0, 1.0, 2.0, -0.75, 2.0]
    pair = submission.drive(drivers.around_a_step, "two_layer", factors, *drawn.values())
    hint = "is a result kept for tensors that look the same, though their entries changed?"
    before, after = expect.items(pair, what="two calls", length=2)
    check_output(before, drawn, hint)
    check_output(
        after,
        {name: f * value for f, (name, value) in zip(factors, drawn.items(), strict=True)},
        hint,
    )


def check_gradients(
    submission: Any, arguments: Arguments, upstream: torch.Tensor, names: list[str]
) -> None:
    """Compare gradients with those of the formula in float64."""
    eps = torch.finfo(upstream.dtype).eps
    leaves = {name: value.clone().requires_grad_() for name, value in arguments.items()}
    exact = [value.double().requires_grad_() for value in arguments.values()]
    expected = dict(
        zip(NAMES, torch.autograd.grad(reference(*exact), exact, upstream.double()), strict=True)
    )
    output = submission.two_layer(*leaves.values())
    found = expect.gradients(output, {name: leaves[name] for name in names}, upstream, what=OUTPUT)
    hint = "does each step of two_layer take part in the graph, the ReLU included?"
    for name in names:
        atol = 256 * eps * (1 + float(expected[name].abs().max()))
        expect.close(
            found[name],
            expected[name],
            what=f"the gradient of {name}",
            rtol=0,
            atol=atol,
            hint=hint,
        )


@pytest.mark.task("two_layer", weight=4, needs="test_two_layer_values")
@pytest.mark.parametrize("name", NAMES)
def test_two_layer_gradient(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """The gradient reaches each argument of two_layer, with every entry right."""
    upstream = torch.randn(6, 2, generator=rng, dtype=torch.float64).to(device)
    check_gradients(submission, network(rng, device, dtype=torch.float64), upstream, [name])


@pytest.mark.task("two_layer", needs="test_two_layer_values")
@pytest.mark.parametrize(
    "sizes",
    [(4, 4, 4, 4), (1, 3, 2, 1), (131, 3, 5, 2)],
    ids=["square", "one_sample", "many_samples"],
)
def test_two_layer_gradient_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, sizes: tuple[int, int, int, int]
) -> None:
    """The gradients are right for other sizes, and in float32."""
    upstream = torch.randn(sizes[0], sizes[3], generator=rng).to(device)
    check_gradients(submission, network(rng, device, sizes), upstream, NAMES)
