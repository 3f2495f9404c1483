"""Compare speed and results of `train_model` with a plain training loop.

    .venv/bin/python benchmarks/training.py [--epochs 1000] [--repeats 15] [--write]

The plain loop calls model, nn.MSELoss and torch.optim.Adam, keeps every prediction as an array, and
counts its steps on a bar that is rewritten ten times a second. Both loops train the four models of
assignment 03 (width 2, identity as the start) on `linear_by_parts`, 300 rows, on one thread;
`train_model` as a notebook calls it, its progress and its frames included. They take turns, and a
ratio is the median over neighbours, since a machine's speed drifts. Exit status: 1 when a model
trains less than 2.5 times as fast, or when a parameter or buffer is not bit for bit the same.
`--write` puts what is printed into docs/benchmarks.md, under the heading "Training".
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import torch
from report import REPORT, write_section
from torch import nn

from course_lib.datasets import Dataset, linear_by_parts
from course_lib.training import train_model

TARGET = 2.5
RATE = 0.01


class MLP(nn.Module):
    """Linear, ReLU, linear."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first = nn.Linear(size, size)
        self.second = nn.Linear(size, size)
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> Any:
        return self.second(self.relu(self.first(x)))


class Block(MLP):
    """x + linear(ReLU(linear(x)))."""

    def forward(self, x: torch.Tensor) -> Any:
        return x + self.second(self.relu(self.first(x)))


class ResidualMLP(nn.Module):
    """Linear, two residual blocks, linear."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first = nn.Linear(size, size)
        self.block1, self.block2 = Block(size), Block(size)
        self.last = nn.Linear(size, size)

    def forward(self, x: torch.Tensor) -> Any:
        return self.last(self.block2(self.block1(self.first(x))))


class ResidualBatchNormMLP(ResidualMLP):
    """A ResidualMLP with a batch normalisation after each block."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.norm1, self.norm2 = nn.BatchNorm1d(size), nn.BatchNorm1d(size)

    def forward(self, x: torch.Tensor) -> Any:
        x = self.norm1(self.block1(self.first(x)))
        return self.last(self.norm2(self.block2(x)))


MODELS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(2, 2),
    "MLP": lambda: MLP(2),
    "residual": lambda: ResidualMLP(2),
    "residual + batch norm": lambda: ResidualBatchNormMLP(2),
}


@dataclass
class Comparison:
    """Seconds of the paired runs of one model, and whether they all ended in the same state."""

    name: str
    plain: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    same: bool = True

    @property
    def ratio(self) -> float:
        return median(a / b for a, b in zip(self.plain, self.ours, strict=True))


def build(name: str) -> nn.Module:
    """A model whose linear layers are the identity."""
    model = MODELS[name]()
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.eye_(module.weight)
            nn.init.zeros_(module.bias)
    return model


def bar(count: int) -> Iterator[int]:
    """The numbers below `count`; how far they are is on stderr, ten times a second."""
    shown = time.monotonic()
    for n in range(count):
        yield n
        if time.monotonic() - shown > 0.1:
            shown = time.monotonic()
            print(f"\r{n}/{count}", end="", file=sys.stderr, flush=True)


def train_plainly(model: nn.Module, data: Dataset, epochs: int) -> None:
    criterion = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    outputs = [data.X.numpy()]
    for _ in bar(epochs):
        predictions = model(data.X)
        outputs.append(predictions.detach().numpy())
        loss = criterion(predictions, data.y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_with_the_library(model: nn.Module, data: Dataset, epochs: int) -> None:
    train_model(model, data.X, data.y, lr=RATE, epochs=epochs)


def compare(name: str, data: Dataset, epochs: int, repeats: int) -> Comparison:
    """Train a model with both loops in turn, every second time the other way round."""
    found = Comparison(name)
    loops = [(train_plainly, found.plain), (train_with_the_library, found.ours)]
    for repeat in range(repeats):
        states = []
        for train, seconds in loops if repeat % 2 else reversed(loops):
            model = build(name)
            with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
                start = time.perf_counter()
                train(model, data, epochs)
                seconds.append(time.perf_counter() - start)
            states.append(model.state_dict())
        one, two = states
        found.same = found.same and all(torch.equal(one[key], two[key]) for key in one)
    return found


def main() -> int:
    """Run the benchmark; its exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--epochs", type=int, default=1000, help="steps of each training (1000)")
    parser.add_argument(
        "--repeats", type=int, default=15, help="trainings of each model with each loop (15)"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"write the report to {REPORT.name} as well"
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    data, load = linear_by_parts(), os.getloadavg()[0]
    for name in MODELS:  # torch imports some of itself when it is first used
        compare(name, data, 20, 1)
    found = [compare(name, data, arguments.epochs, arguments.repeats) for name in MODELS]
    lines = [
        f"{arguments.epochs} steps, {arguments.repeats} times with each loop in turn. "
        f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}, "
        f"torch {torch.__version__}; load before: {load:.1f}.",
        "",
        "| model | plain loop, steps/s | `train_model`, steps/s | ratio, median | parameters and "
        "buffers |",
        "|---|---|---|---|---|",
    ]
    for c in found:
        plain, ours = (round(arguments.epochs / median(seconds)) for seconds in (c.plain, c.ours))
        state = "the same, bit for bit" if c.same else "DIFFERENT"
        lines.append(f"| {c.name} | {plain} | {ours} | {c.ratio:.2f} | {state} |")
    good = all(c.same and c.ratio >= TARGET for c in found)
    lines += [
        "",
        f"The target, {TARGET} times the plain loop's steps per second, is "
        f"{'met' if good else 'MISSED'}.",
    ]
    print("\n".join(lines))
    if arguments.write:
        write_section("Training", Path(__file__).name, lines)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
