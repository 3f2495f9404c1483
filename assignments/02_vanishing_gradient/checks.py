"""Public checks for 02_vanishing_gradient: easy examples; the grade comes from other, hidden tests."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from course_lib import expect
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
    """z is a single number, and the bias pulls it below 0."""
    if expect.number(submission.z, what="z") >= 0:
        raise Mismatch("z is not below 0: was the bias added, and is this the number before the ReLU?")


@pytest.mark.task("pre_activation")
def test_a_is_never_negative(submission: Any) -> None:
    """a is a single number, and ReLU leaves nothing below 0."""
    if expect.number(submission.a, what="a") < 0:
        raise Mismatch("a is below 0: was ReLU applied?")


@pytest.mark.task("local_gradients")
def test_local_shapes(submission: Any) -> None:
    """dz_dx and da_dx have one number for each of the two inputs."""
    vector(submission.dz_dx, "dz_dx")
    vector(submission.da_dx, "da_dx")


@pytest.mark.task("local_gradients")
def test_inputs_play_the_same_part(submission: Any) -> None:
    """Both inputs have the same value and the same weight, so they have the same gradient."""
    for what, value in (("dz_dx", submission.dz_dx), ("da_dx", submission.da_dx)):
        first, second = vector(value, what).tolist()
        if abs(first - second) > 1e-6:
            raise Mismatch(f"the two entries of {what} differ")


@pytest.mark.task("local_gradients")
def test_z_moves_with_x(submission: Any) -> None:
    """z moves when x does, on either side of the ReLU's kink."""
    if not bool((vector(submission.dz_dx, "dz_dx") != 0).all()):
        raise Mismatch("an entry of dz_dx says that z stays when x moves: is that z, or a?")


@pytest.mark.task("neuron_backward")
def test_backward_by_hand(submission: Any) -> None:
    """One sample that switches the neuron on, worked out by hand."""
    x, w, b = torch.tensor([[2.0, 1.0]]), torch.tensor([1.0, -1.0]), torch.tensor(0.5)
    triple = expect.items(submission.neuron_backward(x, w, b, torch.tensor([3.0])), what=BACKWARD, length=3)
    hint = "z is 1.5 here, so the upstream gradient, which is 3, gets through"
    for what, found, expected in zip(("dx", "dw", "db"), triple, ([[3.0, -3.0]], [6.0, 3.0], 3.0), strict=True):
        expect.close(expect.values(found, what=what), torch.tensor(expected), what=what, rtol=0, atol=1e-5, hint=hint)


@pytest.mark.task("neuron_backward")
def test_backward_shapes(submission: Any, rng: torch.Generator) -> None:
    """For 5 samples of 3 inputs dx is (5, 3), dw is (3,) and db is a single number."""
    arguments = [torch.randn(shape, generator=rng) for shape in ((5, 3), (3,), (), (5,))]
    dx, dw, db = expect.items(submission.neuron_backward(*arguments), what=BACKWARD, length=3)
    expect.values(dx, what="dx", shape=(5, 3))
    expect.values(dw, what="dw", shape=(3,))
    expect.values(db, what="db", shape=())


@pytest.mark.task("neuron_backward")
def test_backward_stops(submission: Any) -> None:
    """A sample that leaves the neuron off gets no gradient, however large the upstream one is."""
    x, w, b = torch.tensor([[1.0], [-1.0]]), torch.tensor([2.0]), torch.tensor(0.0)
    triple = expect.items(submission.neuron_backward(x, w, b, torch.tensor([1.0, 100.0])), what=BACKWARD, length=3)
    dx = expect.values(triple[0], what="dx", shape=(2, 1))
    expect.close(dx[1], torch.zeros(1), what="the second row of dx", rtol=0, atol=1e-6)


@pytest.mark.task("alive_bias")
def test_b_alive_is_higher(submission: Any) -> None:
    """b_alive is a single number above b, since b is what keeps the neuron off."""
    if expect.number(submission.b_alive, what="b_alive") <= -5:
        raise Mismatch("b_alive is not above b, so z is no higher than it was")


def check_slopes(found: object, expected: list[float], what: str) -> None:
    """Compare the slopes at 0, 2 and −2."""
    expect.tensor(found, what=what, shape=(3,), dtype=torch.float32)
    expect.close(found, torch.tensor(expected), what=what, rtol=0, atol=1e-4)


@pytest.mark.task("activation_derivatives")
def test_sigmoid_grad(submission: Any) -> None:
    """sigmoid_grad gives the slopes at 0, 2 and −2 that the picture shows."""
    check_slopes(submission.sigmoid_grad(torch.tensor([0.0, 2.0, -2.0])), [0.25, 0.104994, 0.104994], "sigmoid_grad(z)")


@pytest.mark.task("activation_derivatives")
def test_tanh_grad(submission: Any) -> None:
    """tanh_grad gives the slopes at 0, 2 and −2 that the picture shows."""
    check_slopes(submission.tanh_grad(torch.tensor([0.0, 2.0, -2.0])), [1.0, 0.070651, 0.070651], "tanh_grad(z)")


@pytest.mark.task("activation_derivatives")
def test_relu_grad(submission: Any) -> None:
    """relu_grad is one number on the right of 0 and another on the left, and at 0 itself."""
    check_slopes(submission.relu_grad(torch.tensor([0.0, 2.0, -2.0])), [0.0, 1.0, 0.0], "relu_grad(z)")


@pytest.mark.task("activation_derivatives")
def test_leaky_relu_grad(submission: Any) -> None:
    """leaky_relu_grad is 1 on the right of 0 and, unless told otherwise, 0.01 on the left and at 0."""
    check_slopes(submission.leaky_relu_grad(torch.tensor([0.0, 2.0, -2.0])), [0.01, 1.0, 0.01], "leaky_relu_grad(z)")


@pytest.mark.task("activation_derivatives")
def test_slopes_are_finite(submission: Any) -> None:
    """At −500 and 500, where the exponential overflows, the slopes are still numbers."""
    for name in ("sigmoid_grad", "tanh_grad"):
        found = expect.tensor(getattr(submission, name)(torch.tensor([-500.0, 500.0])), what=f"{name}(z)", shape=(2,))
        expect.finite(found, what=f"{name}(z)")


@pytest.mark.task("activation_derivatives")
def test_leaky_slope(submission: Any) -> None:
    """leaky_relu_grad has the slope that it is asked for on the left."""
    found = expect.tensor(
        submission.leaky_relu_grad(torch.tensor([-1.0, 1.0]), slope=0.5), what="leaky_relu_grad(z, slope)", shape=(2,)
    )
    expect.close(found, torch.tensor([0.5, 1.0]), what="leaky_relu_grad(z, slope)", rtol=0, atol=1e-5)


@pytest.mark.task("gradient_norms")
def test_norms_of_a_chain(submission: Any) -> None:
    """Two layers of one unit with the weights 2 and 3, and no activation: the norms are 6 and 3."""
    weights, x = [torch.tensor([[2.0]]), torch.tensor([[3.0]])], torch.tensor([[1.0]])
    found = expect.items(submission.gradient_norms(weights, x, lambda h: h), what=NORMS, length=2)
    for level, (norm, expected) in enumerate(zip(found, (6.0, 3.0), strict=True)):
        if abs(expect.number(norm, what=f"entry {level}") - expected) > 1e-4:
            raise Mismatch(f"entry {level} is wrong: the list begins with h_0, which is x, and ends before h_L")


@pytest.mark.task("gradient_norms")
def test_norms_of_sigmoids(submission: Any, rng: torch.Generator) -> None:
    """Five layers give five norms, and with small weights and sigmoids each is smaller than the next."""
    weights = [torch.rand(4, 4, generator=rng) for _ in range(5)]
    found = submission.gradient_norms(weights, torch.randn(3, 4, generator=rng), torch.sigmoid)
    norms = [expect.number(norm, what="a norm") for norm in expect.items(found, what=NORMS, length=5)]
    if norms != sorted(norms):
        raise Mismatch("the norms don't grow from h_0 to the end: is the list the other way round?")


@pytest.mark.task("dead_units")
def test_dead_by_hand(submission: Any) -> None:
    """Unit 1 is on for one of two samples and unit 2 for none: half of the units are dead."""
    x, weight, bias = torch.tensor([[1.0], [-1.0]]), torch.tensor([[1.0], [1.0]]), torch.tensor([0.0, -3.0])
    found = expect.number(submission.dead_fraction(x, weight, bias), what="dead_fraction(x, weight, bias)")
    if abs(found - 0.5) > 1e-6:
        raise Mismatch("dead_fraction is wrong for two units of which one is dead")


@pytest.mark.task("dead_units")
def test_none_dead(submission: Any) -> None:
    """With a high bias every unit is on for every sample, and none is dead."""
    x, weight, bias = torch.ones(3, 2), torch.ones(4, 2), torch.full((4,), 9.0)
    found = expect.number(submission.dead_fraction(x, weight, bias), what="dead_fraction(x, weight, bias)")
    if found != 0:
        raise Mismatch("dead_fraction is not 0 where every unit is on")
