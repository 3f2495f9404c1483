"""Hidden layers whose every unit is on for some samples and off
for others, with no pre-activation near 0.
"""

from __future__ import annotations

import math

import torch

MARGIN = 0.3
"""The least distance of a pre-activation from 0, before scaling,
for few inputs; many samples can't all keep it.
"""
HIGHEST = 5.0
"""The largest pre-activation."""
_TRIES, _SAMPLES = 600, 5
_TRIES_APART = 20
"""For a single input, whose values are apart: its weight need only be large."""
_FEW = 12
"""Of more samples some always lie near the edge."""
_MOST_DRAWN = 256
_drawn: dict[
    tuple[bytes, int, int, int],
    tuple[tuple[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor],
] = {}
"""Layers by the generator's state, and its state afterwards: all of a class get the same, and the
search takes longer than the test."""
_SINGLE = 0.7  # the distance from 0 of the only sample's


def draw(rng: torch.Generator, *shape: int) -> torch.Tensor:
    """Numbers of either sign with sizes from 0.3 to 1, in float64."""
    sizes = 0.3 + 0.7 * torch.rand(shape, generator=rng, dtype=torch.float64)
    return sizes * (1 - 2.0 * torch.randint(0, 2, shape, generator=rng))


def hidden_layer(
    rng: torch.Generator, n: int, inputs: int, hidden: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Random x (n, inputs), w1 (hidden, inputs) and b1 (hidden,), in float64."""
    key = (bytes(rng.get_state().numpy()), n, inputs, hidden)
    if key not in _drawn:
        if len(_drawn) >= _MOST_DRAWN:
            _drawn.clear()
        _drawn[key] = (_hidden_layer(rng, n, inputs, hidden), rng.get_state())
    (x, w1, b1), after = _drawn[key]
    rng.set_state(after)
    return x.clone(), w1.clone(), b1.clone()


def _hidden_layer(
    rng: torch.Generator, n: int, inputs: int, hidden: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A layer that keeps its distance; for some samples no unit does, so others are drawn then."""
    for _ in range(_SAMPLES):
        *layer, least = _layer(rng, n, inputs, hidden)
        if least >= _distance(inputs) or n > _FEW or inputs == 1:  # a single input is apart
            break
    x, w1, b1 = layer
    scale = HIGHEST / (x @ w1.T + b1).max().clamp(min=_SINGLE)
    return x * scale, w1, b1 * scale


def _distance(inputs: int) -> float:
    """What a pre-activation should have to 0: sums of more numbers are larger."""
    return MARGIN * max(1.0, math.sqrt(inputs) / 1.7)


def _layer(
    rng: torch.Generator, n: int, inputs: int, hidden: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    """Samples, weights, biases, and the least distance of a pre-activation from 0."""
    x = draw(rng, n, inputs) if inputs > 1 else _apart(rng, n)
    tries = 0 if n > _FEW else _TRIES if inputs > 1 else _TRIES_APART
    rows, biases, margins = [], [], []
    for unit in range(hidden):
        row = draw(rng, inputs)
        edge, margin = _between(x @ row, on=unit % 2 == 0)
        for _ in range(tries):
            if margin >= _distance(inputs):
                break
            other = draw(rng, inputs)
            place, distance = _between(x @ other, on=unit % 2 == 0)
            if distance > margin:
                row, edge, margin = other, place, distance
        rows.append(row)
        biases.append(-edge)
        margins.append(margin)
    return x, torch.stack(rows), torch.stack(biases), min(margins)


def _apart(rng: torch.Generator, n: int) -> torch.Tensor:
    """Values of a single input, (n, 1), on both sides of 0 and well apart, in random order."""
    sizes = torch.linspace(0.3, 1, (n + 1) // 2, dtype=torch.float64)
    places = torch.cat([sizes, -sizes])[torch.randperm(2 * len(sizes), generator=rng)[:n]]
    return (places + 0.1 / n * torch.rand(n, generator=rng, dtype=torch.float64))[:, None]


def _between(z: torch.Tensor, *, on: bool) -> tuple[torch.Tensor, float]:
    """A number in the widest gap between middle entries, and its
    distance from them; a single entry is on or off.
    """
    n = len(z)
    if n == 1:
        return z[0] - (_SINGLE if on else -_SINGLE), _SINGLE
    ordered = z.sort().values
    low, high = (n - 1) // 4, n - 1 - (n - 1) // 4
    gaps = ordered[low + 1 : high + 1] - ordered[low:high]
    # The bias must not be one that might be left out.
    beside = gaps * ~((ordered[low:high] < 0) & (ordered[low + 1 : high + 1] > 0))
    widest = int((beside if len(gaps) > 1 else gaps).argmax())
    return ordered[low + widest] + gaps[widest] / 2, float(gaps[widest]) / 2
