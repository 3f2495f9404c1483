"""What comes into one unit of a network."""

import numpy as np

from course_lib._arrays import Array
from course_lib._figures import Properties, short
from course_lib._themes import SERIES, THEMES
from course_lib.plots._chain import Chain

AT = 0.3  # where on a line, from its source, its value stands


Parts = tuple[list[Properties], list[Properties]]  # traces below the units, traces above them


def incoming(chain: Chain, biases: bool, theme: str) -> dict[str, Parts]:
    """For each unit that is drawn, from the first hidden layer on, what shows what comes into it.

    The first state shows none.
    """
    states = {"no unit": _traces(np.empty((0, 4)), None, bool(chain.weights), theme)}
    for column in range(1, len(chain.sizes)):
        bias = int(chain.biased[column - 1])
        n = chain.sizes[column - 1]
        said = f"{n:,} weight{'s' * (n > 1)}{' + 1 bias' * bias}"
        for unit, height in chain.places[column]:
            lines = _lines(chain, column, int(unit), float(height), biases)
            label = f"{chain.names[column]}, unit {int(unit) + 1}: {said}"
            states[label] = _traces(lines, (column, height), bool(chain.weights), theme)
    return states


def _lines(chain: Chain, column: int, unit: int, height: float, biases: bool) -> Array:
    """Column and height of each source, the height of the unit, and the value: (drawn, 4)."""
    rows = [
        (column - 1, low, height, chain.weights[column - 1][unit, int(i)] if chain.weights else 1.0)
        for i, low in chain.places[column - 1]
    ]
    if biases and chain.biased[column - 1]:
        given = chain.biases[column - 1] if chain.biases else None
        rows.append((column - 1, -chain.top - 1, height, 1.0 if given is None else given[unit]))
    return np.array(rows)


def _traces(lines: Array, unit: tuple[float, float] | None, weighted: bool, theme: str) -> Parts:
    """The lines by sign; their values, and a ring around the unit."""
    ink, colours = THEMES[theme].ink, SERIES[theme]
    quiet = {"hoverinfo": "skip", "showlegend": False}
    made: list[Properties] = []
    for sign, colour, dash in ((1, colours[0], "solid"), (-1, colours[1], "dash")):
        chosen = lines[lines[:, 3] * sign > 0]
        gap = np.full(len(chosen), np.nan)
        x = np.stack([chosen[:, 0], chosen[:, 0] + 1, gap], axis=1).ravel()
        y = np.stack([chosen[:, 1], chosen[:, 2], gap], axis=1).ravel()
        line = {"color": colour if weighted else ink, "width": 3, "dash": dash}
        name = f"{'positive' if sign > 0 else 'negative'}, into the unit"
        made.append({"x": x, "y": y, "mode": "lines", "name": name, "line": line, **quiet})
    text = [short(value) for value in lines[:, 3]] if weighted else [""] * len(lines)
    values = {
        "x": lines[:, 0] + AT, "y": lines[:, 1] + AT * (lines[:, 2] - lines[:, 1]), "mode": "text",
        "text": text, "textposition": "top center", "name": "values",
        "textfont": {"size": 11, "color": ink},
    }  # fmt: skip
    places = np.array([] if unit is None else [unit], dtype=np.float64).reshape(-1, 2)
    ring = {"symbol": "circle-open", "size": 36, "color": ink, "line": {"width": 3}}
    around = {
        "x": places[:, 0],
        "y": places[:, 1],
        "mode": "markers",
        "marker": ring,
        "name": "unit",
    }
    return made, [{**values, **quiet}, {**around, **quiet}]


def highlighted(
    chain: Chain, biases: bool, theme: str, lines: list[Properties], units: list[Properties]
) -> dict[str, list[Properties]]:
    """The traces for each unit, with the weights that come into it."""
    shown = incoming(chain, biases, theme)
    return {label: [*lines, *below, *units, *above] for label, (below, above) in shown.items()}
