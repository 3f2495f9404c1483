"""The networks of this assignment as formulas: what each class
should compute from weights that a test chooses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

Layer = tuple[torch.Tensor, torch.Tensor]
"""Weight (out, in) and bias (out,) of a linear layer."""
Norm = tuple[torch.Tensor, torch.Tensor]
"""Scale and shift, both (width,), of a normalisation."""


class Network(NamedTuple):
    """A class of the notebook: its name, the sizes it is tested
    with, what it computes, and what to look at.
    """

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


def places(x: torch.Tensor, layers: list[Layer]) -> list[torch.Tensor]:
    """What flows inside of an MLP, a block or a ResidualMLP where a ReLU stands, or might."""
    if len(layers) == 2:
        return [linear(x, layers[0]), mlp(x, layers)]
    begin = linear(x, layers[0])
    middle = block(begin, layers[1:3])
    end = block(middle, layers[3:5])
    inner = [linear(begin, layers[1]), linear(middle, layers[3])]
    return [begin, middle, end, *inner]


def block(x: torch.Tensor, layers: list[Layer]) -> torch.Tensor:
    return x + mlp(x, layers)


def residual_mlp(x: torch.Tensor, layers: list[Layer]) -> torch.Tensor:
    x = linear(x, layers[0])
    return linear(block(block(x, layers[1:3]), layers[3:5]), layers[5])


def residual_bn_mlp(
    x: torch.Tensor, layers: list[Layer], norms: list[Norm], *, seen: torch.Tensor | None = None
) -> torch.Tensor:
    """In training mode, or where `seen` is given in evaluation
    mode after long training on that batch.

    norms: after each block, and before them one after the first layer if there are three.
    """
    last_two = norms[-2:]
    x, seen = linear(x, layers[0]), None if seen is None else linear(seen, layers[0])
    if len(norms) == 3:
        x, seen = _normalise(x, seen, norms[0])
    for norm, inner in zip(last_two, (layers[1:3], layers[3:5]), strict=True):
        x, seen = _normalise(block(x, inner), None if seen is None else block(seen, inner), norm)
    return linear(x, layers[5])


def _normalise(
    x: torch.Tensor, seen: torch.Tensor | None, norm: Norm
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Both by the statistics of `seen`, or x by its own."""
    if seen is None:
        return _scaled(x, x.mean(dim=0), x.var(dim=0, correction=0), norm), None
    mean = seen.mean(dim=0)
    return _scaled(x, mean, seen.var(dim=0), norm), _scaled(
        seen, mean, seen.var(dim=0, correction=0), norm
    )


def _scaled(
    x: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor, norm: Norm
) -> torch.Tensor:
    return (x - mean) / (variance + 1e-5).sqrt() * norm[0] + norm[1]


# Inputs, hidden units, outputs: all different, so that a shape tells a layer, and ever fewer, so
# that an identity start has no pre-activation at ReLU's kink.
SIZES = (5, 4, 3)
MLP = Network(
    "MLP", SIZES, mlp, "it should be a linear layer, ReLU, and a linear layer with nothing after it"
)
BLOCK = Network(
    "ResidualBlock",
    (4,),
    block,
    "it should be x plus what a linear layer, ReLU and a linear layer make of x",
)
RESIDUAL = Network(
    "ResidualMLP",
    SIZES,
    residual_mlp,
    "it should be a linear layer, two residual blocks in a row, and a linear layer",
)
RESIDUAL_BN = Network(
    "ResidualBatchNormMLP",
    SIZES,
    residual_mlp,
    "each block should be followed by a batch normalisation",
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


def draw(
    rng: torch.Generator, device: torch.device, *shape: int, dtype: torch.dtype = torch.float64
) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(shape, generator=rng, dtype=torch.float64).to(device, dtype)


def to_cpu(x: torch.Tensor) -> torch.Tensor:
    return x.detach().cpu().double()
