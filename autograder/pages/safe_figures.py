"""Make Plotly figures from notebooks safe to draw: known traces only, no links, no code."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

import msgspec

from autograder.core.sanitize import visible

MAX_VALUES = 400_000  # of one figure; typed arrays count as one
MAX_HEIGHT = 1000  # pixels
HEIGHT = 450
"""Pixels of a figure that names no height, as plotly.js draws it in a notebook."""
_NAMES = (
    "scatter bar heatmap contour histogram histogram2d histogram2dcontour box violin pie funnel "
    "waterfall table image scatter3d surface mesh3d cone streamtube isosurface volume "
    "scatterpolar barpolar scatterternary sunburst treemap icicle sankey candlestick ohlc carpet "
    "scattercarpet contourcarpet funnelarea indicator"
)
_TRACES = frozenset(_NAMES.split())
# Drawn by programs that plotly.js makes at run time, which the policy of a page forbids.
_PLAIN = {"scattergl": "scatter", "scatterpolargl": "scatterpolar", "heatmapgl": "heatmap"}
# What draws so and can't be drawn otherwise, and maps, which are fetched.
_OTHERS = (
    "splom parcoords pointcloud choropleth choroplethmap choroplethmapbox densitymap "
    "densitymapbox scattergeo scattermap scattermapbox"
)
_ELSEWHERE = frozenset(_OTHERS.split())
_MARKUP = re.compile(r"</?(?:br|b|i|em|strong|sub|sup|span|extra)\s*/?>", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=]+")
_SUBPLOT = re.compile(r"(?:geo|map|mapbox)\d*")
_BASE64 = re.compile(r"[A-Za-z0-9+/=]*")


class _TooLargeError(Exception):
    pass


def safe_figure(value: Any) -> dict[str, Any] | None:
    """A figure as wide as its page, without links or requests; None if nothing can be drawn."""
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return None
    traces = [trace for trace in value["data"] if isinstance(trace, dict)]
    layout = value.get("layout") if isinstance(value.get("layout"), dict) else {}
    frames = value.get("frames") if isinstance(value.get("frames"), list) else []
    assert isinstance(layout, dict)
    cleaner = _Cleaner()
    try:
        data = [cleaner.clean(trace) for trace in traces if _kind(trace) is not None]
        layout = cleaner.clean(layout)
        moved = [cleaner.clean(frame) for frame in frames or () if isinstance(frame, dict)]
    except _TooLargeError:
        return None
    if not data:
        return None
    layout.pop("width", None)
    height = layout.get("height")
    if not isinstance(height, int | float):
        layout["height"] = HEIGHT
    elif not 50 <= height <= MAX_HEIGHT:
        layout["height"] = MAX_HEIGHT
    layout["autosize"] = True
    return {"data": data, "layout": layout} | ({"frames": moved} if moved else {})


def title_of(figure: dict[str, Any]) -> str:
    """The title of a figure as plain text, or what to call it."""
    title = figure["layout"].get("title")
    text = title.get("text") if isinstance(title, dict) else title
    plain = _MARKUP.sub(" ", text).replace("&lt;", "<").strip() if isinstance(text, str) else ""
    return plain[:200] or "Figure"


def _kind(trace: dict[str, Any]) -> str | None:
    """The type of a trace as it will be drawn; None: it can't be."""
    kind = trace.get("type", "scatter")
    known = _PLAIN.get(kind, kind) if isinstance(kind, str) else None
    return known if known in _TRACES else None


class _Cleaner:
    """Walks one figure and counts what it holds."""

    def __init__(self) -> None:
        self._left = MAX_VALUES

    def clean(self, value: Any, name: str = "") -> Any:
        """Raises _TooLargeError when the figure holds too much."""
        self._left -= 1
        if self._left < 0:
            raise _TooLargeError
        match value:
            case str():
                return _text(value, name)
            case float():
                return value if math.isfinite(value) else None
            case list():
                return [self.clean(item, name) for item in value]
            case dict():
                if name == "template":
                    return _template(msgspec.json.encode(value))
                return {
                    visible(key): self.clean(item, key.rpartition(".")[2])
                    for key, item in value.items()
                    if isinstance(key, str) and not _is_forbidden(key, item)
                }
        return value


@lru_cache(maxsize=16)
def _template(encoded: bytes) -> Any:
    """Plotly's templates are larger than most figures, and are the same in all of them."""
    return _Cleaner().clean(msgspec.json.decode(encoded))


def _is_forbidden(key: str, value: Any) -> bool:
    """Maps; pictures from elsewhere; and what a button would set a trace's type to."""
    last = key.rpartition(".")[2]
    if _SUBPLOT.fullmatch(key.partition(".")[0]) or last == "config":
        return True
    values = value if isinstance(value, list) else [value]
    if last == "source":
        return not all(not isinstance(v, str) or _PICTURE.fullmatch(v) for v in values)
    if last == "type":
        return any(isinstance(v, str) and v in _ELSEWHERE for v in values)
    return False


def _text(text: str, name: str) -> str:
    """Text with the markup that only sets it; every other < is a character."""
    if name == "bdata" and _BASE64.fullmatch(text):
        return text
    if name == "type":
        return _PLAIN.get(text, text)
    if name == "source":
        return text
    text = visible(text)
    if "<" not in text:
        return text
    kept, end = [], 0
    for found in _MARKUP.finditer(text):
        kept += [text[end : found.start()].replace("<", "&lt;"), found.group()]
        end = found.end()
    return "".join([*kept, text[end:].replace("<", "&lt;")])
