"""The grading engine: one module per step of a submission's way, from intake to record."""

__version__ = "0.1.0"
