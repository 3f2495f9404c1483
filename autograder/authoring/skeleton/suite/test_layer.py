"""Hidden tests of `layer`: its values and its gradients, on random inputs of several sizes."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect

OUTPUT = "layer(x, w, b)"


def arguments(
    rng: torch.Generator, device: torch.device, n: int, d: int, k: int
) -> dict[str, torch.Tensor]:
    """x (n, d), w (k, d) and b (k,), in float64, and asking for gradients."""
    shapes: dict[str, tuple[int, ...]] = {"x": (n, d), "w": (k, d), "b": (k,)}
    draws = {
        name: torch.randn(shape, generator=rng, dtype=torch.float64)
        for name, shape in shapes.items()
    }
    return {name: draw.to(device).requires_grad_() for name, draw in draws.items()}


def reference(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The slow, obvious way: one sample after the other."""
    return torch.stack([((w * sample).sum(dim=1) + b).clamp(min=0) for sample in x])


@pytest.mark.task("layer")
@pytest.mark.parametrize(
    "size", [(1, 3, 2), (7, 2, 5)], ids=["one sample", "seven samples"]
)  # never square
def test_values(
    submission: Any, rng: torch.Generator, device: torch.device, size: tuple[int, int, int]
) -> None:
    """Each sample goes through the layer alone: one sum per
    unit, and 0 in place of what is negative.
    """
    given = arguments(rng, device, *size)
    expected = reference(**given)  # before the call: it may change its arguments
    hint = "multiply x by the transpose of w, add b, then put 0 where the sum is negative"
    expect.close(
        submission.layer(*given.values()), expected, what=OUTPUT, rtol=1e-6, atol=1e-8, hint=hint
    )


@pytest.mark.task("layer")
def test_gradients(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Gradients flow to x, w and b, each scaled by what comes from above."""
    given = arguments(rng, device, 6, 3, 4)
    upstream = torch.randn(6, 4, generator=rng, dtype=torch.float64).to(device)
    expected = torch.autograd.grad(reference(**given), list(given.values()), upstream)
    found = expect.gradients(submission.layer(*given.values()), given, upstream, what=OUTPUT)
    for (name, gradient), right in zip(found.items(), expected, strict=True):
        expect.close(gradient, right, what=f"the gradient of {name}", rtol=1e-6, atol=1e-8)
