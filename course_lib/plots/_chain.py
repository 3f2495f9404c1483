"""A chain of linear layers, read from a module or from its sizes, and where its units stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from torch import nn
from torch.nn.parameter import UninitializedParameter

from course_lib._arrays import Array, finite_array
from course_lib._notes import CannotDrawError

# Places for the units of a layer; of a larger layer, the first and the last few are drawn.
SLOTS = 9


@dataclass(frozen=True)
class Chain:
    """The sizes of all layers, from the input to the output, and what is between them.

    `weights`, (out, in) each, and `biases`, (out,) each or None, are those of a module; of sizes
    alone both are empty, and every layer has a bias. `total` counts all parameters.
    """

    sizes: list[int]
    biased: list[bool]
    weights: list[Array]
    biases: list[Array | None]
    total: int

    @property
    def counts(self) -> list[tuple[int, int]]:
        """How many weights and how many biases there are between the layers."""
        pairs = zip(pairwise(self.sizes), self.biased, strict=True)
        return [(n * m, m * bias) for (n, m), bias in pairs]

    @property
    def names(self) -> list[str]:
        """What each layer is."""
        return ["input", *(f"hidden {i}" for i in range(1, len(self.sizes) - 1)), "output"]

    @property
    def places(self) -> list[Array]:
        """For each layer, the units that are drawn, and the height of each: (drawn, 2)."""
        return [_places(size) for size in self.sizes]

    @property
    def top(self) -> float:
        """The height of the highest unit; the lowest stands as far below 0."""
        return max(float(p[:, 1].max()) for p in self.places)


def read_chain(model: nn.Module | Sequence[int]) -> Chain:
    """The chain of a module, or of sizes.

    Raises:
        ValueError: the sizes are not two or more whole numbers above 0.
        CannotDrawError: the module is no chain of linear layers with finite weights.
    """
    if not isinstance(model, nn.Module):
        sizes = _checked(model)
        biased = [True] * (len(sizes) - 1)
        return Chain(sizes, biased, [], [], sum(n * m + m for n, m in pairwise(sizes)))
    layers = [part for part in model.modules() if isinstance(part, nn.Linear)]
    if any(isinstance(parameter, UninitializedParameter) for parameter in model.parameters()):
        raise CannotDrawError(
            "The model has a lazy layer, whose size is not known before its first call. Call the "
            "model once, with a few points, and draw it then."
        )
    sizes = _sizes_of(layers)
    try:
        weights = [finite_array("weight", layer.weight, (None, None)) for layer in layers]
        biases: list[Array | None] = [
            None if layer.bias is None else finite_array("bias", layer.bias, (None,))
            for layer in layers
        ]
    except ValueError as error:
        raise CannotDrawError("A weight or a bias of the model is not finite.") from error
    total = sum(p.numel() for p in model.parameters())
    return Chain(sizes, [bias is not None for bias in biases], weights, biases, total)


def _checked(sizes: Sequence[int]) -> list[int]:
    whole = isinstance(sizes, Sequence) and all(
        isinstance(size, int | np.integer) and not isinstance(size, bool) and size > 0
        for size in sizes
    )
    if not whole or len(sizes) < 2:
        raise ValueError(
            f"model must be a module or a list of sizes, as in [2, 16, 2], not {sizes!r}"
        )
    return [int(size) for size in sizes]


def _sizes_of(layers: list[nn.Linear]) -> list[int]:
    if not layers:
        raise CannotDrawError(
            "This picture shows the nn.Linear layers of a model, and this one has none."
        )
    for i, (one, following) in enumerate(pairwise(layers), start=1):
        if one.out_features != following.in_features:
            raise CannotDrawError(
                f"This picture is for a chain of nn.Linear layers. In this model, layer {i} gives "
                f"{one.out_features} values, and layer {i + 1} takes {following.in_features}."
            )
    return [layers[0].in_features, *(layer.out_features for layer in layers)]


def _places(size: int) -> Array:
    """The units of a layer that are drawn, and the height of each: (drawn, 2)."""
    slots = min(size, SLOTS)
    rows = np.array([[slot, (slots - 1) / 2 - slot] for slot in range(slots)])
    if size > SLOTS:
        rows = np.delete(rows, SLOTS // 2, axis=0)  # "⋮" stands there
        rows[SLOTS // 2 :, 0] += size - SLOTS
    return rows


def title_of(chain: Chain) -> str:
    """How many parameters there are."""
    linear = sum(weights + biases for weights, biases in chain.counts)
    rest = f", {chain.total - linear:,} of them not in linear layers"
    return f"{chain.total:,} parameters{rest if chain.total > linear else ''}"


def unit_size(functions: list[str]) -> int:
    """Of a unit, in pixels: larger where a function stands in it."""
    return 32 if any(functions) else 16
