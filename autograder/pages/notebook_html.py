"""Cells of a notebook as HTML that is safe by construction: text
is escaped, and markup comes from here or nh3.

No script, no request, no picture but PNG and JPEG out of the notebook itself. Math becomes MathML,
which browsers set without a script. Style sheets of pages that show cells include notebook.css.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import msgspec
import nh3
from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from autograder.core.sanitize import visible
from autograder.pages.safe_figures import safe_figure, title_of

Figure = Callable[[str, str], Markup]
"""The `figure` of a template: see `autograder.pages.render`."""

MAX_CODE = 100_000  # characters of a cell; what is longer is shown without colours
MAX_MARKDOWN = (
    30_000  # of a cell; what is longer is shown as text, since hostile markdown takes time squared
)
MAX_OUTPUT = 50_000
MAX_RICH = 10_000_000  # of all cells of one call
MAX_MATH = 2_000


def _words(text: str) -> set[str]:
    return set(text.split())


_FIGURE = "application/vnd.plotly.v1+json"
_PICTURES = ("image/png", "image/jpeg")
_ANSI = re.compile(r"(?:\x1b|\\u001b)\[[0-9;?]*[ -/]*[@-~]")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]+|#[\w.:-]*", re.IGNORECASE)
_HTML_TAGS = _words(
    "a abbr b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em hr "
    "i ins kbd li mark ol p pre q rp rt ruby s samp small span strike strong sub summary sup "
    "table tbody td tfoot th thead time tr tt u ul var wbr"
)
_MATHML_TAGS = _words(
    "math mrow mi mn mo ms mtext mspace msub msup msubsup munder mover munderover mfrac msqrt "
    "mroot mtable mtr mtd "
    "mmultiscripts mprescripts none mstyle mpadded mphantom menclose mlabeledtr"
)
_MATHML_ATTRIBUTES = _words(
    "display displaystyle scriptlevel mathvariant mathsize stretchy symmetric fence separator "
    "form lspace rspace minsize maxsize largeop movablelimits accent accentunder linethickness "
    "columnalign rowalign columnspacing rowspacing columnlines rowlines frame notation width "
    "height depth voffset"
)
_MATHML = "http://www.w3.org/1998/Math/MathML"


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


@lru_cache(maxsize=512)
def markdown_html(text: str, *, heading: int = 1) -> Markup:
    """Markdown as HTML.

    HTML in it stays text, links lead to the web, to mail or into the page, pictures are named.
    """
    if len(text) > MAX_MARKDOWN:
        return _pre(text[:MAX_MARKDOWN] + "\n[cut here: too long]", "output")
    try:
        return Markup(_markdown().render(visible(text), {"heading": heading}))
    except RecursionError:
        return _pre(text, "output")


@lru_cache(maxsize=512)
def code_html(source: str) -> Markup:
    """Python with its syntax coloured, by the classes in notebook.css."""
    source = visible(source)
    if len(source) > MAX_CODE:
        return _pre(source[:MAX_CODE] + "\n[cut here: too long]", "code")
    lines = highlight(source, _LEXER, _FORMATTER).rstrip("\n")
    return Markup('<pre class="code"{}><code>{}</code></pre>').format(_focus(source), Markup(lines))


def math_html(source: str, *, block: bool) -> Markup:
    """LaTeX math as MathML, or the source itself where it can't be converted."""
    return Markup(_math(source.strip(), block))


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
        return _pre(source, "output") if source.strip() else Markup()
    parts = [code_html(source)] if source.strip() else []
    parts += [_output(output, figure, heading, budget) for output in cell.get("outputs") or ()]
    return Markup('<div class="cell">\n{}\n</div>').format(
        Markup("\n").join(part for part in parts if part)
    )


def _output(output: Mapping[str, Any], figure: Figure, heading: int, budget: _Budget) -> Markup:
    match output.get("output_type"):
        case "stream":
            return _pre(joined(output.get("text")), "output")
        case "error":
            lines = [joined(line) for line in output.get("traceback") or ()]
            said = (
                "\n".join(lines) or f"{joined(output.get('ename'))}: {joined(output.get('evalue'))}"
            )
            return _pre(said, "output error")
        case "display_data" | "execute_result" if isinstance(output.get("data"), Mapping):
            return _rich(output["data"], figure, heading, budget)
    return Markup()


def _rich(data: Mapping[str, Any], figure: Figure, heading: int, budget: _Budget) -> Markup:
    """The richest kind of an output that can be shown."""
    if _FIGURE in data and (made := _figure(_encoded(data[_FIGURE]))) is not None:
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
    return _pre(joined(data.get("text/plain")), "output")


@lru_cache(maxsize=32)
def _figure(encoded: bytes) -> tuple[str, str] | None:
    """The JSON of a figure that is safe to draw, and its title.

    A class shares the figures of cells that all have.
    """
    made = safe_figure(msgspec.json.decode(encoded))
    return None if made is None else (msgspec.json.encode(made).decode(), title_of(made))


def _encoded(value: Any) -> bytes:
    return bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)


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
        value: value if name != "href" or _LINK.fullmatch(value) else None,
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


def _pre(text: str, kind: str) -> Markup:
    text = visible(_ANSI.sub("", text)).strip("\n")
    if len(text) > MAX_OUTPUT:
        text = text[:MAX_OUTPUT] + "\n[cut here: too long]"
    return (
        Markup('<pre class="{}"{}>{}</pre>').format(kind, _focus(text), text) if text else Markup()
    )


def _focus(text: str) -> Markup:
    """What may have to be scrolled can be reached by keyboard."""
    lines = text.split("\n")
    return Markup(' tabindex="0"') if len(lines) > 20 or max(map(len, lines)) > 35 else Markup()


def joined(value: Any) -> str:
    """Text of a notebook, which is a string or a list of lines, or the JSON of either."""
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    if isinstance(value, str):
        return value
    return (
        "".join(line for line in value if isinstance(line, str)) if isinstance(value, list) else ""
    )


# --- markdown and math ---


_LEXER = PythonLexer()
_FORMATTER = HtmlFormatter(nowrap=True)


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
        ["table", "strikethrough"]
    )
    made.use(
        dollarmath_plugin,
        allow_labels=False,
        allow_digits=False,
        double_inline=True,
        renderer=lambda source, options: _math(source.strip(), options["display_mode"]),
    )
    made.validateLink = lambda url: _LINK.fullmatch(url) is not None  # type: ignore[method-assign]
    made.add_render_rule("heading_open", _heading)
    made.add_render_rule("heading_close", _heading)
    made.add_render_rule("link_open", _link)
    made.add_render_rule("image", _image)
    made.add_render_rule("fence", _fence)
    made.add_render_rule("code_block", _fence)
    made.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>\n')
    made.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return made


def _heading(_: RendererHTML, tokens: Sequence[Token], index: int, __: Any, env: Any) -> str:
    token = tokens[index]
    level = min(6, int(token.tag[1]) + env["heading"] - 1)
    return f"<h{level}>" if token.nesting == 1 else f"</h{level}>\n"


def _link(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return f'<a href="{escape(str(tokens[index].attrs["href"]))}" rel="noopener noreferrer">'


def _image(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return f"[picture: {escape(tokens[index].content or 'without a name')}]"


def _fence(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    token = tokens[index]
    return str(
        code_html(token.content) if token.info.strip() == "python" else _pre(token.content, "code")
    )


@lru_cache(maxsize=2048)
def _math(source: str, block: bool) -> str:
    try:
        if len(source) > MAX_MATH:
            raise ValueError("too long")
        tree = convert_to_element(source, display="block" if block else "inline")
        text = ET.tostring(_plain(tree), encoding="unicode")
    except Exception:  # noqa: BLE001 - whatever a converter says of what a student wrote, the source is there
        return f'<code class="math">{escape(source)}</code>'
    return f'<span class="wide" tabindex="0">{text}</span>' if block and len(source) > 50 else text


def _plain(tree: ET.Element) -> ET.Element:
    """A copy with known elements and attributes only; the converter has entities in its texts.

    Raises:
        ValueError: an element is not known.
    """
    if tree.tag not in _MATHML_TAGS:
        raise ValueError(tree.tag)
    attributes = {name: value for name, value in tree.attrib.items() if name in _MATHML_ATTRIBUTES}
    made = ET.Element(tree.tag, attributes | ({"xmlns": _MATHML} if tree.tag == "math" else {}))
    made.text, made.tail = html.unescape(tree.text or ""), html.unescape(tree.tail or "")
    made.extend(_plain(child) for child in tree)
    return made
