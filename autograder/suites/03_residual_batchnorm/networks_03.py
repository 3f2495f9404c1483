"""Networks of linear layers for the tests: their formulas, and how to give a student's module weights of ours.

Names, order and orientation of a module's parameters are the student's. So layers of the same shape all get the
same weights, and square ones symmetric weights: then it does not matter which parameter is which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

Layer = tuple[torch.Tensor, torch.Tensor]
"""Weight (out, in) and bias (out,) of a linear layer."""
Norm = tuple[torch.Tensor, torch.Tensor]
"""Scale and shift, both (width,), of a normalisation."""


class Weights(NamedTuple):
    """What a module was filled with: its layers, what its normalisations scale and shift by, and whether they do."""

    layers: list[Layer]
    norm: Norm
    affine: bool


class Network(NamedTuple):
    """A class of the notebook: its name, the sizes it is tested with, what it computes, and what to look at."""

    name: str
    sizes: tuple[int, ...]
    formula: Callable[[torch.Tensor, list[Layer]], torch.Tensor]
    hint: str

    @property
    def output(self) -> str:
        return f"{self.name}(…)(x)"


def linear(x: torch.Tensor, layer: Layer) -> torch.Tensor:
    return x @ layer[0].T + layer[1]


def mlp(x: torch.Tensor, layers: list[Layer]) -> torch.Tensor:
    first, second = layers
    return linear(linear(x, first).clamp(min=0), second)


def block(x: torch.Tensor, layers: list[Layer]) -> torch.Tensor:
    return x + mlp(x, layers)


def residual_mlp(x: torch.Tensor, layers: list[Layer]) -> torch.Tensor:
    x = linear(x, layers[0])
    return linear(block(block(x, layers[1:3]), layers[3:5]), layers[5])


def residual_bn_mlp(
    x: torch.Tensor, layers: list[Layer], norms: list[Norm], *, seen: torch.Tensor | None = None
) -> torch.Tensor:
    """In training mode, or where `seen` is given in evaluation mode after long training on that batch.

    norms: after each block, and before them one after the first layer if there are three.
    """
    last_two = norms[-2:]
    x, seen = linear(x, layers[0]), None if seen is None else linear(seen, layers[0])
    if len(norms) == 3:
        x, seen = _normalise(x, seen, norms[0])
    for norm, inner in zip(last_two, (layers[1:3], layers[3:5]), strict=True):
        x, seen = _normalise(block(x, inner), None if seen is None else block(seen, inner), norm)
    return linear(x, layers[5])


def _normalise(x: torch.Tensor, seen: torch.Tensor | None, norm: Norm) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Both by the statistics of `seen`, or x by its own."""
    if seen is None:
        return _scaled(x, x.mean(dim=0), x.var(dim=0, correction=0), norm), None
    mean = seen.mean(dim=0)
    return _scaled(x, mean, seen.var(dim=0), norm), _scaled(seen, mean, seen.var(dim=0, correction=0), norm)


def _scaled(x: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor, norm: Norm) -> torch.Tensor:
    return (x - mean) / (variance + 1e-5).sqrt() * norm[0] + norm[1]


# Inputs, hidden units, outputs: all different, so that a shape tells a layer, and ever fewer, so that an identity
# start has no pre-activation at ReLU's kink.
SIZES = (5, 4, 3)
MLP = Network("MLP", SIZES, mlp, "it should be a linear layer, ReLU, and a linear layer with nothing after it")
BLOCK = Network(
    "ResidualBlock", (4,), block, "it should be x plus what a linear layer, ReLU and a linear layer make of x"
)
RESIDUAL = Network(
    "ResidualMLP", SIZES, residual_mlp, "it should be a linear layer, two residual blocks in a row, and a linear layer"
)
RESIDUAL_BN = Network(
    "ResidualBatchNormMLP", SIZES, residual_mlp, "each block should be followed by a batch normalisation"
)


def shapes(name: str, *sizes: int) -> list[tuple[int, int]]:
    """The shapes (out, in) of a network's linear layers, from its input to its output."""
    if name == "ResidualBlock":
        return [(sizes[0], sizes[0])] * 2
    inputs, hidden, outputs = sizes
    inner = 0 if name == "MLP" else 4
    return [(hidden, inputs), *[(hidden, hidden)] * inner, (outputs, hidden)]


def start(name: str, *sizes: int) -> list[Layer]:
    """The layers as the assignment wants them to start: identity and zero."""
    return [
        (torch.eye(*shape, dtype=torch.float64), torch.zeros(shape[0], dtype=torch.float64))
        for shape in shapes(name, *sizes)
    ]


def draw(rng: torch.Generator, device: torch.device, *shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(shape, generator=rng, dtype=torch.float64).to(device, dtype)


def to_cpu(x: torch.Tensor) -> torch.Tensor:
    return x.detach().cpu().double()


def build(submission: Any, name: str, *sizes: int, device: torch.device, dtype: torch.dtype = torch.float64) -> Any:
    """A new module of the student's, with its parameters in that dtype on that device.

    Raises:
        Mismatch: it is no module.
    """
    module = getattr(submission, name)(*sizes)
    if not isinstance(module, nn.Module):
        raise Mismatch(f"{name}(…) makes no nn.Module: derive the class from nn.Module")
    return module.to(device=device, dtype=dtype)


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def scales(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that a new module has as all ones: its normalisations' scales."""
    return [p for p in trainable(module) if p.squeeze().dim() == 1 and bool((p == 1).all())]


def fill(module: nn.Module, name: str, sizes: tuple[int, ...], rng: torch.Generator) -> Weights:
    """Give a new module random weights, the same to all its normalisations; its weights from then on.

    A module that keeps its weights in a way of its own, such as with the biases as one more column, is left as
    it starts.

    Raises:
        Mismatch: it has too few trainable weights.
    """
    layers = start(name, *sizes)
    values: dict[tuple[int, ...], torch.Tensor] = {}
    for weight, bias in layers:
        drawn = torch.randn(weight.shape, generator=rng, dtype=torch.float64)
        values[tuple(weight.shape)] = drawn + drawn.T if weight.shape[0] == weight.shape[1] else drawn
        values[tuple(bias.shape)] = torch.randn(bias.shape, generator=rng, dtype=torch.float64)
    width = layers[0][0].shape[0]
    neutral = torch.ones(width, dtype=torch.float64), torch.zeros(width, dtype=torch.float64)
    scale = torch.rand(width, generator=rng, dtype=torch.float64) + 0.5
    ones = [p for p in scales(module) if p.numel() == width] if name == RESIDUAL_BN.name else []
    plan: list[tuple[nn.Parameter, torch.Tensor]] = []
    for parameter in trainable(module):
        shape = tuple(size for size in parameter.shape if size != 1)
        if any(parameter is one for one in ones):
            plan.append((parameter, scale))
        elif shape in values:
            plan.append((parameter, values[shape]))
        elif shape[::-1] in values:
            plan.append((parameter, values[shape[::-1]].T))
    found = Counter(_kind(value) for _, value in plan if value is not scale)
    wanted = Counter(_kind(value) for layer in layers for value in layer)
    if all(found[kind] >= count for kind, count in wanted.items()):
        with torch.no_grad():
            for parameter, value in plan:
                parameter.copy_(value.reshape(parameter.shape))
        filled = [(values[tuple(weight.shape)], values[tuple(bias.shape)]) for weight, bias in layers]
        return Weights(filled, (scale, values[(width,)]) if ones else neutral, bool(ones))
    norms = 2 * width * len(ones)
    if entries(trainable(module)) - norms < entries([value for layer in layers for value in layer]):
        hint = (
            f"{name}(…) has fewer trainable weights than its layers need: is a layer or a bias missing, used twice, "
            "or kept where nn.Module does not see it?"
        )
        raise Mismatch(hint)
    return Weights(layers, neutral, bool(ones))


def entries(tensors: list[Any]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def _kind(value: torch.Tensor) -> tuple[int, ...]:
    """The shape, the same for a matrix and its transpose."""
    return tuple(sorted(value.shape))


def check(
    found: object, expected: torch.Tensor, x: torch.Tensor, what: str, hint: str, tolerance: float = 1e-9
) -> None:
    """Compare with the formula, in shares of the largest expected entry; dtype and device are those of x."""
    result = expect.tensor(found, what=what, shape=tuple(expected.shape), dtype=x.dtype, device=x.device)
    expect.close(result, expected, what=what, rtol=0, atol=tolerance * float(expected.abs().max()), hint=hint)


def check_start(
    submission: Any, network: Network, sizes: tuple[int, ...], rng: torch.Generator, device: torch.device
) -> None:
    """A new module computes what identity weights and zero biases make."""
    x = draw(rng, device, 8, sizes[0])
    output = build(submission, network.name, *sizes, device=device).eval()(x.clone())
    hint = f"{network.hint}; every layer starts with nn.init.eye_ and zero biases"
    check(output, network.formula(to_cpu(x), start(network.name, *sizes)), x, network.output, hint)


def check_outer_start(
    submission: Any, network: Network, sizes: tuple[int, int, int], rng: torch.Generator, device: torch.device
) -> None:
    """The first and the last layer start as identity; how the blocks start is not looked at."""
    _, width, _ = sizes
    module = build(submission, network.name, *sizes, device=device).eval()
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
    tolerance = 1e-2 if network.name == RESIDUAL_BN.name else 1e-9
    check(module(x.clone()), residual_mlp(to_cpu(x), layers), x, network.output, hint, tolerance)


def check_values(
    submission: Any, network: Network, x: torch.Tensor, rng: torch.Generator, hint: str | None = None
) -> None:
    """With weights of ours the module computes the formula."""
    module = build(submission, network.name, *network.sizes, device=x.device)
    layers = fill(module, network.name, network.sizes, rng).layers
    expected = network.formula(to_cpu(x), layers)
    check(module.eval()(x.clone()), expected, x, network.output, hint or network.hint)


def check_float32(submission: Any, network: Network, rng: torch.Generator, device: torch.device) -> None:
    """float32 weights and a float32 input give a float32 result."""
    x = draw(rng, device, 6, network.sizes[0], dtype=torch.float32)
    module = build(submission, network.name, *network.sizes, device=device, dtype=torch.float32).eval()
    output = module(x)
    shape = (6, network.sizes[-1])
    expect.tensor(output, what=network.output, shape=shape, dtype=torch.float32, device=device)


def check_input_unchanged(submission: Any, network: Network, rng: torch.Generator, device: torch.device) -> None:
    """The call leaves x alone, in both modes."""
    for training in (True, False):
        module = build(submission, network.name, *network.sizes, device=device).train(training)
        x = draw(rng, device, 6, network.sizes[0])
        before = x.clone()
        output = module(x)
        expect.unchanged(before, x, what="x")
        expect.tensor(output, what=network.output, shape=(6, network.sizes[-1]))


def check_gradient_of_x(submission: Any, network: Network, rng: torch.Generator, device: torch.device) -> None:
    """The gradient of x is the formula's, with a random upstream gradient."""
    module = build(submission, network.name, *network.sizes, device=device)
    layers = fill(module, network.name, network.sizes, rng).layers
    x, upstream = draw(rng, device, 6, network.sizes[0]), draw(rng, device, 6, network.sizes[-1])
    inner = to_cpu(x).requires_grad_()
    (expected,) = torch.autograd.grad(network.formula(inner, layers), [inner], to_cpu(upstream))
    x.requires_grad_()
    found = expect.gradients(module(x), {"x": x}, upstream, what=network.output)
    check(found["x"], expected, x, "the gradient of x", "does every path from x to the output take part in the graph?")


def check_gradient_of_weights(submission: Any, network: Network, rng: torch.Generator, device: torch.device) -> None:
    """Every weight and bias gets the formula's gradient."""
    module = build(submission, network.name, *network.sizes, device=device)
    layers = fill(module, network.name, network.sizes, rng).layers
    x, upstream = draw(rng, device, 6, network.sizes[0]), draw(rng, device, 6, network.sizes[-1])
    inner = [(weight.clone().requires_grad_(), bias.clone().requires_grad_()) for weight, bias in layers]
    leaves = [value for layer in inner for value in layer]
    expected = sorted_gradients(network.formula(to_cpu(x), inner), leaves, to_cpu(upstream), network.output)
    output = expect.tensor(module(x.clone()), what=network.output, shape=tuple(upstream.shape), dtype=x.dtype)
    found = sorted_gradients(output, trainable(module), upstream, network.output)
    check_sorted(found, expected, 1e-9)


def sorted_gradients(output: torch.Tensor, leaves: list[Any], upstream: torch.Tensor, what: str) -> torch.Tensor:
    """All entries of the leaves' gradients in order of size, (entries,): the same whatever the leaves are called.

    Leaves that the output does not depend on are left out.

    Raises:
        Mismatch: there are none, or the backward pass fails.
    """
    detached = f"no gradient reaches the weights from {what}: was something detached, or is no parameter?"
    if not leaves or not output.requires_grad:
        raise Mismatch(detached)
    try:
        found = torch.autograd.grad(output, leaves, upstream, allow_unused=True)
    except RuntimeError:
        # torch notices only now what the code under test did in its forward pass.
        cause = "was a tensor changed in place that is still needed?"
        raise Mismatch(f"the backward pass through {what} fails: {cause}") from None
    reached = [to_cpu(gradient).flatten() for gradient in found if gradient is not None]
    if not reached:
        raise Mismatch(detached)
    return torch.cat(reached).sort().values


def check_sorted(
    found: torch.Tensor,
    expected: torch.Tensor,
    tolerance: float,
    hint: str = "is a layer unused, used twice, or cut off?",
) -> None:
    """Compare what `sorted_gradients` gave for the module and for the formula.

    Raises:
        Mismatch: a layer gets no gradient, or a wrong one.
    """
    if len(found) < len(expected):
        raise Mismatch(f"no gradient reaches some of the weights and biases: {hint}")
    what = "the gradient of the weights and biases, sorted,"
    atol = tolerance * float(expected.abs().max())
    expect.close(found, expected, what=what, rtol=0, atol=atol, hint=hint)


def check_independence(submission: Any, network: Network, rng: torch.Generator, device: torch.device) -> None:
    """New weights for one object leave another as it is."""
    x = draw(rng, device, 5, network.sizes[0])
    one, other = (build(submission, network.name, *network.sizes, device=device).eval() for _ in range(2))
    before = expect.tensor(other(x.clone()), what=network.output, shape=(5, network.sizes[-1])).detach().clone()
    expect.finite(before, what=network.output)
    fill(one, network.name, network.sizes, rng)
    one(x.clone())
    check(other(x.clone()), to_cpu(before), x, network.output, "two objects share their layers: make them in __init__")
