"""Load Fashion-MNIST: 70,000 grey pictures of clothes, and which of ten kinds each one shows."""

from __future__ import annotations

import os
from typing import NamedTuple

import torch

from course_lib._arguments import usable_device, whole
from course_lib._fashion_files import Split, load

FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
    "Ankle boot",
)  # fmt: skip
"""What the labels 0 to 9 stand for."""


class Images(NamedTuple):
    """Pictures `X`, float32 from 0 (black) to 1, and their labels `y`, int64 (n,)."""

    X: torch.Tensor
    y: torch.Tensor


def fashion_mnist(
    split: Split,
    flatten: bool = False,
    *,
    limit: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    device: torch.device | str | int | None = None,
) -> Images:
    """The real Fashion-MNIST: 60,000 pictures to train with, or 10,000 to test with.

    X: (n, 28, 28), or (n, 784) with `flatten`; y: (n,), numbers of `FASHION_CLASSES`. `limit`: at
    most so many, the first ones. `device` is the CPU when left out.

        X, y = fashion_mnist("train", flatten=True)

    The files are looked for in this order: in `folder`, or else the folder that the environment
    variable FASHION_MNIST names; where Debian's package dataset-fashion-mnist puts them; in the
    cache; in the network. They are checked and decoded once, into the cache (220 MB; the
    environment variable MLP_COURSE_CACHE names another place for it), and mapped from there: that
    takes no time, and what you write to X changes your X only.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: there is no such split, `limit` is below 1, or the device can't be used here.
        DataError: the data is nowhere, or a file of it is damaged; the message says what to do.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split must be 'train' or 'test', not {split!r}")
    if not isinstance(flatten, bool):
        raise TypeError(f"flatten must be True or False, not {flatten!r}")
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise TypeError(f"folder must be a path, not {folder!r}")
    rows = None if limit is None else whole("limit", limit, 1)
    place = usable_device("cpu" if device is None else device)
    images, labels = map(torch.from_numpy, load(split, folder, rows))
    X = images.flatten(1) if flatten else images
    return Images(X.to(place), labels.to(place))
