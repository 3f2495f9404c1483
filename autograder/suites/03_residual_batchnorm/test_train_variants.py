"""`train_variants`: a training of 500 epochs, judged by several
tests, and short ones on data with known errors.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from networks_03 import to_cpu
from variants_03 import Home, home, nothing_to_learn, two_columns

from course_lib import expect
from course_lib.datasets import linear_by_parts
from course_lib.expect import Mismatch

KEYS = ["linear", "mlp", "residual", "residual_bn"]
EPOCHS, SHORT = 500, 20
OTHER_DATA = "test_variants_use_the_data"
SAME = 1e-4
LEAST, MOST = 0.6, 2.5
"""Of the mean square of targets that can't be predicted."""
SECONDS = 40  # a loop by hand with a normalisation by hand is slow
LIMITS = {"mlp": 3.0, "residual": 3.5, "residual_bn": 2.5}
"""Of the error on data made for a network: what a short training
with a large rate may make of it.
"""


def data(seed: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    return linear_by_parts(seed=seed, device=device)


def trained(
    submission: Any, seed: int, device: torch.device
) -> tuple[object, torch.Tensor, torch.Tensor]:
    """What 500 epochs give, and the arguments as they are afterwards."""
    X, y = data(seed, device)
    return submission.train_variants(X, y, EPOCHS), X, y


def loss(result: object, key: str) -> float:
    """One of the errors that were returned."""
    if not isinstance(result, dict):
        kind = (
            "None: is a return missing?"
            if result is None
            else f"a {type(result).__name__:.40}, expected a dict"
        )
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
    """The error of a network that starts as identity; for
    `residual_bn` the smaller one of both correct networks.
    """
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


def briefly_trained(submission: Any, data_for: Home, device: torch.device) -> object:
    """What a few epochs give on these data."""
    return submission.train_variants(data_for.X.to(device), data_for.y.to(device), SHORT)


def at_home(submission: Any, key: str, seed: int, device: torch.device) -> tuple[float, Home]:
    """The error of one network after a short training on data that are made for its kind."""
    data_for = home(key, seed)
    return loss(briefly_trained(submission, data_for, device), key), data_for


@pytest.mark.task("train_variants", weight=3, seconds=SECONDS)
def test_variants_use_the_data(submission: Any, seed: int, device: torch.device) -> None:
    """The errors are those on the X and y that were given, and means over all entries of y."""
    # The identity is the best affine map here, so `linear` starts at its optimum, whatever the
    # optimizer.
    found, data_for = at_home(submission, "linear", seed, device)
    if not 0.99 * data_for.error < found < 1.4 * data_for.error:
        hint = (
            'train_variants(…)["linear"] is off on other data: is it trained on the X and y that '
            "were given, and its "
            "error the mean over all rows and columns?"
        )
        raise Mismatch(hint)


@pytest.mark.task("train_variants", weight=4, seconds=SECONDS, needs=OTHER_DATA)
@pytest.mark.parametrize("key", KEYS[1:])
def test_variants_are_of_their_kind(
    submission: Any, seed: int, device: torch.device, key: str
) -> None:
    """On data that are what one kind of network makes of X
    before its training, this network has next to no error.
    """
    found, data_for = at_home(submission, key, seed, device)
    what = f'train_variants(…)["{key}"] on other data'
    hint = (
        "is it a network of that kind, with its ReLUs, trained and measured on the X and y that "
        "were given?"
    )
    if found < 0.4 * data_for.error:
        raise Mismatch(f"{what} is smaller than it can be: {hint}")
    expect.below(
        found, what=what, share=LIMITS[key], baseline=data_for.error, of="such a network", hint=hint
    )


def on_noise(submission: Any, seed: int, device: torch.device) -> tuple[object, float]:
    """What a short training gives where X says nothing about y, and the error of predicting 0."""
    noise = nothing_to_learn(seed)
    return briefly_trained(submission, noise, device), noise.error


@pytest.mark.task("train_variants", weight=3, seconds=SECONDS, needs=OTHER_DATA)
@pytest.mark.parametrize("key", KEYS)
def test_variants_predict_from_inputs(
    submission: Any, seed: int, device: torch.device, once: Any, key: str
) -> None:
    """Each error is the mean of the squared differences between
    y and what the network makes of X, and not of y.
    """
    errors, least = once(on_noise, submission, seed, device)
    found, what = loss(errors, key), f'train_variants(…)["{key}"] on targets drawn at random'
    if not LEAST * least < found < MOST * least:
        side = "smaller than it can be" if found < least else "too large"
        raise Mismatch(
            f"{what} is {side}: is it the plain mean squared error, with y as the target and X, "
            "not y, as what goes in?"
        )


@pytest.mark.task("train_variants", weight=2, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_tell_columns_apart(submission: Any, seed: int, device: torch.device) -> None:
    """Each network has an output of its own for each column of y, with its own bias."""
    alike, apart = (two_columns(seed, constant) for constant in (0.0, 3.0))
    before, after = (briefly_trained(submission, data, device) for data in (alike, apart))
    for key in KEYS:
        more = loss(after, key) - loss(before, key)
        if abs(more - apart.error) < SAME * apart.error:
            raise Mismatch(
                f'the network of train_variants(…)["{key}"] does not learn that the columns of y '
                "differ: has it two outputs, each with a bias of its own?"
            )


@pytest.mark.task("train_variants", weight=4, seconds=SECONDS, needs=OTHER_DATA)
@pytest.mark.parametrize("key", KEYS)
def test_variants_learn(
    submission: Any, seed: int, device: torch.device, once: Any, key: str
) -> None:
    """After 500 epochs each network has a clearly smaller mean
    squared error than before its training.
    """
    X, y = data(seed, device)
    before = untrained(X, y, key)
    result, _, _ = once(trained, submission, seed, device)
    what = f'train_variants(…)["{key}"]'
    hint = "is it trained, and is its error the mean of all squared differences?"
    expect.below(
        loss(result, key),
        what=what,
        share=0.9,
        baseline=before,
        of="the untrained network",
        hint=hint,
    )


@pytest.mark.task("train_variants", weight=1, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_differ(submission: Any, seed: int, device: torch.device, once: Any) -> None:
    """The four errors are four different numbers: each network was trained for itself."""
    result, _, _ = once(trained, submission, seed, device)
    errors = sorted(loss(result, key) for key in KEYS)
    # The same network trained again ends where it ended, but for the last digits.
    if any(above - below <= 1e-5 * abs(above) for below, above in pairwise(errors)):
        raise Mismatch(
            "two of the errors are equal: is the same network trained twice, or one result used "
            "twice?"
        )


@pytest.mark.task("train_variants", weight=1, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_linear_is_linear(
    submission: Any, seed: int, device: torch.device, once: Any
) -> None:
    """No linear layer does better than the best affine map; the
    error of `linear` does not claim it.
    """
    X, y = data(seed, device)
    least = best_affine(X, y)
    result, _, _ = once(trained, submission, seed, device)
    if loss(result, "linear") < least * (1 - 1e-4):
        hint = (
            'train_variants(…)["linear"] is smaller than any linear layer can make it: is it the '
            "plain mean squared "
            "error, not its root, of one nn.Linear(2, 2), over all rows and columns?"
        )
        raise Mismatch(hint)


@pytest.mark.task("train_variants", weight=2, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_normalised_beats_linear(
    submission: Any, seed: int, device: torch.device, once: Any
) -> None:
    """Residual blocks with normalisation come below the error of the best affine map."""
    X, y = data(seed, device)
    least = best_affine(X, y)
    result, _, _ = once(trained, submission, seed, device)
    found, what = loss(result, "residual_bn"), 'train_variants(…)["residual_bn"]'
    hint = "is it trained for all epochs, with a rate that suits it?"
    # A network that is linear after all ends at the bound, a rounding error above or below it.
    expect.below(found, what=what, share=0.99, baseline=least, of="the best affine map", hint=hint)


@pytest.mark.task("train_variants", weight=0.5, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_leave_the_data_alone(
    submission: Any, seed: int, device: torch.device, once: Any
) -> None:
    """train_variants leaves X and y as they were."""
    X, y = data(seed, device)
    _, X_after, y_after = once(trained, submission, seed, device)
    expect.unchanged(X, X_after, what="X")
    expect.unchanged(y, y_after, what="y")


@pytest.mark.task("train_variants", weight=1, seconds=SECONDS, needs=OTHER_DATA)
def test_variants_train_for_epochs(
    submission: Any, seed: int, device: torch.device, once: Any
) -> None:
    """The argument epochs decides how long is trained: after one
    epoch each error is larger than after 500.
    """
    X, y = data(seed, device)
    early = submission.train_variants(X, y, 1)
    result, _, _ = once(trained, submission, seed, device)
    for key in KEYS:
        first, what = loss(early, key), f'train_variants(…)["{key}"]'
        if not first > 0:
            raise Mismatch(f"{what} after one epoch is not positive: is it a mean of squares?")
        hint = "is the argument epochs used?"
        found = loss(result, key)
        expect.below(
            found,
            what=what,
            share=0.75,
            baseline=first,
            of="the same network after one epoch",
            hint=hint,
        )
