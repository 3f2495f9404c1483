"""Make the course's data: points of the plane, each with a target for the network; or pictures.

`fashion_mnist` loads real pictures. Every other function draws on the CPU and moves the result, so
that a seed gives the same data on every device, and draws float32 numbers whatever the dtype, so
that it gives the same data, up to rounding, in every dtype. The global random state is neither read
nor changed.
"""

import math
from typing import NamedTuple

import torch

from course_lib._arguments import number, usable_device, whole
from course_lib._fashion_mnist import FASHION_CLASSES, Images, fashion_mnist
from course_lib._idx import DataError

__all__ = [
    "DTYPES",
    "FASHION_CLASSES",
    "DataError",
    "Dataset",
    "Images",
    "fashion_mnist",
    "linear_by_parts",
    "quadratic",
    "rotation_translation",
]

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


class Dataset(NamedTuple):
    """Points `X` and their targets `y`: tensors of the same shape (rows, 2), dtype and device."""

    X: torch.Tensor
    y: torch.Tensor


def rotation_translation(
    n: int = 100,
    noise: float = 0.01,
    *,
    seed: int | None = None,
    generator: torch.Generator | None = None,
    device: torch.device | str | int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """A cloud of points, turned and moved: what one linear layer can learn exactly.

    X: (n, 2), normal with mean 0 and standard deviation 5. y = X R + (5, 5) + noise · normal, (n,
    2), with R the rotation matrix of 30°: rows are multiplied from the left, so points turn
    clockwise.

    `seed` is 0 when left out; `generator`, a CPU generator to draw from, takes its place. `device`
    is the CPU when left out. `dtype` is float16, bfloat16, float32 or float64.

    Raises:
        TypeError: an argument is of the wrong kind.
        ValueError: n < 1, noise < 0 or not finite, both a seed and a generator, a generator that is
            not on the CPU, a dtype that holds no ordinary real numbers, or a device that can't be
            used here.
    """
    draw = _Draw(n, noise, seed, generator, device, dtype)
    X = draw.normal() * 5
    y = X @ draw.rotation(30) + draw.point(5, 5) + draw.noise()
    return draw.dataset(X, y)


def linear_by_parts(
    n: int = 100,
    noise: float = 0.01,
    *,
    seed: int | None = None,
    generator: torch.Generator | None = None,
    device: torch.device | str | int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """Three clouds of n points, each with its own linear map: too much for one linear layer.

    X and y: (3n, 2). All clouds are normal with standard deviation 1, and `noise` is the standard
    deviation of the normal noise in y:

    | rows | mean of X | y without noise |
    |---|---|---|
    | 0 … n−1 | (3, −3) | 3 X |
    | n … 2n−1 | (0, 0) | X R + (−3, 3), R the rotation matrix of 150° |
    | 2n … 3n−1 | (3, 3) | −5 X |

    The other arguments are those of `rotation_translation`.

    Raises:
        TypeError, ValueError: as `rotation_translation`.
    """
    draw = _Draw(n, noise, seed, generator, device, dtype)
    X1 = draw.normal() + draw.point(3, -3)
    y1 = 3 * X1 + draw.noise()
    X2 = draw.normal()
    y2 = X2 @ draw.rotation(150) + draw.point(-3, 3) + draw.noise()
    X3 = draw.normal() + draw.point(3, 3)
    y3 = -5 * X3 - draw.noise()
    return draw.dataset(torch.cat([X1, X2, X3]), torch.cat([y1, y2, y3]))


def quadratic(
    n: int = 500,
    noise: float = 0.1,
    *,
    seed: int | None = None,
    generator: torch.Generator | None = None,
    device: torch.device | str | int | None = None,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """Points along a diagonal, bent into a curve.

    X: (n, 2), x₁ from −1 to 1 and x₂ from 1 to −1 in equal steps, plus noise · normal. y = 2X + X²
    + 0.5 of that noisy X, (n, 2): y itself has no noise. The other arguments are those of
    `rotation_translation`.

    Raises:
        TypeError, ValueError: as `rotation_translation`.
    """
    draw = _Draw(n, noise, seed, generator, device, dtype)
    rising = torch.linspace(-1, 1, draw.n, dtype=dtype, device="cpu")
    falling = torch.linspace(1, -1, draw.n, dtype=dtype, device="cpu")
    X = torch.stack([rising, falling], dim=1) + draw.noise()
    return draw.dataset(X, 2 * X + X**2 + 0.5)


class _Draw:
    """The checked arguments of a dataset, and what it is made of: CPU tensors of its dtype."""

    def __init__(
        self,
        n: int,
        noise: float,
        seed: int | None,
        generator: torch.Generator | None,
        device: torch.device | str | int | None,
        dtype: torch.dtype,
    ) -> None:
        self.n = whole("n", n, 1)
        self._noise = number("noise", noise, positive=False)
        if not isinstance(dtype, torch.dtype):
            raise TypeError(f"dtype must be a torch.dtype such as torch.float32, not {dtype!r}")
        if dtype not in DTYPES:
            raise ValueError(f"dtype must be float16, bfloat16, float32 or float64, not {dtype}")
        self._dtype = dtype
        self._device = usable_device("cpu" if device is None else device)
        self._generator = _generator(seed, generator)

    def normal(self) -> torch.Tensor:
        """Standard normal numbers, (n, 2)."""
        return torch.randn(
            self.n, 2, generator=self._generator, dtype=torch.float32, device="cpu"
        ).to(self._dtype)

    def noise(self) -> torch.Tensor:
        """Normal numbers of the standard deviation that was asked for, (n, 2)."""
        return self._noise * self.normal()

    def rotation(self, degrees: float) -> torch.Tensor:
        """The matrix [[cos, −sin], [sin, cos]] of an angle."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return torch.tensor([[cos, -sin], [sin, cos]], dtype=self._dtype, device="cpu")

    def point(self, x: float, y: float) -> torch.Tensor:
        return torch.tensor([x, y], dtype=self._dtype, device="cpu")

    def dataset(self, X: torch.Tensor, y: torch.Tensor) -> Dataset:
        return Dataset(X.to(self._device), y.to(self._device))


def _generator(seed: int | None, generator: torch.Generator | None) -> torch.Generator:
    """The generator to draw from.

    Raises:
        TypeError, ValueError: the seed or the generator is not usable, or both are given.
    """
    if generator is None:
        start = 0 if seed is None else whole("seed", seed, 0)
        if start >= 2**63:
            raise ValueError(f"seed must be below 2**63, not {start}")
        return torch.Generator("cpu").manual_seed(start)
    if seed is not None:
        raise ValueError("give either seed or generator, not both")
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator must be a torch.Generator, not {generator!r}")
    if generator.device.type != "cpu":
        raise ValueError(
            f"generator must be on the CPU, not on {generator.device}: data is drawn there, then "
            "moved"
        )
    return generator
