"""Pages on paper, and formulas where no font has what they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser_for_tests import MISSING, Browser

from autograder import pages
from autograder.handout.solution_page import Part
from autograder.pages.notebook_html import cells_html

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

NO_MATH = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include><selectfont>
<rejectfont><glob>*[Mm]ath*</glob></rejectfont></selectfont></fontconfig>"""
MATH = r"$$\begin{bmatrix} 1 & 2 \\ 3 & 4 \\ 5 & 6 \end{bmatrix} + \lVert x \rVert$$"


def page(path: Path, *cells: dict[str, Any]) -> Path:
    parts = [Part("", cells)]
    text = pages.render("published.html", name="a", title="A", parts=parts, cells_html=cells_html)
    path.write_text(text)
    return path


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source}


def figure(n: int) -> dict[str, Any]:
    data = {"data": [{"y": [1, 2, n]}], "layout": {"title": {"text": f"title{n}"}}}
    output = {"output_type": "display_data", "data": {"application/vnd.plotly.v1+json": data}}
    return {"cell_type": "code", "source": "", "outputs": [output]}


def test_brackets_grow_without_a_font_for_formulas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fonts.conf").write_text(NO_MATH)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    browser = Browser(tmp_path / "profile")
    try:
        browser.open(page(tmp_path / "page.html", markdown(MATH)))
        browser.run("return document.fonts.ready.then(() => true)")
        height = "(each) => each.getBoundingClientRect().height"
        (table,) = browser.run(f"return [...document.querySelectorAll('mtable')].map({height})")
        heights = browser.run(f"return [...document.querySelectorAll('mo')].map({height})")
    finally:
        browser.close()
    left, right, _, *bars = heights
    assert min(left, right) >= 0.9 * table
    assert max(bars) < 0.5 * table


def test_a_page_without_formulas_has_no_font(tmp_path: Path) -> None:
    assert "woff2;base64" not in page(tmp_path / "a.html", markdown("Prose.")).read_text()
    assert "woff2;base64" in page(tmp_path / "b.html", markdown("$x$")).read_text()


def test_figures_that_nobody_scrolled_to_are_printed_whole(
    browser: Browser, tmp_path: Path
) -> None:
    """And a dark page is printed on white paper."""
    prose = markdown("Long.\n\n" * 60)
    browser.resize(1280, 800)
    browser.ask(
        "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    browser.open(page(tmp_path / "page.html", *[c for n in range(4) for c in (prose, figure(n))]))
    browser.wait("document.querySelectorAll('figure.plot[data-drawn]').length === 4")
    browser.ask("Emulation.setEmulatedMedia", media="print")
    widths = browser.run(
        "document.body.style.width = '718px';"
        "const plot = document.querySelector('figure.plot');"
        "return [plot.querySelector('svg').getBoundingClientRect().width, "
        "plot.getBoundingClientRect().width, getComputedStyle(document.body).backgroundColor]"
    )
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert widths[0] <= widths[1]
    assert widths[2] == "rgb(255, 255, 255)"
