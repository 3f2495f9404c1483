"""Render notebook cells as safe HTML: all text is escaped, or cleaned by nh3.

No script, no request, no picture but PNG and JPEG out of the notebook itself. Math becomes MathML,
which browsers set without a script. Style sheets of pages that show cells include notebook.css.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

import msgspec
import nh3
from markupsafe import Markup

from autograder.core.sanitize import visible
from autograder.core.terminal import printed
from autograder.pages.code_html import code_html, preformatted
from autograder.pages.markdown_html import LINK, markdown_html
from autograder.pages.math_html import math_html
from autograder.pages.safe_figures import safe_figure, title_of

Figure = Callable[[str, str], Markup]
"""The `figure` of a template: see `autograder.pages.render`."""

MAX_RICH = 10_000_000  # of all cells of one call
FIGURE = "application/vnd.plotly.v1+json"
_PICTURES = ("image/png", "image/jpeg")


def _words(text: str) -> set[str]:
    return set(text.split())


_HTML_TAGS = _words(
    "a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt "
    "em hr i ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)


def cells_html(cells: Iterable[Mapping[str, Any]], figure: Figure, *, heading: int = 1) -> Markup:
    """Cells with their outputs as HTML, in order.

    Args:
        cells: of a notebook in nbformat 4, sources and texts as strings or lists of lines; what
            outputs hold by MIME type may also be msgspec.Raw.
        figure: the function of that name that a template has.
        heading: the level that a heading with one # gets; deeper ones follow, down to 6.
    """
    budget = _Budget(MAX_RICH)
    return Markup("\n").join(_cell(cell, figure, heading, budget) for cell in cells)


class _Budget:
    """Characters of pictures, tables and figures that may still be shown."""

    def __init__(self, left: int) -> None:
        self._left = left

    def takes(self, size: int) -> bool:
        self._left -= size
        return self._left >= 0


def _cell(cell: Mapping[str, Any], figure: Figure, heading: int, budget: _Budget) -> Markup:
    source = joined(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        return Markup('<div class="prose">\n{}</div>').format(
            markdown_html(source, heading=heading)
        )
    if cell.get("cell_type") != "code":
        return preformatted(source, "output") if source.strip() else Markup()
    parts = [code_html(source)] if source.strip() else []
    outputs = _together(cell.get("outputs") or ())
    parts += [_output(output, figure, heading, budget) for output in outputs]
    return Markup('<div class="cell">\n{}\n</div>').format(
        Markup("\n").join(part for part in parts if part)
    )


def _together(outputs: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The outputs, streams that follow each other as one: a kernel sends printed text in pieces."""
    for kind, group in groupby(outputs, key=lambda output: output.get("output_type")):
        if kind == "stream":
            yield {"output_type": kind, "text": "".join(joined(each.get("text")) for each in group)}
        else:
            yield from group


def _output(output: Mapping[str, Any], figure: Figure, heading: int, budget: _Budget) -> Markup:
    match output.get("output_type"):
        case "stream":
            return preformatted(printed(joined(output.get("text"))), "output")
        case "error":
            lines = [joined(line) for line in output.get("traceback") or ()]
            said = (
                "\n".join(lines) or f"{joined(output.get('ename'))}: {joined(output.get('evalue'))}"
            )
            return preformatted(said, "output error")
        case "display_data" | "execute_result" if isinstance(output.get("data"), Mapping):
            return _rich(output["data"], figure, heading, budget)
    return Markup()


def _rich(data: Mapping[str, Any], figure: Figure, heading: int, budget: _Budget) -> Markup:
    """The richest kind of an output that can be shown."""
    if FIGURE in data and (made := drawable(data[FIGURE])) is not None:
        drawn = figure(*made)
        return drawn if budget.takes(len(drawn)) else _not_shown()
    if text := joined(data.get("text/html")):
        return _html(text) if budget.takes(len(text)) else _not_shown()
    for kind in _PICTURES:
        if picture := _picture(joined(data.get(kind))):
            if not budget.takes(len(picture)):
                return _not_shown()
            source = f"data:{kind};base64,{picture}"
            return Markup(
                '<p><img class="output" alt="A picture that this code shows" src="{}"></p>'
            ).format(source)
    if text := joined(data.get("text/markdown")):
        return Markup('<div class="prose">\n{}</div>').format(markdown_html(text, heading=heading))
    if text := joined(data.get("text/latex")).strip():
        return Markup("<p>{}</p>").format(math_html(text.strip("$"), block=text.startswith("$$")))
    return preformatted(joined(data.get("text/plain")), "output")


def drawable(value: Any) -> tuple[str, str] | None:
    """The JSON of a figure that is safe to draw, and its title; None if nothing can be drawn."""
    return _figure(bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value))


@lru_cache(maxsize=32)
def _figure(encoded: bytes) -> tuple[str, str] | None:
    """A class shares the figures of cells that all have."""
    made = safe_figure(msgspec.json.decode(encoded))
    return None if made is None else (msgspec.json.encode(made).decode(), title_of(made))


def _html(text: str) -> Markup:
    clean = nh3.clean(
        visible(text),
        tags=_HTML_TAGS,
        attributes={
            "a": {"href", "title"}, "abbr": {"title"}, "td": {"colspan",
            "rowspan"}, "ol": {"start"},
            "th": {"colspan", "rowspan", "scope"}, "details": {"open"},
        },
        attribute_filter=lambda _, name,
        value: value if name != "href" or LINK.fullmatch(value) else None,
        url_schemes={"http", "https", "mailto"},
    )  # fmt: skip
    return (
        Markup('<div class="scroll output" tabindex="0">{}</div>').format(Markup(clean))
        if clean.strip()
        else Markup()
    )


def _picture(text: str) -> str:
    """Base64 without spaces, or nothing where it is none."""
    packed = "".join(text.split())
    try:
        base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return packed


def _not_shown() -> Markup:
    return Markup(
        '<p class="quiet">[not shown: too many pictures, tables and figures for one page]</p>'
    )


def joined(value: Any) -> str:
    """Text of a notebook, which is a string or a list of lines, or the JSON of either."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, str):
        return value
    return (
        "".join(line for line in value if isinstance(line, str)) if isinstance(value, list) else ""
    )
