"""`make_classifier` with batch normalisation, by the formula, and with dropout, by its masks.

With equal weights everywhere, an output tells how many hidden units were dropped on its way: that
must be a whole number, its own for each image, and the same for all classes.
"""

from __future__ import annotations

from typing import Any

import calls_07
import networks_07 as networks
import pytest
import torch
from networks_07 import OUTPUT, build, draw, fill, fill_alike, logits, to_cpu
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

SIZES = (6, 5, 4, 3)
LOGITS, NORMED, DROPS = "test_classifier_logits", "test_batch_norm_training", "test_dropout_rate"
SPREAD, SETTLED = 1000.0, 300
WEIGHT = 0.5
PLACE = "each hidden layer is linear, batch normalisation, ReLU: are all there, in this order?"


def far(rng: torch.Generator, device: torch.device, rows: int, columns: int) -> torch.Tensor:
    """Inputs so large that eps plays no part."""
    return SPREAD * (draw(rng, device, rows, columns) + 0.5)


@pytest.mark.task("make_classifier", weight=3)
@pytest.mark.parametrize(
    ("rows", "sizes"),
    [(64, SIZES), (64, (6, 5, 3)), (5, SIZES), (1031, (7, 6, 5, 4, 3)), (40, (5, 80, 3))],
    ids=["two_hidden", "one_hidden", "few_rows", "three_hidden", "many_units"],
)
def test_batch_norm_training(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int, sizes: tuple[int, ...]
) -> None:
    """With batch_norm, each hidden layer is normalised over the batch before its ReLU."""
    module = build(submission, sizes, device, batch_norm=True).train()
    weights, x = fill(module, sizes, rng, batch_norm=True), far(rng, device, rows, sizes[0])
    if weights is None:
        networks.check_unknown(module, x, sizes[-1])
        return
    expected = logits(to_cpu(x), weights, training=True)
    networks.check(module(x.clone()), expected, x, PLACE, 1e-4)


@pytest.mark.task("make_classifier", weight=2.5, needs=NORMED)
@pytest.mark.parametrize("rows", [1, 7])
def test_batch_norm_evaluation(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int
) -> None:
    """In evaluation mode, each normalisation uses the statistics that it has collected."""
    module = build(submission, SIZES, device, batch_norm=True)
    weights = fill(module, SIZES, rng, batch_norm=True)
    seen, x = far(rng, device, 64, SIZES[0]), far(rng, device, rows, SIZES[0])
    module.train()(seen.clone())  # sends the weights to where the module lives
    submission.drive(calls_07.settle, module, seen, SETTLED)
    hint = "is one normalisation used in two places, or are no running statistics kept?"
    found = module.eval()(x.clone())
    if weights is not None:
        networks.check(found, logits(to_cpu(x), weights, seen=to_cpu(seen)), x, hint, 1e-4)


def kept_units(
    submission: Any,
    device: torch.device,
    sizes: tuple[int, ...],
    p: float,
    rows: int = 2000,
    times: int = 1,
    **options: bool,
) -> torch.Tensor | None:
    """How many units were kept for each image, (rows · times,); all hidden units are alike.

    Raises:
        Mismatch: it is no whole number, or not the same for all classes.
    """
    module = build(submission, sizes, device, torch.float64, dropout=p, **options).train()
    shift = 3.0 if options else 0.0
    if not fill_alike(module, sizes, WEIGHT, shift):
        return None
    x = torch.ones(rows, sizes[0], device=device, dtype=torch.float64)
    # The batch's mean is 0 and its spread 1 after the normalisation, the same for all units.
    sign = torch.where(torch.arange(rows, device=device) % 2 == 0, 1.0, -1.0).double()
    if options:
        x = SPREAD * x * sign[:, None]
    module(x[:2].clone())  # sends the weights to where the module lives
    found = submission.drive(calls_07.many_masks, module, x, times)
    output = to_cpu(expect.tensor(found, what=OUTPUT, shape=(rows * times, sizes[-1])))
    expect.finite(output, what=OUTPUT)
    unit = shift + sign.cpu().repeat(times) if options else torch.tensor(WEIGHT * sizes[0])
    for _ in sizes[1:-1]:
        unit = unit * WEIGHT / (1 - p)
    end = shift if options else 0.0
    numbers = (output - end) / (unit[:, None] if options else unit)
    near = 1e-3 if options else 1e-6
    if bool(((numbers - numbers[:, :1]).abs() > near * sizes[1]).any()):
        raise Mismatch(
            f"in training mode {OUTPUT} is not what dropout makes of equal units: are outputs of "
            "the last layer dropped, too?"
        )
    whole = numbers[:, 0].round()
    if bool(((numbers[:, 0] - whole).abs() > near * sizes[1]).any()):
        raise Mismatch(
            f"in training mode {OUTPUT} is not what dropout makes of equal units: are only the "
            "hidden layers' outputs dropped, after the ReLU, and the others divided by 1 − p?"
        )
    return whole


def check_share(share: float, expected: float, draws: int, what: str, hint: str) -> None:
    """A share of many independent draws is within six standard deviations."""
    if abs(share - expected) > 6 * (expected * (1 - expected) / draws) ** 0.5:
        raise Mismatch(f"{what}: {hint}")


@pytest.mark.task("make_classifier", weight=3)
@pytest.mark.parametrize("p", [0.2, 0.5, 0.75])
def test_dropout_rate(submission: Any, device: torch.device, p: float) -> None:
    """In training mode each hidden output is dropped with the probability `dropout`."""
    units = 40
    kept = kept_units(submission, device, (5, units, 3), p)
    if kept is None:
        return
    check_share(
        float(kept.mean()) / units,
        1 - p,
        len(kept) * units,
        "the share of hidden outputs that are kept is not 1 − dropout",
        "is `dropout` the probability of being set to 0?",
    )
    spread = float(kept.var()) / (units * p * (1 - p))
    if not 0.7 < spread < 1.4:
        raise Mismatch(
            "the number of hidden outputs that are kept hardly varies from image to image, or "
            "varies too much: is each output dropped independently, anew for each image?"
        )


@pytest.mark.task("make_classifier", weight=2.5, needs=DROPS)
@pytest.mark.parametrize("sizes", [(5, 2, 100, 3), (5, 100, 2, 3)], ids=["first", "second"])
def test_dropout_in_every_layer(
    submission: Any, device: torch.device, sizes: tuple[int, ...]
) -> None:
    """Each hidden layer has its dropout, including the first and the last."""
    kept = kept_units(submission, device, sizes, 0.5)
    if kept is not None:
        check_share(
            float((kept == 0).double().mean()),
            0.25,
            len(kept),
            "a hidden layer's outputs are never dropped, or too often",
            "does each hidden layer have exactly one dropout?",
        )
        if float(kept.max()) >= 200:
            raise Mismatch("a hidden layer's outputs are never dropped: does each have a dropout?")


@pytest.mark.task("make_classifier", weight=1.5, needs=(DROPS, NORMED))
def test_dropout_with_batch_norm(submission: Any, device: torch.device) -> None:
    """With both options, dropout comes after the normalisation."""
    units = 40
    kept = kept_units(submission, device, (5, units, 3), 0.5, batch_norm=True)
    if kept is not None:
        check_share(
            float(kept.mean()) / units,
            0.5,
            len(kept) * units,
            "the share of hidden outputs that are kept is not 1 − dropout",
            "do dropout and batch_norm work together?",
        )


@pytest.mark.task("make_classifier", weight=1, needs=DROPS)
def test_dropout_is_drawn_anew(submission: Any, device: torch.device) -> None:
    """Every call drops different outputs."""
    kept = kept_units(submission, device, (5, 60, 3), 0.5, rows=50, times=6)
    if kept is not None and len({tuple(call.tolist()) for call in kept.reshape(6, 50)}) < 6:
        raise Mismatch("two calls drop the same outputs: is a mask, or a seed, kept?")


@pytest.mark.task("make_classifier", weight=2.5, needs=(LOGITS, DROPS))
@pytest.mark.parametrize("p", [0.3, 0.9])
def test_dropout_is_off_in_evaluation(
    submission: Any, rng: torch.Generator, device: torch.device, p: float
) -> None:
    """In evaluation mode nothing is dropped, and nothing is scaled."""
    module = build(submission, SIZES, device, dropout=p)
    weights, x = fill(module, SIZES, rng), draw(rng, device, 9, SIZES[0])
    module.train()(x.clone())
    if weights is not None:
        hint = "does dropout look at the module's mode?"
        networks.check(module.eval()(x.clone()), logits(to_cpu(x), weights), x, hint)


@pytest.mark.task("make_classifier", weight=0.5, needs=LOGITS)
def test_options_by_position(submission: Any, device: torch.device) -> None:
    """dropout and batch_norm may be given by position, in this order."""
    module = submission.make_classifier(6, [5], 3, 0.5, True)
    if not isinstance(module, nn.Module):
        raise Mismatch("make_classifier(…) returns no nn.Module: is a return missing?")
    found = sum(p.numel() for p in module.parameters() if p.requires_grad)
    if found not in (63, 58):
        raise Mismatch("make_classifier(6, [5], 3, 0.5, True) has no normalisation of 5 units")
    module = module.to(device, torch.float64).train()
    x = torch.randn(40, 6, dtype=torch.float64, device=device)
    one, two = (expect.tensor(module(x.clone()), what=OUTPUT, shape=(40, 3)) for _ in range(2))
    if torch.equal(one, two):
        raise Mismatch("make_classifier(6, [5], 3, 0.5, True) has no dropout in training mode")
