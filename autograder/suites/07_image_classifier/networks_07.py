"""The classifier as a formula, and how a test gives a student's module weights of its own.

Names, order and orientation of a module's parameters are the student's. So layers of the same shape
all get the same weights, and square ones symmetric weights: then it does not matter which parameter
is which.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any, NamedTuple

import torch
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

OUTPUT = "make_classifier(…)(x)"
EXACT, ROUNDED = 1e-9, 1e-4
"""Tolerances in float64 and in float32, as shares of the largest expected entry."""
EPS = 1e-5
Layer = tuple[torch.Tensor, torch.Tensor]
Key = tuple[int, ...]
"""A shape without its sizes of 1."""


class Weights(NamedTuple):
    """The layers of a module, and scale and shift of the normalisation after each hidden one."""

    layers: list[Layer]
    norms: list[Layer]


def build(
    submission: Any,
    sizes: tuple[int, ...],
    device: torch.device,
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> Any:
    """A new module of the student's, its parameters in that dtype on that device.

    Raises:
        Mismatch: it is no module, or has another number of parameters than it should.
    """
    inputs, *hidden, classes = sizes
    module = submission.make_classifier(inputs, hidden, classes, **options)
    if not isinstance(module, nn.Module):
        raise Mismatch("make_classifier(…) returns no nn.Module: is a return missing?")
    module = module.to(device=device, dtype=dtype)
    x = torch.zeros(2, inputs, device=device, dtype=dtype)
    expect.tensor(module.eval()(x), what=OUTPUT, shape=(2, classes))  # lazy layers get their sizes
    check_count(module, sizes, options.get("batch_norm", False))
    return module.train()


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def check_count(module: nn.Module, sizes: tuple[int, ...], batch_norm: bool) -> None:
    """Raise where a module has another number of trainable numbers than its layers have.

    A linear layer before a normalisation needs no bias.
    """
    found = sum(parameter.numel() for parameter in trainable(module))
    layers = sum(n * m + m for n, m in itertools.pairwise(sizes))
    units = sum(sizes[1:-1])
    right = {layers + 2 * units, layers + units} if batch_norm else {layers}
    if found < min(right):
        raise Mismatch(
            "make_classifier(…) has fewer trainable numbers than its layers need: is a layer, a "
            "bias or a normalisation missing, used twice, or kept where nn.Module does not see it?"
        )
    if found not in right:
        raise Mismatch(
            "make_classifier(…) has more trainable numbers than its layers need: is there a layer, "
            "or a normalisation, that nobody asked for?"
        )


def fill(
    module: nn.Module,
    sizes: tuple[int, ...],
    rng: torch.Generator,
    *,
    batch_norm: bool = False,
    bias: float = 1.0,
) -> Weights | None:
    """Give a new module random weights and return them; None where its parameters are unknown.

    The last bias is mostly below 0, so that logits of both signs occur.
    """
    shapes = list(zip(sizes[1:], sizes, strict=False))
    values: dict[Key, torch.Tensor] = {}
    for out, inputs in shapes:
        drawn = torch.randn(out, inputs, generator=rng, dtype=torch.float64) / inputs**0.5
        values.setdefault(_key(drawn), drawn + drawn.T if out == inputs else drawn)
        offset = bias * torch.randn(out, generator=rng, dtype=torch.float64)
        values.setdefault((out,) if out > 1 else (), offset)
    scales = {
        width: torch.rand(width, generator=rng, dtype=torch.float64) + 0.5 for width in sizes[1:-1]
    }
    plan = _plan(module, values, scales if batch_norm else {}, sizes)
    if plan is None:
        return None
    with torch.no_grad():
        for parameter, value in plan:
            parameter.copy_(value.reshape(parameter.shape))
    layers = [
        (_of(values, (out, inputs)), _of(values, (out,)))
        for out, inputs in shapes
    ]  # fmt: skip
    norms = [(scales[width], _of(values, (width,))) for width in sizes[1:-1]]
    return Weights(layers, norms if batch_norm else [])


def fill_alike(
    module: nn.Module, sizes: tuple[int, ...], weight: float, shift: float = 0.0
) -> bool:
    """Make all weights equal and all biases 0; a normalisation's shift is as given, its scale 1.

    Returns:
        False where the parameters have other shapes than layers have.
    """
    matrices = Counter(tuple(sorted(pair)) for pair in itertools.pairwise(sizes))
    found: Counter[tuple[int, ...]] = Counter()
    with torch.no_grad():
        for parameter in trainable(module):
            key = tuple(sorted(parameter.shape))
            if parameter.dim() == 2 and key in matrices:
                found[key] += 1
                parameter.fill_(weight)
            elif not bool((parameter == 1).all()):
                parameter.fill_(shift)
    return found == matrices


def _plan(
    module: nn.Module,
    values: dict[Key, torch.Tensor],
    scales: dict[int, torch.Tensor],
    sizes: tuple[int, ...],
) -> list[tuple[nn.Parameter, torch.Tensor]] | None:
    """Each parameter with its value, by its shape or the transpose's; None if one is unknown."""
    plan = []
    found: Counter[Key] = Counter()
    for parameter in trainable(module):
        key = _key(parameter)
        if scales and parameter.numel() in scales and bool((parameter == 1).all()):
            plan.append((parameter, scales[parameter.numel()]))
        elif key in values:
            plan.append((parameter, values[key]))
            found[tuple(sorted(key))] += 1
        elif key[::-1] in values:
            plan.append((parameter, values[key[::-1]].T))
            found[tuple(sorted(key))] += 1
        else:
            return None
    wanted = Counter(
        tuple(sorted(size for size in pair if size != 1)) for pair in itertools.pairwise(sizes)
    )
    return plan if all(found[key] >= count for key, count in wanted.items()) else None


def _of(values: dict[Key, torch.Tensor], shape: tuple[int, ...]) -> torch.Tensor:
    return values[tuple(size for size in shape if size != 1)].reshape(shape)


def _key(value: torch.Tensor) -> Key:
    return tuple(size for size in value.shape if size != 1)


def logits(
    x: torch.Tensor,
    weights: Weights,
    *,
    training: bool = False,
    seen: torch.Tensor | None = None,
) -> torch.Tensor:
    """What the classifier should give, without dropout.

    seen: the batch whose statistics the normalisations have collected; in training they use
        their own.
    """
    last = len(weights.layers) - 1
    for number, (weight, offset) in enumerate(weights.layers):
        x = x @ weight.T + offset
        seen = None if seen is None else seen @ weight.T + offset
        if number == last:
            break
        if weights.norms:
            model_of = x if training or seen is None else seen
            mean, correction = model_of.mean(dim=0), 0 if training else 1
            scale, shift = weights.norms[number]
            own = _normal(x, mean, model_of.var(dim=0, correction=correction), scale, shift)
            if seen is not None:
                seen = _normal(seen, mean, seen.var(dim=0, correction=0), scale, shift).clamp(min=0)
            x = own
        elif seen is not None:
            seen = seen.clamp(min=0)
        x = x.clamp(min=0)
    return x


def _normal(
    x: torch.Tensor,
    mean: torch.Tensor,
    variance: torch.Tensor,
    scale: torch.Tensor,
    shift: torch.Tensor,
) -> torch.Tensor:
    return (x - mean) / (variance + EPS).sqrt() * scale + shift


def draw(
    rng: torch.Generator, device: torch.device, *shape: int, dtype: torch.dtype = torch.float64
) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(shape, generator=rng, dtype=torch.float64).to(device, dtype)


def to_cpu(x: torch.Tensor) -> torch.Tensor:
    return x.detach().cpu().double()


def rounded(weights: Weights, dtype: torch.dtype) -> Weights:
    """The weights as a module in that dtype holds them."""

    def all_of(pairs: list[Layer]) -> list[Layer]:
        return [(one.to(dtype).double(), other.to(dtype).double()) for one, other in pairs]

    return Weights(all_of(weights.layers), all_of(weights.norms))


def check(
    found: object, expected: torch.Tensor, x: torch.Tensor, hint: str, tolerance: float = EXACT
) -> None:
    """Compare logits with the formula's; their dtype and device must be those of x."""
    result = expect.tensor(
        found, what=OUTPUT, shape=tuple(expected.shape), dtype=x.dtype, device=x.device
    )
    size = max(float(expected.abs().max()), 1e-12)
    expect.close(result, expected, what=OUTPUT, rtol=0, atol=tolerance * size, hint=hint)


def check_unknown(module: Any, x: torch.Tensor, classes: int) -> None:
    """What can be said of a module whose weights have shapes that no test knows."""
    found = expect.tensor(module.eval()(x), what=OUTPUT, shape=(len(x), classes))
    expect.finite(found, what=OUTPUT)
    values = to_cpu(found)
    sums = values.exp().sum(dim=1)
    if bool(((values.sum(dim=1) - 1).abs() < 1e-4).all() or ((sums - 1).abs() < 1e-4).all()):
        raise Mismatch(f"{OUTPUT} are no logits: is there a softmax at the end?")
    if bool((values >= 0).all()):
        raise Mismatch(f"{OUTPUT} has no negative entry: is there a ReLU at the end?")
