"""Hidden layers whose regions are known in advance, and their activation patterns."""

from __future__ import annotations

import math
from collections.abc import Callable

import layers_01
import torch

Layer = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def draw(
    rng: torch.Generator,
    device: torch.device,
    sizes: tuple[int, int, int],
    dtype: torch.dtype = torch.float64,
) -> Layer:
    """Random x, w1 and b1 for (samples, inputs, hidden units), with no pre-activation near 0."""
    x, w1, b1 = (value.to(device, dtype) for value in layers_01.hidden_layer(rng, *sizes))
    return x, w1, b1


def whole_numbers(rng: torch.Generator, device: torch.device) -> Layer:
    """Small whole numbers: some pre-activations are exactly 0, among them the first sample's."""
    x, w1 = (torch.randint(-2, 3, shape, generator=rng).double() for shape in ((12, 3), (4, 3)))
    b1 = -(w1 @ x[0])
    return x.to(device), w1.to(device), b1.to(device)


def pattern(x: torch.Tensor, w1: torch.Tensor, b1: torch.Tensor) -> torch.Tensor:
    """The hidden units that are on, a row for each sample."""
    return x.double() @ w1.double().T + b1.double() > 0


def stripes(rng: torch.Generator, device: torch.device, edges: int, visits: list[int]) -> Layer:
    """A plane cut into edges + 1 parallel stripes, with one sample in each stripe of `visits`.

    Every unit is on beyond its edge. All stripes lie on one side of the origin, so that biases
    matter.
    """
    angle = 0.3 + float(torch.rand(1, generator=rng))
    across, along = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64) @ torch.tensor(
        [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]],
        dtype=torch.float64,
    )
    places = 2.0 + torch.tensor(visits) + 0.4 * (torch.rand(len(visits), generator=rng) - 0.5)
    x = (
        places.double()[:, None] * across
        + torch.randn(len(visits), 1, generator=rng).double() * along
    )
    order = torch.randperm(edges, generator=rng)
    steep = 0.5 + torch.rand(edges, generator=rng, dtype=torch.float64)
    w1 = steep[:, None] * across
    return x.to(device), w1.to(device), (-steep * (2.5 + order)).to(device)


def on_a_line(layer: Layer) -> Layer:
    """Stripes along a single input, which is the distance across them."""
    x, w1, b1 = layer
    return x @ w1[0][:, None] / w1[0].norm(), w1.norm(dim=1, keepdim=True), b1


def with_more_inputs(layer: Layer) -> Layer:
    """Twenty more inputs, with weights of 0."""
    x, w1, b1 = layer
    return (
        torch.cat([x, x.flip(0).repeat(1, 10)], dim=1),
        torch.cat([w1, 0 * w1.repeat(1, 10)], dim=1),
        b1,
    )


FORMS: dict[str, Callable[[Layer], Layer]] = {
    "float32": lambda layer: (layer[0].float(), layer[1].float(), layer[2].float()),
    "large": lambda layer: (1e5 * layer[0], layer[1], 1e5 * layer[2]),
    "tiny": lambda layer: (1e-5 * layer[0], layer[1], 1e-5 * layer[2]),
    "one_input": on_a_line,
    "many_inputs": with_more_inputs,
}
"""Changes of a layer that leave the patterns as they are."""
