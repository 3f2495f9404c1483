"""Public checks for 07_image_classifier: easy examples; the grade comes from other, hidden
tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from course_lib import expect
from course_lib.by_hand import same, shown
from course_lib.datasets import fashion_mnist
from course_lib.expect import Mismatch

POINTS = {
    "count_parameters": 2,
    "make_classifier": 4,
    "epoch_loop": 6,
    "repair": 3,
    "early_stopping": 5,
    "regularisation": 4,
    "fit": 6,
}
CPU = torch.device("cpu")
Pair = tuple[torch.Tensor, torch.Tensor]


@pytest.mark.task("count_parameters")
@pytest.mark.parametrize(
    ("dims", "expected"),
    [([784, 10], 7850), ([784, 32, 64, 128, 64, 10], 44458), ([784, 512, 512, 10], 669706)],
    ids=["no_hidden_layer", "four_hidden_layers", "two_hidden_layers"],
)
def test_counts(submission: Any, dims: list[int], expected: int) -> None:
    """Three networks, counted by hand."""
    what = f"count_parameters({dims})"
    found = expect.number(submission.count_parameters(list(dims)), what=what)
    if found != expected:
        raise Mismatch(f"{what} is {found:.12g}, expected {expected}")


def module(value: object, what: str) -> Any:
    if not isinstance(value, nn.Module):
        raise Mismatch(f"{what} is a {type(value).__name__}, expected an nn.Module")
    return value


def classifier(submission: Any, **options: Any) -> Any:
    given = "".join(f", {name}={value}" for name, value in options.items())
    made = submission.make_classifier(12, [8, 5], 3, **options)
    return module(made, f"make_classifier(12, [8, 5], 3{given})")


@pytest.mark.task("make_classifier")
@pytest.mark.parametrize("shape", [(4, 12), (4, 3, 4), (1, 12)], ids=["rows", "images", "one"])
def test_logits_have_a_row_for_each_image(submission: Any, shape: tuple[int, ...]) -> None:
    """Images and rows give one logit for each class."""
    network = classifier(submission).eval()
    x = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    output = expect.tensor(network(x), what="the output", shape=(shape[0], 3))
    rows = network(x.reshape(shape[0], 12))
    if not torch.allclose(output, rows, atol=1e-5):
        raise Mismatch("an image and its row of pixels get different logits")


@pytest.mark.task("make_classifier")
@pytest.mark.parametrize(("batch_norm", "expected"), [(False, 167), (True, 193)])
def test_parameters(submission: Any, batch_norm: bool, expected: int) -> None:
    """With sizes 12, 8, 5, 3 there are 167 numbers to learn, and 26 more in two normalisations."""
    network = classifier(submission, batch_norm=batch_norm)
    found = sum(p.numel() for p in network.parameters() if p.requires_grad)
    if found != expected and not (batch_norm and found == expected - 13):
        raise Mismatch(f"the network has {found} trainable numbers, expected {expected}")


@pytest.mark.task("make_classifier")
def test_logits_may_be_anything(submission: Any) -> None:
    """Over many images there are logits of both signs, and those of an image don't add up to 1."""
    generator = torch.Generator().manual_seed(1)
    network = classifier(submission).eval()
    found = network(10 * torch.randn(200, 12, generator=generator))
    output = expect.tensor(found, what="the output", shape=(200, 3)).detach()
    for what, values in (("output", output), ("exponential of the output", output.exp())):
        if bool(((values.sum(dim=1) - 1).abs() < 1e-4).all()):
            raise Mismatch(f"the {what} adds up to 1 for each image: logits have no such sum")
    if bool((output >= 0).all()) or bool((output <= 0).all()):
        raise Mismatch("the logits of 200 images all have the same sign")


@pytest.mark.task("make_classifier")
def test_dropout_by_mode(submission: Any) -> None:
    """With dropout, two calls differ in training mode and agree in evaluation mode."""
    network, x = classifier(submission, dropout=0.5), torch.ones(20, 12)
    if torch.equal(network.train()(x), network(x)):
        raise Mismatch("in training mode two calls with dropout=0.5 give the same logits")
    if not torch.equal(network.eval()(x), network(x)):
        raise Mismatch("in evaluation mode two calls give different logits")


class Slope(nn.Module):
    """The logits (0, w·x) for one number x, and a note of the mode."""

    def __init__(self, w: float) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(w))
        self.modes: list[bool] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.modes.append(self.training)
        return torch.cat([0 * x, self.w * x], dim=1)


def pairs() -> Iterator[Pair]:
    """Two batches: three samples, then one."""
    yield torch.tensor([[1.0], [2.0], [-1.0]]), torch.tensor([1, 0, 0])
    yield torch.tensor([[3.0]]), torch.tensor([1])


def second(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """A loss that is easy to follow: the mean distance of the second logit from the label."""
    return (logits[:, 1] - labels).abs().mean()


@pytest.mark.task("epoch_loop")
def test_epoch_by_hand(submission: Any) -> None:
    """Two batches and two steps, worked out by hand."""
    model = Slope(2.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    found = submission.train_epoch(model, list(pairs()), second, optimizer, CPU)
    loss = expect.number(found, what="train_epoch(…)")
    # |2−1|, |4−0|, |−2−0|: mean 7/3, slope (1 + 2 + 1)/3; then w = 2/3: |2−1| = 1, slope 3.
    if abs(model.w.item() - (2 - 4 / 3 - 3)) > 1e-4:
        raise Mismatch(
            f"after two steps with lr=1 the parameter is {model.w.item():.4g}, expected "
            f"{2 - 4 / 3 - 3:.4g}"
        )
    if abs(loss - 2.0) > 1e-4:
        raise Mismatch(
            f"train_epoch(…) returned {loss:.4g}, expected 2: the losses of the batches are 7/3 "
            "for three samples and 1 for one"
        )


@pytest.mark.task("epoch_loop")
def test_epoch_of_a_generator(submission: Any) -> None:
    """A generator is a loader too, and the model is in training mode."""
    model = Slope(2.0).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    submission.train_epoch(model, pairs(), second, optimizer, CPU)
    if model.modes != [True, True]:
        raise Mismatch(
            "the model was called in these modes, True for training: "
            f"{model.modes}, expected [True, True]"
        )


@pytest.mark.task("epoch_loop")
def test_accuracy_by_hand(submission: Any) -> None:
    """With w = 1, three of four samples are right."""
    for loader in (list(pairs()), pairs()):
        model = Slope(1.0)
        found = expect.number(submission.evaluate(model, loader, CPU), what="evaluate(…)")
        if abs(found - 0.75) > 1e-6:
            raise Mismatch(f"evaluate(…) returned {found:.4g}, expected 0.75")
        if any(model.modes):
            raise Mismatch("evaluate called the model in training mode")


@pytest.mark.task("repair")
def test_repaired_by_hand(submission: Any) -> None:
    """The layer gives 1 and −1 for x = 1; the ReLU at the end has hidden the −1."""
    layer = nn.Linear(1, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0], [1.0]]))
        layer.bias.copy_(torch.tensor([-1.0, -2.0]))
    model = nn.Sequential(layer, nn.ReLU())
    repaired = module(submission.repair(model), "repair(model)")
    output = expect.tensor(repaired(torch.ones(1, 1)), what="repair(model)(x)", shape=(1, 2))
    same(output.detach(), torch.tensor([[1.0, -1.0]]), what="repair(model)(x)")
    same(model(torch.ones(1, 1)).detach(), torch.tensor([[1.0, 0.0]]),
         what="model(x), after the call,")  # fmt: skip


@pytest.mark.task("repair")
def test_inner_relu_stays(submission: Any) -> None:
    """A ReLU further in stays where it is."""
    parts = [nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1), nn.ReLU()]
    for part in parts[::2]:
        nn.init.constant_(part.weight, -1.0)  # type: ignore[arg-type]
        nn.init.zeros_(part.bias)  # type: ignore[arg-type]
    repaired = module(submission.repair(nn.Sequential(*parts)), "repair(model)")
    x = torch.tensor([[3.0], [-3.0]])
    output = expect.tensor(repaired(x), what="repair(model)(x)", shape=(2, 1)).detach()
    same(output, torch.tensor([[0.0], [-3.0]]), what="repair(model)(x)")


def steps(submission: Any, losses: list[float], patience: int, **options: float) -> Any:
    """Steps with a parameter that counts them; what they return, and the parameter restored."""
    model = Slope(0.0)
    early = submission.EarlyStopping(patience, **options)
    for method in ("step", "restore"):
        if not callable(getattr(early, method, None)):
            raise Mismatch(f"EarlyStopping(…) has no method {method}")
    told = []
    for number, loss in enumerate(losses):
        with torch.no_grad():
            model.w.fill_(number)
        answer = early.step(loss, model)
        if answer is not None and not isinstance(answer, bool | int | torch.Tensor | np.bool_):
            raise Mismatch(f"step returned a {type(answer).__name__}, expected True or False")
        told.append(bool(answer))
    with torch.no_grad():
        model.w.fill_(-1)
    early.restore(model)
    return told, model.w.item()


@pytest.mark.task("early_stopping")
@pytest.mark.parametrize(
    ("losses", "patience", "options", "expected", "best"),
    [
        ([3.0, 2.0, 2.5, 2.2], 2, {}, [False, False, False, True], 1),
        ([3.0, 2.0, 2.5, 1.0], 2, {}, [False, False, False, False], 3),
        ([3.0, 2.75, 2.5], 2, {"min_delta": 0.5}, [False, False, True], 0),
    ],
    ids=["two_without", "one_without", "too_little"],
)
def test_early_stopping_by_hand(
    submission: Any, losses: list[float], patience: int, options: dict[str, float],
    expected: list[bool], best: int,
) -> None:  # fmt: skip
    """Three short trainings, worked out by hand."""
    told, restored = steps(submission, losses, patience, **options)
    given = "".join(f", {name}={value}" for name, value in options.items())
    what = f"EarlyStopping({patience}{given}) with the losses {losses}"
    if told != expected:
        raise Mismatch(f"{what} says {told}, expected {expected}")
    if restored != best:
        raise Mismatch(
            f"{what}: the parameter was 0, 1, 2, … in these steps; after restore(model) it is "
            f"{restored:g}, expected {best}"
        )


class Tiny(nn.Module):
    """Parameters 1, −2 and 3, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([[1.0, -2.0]]))
        self.b = nn.Parameter(torch.tensor(3.0))
        self.register_buffer("seen", torch.tensor([10.0]))


@pytest.mark.task("regularisation")
@pytest.mark.parametrize(
    ("name", "expected", "slopes"),
    [("l1_penalty", 6.0, [[1.0, -1.0]]), ("l2_penalty", 14.0, [[2.0, -4.0]])],
    ids=["l1", "l2"],
)
def test_penalties_by_hand(
    submission: Any, name: str, expected: float, slopes: list[list[float]]
) -> None:
    """A model with the parameters 1, −2 and 3."""
    model = Tiny()
    found = expect.tensor(getattr(submission, name)(model), what=f"{name}(model)", shape=())
    same(found.detach(), torch.tensor(expected), what=f"{name}(model)")
    gradients = expect.gradients(found, {"w": model.w}, torch.tensor(1.0), what=f"{name}(model)")
    same(gradients["w"], torch.tensor(slopes), what=f"the gradient of {name}(model)")


@pytest.mark.task("regularisation")
def test_smooth_labels_by_hand(submission: Any) -> None:
    """Two labels among four classes, with alpha = 0.2: 0.85 for the class, 0.05 for the others."""
    what = "smooth_labels([2, 0], 4, 0.2)"
    found = expect.tensor(submission.smooth_labels(torch.tensor([2, 0]), 4, 0.2), what=what)
    right = torch.full((2, 4), 0.05)
    right[0, 2] = right[1, 0] = 0.85
    if tuple(found.shape) != (2, 4):
        raise Mismatch(f"{what} has shape {tuple(found.shape)}, expected (2, 4)")
    same(found, right, what=what, hint=f"expected {shown(right)}")


@pytest.mark.task("fit")
def test_fit_on_few_images(submission: Any) -> None:
    """After training on only 2,000 images, at least 60 in 100 others are recognised; this takes a
    while."""
    X, y = fashion_mnist("train", limit=3300)
    order = torch.tensor([3, 7, 0, 9, 1, 5, 8, 2, 6, 4])  # the classes in another order
    y = order[y]
    found = submission.fit(X[:2000], y[:2000], X[2000:2300], y[2000:2300], CPU)
    model = module(found, "fit(…)").eval()
    with torch.no_grad():
        logits = expect.tensor(model(X[2300:]), what="the logits", shape=(1000, 10))
    expect.finite(logits, what="the logits")
    accuracy = float((logits.argmax(dim=1) == y[2300:]).float().mean())
    if accuracy < 0.6:
        loss = functional.cross_entropy(logits, y[2300:]).item()
        raise Mismatch(
            f"the module recognises {accuracy:.0%} of 1,000 other images, expected at least 60%; "
            f"the loss is {loss:.2f}"
        )
