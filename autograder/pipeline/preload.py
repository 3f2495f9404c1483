"""Guess which slow modules a notebook imports, so that the sandbox can import them once for all.

The template imports them when the first such notebook comes, for all notebooks that follow.
"""

from __future__ import annotations

from collections.abc import Iterable

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
