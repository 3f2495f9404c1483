"""Random networks whose gradient norms rise and fall, and these norms by autograd in float64."""

from __future__ import annotations

from itertools import pairwise

import drivers_02
import torch

Network = tuple[list[torch.Tensor], torch.Tensor]
_TRIES = 5000
LEAST = 0.1
"""All norms of a network are above this."""
_MOST_DRAWN = 64
_drawn: dict[tuple[object, ...], tuple[Network, torch.Tensor]] = {}
"""Networks by the generator's state, with its state afterwards: a class shares them, since to find
one takes longer than the test."""


def draw(
    rng: torch.Generator, device: torch.device, n: int, widths: list[int], gain: float = 1.0
) -> Network:
    """Random weights for layers of these widths, the input's first, and x, (n, widths[0])."""
    weights = [
        gain * torch.randn(out, into, generator=rng, dtype=torch.float64).to(device) / into**0.5
        for into, out in pairwise(widths)
    ]
    return weights, torch.randn(n, widths[0], generator=rng, dtype=torch.float64).to(device)


def network(
    rng: torch.Generator,
    device: torch.device,
    n: int,
    widths: list[int],
    activation: str,
    gain: float = 1.0,
) -> Network:
    """A network from `draw` whose norms are not 0, and some of which rise and some fall.

    Of two norms the first is the larger one.
    """
    key = (bytes(rng.get_state().numpy()), n, *widths, activation, gain)
    if key not in _drawn:
        if len(_drawn) >= _MOST_DRAWN:
            _drawn.clear()
        _drawn[key] = (_network(rng, device, n, widths, activation, gain), rng.get_state())
    (weights, x), after = _drawn[key]
    rng.set_state(after)
    return [weight.clone() for weight in weights], x.clone()


def _network(
    rng: torch.Generator,
    device: torch.device,
    n: int,
    widths: list[int],
    activation: str,
    gain: float,
) -> Network:
    for _ in range(_TRIES):
        drawn = draw(rng, device, n, widths, gain)
        if activation == "relu" and not _some_are_off(*drawn):
            continue
        norms = reference(*drawn, activation)
        steps = norms[1:] / norms[:-1] if bool((norms > LEAST).all()) else norms
        rising, falling = bool((steps > 1.1).any()), bool((steps < 0.9).any())
        if norms.min() > LEAST and (len(widths) < 3 or (falling and (rising or len(widths) == 3))):
            return drawn
    raise RuntimeError("no network has norms that go up and down")


def _some_are_off(weights: list[torch.Tensor], x: torch.Tensor) -> bool:
    """Whether some units of the last layer are off, some on for every sample, and none near 0; and
    not the same ones for every sample, where the gradients would have rank 1.
    """
    nearest = torch.inf
    for weight in weights:
        z = x @ weight.T
        nearest = min(nearest, float(z.abs().min()))
        x = torch.relu(z)
    on = x > 0
    several = len(x) == 1 or bool(on.any(dim=1).all() and (on != on[0]).any())
    return nearest > 0.04 and not bool(on.all()) and several


def reference(weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> torch.Tensor:
    """The norms (L,), by a backward pass that computes each layer anew from its input."""
    layers = [x.detach().double()]
    for weight in weights:
        layers.append(drivers_02.ACTIVATIONS[activation](layers[-1] @ weight.double().T))
    gradient = torch.ones_like(layers[-1])
    norms = []
    for h, weight in zip(layers[-2::-1], weights[::-1], strict=True):
        leaf = h.clone().requires_grad_()
        following = drivers_02.ACTIVATIONS[activation](leaf @ weight.double().T)
        (gradient,) = torch.autograd.grad(following, leaf, gradient)
        norms.append(gradient.square().sum().sqrt())
    return torch.stack(norms[::-1])
