"""Describe a code cell of a notebook that is going to run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunnableCell:
    """A code cell to run: its index in the rebuilt notebook, its source, and its task.

    With `check`, a task, there is nothing to run: at this place the task's hidden tests meet the
    notebook. `number` is the cell's place among the notebook's code cells, from 1, as `In[…]`
    counts where all are run in order.
    """

    index: int
    source: str
    task: str | None
    check: str | None = None
    number: int = 0
