"""Public checks for 00_linear_maps: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from course_lib import expect
from course_lib.by_hand import same, shown
from course_lib.expect import Mismatch

POINTS = {"predict": 2, "rotation": 2, "mse": 1, "recover": 2, "fit_linear": 2}
PREDICT, ROTATION, MSE = "predict(X, w, b)", "rotation_matrix({:g})", "mse(prediction, y)"


@pytest.mark.task("predict")
def test_predict_by_hand(submission: Any) -> None:
    """Two samples of two numbers, worked out by hand; the arguments are the same afterwards."""
    given = {
        "X": torch.tensor([[1.0, 2.0], [0.0, -1.0]]),
        "w": torch.tensor([[1.0, 10.0], [3.0, 0.0]]),
        "b": torch.tensor([0.5, -1.0]),
    }
    before = {name: value.clone() for name, value in given.items()}
    found = expect.tensor(submission.predict(*given.values()), what=PREDICT)
    for name, value in given.items():
        expect.unchanged(before[name], value, what=name)
    hint = "each sample is multiplied by each row of w, and each row of w has its own number in b"
    same(found, torch.tensor([[21.5, 2.0], [-9.5, -1.0]]), what=PREDICT, hint=hint)


@pytest.mark.task("predict")
def test_predict_sizes(submission: Any, rng: torch.Generator) -> None:
    """Seven samples of three numbers and five outputs give a result of shape (7, 5)."""
    X, w, b = (torch.randn(shape, generator=rng) for shape in ((7, 3), (5, 3), (5,)))
    expect.tensor(submission.predict(X, w, b), what=PREDICT, shape=(7, 5), dtype=torch.float32)


@pytest.mark.task("predict")
def test_predict_gradients(submission: Any) -> None:
    """With one sample, one input and one output, the gradients of X, w and b are w, X and 1."""
    leaves = {
        "X": torch.tensor([[2.0]], requires_grad=True),
        "w": torch.tensor([[3.0]], requires_grad=True),
        "b": torch.tensor([4.0], requires_grad=True),
    }
    output = submission.predict(*leaves.values())
    found = expect.gradients(output, leaves, torch.ones(1, 1), what=PREDICT)
    for name, wanted in (("X", [[3.0]]), ("w", [[2.0]]), ("b", [1.0])):
        same(found[name], torch.tensor(wanted), what=f"the gradient of {name}")


def check_rotation(submission: Any, degrees: float, expected: list[list[float]]) -> None:
    """Compare the matrix for an angle."""
    what = ROTATION.format(degrees)
    found = expect.tensor(submission.rotation_matrix(degrees), what=what, shape=(2, 2))
    if found.dtype not in (torch.float32, torch.float64):
        raise Mismatch(f"{what} is {str(found.dtype)[6:]}, expected float32 or float64")
    hint = "is the angle in radians where sine and cosine are computed, and where is the minus?"
    same(found, torch.tensor(expected), what=what, hint=hint)


@pytest.mark.task("rotation")
def test_rotation_quarter_turn(submission: Any) -> None:
    """rotation_matrix gives the matrix of the text for 0° and for 90°."""
    check_rotation(submission, 0, [[1.0, 0.0], [0.0, 1.0]])
    check_rotation(submission, 90, [[0.0, -1.0], [1.0, 0.0]])


@pytest.mark.task("rotation")
def test_rotation_both_ways(submission: Any) -> None:
    """rotation_matrix gives the matrix of the text for 60° and for −60°."""
    sine = 3**0.5 / 2
    check_rotation(submission, 60.0, [[0.5, -sine], [sine, 0.5]])
    check_rotation(submission, -60.0, [[0.5, sine], [-sine, 0.5]])


@pytest.mark.task("mse")
def test_mse_by_hand(submission: Any) -> None:
    """Four differences, 1, −1, 3 and −3: the mean of their squares is 5."""
    prediction = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = torch.tensor([[0.0, 3.0], [0.0, 7.0]])
    before = prediction.clone(), y.clone()
    found = expect.tensor(submission.mse(prediction, y), what=MSE, shape=())
    expect.unchanged(before[0], prediction, what="prediction")
    expect.unchanged(before[1], y, what="y")
    hint = "square each difference; the mean is over all entries, here four"
    same(found, torch.tensor(5.0), what=MSE, hint=hint)


@pytest.mark.task("mse")
def test_mse_gradient(submission: Any) -> None:
    """A gradient flows back to the prediction: for one difference of 3 it is 6."""
    prediction, y = torch.tensor([[5.0]], requires_grad=True), torch.tensor([[2.0]])
    output = submission.mse(prediction, y)
    found = expect.gradients(output, {"prediction": prediction}, torch.tensor(1.0), what=MSE)
    same(found["prediction"], torch.tensor([[6.0]]), what="the gradient of the prediction")


def rigid(degrees: float, translation: list[float], size: float = 1.0) -> nn.Linear:
    """A layer that turns by an angle and then moves; `size` is by how much its matrix is off."""
    turning = nn.Linear(2, 2)
    angle = math.radians(degrees)
    with torch.no_grad():
        for row, column in ((0, 0), (1, 1)):
            turning.weight[row, column] = size * math.cos(angle)
        turning.weight[0, 1], turning.weight[1, 0] = size * math.sin(angle), -size * math.sin(angle)
        turning.bias.copy_(torch.tensor(translation))
    return turning


def check_recover(submission: Any, degrees: float, size: float = 1.0) -> None:
    """Compare the answer for a layer that turns by an angle and moves by (2, −3)."""
    layer = rigid(degrees, [2.0, -3.0], size)
    before = layer.weight.detach().clone(), layer.bias.detach().clone()
    pair = expect.items(submission.recover(layer), what="recover(layer)", length=2)
    expect.unchanged(before[0], layer.weight, what="layer (its weights)")
    expect.unchanged(before[1], layer.bias, what="layer (its bias)")
    angle = expect.number(pair[0], what="degrees")
    if abs(angle - degrees) > 0.5:
        told = "" if size == 1 else f", for a layer whose cosines are {size:g}"
        hint = ""
        if degrees and abs(abs(angle) - math.radians(abs(degrees))) < 0.01:
            hint = ": is it in radians?"
        elif abs(angle + degrees) < 0.5:
            hint = (
                ": which entry of the weights is the sine, and which the sine with a minus? The "
                "cosine alone does not tell the sign."
            )
        raise Mismatch(f"degrees is {angle:.4g}, expected {degrees:g}{told}{hint}")
    translation = expect.values(pair[1], what="translation", shape=(2,))
    same(translation, torch.tensor([2.0, -3.0]), what="translation", atol=0.05)


@pytest.mark.task("recover")
def test_recover_both_ways(submission: Any) -> None:
    """recover finds the angles 30° and −30°, and a translation of (2, −3)."""
    for degrees in (30.0, -30.0):
        check_recover(submission, degrees)


@pytest.mark.task("recover")
def test_recover_large_turns(submission: Any) -> None:
    """recover finds the angles 150° and −120°."""
    for degrees in (150.0, -120.0):
        check_recover(submission, degrees)


@pytest.mark.task("recover")
def test_recover_nearly(submission: Any) -> None:
    """recover finds the angle 0° of a layer whose cosines are 1.004, as training may leave them."""
    check_recover(submission, 0.0, 1.004)


def fitted(submission: Any) -> tuple[nn.Linear, torch.Tensor, torch.Tensor]:
    """A layer fitted to points that are turned by 90° and moved far, and these points."""
    generator = torch.Generator().manual_seed(4)
    X = 5 * torch.randn(100, 2, generator=generator)
    y = torch.stack([X[:, 1] - 5, 4.5 - X[:, 0]], dim=1)
    before = X.clone(), y.clone()
    layer = submission.fit_linear(X, y)
    expect.unchanged(before[0], X, what="X")
    expect.unchanged(before[1], y, what="y")
    if not isinstance(layer, nn.Linear):
        kind = type(layer).__name__
        raise Mismatch(f"fit_linear(X, y) is of the type {kind}, expected an nn.Linear(2, 2)")
    for name, value, shape in (("weight", layer.weight, (2, 2)), ("bias", layer.bias, (2,))):
        expect.tensor(value, what=f"the layer's {name}", shape=shape, dtype=torch.float32)
    return layer, X, y


@pytest.mark.task("fit_linear")
def test_fit_linear(submission: Any) -> None:
    """The error on the 100 points is below 0.01 times that of the best constant."""
    layer, X, y = fitted(submission)
    what = "the layer's prediction"
    prediction = expect.tensor(layer(X), what=what, shape=(100, 2)).detach()
    expect.finite(prediction, what=what)
    error = float((prediction - y).square().mean())
    constant = float((y - y.mean(dim=0)).square().mean())
    if not error < 0.01 * constant:
        told = f"the error is {error:.4g}, and that of the best constant {constant:.4g}"
        hint = "was a new layer trained, on this X and y, for long enough?"
        raise Mismatch(f"{told}; the weights are {shown(layer.weight)}: {hint}")
