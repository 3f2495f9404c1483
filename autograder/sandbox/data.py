"""Prepare the data sets that submissions read: decoded once per run, shared by all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from autograder.core.errors import SandboxError

VARIABLES = {"fashion_mnist": "FASHION_MNIST"}
"""The environment variables by which the library finds a data set."""


class PreparedData:
    """The data sets of one grading run: a folder for each, in which the decoded files are.

    Close it when the sandboxes that show it have ended.

    Raises:
        SandboxError: a data set is not on this machine; the message says how to get it.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="autograder-data-") if names else None
        self.folders: dict[str, str] = {}
        for name in names:
            from autograder.sandbox import fashion_mnist  # imports NumPy

            assert self._folder is not None
            folder = Path(self._folder.name) / name
            folder.mkdir()
            try:
                fashion_mnist.prepare(folder)
            except SandboxError:
                self.close()
                raise
            self.folders[name] = str(folder)

    def close(self) -> None:
        """Delete the folders."""
        if self._folder is not None:
            self._folder.cleanup()


def files(folders: Mapping[str, str], place: Path) -> Iterator[tuple[Path, Path]]:
    """The files of prepared data: where they are below `place`, and where on this machine."""
    for name, folder in folders.items():
        for path in sorted(Path(folder).iterdir()):
            yield place / name / path.name, path.resolve()


def environment(folders: Mapping[str, str], place: Path | None) -> dict[str, str]:
    """The variables by which the library finds prepared data, where it is or below `place`."""
    return {
        VARIABLES[name]: folder if place is None else str(place / name)
        for name, folder in folders.items()
    }
