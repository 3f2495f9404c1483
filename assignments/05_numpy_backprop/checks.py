"""Public checks for 05_numpy_backprop: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from course_lib import expect
from course_lib.by_hand import same, shown
from course_lib.expect import Mismatch

POINTS = {
    "perceptron": 4,
    "activations": 2,
    "losses": 3,
    "regression": 3,
    "forward": 4,
    "gradients": 8,
    "train": 4,
    "to_torch": 2,
}
Numbers = NDArray[Any]
ARRAYS = ("W1", "b1", "W2", "b2")
# Two inputs, two units, two classes: with these weights everything can be worked out by hand.
BY_HAND = {
    "W1": np.array([[1.0, 0.0], [0.0, 1.0]]),
    "b1": np.array([[0.0, 1.0]]),
    "W2": np.array([[1.0, -1.0], [0.0, 2.0]]),
    "b2": np.array([[1.0, 0.0]]),
}
ROWS = np.array([[3.0, -5.0], [-2.0, 1.0]])
LABELS = np.array([[1.0, 0.0], [0.0, 1.0]])
SWAPPED = np.array([[0.0, 1.0], [1.0, 0.0]])


def example(found: object, expected: Any, what: str, hint: str = "", atol: float = 1e-5) -> None:
    """Compare an array with an example that was worked out by hand."""
    target = torch.as_tensor(np.asarray(expected, dtype=float))
    numbers = expect.values(found, what=what)
    if target.dim() and not isinstance(found, np.ndarray):
        raise Mismatch(f"{what} is not a NumPy array but a {type(found).__name__}")
    same(numbers, target, what=what, atol=atol, hint=hint)


def stays(before: Numbers, after: Numbers, what: str) -> None:
    if before.shape != after.shape or not np.array_equal(before, after):
        raise Mismatch(f"the call changed {what}: it was {before.tolist()}, now {after.tolist()}")


# The first column decides: 1 where it is above 1.
LINE_X = np.array([[3.0, 1.0], [0.0, 2.0], [2.0, -1.0], [-1.0, 0.0], [4.0, 2.0], [0.5, -2.0]])
LINE_Y = np.array([1, 0, 1, 0, 1, 0])


def fitted(submission: Any, X: Numbers, y: Numbers, epochs: int) -> tuple[Numbers, float, int]:
    what = f"perceptron_fit(X, y, {epochs})"
    w, b, mistakes = expect.items(submission.perceptron_fit(X, y, epochs), what=what, length=3)
    weights = expect.values(w, what="w", shape=(X.shape[1],)).numpy()
    count = expect.integer(mistakes, what="mistakes")
    return weights, expect.number(b, what="b"), count


@pytest.mark.task("perceptron")
def test_perceptron_separates(submission: Any) -> None:
    """Six points whose labels a line can separate are all right in the end."""
    X, y = LINE_X.copy(), LINE_Y.copy()
    w, b, mistakes = fitted(submission, X, y, 100)
    stays(LINE_X, X, "X")
    stays(LINE_Y, y, "y")
    for row, label in zip(LINE_X, LINE_Y, strict=True):
        score = float(w @ row + b)
        if (score > 0) != label:
            raise Mismatch(f"w·x + b is {score:.4g} for x = {row.tolist()}, whose label is {label}")
    if not 1 <= mistakes <= 600:
        raise Mismatch(
            f"mistakes is {mistakes}, which can't be right for six rows and 100 epochs: it counts "
            "the updates of all epochs, not of the last alone"
        )


@pytest.mark.task("perceptron")
def test_perceptron_far_apart(submission: Any) -> None:
    """Ten points far on the right and ten far on the left: one mistake is enough."""
    X = np.array([[10.0 + i / 100, 0.0] for i in range(10)])
    X = np.concatenate([X, -X])
    _, _, mistakes = fitted(submission, X, np.repeat([1, 0], 10), 50)
    if mistakes != 1:
        raise Mismatch(
            f"mistakes is {mistakes}, expected 1: after the first update every row is right"
        )


@pytest.mark.task("perceptron")
def test_perceptron_one_row(submission: Any) -> None:
    """A single row of either label: w is a multiple of it, and b the same multiple of 1."""
    for label, wrong in ((1, "below"), (0, "above")):
        w, b, _ = fitted(submission, np.array([[2.0, -4.0]]), np.array([label]), 5)
        if abs(w[0] - 2 * b) > 1e-6 or abs(w[1] + 4 * b) > 1e-6:
            raise Mismatch(f"w is {w.tolist()} and b is {b:.4g}, after updates by the row [2, -4]")
        if (2 * w[0] - 4 * w[1] + b) * (1 if label else -1) < 0:
            raise Mismatch(f"the only row has label {label}, and its score is {wrong} 0 in the end")


@pytest.mark.task("perceptron")
def test_perceptron_ends(submission: Any) -> None:
    """Where no line can separate the labels, training ends after max_epochs."""
    X = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    _, _, mistakes = fitted(submission, X, np.array([0, 0, 1, 1]), 3)
    if not 3 <= mistakes <= 12:
        raise Mismatch(f"mistakes is {mistakes}, expected 3 to 12: three epochs with four rows")


@pytest.mark.task("perceptron")
def test_perceptron_predicts(submission: Any) -> None:
    """Labels are 1 where w·x + b is above 0 and 0 where it is below."""
    X = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, 1.0]])
    found = submission.perceptron_predict(X, np.array([2.0, -1.0]), -1.5)
    found = found * 1 if getattr(found, "dtype", None) == np.bool_ else found
    hint = "w·x + b is 0.5, −2.5 and 3.5"
    example(found, [1, 0, 1], "perceptron_predict(X, w, b)", hint)


def at_three_places(submission: Any, name: str, expected: list[list[float]]) -> None:
    """Compare a function's numbers at 2, at −3 and at 0."""
    z = np.array([[2.0, -3.0, 0.0]])
    example(getattr(submission, name)(z), expected, f"{name} of [[2, -3, 0]]")
    stays(np.array([[2.0, -3.0, 0.0]]), z, "z")


@pytest.mark.task("activations")
def test_relu(submission: Any) -> None:
    """relu is right at 2, at −3 and at 0."""
    at_three_places(submission, "relu", [[2.0, 0.0, 0.0]])


@pytest.mark.task("activations")
def test_relu_slope(submission: Any) -> None:
    """relu_grad is right at 2, at −3 and at 0."""
    at_three_places(submission, "relu_grad", [[1.0, 0.0, 0.0]])


@pytest.mark.task("activations")
def test_softmax_rows(submission: Any) -> None:
    """Each row of softmax adds up to 1, and a difference of log 3 becomes a factor of 3."""
    z = np.array([[0.0, np.log(3.0)], [5.0, 5.0], [1.0, 1.0 + np.log(9.0)]])
    kept = np.array(z)
    expected = [[0.25, 0.75], [0.5, 0.5], [0.1, 0.9]]
    example(submission.softmax(z), expected, "softmax(z)", "each row by itself")
    stays(kept, z, "z")


@pytest.mark.task("activations")
def test_softmax_large(submission: Any) -> None:
    """With 10,000 and −10,000 softmax is as right as with small numbers."""
    z = np.array([[10000.0, 10000.0], [-10000.0, -10000.0], [10000.0, -10000.0]])
    expected = [[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]]
    hint = "each row has a largest logit of its own"
    example(submission.softmax(z), expected, "softmax(z) of large numbers", hint)


@pytest.mark.task("losses")
def test_mse_by_hand(submission: Any) -> None:
    """The differences 1, 2, 3 and 4 have the mean square 7.5."""
    prediction, y = np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2))
    example(submission.mse(prediction, y), 7.5, "mse(prediction, y)")
    stays(np.array([[1.0, 2.0], [3.0, 4.0]]), prediction, "prediction")


@pytest.mark.task("losses")
def test_cross_entropy_by_hand(submission: Any) -> None:
    """True classes with the probabilities 1/2 and 1/8: the mean of log 2 and log 8."""
    probabilities = np.array([[0.5, 0.25, 0.25], [0.25, 0.625, 0.125]])
    y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    found = submission.cross_entropy(y, probabilities.copy())
    hint = "the average is over the two samples, and what keeps the logarithm finite must be tiny"
    example(found, 2 * np.log(2), "cross_entropy(y_onehot, probabilities)", hint, 1e-4)


@pytest.mark.task("losses")
def test_cross_entropy_of_zero(submission: Any) -> None:
    """A certain, right answer costs 0; a certain, wrong one costs much, but a finite number."""
    what, y = "cross_entropy(y_onehot, probabilities)", np.array([[1.0, 0.0]])
    right = expect.values(submission.cross_entropy(y, y.copy()), what=what)
    if bool(right.isnan().any()):
        raise Mismatch(
            f"{what} of a certain, right answer is nan: the other class has probability 0, and 0 "
            "times the logarithm of 0 is nan"
        )
    example(right.numpy(), 0.0, f"{what} of a certain, right answer", "", 1e-4)
    found = expect.number(submission.cross_entropy(y, np.array([[0.0, 1.0]])), what=what)
    if found < 9.3:
        raise Mismatch(
            f"{what} is {found:.4g} for a certain, wrong answer; even for a probability of "
            "1/10,000 it would be 9.21"
        )


def pair(submission: Any, reg: float) -> list[object]:
    """One sample, x = 2 and y = 1, and one unit, whose pre-activation is 1 + 3·2 = 7."""
    X, y = np.array([[2.0]]), np.array([[1.0]])
    W1, W2 = np.array([[1.0], [3.0]]), np.array([[-4.0], [1.0]])
    what = "regression_gradients(X, y, W1, W2, reg)"
    found = expect.items(submission.regression_gradients(X, y, W1, W2, reg), what=what, length=2)
    stays(np.array([[1.0], [3.0]]), W1, "W1")
    stays(np.array([[-4.0], [1.0]]), W2, "W2")
    return found


@pytest.mark.task("regression")
def test_regression_by_hand(submission: Any) -> None:
    """One sample, one unit: the output is 3, the error is 2, and 2 · 2 / 1 goes back."""
    dW1, dW2 = pair(submission, 0.0)
    example(dW2, [[4.0], [28.0]], "dW2", "the second layer receives 1 and 7")
    example(dW1, [[4.0], [8.0]], "dW1", "4 comes back through the weight 1; the inputs are 1 and 2")


@pytest.mark.task("regression")
def test_regression_of_a_unit_that_is_off(submission: Any) -> None:
    """A second unit, whose pre-activation is −1: it is off, and nothing goes back through it."""
    W1, W2 = np.array([[1.0, 1.0], [3.0, -1.0]]), np.array([[-4.0], [1.0], [2.0]])
    found = submission.regression_gradients(np.array([[2.0]]), np.array([[1.0]]), W1, W2, 0.0)
    dW1, dW2 = expect.items(found, what="regression_gradients(X, y, W1, W2, reg)", length=2)
    example(dW2, [[4.0], [28.0], [0.0]], "dW2", "the second layer receives 1, 7 and 0")
    example(dW1, [[4.0, 0.0], [8.0, 0.0]], "dW1", "the slope of ReLU is 0 where a unit is off")


@pytest.mark.task("regression")
def test_regularisation_by_hand(submission: Any) -> None:
    """With reg = 10, ten times each weight is added, the biases included."""
    dW1, dW2 = pair(submission, 10.0)
    example(dW2, [[-36.0], [38.0]], "dW2 with reg = 10", "W2 is [[-4], [1]]")
    example(dW1, [[14.0], [38.0]], "dW1 with reg = 10", "W1 is [[1], [3]]")


@pytest.mark.task("regression")
def test_regression_mean(submission: Any) -> None:
    """The same sample twice gives the same gradients as once: the loss is a mean."""
    W1, W2 = np.array([[0.5, -1.0], [1.0, 0.3]]), np.array([[0.1], [2.0], [-1.0]])
    gradients_for = submission.regression_gradients
    once, twice = (
        gradients_for(np.full((n, 1), 2.0), np.ones((n, 1)), W1, W2, 0.0) for n in (1, 2)
    )
    for name, one, two in zip(("dW1", "dW2"), once, twice, strict=True):
        example(two, one, f"{name} of the same sample twice", "compare with 2/n")


@pytest.mark.task("forward")
def test_shapes_of_the_arrays(submission: Any) -> None:
    """NumpyMLP(3, 5, 2) has arrays of the four shapes that the task names."""
    model = submission.NumpyMLP(3, 5, 2)
    for name, shape in zip(ARRAYS, ((3, 5), (1, 5), (5, 2), (1, 2)), strict=True):
        array = getattr(model, name)
        expect.values(array, what=name, shape=shape)
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            raise Mismatch(f"{name} must be an array of float32 or float64 numbers")


@pytest.mark.task("forward")
def test_seeds(submission: Any) -> None:
    """Two networks with seed 1 are equal, and one with seed 2 is different."""
    one, again, other = (submission.NumpyMLP(3, 4, 2, seed=seed) for seed in (1, 1, 2))
    for name in ARRAYS:
        if not np.array_equal(getattr(one, name), getattr(again, name)):
            raise Mismatch(f"{name} differs between two networks with seed=1")
    for name in ARRAYS[::2]:
        if np.array_equal(getattr(one, name), getattr(other, name)):
            raise Mismatch(f"{name} is the same with seed=1 and with seed=2")


def put(model: Any, name: str, value: Numbers) -> None:
    """Write numbers into an array of the network, which may be a part of a larger one."""
    array = getattr(model, name, None)
    if isinstance(array, np.ndarray) and array.shape == value.shape and array.flags.writeable:
        np.copyto(array, value)
    if not np.array_equal(getattr(model, name, None), value):
        setattr(model, name, value.copy())


def by_hand(submission: Any) -> Any:
    """A network with the weights of the example."""
    model = submission.NumpyMLP(2, 2, 2)
    for name, value in BY_HAND.items():
        put(model, name, value)
    return model


@pytest.mark.task("forward")
def test_forward_by_hand(submission: Any) -> None:
    """Two rows, worked out by hand: what goes into the softmax is 4, −3 and 1, 4."""
    X = ROWS.copy()
    expected = [[1 / (1 + np.exp(-7.0)), 1 / (1 + np.exp(7.0))],
                [1 / (1 + np.exp(3.0)), 1 / (1 + np.exp(-3.0))]]  # fmt: skip
    hint = "the hidden units put out 3, 0 for the first row and 0, 2 for the second"
    example(by_hand(submission).forward(X), expected, "forward(X)", hint)
    stays(ROWS, X, "X")


@pytest.mark.task("forward")
def test_forward_adds_up(submission: Any) -> None:
    """The probabilities of every row add up to 1, even with large inputs."""
    X = np.array([[1e3, -1e3, 5.0], [0.0, 0.0, 0.0], [-1e4, 2e4, 1.0], [1.0, 2.0, 3.0]])
    found = expect.values(submission.NumpyMLP(3, 6, 4).forward(X), what="forward(X)", shape=(4, 4))
    expect.finite(found, what="forward(X)")
    same(found.sum(dim=1), torch.ones(4), what="the sum of each row of forward(X)")


def found_gradients(model: Any, X: Numbers, y: Numbers) -> Any:
    if not hasattr(model, "gradients"):
        raise Mismatch("NumpyMLP has no method gradients: run the cell of task 6 (again)")
    found = model.gradients(X, y)
    if not isinstance(found, dict) or not set(ARRAYS) <= set(found):
        has = f"the keys {list(found)}" if isinstance(found, dict) else f"a {type(found).__name__}"
        raise Mismatch(f"gradients(X, y) gives {has}, expected a dict with the keys {ARRAYS}")
    return found


@pytest.mark.task("gradients")
def test_gradient_shapes(submission: Any) -> None:
    """Each gradient has the shape of its array."""
    model, labels = submission.NumpyMLP(3, 5, 2), np.array([[1.0, 0.0]] * 4)
    found = found_gradients(model, np.arange(12.0).reshape(4, 3), labels)
    for name in ARRAYS:
        expect.values(
            found[name], what=f"gradients(X, y)[{name!r}]", shape=getattr(model, name).shape
        )


@pytest.mark.task("gradients")
@pytest.mark.parametrize("name", ARRAYS)
def test_gradient_by_difference(submission: Any, name: str) -> None:
    """When an entry of an array moves a little, the loss moves by the gradient times that step."""
    model = by_hand(submission)
    X, y = ROWS / 3, SWAPPED
    what, shape = f"gradients(X, y)[{name!r}]", BY_HAND[name].shape
    slope = expect.values(found_gradients(model, X, y)[name], what=what, shape=shape).numpy()
    for place in np.ndindex(*BY_HAND[name].shape):
        losses = []
        for step in (1e-4, -1e-4):
            moved, value = by_hand(submission), BY_HAND[name].copy()
            value[place] += step
            put(moved, name, value)
            true_class = (np.asarray(moved.forward(X)) * y).sum(axis=1)
            losses.append(-np.log(true_class).mean())
        expected = (losses[0] - losses[1]) / 2e-4
        if abs(slope[place] - expected) > 1e-4:
            raise Mismatch(
                f"{what} is {slope[place]:.4g} at entry {place}; measured with your forward, it "
                f"should be {expected:.4g}"
            )


@pytest.mark.task("gradients")
def test_gradients_take_no_step(submission: Any) -> None:
    """gradients leaves the network as it is, and a second call gives the same."""
    model = by_hand(submission)
    one, two = (found_gradients(model, ROWS, LABELS) for _ in range(2))
    for name in ARRAYS:
        stays(BY_HAND[name], getattr(model, name), name)
        example(two[name], one[name], f"gradients(X, y)[{name!r}] of a second call")


@pytest.mark.task("train")
def test_one_epoch(submission: Any) -> None:
    """One epoch is one step: each array moves by the rate times its gradient."""
    model, other = by_hand(submission), by_hand(submission)
    slopes = found_gradients(other, ROWS, LABELS)
    if not hasattr(model, "train"):
        raise Mismatch("NumpyMLP has no method train: run the cell of task 7 (again)")
    losses = model.train(ROWS.copy(), LABELS.copy(), 1, 0.5)
    expect.values(losses, what="train(X, y, 1, 0.5)", shape=(1,))
    for name in ARRAYS:
        moved = BY_HAND[name] - 0.5 * slopes[name]
        hint = "all four gradients are computed before the step"
        example(getattr(model, name), moved, f"{name} after one epoch with rate 0.5", hint)


@pytest.mark.task("train")
def test_losses_of_training(submission: Any) -> None:
    """There is a loss for each epoch, taken before its step, and the losses fall."""
    what = "train(X, y, 20, 0.1)"
    losses = by_hand(submission).train(ROWS / 3, SWAPPED.copy(), 20, 0.1)
    numbers = expect.values(losses, what=what, shape=(20,))
    true_class = (np.asarray(by_hand(submission).forward(ROWS / 3)) * SWAPPED).sum(axis=1)
    first = float(-np.log(true_class).mean())
    if abs(float(numbers[0]) - first) > 1e-3:
        raise Mismatch(
            f"{what}[0] is {numbers[0]:.4g}; before the first step the loss is {first:.4g}"
        )
    if not bool((numbers[1:] < numbers[:-1]).all()):
        raise Mismatch(
            f"{what} is {shown(numbers[:6])} at its start: the losses must become smaller"
        )


@pytest.mark.task("to_torch")
def test_torch_by_hand(submission: Any) -> None:
    """The module gives the probabilities that the network gives."""
    for model in (by_hand(submission), submission.NumpyMLP(2, 5, 3, seed=4)):
        module = submission.to_torch(model)
        if not isinstance(module, torch.nn.Module):
            raise Mismatch("to_torch(model) does not return an nn.Module")
        dtype = next((p.dtype for p in module.parameters()), torch.get_default_dtype())
        found = expect.tensor(module(torch.as_tensor(ROWS, dtype=dtype)), what="to_torch(model)(X)")
        expected = torch.as_tensor(np.asarray(model.forward(ROWS), dtype=float))
        sums = found.detach().double().sum(dim=-1)
        hint = (
            "its rows don't add up to 1, so softmax is missing, or takes another dimension"
            if bool(((sums - 1).abs() > 1e-4).any())
            else "its rows add up to 1; does each layer of torch have its weights, turned as it "
            "keeps them, and its bias?"
        )
        same(found.detach(), expected, what="to_torch(model)(X)", atol=1e-4, hint=hint)
