"""Render code and plain output as HTML: escaped, bounded, without terminal colours."""

from __future__ import annotations

import re
from functools import lru_cache

from markupsafe import Markup
from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer

from autograder.core.sanitize import visible

MAX_CODE = 100_000
"""Characters of a cell; a longer one is cut, and shown without colours."""
MAX_OUTPUT = 50_000
_ANSI = re.compile(r"(?:\x1b|\\u001b)\[[0-9;?]*[ -/]*[@-~]")
_LEXER = PythonLexer()
_FORMATTER = HtmlFormatter(nowrap=True)


@lru_cache(maxsize=512)
def code_html(source: str) -> Markup:
    """Python with its syntax coloured, by the classes in notebook.css."""
    source = visible(source)
    if len(source) > MAX_CODE:
        return preformatted(source[:MAX_CODE] + "\n[cut here: too long]", "code")
    lines = highlight(source, _LEXER, _FORMATTER).rstrip("\n")
    return Markup('<pre class="code"{}><code>{}</code></pre>').format(_focus(source), Markup(lines))


def preformatted(text: str, kind: str) -> Markup:
    """Text as it stands, in an element of the class `kind`; nothing for empty text."""
    text = visible(_ANSI.sub("", text)).strip("\n")
    if len(text) > MAX_OUTPUT:
        text = text[:MAX_OUTPUT] + "\n[cut here: too long]"
    return (
        Markup('<pre class="{}"{}>{}</pre>').format(kind, _focus(text), text) if text else Markup()
    )


def _focus(text: str) -> Markup:
    """An attribute by which the keyboard reaches a text that may have to be scrolled."""
    lines = text.split("\n")
    return Markup(' tabindex="0"') if len(lines) > 20 or max(map(len, lines)) > 35 else Markup()
