"""Runs on the student's side: use once, in the template, what libraries set up on first use.

Each submission's process would do it again, and each process of its tests. Nothing here runs
autograd or uses several threads: what these start does not survive a fork.
"""

from __future__ import annotations

import torch
from IPython.core.interactiveshell import InteractiveShell

import course_lib.animation
import course_lib.checking
import course_lib.datasets
import course_lib.landscapes
import course_lib.plots
import course_lib.training
from autograder.student import figures, output_capture
from course_lib._seeds import seed_everything


def warm_up(shell: InteractiveShell) -> None:
    """Seed, compute, draw and show something."""
    shell.run_cell("pass")
    output_capture.warm_up(shell)
    seed_everything(0)  # imports what seeds each kind of accelerator
    torch.relu(torch.randn(2, 2) @ torch.linspace(0, 1, 2))  # asks /proc about the processor
    layer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    torch.nn.functional.mse_loss(layer(torch.ones(1, 2)), torch.zeros(1, 2))
    repr(torch.ones(2, requires_grad=True) * 0.5)
    figure = course_lib.plots.fold()  # Plotly's templates and renderers
    figure._repr_mimebundle_()
    figures.figure_json(figure)
