"""Judge a network of this assignment: its values, gradients, training, and no side effects."""

from __future__ import annotations

from typing import Any

import drivers_03
import torch
from cases_03 import BATCH, Case
from descent_03 import descend, paired, step_size
from networks_03 import (
    RESIDUAL_BN,
    Layer,
    Network,
    draw,
    places,
    residual_mlp,
    start,
    to_cpu,
)
from weights_03 import build, fill, scales, trainable

from course_lib import expect
from course_lib.expect import Mismatch

EXACT, ROUNDED = 1e-9, 1e-4
"""Tolerances in float64 and in float32, as shares of the largest expected entry."""
CALLS = 70
FEW, TRIES = 16, 64
"""So few rows are chosen, each among so many."""
ALL_OTHERS = "is it right for every size, every number of rows and in both modes?"


def check(
    found: object,
    expected: torch.Tensor,
    x: torch.Tensor,
    what: str,
    hint: str,
    tolerance: float = EXACT,
) -> None:
    """Compare a result with the formula's; its dtype and device must be those of x.

    Args:
        tolerance: as a share of the largest expected entry.
    """
    result = expect.tensor(
        found, what=what, shape=tuple(expected.shape), dtype=x.dtype, device=x.device
    )
    expect.close(
        result, expected, what=what, rtol=0, atol=tolerance * float(expected.abs().max()), hint=hint
    )


def check_case(
    submission: Any,
    network: Network,
    case: Case,
    rng: torch.Generator,
    device: torch.device,
    hint: str | None = None,
) -> None:
    """With weights of ours the module computes the formula."""
    module = build(submission, network, device, sizes=case.sizes, dtype=case.dtype)
    layers = fill(module, network, rng, sizes=case.sizes, bias=case.bias).layers
    x = _rows(case, network, layers, rng).to(device, case.dtype)
    tolerance = EXACT if case.dtype == torch.float64 else ROUNDED
    if case.dtype != torch.float64:
        layers = [
            (weight.to(case.dtype).double(), bias.to(case.dtype).double())
            for weight, bias in layers
        ]
    output = module.train(case.training)(x.clone())
    check(
        output,
        network.formula(to_cpu(x), layers),
        x,
        network.output,
        hint or network.hint,
        tolerance,
    )


def _rows(case: Case, network: Network, layers: list[Layer], rng: torch.Generator) -> torch.Tensor:
    """Inputs for a case, the first entry 0; a few rows are chosen, among many, so that each shows
    where ReLUs stand: by chance a row can have nothing that a ReLU would cut."""
    shape = (case.rows * (1 if case.rows > FEW else TRIES), (case.sizes or network.sizes)[0])
    x = case.scale * torch.randn(shape, generator=rng, dtype=torch.float64)
    zeroed = x.clone()
    zeroed[:, 0] = 0.0
    if case.rows > FEW:
        return torch.cat([zeroed[:1], x[1:]])
    return torch.cat([_best(zeroed, 1, network, layers), _best(x, case.rows - 1, network, layers)])


def _best(x: torch.Tensor, count: int, network: Network, layers: list[Layer]) -> torch.Tensor:
    """The rows in which the least that a ReLU cuts or passes anywhere is largest."""
    flows = [*places(x, layers), network.formula(x, layers)]
    sizes = [flow.abs().amax(dim=1).clamp(min=1e-300) for flow in flows]
    least = torch.stack(
        [
            torch.minimum(flow.amax(dim=1), -flow.amin(dim=1)) / size
            for flow, size in zip(flows, sizes, strict=True)
            if flow.shape[1] > 1
        ]
        or [torch.zeros(len(x), dtype=torch.float64)]
    ).amin(dim=0)
    return x[least.argsort(descending=True, stable=True)[:count]]


def check_start(
    submission: Any,
    network: Network,
    sizes: tuple[int, ...],
    rng: torch.Generator,
    device: torch.device,
) -> None:
    """A new module computes what identity weights and zero biases make."""
    x = draw(rng, device, 8, sizes[0])
    output = build(submission, network, device, sizes=sizes).eval()(x.clone())
    check_as_made(submission, network, sizes, device)
    hint = f"{network.hint}; every layer starts with nn.init.eye_ and zero biases"
    check(output, network.formula(to_cpu(x), start(network.name, *sizes)), x, network.output, hint)


def check_as_made(
    submission: Any, network: Network, sizes: tuple[int, ...], device: torch.device
) -> None:
    """A new module answers a float32 input in float32, without being converted."""
    x = torch.ones(3, sizes[0], device=device)
    output = getattr(submission, network.name)(*sizes).to(device)(x)
    expect.tensor(
        output, what=network.output, shape=(3, sizes[-1]), dtype=torch.float32, device=device
    )


def check_outer_start(
    submission: Any,
    network: Network,
    sizes: tuple[int, int, int],
    rng: torch.Generator,
    device: torch.device,
) -> None:
    """The first and the last layer start as identity; how the blocks start is not looked at."""
    _, width, _ = sizes
    check_as_made(submission, network, sizes, device)
    module = build(submission, network, device, sizes=sizes).eval()
    others = [p for p in trainable(module) if not any(p is scale for scale in scales(module))]
    vectors = [p for p in others if p.squeeze().shape == (width,)]
    squares = [p for p in others if p.squeeze().shape == (width, width)]
    layers = start(network.name, *sizes)
    if len(squares) >= 4:
        # Two blocks begin alike, so what is not zero in them comes in pairs.
        if sum(bool((vector != 0).any()) for vector in vectors) % 2:
            raise Mismatch(f"the first layer of {network.name}(…) does not start with zero biases")
        with torch.no_grad():
            for parameter in (*vectors, *squares):
                parameter.zero_()
        layers[1:5] = [(0 * weight, bias) for weight, bias in layers[1:5]]
    x = draw(rng, device, 8, sizes[0])
    hint = "do the first and the last layer start with nn.init.eye_ and zero biases?"
    # A normalisation that has seen no data divides by the root of 1 + eps.
    tolerance = 1e-2 if network.name == RESIDUAL_BN.name else EXACT
    check(module(x.clone()), residual_mlp(to_cpu(x), layers), x, network.output, hint, tolerance)


def check_view(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """A transposed view is as good as any input."""
    module = build(submission, network, device)
    layers = fill(module, network, rng).layers
    x = draw(rng, device, network.sizes[0], BATCH).T
    hint = "is a tensor reshaped in the order in which it lies in memory?"
    check(module.eval()(x), network.formula(to_cpu(x), layers), x, network.output, hint)


def check_input_unchanged(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """The call leaves x alone, in both modes, whatever its size."""
    for training in (True, False):
        for scale in (1.0, 1e3):
            module = build(submission, network, device).train(training)
            x = scale * draw(rng, device, 40, network.sizes[0])
            before = x.clone()
            output = module(x)
            expect.unchanged(before, x, what="x")
            expect.tensor(output, what=network.output, shape=(40, network.sizes[-1]))


def check_many_calls(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """What it was called with before makes no difference, and a call leaves no gradient behind."""
    module = build(submission, network, device)
    layers = fill(module, network, rng).layers
    module.train()(
        draw(rng, device, BATCH, network.sizes[0])
    )  # sends the weights to where the module lives
    others, x = (
        draw(rng, device, CALLS, BATCH, network.sizes[0]),
        draw(rng, device, BATCH, network.sizes[0]),
    )
    for training in (True, False):
        output, touched = submission.drive(drivers_03.after_calls, module, others, x, training)
        if touched is not False:
            raise Mismatch(
                "a call leaves gradients in .grad, or makes its input ask for one: call no "
                "backward inside"
            )
        hint = (
            "does a result depend on earlier calls: is something counted, or kept for the "
            "next call?"
        )
        check(output, network.formula(to_cpu(x), layers), x, network.output, hint)


def check_gradient_of_x(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """The gradient of x is the formula's, with a random upstream
    gradient, in both modes and for any number of rows.
    """
    for rows, training in ((6, True), (6, False), (1, True), (130, True)):
        module = build(submission, network, device)
        layers = fill(module, network, rng).layers
        x, upstream = (
            draw(rng, device, rows, network.sizes[0]),
            draw(rng, device, rows, network.sizes[-1]),
        )
        if bool((layers[0][1] != 0).all()):  # else 0 is where a ReLU bends
            x[0, -1] = 0.0
        inner = to_cpu(x).requires_grad_()
        (expected,) = torch.autograd.grad(network.formula(inner, layers), [inner], to_cpu(upstream))
        x.requires_grad_()
        found = expect.gradients(module.train(training)(x), {"x": x}, upstream, what=network.output)
        hint = "does every path from x to the output take part in the graph?"
        check(found["x"], expected, x, "the gradient of x", hint)
    x, upstream = draw(rng, device, 6, network.sizes[0]), draw(rng, device, 6, network.sizes[-1])
    x[2:4] = 0.0  # where a new network's ReLUs bend, and where its output is 0
    leaf = x.requires_grad_()
    found = expect.gradients(
        build(submission, network, device)(leaf), {"x": leaf}, upstream, what=network.output
    )
    expect.finite(found["x"], what="the gradient of x, where x is 0,")


def check_training(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """After some steps of gradient descent the module is what
    the formula becomes by the same steps.
    """
    module = build(submission, network, device).train()
    layers = fill(module, network, rng).layers
    x, y = draw(rng, device, BATCH, network.sizes[0]), draw(rng, device, BATCH, network.sizes[-1])
    leaves = [value.clone().requires_grad_() for layer in layers for value in layer]
    rate = step_size(network.formula(to_cpu(x), paired(leaves)), leaves, to_cpu(y))
    for _ in range(2):
        descend(network.formula(to_cpu(x), paired(leaves)), leaves, to_cpu(y), rate, network.output)
        output = expect.tensor(
            module(x.clone()), what=network.output, shape=tuple(y.shape), dtype=x.dtype
        )
        descend(output, trainable(module), y, rate, network.output)
    new = draw(rng, device, BATCH, network.sizes[0])
    expected = network.formula(to_cpu(new), paired(leaves)).detach()
    what = f"{network.output} after two steps of gradient descent"
    hint = (
        "does every weight and bias get its own gradient: is a layer unused, used twice, "
        "or cut off?"
    )
    check(module.eval()(new.clone()), expected, new, what, hint, 1e-7)


def check_independence(
    submission: Any, network: Network, rng: torch.Generator, device: torch.device
) -> None:
    """New weights for one object leave another as it is."""
    x = draw(rng, device, 5, network.sizes[0])
    one, other = (build(submission, network, device).eval() for _ in range(2))
    before = (
        expect.tensor(other(x.clone()), what=network.output, shape=(5, network.sizes[-1]))
        .detach()
        .clone()
    )
    expect.finite(before, what=network.output)
    fill(one, network, rng)
    one(x.clone())
    check(
        other(x.clone()),
        to_cpu(before),
        x,
        network.output,
        "two objects share their layers: make them in __init__",
    )
