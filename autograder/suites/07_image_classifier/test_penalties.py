"""`l1_penalty` and `l2_penalty` of networks of ours, and their gradients."""

from __future__ import annotations

from typing import Any

import drivers_07
import epochs_07 as epochs
import pytest
import torch

from course_lib import expect
from course_lib.expect import Mismatch

VALUES, SLOPES = "test_penalty_values", "test_penalty_gradients"
NETWORKS = {
    "plain": ("plain", [5, 4, 3]),
    "linear": ("linear", [4, 0, 3]),
    "normed": ("normed", [5, 4, 3]),
    "deep": ("deep", [5, 0, 3]),
    "one_unit": ("plain", [1, 1, 1]),
    "many": ("plain", [90, 80, 70]),
}
each = pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty"])
SUMS = {
    "l1_penalty": "the sum of |p| over every entry of every parameter, biases too",
    "l2_penalty": "the sum of p² over every entry of every parameter, biases too",
}


def draw(kind: str, sizes: list[int], rng: torch.Generator, dtype: torch.dtype) -> list[Any]:
    return epochs.start(kind, [max(size, 1) for size in sizes], rng, dtype)


def run(
    submission: Any, name: str, kind: str, sizes: list[int], values: list[Any],
    device: torch.device, factor: float = 1.0,
) -> Any:  # fmt: skip
    sizes = [max(size, 1) for size in sizes]
    return submission.drive(drivers_07.penalty, name, kind, sizes,
                            [value.to(device) for value in values], factor)  # fmt: skip


def parameters(kind: str, sizes: list[int], values: list[Any]) -> list[tuple[torch.Tensor, bool]]:
    """The values that are parameters, each with whether it is trained."""
    model = drivers_07.network(kind, [max(size, 1) for size in sizes])
    return [(value.double().cpu(), p.requires_grad)
            for value, p in zip(values, model.parameters(), strict=False)]  # fmt: skip


def total(name: str, values: list[tuple[torch.Tensor, bool]], scale: float = 1.0) -> float:
    power = 1 if name == "l1_penalty" else 2
    return sum(float((scale * value).abs().pow(power).sum()) for value, _ in values)


def check_number(found: object, right: float, name: str, near: float) -> None:
    what = f"the result of {name}"
    value = expect.tensor(found, what=what)
    if value.dim() != 0:
        raise Mismatch(f"{what} is not a tensor without dimensions: one sum over all parameters")
    expect.close(value, torch.tensor(right, dtype=torch.float64), what=what, rtol=near, atol=near,
                 hint=SUMS[name])  # fmt: skip


@pytest.mark.task("regularisation", weight=3)
@each
@pytest.mark.parametrize("network", NETWORKS)
def test_penalty_values(
    submission: Any, rng: torch.Generator, device: torch.device, name: str, network: str
) -> None:
    """A penalty is the sum over all entries of all parameters, and over nothing else."""
    kind, sizes = NETWORKS[network]
    for dtype, near in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
        values = draw(kind, sizes, rng, dtype)
        result = run(submission, name, kind, sizes, values, device)
        check_number(result["told"], total(name, parameters(kind, sizes, values)), name, near)


@pytest.mark.task("regularisation", weight=2)
@each
@pytest.mark.parametrize("network", ["plain", "deep"])
def test_penalty_gradients(
    submission: Any, rng: torch.Generator, device: torch.device, name: str, network: str
) -> None:
    """Gradients flow to every parameter that is trained, times the factor of the penalty."""
    kind, sizes = NETWORKS[network]
    values = draw(kind, sizes, rng, torch.float64)
    result = run(submission, name, kind, sizes, values, device, factor=-0.3)
    if result["asks"] is not True or result["grads"] is None:
        raise Mismatch(
            f"no gradient comes back from {name}(model): was something detached, turned into a "
            "number, or taken from .data?"
        )
    wanted = [value for value, asks in parameters(kind, sizes, values) if asks]
    found = expect.items(result["grads"], what=f"the gradients of {name}", length=len(wanted))
    for gradient, value in zip(found, wanted, strict=True):
        if not isinstance(gradient, torch.Tensor):
            raise Mismatch(f"a parameter gets no gradient from {name}(model)")
        right = -0.3 * (value.sign() if name == "l1_penalty" else 2 * value)
        expect.close(gradient, right, what=f"a gradient of {name}", rtol=1e-9, atol=1e-9,
                     hint="does every parameter take part in the graph?")  # fmt: skip


@pytest.mark.task("regularisation", weight=0.5, needs=VALUES)
@each
def test_penalty_of_zeros(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """Parameters that are 0 are no problem, nor are large and small ones."""
    kind, sizes = NETWORKS["plain"]
    for scale in (0.0, 1e6, 1e-6):
        values = [scale * value for value in draw(kind, sizes, rng, torch.float64)]
        result = run(submission, name, kind, sizes, values, device)
        right = total(name, parameters(kind, sizes, values))
        value = expect.tensor(result["told"], what=f"{name}(model)", shape=())
        expect.close(value, torch.tensor(right, dtype=torch.float64), what=f"{name}(model)",
                     rtol=1e-9, atol=1e-300, hint=SUMS[name])  # fmt: skip
        for gradient in result["grads"] or []:
            expect.finite(gradient, what=f"a gradient of {name}")


@pytest.mark.task("regularisation", weight=0.5, needs=VALUES)
@each
def test_penalty_again(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """After a step of training the penalty is that of the new parameters; nothing is kept."""
    kind, sizes = NETWORKS["normed"]
    values = draw(kind, sizes, rng, torch.float64)
    result = run(submission, name, kind, sizes, values, device)
    check_number(result["again"], total(name, parameters(kind, sizes, values), -2.0), name, 1e-9)


@pytest.mark.task("regularisation", weight=0.5, needs=(VALUES, SLOPES))
@each
def test_penalty_leaves_the_model_alone(
    submission: Any, rng: torch.Generator, device: torch.device, name: str
) -> None:
    """A penalty changes no parameter and no buffer, and leaves no gradient behind."""
    kind, sizes = NETWORKS["deep"]
    values = draw(kind, sizes, rng, torch.float64)
    result = run(submission, name, kind, sizes, values, device)
    epochs.check_same(result["state"], values, f"{name} changes the model", "it may only look")
    if result["left"] is not False:
        raise Mismatch(f"{name} leaves gradients in .grad: it must not call backward")
