"""Render pages: one HTML file each, readable offline, in which only our own script can run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import secrets
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from autograder.core.text import points

_HERE = "autograder.pages"
_LIBRARY = f"plotly-{get_plotlyjs_version()}.min.js"
_FONT = "math.woff2"
_LEVEL = 5  # half the time of the highest, for one percent more


def render(template: str, **data: Any) -> str:
    """As `render_bytes`, decoded."""
    return render_bytes(template, **data).decode()


def assets() -> dict[str, bytes]:
    """What is most of a page and the same in all, as files that pages can read, by name."""
    font = resources.files(_HERE).joinpath(_FONT).read_bytes()
    return {_LIBRARY: get_plotlyjs().encode(), _FONT: font}


def library_at(address: str) -> Markup:
    """What makes page.js read plotly.js from an address, as seen from the page."""
    tag = Markup('<script type="text/plain" id="plotly" data-src="{}"></script>')
    return tag.format(address)


def render_bytes(
    template: str, *, shared: str | None = None, script: str = "page.js", **data: Any
) -> bytes:
    """A page out of `autograder/pages/<template>`, which extends base.html; every value is escaped.

    In a template, `figure(value, label)` draws a Plotly figure, a dict with data, layout and
    perhaps frames, or its JSON. The policy of the page allows its own scripts by their digests, and
    nothing else: no script that came in with a value, no request to anywhere.

    Args:
        template: the name of its file.
        shared: where the files of `assets` lie, seen from the page; by default they are in the
            page, which then stands alone.
        script: the file of the page's own script; page.js draws figures.
        data: the values that the template names.

    Raises:
        jinja2.TemplateError: the template names a value that is missing; a fault of ours.
    """
    drawn: list[Markup] = []

    def figure(value: dict[str, Any] | str, label: str) -> Markup:
        drawn.append(_figure(value, label))
        return drawn[-1]

    # plotly.js is most of a page, and the same in all: it is put in last, as it is.
    place, math = (f"{name} {secrets.token_hex(16)}" for name in ("plotly.js", "font"))
    page = (
        _environment()
        .get_template(template)
        .render(
            data,
            policy=_policy(script, shared=shared is not None),
            script=Markup(_text(script)),
            figure=figure,
            library=place if shared is None else library_at(f"{shared}/{_LIBRARY}"),
            math_font=math,
        )
    )
    font = _math_font() if shared is None else f"{shared}/{_FONT}"
    page = page.replace(math, font if "<math" in page else "", 1)
    before, _, after = page.partition(place)
    # Half a surrogate pair, which a student can write, has no bytes.
    start, end = (part.encode("utf-8", "replace") for part in (before, after))
    return b"".join((start, _plotly() if drawn and shared is None else b"", end))


def _figure(value: dict[str, Any] | str, label: str) -> Markup:
    """The place of a figure, with what page.js draws there."""
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, separators=(",", ":"), allow_nan=False)
    )
    return Markup(
        '<figure class="plot" role="group" aria-label="{}" data-figure="{}"></figure>'
    ).format(label, packed(text))


def fragment(template: str, **data: Any) -> str:
    """A part of another program's page, without figures; every value is escaped.

    Raises:
        jinja2.TemplateError: see `render_bytes`.
    """
    return _environment().get_template(template).render(data)


@cache
def _policy(script: str, *, shared: bool) -> str:
    """Where pages share files, those of the same server may be read; `file:`, where the page was
    opened from a disk."""
    scripts = " ".join(_digest(text) for text in (_text(script), get_plotlyjs()))
    beside = " 'self' file:" if shared else ""
    return (
        f"default-src 'none'; script-src {scripts}{beside}; style-src 'unsafe-inline'; img-src "
        f"data: blob:; font-src data:{beside}; base-uri 'none'; form-action 'none'"
    )


@lru_cache(maxsize=32)
def packed(text: str) -> Markup:
    """A text as page.js unpacks it.

    Pages of a class share figures: those of cells that everybody has.
    """
    return Markup(base64.b64encode(gzip.compress(text.encode(), _LEVEL, mtime=0)).decode())


@cache
def _plotly() -> bytes:
    return (
        b'<script type="text/plain" id="plotly">' + packed(get_plotlyjs()).encode() + b"</script>"
    )


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@cache
def _math_font() -> str:
    """A font for formulas: without one, brackets don't grow with what is in them."""
    font = resources.files(_HERE).joinpath(_FONT).read_bytes()
    return f"data:font/woff2;base64,{base64.b64encode(font).decode()}"


@cache
def _text(name: str) -> str:
    return resources.files(_HERE).joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = points
    return environment
