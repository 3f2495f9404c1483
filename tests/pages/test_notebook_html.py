"""Cells as HTML: what is shown, and that nothing in it can run
or reach out, whoever wrote the notebook.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any

import nbformat
import pytest
from markupsafe import Markup

from autograder.core.assignment import REPOSITORY, assignments, find
from autograder.core.terminal import printed
from autograder.handout.solution_page import page
from autograder.pages.code_html import code_html
from autograder.pages.markdown_html import MAX_MARKDOWN, markdown_html
from autograder.pages.math_html import math_html
from autograder.pages.notebook_html import MAX_RICH, MAX_TEXT, Room, cells_html, joined
from autograder.pages.safe_figures import MAX_VALUES, safe_figure, title_of

PROSE = [
    joined(cell["source"])
    for path in sorted(REPOSITORY.glob("solutions/*/*.ipynb"))
    for cell in json.loads(path.read_text())["cells"]
    if cell["cell_type"] == "markdown"
]


def drawn(figure: str, label: str) -> Markup:
    return Markup('<figure aria-label="{}">{}</figure>').format(label, figure)


def shown(data: dict[str, Any]) -> str:
    """One output, as HTML."""
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    return str(cells_html([{"cell_type": "code", "source": "", "outputs": [output]}], drawn))


# --- Math and markdown ---


def test_all_math_of_the_course_becomes_mathml() -> None:
    assert sum(text.count("$") for text in PROSE) > 200
    for text in PROSE:
        html = str(markdown_html(text))
        assert '<code class="math">' not in html
        left = re.sub(r"<math.*?</math>|<pre.*?</pre>|<code.*?</code>", "", html, flags=re.DOTALL)
        assert "$" not in left
        assert not re.search(r"\\[a-z]+", "".join(re.findall(r"<math.*?</math>", html, re.DOTALL)))


def test_math_is_set_in_the_line_or_on_its_own() -> None:
    html = markdown_html("where $x_1<2$ and\n\n$$\\frac{1}{2}$$\n")
    assert '<math display="inline"' in html
    assert "<mo>&lt;</mo>" in html
    assert '<math display="block"' in html
    assert re.search("<mfrac>.*<mn>1</mn>.*<mn>2</mn>.*</mfrac>", html)


@pytest.mark.parametrize(
    "source", [r"\frac{", "{" * 500, r"\begin{matrix}", "x" * 3000, r"\left(", "}"]
)
def test_math_that_can_not_be_set_stays_as_it_was_written(source: str) -> None:
    html = str(math_html(source, block=False))
    assert html.startswith(("<math", '<code class="math">'))
    assert source in html or html.startswith("<math")


@pytest.mark.parametrize(
    "source",
    [
        r"\text{<script>alert(1)</script>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{x:expression(1)}{y}",
        r"\class{a}{b}",
    ],
)
def test_math_can_not_carry_anything_else(source: str) -> None:
    html = str(math_html(source, block=False)) + str(markdown_html(f"${source}$"))
    assert "<script" not in html
    assert not re.search(r"<m[^>]*(?:href|style|class)=", html)


def test_dollars_that_are_no_math_stay() -> None:
    assert "costs $5 and $6" in markdown_html("costs $5 and $6")


def test_headings_are_moved_down() -> None:
    html = markdown_html("# a\n\n### b\n\n###### c\n", heading=4)
    assert re.findall(r"<h(\d)>", html) == ["4", "6", "6"]


def test_links_lead_to_the_web_or_into_the_page() -> None:
    html = markdown_html(
        "[a](https://e.org) [b](javascript:x) [c](data:text/html,x) [d](#here) [e](file:///etc) "
        "<b>f</b>"
    )
    assert re.findall(r'href="([^"]*)"', html) == ["https://e.org", "#here"]
    assert 'rel="noopener noreferrer"' in html
    assert "&lt;b&gt;f&lt;/b&gt;" in html


def test_pictures_are_named_and_not_fetched() -> None:
    html = markdown_html('![a "cat"](https://example.org/cat.png)')
    assert "<img" not in html
    assert "[picture: a &#34;cat&#34;]" in html


@pytest.mark.parametrize(
    "piece", ["[", "> ", "*a _b ", "`", "$", "- ", "![", "<a", "|a", "$$\\frac{", "((("]
)
def test_long_markdown_does_not_take_long(piece: str) -> None:
    start = time.process_time()
    markdown_html(piece * (MAX_MARKDOWN // len(piece)))
    assert time.process_time() - start < 10


# --- Code and outputs ---


def test_code_is_coloured_and_escaped() -> None:
    html = code_html("%matplotlib inline\nx = '<b>'  # \u202e\n")
    assert "&lt;b&gt;" in html
    assert "\\u202e" in html
    assert '<span class="c1">' in html


def test_colours_of_a_terminal_are_left_out() -> None:
    cell = {"cell_type": "code", "source": "", "outputs": [
        {"output_type": "stream", "name": "stdout",
        "text": ["\x1b[31mred\x1b[0m ", "\\u001b[1mbold"]},
        {"output_type": "error", "ename": "E", "evalue": "v",
        "traceback": ["\x1b[1;31mE\x1b[0m: v", "<i>"]},
        {"output_type": "error", "ename": "Other", "evalue": "said", "traceback": []},
    ]}  # fmt: skip
    html = cells_html([cell], drawn)
    assert "red bold" in html
    assert "E: v\n&lt;i&gt;" in html
    assert "Other: said" in html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("step 1 of 9\rstep 9 of 9\ndone\r\n", "step 9 of 9\ndone\n"),
        ("a long line\rshort", "shortg line"),
        ("a long line\r\x1b[Kshort", "short"),
        ("a long line\x1b[2K\rshort", "short"),
        ("12\b3", "13"),
        ("outer 1\ninner 1\r\x1b[Aouter 2\ninner 2\n", "outer 2\ninner 2\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[9999999A\x1b]x", "\x1b]x"),
        ("plain \x1b text", "plain \x1b text"),
    ],
)
def test_printed_text_is_what_a_terminal_shows(text: str, shown: str) -> None:
    assert printed(text) == shown


@pytest.mark.parametrize("piece", ["\r", "\b", "\x1b[A", "\x1b[K", "x\r", "\n\x1b[A", "x\n\x1b[A"])
def test_printed_text_made_to_take_long(piece: str) -> None:
    start = time.process_time()
    printed("x" * 150_000 + piece * (150_000 // len(piece)))
    assert time.process_time() - start < 5


def test_streams_that_follow_each_other_are_one() -> None:
    streams = [
        {"output_type": "stream", "name": name, "text": text}
        for name, text in [("stderr", "\r10 %"), ("stdout", "hello\n"), ("stderr", "\r20 %")]
    ]
    picture = {"output_type": "display_data", "data": {"text/plain": "a figure"}}
    cell = {"cell_type": "code", "source": "", "outputs": [*streams, picture, *streams]}
    html = cells_html([cell], drawn)
    assert html.count('<pre class="output">') == 3
    assert html.count('<pre class="output">10 %hello\n20 %</pre>') == 2


def test_tables_keep_their_cells_and_nothing_else() -> None:
    html = shown(
        {
            "text/html": "<table border=1 style='x' onclick=y><tr><td colspan=2>1</table><img "
            "src=https://e.org/x>"
        }
    )
    assert '<td colspan="2">1</td>' in html
    assert "onclick" not in html
    assert "style" not in html
    assert "<img" not in html


def test_pictures_out_of_the_notebook_are_shown() -> None:
    assert 'src="data:image/png;base64,QUJD"' in shown({"image/png": "QU\nJD", "text/plain": "x"})
    assert "<img" not in shown({"image/png": 'QUJD" onerror="x', "text/plain": "x"})
    assert "<svg" not in shown({"image/svg+xml": "<svg onload=x>", "text/plain": "<svg"})


def test_a_page_has_room_for_so_many_pictures() -> None:
    picture = "QUJD" * (MAX_RICH // 13)
    cell = {"cell_type": "code", "source": "", "outputs": [
        {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}
    ] * 5}  # fmt: skip
    html = str(cells_html([cell], drawn))
    assert html.count("<img") == MAX_RICH // len(picture)
    assert "not shown" in html


# --- Figures ---


def test_a_figure_loses_what_reaches_out() -> None:
    figure = safe_figure({
        "data": [
            {"type": "scattergl", "y": [1.0, float("inf")], "name": "<a href='javascript:x'>n</a> "
"<b>bold</b>"},
            {"type": "scattergeo"}, {"type": "image", "source": "https://e.org/x.png"}, {"y": [1]},
            {"type": ["x"]}, 3,
        ],
        "layout": {
            "width": 5000, "height": 9e9,
            "images": [{"source": "https://e.org"}, {"source": "data:image/png;base64,QUJD"}],
            "mapbox2": {}, "geo": {}, "updatemenus": [{"type": "buttons", "buttons": [{"args": [
                {"type": "scattergeo", "images[0].source": "https://e.org",
                "geo.scope": "world"}, [None]]}]}],
        },
        "frames": [{"name": "1", "data": [{"type": "splom", "y": [2]}]}],
        "config": {"plotlyServerURL": "https://e.org"},
    })  # fmt: skip
    assert figure is not None
    assert [trace.get("type") for trace in figure["data"]] == ["scatter", "image", None]
    assert figure["data"][0]["y"] == [1.0, None]
    assert figure["data"][0]["name"] == "&lt;a href='javascript:x'>n&lt;/a> <b>bold</b>"
    assert figure["layout"]["images"] == [{}, {"source": "data:image/png;base64,QUJD"}]
    assert figure["layout"]["updatemenus"][0] == {
        "type": "buttons",
        "buttons": [{"args": [{}, [None]]}],
    }
    assert figure["frames"] == [{"name": "1", "data": [{"y": [2]}]}]
    assert figure["layout"]["autosize"] is True
    assert figure["layout"]["height"] == 1000
    assert "e.org" not in json.dumps(figure)
    assert not {"width", "geo", "mapbox2"} & set(figure["layout"])
    assert set(figure) == {"data", "layout", "frames"}


@pytest.mark.parametrize(
    "value", [None, [], {"data": 3}, {"data": []}, {"data": [{"type": "choropleth"}]}]
)
def test_what_can_not_be_drawn_is_drawn(value: Any) -> None:
    assert safe_figure(value) is None


def test_a_figure_that_holds_too_much_is_not_drawn() -> None:
    assert safe_figure({"data": [{"y": list(range(MAX_VALUES))}]}) is None
    assert safe_figure({"data": [{"y": {"dtype": "f8", "bdata": "AAAA" * 100_000}}]}) is not None


def test_a_figure_has_a_name() -> None:
    assert title_of({"layout": {"title": {"text": "Loss<br>of <b>two</b>"}}}) == "Loss of  two"
    assert title_of({"layout": {"title": 3}}) == "Figure"


TABLE = f"|{'a|' * 3000}\n|{'-|' * 3000}\n" + "a\n" * 8850


def markdown_shown(markdown: str) -> dict[str, Any]:
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": markdown}}
    return {"cell_type": "code", "source": "", "outputs": [output]}


@pytest.mark.parametrize(
    "cells",
    [
        [markdown_shown(TABLE)] * 69,
        [{"cell_type": "markdown", "source": TABLE + str(n)} for n in range(60)],
        [{"cell_type": "markdown", "source": "$x$ " * 7000 + str(n)} for n in range(60)],
        [{"cell_type": "code", "source": "f'{" * 9000 + str(n)} for n in range(60)],
        [{"cell_type": "raw", "source": "&" * 40_000}] * 60,
    ],
    ids=["tables shown", "tables", "math", "code", "raw"],
)
def test_text_without_end_is_cut(cells: list[dict[str, Any]]) -> None:
    """Formatted, each of these notebooks is a page of 20 to 60 MB, which takes a minute."""
    html = cells_html(cells, drawn)
    assert len(html) < MAX_TEXT + 10_000
    assert "[not shown: too much text for one page]" in html


def test_parts_of_a_page_share_its_room() -> None:
    room = Room()
    cells = [{"cell_type": "markdown", "source": "$x$ " * 7000}]
    parts = [cells_html(cells, drawn, room=room) for _ in range(20)]
    assert sum(map(len, parts)) < MAX_TEXT + 10_000
    assert "<math" in parts[0]
    assert "<math" not in parts[-1]
    short = cells_html([{"cell_type": "markdown", "source": "short"}], drawn, room=room)
    assert "short" in short


@pytest.mark.parametrize("assignment", assignments())
def test_every_task_is_in_the_contents(assignment: str) -> None:
    """Also where its heading stands in the middle of a cell; a comment in code is none."""
    found = find(assignment)
    notebook = nbformat.read(found.source / f"{assignment}.ipynb", 4)
    made = page(found, notebook, notebook)
    contents = re.findall(r'<li[^>]*><a href="#(part-\d+)">([^<]*)</a>', made)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    tasks = re.findall(r"^### (Task \d+)", prose, re.MULTILINE)
    assert tasks == [m[0] for _, text in contents if (m := re.match(r"Task \d+", text))]
    assert all(f'<span id="{anchor}">' in made for anchor, _ in contents)
