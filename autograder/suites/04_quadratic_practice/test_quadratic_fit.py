"""`fit` and `training_frames`, judged by their errors against those of trivial models."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from errors_04 import draw, mse, trained, trained_on_another

from course_lib import expect
from course_lib._once import Once
from course_lib.expect import Mismatch

FIT = "the error of the trained model on fresh draws"
OTHER = "the error of a model trained on another target"
WAVE = "the error of a model trained on another curve"
LEARNS = "test_fit_learns_what_it_is_given"
ENDS = "test_frames_end_with_a_fit"
FRAMES = "training_frames(X, y)"
CONSTANT, AFFINE = "the best constant", "the best straight map"
SECONDS = 65  # of wall time: the 60 that the task allows, and some for our part
MOST_FRAMES = 20_000
TWINS = 8
MORE = "are there enough steps, and is the rate large enough?"


@pytest.mark.task("fit", weight=1, seconds=SECONDS)
def test_fit_learns_what_it_is_given(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """fit learns from its arguments: with another target and other rows it learns that one."""
    errors = once(trained_on_another, submission, seed, device)[1]
    hint = "are X and y taken from the arguments, and does every call begin with a new model?"
    expect.below(
        errors.model, what=OTHER, share=0.7, baseline=errors.constant, of=CONSTANT, hint=hint
    )


@pytest.mark.task("fit", weight=1, seconds=SECONDS, needs=LEARNS)
def test_fit_half_of_constant(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """Step 1: the error on fresh draws is below half of what the best constant reaches."""
    errors = once(trained, submission, seed, device)
    expect.below(
        errors.model,
        what=FIT,
        share=0.5,
        baseline=errors.constant,
        of=CONSTANT,
        hint="does it learn at all?",
    )


@pytest.mark.task("fit", weight=2, seconds=SECONDS, needs=LEARNS)
def test_fit_tenth_of_constant(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """Step 2: the error on fresh draws is below a tenth of what the best constant reaches."""
    errors = once(trained, submission, seed, device)
    expect.below(
        errors.model, what=FIT, share=0.1, baseline=errors.constant, of=CONSTANT, hint=MORE
    )


@pytest.mark.task("fit", weight=3, seconds=SECONDS, needs=LEARNS)
def test_fit_half_of_affine(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """Step 3: the error on fresh draws is below half of what the
    best matrix with a bias reaches.
    """
    errors = once(trained, submission, seed, device)
    hint = "without a non-linearity no training gets there"
    expect.below(errors.model, what=FIT, share=0.5, baseline=errors.affine, of=AFFINE, hint=hint)


@pytest.mark.task("fit", weight=4, seconds=SECONDS, needs=LEARNS)
def test_fit_tenth_of_affine(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """Step 4: the error on fresh draws is below a tenth of what
    the best matrix with a bias reaches.
    """
    errors = once(trained, submission, seed, device)
    hint = (
        "are there enough hidden units and steps, and can the output take every value that y takes?"
    )
    expect.below(errors.model, what=FIT, share=0.1, baseline=errors.affine, of=AFFINE, hint=hint)


@pytest.mark.task("fit", weight=5, seconds=SECONDS, needs=LEARNS)
def test_fit_bends_to_another_curve(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The model bends to the curve that it is given, whatever its shape."""
    errors = once(trained_on_another, submission, seed, device)[0]
    hint = "is one curve known by heart, and another one not learned?"
    expect.below(errors.model, what=WAVE, share=0.25, baseline=errors.affine, of=AFFINE, hint=hint)


@pytest.mark.task("fit", weight=1, seconds=SECONDS, needs="test_fit_half_of_constant")
def test_fit_leaves_its_arguments_alone(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """fit(X, y) leaves X and y as they were."""
    if not once(trained, submission, seed, device).unchanged:
        raise Mismatch(
            "fit changed X or y: work on new tensors, without functions that end in _ and without "
            "+="
        )


@pytest.mark.task("fit", weight=1, seconds=SECONDS, needs="test_fit_half_of_constant")
def test_fit_gives_a_model_of_single_points(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The trained model, in evaluation mode, sends a point to
    one place, whether others come with it or not.
    """
    if not once(trained, submission, seed, device).alone:
        raise Mismatch(
            "the trained model gives another output for one point alone: do other rows play a part?"
        )


class Recorded(NamedTuple):
    """Frames (frames, n, 2) in float64, their target, and the error of the target's mean."""

    frames: torch.Tensor
    y: torch.Tensor
    constant: float
    unchanged: bool

    def error(self, index: int) -> float:
        return mse(self.frames[index], self.y)


def recorded(submission: Any, seed: int, device: torch.device) -> Recorded:
    """Record a training once, for all tests, with fewer rows and another curve than the notebook's.

    The last TWINS points repeat the first ones, with other targets.
    """
    X, y = draw(torch.Generator().manual_seed(seed + 2), 420)
    y = 1 - y.flip(1)
    X[-TWINS:], y[-TWINS:] = X[:TWINS], y[:TWINS] + 1.0
    given = X.to(device, copy=True), y.to(device, copy=True)
    result = submission.training_frames(*given)
    if isinstance(result, torch.Tensor | np.ndarray) and prod(result.shape) > MOST_FRAMES * 840:
        raise Mismatch(f"{FRAMES} has more than {MOST_FRAMES} frames, or far too many points")
    frames = expect.values(result, what=FRAMES)
    if frames.dim() != 3 or tuple(frames.shape[1:]) != (420, 2) or len(frames) == 0:
        hint = (
            "for an X of shape (420, 2): one frame after the other, each with one row for "
            "each point"
        )
        raise Mismatch(
            f"{FRAMES} has shape {tuple(frames.shape)}, expected (frames, 420, 2) {hint}"
        )
    expect.finite(frames, what=FRAMES)
    unchanged = torch.equal(given[0].cpu(), X) and torch.equal(given[1].cpu(), y)
    return Recorded(frames, y, mse(y.mean(dim=0).expand_as(y), y), unchanged)


@pytest.mark.task("frames", weight=2, seconds=SECONDS)
def test_frames_end_with_a_fit(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The last frame lies on the target, point by point."""
    found = once(recorded, submission, seed, device)
    hint = (
        "is it the last prediction of a whole training on X and y, with the points in the "
        "order of X?"
    )
    expect.below(
        found.error(-1),
        what="the error of the last frame",
        share=0.1,
        baseline=found.constant,
        of=CONSTANT,
        hint=hint,
    )


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_are_enough(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """There are at least 20 frames, each with all points."""
    if len(once(recorded, submission, seed, device).frames) < 20:
        raise Mismatch(f"{FRAMES} has fewer than 20 frames: record more often")


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_begin_before_training(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The first frame shows what the untrained model predicts."""
    found = once(recorded, submission, seed, device)
    what, hint = (
        "the error of the best constant",
        "the first frame is too good: record it before the first step",
    )
    expect.below(
        found.constant,
        what=what,
        share=3.0,
        baseline=found.error(0),
        of="the first frame",
        hint=hint,
    )


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_improve(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """The last frame is much closer to the target than the first."""
    found = once(recorded, submission, seed, device)
    hint = "are the frames in the order of training, and copies, not one tensor that changes later?"
    expect.below(
        found.error(-1), what="the error of the last frame", share=0.25, baseline=found.error(0),
        of="the first frame",
        hint=hint,
    )  # fmt: skip


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_differ(submission: Any, once: Once, seed: int, device: torch.device) -> None:
    """The points move from frame to frame."""
    frames = once(recorded, submission, seed, device).frames
    moved = (frames[1:] - frames[:-1]).abs().amax(dim=(1, 2)) > 1e-6
    if int(moved.sum()) < min(10, max(1, len(moved))):
        raise Mismatch(
            "most frames are equal to the one before: is each a copy, taken at another step of "
            "training?"
        )


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_show_a_training(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """The frames in between are predictions of their own, no
    blend of the first and the last one.
    """
    frames = once(recorded, submission, seed, device).frames.flatten(1)
    way = frames[-1] - frames[0]
    length = float(way.norm())
    done = (frames - frames[0]) @ way / max(length, 1e-12) ** 2
    aside = (frames - frames[0] - done[:, None] * way).norm(dim=1)
    if not float(aside.max()) > 0.01 * length:
        raise Mismatch(
            "every frame is a blend of the first and the last one: record predictions during "
            "training"
        )


@pytest.mark.task("frames", weight=1, seconds=SECONDS, needs=ENDS)
def test_frames_are_predictions_for_points(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """Equal points are sent to the same place in the end, though they have different targets."""
    last = once(recorded, submission, seed, device).frames[-1]
    if not float((last[-TWINS:] - last[:TWINS]).abs().mean()) < 0.5:
        raise Mismatch(
            "equal points of X have unequal predictions: does the model see X, and nothing of y?"
        )


@pytest.mark.task("frames", weight=0.5, seconds=SECONDS, needs=ENDS)
def test_frames_leave_the_arguments_alone(
    submission: Any, once: Once, seed: int, device: torch.device
) -> None:
    """training_frames(X, y) leaves X and y as they were."""
    if not once(recorded, submission, seed, device).unchanged:
        raise Mismatch(
            "training_frames changed X or y: work on new tensors, without functions that end in _"
        )
