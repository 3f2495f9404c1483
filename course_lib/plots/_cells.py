"""Cut a square of the plane into the regions, convex polygons, in which no ReLU switches."""

from collections.abc import Callable

import numpy as np

from course_lib._arrays import Array
from course_lib._notes import CannotDrawError

Layers = Callable[[Array], list[Array]]
"""From points (n, 2) to the pre-activations (n, units) of each layer."""
MAX_REGIONS = 20_000
"""More take long to find and to draw, and nobody can tell them apart."""


def cut_plane(layers: Layers, extent: float) -> tuple[list[tuple[str, Array]], list[list[Array]]]:
    """The pattern and the corners (k, 2) of every region in view, and each layer's borders (2, 2).

    Where the layers before it do not switch, a layer's pre-activation is an affine function of the
    plane, so its values at the corners of a region determine it. These values are cut together with
    the region.

    Raises:
        ValueError: there are more than MAX_REGIONS regions.
    """
    cells = [("", square(extent))]
    borders: list[list[Array]] = []
    scale = 0.0
    while len(found := layers(np.concatenate([polygon for _, polygon in cells]))) > len(borders):
        z = found[len(borders)]
        sizes = np.abs(z).max(axis=0)
        # Rounding in the layers before may turn a zero into such a small number.
        sliver = np.maximum(1e-9 * sizes, 1e-13 * scale)
        scale = max(scale, float(sizes.max()))
        ends = np.cumsum([len(polygon) for _, polygon in cells])[:-1]
        parts: list[tuple[str, Array]] = []
        borders.append([])
        for (pattern, polygon), values in zip(cells, np.split(z, ends), strict=True):
            whole = [np.hstack([polygon, values])]
            while whole:
                rows = whole.pop()
                on, off = rows[:, 2:].max(axis=0) > sliver, rows[:, 2:].min(axis=0) < -sliver
                cuts = np.flatnonzero(on & off)
                if len(cuts):
                    halves, border = _split(rows, rows[:, 2 + cuts[0]])
                    whole += halves
                    borders[-1].append(border[:, :2])
                else:
                    parts.append(
                        (pattern + (on + np.uint8(ord("0"))).tobytes().decode(), rows[:, :2])
                    )
                if len(parts) + len(whole) > MAX_REGIONS:
                    raise CannotDrawError(
                        f"There are more than {MAX_REGIONS:,} regions in view: choose a smaller "
                        "extent."
                    )
        cells = parts
    return cells, borders


def _split(rows: Array, z: Array) -> tuple[list[Array], Array]:
    """Both parts of a convex polygon, cut where an affine function z is 0; and the cut, (2, …).

    z has the shape (k,), a value at each corner. A row, (k, 2 + …), is a corner and the values that
    affine functions have there.
    """
    cut = crossings(rows, z)
    parts = []
    for side in (z > 0, z <= 0):
        part = np.concatenate([rows[side], cut])
        x, y = (part[:, :2] - part[:, :2].mean(axis=0)).T
        parts.append(part[np.argsort(np.arctan2(y, x))])  # anticlockwise again
    return parts, cut


def crossings(rows: Array, z: Array) -> Array:
    """The points (0 or 2, …) where a convex polygon's edges cross from z > 0 to z ≤ 0 or back.

    z, (k,), has the values of an affine function at the corners.
    """
    following, after = np.concatenate([rows[1:], rows[:1]]), np.concatenate([z[1:], z[:1]])
    at = np.flatnonzero((z > 0) != (after > 0))
    share = z[at] / (z[at] - after[at])
    points: Array = rows[at] + (following[at] - rows[at]) * share[:, None]
    return points


def area_and_centre(polygon: Array) -> tuple[float, Array]:
    """The area and the centre of mass (2,) of a convex polygon (k, 2), corners anticlockwise."""
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - following[:, 0] * polygon[:, 1]
    return float(cross.sum()) / 2, ((polygon + following) * cross[:, None]).sum(axis=0) / (
        3 * cross.sum()
    )


def square(extent: float) -> Array:
    """The corners (4, 2) of the square from -extent to extent, anticlockwise."""
    return extent * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
