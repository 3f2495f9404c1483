"""The heights of a function of two numbers as a map: shades, contour lines and their labels.

plotly.js draws its own contours anew, slowly, for each frame of an animation; lines and a picture
stay as they are.
"""

from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from numpy.typing import NDArray

from course_lib._arrays import Array
from course_lib._figures import Properties
from course_lib._themes import GREY, THEMES
from course_lib.plots._png import png

SHADES = {
    "auto": ("#8090A000", "#8090A080"),
    "light": ("#FFFFFFFF", "#C6D0DAFF"),
    "dark": ("#111111FF", "#48555FFF"),
}  # with their opacity
DECADES = 5  # below the highest point in view, where heights are shown by their logarithm


@dataclass(frozen=True)
class Map:
    """Heights z (rows, columns) over x (columns,) and y (rows,), and what to show of them."""

    x: Array
    y: Array
    z: Array
    view: tuple[float, float, float, float]

    def traces(self, theme: str, avoid: list[tuple[float, float]]) -> list[Properties]:
        """The contour lines, and the labels of some, which keep away from some points."""
        scaled, levels, labels = self._scaled()
        gap, low, size = np.full((1, 2), np.nan), *self._corner_and_sides()
        pieces, texts = [gap], []
        taken = (np.array(avoid, dtype=np.float64).reshape(-1, 2) - low) / size
        for level, label in reversed(list(zip(levels, labels, strict=True))):
            found = level_lines(self.x, self.y, scaled, level)
            for line in found:
                pieces += [line[thinned(line / size, 1 / 120)], gap]
            place = self._place(found, taken) if label and found else None
            if place is not None:
                taken = np.concatenate([taken, place[None]])
                texts.append(label)
        path = np.concatenate(pieces).astype("<f4")
        places = low + size * taken[len(avoid) :]
        quiet = {"hoverinfo": "skip", "showlegend": False}
        return [
            {"x": path[:, 0], "y": path[:, 1], "mode": "lines", "name": "contour lines",
             "line": {"color": GREY, "width": 0.7}, **quiet},
            {"x": places[:, 0], "y": places[:, 1], "mode": "text", "name": "heights",
             "text": texts, "textfont": {"size": 11, "color": THEMES[theme].ink}, **quiet},
        ]  # fmt: skip

    def picture(self, theme: str) -> Properties:
        """The shades, as an image of the layout: the higher, the further from the paper's."""
        scaled, levels, _ = self._scaled()
        low, high = levels[0], levels[self._levels_in_view(scaled, levels)]
        share = np.nan_to_num((scaled - low) / ((high - low) or 1.0), nan=1.0)
        step = (self.x[1] - self.x[0], self.y[1] - self.y[0])
        source = _png(np.clip(63 * share[::-1], 0, 63).astype(np.uint8), SHADES[theme])
        return {
            "source": source, "xref": "x", "yref": "y", "layer": "below", "sizing": "stretch",
            "x": float(self.x[0] - step[0] / 2), "y": float(self.y[-1] + step[1] / 2),
            "sizex": float(step[0] * len(self.x)), "sizey": float(step[1] * len(self.y)),
        }  # fmt: skip

    def _corner_and_sides(self) -> tuple[Array, Array]:
        left, right, bottom, top = self.view
        return np.array([left, bottom]), np.array([right - left, top - bottom])

    def _seen(self, z: Array) -> Array:
        """The finite heights in view, (n,)."""
        left, right, bottom, top = self.view
        rows, columns = (self.y >= bottom) & (self.y <= top), (self.x >= left) & (self.x <= right)
        seen = z[np.ix_(rows, columns)]
        return seen[np.isfinite(seen)]

    def _levels_in_view(self, scaled: Array, levels: list[float]) -> int:
        return int(np.searchsorted(levels, self._seen(scaled).max())) - 1

    def _scaled(self) -> tuple[Array, list[float], list[str]]:
        """The heights, or their logarithms where none in view is negative; levels and labels."""
        seen = self._seen(self.z)
        low, high = float(seen.min()), float(seen.max())
        if low >= 0 < high:
            top = ceil(log10(high))
            steps = range(-4 * (DECADES - 1), 4 * 3)
            levels = [top + step / 4 for step in steps]
            labels = [f"{10.0**level:,.10g}" if level % 1 == 0 else "" for level in levels]
            return np.log10(np.maximum(self.z, 10.0 ** (top - 2 * DECADES))), levels, labels
        step = _nice((high - low) / 15)
        numbers = range(ceil(low / step), floor((high + 0.3 * (high - low)) / step) + 1)
        labels = [f"{step * k:.10g}".replace("-", "−") if k % 5 == 0 else "" for k in numbers]
        return self.z, [step * k for k in numbers] or [low], labels or [""]

    def _place(self, lines: list[Array], taken: Array) -> Array | None:
        """Where on a level's lines, in views, its label stands: near a diagonal, away from others.

        None where there is no room.
        """
        low, size = self._corner_and_sides()
        share = (np.concatenate(lines) - low) / size
        free = np.abs(share - 0.5).max(axis=1) < 0.45
        for other in taken:
            across, up = np.abs(share - other).T
            free &= (across > 0.12) | (up > 0.06)
        if not free.any():
            return None
        off = np.abs(share.sum(axis=1) - 0.9) + 0.3 * share[:, 1]
        chosen: Array = share[np.where(free, off, np.inf).argmin()]
        return chosen


def thinned(points: Array, apart: float) -> NDArray[np.int64]:
    """Which of the points (n, 2) a line needs: those this far apart, and both ends."""
    kept = [0]
    for i, (x, y) in enumerate(points.tolist()):
        before = points[kept[-1]]
        if abs(x - before[0]) >= apart or abs(y - before[1]) >= apart:
            kept.append(i)
    return np.unique([*kept, len(points) - 1])


def level_lines(x: Array, y: Array, z: Array, level: float) -> list[Array]:
    """The lines (n, 2) on which z (rows, columns), over x and y, has one value; closed or not."""
    index = np.arange(z.size).reshape(z.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate(
        [np.stack(corners, axis=-1).reshape(-1, 3) for corners in ((a, b, c), (a, c, d))]
    )
    flat = z.ravel()
    above = flat[triangles] > level
    count = above.sum(axis=1)
    cut = np.isfinite(flat[triangles]).all(axis=1) & (count > 0) & (count < 3)
    triangles, above, count = triangles[cut], above[cut], count[cut]
    lone = np.where(count == 1, above.argmax(axis=1), above.argmin(axis=1))
    rows = np.arange(len(triangles))
    tip = triangles[rows, lone]
    others = np.stack([triangles[rows, (lone + k) % 3] for k in (1, 2)], axis=1)
    edges = np.minimum(tip[:, None], others) * z.size + np.maximum(tip[:, None], others)
    known, segments = np.unique(edges, return_inverse=True)
    low, high = np.divmod(known, z.size)
    share = ((level - flat[low]) / (flat[high] - flat[low]))[:, None]
    corners = np.stack([np.tile(x, len(y)), np.repeat(y, len(x))], axis=1)
    points = corners[low] + share * (corners[high] - corners[low])
    return [points[chain] for chain in _chains(segments.reshape(-1, 2).tolist())]


def _chains(segments: list[list[int]]) -> list[list[int]]:
    """Pairs of points, joined to chains: open ones from end to end, closed ones all around."""
    ways: dict[int, list[int]] = {}
    for one, other in segments:
        ways.setdefault(one, []).append(other)
        ways.setdefault(other, []).append(one)
    starts = [*(point for point in ways if len(ways[point]) == 1), *ways]
    chains = []
    for start in starts:
        chain = [start]
        while ways[chain[-1]]:
            following = ways[chain[-1]].pop()
            ways[following].remove(chain[-1])
            chain.append(following)
        if len(chain) > 1:
            chains.append(chain)
    return chains


def _nice(size: float) -> float:
    """The largest of …, 0.1, 0.2, 0.5, 1, 2, 5, … that is no larger, or a little."""
    if size <= 0:
        return 1.0
    power = 10.0 ** floor(log10(size))
    return max(power * k for k in (1, 2, 5) if power * k <= size * 1.001)


def _png(indices: NDArray[np.uint8], shades: tuple[str, str]) -> str:
    """An image of 64 shades (rows, columns) between two, as the address of a picture."""
    first, last = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5, 7)]) for c in shades)
    palette = np.linspace(first, last, 64).round().astype(np.uint8)
    return png(indices, palette[:, :3].tobytes(), palette[:, 3].tobytes())
