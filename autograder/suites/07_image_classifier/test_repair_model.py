"""`repair`: the same network without the ReLU at its end."""

from __future__ import annotations

from typing import Any

import calls_07
import pytest
import repair_07
import torch
from torch import nn

from course_lib import expect
from course_lib.drivers import put, state
from course_lib.expect import Mismatch

OUTPUT = "repair(model)(x)"
VALUES = "test_repaired_outputs"
Parts = list[tuple[Any, ...]]
HINT = "the last ReLU is gone, everything else is there, with the same weights"
NETWORKS: dict[str, Parts] = {
    "two_hidden": [("linear", 6, 5), ("relu",), ("linear", 5, 4), ("relu",), ("linear", 4, 3),
                   ("relu",)],
    "one_hidden": [("linear", 6, 5), ("relu",), ("linear", 5, 3), ("relu",)],
    "one_layer": [("linear", 6, 3), ("relu",)],
    "flatten": [("flatten",), ("linear", 6, 5), ("relu",), ("linear", 5, 3), ("relu",)],
    "in_place": [("linear", 6, 5), ("relu_in_place",), ("linear", 5, 3), ("relu_in_place",)],
    "other_parts": [("linear", 6, 5), ("norm", 5), ("relu",), ("dropout",), ("linear", 5, 3),
                    ("relu",)],
    "tanh_inside": [("linear", 6, 5), ("tanh",), ("linear", 5, 3), ("relu",)],
    "deep": [part for n in range(9) for part in (("linear", 6, 6), ("relu",))],
    "wide": [("linear", 6, 130), ("relu",), ("linear", 130, 80), ("relu",)],
    "one_unit": [("linear", 6, 1), ("relu",), ("linear", 1, 1), ("relu",)],
}  # fmt: skip


def start(parts: Parts, rng: torch.Generator, dtype: torch.dtype) -> list[torch.Tensor]:
    values = []
    for value in state(repair_07.sequential(parts)):
        if value.is_floating_point():
            drawn = torch.randn(value.shape, generator=rng, dtype=torch.float64)
            ones = value.dim() == 1 and bool((value == 1).all())
            values.append((drawn.abs() + 0.5 if ones else drawn).to(dtype))
        else:
            values.append(value)
    return values


def draw(rng: torch.Generator, device: torch.device, rows: int, dtype: torch.dtype) -> torch.Tensor:
    return torch.randn(rows, 6, generator=rng, dtype=torch.float64).to(device, dtype)


def without_last(
    parts: Parts, values: list[torch.Tensor], x: torch.Tensor, *, last: bool = False
) -> torch.Tensor:
    """What the network gives in evaluation mode, without its last part or with it."""
    model = repair_07.sequential(parts).to(values[0].dtype).eval()
    put(model, values)
    with torch.no_grad():
        found: torch.Tensor = (model if last else model[:-1])(x.cpu())
    return found.double()


def module_of(result: Any) -> nn.Module:
    module = result["module"]
    if not isinstance(module, nn.Module):
        raise Mismatch("repair(model) returns no nn.Module: is a return missing?")
    return module


def check(found: object, expected: torch.Tensor, x: torch.Tensor, hint: str = HINT) -> None:
    near = 1e-9 if x.dtype == torch.float64 else 1e-5
    result = expect.tensor(
        found, what=OUTPUT, shape=tuple(expected.shape), dtype=x.dtype, device=x.device
    )
    size = max(1.0, float(expected.abs().max()))
    expect.close(result, expected, what=OUTPUT, rtol=0, atol=near * size, hint=hint)


@pytest.mark.task("repair", weight=4)
@pytest.mark.parametrize("parts", NETWORKS.values(), ids=NETWORKS)
def test_repaired_outputs(
    submission: Any, rng: torch.Generator, device: torch.device, parts: Parts
) -> None:
    """The new module gives what the network gave before its last ReLU, negative numbers too."""
    for dtype, rows in ((torch.float64, 40), (torch.float32, 1)):
        values, x = start(parts, rng, dtype), draw(rng, device, rows, dtype)
        result = submission.drive(repair_07.repaired, parts, values, x, training=True)
        check(module_of(result).eval()(x.clone()), without_last(parts, values, x), x)


@pytest.mark.task("repair", weight=2, needs=VALUES)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("name", ["one_hidden", "in_place", "other_parts", "one_layer"])
def test_network_stays(
    submission: Any, rng: torch.Generator, device: torch.device, name: str, training: bool
) -> None:
    """The network itself still has its ReLU, its weights and its mode."""
    parts = NETWORKS[name]
    values, x = start(parts, rng, torch.float64), draw(rng, device, 30, torch.float64)
    result = submission.drive(repair_07.repaired, parts, values, x, training=training)
    fault = "repair changed its argument model: "
    kinds = [type(part).__name__ for part in repair_07.sequential(parts)]
    if result["kinds"] != kinds:
        raise Mismatch(fault + "it has other parts than before")
    if result["modes"] != [training] * (len(kinds) + 1):
        raise Mismatch(fault + "it is in another mode than before")
    if not all(flag is True for flag in result["asks"]):
        raise Mismatch(fault + "its parameters no longer ask for gradients")
    for found, value in zip(
        expect.items(result["state"], what="the network's state", length=len(values)), values,
        strict=True,
    ):  # fmt: skip
        tensor = expect.tensor(found, what="the network's state", shape=tuple(value.shape))
        if not torch.equal(tensor.detach().cpu(), value.cpu()):
            raise Mismatch(fault + "its weights, or the statistics of a normalisation, changed")
    expected = without_last(parts, values, x, last=True)
    expect.close(result["output"], expected, what="model(x) after repair(model)", rtol=0,
                 atol=1e-9 * max(1.0, float(expected.abs().max())),
                 hint="the network itself has to stay as it was")  # fmt: skip


@pytest.mark.task("repair", weight=1.5, needs=VALUES)
def test_gradients_come_back(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Where the network stood still, its logits all 0, the new module passes gradients back."""
    parts = NETWORKS["one_hidden"]
    values, x = start(parts, rng, torch.float64), draw(rng, device, 20, torch.float64)
    values[3] = values[3] - 100
    result = submission.drive(repair_07.repaired, parts, values, x, training=True)
    module = module_of(result)
    found = submission.drive(calls_07.learned, module, x)
    sizes = expect.items(found, what="the gradients", length=4)
    if not all(expect.number(size, what="a gradient") > 0 for size in sizes):
        raise Mismatch(
            "a weight of repair(model) gets no gradient, or asks for none: are they parameters "
            "still, and is every ReLU at the end gone?"
        )


@pytest.mark.task("repair", weight=1, needs=VALUES)
def test_repaired_parameters(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The new module has the network's parameters and buffers, and no others."""
    for name in ("two_hidden", "other_parts"):
        parts = NETWORKS[name]
        values, x = start(parts, rng, torch.float64), draw(rng, device, 5, torch.float64)
        module = module_of(submission.drive(repair_07.repaired, parts, values, x, training=True))
        wanted = sorted(p.numel() for p in repair_07.sequential(parts).parameters())
        if sorted(p.numel() for p in module.parameters()) != wanted:
            raise Mismatch("repair(model) has other parameters than model: add none, lose none")


@pytest.mark.task("repair", weight=1, needs=VALUES)
def test_two_repairs(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """Two networks are repaired one after the other, each with its own weights."""
    parts = NETWORKS["two_hidden"]
    one, other = start(parts, rng, torch.float64), start(parts, rng, torch.float64)
    x = draw(rng, device, 12, torch.float64)
    found = submission.drive(repair_07.repaired_twice, parts, one, other, x)
    modules = expect.items(found, what="two modules", length=2)
    for module, values in zip(modules, (one, other), strict=True):
        output = module_of({"module": module}).eval()(x.clone())
        check(output, without_last(parts, values, x), x, "is a module kept from the first call?")
