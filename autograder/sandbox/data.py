"""Prepare the data sets that submissions read: decoded once per run, shared by all of them.

The last 5,000 of Fashion-MNIST's test images are held out: what the sandbox has as the test split
is the first 5,000, twice. So hidden suites can judge by images that no submission has seen.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.core.errors import SandboxError

SHOWN = 5_000
"""So many of the 10,000 test images may be seen by submissions."""
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
            assert self._folder is not None
            folder = Path(self._folder.name) / name
            folder.mkdir()
            try:
                _fashion_mnist(folder)
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


def _fashion_mnist(folder: Path) -> None:
    """Put links to the decoded training images into a folder, and the test images' first half."""
    # Without torch: this process may be one that only feeds workers.
    from course_lib._fashion_files import PARTS, Part, load, save
    from course_lib._idx import DataError

    try:
        train, test = load("train"), load("test", rows=SHOWN)
    except DataError as error:
        raise SandboxError(f"The submissions read Fashion-MNIST: {error}") from None

    def write(part: Part, array: NDArray[np.generic]) -> None:
        if not save(folder / part.decoded, part, array):
            raise SandboxError(
                f"The data that submissions read can't be written to {folder}: free 250 MB there, "
                "or name another folder in the environment variable TMPDIR"
            )

    for part, array in zip(PARTS["train"], train, strict=True):
        kept = _file_of(array)
        if kept is not None:
            (folder / part.decoded).symlink_to(kept)
        else:
            write(part, array)
    for part, array in zip(PARTS["test"], test, strict=True):
        write(part, np.concatenate([array, array]))


def _file_of(array: NDArray[np.generic]) -> Path | None:
    """The decoded file that an array is mapped from, if everybody may read it."""
    if not isinstance(array, np.memmap) or array.filename is None:
        return None
    path = Path(array.filename)
    return path if path.stat().st_mode & 0o004 else None
