"""Cleaning: what student code put out is safe to keep and to show, however it was made."""

from __future__ import annotations

import base64
import json
import re
import time
from html.parser import HTMLParser
from typing import Any

import msgspec
import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nbconvert.filters.markdown import markdown2html

from autograder.core import sanitize
from autograder.core.sanitize import clean_outputs, inert, visible
from autograder.core.terminal import printed

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
PLOTLY = "application/vnd.plotly.v1+json"
NOT_SHOWN = {"text/plain": "[not shown]"}


def cleaned(*outputs: Any) -> list[dict[str, Any]]:
    """Clean, and check what holds for everything that is kept."""
    # As it is written into a notebook, which is UTF-8.
    result: list[dict[str, Any]] = json.loads(
        msgspec.json.encode(clean_outputs(json.dumps(outputs)))
    )
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.from_dict(output) for output in result])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    return result


def shown(data: Any, kind: str = "display_data") -> Any:
    (output,) = cleaned({"output_type": kind, "data": data, "metadata": {"evil": 1}})
    assert output["metadata"] == {}
    return output["data"]


# --- What honest code puts out ---


def test_honest_outputs_are_kept() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "tensor([1., 2.])\n\tReLU → ☺ é\n"}
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "no",
        "traceback": ["line 1", "line 2"],
    }
    data = {
        "text/plain": "x",
        "text/html": "<table><tbody><tr><td>1</td></tr></tbody></table>",
        "image/png": PNG,
    }
    result = {
        "output_type": "execute_result",
        "data": data,
        "metadata": {},
        "execution_count": None,
    }
    assert cleaned(stream, error, result) == [stream, error, result]


def test_a_figure_is_kept_as_it_is() -> None:
    figure = {
        "data": [{"type": "scatter", "x": [1, 2.5, None], "y": {"bdata": "AAAA", "dtype": "f8"}}],
        "layout": {},
    }
    assert shown({PLOTLY: figure, "text/plain": "Figure"}) == {
        PLOTLY: figure,
        "text/plain": "Figure",
    }


def test_pictures_may_hold_line_breaks() -> None:
    broken = PNG[:10] + "\n" + PNG[10:] + "\n"
    assert shown({"image/png": broken, "image/jpeg": PNG}) == {
        "image/png": broken,
        "image/jpeg": PNG,
    }


# --- Script ---


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data='javascript:alert(1)'></object>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<form action='javascript:alert(1)'><button>x</button></form>",
        "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
        "<style>@import 'javascript:alert(1)'</style>",
        "<div style='background:url(javascript:alert(1))'>x</div>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<base href='javascript:'>",
    ],
)
def test_no_script_survives(html: str) -> None:
    left = shown({"text/html": f"before {html} after"})["text/html"].lower()
    assert "before" in left
    for bad in (
        "<script",
        "<img src=x onerror",
        "onload=",
        "javascript:",
        "<iframe",
        "<svg",
        "<object",
        "<form",
        "style=",
    ):
        assert bad not in left


@pytest.mark.parametrize(
    "mime",
    [
        "image/svg+xml", "application/javascript", "application/json",
        "application/vnd.jupyter.widget-view+json",
        "text/vnd.mermaid", "TEXT/HTML", "text/html ", "", "application/pdf",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", ["<svg><script>alert(1)</script></svg>", {"x": 1}, None, 3])
def test_kinds_that_are_not_known_are_dropped(mime: str, value: Any) -> None:
    assert shown({mime: value}) == NOT_SHOWN
    assert shown({mime: value, "text/plain": "x"}) == {"text/plain": "x"}


@pytest.mark.parametrize(
    "mime", ["text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg"]
)
@pytest.mark.parametrize("value", [None, 1, ["<b>"], {"a": 1}, True])
def test_values_of_the_wrong_type_are_dropped(mime: str, value: Any) -> None:
    assert shown({mime: value}) == NOT_SHOWN


@pytest.mark.parametrize(
    "value",
    ["", "  ", "<script>", "AAA", "A" * 5, "AAAA\x00", "é" * 4, "\ud800" * 4, 'QUJD"><script>'],
)
@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_pictures_that_are_not_base64_are_dropped(mime: str, value: str) -> None:
    assert shown({mime: value}) == NOT_SHOWN


# --- Control characters and text that turns round ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc ☺ é 漢", "a\tb\nc ☺ é 漢"),
        ("\x1b[2J\x1b]0;title\x07", "\\u001b[2J\\u001b]0;title\\u0007"),
        ("\u202egnihtyreve\u202c", "\\u202egnihtyreve\\u202c"),
        ("\u2066x\u2069\u200b\u200f", "\\u2066x\\u2069\\u200b\\u200f"),
        ("\x00\x08\x7f\x9b\r", "\\u0000\\u0008\\u007f\\u009b\\u000d"),
        ("\ud800\ufeff", "\\ud800\\ufeff"),
    ],
)
def test_control_characters_are_shown_and_not_obeyed(text: str, expected: str) -> None:
    assert visible(text) == expected
    outputs = cleaned(
        {"output_type": "stream", "name": "stderr", "text": text},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
        {"output_type": "display_data", "data": {"text/plain": text, "text/latex": text}},
    )
    assert outputs[0]["text"] == visible(printed(text))  # a terminal obeys some
    assert (outputs[1]["ename"], outputs[1]["evalue"], outputs[1]["traceback"]) == (
        expected,
        expected,
        [expected],
    )
    assert outputs[2]["data"] == {"text/plain": expected, "text/latex": expected}


def test_lone_surrogates_do_not_stop_the_grader() -> None:
    assert shown({"text/html": "<b>\ud800</b>"}) == {"text/html": "<b>?</b>"}
    assert shown({"text/markdown": "a\udfff"}) == {"text/markdown": "a\\udfff"}
    assert shown({PLOTLY: {"\ud800": ["a\udfff", "☺"]}}) == {PLOTLY: {"?": ["a?", "☺"]}}


# --- What is no output ---


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "{}", "3", '"text"', "[", "[1,", "[[[]]]", "[1, null, true]",
        '[{"output_type": 1}]', "[{}]",
        "[" * 10**5,
        "[" * 10**5 + "]" * 10**5,
        '[{"output_type":"stream","name":"stdout","text":' + "9" * 5000 + "}]", "\ud800",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_list_of_outputs_is_dropped(text: str) -> None:
    assert clean_outputs(text) == []


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": "stdin", "text": "x"},
        {"output_type": "stream", "name": ["stdout"], "text": "x"},
        {"output_type": "stream", "text": "x"},
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
        {"output_type": "display_data", "data": "x"},
        {"output_type": "display_data"},
        {"output_type": ["stream"]},
        {"output_type": None},
        ["stream"],
        "stream",
    ],
)
def test_outputs_of_no_known_form_are_dropped(output: Any) -> None:
    kept = {"output_type": "stream", "name": "stdout", "text": "x"}
    assert cleaned(output, kept) == [kept]


@pytest.mark.parametrize("text", [None, 1, ["a"], {}])
def test_text_of_another_type_is_empty(text: Any) -> None:
    stream, error = cleaned(
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
    )
    assert stream["text"] == ""
    assert (error["ename"], error["evalue"], error["traceback"]) == ("", "", [""])


@pytest.mark.parametrize("traceback", [None, "text", 3, {}])
def test_a_traceback_that_is_no_list_is_empty(traceback: Any) -> None:
    (error,) = cleaned({"output_type": "error", "ename": "E", "evalue": "", "traceback": traceback})
    assert error["traceback"] == []


# --- Sizes ---


def test_sizes_are_bounded() -> None:
    huge = "x" * 1_000_000
    stream, error, display = cleaned(
        {"output_type": "stream", "name": "stdout", "text": huge},
        {"output_type": "error", "ename": huge, "evalue": huge, "traceback": [huge] * 100},
        {
            "output_type": "display_data",
            "data": {"text/plain": huge, "text/html": huge, "image/png": "A" * 4_000_000},
        },
    )
    assert len(stream["text"]) == sanitize.MAX_TEXT
    assert (len(error["ename"]), len(error["evalue"])) == (200, 2_000)
    assert [len(line) for line in error["traceback"]] == [10_000] * 50
    assert {mime: len(value) for mime, value in display["data"].items()} == {
        "text/plain": sanitize.MAX_TEXT,
        "text/html": sanitize.MAX_HTML,
    }


def test_the_number_of_outputs_is_bounded() -> None:
    assert (
        len(cleaned(*[{"output_type": "stream", "name": "stdout", "text": "x"}] * 300))
        == sanitize.MAX_OUTPUTS
    )


@pytest.mark.parametrize("tag", ["<div>", "<ul><li>", "<div></b>"])
def test_tags_nested_without_end_do_not_keep_the_worker_busy(tag: str) -> None:
    """Cleaning takes time squared in the depth: a megabyte of these would take minutes."""
    start = time.process_time()
    assert shown({"text/html": tag * 100_000}) == NOT_SHOWN
    shown({"text/html": tag * 3_000})
    assert time.process_time() - start < 5


def test_a_large_table_is_kept() -> None:
    table = "<table><tbody>" + "<tr><td>1</td><td>2</td></tr>" * 2_000 + "</tbody></table>"
    assert shown({"text/html": table}) == {"text/html": table}


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("depth", [60, 200, 400, 900])
def test_a_figure_that_is_nested_too_deeply_for_later_readers_is_dropped(depth: int) -> None:
    assert shown({PLOTLY: {"data": nested(depth)}}) == NOT_SHOWN


def test_a_figure_as_deep_as_honest_ones_is_kept() -> None:
    assert shown({PLOTLY: {"data": nested(40)}}) == {PLOTLY: {"data": nested(40)}}


@pytest.mark.parametrize("value", [[1], "x", None, 5])
def test_a_figure_that_is_no_object_is_dropped(value: Any) -> None:
    assert shown({PLOTLY: value}) == NOT_SHOWN


def test_depth_is_counted_in_levels() -> None:
    assert not sanitize.deeper_than(nested(5), 6)
    assert sanitize.deeper_than(nested(6), 6)
    assert not sanitize.deeper_than("text", 1)


# --- Markdown, which nbgrader's formgrader renders with its HTML in it ---


class Tags(HTMLParser):
    """Collects what could run, or lead anywhere but to the web."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bad: list[Any] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in (
            "script",
            "iframe",
            "svg",
            "object",
            "embed",
            "form",
            "style",
            "base",
            "meta",
            "b",
        ):
            self.bad.append(tag)
        for name, value in attrs:
            address = name in ("href", "src") and not re.match(
                "https?:|mailto:|#", value or "", re.IGNORECASE
            )
            if address or name.startswith("on"):
                self.bad.append((name, value))


PIECES = [
    "<", ">", "</", "<script>", "<b onclick=x>", "[", "]", "(", ")", "](", "]:", ":",
    "javascript:x", "https://a", "#",
    "\n", "\n\n", " ", "`", "```", "$", "$$", "\\", "&lt;", "&#106;", "!", "attachment:x", '"', "'",
    "|", "-",
    "a href=", "~", "*", "mermaid", "x", "\t", "<!--", "-->", "<?", "\\begin{x}", "\\end{x}",
    "&#x3c;", "&colon;",
    "<a title='",
]  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join))
@example("[x](javascript:alert(1))")
@example("[x](\njavascript:alert(1))")
@example("[x]:\n javascript:alert(1)\n\n[x]")
@example("[x](&#106;avascript:alert(1)) <javascript:alert(1)>")
@example("<a title='\n\n<script>alert(1)</script>\n'>")
@example("```mermaid\n<script>alert(1)</script>\n```")
@example('```x" onmouseover="alert(1)\ncode\n```')
@example("![x](attachment:gone.png)")
def test_inert_markdown_renders_to_nothing_that_runs(markdown: str) -> None:
    assert Tags(str(markdown2html(inert(markdown)))).bad == []


def test_inert_markdown_reads_the_same() -> None:
    text = (
        "# A fold\n\n*If* x < 0 and $a_1<3$: [see](https://example.org/a_(b)), `y[0](z)`\n\n[1]: "
        "https://example.org\n"
    )
    assert inert(text) == text.replace("y[0](z)", "y[0] (z)")
    assert inert("a<b and <script>") == "a< b and < script>"
    assert inert(inert("[a](b)")) == inert("[a](b)") == "[a] (b)"


# --- Whatever comes ---

mimes = st.sampled_from(
    ["text/plain", "text/html", "text/markdown", "image/png", PLOTLY, "image/svg+xml"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
outputs = anything | st.fixed_dictionaries(
    {"output_type": st.sampled_from(["stream", "error", "display_data", "execute_result"])},
    optional={
        "name": st.sampled_from(["stdout", "stderr", "x"]) | anything,
        "text": anything,
        "ename": anything,
        "evalue": anything,
        "traceback": st.lists(anything, max_size=3) | anything,
        "data": st.dictionaries(mimes | st.text(max_size=3), anything, max_size=3) | anything,
        "metadata": anything,
    },
)


@settings(max_examples=200)
@given(st.lists(outputs, max_size=3))
def test_whatever_comes_can_be_kept(given_outputs: list[Any]) -> None:
    for output in cleaned(*given_outputs):
        assert output["output_type"] in ("stream", "error", "display_data", "execute_result")


@settings(max_examples=100)
@given(st.text(st.characters(), max_size=100))
def test_visible_text_is_printable_and_says_the_same_twice(text: str) -> None:
    made = visible(text)
    assert all(c.isprintable() or c in "\n\t" for c in made)
    assert visible(made) == made
    assert clean_outputs(text) == [] or text.strip().startswith("[")
