"""Train a model with full-batch Adam and mean squared error, and keep losses and predictions.

`train_model` does what this loop does, bit for bit, on every device; small networks on the CPU
train in less than half the time:

    optimizer = torch.optim.Adam(model.parameters(), lr)
    loss_fn = nn.MSELoss()
    losses, trajectory = [], []
    for _ in range(epochs):
        prediction = model(X)
        loss = loss_fn(prediction, y)
        losses.append(loss.item())
        trajectory.append(prediction.detach())  # train_model keeps some of them only
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from course_lib._arguments import number, usable_device, whole
from course_lib._fast_adam import FastAdam
from course_lib._progress_line import ProgressLine
from course_lib._quick_modules import quick_modules
from course_lib._training_arguments import check_data, check_model, check_prediction

FRAMES = 100
"""Predictions that a training keeps at most by default, beside the untrained model's."""
LONGEST_STRETCH = 256  # steps between two looks at the losses and the clock
QUICK = 0.1  # seconds that such a stretch should not exceed

_mse: Any = torch._C._nn.mse_loss  # what nn.MSELoss calls; 1 stands for the mean


class TrainingDiverged(RuntimeError):  # noqa: N818 - what happened, not a mistake in the program
    """A loss or the last prediction is not finite.

    `step`: how many steps had been taken by then.
    """

    def __init__(self, what: str, step: int, lr: float) -> None:
        slower = f"a learning rate below {lr:g}, or " if step else ""
        super().__init__(
            f"{what} after {step} steps: try {slower}smaller data or smaller initial weights"
        )
        self.step = step


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """What a training led to, and the way there. n: rows of the data, d: outputs of the model.

    - `model`: the trained model, the object that was given.
    - `losses`: (steps taken,), the mean squared error before each step, on the CPU.
    - `steps`: for each frame how many steps had been taken, from 0, rising.
    - `trajectory`: (frames, n, d), the predictions after that many steps, on the CPU.
    - `seconds`: how long the training took.
    """

    model: nn.Module = field(repr=False)
    losses: torch.Tensor = field(repr=False)
    steps: list[int] = field(repr=False)
    trajectory: torch.Tensor = field(repr=False)
    seconds: float


def train_model(
    model: nn.Module,
    X: torch.Tensor,
    y: torch.Tensor,
    lr: float = 0.01,
    epochs: int = 1000,
    record_every: int | None = None,
    device: torch.device | str | int | None = None,
    progress: bool = True,
) -> TrainingRun:
    """Train a model by `epochs` steps of Adam (default betas) on the mean squared error of y.

    X: (n, …), what the model takes; y: (n, d), what it should give; floating point, of the model's
    dtype. Model and data are brought to `device`, by default that of the model's first parameter;
    the model stays there.

    Frame 0 of the trajectory is the prediction of the untrained model, then comes one after every
    `record_every` steps and one after the last step. Left out, `record_every` is epochs / 100,
    rounded up: at most 101 frames, however long the training is. A frame is the prediction that the
    next step is made from. Only the last takes a forward pass of its own, on copies of parameters
    and buffers and of torch's random state.

    The model trains in the mode that it is in, `train()` or `eval()`. Afterwards its parameters
    have no gradients. `progress` shows a line once the training has taken half a second.

    An interruption (Ctrl-C) ends the training: what was reached is returned, or, when not even the
    first prediction was, KeyboardInterrupt goes on.

    Raises:
        TypeError, ValueError: an argument can't be used, or the model's first prediction is not of
            the shape and dtype of y; the parameters are then as before.
        TrainingDiverged: a loss or the last prediction is not finite; the parameters are then of no
            use.
    """
    check_model(model)
    check_data(X, y)
    lr = number("lr", lr, positive=True)
    epochs = whole("epochs", epochs, 1)
    every = (
        default_interval(epochs) if record_every is None else whole("record_every", record_every, 1)
    )
    place = next(model.parameters()).device if device is None else usable_device(device)
    line = ProgressLine(epochs) if progress else None
    return _Training(
        model.to(place), X.detach().to(place), y.detach().to(place), lr, epochs, every, line
    ).run()


def default_interval(epochs: int) -> int:
    """The `record_every` of a training when nothing else is said: epochs / 100, rounded up."""
    return -(-epochs // FRAMES)


class _Training:
    """A training under way; arguments are checked."""

    def __init__(
        self,
        model: nn.Module,
        X: torch.Tensor,
        y: torch.Tensor,
        lr: float,
        epochs: int,
        every: int,
        line: "ProgressLine | None",
    ) -> None:
        self._model, self._X, self._y = model, X, y
        self._lr, self._epochs, self._every = lr, epochs, every
        self._line = line
        self._adam = FastAdam(model, lr)
        self._losses = torch.empty(epochs, dtype=y.dtype, device="cpu")
        self._taken = 0  # steps whose losses are in there, and finite
        self._fresh: list[torch.Tensor] = []  # losses since then
        self._trajectory = torch.empty(
            -(-epochs // every) + 1, *y.shape, dtype=y.dtype, device="cpu"
        )
        self._steps: list[int] = []

    def run(self) -> TrainingRun:
        """Train.

        Raises:
            TypeError, ValueError, TrainingDiverged, KeyboardInterrupt: as `train_model`.
        """
        start = time.perf_counter()
        try:
            with torch.enable_grad(), np.errstate(all="ignore"), quick_modules(self._model):
                self._train()
        except KeyboardInterrupt:
            if not self._steps:
                raise
            self._look()
        finally:
            self._adam.clear()
            if self._line is not None:
                self._line.end()
        if self._steps[-1] < self._taken:
            with contextlib.suppress(KeyboardInterrupt):
                self._record(self._taken, self._last_prediction())
        trajectory = self._trajectory[: len(self._steps)]
        if not trajectory[-1].isfinite().all():
            raise TrainingDiverged("the prediction is not finite", self._steps[-1], self._lr)
        seconds = time.perf_counter() - start
        return TrainingRun(
            self._model, self._losses[: self._taken], self._steps, trajectory, seconds
        )

    def _train(self) -> None:
        """Take all steps, in stretches, without waiting for losses on their device."""
        model, X, y, every, step_from = self._model, self._X, self._y, self._every, self._adam.step
        stretch = 16
        while self._taken < self._epochs:
            began = time.perf_counter()
            for step in range(self._taken, min(self._taken + stretch, self._epochs)):
                prediction = model(X)
                if step % every == 0:
                    self._record(step, prediction)
                loss = _mse(prediction, y, 1)
                step_from(loss)
                self._fresh.append(loss.detach())
            self._look()
            quick = time.perf_counter() - began < QUICK
            stretch = min(2 * stretch, LONGEST_STRETCH) if quick else max(stretch // 2, 1)

    def _record(self, step: int, prediction: object) -> None:
        """Keep a prediction, (n, d), as the next frame."""
        if not self._steps:
            check_prediction(prediction, self._X, self._y)
        assert isinstance(prediction, torch.Tensor)
        self._trajectory[len(self._steps)].copy_(prediction.detach())
        self._steps.append(step)

    def _look(self) -> None:
        """Keep the fresh losses.

        Raises:
            TrainingDiverged: one is not finite.
        """
        if not self._fresh:
            return
        end = self._taken + len(self._fresh)
        losses = self._losses[self._taken : end].copy_(torch.stack(self._fresh))
        bad = losses.isfinite().logical_not().nonzero()
        if len(bad):
            first = int(bad[0])
            raise TrainingDiverged(f"the loss is {losses[first]:g}", self._taken + first, self._lr)
        self._taken, self._fresh = end, []
        if self._line is not None:
            self._line.show(end, float(losses[-1]))

    def _last_prediction(self) -> torch.Tensor:
        """The model's present prediction, (n, d), made with copies of parameters and buffers."""
        model, gpus = self._model, [self._X.device] if self._X.device.type == "cuda" else []
        copies = {
            name: t.detach().clone()
            for name, t in (*model.named_parameters(), *model.named_buffers())
        }
        with torch.no_grad(), torch.random.fork_rng(gpus):
            prediction: torch.Tensor = functional_call(model, copies, (self._X,))
        return prediction
