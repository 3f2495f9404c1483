"""Prepare Fashion-MNIST for submissions; the last 5,000 of its test images are held out.

What the sandbox has as the test split is the first 5,000, twice. So hidden suites can judge by
images that no submission has seen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autograder.core.errors import SandboxError

# Without torch: this process may be one that only feeds workers.
from course_lib._fashion_files import PARTS, Part, load, save
from course_lib._idx import DataError

SHOWN = 5_000
"""So many of the 10,000 test images may be seen by submissions."""


def prepare(folder: Path) -> None:
    """Put links to the decoded training images into a folder, and the test images' first half.

    Raises:
        SandboxError: the data set is not on this machine; the message says how to get it.
    """
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
