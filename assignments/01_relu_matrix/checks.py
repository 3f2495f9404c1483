"""Public checks for 01_relu_matrix: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

POINTS = {
    "z1": 2,
    "y1": 2,
    "z2": 2,
    "w2_abs": 2,
    "two_layer": 3,
    "sign_scale": 2,
    "best_linear": 3,
    "regions": 2,
}


def numbers(value: object, what: str, shape: tuple[int, ...]) -> torch.Tensor:
    """The value as a finite tensor of that shape."""
    found = expect.values(value, what=what, shape=shape)
    expect.finite(found, what=what)
    return found


@pytest.mark.task("z1")
def test_z1_shape(submission: Any) -> None:
    """z1 has one row per sample and one column per hidden unit."""
    numbers(submission.z1, "z1", (4, 2))


@pytest.mark.task("z1")
def test_z1_opposite_samples(submission: Any) -> None:
    """Opposite samples have opposite pre-activations: rows 1 and 3, rows 2 and 4."""
    z1 = numbers(submission.z1, "z1", (4, 2))
    if not bool((z1 != 0).all()):
        raise Mismatch("z1 holds a zero, but no sample lies on a unit's boundary: is w1 transposed?")
    hint = "it must be minus the first half"
    expect.close(z1[2:], -z1[:2], what="the second half of z1", rtol=0, atol=1e-5, hint=hint)


@pytest.mark.task("y1")
def test_y1_is_never_negative(submission: Any) -> None:
    """ReLU leaves nothing below zero."""
    y1 = numbers(submission.y1, "y1", (4, 2))
    if bool((y1 < 0).any()):
        raise Mismatch("y1 has a negative entry: was ReLU applied?")


@pytest.mark.task("y1")
def test_y1_one_unit_per_sample(submission: Any) -> None:
    """In this network every sample switches on exactly one of the two hidden units."""
    y1 = numbers(submission.y1, "y1", (4, 2))
    if not bool(((y1 > 0).sum(dim=1) == 1).all()):
        raise Mismatch("a row of y1 has no active unit, or more than one")


@pytest.mark.task("z2")
def test_z2_shape(submission: Any) -> None:
    """z2 is a column: one output for each sample."""
    numbers(submission.z2, "z2", (4, 1))


@pytest.mark.task("z2")
def test_z2_tells_samples_apart(submission: Any) -> None:
    """With this w2 the four samples get four different outputs."""
    z2 = numbers(submission.z2, "z2", (4, 1))
    if len({float(value) for value in z2.flatten()}) != 4:
        raise Mismatch("two samples share an output: look at the sign of w2's second entry")


@pytest.mark.task("w2_abs")
def test_w2_abs_shape(submission: Any) -> None:
    """w2_abs has one row, for the output, and one column per hidden unit."""
    numbers(submission.w2_abs, "w2_abs", (1, 2))


@pytest.mark.task("w2_abs")
def test_w2_abs_pushes_up(submission: Any) -> None:
    """An absolute value is never negative, so each hidden unit pushes the output up."""
    w2_abs = numbers(submission.w2_abs, "w2_abs", (1, 2))
    if not bool((w2_abs > 0).all()):
        raise Mismatch("an entry of w2_abs is not positive, so some sample's output is not either")


@pytest.mark.task("two_layer")
def test_relu_keeps_the_positive_part(submission: Any) -> None:
    """relu keeps 3, turns -2 into 0 and leaves 0 alone."""
    z = torch.tensor([[3.0, -2.0, 0.0]])
    result = expect.tensor(submission.relu(z), what="relu(z)", shape=(1, 3), dtype=torch.float32)
    expect.close(result, torch.tensor([[3.0, 0.0, 0.0]]), what="relu(z)", rtol=0, atol=1e-6)


@pytest.mark.task("two_layer")
def test_two_layer_by_hand(submission: Any) -> None:
    """One sample, two hidden units of which one is off, worked out by hand: the output is 2.5."""
    x, w1, b1 = torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0], [0.0, -1.0]]), torch.tensor([0.0, 1.0])
    w2, b2 = torch.tensor([[2.0, 3.0]]), torch.tensor([0.5])
    what = "two_layer(x, w1, b1, w2, b2)"
    result = expect.tensor(submission.two_layer(x, w1, b1, w2, b2), what=what, shape=(1, 1))
    hint = "unit 1 is at 1, unit 2 is off; then come w2 and b2"
    expect.close(result, torch.tensor([[2.5]]), what=what, rtol=0, atol=1e-5, hint=hint)


@pytest.mark.task("two_layer")
def test_two_layer_passes_gradients(submission: Any, rng: torch.Generator) -> None:
    """Gradients reach every argument, so the network can be trained."""
    shapes = {"x": (5, 3), "w1": (4, 3), "b1": (4,), "w2": (2, 4), "b2": (2,)}
    arguments = {name: torch.randn(shape, generator=rng).requires_grad_() for name, shape in shapes.items()}
    output = submission.two_layer(*arguments.values())
    expect.gradients(output, arguments, torch.ones(5, 2), what="two_layer(x, w1, b1, w2, b2)")


@pytest.mark.task("sign_scale")
def test_sign_scale_shapes(submission: Any) -> None:
    """sign_scale returns two matrices, (2, 1) and (1, 2)."""
    w1, w2 = expect.items(submission.sign_scale(3.0, 5.0), what="sign_scale(c, d)", length=2)
    numbers(w1, "w1", (2, 1))
    numbers(w2, "w2", (1, 2))


@pytest.mark.task("sign_scale")
def test_sign_scale_looks_both_ways(submission: Any) -> None:
    """One hidden unit is there for t > 0 and the other for t < 0."""
    w1, _ = expect.items(submission.sign_scale(3.0, 5.0), what="sign_scale(c, d)", length=2)
    first, second = numbers(w1, "w1", (2, 1)).flatten().tolist()
    if first * second >= 0:
        raise Mismatch("both hidden units look the same way: on one side of 0 every unit is off")


@pytest.mark.task("best_linear")
def test_best_linear_shape(submission: Any, rng: torch.Generator) -> None:
    """best_linear_map(x, y) has one row per output and one column per input."""
    x, y = torch.randn(8, 3, generator=rng), torch.randn(8, 2, generator=rng)
    expect.tensor(submission.best_linear_map(x, y), what="best_linear_map(x, y)", shape=(2, 3))


@pytest.mark.task("best_linear")
def test_best_linear_finds_a_scale(submission: Any) -> None:
    """When y is 3 times x there is nothing left over."""
    x = torch.tensor([[1.0], [2.0], [-1.0]])
    result = expect.tensor(submission.best_linear_map(x, 3 * x), what="best_linear_map(x, y)", shape=(1, 1))
    expect.close(result, torch.tensor([[3.0]]), what="best_linear_map(x, y)", rtol=1e-4, atol=0)


@pytest.mark.task("best_linear")
def test_best_linear_survives_a_repeated_column(submission: Any, rng: torch.Generator) -> None:
    """Repeated columns in x are no obstacle: y = 3 times the first column is still fitted exactly."""
    for _ in range(5):
        x = torch.randn(9, 3, generator=rng)[:, [0, 1, 0, 2, 1]]
        y, what = 3 * x[:, :1], "best_linear_map(x, y)"
        a = expect.tensor(submission.best_linear_map(x.clone(), y.clone()), what=what, shape=(1, 5))
        expect.finite(a, what=what)
        hint = "xᵀx has no inverse here, and torch.linalg.lstsq needs driver='gelsd' (or use torch.linalg.pinv)"
        expect.close(x @ a.to(x).T, y, what="x Aᵀ", rtol=1e-3, atol=1e-3, hint=hint)


@pytest.mark.task("regions")
def test_activation_pattern_by_hand(submission: Any) -> None:
    """One unit on the line: on at t = 2, off at t = -2, and off where it is exactly 0."""
    x, w1, b1 = torch.tensor([[2.0], [-2.0], [0.0]]), torch.tensor([[1.0]]), torch.tensor([0.0])
    expected = torch.tensor([[True], [False], [False]])
    result = submission.activation_pattern(x, w1, b1)
    expect.equal(result, expected, what="activation_pattern(x, w1, b1)", hint="a unit is on when its z is > 0")


@pytest.mark.task("regions")
def test_count_regions_counts_a_pattern_once(submission: Any) -> None:
    """Samples with the same pattern lie in the same region."""
    x, w1, b1 = torch.tensor([[2.0], [-2.0], [3.0]]), torch.tensor([[1.0]]), torch.tensor([0.0])
    found = expect.integer(submission.count_regions(x, w1, b1), what="count_regions(x, w1, b1)")
    if found != 2:
        raise Mismatch("count_regions is wrong for three samples of which two share a pattern")
