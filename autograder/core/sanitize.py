"""Make outputs of student code safe to keep and show: known kinds, bounded, without scripts."""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import Any

import msgspec
import nh3

from autograder.core.terminal import printed

MAX_TEXT = 300_000
MAX_RICH = 3_000_000
MAX_HTML = 500_000
MAX_TAGS = (
    10_000  # of one output: cleaning takes time squared in the depth to which they are nested
)
MAX_OUTPUTS = 200
MAX_KNOWN = 100_000
MAX_DEPTH = 50  # of a figure: whoever reads the notebook later must not run out of stack
_TEXTS = ("text/plain", "text/markdown", "text/latex")
_PICTURES = ("image/png", "image/jpeg")
_FIGURE = "application/vnd.plotly.v1+json"
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](?=\((?!(?:https?://|mailto:|#))|:(?!\s*https?://))", re.IGNORECASE)


def visible(text: str) -> str:
    """Text with control and bidirectional characters shown as escapes."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c in "\n\t" or c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def in_line(text: str) -> str:
    """Text on one line: line breaks and tabulators are shown as escapes too."""
    return visible(text).replace("\n", "\\u000a").replace("\t", "\\u0009")


def inert(markdown: str) -> str:
    """Markdown that can't become HTML, with links only to the web, mail and the page itself.

    A space does it, after a < and before a link's address, so a person reads the same. nbgrader's
    formgrader shows markdown with its HTML in it, links that are scripts, and gives up on a picture
    that is not there.
    """
    return _LINK.sub("] ", _TAG.sub("< ", markdown))


def deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and dicts are nested to more than so many levels."""
    level = [value]
    for _ in range(levels):
        inner = [v for v in level if isinstance(v, dict | list)]
        if not inner:
            return False
        level = [x for v in inner for x in (v.values() if isinstance(v, dict) else v)]
    return True


def clean_outputs(text: str) -> list[dict[str, Any]]:
    """The outputs in a JSON list of the student's side; what is no nbformat output is dropped."""
    if len(text) > MAX_KNOWN:
        return _cleaned(text)
    return [dict(output) for output in _known(text)]


@lru_cache(maxsize=32)  # 50 MB at most whatever the characters, so that none takes another's room
def _known(text: str) -> list[dict[str, Any]]:
    """The course's own cells show the same in most notebooks of a class."""
    return _cleaned(text)


def _cleaned(text: str) -> list[dict[str, Any]]:
    try:
        outputs, encodable = _load(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(outputs, list):
        return []
    return [
        clean
        for output in outputs[:MAX_OUTPUTS]
        if (clean := _output(output, encodable)) is not None
    ]


def _load(text: str) -> tuple[Any, bool]:
    """The value of a JSON text, and whether it is known to have no lone surrogates.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    try:
        return msgspec.json.decode(
            text
        ), True  # takes no surrogates, no NaN, and a third of the time
    except (msgspec.DecodeError, UnicodeEncodeError):
        return json.loads(text), False


def _output(output: Any, encodable: bool) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream" and output.get("name") in ("stdout", "stderr"):
        text = output.get("text")
        shown = printed(text[:MAX_TEXT]) if isinstance(text, str) else ""
        return {"output_type": kind, "name": output["name"], "text": _text(shown)}
    if kind == "error":
        lines = output.get("traceback")
        return {
            "output_type": kind,
            "ename": _text(output.get("ename"))[:200],
            "evalue": _text(output.get("evalue"))[:2_000],
            "traceback": [_text(line)[:10_000] for line in lines[:50]]
            if isinstance(lines, list)
            else [],
        }
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        made: dict[str, Any] = {
            "output_type": kind,
            "data": _bundle(output["data"], encodable),
            "metadata": {},
        }
        return made | ({"execution_count": None} if kind == "execute_result" else {})
    return None


def _bundle(data: dict[str, Any], encodable: bool) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for mime, value in data.items():
        if mime in _TEXTS and isinstance(value, str):
            text = _text(value)
            clean[mime] = inert(text) if mime == "text/markdown" else text
        elif mime == "text/html" and isinstance(value, str) and _few_tags(value):
            clean[mime] = nh3.clean(value[:MAX_HTML].encode("utf-8", "replace").decode("utf-8"))
        elif mime in _PICTURES and isinstance(value, str) and _is_base64(value):
            clean[mime] = value
        elif mime == _FIGURE and isinstance(value, dict) and not deeper_than(value, MAX_DEPTH):
            # As text again: its numbers would take thirty times the memory as Python's objects.
            clean[mime] = msgspec.Raw(
                msgspec.json.encode(value if encodable else _encodable(value), order="sorted")
            )
    return clean or {"text/plain": "[not shown]"}


def _encodable(value: dict[str, Any]) -> Any:
    """The value with question marks for lone surrogates."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def _few_tags(text: str) -> bool:
    return text.count("<") - text.count("</") <= MAX_TAGS


def _is_base64(value: str) -> bool:
    try:
        return len(value) <= MAX_RICH and bool(
            base64.b64decode("".join(value.split()), validate=True)
        )
    except (binascii.Error, ValueError):
        return False


def _text(value: Any) -> str:
    return visible(value[:MAX_TEXT]) if isinstance(value, str) else ""
