"""Intake, rebuild and clean under generated input: a submission is a notebook of ours or a
sentence, and what a cell put out is safe to keep; neither takes more memory or time than it may.
The examples are the same on every run.
"""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import msgspec
import nbformat
import pytest
from conftest import at_most
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.core import sanitize
from autograder.core.assignment import find
from autograder.core.errors import RejectedError
from autograder.core.limits import Limits
from autograder.pipeline import intake
from autograder.pipeline.intake import Cell
from autograder.pipeline.rebuild import rebuild
from autograder.wire.bounds import MAX_HEADER

fixed = settings(max_examples=120)
MIB = 2**20
ASSIGNMENT = find("01_relu_matrix")
RELEASE = json.dumps(ASSIGNMENT.released).encode()
NAMES = [
    name for cell in ASSIGNMENT.released["cells"]
    for name in (cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["id"]) if name
]  # fmt: skip


def assert_sentence(error: RejectedError) -> None:
    text = str(error)
    assert text.endswith(".")
    assert text.isprintable()
    assert len(text) < 200


# --- A submission's bytes ---


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """The release's bytes with some changed, cut, doubled or added."""
    data = bytearray(RELEASE)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        other = draw(
            st.integers(place, min(len(data), place + draw(st.sampled_from([1, 20, 2000]))))
        )
        piece = draw(
            st.binary(max_size=6)
            | st.sampled_from(
                [
                    b"null",
                    b"NaN",
                    b"{",
                    b"]",
                    b'"',
                    b"\\ud800",
                    b"1e999",
                    b"-",
                    b"\xef\xbb\xbf",
                    b"\0",
                ]
            )
            | st.just(bytes(data[place:other]) * 2)
        )
        data[place:other] = piece
    return bytes(data)


@fixed
@given(spoiled() | st.binary(max_size=50))
def test_bytes_are_cells_or_a_sentence(data: bytes) -> None:
    try:
        cells = intake.parse(data, Limits())
    except RejectedError as error:
        assert_sentence(error)
        return
    for cell in cells:
        assert {type(cell.kind), type(cell.source)} == {str}
        assert cell.source.encode() is not None


PIECES = [
    b"[],",
    b"{},",
    b'"ab",',
    b"1.5,",
    b"[0],",
    b'{"a":0},',
    b"1234,",
    '"é一",'.encode(),
    b"[[[[],[]]]],",
    b'"\\n",',
]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.decode())
def test_a_notebook_of_the_largest_size_costs_bounded_time_and_memory(piece: bytes) -> None:
    limits = Limits(notebook_mib=10)
    before = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "metadata": ['
    data = before + piece * ((10 * MIB - 100) // len(piece)) + b"0]}]}"
    start = time.process_time()
    with at_most(18 * len(data)):
        try:
            assert len(intake.parse(data, limits)) == 1
        except RejectedError as error:
            assert_sentence(error)
    assert time.process_time() - start < 5


# --- The notebook to grade ---

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["", "\0", "%%bash", "\u202e"]
)
submitted = st.builds(
    Cell,
    st.sampled_from(["code", "markdown", "raw", "heading", ""]),
    texts,
    st.none() | st.sampled_from([*NAMES, "extra-1", ""]) | texts,
    st.none() | st.sampled_from([*NAMES, "extra-1"]) | texts,
)


@fixed
@given(st.lists(submitted, max_size=12))
def test_whatever_the_cells_are_the_notebook_is_ours(cells: list[Cell]) -> None:
    try:
        rebuilt = rebuild(ASSIGNMENT, cells)
    except RejectedError as error:
        assert_sentence(error)
        return
    nbformat.validate(copy.deepcopy(rebuilt.notebook))
    ours = [cell for cell in rebuilt.notebook["cells"] if not cell["id"].startswith("extra-")]
    released = {cell["id"]: cell for cell in ASSIGNMENT.released["cells"]}
    marked = [
        c
        for c in ASSIGNMENT.released["cells"]
        if c["metadata"].get("nbgrader") or c["cell_type"] != "code"
    ]
    assert [cell["id"] for cell in ours] == [cell["id"] for cell in marked]
    for cell in ours:
        before = released[cell["id"]]
        answered = before["metadata"].get("nbgrader", {}).get("solution")
        assert cell | {"source": before["source"] if answered else cell["source"]} == before
    for place in rebuilt.cells:
        mark = rebuilt.notebook["cells"][place.index]["metadata"].get("nbgrader", {})
        assert bool(mark.get("grade")) == (place.check is not None)
        assert place.check or rebuilt.notebook["cells"][place.index]["source"] == place.source
    assert all(note.isprintable() for note in rebuilt.notes)


# --- Outputs ---

scalars = (
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats()
    | st.text(st.characters(), max_size=6)
    | st.sampled_from(["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\x1b]0;x\x07",
    "\u202e", "aGk="])
)  # fmt: skip
mimes = st.sampled_from([
    "text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg",
    "image/svg+xml",
    "application/json", "application/javascript", "application/vnd.plotly.v1+json", "\ud800", "",
])  # fmt: skip
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
any_output = json_values | st.fixed_dictionaries(
    {
        "output_type": st.sampled_from(
            ["stream", "error", "display_data", "execute_result", "update_display_data"]
        )
    },
    optional={
        "name": st.sampled_from(["stdout", "stderr"]) | json_values,
        "text": json_values,
        "data": st.dictionaries(mimes, json_values, max_size=4) | json_values,
        "metadata": json_values,
        "ename": json_values,
        "evalue": json_values,
        "traceback": st.lists(json_values, max_size=3) | json_values,
    },
)


def assert_safe(outputs: list[dict[str, Any]]) -> bytes:
    """Whatever came out: nbformat takes it, a file can hold it,
    and nothing in it runs or moves a cursor.
    """
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "",
        "execution_count": 1,
        "outputs": outputs,
    }
    data = msgspec.json.encode(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    )
    nbformat.validate(nbformat.reads(data.decode(), as_version=4))
    for output in outputs:
        shown = [output.get(field, "") for field in ("text", "ename", "evalue")] + output.get(
            "traceback", []
        )
        bundle = output.get("data", {})
        shown += [bundle.get(mime, "") for mime in ("text/plain", "text/latex")]
        assert all(char.isprintable() or char in "\n\t" for text in shown for char in text)
        for mime in ("text/html", "text/markdown"):
            lowered = bundle.get(mime, "").lower()
            assert "<script" not in lowered
            assert "<img src=x on" not in lowered
    return data


@settings(fixed, max_examples=250)
@given(st.lists(any_output, max_size=5).map(json.dumps) | st.text(st.characters(), max_size=30))
def test_outputs_are_safe_whatever_they_were(text: str) -> None:
    assert_safe(sanitize.clean_outputs(text))


def shown(data: dict[str, Any]) -> str:
    return json.dumps([{"output_type": "display_data", "data": data, "metadata": {}}])


FLOODS = {
    "lists": "[" + "[]," * (MAX_HEADER // 3) + "0]",
    "outputs": "[" + '{"output_type":"error"},' * (MAX_HEADER // 24) + "0]",
    "text": json.dumps(
        [{"output_type": "stream", "name": "stdout", "text": "\x1b" * (MAX_HEADER // 7)}]
    ),
    "tracebacks": json.dumps([{"output_type": "error", "traceback": ["\x1b" * 600] * 200}] * 5),
    "tags": shown({"text/html": "<b>" * (sanitize.MAX_TAGS - 1)}),
    "open brackets": shown({"text/html": "<" * MAX_HEADER}),
    "entities": shown({"text/html": "&lt;" * (MAX_HEADER // 4)}),
    "attributes": shown({"text/html": "<a " + "x=1 " * (MAX_HEADER // 4) + ">"}),
    "markdown": shown({"text/markdown": "[" * MAX_HEADER}),
    "deep figure": shown(
        {"application/vnd.plotly.v1+json": {"x": json.loads("[" * 900 + "]" * 900)}}
    ),
    "wide figure": shown({"application/vnd.plotly.v1+json": {"x": [[]] * (MAX_HEADER // 4)}}),
    "picture": shown({"image/png": "aGk=" * (MAX_HEADER // 4)}),
    "mimes": shown({f"x/{n}": "" for n in range(MAX_HEADER // 16)}),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_output_costs_bounded_time_and_memory(name: str) -> None:
    start = time.process_time()
    with at_most(48 * MAX_HEADER):
        outputs = sanitize.clean_outputs(FLOODS[name])
    assert time.process_time() - start < 5
    assert len(assert_safe(outputs)) < 2 * MAX_HEADER
