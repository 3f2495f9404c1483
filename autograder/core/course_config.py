"""Read a course directory's nbgrader_config.py in the same way as nbgrader does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from traitlets.config import Config, PyFileConfigLoader

from autograder.core.assignment import REPOSITORY
from autograder.core.errors import UsageError

CONFIG = "nbgrader_config.py"
SETTINGS = ("attempts", "limits")
"""What `c.Autograder` has."""


def read(root: Path) -> Config:
    """The configuration of the course directory `root`; empty if it has none.

    Raises:
        UsageError: the file can't be read.
    """
    if not (root / CONFIG).is_file():
        return Config()
    try:
        config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:  # noqa: BLE001 - it is a program: anything may come of it
        raise UsageError(
            f"{root / CONFIG} can't be read ({type(error).__name__}: {error})"
        ) from None
    old = sorted(name for name in _names(config) if not _exists(name))
    if old:
        raise UsageError(
            f"{root / CONFIG} belongs to another version of this engine: it names "
            f"{old[0]}, which this version does not have. Copy {REPOSITORY / CONFIG} there, and "
            "make your own changes again."
        )
    return config


def own(root: Path, setting: str) -> dict[str, Any]:
    """What the file sets as `c.Autograder.<setting>`; empty if it does not.

    Raises:
        UsageError: the file can't be read, sets something that this engine does not know, or no
            dict.
    """
    found = read(root).get("Autograder", {})
    if unknown := sorted(set(found) - set(SETTINGS)):
        raise UsageError(
            f"{root / CONFIG}: there is no setting c.Autograder.{unknown[0]}; write one of "
            f"{', '.join(SETTINGS)}"
        )
    value = found.get(setting, {})
    if not isinstance(value, dict):
        raise UsageError(f"{root / CONFIG}: c.Autograder.{setting} must be a dict")
    return value


def _names(value: object) -> Iterator[str]:
    """The names of this engine's classes in a configuration."""
    if isinstance(value, str) and re.fullmatch(r"autograder(\.\w+)+", value):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _names(item)


def _exists(name: str) -> bool:
    """Whether there is such a class in this engine; its module is not imported."""
    try:
        return find_spec(name.rpartition(".")[0]) is not None
    except ModuleNotFoundError:
        return False
