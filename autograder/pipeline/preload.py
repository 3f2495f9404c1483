"""Guess which slow modules a notebook imports, so that the sandbox can import them once for all.

What the release and the solution import, the template imports before it forks the seats; of other
notebooks, a seat imports it when the first one comes, for all that follow.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograder.core.assignment import Assignment
from autograder.core.solution import model_cells

# The first optimizer imports torch._dynamo, and so does code that looks for torch's own
# normalisations in BatchNorm.
_WORDS = {
    "pandas": ("pandas", "seaborn"),
    "plotly.express": ("plotly.express",),
    "torch._dynamo": ("optim", "compile", "BatchNorm"),
    "matplotlib.pyplot": ("matplotlib", "seaborn", "pylab", ".plot", ".hist("),
    "seaborn": ("seaborn",),
    "sklearn": ("sklearn", "joblib"),
    "scipy.stats": ("scipy", "sklearn", "seaborn"),
    "ipywidgets": ("widgets", "FigureWidget"),
    "anywidget": ("anywidget", "FigureWidget"),
    "tqdm": ("tqdm",),
    "tqdm.auto": ("tqdm",),
    "threadpoolctl": ("threadpoolctl", "sklearn", "joblib"),
    "einops": ("einops",),
}
"""Modules that take long to import, and the words by which a notebook shows that it will."""


def modules_for(sources: Iterable[str]) -> list[str]:
    """The slow modules that cells with these sources seem to import."""
    text = "\n".join(sources)
    return [module for module, words in _WORDS.items() if any(word in text for word in words)]


def modules_of(assignment: Assignment) -> list[str]:
    """Those that every submission of an assignment will import, by its release and its solution.

    Raises:
        UsageError: the assignment was not built.
    """
    released = (
        cell["source"] for cell in assignment.released["cells"] if cell["cell_type"] == "code"
    )
    return modules_for([*released, *model_cells(assignment).values()])
