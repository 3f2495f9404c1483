"""`choice` is walked by torch's own optimizers on Beale's function."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import walking_06 as walking

from course_lib import expect
from course_lib.expect import Mismatch

START, MINIMUM, STEPS, NEAR = (0.8, 1.6), (3.0, 0.5), 500, 0.05
DIVERGES = "the path of this choice diverges: its numbers grow without bound"
KEYS: dict[str, tuple[str, ...]] = {
    "sgd": ("lr",),
    "momentum": ("lr", "momentum", "nesterov"),
    "adagrad": ("lr", "eps"),
    "rmsprop": ("lr", "alpha", "eps"),
    "adam": ("lr", "betas", "eps"),
}


def chosen(submission: Any) -> tuple[str, dict[str, Any]]:
    """The optimizer's name, and its hyper-parameters as plain numbers."""
    choice = submission.choice
    if type(choice) is not dict:
        raise Mismatch("choice is not a dict")
    name = choice.get("optimizer")
    if type(name) is not str or name not in KEYS:
        raise Mismatch(
            f'choice["optimizer"] is none of {", ".join(KEYS)}: it is the name, as a string'
        )
    hyper = {key: value for key, value in choice.items() if key != "optimizer"}
    if "steps" in hyper and expect.number(hyper.pop("steps"), what='choice["steps"]') != STEPS:
        raise Mismatch(f"choice has a number of steps other than {STEPS}, which is fixed")
    if set(hyper) - set(KEYS[name]):
        raise Mismatch(f"choice has a key that {name}_path does not take as a hyper-parameter")
    return name, {key: plain(key, value) for key, value in hyper.items()}


def plain(key: str, value: object) -> object:
    what = f'choice["{key}"]'
    if key == "nesterov":
        if type(value) not in (bool, int) or value not in (0, 1):
            raise Mismatch(f"{what} is neither True nor False")
        return bool(value)
    if key == "betas":
        found = expect.values(value, what=what, shape=(2,))
        expect.finite(found, what=what)
        return tuple(found.tolist())
    return expect.number(value, what=what)


def end(name: str, hyper: dict[str, Any]) -> torch.Tensor:
    """Where the path ends, (2,)."""
    try:
        path = walking.walk(f"{name}_path", "beale", [], START, {**hyper, "steps": STEPS})
    except ValueError:
        raise Mismatch(
            f"torch's optimizer refuses these hyper-parameters of {name}: is one of them negative, "
            "or a share that is not below 1?"
        ) from None
    except OverflowError:
        raise Mismatch(DIVERGES) from None
    return path[-1]


def distance(submission: Any) -> float:
    """From the minimum to where the choice leads."""
    name, hyper = chosen(submission)
    found = end(name, hyper)
    if not bool(torch.isfinite(found).all()):
        raise Mismatch(DIVERGES)
    return float((found - torch.tensor(MINIMUM, dtype=torch.float64)).norm())


@pytest.mark.task("reach_minimum", weight=3)
def test_reaches(submission: Any) -> None:
    """After 500 steps from (0.8, 1.6) the path is within 0.05 of the minimum."""
    if not distance(submission) <= NEAR:
        raise Mismatch(
            "the path ends too far from the minimum: run it with your own function, and look at "
            "the way it takes"
        )
