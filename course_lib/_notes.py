"""Figures of which nothing is drawn: they say why.

What a learner chose, an activation, say, is no mistake in the cell that draws it, and should not
stop a notebook.
"""

from textwrap import wrap

import plotly.graph_objects as go

from course_lib._figures import Properties, figure


class CannotDrawError(Exception):
    """A figure can't show a learner's model; the message is a sentence for its place."""


def note(reason: str, theme: str) -> go.Figure:
    """A figure with a sentence in the place of its picture."""
    bare: Properties = {"visible": False, "fixedrange": True}
    text = {"text": "<br>".join(wrap(reason, 44)), "xref": "paper", "yref": "paper", "x": 0.5,
            "y": 0.5, "showarrow": False, "align": "left", "font": {"size": 14}}  # fmt: skip
    layout = {"xaxis": bare, "yaxis": bare, "annotations": [text]}
    return figure([], layout, theme, "Not drawn", 260, legend=False)
