"""Render LaTeX math as MathML, with known elements and attributes only."""

from __future__ import annotations

import html
import xml.etree.ElementTree as ET
from functools import lru_cache

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

MAX_MATH = 2_000


def _words(text: str) -> set[str]:
    return set(text.split())


_MATHML_TAGS = _words(
    "math mrow mi mn mo ms mtext mspace msub msup msubsup munder mover munderover mfrac msqrt "
    "mroot mtable mtr mtd mmultiscripts mprescripts none mstyle mpadded mphantom menclose "
    "mlabeledtr"
)
_MATHML_ATTRIBUTES = _words(
    "display displaystyle scriptlevel mathvariant mathsize stretchy symmetric fence separator "
    "form lspace rspace minsize maxsize largeop movablelimits accent accentunder "
    "linethickness columnalign rowalign columnspacing rowspacing columnlines rowlines frame "
    "notation width height depth voffset"
)
_BARS = frozenset(["|", "‖", "&#x0007C;", "&#x02016;", "&#x02225;", "∥"])
_MATHML = "http://www.w3.org/1998/Math/MathML"


def math_html(source: str, *, block: bool) -> Markup:
    """LaTeX math as MathML, or the source itself where it can't be converted."""
    return Markup(_math(source.strip(), block))


@lru_cache(maxsize=2048)
def _math(source: str, block: bool) -> str:
    try:
        if len(source) > MAX_MATH:
            raise ValueError("too long")
        tree = convert_to_element(source, display="block" if block else "inline")
        text = ET.tostring(_plain(tree), encoding="unicode")
    except Exception:  # noqa: BLE001 - whatever goes wrong in the converter, the source is shown
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
    if tree.tag == "mo" and tree.text in _BARS:
        attributes.setdefault("stretchy", "false")  # |x| beside a fraction stays small
    made = ET.Element(tree.tag, attributes | ({"xmlns": _MATHML} if tree.tag == "math" else {}))
    made.text, made.tail = html.unescape(tree.text or ""), html.unescape(tree.tail or "")
    made.extend(_plain(child) for child in tree)
    return made
