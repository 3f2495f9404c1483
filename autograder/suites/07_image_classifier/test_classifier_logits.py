"""`make_classifier` without its options, against a formula, with weights of ours."""

from __future__ import annotations

from typing import Any, NamedTuple

import calls_07
import networks_07 as networks
import pytest
import torch
from networks_07 import OUTPUT, build, draw, fill, logits, to_cpu, trainable
from torch import nn

from course_lib import expect
from course_lib.expect import Mismatch

VALUES = "test_classifier_logits"
HINT = "each hidden layer is linear and ReLU, and the last one is linear, with nothing after it"
ALWAYS = "is it right for every size, every number of rows and in both modes?"
SIZES = (6, 5, 4, 3)


class Case(NamedTuple):
    """Sizes of the network, and the batch that it is called with."""

    rows: int = 9
    sizes: tuple[int, ...] = SIZES
    training: bool = False
    dtype: torch.dtype = torch.float64
    scale: float = 1.0
    bias: float = 1.0
    options: tuple[tuple[str, Any], ...] = ()


PLAIN = {
    "two_hidden": Case(),
    "training_mode": Case(training=True),
    "one_hidden": Case(sizes=(6, 5, 3)),
    "three_hidden": Case(sizes=(8, 7, 6, 5, 3), training=True),
    "one_sample": Case(rows=1),
    "one_sample_in_training": Case(rows=1, training=True),
    "options_off": Case(options=(("dropout", 0.0), ("batch_norm", False)), training=True),
}
OTHERS = {
    "linear": Case(sizes=(6, 3)),
    "one_unit": Case(sizes=(5, 1, 3)),
    "one_class": Case(sizes=(6, 5, 1)),
    "equal_sizes": Case(sizes=(4, 4, 4, 4), training=True),
    "many_pixels": Case(sizes=(784, 9, 10), rows=4),
    "many_units": Case(sizes=(6, 130, 70, 3)),
    "many_classes": Case(sizes=(6, 5, 80)),
    "many_layers": Case(sizes=(9, 8, 7, 6, 5, 4, 3), training=True),
    "many_rows": Case(rows=1031),
}
SINGLE = {
    "float32": Case(dtype=torch.float32),
    "float32_in_training": Case(dtype=torch.float32, training=True),
}
MAGNITUDES = {
    "large": Case(scale=1e5),
    "large_in_training": Case(scale=1e4, training=True),
    "small": Case(scale=1e-6, bias=0.0),
}


def judge(
    submission: Any, case: Case, rng: torch.Generator, device: torch.device, hint: str = HINT
) -> None:
    module = build(submission, case.sizes, device, case.dtype, **dict(case.options))
    x = case.scale * draw(rng, device, case.rows, case.sizes[0], dtype=case.dtype)
    weights = fill(module, case.sizes, rng, bias=case.bias)
    if weights is None:
        networks.check_unknown(module, x, case.sizes[-1])
        return
    tolerance = networks.EXACT
    if case.dtype != torch.float64:
        weights, tolerance = networks.rounded(weights, case.dtype), networks.ROUNDED
    output = module.train(case.training)(x.clone())
    networks.check(output, logits(to_cpu(x), weights), x, hint, tolerance)


@pytest.mark.task("make_classifier", weight=4)
@pytest.mark.parametrize("case", PLAIN.values(), ids=PLAIN)
def test_classifier_logits(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """With any weights, the logits are those of linear and ReLU layers and a last linear layer."""
    judge(submission, case, rng, device)


@pytest.mark.task("make_classifier", weight=1.5, needs=VALUES)
@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_classifier_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """The module is right for no hidden layer or many, single units or hundreds, and many rows."""
    judge(submission, case, rng, device, ALWAYS)


@pytest.mark.task("make_classifier", needs=VALUES)
@pytest.mark.parametrize("case", MAGNITUDES.values(), ids=MAGNITUDES)
def test_classifier_magnitudes(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """Logits may be large or small, and the ReLUs bend at 0."""
    judge(submission, case, rng, device, "is it ReLU itself, and are inputs taken as they are?")


@pytest.mark.task("make_classifier", needs=VALUES)
@pytest.mark.parametrize("case", SINGLE.values(), ids=SINGLE)
def test_classifier_float32(
    submission: Any, rng: torch.Generator, device: torch.device, case: Case
) -> None:
    """float32 images give float32 logits."""
    judge(submission, case, rng, device)


@pytest.mark.task("make_classifier", weight=3, needs=VALUES)
@pytest.mark.parametrize(
    ("rows", "height", "width"), [(5, 28, 28), (1, 28, 28), (4, 3, 5), (1, 1, 6), (3, 6, 1)]
)
def test_images(
    submission: Any, rng: torch.Generator, device: torch.device, rows: int, height: int, width: int
) -> None:
    """Images (n, height, width) give the same logits as their rows, one image as well as many."""
    sizes = (height * width, 8, 3)
    for training in (False, True):
        module = build(submission, sizes, device)
        weights = fill(module, sizes, rng)
        x = draw(rng, device, rows, height, width)
        if weights is None:
            networks.check_unknown(module, x, sizes[-1])
            continue
        expected = logits(to_cpu(x).reshape(rows, -1), weights)
        hint = "is each image one row, its pixels in their order?"
        networks.check(module.train(training)(x.clone()), expected, x, hint)


@pytest.mark.task("make_classifier", weight=0.5, needs=VALUES)
def test_classifier_of_a_view(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Rows need not lie in memory one after the other."""
    module = build(submission, SIZES, device).eval()
    weights = fill(module, SIZES, rng)
    x = draw(rng, device, SIZES[0], 7).T
    if weights is not None:
        hint = "is a tensor reshaped in the order in which it lies in memory?"
        networks.check(module(x), logits(to_cpu(x), weights), x, hint)


@pytest.mark.task("make_classifier", weight=2, needs=VALUES)
@pytest.mark.parametrize("option", ["plain", "batch_norm", "dropout", "both"])
def test_classifier_gradients(
    submission: Any, rng: torch.Generator, device: torch.device, option: str
) -> None:
    """With each option, every parameter gets a gradient, and the images get the right one."""
    batch_norm, dropout = option in ("batch_norm", "both"), option in ("dropout", "both")
    options: dict[str, Any] = {"batch_norm": batch_norm, "dropout": 0.4 if dropout else 0.0}
    module = build(submission, SIZES, device, torch.float64, **options).train()
    weights = fill(module, SIZES, rng, batch_norm=batch_norm)
    x, upstream = 10 * draw(rng, device, 8, SIZES[0]), draw(rng, device, 8, SIZES[-1])
    leaves = {f"parameter {k}": value for k, value in enumerate(trainable(module))}
    x.requires_grad_()
    found = expect.gradients(module(x), {"x": x, **leaves}, upstream, what=OUTPUT)
    if weights is None or dropout:
        return
    inner = to_cpu(x).requires_grad_()
    outer = logits(inner, weights, training=batch_norm)
    (expected,) = torch.autograd.grad(outer, [inner], to_cpu(upstream))
    size = float(expected.abs().max())
    hint = "is something detached, or computed without a graph?"
    expect.close(
        found["x"], expected, what="the gradient of x", rtol=0, atol=1e-5 * size, hint=hint
    )


@pytest.mark.task("make_classifier", weight=0.5, needs=VALUES)
def test_classifier_called_again(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """Earlier calls of the module make no difference, even if they used the same tensor."""
    module = build(submission, SIZES, device).eval()
    weights = fill(module, SIZES, rng)
    x, others = draw(rng, device, 5, SIZES[0]), draw(rng, device, 70, 5, SIZES[0])
    module(x.clone())  # sends the weights to where the module lives
    output = submission.drive(calls_07.after_others, module, others, x)
    if weights is not None:
        hint = "is something counted, or kept for the next call?"
        networks.check(output, logits(to_cpu(x), weights), x, hint)


@pytest.mark.task("make_classifier", weight=0.5, needs=VALUES)
def test_classifier_leaves_images_alone(
    submission: Any, rng: torch.Generator, device: torch.device
) -> None:
    """The images are as they were, in both modes, with and without the options."""
    cases: list[dict[str, Any]] = [{}, {"dropout": 0.5, "batch_norm": True}]
    for options in cases:
        for training in (True, False):
            module = build(submission, SIZES, device, torch.float64, **options).train(training)
            x = 10 * draw(rng, device, 40, SIZES[0])
            before = x.clone()
            output = module(x)
            expect.unchanged(before, x, what="x")
            expect.tensor(output, what=OUTPUT, shape=(40, SIZES[-1]))


@pytest.mark.task("make_classifier", weight=1.5, needs=VALUES)
def test_two_classifiers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Every call makes a module of its own, and leaves the list of sizes as it was."""
    inputs, *hidden, classes = SIZES
    found = submission.drive(calls_07.made_of, inputs, hidden, classes, {})
    one, other, after = expect.items(found, what="two modules", length=3)
    if after != [*SIZES[1:-1]]:
        raise Mismatch("make_classifier changed its argument hidden_dims: work on a new list")
    if not isinstance(one, nn.Module) or not isinstance(other, nn.Module):
        raise Mismatch("make_classifier(…) returns no nn.Module: is a return missing?")
    one, other = (module.to(device, torch.float64).eval() for module in (one, other))
    x = draw(rng, device, 5, inputs)
    before = to_cpu(expect.tensor(other(x.clone()), what=OUTPUT, shape=(5, classes)))
    if fill(one, SIZES, rng) is not None:
        one(x.clone())
    networks.check(other(x.clone()), before, x, "two modules share their layers")


@pytest.mark.task("make_classifier", weight=0.5, needs=VALUES)
def test_sizes_in_a_tuple(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """hidden_dims may be a tuple."""
    inputs, *hidden, classes = SIZES
    module = submission.make_classifier(inputs, tuple(hidden), classes)
    if not isinstance(module, nn.Module):
        raise Mismatch("make_classifier(…) returns no nn.Module: is a return missing?")
    module = module.to(device, torch.float64).eval()
    weights, x = fill(module, SIZES, rng), draw(rng, device, 5, inputs)
    if weights is not None:
        networks.check(module(x.clone()), logits(to_cpu(x), weights), x, HINT)
