"""Find Fashion-MNIST, or download it, and decode it once, into files that are mapped afterwards.

The decoded files (`train-images.npy`, …) lie in the cache, for all programs of this account: to
load them takes no time and, as long as nobody writes to the arrays, no memory of one's own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from course_lib._caches import usual_cache
from course_lib._idx import DataError, Wanted, read_idx

Split = Literal["train", "test"]
FOLDER = "FASHION_MNIST"
"""The environment variable that names a folder with the files."""
CACHE = "MLP_COURSE_CACHE"
"""The environment variable that names another cache than this system's usual one."""
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package `dataset-fashion-mnist` has its files."""
MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
TIMEOUT = 15
"""Seconds that a mirror may be silent."""
LARGEST = 2**26
"""Bytes that are taken from a mirror; the largest file has 27 million."""
STEP = 2_000
"""Images that are converted at a time."""


@dataclass(frozen=True)
class Part:
    """A file of the data: its published name, its name in the cache, and what it must hold.

    The digests are those of the unpacked files of Debian's package dataset-fashion-mnist,
    0.0~git20200523.55506a9-1: mirrors pack the same numbers differently.
    """

    published: str
    decoded: str
    wanted: Wanted
    dtype: type[np.float32] | type[np.int64]

    def convert(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Grey values as numbers from 0 to 1, labels as 64-bit integers; these stay as they are."""
        if numbers.dtype == self.dtype:
            return np.ascontiguousarray(numbers)
        if self.dtype is np.int64:
            return numbers.astype(np.int64)
        grey: NDArray[np.float32] = np.divide(numbers, np.float32(255), dtype=np.float32)
        return grey


def _images(published: str, split: str, n: int, sha256: str) -> Part:
    return Part(published, f"{split}-images.npy", Wanted((n, 28, 28), sha256), np.float32)


def _labels(published: str, split: str, n: int, sha256: str) -> Part:
    return Part(published, f"{split}-labels.npy", Wanted((n,), sha256), np.int64)


PARTS: dict[Split, tuple[Part, Part]] = {
    "train": (
        _images(
            "train-images-idx3-ubyte", "train", 60_000,
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        _labels(
            "train-labels-idx1-ubyte", "train", 60_000,
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
    ),
    "test": (
        _images(
            "t10k-images-idx3-ubyte", "test", 10_000,
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        _labels(
            "t10k-labels-idx1-ubyte", "test", 10_000,
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
    ),
}  # fmt: skip


def load(
    split: Split, folder: str | os.PathLike[str] | None = None, rows: int | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The images, float32 (n, 28, 28), and labels, int64 (n,), of a split, or its first rows.

    They are mapped copy-on-write: writing to them changes no file.

    Raises:
        DataError: the data is nowhere, or a file of it is damaged; the message says what to do.
    """
    named = folder if folder is not None else os.environ.get(FOLDER) or None
    images, labels = PARTS[split]
    if named is not None:
        where = f"the folder {Path(named)}" + (f", named by {FOLDER}," if folder is None else "")
        return (
            _of_folder(images, Path(named), where, rows),
            _of_folder(labels, Path(named), where, rows),
        )
    return _of_machine(images, rows), _of_machine(labels, rows)


def cache() -> Path:
    """The folder of decoded files."""
    named = os.environ.get(CACHE)
    return (Path(named) if named else usual_cache()) / "fashion-mnist"


def save(path: Path, part: Part, numbers: NDArray[Any]) -> bool:
    """Write numbers of a part as a decoded file, all of it or nothing; whether that worked."""
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            head = {"descr": np.dtype(part.dtype).str, "fortran_order": False}
            np.lib.format.write_array_header_1_0(file, {**head, "shape": numbers.shape})
            for start in range(0, len(numbers), STEP):
                file.write(part.convert(numbers[start : start + STEP]).data)
        Path(temporary).chmod(0o644)
        # Others that write the same at the same time write the same bytes; the last one stays.
        Path(temporary).replace(path)
    except OSError:  # no space, no right to write here, or a file that Windows holds open
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        return False
    return True


def _of_folder(part: Part, folder: Path, where: str, rows: int | None) -> NDArray[Any]:
    """A part out of a folder of published files, or of files that were decoded before."""
    decoded = folder / part.decoded
    if _is_there(decoded):
        return _mapped(decoded, part, rows)
    source = _published(part, folder)
    if source is None:
        raise DataError(f"{where} has no file {part.published} or {part.published}.gz")
    return _of_file(part, source, rows)


def _of_machine(part: Part, rows: int | None) -> NDArray[Any]:
    """A part of Debian's package, of the cache or, where neither has it, out of the network."""
    source = _published(part, DEBIAN)
    if source is not None:
        return _of_file(part, source, rows)
    kept = cache() / part.decoded
    fault = ""
    if _is_there(kept):
        try:
            return _mapped(kept, part, rows)
        except DataError as error:
            fault = f"{error}. "
    with tempfile.TemporaryDirectory() as folder:
        return _kept(part, _download(part, Path(folder), fault), rows)


def _published(part: Part, folder: Path) -> Path | None:
    """The published file in a folder, packed or not; None: it is not there."""
    for name in (part.published, f"{part.published}.gz"):
        if _is_there(folder / name):
            return folder / name
    return None


def _is_there(path: Path) -> bool:
    """Whether there is such a file; no where nobody lets us look."""
    try:
        return path.exists()
    except OSError:
        return False


def _of_file(part: Part, source: Path, rows: int | None) -> NDArray[Any]:
    """A part out of a published file, or out of the cache if that very file was decoded before."""
    seal = cache() / "verified" / _seal(source, part)
    if _is_there(seal):
        with contextlib.suppress(DataError):
            return _mapped(cache() / part.decoded, part, rows)
    found = _kept(part, read_idx(source, part.wanted), rows)
    with contextlib.suppress(OSError):
        seal.parent.mkdir(parents=True, exist_ok=True)
        seal.touch()
    return found


def _seal(source: Path, part: Part) -> str:
    """A name for a file as it is now: it is another one as soon as somebody writes to the file."""
    try:
        state = source.stat()
    except OSError as error:
        raise DataError(f"{source} can't be read ({error.strerror})") from None
    text = f"{source.resolve()} {state.st_size} {state.st_mtime_ns} {part.wanted.sha256}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _kept(part: Part, numbers: NDArray[np.uint8], rows: int | None) -> NDArray[Any]:
    """The decoded numbers, mapped from the cache; in memory where nothing can be written."""
    path = cache() / part.decoded
    if save(path, part, numbers):
        with contextlib.suppress(DataError):
            return _mapped(path, part, rows)
    return part.convert(numbers[:rows])


def _mapped(path: Path, part: Part, rows: int | None) -> NDArray[Any]:
    """Map a decoded file, or its first rows, copy-on-write.

    Raises:
        DataError: it is not a whole file of that part.
    """
    shape = part.wanted.shape
    try:
        with path.open("rb") as file:
            if np.lib.format.read_magic(file) != (1, 0):
                raise ValueError("another version of the format")
            found = np.lib.format.read_array_header_1_0(file)
            whole = file.tell() + np.dtype(part.dtype).itemsize * int(np.prod(shape))
            if found != (shape, False, np.dtype(part.dtype)) or path.stat().st_size != whole:
                raise ValueError("another shape, type or size")
            some = (min(shape[0], rows or shape[0]), *shape[1:])
            return np.memmap(file, part.dtype, "c", file.tell(), some)
    except OSError as error:
        raise DataError(f"{path} can't be read ({error.strerror or error})") from None
    except ValueError as error:
        raise DataError(
            f"{path} is not the file of {part.decoded.partition('.')[0]} that was written there "
            f"({error}); delete it"
        ) from None


def _download(part: Part, folder: Path, fault: str) -> NDArray[np.uint8]:
    """Download a part from the first mirror that gives it whole.

    Raises:
        DataError: none does; the message names every way to the data.
    """
    tried = []
    for mirror, own in zip(MIRRORS, map(str, range(len(MIRRORS))), strict=True):
        path = folder / own / f"{part.published}.gz"
        try:
            _fetch(mirror, path)
            return read_idx(path, part.wanted)
        except DataError as error:
            tried.append(f"{mirror}: {error}".replace(str(path), path.name))
        except (OSError, ImportError) as error:
            cause = getattr(error, "reason", None)  # of urllib's own errors
            kind = type(cause if isinstance(cause, OSError) else error).__name__
            tried.append(f"{mirror}: {kind}")
    raise DataError(
        f"{fault}Fashion-MNIST is not on this machine, and {part.published} could not be "
        f"downloaded ({'; '.join(tried)}). Do one of these: (1) name a folder with its files, as "
        f"folder= or in the environment variable {FOLDER}; (2) on Debian or Ubuntu, install its "
        "package: apt-get install dataset-fashion-mnist; (3) copy the cache, "
        f"{cache()}, from a machine that has the data; (4) connect to a network the first time "
        "that the data is used."
    )


def _fetch(mirror: str, path: Path) -> None:
    """Download one file from one mirror; what it holds is not checked here.

    Raises:
        OSError: the mirror does not give it, or it can't be written.
        ImportError: this Python can't open a secure connection.
    """
    import http.client
    import ssl
    import urllib.request

    print(f"Downloading {path.name} of Fashion-MNIST, once, from {mirror}", file=sys.stderr)
    trusted = ssl.create_default_context()
    with contextlib.suppress(ImportError):  # python.org's Python for macOS brings none of its own
        import certifi

        trusted.load_verify_locations(certifi.where())
    address = f"{mirror}{path.name}"
    path.parent.mkdir()
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT, context=trusted) as answer:
            path.write_bytes(answer.read(LARGEST))
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error
