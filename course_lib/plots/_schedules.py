"""Learning rates over the steps of a training."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go

from course_lib._arguments import whole
from course_lib._arrays import Array, Values, finite_array
from course_lib._figures import DASHES, Properties, check_view, figure, log_ticks
from course_lib._themes import SERIES

Schedule = Callable[[int], Any]


def schedules(
    rates: Mapping[str, Values | Schedule],
    steps: int = 100,
    *,
    log: bool = False,
    title: str = "",
    theme: str = "auto",
) -> go.Figure:
    """The learning rate at each step, for each schedule by name.

    A schedule is the list of its rates, (steps,), or a function of the step: it is then shown from
    step 0 to `steps`. With `log`, the scale is logarithmic, on which an exponential decay is
    straight; rates must then be positive. There is one trace per schedule.

        schedules({"constant": lambda step: 0.1, "decay": lambda step: 0.1 * 0.95**step})

    Raises:
        TypeError: `steps` is no whole number.
        ValueError: there is no schedule, one gives something else than finite numbers, `steps` is
            below 1, a rate can't be shown on a logarithmic scale, or `theme` is unknown.
    """
    check_view(theme)
    last = whole("steps", steps, 1)
    if not isinstance(rates, Mapping) or not rates:
        raise ValueError(
            'rates must hold a schedule for each name, as in {"constant": lambda step: 0.1}'
        )
    data: list[Properties] = []
    colours = SERIES[theme]
    for i, (name, schedule) in enumerate(rates.items()):
        values = _read(f"rates[{name!r}]", schedule, last)
        if log and (values <= 0).any():
            raise ValueError(
                f"rates[{name!r}] must be positive, as the scale is logarithmic, not "
                f"{values.min():g}"
            )
        line = {"color": colours[i % len(colours)], "dash": DASHES[i % (len(DASHES) - 1)]}
        mode = "lines" if len(values) > 1 else "markers"
        data.append({
            "x": np.arange(len(values)), "y": values, "mode": mode, "name": str(name),
            "line": {**line, "width": 2.5},
            "hovertemplate": "step %{x}: %{y:.3g}",
        })  # fmt: skip
    drawn = np.concatenate([line["y"] for line in data])
    scale = (
        log_ticks(drawn.min(), drawn.max()) | {"type": "log"} if log else {"rangemode": "tozero"}
    )
    return figure(data, _layout(scale), theme, title, 420)


def _layout(scale: Properties) -> Properties:
    return {
        "xaxis": {"title": {"text": "step"}, "nticks": 8, "rangemode": "tozero"},
        "yaxis": {"title": {"text": "learning rate"}, "nticks": 8, "exponentformat": "power",
                  **scale},
    }  # fmt: skip


def _read(what: str, schedule: Any, last: int) -> Array:
    """The rates (steps,) of a schedule."""
    if not callable(schedule):
        return finite_array(what, schedule, (None,))
    return finite_array(f"what {what} gives", [schedule(step) for step in range(last + 1)], (None,))
