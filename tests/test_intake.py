"""Intake: every way in which a submission is not a notebook, each with a sentence for its author."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import intake
from autograder.errors import RejectedError
from autograder.intake import Cell
from autograder.limits import Limits

LIMITS = Limits(notebook_mib=1, notebook_cells=50)
CODE: dict[str, Any] = {"cell_type": "code", "id": "one", "metadata": {}, "source": "x = 1"}


def notebook(*cells: Any, **fields: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells], **fields}).encode()


def reason(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(RejectedError) as caught:
        intake.parse(data, limits)
    return str(caught.value)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the notebook should be; its folder is there."""
    path = tmp_path / "submitted" / "s1" / "a" / "a.ipynb"
    path.parent.mkdir(parents=True)
    return path


def refusal(path: Path) -> str:
    """Why a path is refused. A reader that waits for ever on it fails the test instead of hanging it."""
    found: list[BaseException] = []

    def attempt() -> None:
        try:
            intake.read("s1", path, LIMITS)
        except BaseException as error:  # noqa: BLE001 - judged below
            found.append(error)

    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive(), "waits"
    assert len(found) == 1
    assert isinstance(found[0], RejectedError), repr(found[0])
    return str(found[0])


# --- The file ---


def test_a_file_is_read_once_with_its_digest(place: Path) -> None:
    data = notebook(CODE)
    place.write_bytes(data)
    submission = intake.read("s1", place, LIMITS)
    assert submission == intake.Submission("s1", data, hashlib.sha256(data).hexdigest())


def test_a_missing_file(place: Path) -> None:
    assert refusal(place) == "there is no a.ipynb; the notebook must keep this name."
    place.parent.rmdir()
    assert refusal(place) == "there is no a.ipynb; the notebook must keep this name."


def test_a_link_to_a_file(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "solution.ipynb"
    other.write_bytes(notebook(CODE))
    place.symlink_to(other)
    assert refusal(place) == "a.ipynb is a symbolic link; submit the notebook itself."
    other.unlink()
    assert refusal(place) == "a.ipynb is a symbolic link; submit the notebook itself."


@pytest.mark.parametrize("level", ["s1", "a"])
def test_a_link_to_a_folder(place: Path, tmp_path: Path, level: str) -> None:
    place.write_bytes(notebook(CODE))
    folder = place.parent if level == "a" else place.parent.parent
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert place.is_file()
    assert refusal(place) == f"{level}/ is a symbolic link; submit a real folder."


def test_a_pipe_is_not_waited_for(place: Path) -> None:
    os.mkfifo(place)
    assert refusal(place) == "a.ipynb is not a file; submit the notebook itself."


def test_a_folder(place: Path) -> None:
    place.mkdir()
    assert refusal(place) == "a.ipynb is not a file; submit the notebook itself."


def test_a_socket(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.ipynb")
        assert refusal(place).startswith("a.ipynb is not readable (")


def test_a_folder_that_is_a_file(place: Path) -> None:
    place.parent.rmdir()
    place.parent.write_bytes(b"")
    assert refusal(place) == "a.ipynb is not readable (Not a directory); submit the notebook itself."


def test_refusals_leave_no_descriptor_open(place: Path) -> None:
    place.mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        refusal(place)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_the_size_is_bounded(place: Path) -> None:
    place.write_bytes(b" " * 2**20)
    assert len(intake.read("s1", place, LIMITS).data) == 2**20
    place.write_bytes(b" " * (2**20 + 1))
    assert refusal(place) == "a.ipynb is larger than 1 MiB; clear its outputs and submit again."


def test_a_file_that_claims_a_terabyte_is_not_read(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(2**40)
    assert "is larger than 1 MiB" in refusal(place)


@pytest.mark.parametrize(("content", "expected"), [(b"abc", b"abc"), (b"x" * 500, b"x" * 10), (b"", b"")])
def test_the_beginning_of_a_regular_file(tmp_path: Path, content: bytes, expected: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert intake.read_regular(path, 10) == expected
    assert intake.read_regular(tmp_path, 10) is None
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(OSError, match="symbolic"):
        intake.read_regular(link, 10)


# --- Its content ---

EMPTY = "the file is empty; save the notebook and submit again."
NOT_UTF8 = "the file is not UTF-8 text, so it is not a notebook."
NOT_JSON = "the file is not a notebook: it is no valid JSON (cut short, or another kind of file)."
TOO_DEEP = "the file is not a notebook: it is nested too deeply."
TOO_MANY = "the notebook holds more than a million lists; clear its outputs and submit again."
NO_NUMBER = "the file is JSON but not a notebook: it has no nbformat number."
ODD_NUMBER = "the file is JSON but not a notebook: its nbformat number is none."
NO_CELLS = "the notebook has no cells."


def old(number: int) -> str:
    return f"the notebook has format {number}; open and save it in JupyterLab, which writes format 4."


NO_CELL = "cell 1 of the notebook is not a cell."
NO_TEXT = "cell 1 of the notebook has no text."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", EMPTY, id="nothing"),
        pytest.param(b" \n\t ", EMPTY, id="blank"),
        pytest.param(b"\xef\xbb\xbf", EMPTY, id="only a byte order mark"),
        pytest.param(b"\xff\xfe{\x00}\x00", NOT_UTF8, id="UTF-16"),
        pytest.param(notebook(CODE)[:-3] + b"\xe9" + notebook(CODE)[-3:], NOT_UTF8, id="Latin-1"),
        pytest.param(b"PK\x03\x04\x00\x00\x9c", NOT_UTF8, id="zip"),
        pytest.param(notebook(CODE)[:-5], NOT_JSON, id="cut short"),
        pytest.param(notebook(CODE) * 2, NOT_JSON, id="twice"),
        pytest.param(b"# %%\nx = 1\n", NOT_JSON, id="a script"),
        pytest.param(b"<<<<<<< HEAD\n" + notebook(CODE), NOT_JSON, id="a conflict"),
        pytest.param(b"[" * 10**5, NOT_JSON, id="deep and cut short"),
        pytest.param(b"[" * 10**5 + b"]" * 10**5, NOT_JSON, id="deep"),
        pytest.param(b'{"a":' * 10**5 + b"1" + b"}" * 10**5, NOT_JSON, id="deep objects"),
        pytest.param(b'{"nbformat": ' + b"9" * 5000 + b"}", NOT_JSON, id="a number without end"),
        pytest.param(notebook(CODE, metadata={"x": json.loads("[" * 150 + "]" * 150)}), TOO_DEEP, id="rather deep"),
        pytest.param(b"[" + b"[]," * 10**6 + b"0]", TOO_MANY, id="a million lists"),
        pytest.param(b"[" + b"{}," * 10**6 + b"0]", TOO_MANY, id="a million objects"),
        pytest.param(b"[]", NO_NUMBER, id="a list"),
        pytest.param(b"null", NO_NUMBER, id="null"),
        pytest.param(b'"text"', NO_NUMBER, id="text"),
        pytest.param(b"{}", NO_NUMBER, id="an empty object"),
        pytest.param(notebook(CODE, nbformat="4"), NO_NUMBER, id="a text for a number"),
        pytest.param(notebook(CODE, nbformat=True), NO_NUMBER, id="true for a number"),
        pytest.param(notebook(CODE, nbformat=4.0), NO_NUMBER, id="a fraction for a number"),
        pytest.param(notebook(CODE, nbformat=10**50), ODD_NUMBER, id="a huge number"),
        pytest.param(notebook(CODE, nbformat=-4), ODD_NUMBER, id="a negative number"),
        pytest.param(notebook(CODE, nbformat=3), old(3), id="format 3"),
        pytest.param(notebook(CODE, nbformat=5), old(5), id="format 5"),
        pytest.param(notebook(), NO_CELLS, id="no cells"),
        pytest.param(b'{"nbformat": 4}', NO_CELLS, id="no list of cells"),
        pytest.param(notebook(cells={"0": CODE}), NO_CELLS, id="cells in an object"),
        pytest.param(notebook(*[CODE] * 51), "the notebook has more than 50 cells.", id="many cells"),
        pytest.param(notebook(CODE, 7), "cell 2 of the notebook is not a cell.", id="a number for a cell"),
        pytest.param(notebook([CODE]), NO_CELL, id="a list for a cell"),
        pytest.param(notebook({"source": ""}), NO_CELL, id="no type"),
        pytest.param(notebook(CODE | {"cell_type": 1}), NO_CELL, id="a number for a type"),
        pytest.param(notebook(CODE | {"source": [1, 2]}), NO_TEXT, id="source of numbers"),
        pytest.param(notebook(CODE | {"source": ["a", 2]}), NO_TEXT, id="mixed source"),
        pytest.param(notebook(CODE | {"source": None}), NO_TEXT, id="null for a source"),
        pytest.param(notebook(CODE | {"source": {}}), NO_TEXT, id="an object for a source"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_rejected_with_its_sentence(data: bytes, expected: str) -> None:
    assert reason(data) == expected


def test_cells_of_a_notebook() -> None:
    marked = {"cell_type": "code", "source": ["a\n", "b"], "metadata": {"nbgrader": {"grade_id": "z1", "points": 99}}}
    prose = {"cell_type": "markdown", "id": "m", "source": "# ☺", "attachments": {}}
    bare = {"cell_type": "raw"}
    expected = [
        Cell("code", "x = 1", "one", None),
        Cell("code", "a\nb", None, "z1"),
        Cell("markdown", "# ☺", "m", None),
        Cell("raw", "", None, None),
    ]
    assert intake.parse(notebook(CODE, marked, prose, bare), LIMITS) == expected
    assert intake.parse(b"\xef\xbb\xbf" + notebook(CODE, marked, prose, bare), LIMITS) == expected
    assert len(intake.parse(notebook(*[CODE] * 50), LIMITS)) == 50


@pytest.mark.parametrize(
    "metadata", [None, [], "x", {"nbgrader": None}, {"nbgrader": ["z1"]}, {"nbgrader": {"grade_id": 5}}]
)
def test_odd_metadata_is_no_metadata(metadata: Any) -> None:
    (cell,) = intake.parse(notebook({"cell_type": "code", "source": "", "id": 3, "metadata": metadata}), LIMITS)
    assert cell == Cell("code", "", None, None)


def test_lone_surrogates_become_question_marks() -> None:
    (cell,) = intake.parse(notebook(CODE | {"source": "a\ud800b\udfff"}), LIMITS)
    assert cell.source == "a?b?"
    assert cell.source.encode()


def test_depth_that_honest_notebooks_have() -> None:
    assert intake.parse(notebook(CODE, metadata={"x": json.loads("[" * 90 + "]" * 90)}), LIMITS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cell_type", "source", "metadata", "id", "nbgrader", "grade_id", "x"]), inner
        )
    ),
    max_leaves=12,
)
cells = json_values | st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw", "\ud800", ""]) | json_values},
    optional={
        "source": st.text(st.characters(), max_size=10) | st.lists(st.text(max_size=3) | json_values, max_size=3),
        "metadata": st.fixed_dictionaries({"nbgrader": st.fixed_dictionaries({"grade_id": json_values}) | json_values}),
        "id": json_values,
    },
)
notebooks = json_values | st.fixed_dictionaries(
    {"nbformat": st.just(4) | json_values, "cells": st.lists(cells, max_size=4) | json_values}
)


@settings(database=None, deadline=None, max_examples=250)
@given(notebooks)
def test_any_json_gives_sendable_cells_or_a_sentence(value: Any) -> None:
    try:
        found = intake.parse(json.dumps(value).encode(), LIMITS)
    except RejectedError as error:
        found, sentence = [], str(error)
    else:
        sentence = "fine."
    assert sentence.endswith(".")
    assert len(sentence) < 200
    assert found or sentence != "fine."
    for cell in found:
        assert type(cell.kind) is str
        assert cell.source.encode() is not None
        assert {type(cell.id), type(cell.grade_id)} <= {str, type(None)}


@settings(database=None, deadline=None, max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_sentence(data: bytes) -> None:
    assert reason(data).endswith(".")
