"""Public checks for 01_relu_matrix: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.by_hand import equal, same, shown
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
        raise Mismatch(
            "z1 holds a zero, but no sample lies on a unit's boundary: is w1 transposed?"
        )
    for row in (0, 1):
        if bool(((z1[row + 2] + z1[row]).abs() > 1e-5).any()):
            told = f"row {row + 3} of z1 is {shown(z1[row + 2])}, and row {row + 1} is "
            raise Mismatch(f"{told}{shown(z1[row])}: it should be minus that")


@pytest.mark.task("z1")
def test_z1_adds_up(submission: Any) -> None:
    """The first unit's weights are 1 and 1, so it adds up a
    sample's two numbers; the second turns the sign.
    """
    z1 = numbers(submission.z1, "z1", (4, 2))
    sums = torch.tensor([2.0, 4.0, -2.0, -4.0], dtype=torch.float64)
    for row, (total, found) in enumerate(zip(sums.tolist(), z1.tolist(), strict=True)):
        if max(abs(found[0] - total), abs(found[1] + total)) > 1e-5:
            told = (
                f"row {row + 1} of z1 is {shown(z1[row])}; the numbers of that sample add up to "
                f"{total:g}"
            )
            raise Mismatch(f"{told}: multiply them by each row of w1")


@pytest.mark.task("y1")
def test_y1_is_never_negative(submission: Any) -> None:
    """ReLU leaves nothing below zero."""
    y1 = numbers(submission.y1, "y1", (4, 2))
    if bool((y1 < 0).any()):
        raise Mismatch("y1 has a negative entry: was ReLU applied?")


@pytest.mark.task("y1")
def test_y1_follows_from_z1(submission: Any) -> None:
    """Each entry of y1 is that of z1 where z1 is positive, and 0 elsewhere."""
    y1, z1 = numbers(submission.y1, "y1", (4, 2)), numbers(submission.z1, "z1", (4, 2))
    if not bool(y1.any()):
        raise Mismatch(
            "y1 is 0 everywhere, though every sample switches on one of the two hidden units"
        )
    for row, unit in torch.cartesian_prod(torch.arange(4), torch.arange(2)).tolist():
        before, after = float(z1[row, unit]), float(y1[row, unit])
        if abs(after - max(before, 0.0)) > 1e-5:
            raise Mismatch(
                f"row {row + 1}, column {unit + 1}: z1 is {before:g} there, and y1 is {after:g}"
            )


@pytest.mark.task("z2")
def test_z2_shape(submission: Any) -> None:
    """z2 is a column: one output for each sample."""
    numbers(submission.z2, "z2", (4, 1))


@pytest.mark.task("z2")
def test_z2_follows_from_y1(submission: Any) -> None:
    """Each output is the first entry of that row of y1, times 1, plus the second one, times −1."""
    z2, y1 = numbers(submission.z2, "z2", (4, 1)), numbers(submission.y1, "y1", (4, 2))
    if not bool(z2.any()):
        raise Mismatch("z2 is 0 everywhere: is the same number added and subtracted?")
    for row, (first, second) in enumerate(y1.tolist()):
        found = float(z2[row, 0])
        if abs(found - (first - second)) > 1e-5:
            told = f"row {row + 1} of z2 is {found:g}, and that row of y1 is {shown(y1[row])}"
            raise Mismatch(f"{told}: look at the sign of w2's second entry")


@pytest.mark.task("w2_abs")
def test_w2_abs_shape(submission: Any) -> None:
    """w2_abs has one row, for the output, and one column per hidden unit."""
    numbers(submission.w2_abs, "w2_abs", (1, 2))


@pytest.mark.task("w2_abs")
def test_w2_abs_gives_sizes(submission: Any) -> None:
    """With w2_abs the network gives 2 and 4 for the first two
    samples, and 2 and 4 for the last two.
    """
    first, second = numbers(submission.w2_abs, "w2_abs", (1, 2)).flatten().tolist()
    # Samples 1 and 2 switch on the first hidden unit, at 2 and 4, samples 3 and 4 the second one.
    outputs = torch.tensor([2 * first, 4 * first, 2 * second, 4 * second])
    same(
        outputs, torch.tensor([2.0, 4.0, 2.0, 4.0]), what="the four outputs with w2_abs", atol=1e-3
    )


@pytest.mark.task("two_layer")
def test_relu_keeps_the_positive_part(submission: Any) -> None:
    """relu keeps 3, turns −2 into 0, and leaves 0 and small
    numbers alone; its argument stays as it was.
    """
    z = torch.tensor([[3.0, -2.0, 0.0, 0.001]])
    given = z + 0
    result = expect.tensor(
        submission.relu(given), what="relu(z)", shape=(1, 4), dtype=torch.float32
    )
    expect.unchanged(z, given, what="z")
    same(result, torch.tensor([[3.0, 0.0, 0.0, 0.001]]), what=f"relu of {shown(z)}")


@pytest.mark.task("two_layer")
def test_two_layer_by_hand(submission: Any) -> None:
    """One sample, two hidden units of which one is off, worked out by hand: the output is 2.5."""
    x, w1, b1 = (
        torch.tensor([[1.0, 2.0]]),
        torch.tensor([[1.0, 0.0], [0.0, -1.0]]),
        torch.tensor([0.0, 1.0]),
    )
    w2, b2 = torch.tensor([[2.0, 3.0]]), torch.tensor([0.5])
    what = "two_layer(x, w1, b1, w2, b2)"
    result = expect.tensor(submission.two_layer(x, w1, b1, w2, b2), what=what, shape=(1, 1))
    same(
        result,
        torch.tensor([[2.5]]),
        what=what,
        hint="unit 1 is at 1, unit 2 is off; then come w2 and b2",
    )


@pytest.mark.task("two_layer")
def test_two_layer_of_two_samples(submission: Any) -> None:
    """Two samples, three numbers each, one hidden unit and two
    outputs; the arguments stay as they were.
    """
    x, w1 = torch.tensor([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]), torch.tensor([[1.0, -1.0, 1.0]])
    arguments = [
        x,
        w1,
        torch.tensor([1.0]),
        torch.tensor([[2.0], [-1.0]]),
        torch.tensor([0.0, 5.0]),
    ]
    before = [value.clone() for value in arguments]
    what = "two_layer(x, w1, b1, w2, b2)"
    result = expect.tensor(submission.two_layer(*arguments), what=what, shape=(2, 2))
    for name, old, new in zip(("x", "w1", "b1", "w2", "b2"), before, arguments, strict=True):
        expect.unchanged(old, new, what=name)
    hint = "the unit is at 4 for the first sample and off for the second"
    same(result, torch.tensor([[8.0, 1.0], [0.0, 5.0]]), what=what, hint=hint)


@pytest.mark.task("two_layer")
def test_two_layer_passes_gradients(submission: Any, rng: torch.Generator) -> None:
    """Gradients reach every argument, so the network can be trained."""
    shapes = {"x": (5, 3), "w1": (4, 3), "b1": (4,), "w2": (2, 4), "b2": (2,)}
    arguments = {
        name: torch.randn(shape, generator=rng).requires_grad_() for name, shape in shapes.items()
    }
    output = submission.two_layer(*arguments.values())
    expect.gradients(output, arguments, torch.ones(5, 2), what="two_layer(x, w1, b1, w2, b2)")


@pytest.mark.task("sign_scale")
def test_sign_scale_shapes(submission: Any) -> None:
    """sign_scale returns two matrices, (2, 1) and (1, 2)."""
    w1, w2 = expect.items(submission.sign_scale(3.0, 5.0), what="sign_scale(c, d)", length=2)
    numbers(w1, "w1", (2, 1))
    numbers(w2, "w2", (1, 2))


@pytest.mark.task("sign_scale")
@pytest.mark.parametrize(("c", "d"), [(3.0, 5.0), (-1.0, 0.5)], ids=["up", "down"])
def test_sign_scale_of_both_sides(submission: Any, c: float, d: float) -> None:
    """The network turns 2 into 2c and −2 into 2d, also when c is negative."""
    pair = expect.items(submission.sign_scale(c, d), what="sign_scale(c, d)", length=2)
    first, second = (
        numbers(pair[0], "w1", (2, 1)).flatten().tolist(),
        numbers(pair[1], "w2", (1, 2)).flatten().tolist(),
    )
    for t, expected in ((2.0, 2 * c), (-2.0, 2 * d)):
        found = sum(max(t * inner, 0.0) * outer for inner, outer in zip(first, second, strict=True))
        if abs(found - expected) > 1e-4:
            raise Mismatch(
                f"for c = {c:g} and d = {d:g} the network turns {t:g} into {found:g}, expected "
                f"{expected:g}"
            )


@pytest.mark.task("best_linear")
def test_best_linear_shape(submission: Any, rng: torch.Generator) -> None:
    """best_linear_map(x, y) has one row per output and one column per input."""
    x, y = torch.randn(8, 3, generator=rng), torch.randn(8, 2, generator=rng)
    expect.tensor(submission.best_linear_map(x, y), what="best_linear_map(x, y)", shape=(2, 3))


@pytest.mark.task("best_linear")
def test_best_linear_finds_a_scale(submission: Any) -> None:
    """When y is 3 times x there is nothing left over; when y is
    always 3, the best multiple of x is 9/7.
    """
    what = "best_linear_map(x, y)"
    x = torch.tensor([[1.0], [2.0], [-1.0]])
    result = expect.tensor(submission.best_linear_map(x.clone(), 3 * x), what=what, shape=(1, 1))
    same(result, torch.tensor([[3.0]]), what=f"{what} for y = 3x", atol=1e-3)
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.full((3, 1), 3.0)
    result = expect.tensor(submission.best_linear_map(x, y), what=what, shape=(1, 1))
    same(result, torch.tensor([[9 / 7]]), what=f"{what} for x = 1, 2, 3 and y = 3, 3, 3", atol=1e-3)


@pytest.mark.task("best_linear")
def test_best_linear_survives_a_repeated_column(submission: Any, rng: torch.Generator) -> None:
    """Repeated columns in x are no obstacle: y = 3 times the
    first column is still fitted exactly.
    """
    for _ in range(5):
        x = torch.randn(9, 3, generator=rng)[:, [0, 1, 0, 2, 1]]
        y, what = 3 * x[:, :1], "best_linear_map(x, y)"
        given = x.clone(), y.clone()
        a = expect.tensor(submission.best_linear_map(*given), what=what, shape=(1, 5))
        expect.finite(a, what=what)
        for name, old, new in (("x", x, given[0]), ("y", y, given[1])):
            expect.unchanged(old, new, what=name)
        hint = (
            "xᵀx has no inverse here; what does the function that you use assume about its input?"
        )
        same(x @ a.to(x).T, y, what="x Aᵀ", atol=1e-2, hint=hint)


@pytest.mark.task("regions")
def test_activation_pattern_by_hand(submission: Any) -> None:
    """One unit on the line, that is on beyond t = 1: on at t =
    2, off at t = −2, and off at t = 1, where it is 0.
    """
    x, w1, b1 = torch.tensor([[2.0], [-2.0], [1.0]]), torch.tensor([[1.0]]), torch.tensor([-1.0])
    expected = torch.tensor([[True], [False], [False]])
    result = submission.activation_pattern(x, w1, b1)
    equal(
        result,
        expected,
        what="activation_pattern(x, w1, b1)",
        hint="a unit is on when its z is > 0",
    )


@pytest.mark.task("regions")
def test_activation_pattern_shape(submission: Any) -> None:
    """Two samples and three units: two rows, three columns."""
    x, w1 = (
        torch.tensor([[1.0, 2.0], [-1.0, 0.5]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]),
    )
    expected = torch.tensor([[True, True, False], [False, True, True]])
    result = submission.activation_pattern(x, w1, torch.zeros(3))
    equal(
        result,
        expected,
        what="activation_pattern(x, w1, b1)",
        hint="a row is a sample, a column is a unit",
    )


@pytest.mark.task("regions")
def test_count_regions_counts_a_pattern_once(submission: Any) -> None:
    """Four samples, of which the first, the second and the last
    lie in the same region, are in 2 regions.
    """
    x, w1, b1 = (
        torch.tensor([[2.0], [3.0], [-2.0], [4.0]]),
        torch.tensor([[1.0], [2.0]]),
        torch.tensor([0.0, 1.0]),
    )
    found = expect.integer(submission.count_regions(x, w1, b1), what="count_regions(x, w1, b1)")
    if found != 2:
        raise Mismatch(f"count_regions(x, w1, b1) is {found}, expected 2")
