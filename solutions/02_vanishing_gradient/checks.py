"""Public checks for 02_vanishing_gradient: easy examples; the
grade comes from other, hidden tests.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
from course_lib.by_hand import same, shown
from course_lib.expect import Mismatch

POINTS = {
    "pre_activation": 2,
    "local_gradients": 2,
    "neuron_backward": 4,
    "alive_bias": 2,
    "activation_derivatives": 3,
    "gradient_norms": 3,
    "dead_units": 2,
}
BACKWARD = "neuron_backward(x, w, b, upstream)"
NORMS = "gradient_norms(weights, x, activation)"


def vector(value: object, what: str) -> torch.Tensor:
    """The value as two finite numbers."""
    found = expect.values(value, what=what, shape=(2,))
    expect.finite(found, what=what)
    return found


@pytest.mark.task("pre_activation")
def test_z_is_one_number(submission: Any) -> None:
    """z is a single number: the sum of the two products, lowered by 5 for the bias."""
    z = expect.number(submission.z, what="z")
    if z >= 0:
        raise Mismatch(
            f"z is {z:.4g}, not below 0: was the bias added, and is this the number before the "
            "ReLU?"
        )
    if abs(z + 5 - 2) > 1e-5:
        raise Mismatch(
            f"z is {z:.4g}: without the bias it would be {z + 5:.4g}; are there two products of 1 "
            "and 1?"
        )


@pytest.mark.task("pre_activation")
def test_a_follows_from_z(submission: Any) -> None:
    """a is a single number: z if that is positive, and 0 otherwise."""
    a, z = expect.number(submission.a, what="a"), expect.number(submission.z, what="z")
    if a < 0:
        raise Mismatch(f"a is {a:.4g}, below 0: was ReLU applied?")
    if abs(a - max(z, 0.0)) > 1e-5:
        raise Mismatch(f"a is {a:.4g}, and z is {z:.4g}: what does ReLU make of such a number?")


@pytest.mark.task("local_gradients")
def test_local_shapes(submission: Any) -> None:
    """dz_dx and da_dx have one number for each of the two inputs."""
    vector(submission.dz_dx, "dz_dx")
    vector(submission.da_dx, "da_dx")


@pytest.mark.task("local_gradients")
def test_z_moves_with_x(submission: Any) -> None:
    """When x moves by a step, z moves by that step times the
    weight, on either side of the ReLU's kink.
    """
    found = vector(submission.dz_dx, "dz_dx")
    if not bool((found != 0).all()):
        raise Mismatch("an entry of dz_dx says that z stays when x moves: is that z, or a?")
    for entry, slope in enumerate(found.tolist()):
        if abs(slope - 1) > 1e-5:
            told = f"entry {entry + 1} of dz_dx is {slope:.4g}"
            raise Mismatch(f"{told}: move that input from 1 to 2 and work out how far z moves")


@pytest.mark.task("local_gradients")
def test_a_moves_with_z(submission: Any) -> None:
    """How a moves with x is how z moves, times the slope of the ReLU at z."""
    dz_dx, da_dx = vector(submission.dz_dx, "dz_dx"), vector(submission.da_dx, "da_dx")
    z = expect.number(submission.z, what="z")
    factor = 1.0 if z > 0 else 0.0
    if bool(((da_dx - factor * dz_dx).abs() > 1e-5).any()):
        raise Mismatch(
            f"da_dx is {shown(da_dx)}, and z is {z:.4g}: how large is the ReLU's slope there?"
        )


@pytest.mark.task("neuron_backward")
def test_backward_by_hand(submission: Any) -> None:
    """One sample that switches the neuron on, worked out by hand."""
    x, w, b = torch.tensor([[2.0, 1.0]]), torch.tensor([1.0, -1.0]), torch.tensor(0.5)
    triple = expect.items(
        submission.neuron_backward(x, w, b, torch.tensor([3.0])), what=BACKWARD, length=3
    )
    hint = "z is 1.5 here, so the upstream gradient, which is 3, gets through"
    for what, found, expected in zip(
        ("dx", "dw", "db"), triple, ([[3.0, -3.0]], [6.0, 3.0], 3.0), strict=True
    ):
        same(expect.values(found, what=what), torch.tensor(expected), what=what, hint=hint)


@pytest.mark.task("neuron_backward")
def test_backward_adds_up(submission: Any) -> None:
    """Of three samples two switch the neuron on; their contributions to w and b add up."""
    x, w, b = torch.tensor([[1.0], [3.0], [-2.0]]), torch.tensor([2.0]), torch.tensor(0.0)
    given = [x, w, b, torch.tensor([1.0, 10.0, 100.0])]
    before = [value.clone() for value in given]
    triple = expect.items(submission.neuron_backward(*given), what=BACKWARD, length=3)
    for name, old, new in zip(("x", "w", "b", "upstream"), before, given, strict=True):
        expect.unchanged(old, new, what=name)
    wanted = ([[2.0], [20.0], [0.0]], [31.0], 11.0)
    hint = "x is 1, 3, −2, w is 2, b is 0 and the upstream gradients are 1, 10, 100"
    for what, found, expected in zip(("dx", "dw", "db"), triple, wanted, strict=True):
        same(expect.values(found, what=what), torch.tensor(expected), what=what, hint=hint)


@pytest.mark.task("neuron_backward")
def test_backward_at_the_kink(submission: Any) -> None:
    """Where the pre-activation is exactly 0 nothing passes."""
    given = torch.tensor([[2.0]]), torch.tensor([1.0]), torch.tensor(-2.0), torch.tensor([7.0])
    triple = expect.items(submission.neuron_backward(*given), what=BACKWARD, length=3)
    for what, found, shape in zip(("dx", "dw", "db"), triple, ((1, 1), (1,), ()), strict=True):
        same(
            expect.values(found, what=what),
            torch.zeros(shape),
            what=what,
            hint="z is 0 here, and the slope there is 0",
        )


@pytest.mark.task("neuron_backward")
def test_backward_shapes(submission: Any, rng: torch.Generator) -> None:
    """For 5 samples of 3 inputs dx is (5, 3), dw is (3,) and db is a single number."""
    arguments = [torch.randn(shape, generator=rng) for shape in ((5, 3), (3,), (), (5,))]
    dx, dw, db = expect.items(submission.neuron_backward(*arguments), what=BACKWARD, length=3)
    expect.values(dx, what="dx", shape=(5, 3))
    expect.values(dw, what="dw", shape=(3,))
    expect.values(db, what="db", shape=())


@pytest.mark.task("alive_bias")
def test_b_alive_lifts_z(submission: Any) -> None:
    """b_alive is a single number that lifts z above 0 at x."""
    bias = expect.number(submission.b_alive, what="b_alive")
    z = 1.0 * 1.0 + 1.0 * 1.0 + bias
    if z <= 0:
        raise Mismatch(
            f"with b_alive = {bias:.4g} z is {z:.4g}: there the ReLU's slope is 0, and nothing "
            "passes"
        )


def check_slopes(found: object, expected: list[float], what: str) -> None:
    """Compare the slopes at 0, 2 and −2."""
    expect.tensor(found, what=what, shape=(3,), dtype=torch.float32)
    same(
        expect.values(found, what=what),
        torch.tensor(expected),
        what=f"{what} at 0, 2, −2",
        atol=1e-4,
    )


@pytest.mark.task("activation_derivatives")
def test_sigmoid_grad(submission: Any) -> None:
    """sigmoid_grad gives the slopes at 0, 2 and −2 that the picture shows."""
    check_slopes(
        submission.sigmoid_grad(torch.tensor([0.0, 2.0, -2.0])),
        [0.25, 0.104994, 0.104994],
        "sigmoid_grad(z)",
    )


@pytest.mark.task("activation_derivatives")
def test_tanh_grad(submission: Any) -> None:
    """tanh_grad gives the slopes at 0, 2 and −2 that the picture shows."""
    check_slopes(
        submission.tanh_grad(torch.tensor([0.0, 2.0, -2.0])),
        [1.0, 0.070651, 0.070651],
        "tanh_grad(z)",
    )


@pytest.mark.task("activation_derivatives")
def test_relu_grad(submission: Any) -> None:
    """relu_grad is one number on the right of 0 and another on the left, and at 0 itself."""
    check_slopes(
        submission.relu_grad(torch.tensor([0.0, 2.0, -2.0])), [0.0, 1.0, 0.0], "relu_grad(z)"
    )


@pytest.mark.task("activation_derivatives")
def test_leaky_relu_grad(submission: Any) -> None:
    """leaky_relu_grad is 1 on the right of 0 and, unless told
    otherwise, 0.01 on the left and at 0.
    """
    check_slopes(
        submission.leaky_relu_grad(torch.tensor([0.0, 2.0, -2.0])),
        [0.01, 1.0, 0.01],
        "leaky_relu_grad(z)",
    )


@pytest.mark.task("activation_derivatives")
def test_slopes_are_finite(submission: Any) -> None:
    """At −500 and 500, where the exponential overflows, the slopes are still numbers."""
    for name in ("sigmoid_grad", "tanh_grad"):
        found = expect.tensor(
            getattr(submission, name)(torch.tensor([-500.0, 500.0])), what=f"{name}(z)", shape=(2,)
        )
        expect.finite(found, what=f"{name}(z)")


@pytest.mark.task("activation_derivatives")
def test_leaky_slope(submission: Any) -> None:
    """leaky_relu_grad has the slope that it is asked for on the left."""
    found = expect.tensor(
        submission.leaky_relu_grad(torch.tensor([-1.0, 1.0]), slope=0.5),
        what="leaky_relu_grad(z, slope)",
        shape=(2,),
    )
    same(found, torch.tensor([0.5, 1.0]), what="leaky_relu_grad of [-1, 1] with slope 0.5")


@pytest.mark.task("gradient_norms")
def test_norms_of_a_chain(submission: Any) -> None:
    """Two layers of one unit with the weights 2 and 3, and no activation: the norms are 6 and 3."""
    weights, x = [torch.tensor([[2.0]]), torch.tensor([[3.0]])], torch.tensor([[1.0]])
    found = expect.items(submission.gradient_norms(weights, x, lambda h: h), what=NORMS, length=2)
    norms = torch.tensor(
        [expect.number(norm, what=f"entry {level}") for level, norm in enumerate(found)]
    )
    hint = "the list begins with h_0, which is x, and ends before h_L"
    same(norms, torch.tensor([6.0, 3.0]), what="the list of norms", atol=1e-4, hint=hint)


@pytest.mark.task("gradient_norms")
def test_norms_of_two_samples(submission: Any) -> None:
    """One layer with the weights 3 and 4, two samples: every row
    of the gradient is (3, 4), and its norm is √50 in all.
    """
    weights, x = [torch.tensor([[3.0, 4.0]])], torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    before = x.clone()
    for _ in range(2):  # a second call gives the same
        found = expect.items(
            submission.gradient_norms(weights, x, torch.relu), what=NORMS, length=1
        )
        norm = torch.tensor([expect.number(found[0], what="entry 0")])
        same(
            norm,
            torch.tensor([50.0**0.5]),
            what="the list of norms",
            atol=1e-4,
            hint="S adds up all of h_1",
        )
    expect.unchanged(before, x, what="x")


@pytest.mark.task("gradient_norms")
def test_norms_of_sigmoids(submission: Any, rng: torch.Generator) -> None:
    """Five layers give five norms, and with small weights and
    sigmoids each is smaller than the next.
    """
    weights = [torch.rand(4, 4, generator=rng) for _ in range(5)]
    found = submission.gradient_norms(weights, torch.randn(3, 4, generator=rng), torch.sigmoid)
    norms = [
        expect.number(norm, what="a norm") for norm in expect.items(found, what=NORMS, length=5)
    ]
    if norms != sorted(norms):
        raise Mismatch("the norms don't grow from h_0 to the end: is the list the other way round?")


def dead(
    submission: Any, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, expected: float
) -> None:
    """Compare the share of dead units."""
    what = "dead_fraction(x, weight, bias)"
    found = expect.number(submission.dead_fraction(x, weight, bias), what=what)
    if abs(found - expected) > 1e-6:
        z = torch.nn.functional.linear(x, weight, bias)
        told = f"{what} is {found:.4g}, expected {expected:.4g}"
        raise Mismatch(f"{told}, where the pre-activations, a row for each sample, are {shown(z)}")


@pytest.mark.task("dead_units")
def test_dead_by_hand(submission: Any) -> None:
    """Unit 1 is on for one of two samples and unit 2 for none: half of the units are dead."""
    dead(
        submission,
        torch.tensor([[1.0], [-1.0]]),
        torch.tensor([[1.0], [1.0]]),
        torch.tensor([0.0, -3.0]),
        0.5,
    )


@pytest.mark.task("dead_units")
def test_dead_of_three(submission: Any) -> None:
    """Of three units one is off for both samples, though none of
    the samples leaves all units off.
    """
    x, weight = (
        torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]),
    )
    dead(submission, x, weight, torch.zeros(3), 1 / 3)


@pytest.mark.task("dead_units")
def test_none_dead(submission: Any) -> None:
    """With a high bias every unit is on for every sample, and none is dead."""
    dead(submission, torch.ones(3, 2), torch.ones(4, 2), torch.full((4,), 9.0), 0.0)
