"""`train_variants`: one training of 500 epochs, judged by all tests, and two short ones."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from networks_03 import to_cpu

from course_lib import expect
from course_lib.datasets import linear_by_parts
from course_lib.expect import Mismatch

KEYS = ["linear", "mlp", "residual", "residual_bn"]
EPOCHS = 500
SECONDS = 40  # a loop by hand with a normalisation by hand is slow
Losses = dict[str, object]


def data(seed: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return linear_by_parts(seed=seed, device=device)


def trained(submission: Any, seed: int, device: torch.device) -> tuple[object, torch.Tensor, torch.Tensor]:
    """What 500 epochs give, and the arguments as they are afterwards."""
    X, y = data(seed, device)
    return submission.train_variants(X, y, EPOCHS), X, y


def loss(result: object, key: str) -> float:
    """One of the errors that were returned."""
    if not isinstance(result, dict):
        kind = "None: is a return missing?" if result is None else f"a {type(result).__name__:.40}, expected a dict"
        raise Mismatch(f"train_variants(…) is {kind}")
    if key not in result:
        raise Mismatch(f'train_variants(…) has no key "{key}"')
    return expect.number(result[key], what=f'train_variants(…)["{key}"]')


def error(prediction: torch.Tensor, y: torch.Tensor) -> float:
    return float(((prediction - y) ** 2).mean())


def best_affine(X: torch.Tensor, y: torch.Tensor) -> float:
    """The least mean squared error that a linear layer can have."""
    x, target = to_cpu(X), to_cpu(y)
    x = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    return error(x @ torch.linalg.pinv(x) @ target, target)


def untrained(X: torch.Tensor, y: torch.Tensor, key: str) -> float:
    """The error of a network that starts as identity; for `residual_bn` the smaller one of both correct networks."""
    x, target = to_cpu(X), to_cpu(y)
    if key == "linear":
        return error(x, target)
    if key == "mlp":
        return error(x.clamp(min=0), target)
    candidates = []
    for first in (False, True) if key == "residual_bn" else (False,):
        out = normalised(x) if first else x
        for _ in range(2):
            out = out + out.clamp(min=0)
            out = normalised(out) if key == "residual_bn" else out
        candidates.append(error(out, target))
    return min(candidates)


def normalised(x: torch.Tensor) -> torch.Tensor:
    return (x - x.mean(dim=0)) / (x.var(dim=0, correction=0) + 1e-5).sqrt()


@pytest.mark.task("train_variants", weight=0.5, seconds=SECONDS)
@pytest.mark.parametrize("key", KEYS)
def test_variants_learn(submission: Any, seed: int, device: torch.device, once: Any, key: str) -> None:
    """After 500 epochs each network has a smaller mean squared error than before its training."""
    X, y = data(seed, device)
    before = untrained(X, y, key)
    result, _, _ = once(trained, submission, seed, device)
    what = f'train_variants(…)["{key}"]'
    hint = "is it trained, and is its error the mean of all squared differences?"
    expect.below(loss(result, key), what=what, share=1.0, baseline=before, of="the untrained network", hint=hint)


@pytest.mark.task("train_variants", seconds=SECONDS)
def test_variants_differ(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """The four errors are four different numbers: each network was trained for itself."""
    result, _, _ = once(trained, submission, seed, device)
    if len({loss(result, key) for key in KEYS}) != len(KEYS):
        raise Mismatch("two of the errors are equal: is the same network trained twice, or one result used twice?")


@pytest.mark.task("train_variants", weight=2, seconds=SECONDS)
def test_variants_linear_is_linear(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """No linear layer does better than the best affine map; the error of `linear` does not claim it."""
    X, y = data(seed, device)
    least = best_affine(X, y)
    result, _, _ = once(trained, submission, seed, device)
    if loss(result, "linear") < least * (1 - 1e-4):
        hint = (
            'train_variants(…)["linear"] is smaller than any linear layer can make it: is it the plain mean squared '
            "error, not its root, of one nn.Linear(2, 2), over all rows and columns?"
        )
        raise Mismatch(hint)


@pytest.mark.task("train_variants", weight=2, seconds=SECONDS)
def test_variants_normalised_beats_linear(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """Residual blocks with normalisation come below the error of the best affine map."""
    X, y = data(seed, device)
    least = best_affine(X, y)
    result, _, _ = once(trained, submission, seed, device)
    found, what = loss(result, "residual_bn"), 'train_variants(…)["residual_bn"]'
    hint = "is it trained for all epochs, with a rate that suits it?"
    # A network that is linear after all ends at the bound, a rounding error above or below it.
    expect.below(found, what=what, share=0.99, baseline=least, of="the best affine map", hint=hint)


@pytest.mark.task("train_variants", weight=0.5, seconds=SECONDS)
def test_variants_leave_the_data_alone(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """train_variants leaves X and y as they were."""
    X, y = data(seed, device)
    _, X_after, y_after = once(trained, submission, seed, device)
    expect.unchanged(X, X_after, what="X")
    expect.unchanged(y, y_after, what="y")


@pytest.mark.task("train_variants", seconds=SECONDS)
def test_variants_train_for_epochs(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """The argument epochs decides how long is trained: after one epoch the error is far larger than after 500."""
    X, y = data(seed, device)
    early = loss(submission.train_variants(X, y, 1), "residual_bn")
    result, _, _ = once(trained, submission, seed, device)
    what, hint = 'train_variants(…)["residual_bn"]', "is the argument epochs used?"
    found = loss(result, "residual_bn")
    if not early > 0:
        raise Mismatch(f"{what} after one epoch is not positive: is it a mean of squares?")
    expect.below(found, what=what, share=0.5, baseline=early, of="the same network after one epoch", hint=hint)


@pytest.mark.task("train_variants", weight=4, seconds=SECONDS)
def test_variants_use_the_data(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The errors are those on the X and y that were given, and means over all entries of y."""
    # The identity is the best affine map for this y, so `linear` starts at its optimum, whatever the optimizer.
    X = torch.randn(60, 2, generator=rng, dtype=torch.float64)
    known = torch.cat([X, torch.ones(60, 1, dtype=X.dtype)], dim=1)
    rest = 20 * torch.randn(60, 2, generator=rng, dtype=torch.float64)
    y = X + rest - known @ torch.linalg.pinv(known) @ rest
    least = best_affine(X, y)
    found = loss(submission.train_variants(X.to(device).float(), y.to(device).float(), 20), "linear")
    if not 0.99 * least < found < 1.4 * least:
        hint = (
            'train_variants(…)["linear"] is off on other data: is it trained on the X and y that were given, and its '
            "error the mean over all rows and columns?"
        )
        raise Mismatch(hint)
