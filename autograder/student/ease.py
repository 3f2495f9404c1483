"""Runs on the student's side: make requests that the sandbox can't fulfil harmless.

More threads, workers started anew, a compiler, a window, a keyboard: the room has none of them.
Whoever asks gets the nearest thing that works, at once, instead of an error or a hang.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import importlib
import multiprocessing.context
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import torch
from torch import nn

from autograder.wire.packages import NO_KEYBOARD

PROCESSORS = 4
"""What code is told that asks: enough that a half of them, or
all but one, is still a number of workers.
"""


OPTIONAL = ("lightning", "pytorch_lightning")
"""Packages of optional parts, which say that they are missing: nobody's points need them, and they
would train in every submission. Where grading lacks them anyway, this changes nothing.
"""


def arrange(shell: Any) -> None:
    """Do all of it, in the template, before a notebook runs."""
    for name in OPTIONAL:
        sys.modules[name] = None  # type: ignore[assignment]  # as Python has it: not to be found
    _one_thread()
    _workers_are_forks()
    torch.compile = _compile
    builtins.input = getpass.getpass = _no_keyboard
    # Every backend with a window is the one that shows pictures in the notebook.
    shell.enable_gui = _nothing
    activate = shell.enable_matplotlib
    shell.enable_matplotlib = lambda *_: activate("inline")


def load(name: str) -> None:
    """Import a module that a notebook will ask for, and set up what its first use would."""
    # Where no program is: Matplotlib would ask fontconfig for fonts, which complains that it has no
    # settings here.
    path, os.environ["PATH"] = os.environ["PATH"], "/"
    try:
        importlib.import_module(name)
    except ImportError:
        return  # the environment lacks it: the cell that imports it says so
    finally:
        os.environ["PATH"] = path
    if name in _SET_UP:
        _SET_UP[name](sys.modules[name])


def _one_thread() -> None:
    """OpenMP's own limit is in the environment; this is for
    those who ask PyTorch, or count processors.
    """
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_num_threads = torch.set_num_interop_threads = _asked_for_threads
    real = os.sched_getaffinity

    def affinity(pid: int) -> set[int]:
        own = sorted(real(pid))
        return set([*own, *(n for n in range(PROCESSORS) if n not in own)][:PROCESSORS])

    os.sched_getaffinity = affinity
    os.cpu_count = lambda: PROCESSORS
    if hasattr(os, "process_cpu_count"):
        os.process_cpu_count = lambda: PROCESSORS


def _asked_for_threads(nthreads: int) -> None:
    """What PyTorch says to a number of threads, and no more.

    Raises:
        TypeError: it is no whole number.
        RuntimeError: it is not positive.
    """
    if not isinstance(nthreads, int):
        raise TypeError(f"set_num_threads expects an int, but got {type(nthreads).__name__}")
    if nthreads <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")


def _workers_are_forks() -> None:
    """A worker started anew would import everything, and could
    not import what a notebook defined: it would hang.
    """
    known = multiprocessing.context._concrete_contexts  # type: ignore[attr-defined]
    known["spawn"] = known["forkserver"] = known["fork"]
    # The other strategy needs a program that it starts, and that /dev/shm is everybody's.
    torch.multiprocessing.set_sharing_strategy = _nothing


def _compile(model: Any = None, **options: Any) -> Any:
    """Replace `torch.compile`, for want of a compiler: the result runs as written."""
    if model is None:
        return lambda function: _compile(function, **options)
    if not isinstance(model, nn.Module):
        return model
    from torch._dynamo.eval_frame import OptimizedModule

    return OptimizedModule(model, _as_written)  # type: ignore[arg-type]


def _nothing(*_: Any, **__: Any) -> None:
    """What is asked for is not done, and no harm comes of it."""


def _as_written(function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
    return function


def _no_keyboard(prompt: object = "", *_: Any, **__: Any) -> NoReturn:
    __tracebackhide__ = True  # the student's own line is the one to show
    print(prompt)
    raise EOFError(NO_KEYBOARD)


def _no_windows(pyplot: Any) -> None:
    """A backend that opens windows can't be had: asked for by
    name, it is left at the one that there is.
    """

    def harmless(change: Callable[..., None]) -> Callable[..., None]:
        def asked(backend: str, **options: Any) -> None:
            with contextlib.suppress(ImportError):
                change(backend, **options)

        return asked

    matplotlib: Any = sys.modules["matplotlib"]
    matplotlib.use = harmless(matplotlib.use)
    pyplot.switch_backend = harmless(pyplot.switch_backend)


def _no_monitor(tqdm: Any) -> None:
    tqdm.tqdm.monitor_interval = 0  # its thread would not survive a fork


def _no_search(threadpoolctl: Any) -> None:
    """Don't search /proc, which is empty here, for thread libraries."""
    threadpoolctl.ThreadpoolController._load_libraries = _nothing


_SET_UP: dict[str, Callable[[Any], None]] = {
    "matplotlib.pyplot": _no_windows,
    "tqdm": _no_monitor,
    "threadpoolctl": _no_search,
}
"""What is done to a module when it is loaded ahead."""
