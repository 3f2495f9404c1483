"""The colours of figures: for light pages, for dark ones, and for both."""

from functools import cache
from typing import Any, NamedTuple

import plotly.io


class Theme(NamedTuple):
    """The colours of a figure beside those of its curves and points."""

    template: str
    """Plotly's template that the figure's own is made from."""
    ink: str
    """Of text, lines and markers."""
    label: str
    """Behind a label on top of a picture."""
    label_ink: str
    """Of the text of such a label."""
    paper: str
    """Inside of a circle or a square that holds a text or hides what is behind it."""
    paper_ink: str
    """Of the text in there."""


CLEAR = "rgba(0,0,0,0)"
# No kernel knows how the page around its figures looks: JupyterLab, VS Code and our own pages can
# each be light or dark. So "auto" has no background, and a grey that shows on white and on black.
THEMES = {
    "auto": Theme(
        "plotly_white", "#7F7F7F", "rgba(255,255,255,0.9)", "#222222", "#F4F4F4", "#222222"
    ),
    "light": Theme(
        "plotly_white", "#222222", "rgba(255,255,255,0.75)", "#222222", "#FFFFFF", "#222222"
    ),
    "dark": Theme("plotly_dark", "#F2F2F2", "rgba(0,0,0,0.65)", "#F2F2F2", "#111111", "#F2F2F2"),
}
# Okabe and Ito's colours, and in which order lines and markers take them, so that they show on
# white and on black; on either, a lighter blue does.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442"
)  # fmt: skip
GREY = "#888888"
SERIES = {
    "auto": ("#1F8AD0", VERMILION, GREEN, PURPLE, ORANGE, SKY),
    "light": (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY),
    "dark": (SKY, ORANGE, GREEN, PURPLE, YELLOW, VERMILION),
}


@cache
def template_of(theme: str) -> dict[str, Any]:
    """A theme's template: one of Plotly's, reduced to the kinds of traces used here."""
    look = THEMES[theme]
    template: dict[str, Any] = plotly.io.templates[look.template].to_plotly_json()
    layout = template["layout"]
    if theme == "auto":
        line = {"gridcolor": "rgba(128,128,128,0.25)", "linecolor": "rgba(128,128,128,0.4)",
                "zerolinecolor": "rgba(128,128,128,0.45)"}  # fmt: skip
        layout = {
            **layout, "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR,
            "font": {"color": look.ink}, "xaxis": {**layout["xaxis"], **line},
            "yaxis": {**layout["yaxis"], **line},
            "sliderdefaults": {"bgcolor": "#AAAAAA", "bordercolor": "#888888", "borderwidth": 1},
            "modebar": {"bgcolor": CLEAR, "color": "#9A9A9A", "activecolor": look.ink},
        }  # fmt: skip
    return {"data": {"scatter": template["data"]["scatter"]}, "layout": layout}
