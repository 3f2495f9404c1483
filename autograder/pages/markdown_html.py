"""Render Markdown as HTML: HTML in it stays text, links lead to the web or into the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from autograder.core.sanitize import visible
from autograder.pages.code_html import code_html, preformatted
from autograder.pages.math_html import math_html

MAX_MARKDOWN = 30_000
"""Characters of a cell; a longer one stays text, since hostile markdown takes time squared."""
HEADING = re.compile(r"(#{1,6})[ \t]+(.+?)[ \t#]*")
_FENCE = re.compile(r"[ \t]*(```|~~~)")
LINK = re.compile(r"(?:https?://|mailto:)[^\s]+|#[\w.:-]*", re.IGNORECASE)


def at_headings(source: str) -> Iterator[tuple[str, str]]:
    """Markdown, cut at its headings: each heading's line ("" at the beginning), and what follows
    it. What looks like a heading in a block of code is none."""
    heading, lines, fenced = "", list[str](), False
    for line in source.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and HEADING.fullmatch(line):
            yield heading, "\n".join(lines)
            heading, lines = line, []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


@lru_cache(maxsize=512)
def markdown_html(text: str, *, heading: int = 1) -> Markup:
    """Markdown as HTML.

    HTML in it stays text, links lead to the web, to mail or into the page, and of pictures only
    the names are shown.
    """
    if len(text) > MAX_MARKDOWN:
        return preformatted(text[:MAX_MARKDOWN] + "\n[cut here: too long]", "output")
    try:
        return Markup(_markdown().render(visible(text), {"heading": heading}))
    except RecursionError:
        return preformatted(text, "output")


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
        renderer=lambda source, options: str(math_html(source, block=options["display_mode"])),
    )
    made.validateLink = lambda url: LINK.fullmatch(url) is not None  # type: ignore[method-assign]
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
        code_html(token.content)
        if token.info.strip() == "python"
        else preformatted(token.content, "code")
    )
