"""A figure's list, of the cells of a confusion matrix, in a real browser: by key and by mouse."""

from __future__ import annotations

import json
from pathlib import Path

import plotly.graph_objects as go
import pytest
import torch
from browser_for_tests import Browser
from nbformat import NotebookNode

from autograder.handout.solution_page import Part
from autograder.pages import render
from autograder.pages.notebook_html import cells_html
from course_lib import plots
from course_lib.animation import save_html

DOWN, UP = "\ue015", "\ue013"
TRUE, SAID = [0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 2]
X = torch.linspace(0, 1, 6)[:, None, None].expand(6, 6, 6)
FIGURE = plots.confusion(TRUE, SAID, images=X, names=["boot", "shirt", "bag"])
BUTTONS = FIGURE.layout.updatemenus[0].buttons
PLOT = "document.querySelector('.js-plotly-plot')"
SHOWN = f"""[{PLOT}.layout.images[0].source, {PLOT}.layout.shapes[0].x0,
  {PLOT}.querySelector('.layer-above image, .imagelayer image, image').getAttribute('xlink:href')
    || {PLOT}.querySelector('image').href.baseVal,
  {PLOT}.querySelector('.updatemenu-header text, .updatemenu-container text').textContent]"""


def comes_to(browser: Browser, number: int) -> bool:
    """Whether a choice of the list is what the page shows: frame, picture and text."""
    change = BUTTONS[number].args[0]
    wanted = json.dumps(BUTTONS[number].label)
    browser.wait(f"{SHOWN}[3] === {wanted}")
    source, left, drawn, _ = browser.run(f"return {SHOWN}")
    assert drawn.startswith("data:image/png;base64,")
    return bool((source, left) == (change["images[0].source"], change["shapes[0].x0"]))


@pytest.mark.parametrize("width", [1000, 390])
def test_a_saved_page(browser: Browser, tmp_path: Path, width: int) -> None:
    save_html(FIGURE, tmp_path / "page.html")
    browser.complaints()
    browser.resize(width, 900)
    browser.open(tmp_path / "page.html")
    browser.wait(f"{PLOT} && !document.getElementById('keys').hidden")
    assert comes_to(browser, 0)
    for key, number in ((DOWN, 1), (DOWN, 2), (UP, 1), (UP, 0), (UP, 0), *[(DOWN, 4)] * 9):
        browser.press(key)
        if (key, number) != (DOWN, 4):
            assert comes_to(browser, number)
    assert comes_to(browser, 4)
    browser.click(".updatemenu-header")
    browser.click(".updatemenu-dropdown-button", 2)
    assert comes_to(browser, 2)
    browser.press(UP)  # goes on from there
    assert comes_to(browser, 1)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.complaints() == []


def test_a_page_of_a_notebook(browser: Browser, tmp_path: Path) -> None:
    """The figure was cleaned there, and takes keys once it has the focus."""
    output = {
        "output_type": "display_data",
        "data": {"application/vnd.plotly.v1+json": json.loads(FIGURE.to_json())},
        "metadata": {},
    }
    cell = {"cell_type": "code", "source": "1", "outputs": [output]}
    part = Part("", (NotebookNode(cell),))
    text = render("published.html", name="a", title="A", parts=[part], cells_html=cells_html)
    (tmp_path / "page.html").write_text(text)
    browser.complaints()
    browser.resize(1000, 900)
    browser.open(tmp_path / "page.html")
    browser.wait("document.querySelector('figure.plot')?.dataset.drawn === 'yes'")
    assert "↑ and ↓ choose from the list" in browser.run("return document.body.textContent")
    browser.press(DOWN)
    assert comes_to(browser, 0)  # without the focus
    browser.run("document.querySelector('figure.plot').focus()")
    browser.press(DOWN)
    assert comes_to(browser, 1)
    assert browser.complaints() == []


def test_a_figure_is_as_light_or_dark_as_its_page(browser: Browser, tmp_path: Path) -> None:
    """One of the course's library; another one has the ground that it was made for."""
    outputs = [
        {
            "output_type": "display_data",
            "data": {"application/vnd.plotly.v1+json": json.loads(figure.to_json())},
            "metadata": {},
        }
        for figure in (plots.activation("relu"), go.Figure(go.Scatter(y=[1, 2])))
    ]
    cell = {"cell_type": "code", "source": "1", "outputs": outputs}
    page = tmp_path / "page.html"
    part = Part("", (NotebookNode(cell),))
    page.write_text(
        render("published.html", name="a", title="A", parts=[part], cells_html=cells_html), "utf-8"
    )
    browser.open(page)
    drawn = "document.querySelectorAll('figure.plot[data-drawn=yes]')"
    browser.run("for (const p of document.querySelectorAll('figure.plot')) p.scrollIntoView()")
    browser.wait(f"{drawn}.length === 2")
    grounds = browser.run(f"return [...{drawn}].map((p) => getComputedStyle(p).backgroundColor)")
    assert grounds == ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"]
