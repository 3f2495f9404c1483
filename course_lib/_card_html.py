"""The HTML of the cards that checks show: a box, and in it rows with a mark, a word and a sentence.

Light and dark pages: mid-tones on a transparent ground, and text in the page's own colour.
JupyterLab breaks the words of a <pre> anywhere, so there is none.
"""

from __future__ import annotations

import html

from course_lib._local_submission import Outcome

STAKES = "the final grade comes from hidden tests"
# The mark, the word beside it (colour alone tells nothing to many) and the colour.
MARKS: dict[Outcome, tuple[str, str, str]] = {
    "passed": ("✓", "passed", "#16a34a"),
    "failed": ("✗", "not yet", "#e0523f"),
    "error": ("!", "no result", "#b7791f"),
}


def box(title: str, stakes: str, body: str, *, passed: bool) -> str:
    """A card with its title; `body` is HTML."""
    edge, ground = ("#16a34a", "22,163,74") if passed else ("#e0523f", "224,82,63")
    return (
        f'<div role="status" style="border:1px solid rgba({ground},0.35);border-left:5px solid '
        f"{edge};border-radius:4px;background:rgba({ground},0.06);padding:8px 14px;"
        "margin:4px 0;max-width:46em;line-height:1.5;word-break:normal;"
        'overflow-wrap:break-word">'
        f"<strong>{html.escape(title)}</strong> "
        f'<span style="opacity:0.75">({html.escape(stakes)})</span>{body}</div>'
    )


def as_list(rows: str) -> str:
    """Rows as a list without bullets."""
    return f'<ul style="list-style:none;margin:0;padding:0">{rows}</ul>'


def row(
    outcome: Outcome, text: str, hint: str = "", *, beside: bool = False, word: str = ""
) -> str:
    """A row of a list; of a hint, the lines after the first are code. It stands below, or beside.

    The indent hangs. Pages that drop styles show a plain list.
    """
    mark, usual, colour = MARKS[outcome]
    first, _, code = hint.partition("\n")
    place = "span" if beside else "div"
    told = (
        f' <{place} style="opacity:0.85;text-indent:0">{html.escape(first)}</{place}>'
        if first
        else ""
    )
    if code:
        told += (
            '<div style="font-family:monospace;font-size:0.92em;white-space:pre-wrap;'
            'text-indent:0;opacity:0.85">'
            f"{html.escape(code)}</div>"
        )
    return (
        '<li style="list-style:none;margin:6px 0 0;padding-left:1.5em;text-indent:-1.5em">'
        f'<span style="color:{colour};font-weight:bold;display:inline-block;width:1.5em;'
        f'text-indent:0" aria-hidden="true">{mark}</span> '
        f'<em style="color:{colour}">{word or usual}</em> · '
        f"{html.escape(text)}{told}</li>"
    )
