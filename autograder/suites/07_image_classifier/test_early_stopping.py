"""`EarlyStopping`: when it says stop, and the state that it brings back."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pytest
import stopping_07
import torch
from epochs_07 import check_same

from course_lib import expect
from course_lib.drivers import state
from course_lib.expect import Mismatch

WHEN, BACK = "test_when_it_stops", "test_what_it_brings_back"
NAN = math.nan
STEP = "what EarlyStopping.step returns"


class Case(NamedTuple):
    """Losses, one a step; the number of the step that returns True, and of the last improvement."""

    losses: list[float]
    patience: int
    stops: int | None
    best: int
    min_delta: float | None = None


STOPS = {
    "at_once": Case([3.0, 4.0, 2.0], 1, 1, 0),
    "after_two": Case([3.0, 2.0, 2.5, 2.25, 1.0], 2, 3, 1),
    "after_three": Case([5.0, 4.0, 4.5, 3.0, 3.5, 3.25, 3.125, 1.0], 3, 6, 3),
    "counts_anew": Case([5.0, 6.0, 7.0, 4.0, 6.0, 7.0, 3.0, 8.0], 3, None, 6),
    "never": Case([5.0, 4.0, 3.0, 2.0, 1.0, 0.5], 1, None, 5),
    "below_the_last_only": Case([2.0, 5.0, 4.0, 3.0], 3, 3, 0),
    "equal": Case([2.0, 2.0, 2.0], 2, 2, 0),
}
EDGES = {
    "too_little": Case([4.0, 3.75, 3.5, 1.0], 2, 2, 0, 0.5),
    "adds_up": Case([4.0, 3.75, 3.25, 3.0, 2.5], 2, None, 4, 0.5),
    "exactly": Case([4.0, 3.5, 3.5], 2, 2, 0, 0.5),
    "more_than_enough": Case([4.0, 3.0, 2.0, 1.75, 1.8125], 2, 4, 2, 0.25),
    "zero": Case([4.0, 3.9990234375, 3.998046875, 4.0, 4.0], 2, 4, 2, 0.0),
    "large": Case([40.0, 31.0, 29.0, 20.0, 18.0], 2, None, 4, 10.0),
}
NANS = {
    "nan_is_no_improvement": Case([3.0, NAN, NAN, 1.0], 2, 2, 0),
    "nan_and_better": Case([3.0, NAN, 2.0, NAN, 2.5, 1.0], 2, 4, 2),
    "infinite": Case([3.0, math.inf, 2.0, math.inf, math.inf], 2, 4, 2),
}
SIZES = {
    "large_numbers": Case([1e12, 5e11, 6e11, 7e11], 2, 3, 1),
    "small_numbers": Case([1e-9, 5e-10, 6e-10, 7e-10], 2, 3, 1),
    "negative": Case([-1.0, -2.0, -1.5, -1.75], 2, 3, 1),
    "through_zero": Case([1.0, 0.0, -1.0, -0.5, 0.0], 2, 4, 2),
    "patient": Case([2.0, *[3.0] * 69, 1.0, *[1.5] * 80], 70, 140, 70),
}


def run(submission: Any, case: Case, device: torch.device, rounds: int) -> Any:
    options: dict[str, Any] = {"patience": case.patience}
    if case.min_delta is not None:
        options["min_delta"] = case.min_delta
    return whole(submission.drive(stopping_07.stopped, options, case.losses, rounds, str(device)))


def whole(result: Any) -> Any:
    """What a driver tells, where the object has both methods."""
    if isinstance(result, dict) and "lacking" in result:
        raise Mismatch("EarlyStopping(…) has no method step, or no method restore")
    return result


def check_steps(told: object, case: Case, hint: str) -> None:
    """Every step says what it should, up to the first True."""
    wanted = [False] * (len(case.losses) if case.stops is None else case.stops)
    wanted += [] if case.stops is None else [True]
    found = list(told) if isinstance(told, list | tuple) else []
    if found == wanted:
        return
    if any(type(one) is not bool for one in found):
        raise Mismatch(f"{STEP} is neither True nor False")
    early = len(found) < len(wanted) or (bool(found) and found[-1] and not wanted[-1])
    when = "True too early" if early else "True too late, or never"
    raise Mismatch(f"{STEP} is {when}: {hint}")


def state_at(start: list[torch.Tensor], moves: int) -> list[torch.Tensor]:
    """What the state was after so many moves."""
    return [
        value.cpu() ^ bool(moves % 2) if value.dtype == torch.bool else value.cpu() + moves
        for value in start
    ]


def check_restored(result: Any, case: Case, rounds: int) -> None:
    start = state(stopping_07.Stateful())
    found = expect.items(result["start"], what="the state at the start", length=len(start))
    begin = [
        expect.tensor(one, what="the state at the start", shape=tuple(value.shape))
        for one, value in zip(found, start, strict=True)
    ]
    for restored in expect.items(result["restored"], what="the restored states", length=rounds):
        hint = (
            "it must be that of the last improvement, all parameters and buffers, and a copy that "
            "no later step of training changes"
        )
        check_same(restored, state_at(begin, case.best), "the restored state is wrong", hint)


@pytest.mark.task("early_stopping", weight=4)
@pytest.mark.parametrize("case", STOPS.values(), ids=STOPS)
def test_when_it_stops(submission: Any, device: torch.device, case: Case) -> None:
    """step returns True once `patience` steps in a row have brought no new best loss."""
    hint = "how many steps in a row have had no loss below the best one so far?"
    check_steps(run(submission, case, device, 0)["told"], case, hint)


@pytest.mark.task("early_stopping", weight=4)
@pytest.mark.parametrize("name", ["after_three", "counts_anew", "never", "at_once", "equal"])
def test_what_it_brings_back(submission: Any, device: torch.device, name: str) -> None:
    """restore brings back parameters and buffers as they were at the last improvement."""
    check_restored(run(submission, STOPS[name], device, 1), STOPS[name], 1)


@pytest.mark.task("early_stopping", weight=3, needs=WHEN)
@pytest.mark.parametrize("case", EDGES.values(), ids=EDGES)
def test_min_delta(submission: Any, device: torch.device, case: Case) -> None:
    """Only a loss that is below the best one by more than min_delta is an improvement."""
    hint = "an improvement is val_loss < best − min_delta, and only then does the best one change"
    check_steps(run(submission, case, device, 0)["told"], case, hint)


@pytest.mark.task("early_stopping", weight=1, needs=(BACK, "test_min_delta"))
@pytest.mark.parametrize("name", ["too_little", "adds_up", "exactly", "more_than_enough"])
def test_min_delta_and_state(submission: Any, device: torch.device, name: str) -> None:
    """Only an improvement by more than min_delta is remembered."""
    check_restored(run(submission, EDGES[name], device, 1), EDGES[name], 1)


@pytest.mark.task("early_stopping", weight=2, needs=WHEN)
@pytest.mark.parametrize("case", NANS.values(), ids=NANS)
def test_losses_that_are_no_numbers(submission: Any, device: torch.device, case: Case) -> None:
    """A loss that is nan or infinite is no improvement."""
    result = run(submission, case, device, 1)
    check_steps(result["told"], case, "no comparison with nan is true")
    check_restored(result, case, 1)


@pytest.mark.task("early_stopping", weight=1, needs=WHEN)
@pytest.mark.parametrize("case", SIZES.values(), ids=SIZES)
def test_losses_of_any_size(submission: Any, device: torch.device, case: Case) -> None:
    """Losses may be large, tiny and negative, and the patience long."""
    hint = "is the best loss too small at the start, or is min_delta taken as a share of it?"
    check_steps(run(submission, case, device, 0)["told"], case, hint)


@pytest.mark.task("early_stopping", weight=1.5, needs=BACK)
def test_restored_again(submission: Any, device: torch.device) -> None:
    """The state comes back a second and a third time, whatever was done to the model since."""
    check_restored(run(submission, STOPS["after_two"], device, 3), STOPS["after_two"], 3)


@pytest.mark.task("early_stopping", weight=1, needs=(WHEN, BACK))
def test_two_of_them(submission: Any) -> None:
    """Two objects know nothing of each other."""
    one, other = Case([3.0, 2.0, 2.5, 1.0], 9, None, 3), Case([1.0, 4.0, 0.5, 3.0], 9, None, 2)
    result = whole(submission.drive(stopping_07.stopped_side_by_side, 9, one.losses, other.losses))
    for index, case in enumerate((one, other)):
        check_steps(result["told"][index], case, "is something kept in the class itself?")
        begin = {"start": result["starts"][index], "restored": [result["restored"][index]]}
        check_restored(begin, case, 1)


@pytest.mark.task("early_stopping", weight=1, needs=BACK)
def test_after_a_training(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """A step of an optimizer changes the model, not what is remembered; training can go on."""
    values = state(stopping_07.normed())
    values = [value.double() if value.is_floating_point() else value for value in values]
    x = torch.randn(12, 3, generator=rng, dtype=torch.float64).to(device)
    found = whole(submission.drive(stopping_07.stopped_and_trained, values, x))["states"]
    best, changed, back, again = expect.items(found, what="four states", length=4)
    wanted = [expect.tensor(v, what="the state") for v in expect.items(
        best, what="the state", length=len(values))]  # fmt: skip
    check_same(back, wanted, "the restored state is wrong",
               "is it a copy, with the statistics of the normalisation?")  # fmt: skip
    hint = "the optimizer that trained the model has to go on with the restored parameters"
    went_on, went = (
        expect.items(one, what="the state", length=len(values)) for one in (again, changed)
    )
    for value, right in zip(went_on, went, strict=True):
        wanted_value = expect.tensor(right, what="the state").double()
        what = "the state after a step from the restored one"
        expect.close(value, wanted_value, what=what, rtol=1e-9, atol=1e-9, hint=hint)


@pytest.mark.task("early_stopping", weight=0.5, needs=(WHEN, BACK))
def test_step_leaves_the_model_alone(submission: Any, device: torch.device) -> None:
    """step looks at the model and changes nothing about it."""
    result = whole(submission.drive(stopping_07.after_a_step, str(device)))
    start = expect.items(result["start"], what="the state", length=len(result["start"]))
    before = [expect.tensor(value, what="the state").cpu() for value in start]
    check_same(result["state"], before, "step changes the model's state", "it may only look")
    if result["training"] is not True:
        raise Mismatch("step changes the model's mode: it may only look")
    if result["grads"] is not False or result["flags"] is not True:
        raise Mismatch("step changes gradients, or which parameters ask for one: it may only look")
