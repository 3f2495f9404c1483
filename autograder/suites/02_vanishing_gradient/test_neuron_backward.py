"""`neuron_backward` against the chain rule, written out in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from neurons_02 import Neuron, draw, reference

from course_lib import drivers, expect
from course_lib.expect import Mismatch

CALL = "neuron_backward(x, w, b, upstream)"
ARGUMENTS = ("x", "w", "b", "upstream")
RESULTS = ("dx", "dw", "db")
HINTS = {
    "dx": "each row is w, times the ReLU's slope for that sample, times its upstream gradient",
    "dw": "each sample adds its x, times the ReLU's slope, times its upstream gradient: a sum, "
    "not a mean",
    "db": "each sample adds the ReLU's slope times its upstream gradient: a sum, not a mean",
}
each = pytest.mark.parametrize("name", RESULTS)  # a mistake in one of the three costs a third


def results(submission: Any, neuron: Neuron) -> dict[str, object]:
    """What the call returns, by name; the arguments are copies."""
    # A transposed x stays transposed.
    triple = expect.items(
        submission.neuron_backward(*(value.clone() for value in neuron)), what=CALL, length=3
    )
    return dict(zip(RESULTS, triple, strict=True))


def check(name: str, found: object, neuron: Neuron, hint: str | None = None) -> None:
    """Compare one of the three with the chain rule, to the
    rounding error that sums of this size may have.
    """
    x, w, b, upstream = neuron
    expected = reference(*neuron)[name]
    if name != "db" or isinstance(found, torch.Tensor):
        expect.tensor(found, what=name, shape=tuple(expected.shape), dtype=x.dtype, device=x.device)
    else:
        expect.number(found, what=name)
    # With every sign positive no sum cancels, so this is the size of what is added up.
    size = reference(x.abs(), w.abs(), b.abs() + 1, upstream.abs())[name].max()
    atol = 64 * torch.finfo(x.dtype).eps * float(size)
    expect.close(
        expect.values(found, what=name),
        expected,
        what=name,
        rtol=0,
        atol=atol,
        hint=hint or HINTS[name],
    )


@pytest.mark.task("neuron_backward", weight=4)
@each
def test_each_gradient(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """The upstream gradient reaches x, w and b where the neuron
    is on, and stops where it is off.
    """
    neuron = draw(rng, device, 8, 3)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward")
@each
def test_as_many_samples_as_inputs(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """When there are as many samples as inputs, rows still are samples and columns inputs."""
    neuron = draw(rng, device, 4, 4)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward", weight=2)
@each
@pytest.mark.parametrize(
    ("n", "d"), [(2, 5), (1031, 3), (7, 131)], ids=["few_samples", "many_samples", "many_inputs"]
)
def test_sizes(
    submission: Any, rng: torch.Generator, device: torch.device, n: int, d: int, name: str
) -> None:
    """Every sample counts, the first and the last of a thousand too, and so does every input."""
    neuron = draw(rng, device, n, d)
    check(
        name, results(submission, neuron)[name], neuron, "is a size fixed, or are samples left out?"
    )


@pytest.mark.task("neuron_backward")
@each
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
def test_beside_the_kink(
    submission: Any, rng: torch.Generator, device: torch.device, dtype: torch.dtype, name: str
) -> None:
    """However near to 0 the pre-activation is, above 0 everything passes and below 0 nothing."""
    steps = (
        2.0
        ** -torch.tensor([2, 3, 4, 5, 8, 11, 15, 19, 23 if dtype == torch.float32 else 40]).double()
    )
    w = 4.0 ** torch.randint(0, 2, (1,), generator=rng).double() / 2
    # Powers of 2 and their sums, so that z is exact.
    x = torch.cat([1 + steps, 1 - steps / 2])[:, None] / w
    # Of either sign on both sides of the kink.
    sign = (-1.0) ** (torch.arange(len(x)) + torch.randint(0, 2, (1,), generator=rng))
    upstream = sign * (0.5 + torch.rand(len(x), generator=rng, dtype=torch.float64))
    neuron = tuple(
        value.to(device, dtype) for value in (x, w, torch.tensor(-1.0).double(), upstream)
    )
    hint = "is there a threshold, or a slope that rises little by little?"
    check(name, results(submission, neuron)[name], neuron, hint)  # type: ignore[arg-type]


@pytest.mark.task("neuron_backward", weight=2)
@each
def test_at_the_kink(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """Where the pre-activation is exactly 0 the derivative of ReLU is 0, so nothing passes."""
    # Whole numbers, so that 0 is exactly 0 in any order of summation.
    signs = 1.0 - 2.0 * torch.randint(0, 2, (3,), generator=rng)
    sizes = 1.0 + torch.stack(
        [torch.randint(0, 3, (3,), generator=rng), torch.randperm(3, generator=rng)]
    )
    row, w = (
        (signs * sizes).double().unbind()
    )  # of equal signs: without the bias the neuron would be on
    step = torch.diag(torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64)) * w.sign()
    x = torch.cat([row.expand(2, 3), row + step])
    upstream = 1.0 + torch.rand(5, generator=rng, dtype=torch.float64)
    neuron = (x.to(device), w.to(device), -(row @ w).to(device), upstream.to(device))
    hint = "what is the slope of the ReLU where the pre-activation is exactly 0?"
    check(name, results(submission, neuron)[name], neuron, hint)


@pytest.mark.task("neuron_backward")
def test_one_sample(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A single sample keeps its row: dx is (1, d)."""
    neuron = draw(rng, device, 1, 5, on=True)
    for name, found in results(submission, neuron).items():
        check(name, found, neuron)


@pytest.mark.task("neuron_backward")
@each
def test_one_input(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """A neuron with a single input keeps its column: dx is (n, 1) and dw is (1,)."""
    neuron = draw(rng, device, 6, 1)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward", needs="test_each_gradient")
def test_off_everywhere(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """When every sample leaves the neuron off, all gradients are 0 and keep their shapes."""
    neuron = draw(rng, device, 5, 3, on=False)
    for name, found in results(submission, neuron).items():
        check(name, found, neuron, "no sample switches the neuron on, so nothing can pass")


@pytest.mark.task("neuron_backward")
@each
def test_on_everywhere(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """When every sample switches the neuron on, it is a linear layer with one output."""
    neuron = draw(rng, device, 7, 2, on=True)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward")
@each
def test_no_upstream_gradient(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """Samples whose upstream gradient is 0 add nothing."""
    x, w, b, upstream = draw(rng, device, 6, 3, on=True)
    upstream[::2] = 0.0
    neuron = (x, w, b, upstream)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward")
@each
def test_float32(submission: Any, rng: torch.Generator, device: torch.device, name: str) -> None:
    """With float32 arguments the gradients are float32."""
    x, w, b, upstream = (value.float() for value in draw(rng, device, 6, 4))
    neuron = (x, w, b, upstream)
    check(name, results(submission, neuron)[name], neuron)


@pytest.mark.task("neuron_backward")
@each
@pytest.mark.parametrize("scale", [1e5, 1e9, 1e-9], ids=["large", "huge", "tiny"])
def test_any_scale(
    submission: Any, rng: torch.Generator, device: torch.device, scale: float, name: str
) -> None:
    """Huge and tiny inputs, weights and upstream gradients are no obstacle: nothing is clipped."""
    x, w, b, upstream = (value.float() for value in draw(rng, device, 6, 3, scale=scale))
    check(
        name,
        results(submission, neuron := (x, w, b, upstream))[name],
        neuron,
        "is something clipped or normalised?",
    )


@pytest.mark.task("neuron_backward")
@each
def test_transposed_view(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """x may be a transposed view, whose entries do not lie in memory row by row."""
    for _ in range(100):
        x, w, b, upstream = draw(rng, device, 6, 3)
        view = x.T.contiguous().T
        misread = view.as_strided(view.shape, (3, 1))
        if bool(((misread @ w + b > 0) != (x @ w + b > 0)).any()):
            break  # else dx is right without x
    apart = torch.stack([upstream, -upstream], dim=1)[:, 0]
    neuron = (view, w, b, apart)
    check(
        name,
        results(submission, neuron)[name],
        neuron,
        "is x reshaped in the order in which it lies in memory?",
    )


@pytest.mark.task("neuron_backward", needs="test_each_gradient")
def test_second_call(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A second call with the same arguments gives the same
    gradients, and leaves those of the first alone.
    """
    neuron = draw(rng, device, 5, 3)
    hint = "do gradients stay in x.grad, where backward() adds to those of an earlier call?"
    calls = submission.drive(drivers.twice, "neuron_backward", *neuron)
    for call in expect.items(calls, what="two calls", length=2):
        for name, found in zip(RESULTS, expect.items(call, what=CALL, length=3), strict=True):
            check(name, found, neuron, hint)


@pytest.mark.task("neuron_backward", weight=0.5, needs="test_each_gradient")
def test_calls_are_independent(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The gradients depend on the arguments alone, not on
    earlier calls, also after a step of training.
    """
    for n, d in ((5, 3), (5, 3), (4, 2), (5, 3)):
        neuron = draw(rng, device, n, d)
        for name, found in results(submission, neuron).items():
            check(name, found, neuron, "is something of an earlier call kept?")
    x, w, b, upstream = neuron
    calls = submission.drive(
        drivers.around_a_step, "neuron_backward", [2.0, 1.0, 2.0, -0.75], *neuron
    )
    changed = (2.0 * x, w, 2.0 * b, -0.75 * upstream)
    for call, now in zip(
        expect.items(calls, what="two calls", length=2), (neuron, changed), strict=True
    ):
        for name, found in zip(RESULTS, expect.items(call, what=CALL, length=3), strict=True):
            check(name, found, now, "is a result kept for tensors that look the same?")


@pytest.mark.task("neuron_backward", needs="test_each_gradient")
def test_arguments_stay(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The four arguments are as they were before the call."""
    neuron = draw(rng, device, 6, 3)
    given = [value.clone() for value in neuron]
    triple = expect.items(submission.neuron_backward(*given), what=CALL, length=3)
    for name, before, after in zip(ARGUMENTS, neuron, given, strict=True):
        expect.unchanged(before, after, what=name)
    for name, found in zip(RESULTS, triple, strict=True):
        check(name, found, neuron)
    if submission.drive(drivers.flags_after, "neuron_backward", False, *neuron) != [False] * 5:
        raise Mismatch(
            "the call changed requires_grad or .grad of an argument: work on detached copies"
        )
