"""How far a classifier's probabilities can be trusted."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from course_lib._arguments import whole
from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import Properties, check_view, figure, short
from course_lib._themes import SERIES, THEMES

SLACK = 1e-3  # by which probabilities of a sample may miss 1, in half precision say


def calibration(
    probabilities: Values,
    y: Values,
    *,
    bins: int = 10,
    title: str | None = None,
    theme: str = "auto",
) -> go.Figure:
    """How many answers are right, by the probability that the classifier gave them.

    probabilities: (n, classes), as softmax gives them; y: (n,). The answers are sorted by the
    probability of the predicted class into `bins` of equal width. A bar's height is the share of
    right answers in it, a diamond their mean probability: on a calibrated classifier's picture all
    bars end at their diamonds. The bars below count the answers. The title has the expected
    calibration error, the mean distance from bar to diamond, weighted by count.

    Raises:
        TypeError: `bins` is no whole number.
        ValueError: rows of probabilities don't add up to 1, y holds no numbers of classes, `bins`
            is below 1, or `theme` is unknown.
    """
    check_view(theme)
    share = finite_array("probabilities", probabilities, (None, None))
    wrong = (share < -SLACK).any(axis=1) | (np.abs(share.sum(axis=1) - 1) > SLACK)
    if wrong.any():
        raise ValueError(
            "probabilities must be at least 0 and add up to 1 in each row, as softmax gives them; "
            f"row {int(np.flatnonzero(wrong)[0])} does not"
        )
    labels = finite_array("y", y, (len(share),))
    if not np.isin(labels, np.arange(share.shape[1])).all():
        raise ValueError(f"y must hold whole numbers from 0 to {share.shape[1] - 1}")
    count = whole("bins", bins, 1)
    sure, right = share.max(axis=1), share.argmax(axis=1) == labels
    place = np.clip((sure * count).astype(np.int64), 0, count - 1)
    counts = np.bincount(place, minlength=count).astype(np.int64)
    with np.errstate(invalid="ignore"):  # an empty bin has no share
        hit = np.bincount(place, right, count) / counts
        said = np.bincount(place, sure, count) / counts
    error = float(np.nansum(np.abs(hit - said) * counts) / counts.sum())
    text = f"Expected calibration error {short(error)}"
    text = text if title is None else f"{title}: {text[0].lower()}{text[1:]}"
    return figure(_traces(counts, hit, said, theme), LAYOUT, theme, text, 520)


LAYOUT: Properties = {
    "xaxis": {"title": {"text": "probability of the predicted class"}, "range": [0, 1],
              "nticks": 6, "anchor": "y2"},
    "yaxis": {"title": {"text": "share of right answers"}, "range": [0, 1.02], "nticks": 6,
              "domain": [0.32, 1]},
    "yaxis2": {"title": {"text": "answers"}, "domain": [0, 0.22], "nticks": 3, "anchor": "x"},
    "bargap": 0.08, "legend": {"orientation": "h", "y": -0.2, "yanchor": "top"},
}  # fmt: skip


def _traces(counts: NDArray[np.int64], hit: Array, said: Array, theme: str) -> list[Properties]:
    n, (blue, red, *_), ink = len(counts), SERIES[theme], THEMES[theme].ink
    edges = np.arange(n + 1) / n
    middle = (edges[:-1] + edges[1:]) / 2
    told = [
        f"from {short(low)} to {short(high)}: {total:,} answers"
        + (f",<br>{share:.1%} right, mean probability {mean:.1%}" if total else "")
        for low, high, total, share, mean in zip(
            edges[:-1], edges[1:], counts.tolist(), hit, said, strict=True
        )
    ]
    full = counts > 0
    return [
        {"type": "bar", "x": middle, "y": hit, "name": "right answers", "marker": {"color": blue},
         "hovertext": told, "hoverinfo": "text"},
        {"x": [0, 1], "y": [0, 1], "mode": "lines", "name": "calibrated", "hoverinfo": "skip",
         "line": {"color": ink, "dash": "dash", "width": 1.5}},
        {"x": said[full], "y": said[full], "mode": "markers", "name": "mean probability",
         "hoverinfo": "skip", "marker": {"symbol": "diamond", "size": 10, "color": red,
         "line": {"color": ink, "width": 1}}},
        {"type": "bar", "x": middle, "y": counts, "yaxis": "y2", "name": "count",
         "marker": {"color": "#888888"}, "showlegend": False, "hovertext": told,
         "hoverinfo": "text", "text": [f"{total:,}" for total in counts.tolist()],
         "textposition": "outside", "textangle": 0, "cliponaxis": False, "textfont": {"size": 10}},
    ]  # fmt: skip
