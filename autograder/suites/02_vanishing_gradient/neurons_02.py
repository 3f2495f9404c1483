"""Random ReLU neurons with a batch, and their gradients by the chain rule in float64."""

from __future__ import annotations

import torch

Neuron = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def reference(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor, upstream: torch.Tensor
) -> dict[str, torch.Tensor]:
    """The gradients of x, w and b, by the names of the results."""
    x, w, b, upstream = x.double(), w.double(), b.double(), upstream.double()
    reaching = torch.where(x @ w + b > 0, upstream, 0.0)
    return {"dx": reaching.outer(w), "dw": x.T @ reaching, "db": reaching.sum()}


def draw(
    rng: torch.Generator,
    device: torch.device,
    n: int,
    d: int,
    *,
    on: bool | None = None,
    scale: float = 1.0,
) -> Neuron:
    """Random (x, w, b, upstream), with every pre-activation at least 0.3·scale² away from 0.

    on: whether every sample switches the neuron on (True) or off (False); None for every other
    sample.
    """
    x = torch.randn(n, d, generator=rng, dtype=torch.float64)
    sizes = 0.5 + torch.rand(d, generator=rng, dtype=torch.float64)
    w = sizes * (1 - 2.0 * torch.randint(0, 2, (d,), generator=rng))
    # Larger than any pre-activation, so that a bias left out shows; of either sign, by the sizes.
    b = (1.5 + torch.rand((), generator=rng, dtype=torch.float64)) * (1 if (n + d) % 2 else -1)
    signs = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=torch.float64).repeat(n // 4 + 1)[:n]
    upstream = signs * (0.3 + torch.rand(n, generator=rng, dtype=torch.float64))
    wanted = 0.3 + torch.rand(n, generator=rng, dtype=torch.float64)
    first = int(torch.randint(0, 2, (1,), generator=rng)) if on is None else int(not on)
    off = (torch.arange(n) + first) % 2 == 1 if on is None else torch.full((n,), not on)
    wanted = torch.where(off, -wanted, wanted)
    x = x + ((wanted - b - x @ w) / (w @ w)).outer(w)
    drawn = (x * scale, w * scale, b * scale**2, upstream * scale)
    return tuple(value.to(device) for value in drawn)  # type: ignore[return-value]
