"""List the packages that notebooks can import while grading, and explain that others are missing.

Both sides use this.
"""

PACKAGES = (
    "torch", "numpy", "pandas", "scipy", "scikit-learn (sklearn)", "matplotlib", "seaborn",
    "plotly", "tqdm",
    "ipywidgets", "anywidget", "einops",
)  # fmt: skip

HAS = f"only {', '.join(PACKAGES[:-1])} and {PACKAGES[-1]} are installed for grading"
"""Said to whoever imports something else."""

NO_KEYBOARD = "input() can't be answered while grading: write the value into the cell"
