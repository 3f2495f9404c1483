"""Render notebook cells as safe HTML: all text is escaped, or cleaned by nh3.

No script, no request, no picture but PNG and JPEG out of the notebook itself. Math becomes MathML,
which browsers set without a script. Style sheets of pages that show cells include notebook.css.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
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

MAX_RICH = 10_000_000
"""Characters of pictures, HTML and figures that one page shows."""
MAX_WORK = 400_000
"""Characters of Markdown and code that one page shows formatted, and a quarter of the characters of
HTML that they become: a megabyte of hostile Markdown takes half a minute. What is more stands there
as text."""
MAX_TEXT = 1_000_000
"""Characters of text, formatted or not, that one page shows."""
FIGURE = "application/vnd.plotly.v1+json"
_PICTURES = ("image/png", "image/jpeg")


def _words(text: str) -> set[str]:
    return set(text.split())


_HTML_TAGS = _words(
    "a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt "
    "em hr i ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub "
    "summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)


class Room:
    """What one page still has room for: the makers of its parts share it."""

    def __init__(self) -> None:
        self._left = {"rich": MAX_RICH, "work": MAX_WORK, "text": MAX_TEXT}

    def rich(self, made: Markup) -> Markup:
        """A picture, a table or a figure, if there is room for it."""
        return (
            made
            if self._takes("rich", len(made))
            else _not_shown("many pictures, tables and figures")
        )

    def prose(self, source: str, heading: int) -> Markup:
        """Markdown, formatted if there is room for it."""
        made = self._formatted(source, partial(markdown_html, heading=heading))
        return (
            Markup('<div class="prose">\n{}</div>').format(made)
            if made is not None
            else (self.text(source, "output"))
        )

    def code(self, source: str) -> Markup:
        """Python, coloured if there is room for it."""
        made = self._formatted(source, code_html)
        return made if made is not None else self.text(source, "code")

    def text(self, text: str, kind: str) -> Markup:
        """Text as it stands, if there is room for it."""
        made = preformatted(text, kind)
        return made if self._takes("text", len(made)) else _not_shown("much text")

    def _formatted(self, source: str, format_: Callable[[str], Markup]) -> Markup | None:
        if not self._takes("work", len(source)):
            return None
        made = format_(source)
        self._left["work"] -= len(made) // 4
        return made if self._takes("text", len(made)) else None

    def _takes(self, kind: str, size: int) -> bool:
        """Whether so many characters more have room; what is too large leaves it to others."""
        if size > self._left[kind]:
            return False
        self._left[kind] -= size
        return True


def cells_html(
    cells: Iterable[Mapping[str, Any]],
    figure: Figure,
    *,
    heading: int = 1,
    room: Room | None = None,
) -> Markup:
    """Cells with their outputs as HTML, in order.

    Args:
        cells: of a notebook in nbformat 4, sources and texts as strings or lists of lines; what
            outputs hold by MIME type may also be msgspec.Raw.
        figure: the function of that name that a template has.
        heading: the level that a heading with one # gets; deeper ones follow, down to 6.
        room: the page's, where these are not all of its cells.
    """
    room = room or Room()
    return Markup("\n").join(_cell(cell, figure, heading, room) for cell in cells)


def _cell(cell: Mapping[str, Any], figure: Figure, heading: int, room: Room) -> Markup:
    source = joined(cell.get("source"))
    if cell.get("cell_type") == "markdown":
        return room.prose(source, heading)
    if cell.get("cell_type") != "code":
        return room.text(source, "output") if source.strip() else Markup()
    parts = [room.code(source)] if source.strip() else []
    outputs = _together(cell.get("outputs") or ())
    parts += [_output(output, figure, heading, room) for output in outputs]
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


def _output(output: Mapping[str, Any], figure: Figure, heading: int, room: Room) -> Markup:
    match output.get("output_type"):
        case "stream":
            return room.text(printed(joined(output.get("text"))), "output")
        case "error":
            lines = [joined(line) for line in output.get("traceback") or ()]
            said = (
                "\n".join(lines) or f"{joined(output.get('ename'))}: {joined(output.get('evalue'))}"
            )
            return room.text(said, "output error")
        case "display_data" | "execute_result" if isinstance(output.get("data"), Mapping):
            return _rich(output["data"], figure, heading, room)
    return Markup()


def _rich(data: Mapping[str, Any], figure: Figure, heading: int, room: Room) -> Markup:
    """The richest kind of an output that can be shown."""
    if FIGURE in data and (made := drawable(data[FIGURE])) is not None:
        return room.rich(figure(*made))
    if text := joined(data.get("text/html")):
        return room.rich(_html(text))
    for kind in _PICTURES:
        if picture := _picture(joined(data.get(kind))):
            source = f"data:{kind};base64,{picture}"
            alt = "A picture that this code shows"
            return room.rich(
                Markup('<p><img class="output" alt="{}" src="{}"></p>').format(alt, source)
            )
    if text := joined(data.get("text/markdown")):
        return room.prose(text, heading)
    if text := joined(data.get("text/latex")).strip():
        made_math = math_html(text.strip("$"), block=text.startswith("$$"))
        return room.rich(Markup("<p>{}</p>").format(made_math))
    return room.text(joined(data.get("text/plain")), "output")


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


def _not_shown(what: str) -> Markup:
    return Markup('<p class="quiet">[not shown: too {} for one page]</p>').format(what)


def joined(value: Any) -> str:
    """Text of a notebook, which is a string or a list of lines, or the JSON of either."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, str):
        return value
    return (
        "".join(line for line in value if isinstance(line, str)) if isinstance(value, list) else ""
    )
