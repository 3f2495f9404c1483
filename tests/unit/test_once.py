"""`once` and `expect.below`: one training, several tests, and a
loss as a share of a trivial model's.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from course_lib import expect
from course_lib.expect import Mismatch
from course_lib.suites import run_suite

SUITE = '''
import pytest
from course_lib import expect


def train(submission):
    return float(submission.fit())


@pytest.mark.task("fit")
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_loss(submission, once, share):
    """The loss is small."""
    loss = once(train, submission)
    expect.below(loss, what="the loss", share=share, baseline=2.0, of="a constant")
'''


def run(tmp_path: Path, namespace: dict[str, object]) -> list[tuple[str, str | None]]:
    path = tmp_path / "test_small.py"
    path.write_text(SUITE)
    return [(report.outcome, report.hint) for report in run_suite(path, namespace)]


def test_tests_share_one_result_and_each_run_has_its_own(tmp_path: Path) -> None:
    losses = iter([0.4, 2.0])
    with expect.measured() as found:
        first = run(tmp_path, {"fit": lambda: next(losses)})
        second = run(tmp_path, {"fit": lambda: next(losses)})
    assert [outcome for outcome, _ in first + second] == ["passed", "failed", "failed", "failed"]
    assert [(m.share, m.limit, m.baseline) for m in found][:2] == [
        (0.2, 0.5, "a constant"),
        (0.2, 0.1, "a constant"),
    ]


def test_a_fault_is_shared_too(tmp_path: Path) -> None:
    calls = []

    def fit() -> float:
        calls.append(1)
        raise RuntimeError("no")

    outcomes = run(tmp_path, {"fit": fit})
    assert [outcome for outcome, _ in outcomes] == ["failed", "failed"]
    assert len(calls) == 1


@pytest.mark.parametrize("loss", [1.0, 2.0, float("nan"), float("inf")])
def test_a_loss_that_is_not_below(loss: float) -> None:
    with pytest.raises(
        Mismatch, match=r"not below 0.5 times the error of the best line: try more steps"
    ):
        expect.below(
            loss,
            what="the loss",
            share=0.5,
            baseline=2.0,
            of="the best line",
            hint="try more steps",
        )
