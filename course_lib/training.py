"""One training loop for the whole course: full batch, mean
squared error, Adam, with the way there kept.

It does what a loop over `nn.MSELoss` and `torch.optim.Adam` does, bit for bit, on every device.
Small networks on the CPU train in less than half the time, and however long the training is, only
some predictions are kept.
"""

import contextlib
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from course_lib._arguments import number, usable_device, whole
from course_lib._fast_adam import FastAdam
from course_lib._quick_modules import quick_modules

# predictions that a training keeps when nothing else is said, the untrained model's not counted
FRAMES = 100
LONGEST_STRETCH = 256  # steps between two looks at the losses and the clock
QUICK = 0.1  # seconds that such a stretch should not exceed
PATIENCE = 0.5  # seconds until progress is shown, and between two updates of it

_mse: Any = torch._C._nn.mse_loss  # what nn.MSELoss calls; 1 stands for the mean


class TrainingDiverged(RuntimeError):  # noqa: N818 - what happened, not a mistake in the program
    """A loss or the last prediction is not finite.

    `step`: how many steps had been taken by then.
    """

    def __init__(self, what: str, step: int, lr: float) -> None:
        slower = f"a learning rate below {lr:g}, or " if step else ""
        super().__init__(
            f"{what} after {step} steps: try {slower}data or initial weights that are smaller"
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
    """Train a model by `epochs` steps of Adam (default betas) on
    the mean squared error over all rows.

    X: (n, …), what the model takes; y: (n, d), what it should give; floating point, of the model's
    dtype. Model and data are brought to `device`, by default that of the model's first parameter;
    the model stays there.

    Frame 0 of the trajectory is the prediction of the untrained model, then comes one after every
    `record_every` steps and one after the last step. Left out, `record_every` is epochs / 100,
    rounded up: at most 101 frames, however long the training is. A frame is the prediction that the
    next step is made from. Only the last takes a forward pass of its own, on copies of parameters
    and buffers and of torch's random state.

    The model trains in the mode that it is in, `train()` or `eval()`. Afterwards its parameters
    have no gradients. `progress` shows a line on stderr once the training has taken half a second.

    An interruption (Ctrl-C) ends the training: what was reached is returned, or, when not even the
    first prediction was, KeyboardInterrupt goes on.

    Raises:
        TypeError, ValueError: an argument can't be used, or the model's first prediction is not of
            the shape and dtype of y; the parameters are then as before.
        TrainingDiverged: a loss or the last prediction is not finite; the parameters are then of no
            use.
    """
    _check_model(model)
    _check_data("X", X)
    _check_data("y", y)
    if y.ndim != 2 or y.shape[1] == 0:
        raise ValueError(f"y must have shape (n, d), not {tuple(y.shape)}")
    if len(X) != len(y):
        raise ValueError(f"X and y must have as many rows as each other, not {len(X)} and {len(y)}")
    lr = number("lr", lr, positive=True)
    epochs = whole("epochs", epochs, 1)
    every = (
        default_interval(epochs) if record_every is None else whole("record_every", record_every, 1)
    )
    place = next(model.parameters()).device if device is None else usable_device(device)
    line = _Line(epochs) if progress else None
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
        line: "_Line | None",
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
        """Take all steps, in stretches: the losses stay on their
        device meanwhile, and nothing waits for it.
        """
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
            _check_prediction(prediction, self._X, self._y)
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
        """The prediction of the model as it is now, (n, d), made
        with copies of its parameters and buffers.
        """
        model, gpus = self._model, [self._X.device] if self._X.device.type == "cuda" else []
        copies = {
            name: t.detach().clone()
            for name, t in (*model.named_parameters(), *model.named_buffers())
        }
        with torch.no_grad(), torch.random.fork_rng(gpus):
            prediction: torch.Tensor = functional_call(model, copies, (self._X,))
        return prediction


class _Line:
    """The line on stderr that says how far a training is."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._start = self._shown = time.monotonic()
        self._text = ""

    def show(self, step: int, loss: float) -> None:
        """Say it, unless the last time, or the start, is less than PATIENCE ago."""
        now = time.monotonic()
        if now - self._shown >= PATIENCE or (self._text and step == self._epochs):
            rate = step / (now - self._start)
            text = f"step {step} of {self._epochs}, loss {loss:.4g}, {rate:,.0f} steps/s"
            print("\r" + text.ljust(len(self._text)), end="", file=sys.stderr, flush=True)
            self._shown, self._text = now, text

    def end(self) -> None:
        """Leave the line, if there is one."""
        if self._text:
            print(file=sys.stderr, flush=True)


def _check_model(model: object) -> None:
    if isinstance(model, type):
        raise TypeError(
            f"model must be a module, not the class {model.__name__}: make one with "
            f"{model.__name__}(…)"
        )
    if not isinstance(model, nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise TypeError(f"model must be an ordinary nn.Module, not {type(model).__name__}")
    parameters = list(model.parameters())
    if not any(p.requires_grad for p in parameters):
        found = f"all of its {len(parameters)} are frozen" if parameters else "it has none at all"
        raise ValueError(f"model must have a parameter that can be trained: {found}")


def _check_data(name: str, value: object) -> None:
    if not isinstance(value, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, not {type(value).__name__}")
    if not value.is_floating_point():
        raise TypeError(
            f"{name} must hold floating-point numbers, not {value.dtype}: see {name}.float()"
        )
    if value.ndim == 0 or len(value) == 0:
        raise ValueError(f"{name} must have at least one row, not shape {tuple(value.shape)}")
    bad = value.isfinite().logical_not().nonzero()
    if len(bad):
        raise ValueError(
            f"{name} must hold finite numbers only: there is another one in row {int(bad[0, 0])}"
        )


def _check_prediction(prediction: object, X: torch.Tensor, y: torch.Tensor) -> None:
    if not isinstance(prediction, torch.Tensor):
        raise TypeError(f"model must return a tensor, not {type(prediction).__name__}")
    if prediction.shape != y.shape:
        shapes = (
            f"X, {tuple(X.shape)}, into predictions of y's shape, {tuple(y.shape)}, not "
            f"{tuple(prediction.shape)}"
        )
        raise ValueError(f"model must turn {shapes}")
    if prediction.dtype != y.dtype:
        raise ValueError(
            f"model must return predictions of y's dtype, {y.dtype}, not {prediction.dtype}"
        )
    if not prediction.requires_grad:
        raise ValueError(
            "model must return predictions that depend on a parameter that can be trained"
        )
