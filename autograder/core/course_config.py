"""What the nbgrader_config.py of a course directory says, as nbgrader reads it there."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader

from autograder.core.errors import UsageError

CONFIG = "nbgrader_config.py"


def read(root: Path) -> Config:
    """The configuration of the course directory `root`; empty if it has none.

    Raises:
        UsageError: the file can't be read.
    """
    if not (root / CONFIG).is_file():
        return Config()
    try:
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:  # noqa: BLE001 - it is a program: anything may come of it
        raise UsageError(
            f"{root / CONFIG} can't be read ({type(error).__name__}: {error})"
        ) from None
