"""Give a student's module random weights, whatever names and orientation its parameters have.

Names, order and orientation of a module's parameters are the student's. So layers of the same shape
all get the same weights, and square ones symmetric weights: then it does not matter which parameter
is which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from networks_03 import RESIDUAL_BN, Layer, Network, Norm, start
from torch import nn

from course_lib.expect import Mismatch

Key = tuple[int, ...]
"""A shape without its sizes of 1."""


class Weights(NamedTuple):
    """The weights of a module: its layers, and the scale and shift of all its normalisations."""

    layers: list[Layer]
    norm: Norm


def build(
    submission: Any,
    network: Network,
    device: torch.device,
    *,
    sizes: tuple[int, ...] | None = None,
    dtype: torch.dtype = torch.float64,
) -> Any:
    """A new module of the student's, with its parameters in that dtype on that device.

    Raises:
        Mismatch: it is no module.
    """
    module = getattr(submission, network.name)(*(sizes or network.sizes))
    if not isinstance(module, nn.Module):
        raise Mismatch(f"{network.name}(…) makes no nn.Module: derive the class from nn.Module")
    return module.to(device=device, dtype=dtype)


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def scales(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that a new module has as all ones: its normalisations' scales."""
    return [p for p in trainable(module) if p.squeeze().dim() == 1 and bool((p == 1).all())]


def entries(tensors: list[Any]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def fill(
    module: nn.Module,
    network: Network,
    rng: torch.Generator,
    *,
    sizes: tuple[int, ...] | None = None,
    bias: float = 1.0,
    spread: float = 1.0,
) -> Weights:
    """Give a new module random weights, the same to all its normalisations, and return them.

    A module that keeps its weights in a way of its own, such as with the biases as one more column,
    is left as it starts.

    Args:
        bias: the size of biases and of the normalisations' shifts.
        spread: the size of the normalisations' scales.

    Raises:
        Mismatch: it has too few trainable weights.
    """
    begin = start(network.name, *(sizes or network.sizes))
    values = _values(begin, rng, bias)
    width = begin[0][0].shape[0]
    neutral = torch.ones(width, dtype=torch.float64), torch.zeros(width, dtype=torch.float64)
    scale = spread * (torch.rand(width, generator=rng, dtype=torch.float64) + 0.5)
    normed = network.name == RESIDUAL_BN.name
    ones = [p for p in scales(module) if p.numel() == width] if normed else []
    plan = list(_plan(module, values, ones, scale))
    found = Counter(_kind(value) for _, value in plan if value is not scale)
    wanted = Counter(_kind(value) for layer in begin for value in layer)
    _check_count(
        module,
        network,
        entries([value for layer in begin for value in layer]),
        4 * width if normed else 0,
    )
    if any(found[kind] < count for kind, count in wanted.items()) or (normed and len(ones) < 2):
        return Weights(begin, neutral)
    with torch.no_grad():
        for parameter, value in plan:
            parameter.copy_(value.reshape(parameter.shape))
    filled = [(_given(values, weight), _given(values, offset)) for weight, offset in begin]
    return Weights(filled, (scale, _given(values, begin[0][1])))


def _values(begin: list[Layer], rng: torch.Generator, bias: float) -> dict[Key, torch.Tensor]:
    """Random values for each shape, without its sizes of 1; square matrices are symmetric."""
    values: dict[Key, torch.Tensor] = {}
    for weight, offset in begin:
        for like, size in ((weight, 1.0), (offset, bias)):
            drawn = size * torch.randn(like.squeeze().shape, generator=rng, dtype=torch.float64)
            square = drawn.dim() == 2 and drawn.shape[0] == drawn.shape[1]
            values.setdefault(_key(like), drawn + drawn.T if square else drawn)
    return values


def _plan(
    module: nn.Module,
    values: dict[Key, torch.Tensor],
    ones: list[nn.Parameter],
    scale: torch.Tensor,
) -> Iterator[tuple[nn.Parameter, torch.Tensor]]:
    """The parameters that can be filled, each with its value, by its shape or the transpose's."""
    for parameter in trainable(module):
        key = _key(parameter)
        if any(parameter is one for one in ones):
            yield parameter, scale
        elif key in values:
            yield parameter, values[key]
        elif key[::-1] in values:
            yield parameter, values[key[::-1]].T


def _given(values: dict[Key, torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    return values[_key(like)].reshape(like.shape)


def _check_count(module: nn.Module, network: Network, layers: int, norms: int) -> None:
    """Raise where a module has fewer trainable numbers than its layers and normalisations have."""
    found = entries(trainable(module))
    if found < layers:
        hint = (
            f"{network.name}(…) has fewer trainable weights than its layers need: is a layer or a "
            "bias missing, used twice, or kept where nn.Module does not see it?"
        )
        raise Mismatch(hint)
    if found < layers + norms:
        hint = (
            f"{network.name}(…) has fewer trainable numbers than it needs: each of the two "
            "normalisations has a scale "
            "and a shift for each feature, beside the weights and biases of the layers"
        )
        raise Mismatch(hint)


def _key(value: torch.Tensor) -> Key:
    return tuple(size for size in value.shape if size != 1)


def _kind(value: torch.Tensor) -> Key:
    """The shape, the same for a matrix and its transpose, sizes of 1 left out."""
    return tuple(sorted(_key(value)))
