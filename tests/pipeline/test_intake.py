"""Intake: every way in which a submission is not a notebook,
each with a sentence for its author.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import at_most
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.core import assignment as course
from autograder.core.errors import RejectedError
from autograder.core.limits import Limits
from autograder.pipeline import intake
from autograder.pipeline.intake import Cell
from autograder.pipeline.slim import PIECE, Slimmer

LIMITS = Limits(notebook_mib=1, notebook_cells=50)
SPECIAL = '{"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "für – “x”"}]}'.encode()
CODE: dict[str, Any] = {"cell_type": "code", "id": "one", "metadata": {}, "source": "x = 1"}


def notebook(*cells: Any, **fields: Any) -> bytes:
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [*cells], **fields}
    ).encode()


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
    """Why a path is refused.

    A reader that waits for ever on it fails the test instead of hanging it.
    """
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
    assert (
        refusal(place) == "a.ipynb is not readable (Not a directory); submit the notebook itself."
    )


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
    assert refusal(place) == (
        "the notebook is larger than 1 MiB without its outputs; "
        "take large texts and pictures out of its cells and submit again."
    )


def test_a_file_that_claims_a_terabyte_is_not_read(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(2**40)
    assert (
        refusal(place) == "the notebook is larger than 200 MiB; clear its outputs and submit again."
    )


@pytest.mark.parametrize(
    ("content", "expected"), [(b"abc", b"abc"), (b"x" * 500, b"x" * 10), (b"", b"")]
)
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
AGAIN = "open it in a text editor, save it again with the encoding UTF-8, and submit that."
UTF16 = f"the file is not UTF-8 text but UTF-16: {AGAIN}"
LATIN = f"the file is not UTF-8 text, as notebooks are: {AGAIN}"
NOT_UTF8 = (
    "the file is not UTF-8 text, so it is not a notebook; submit the file that Jupyter saves."
)
NOT_JSON = "the file is not a notebook: it is not valid JSON (cut short, or another kind of file)."
TOO_DEEP = "the file is not a notebook: it is nested too deeply."
TOO_MANY = (
    "the notebook holds more than a million lists beside its outputs; submit the file that Jupyter "
    "saves."
)
NO_NUMBER = "the file is JSON but not a notebook: it has no nbformat number."
ODD_NUMBER = "the file is JSON but not a notebook: its nbformat is not a number."
NO_CELLS = "the notebook has no cells."


def old(number: int) -> str:
    return (
        f"the notebook has format {number}; open and save it in JupyterLab, which writes format 4."
    )


NO_CELL = "cell 1 of the notebook is not valid; submit the file that Jupyter saves."
NO_TEXT = "cell 1 of the notebook has no source; submit the file that Jupyter saves."


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", EMPTY, id="nothing"),
        pytest.param(b" \n\t ", EMPTY, id="blank"),
        pytest.param(b"\xef\xbb\xbf", EMPTY, id="only a byte order mark"),
        pytest.param(b"\xff\xfe{\x00}\x00", UTF16, id="UTF-16"),
        pytest.param(b"\xfe\xff" + SPECIAL.decode().encode("utf-16-be"), UTF16,
        id="UTF-16, the other way round"),
        pytest.param(SPECIAL.decode().encode("utf-16-le"), UTF16, id="UTF-16 without a mark"),
        pytest.param(SPECIAL.decode().encode("cp1252"), LATIN, id="cp1252"),
        pytest.param(notebook(CODE)[:-3] + b"\xe9" + notebook(CODE)[-3:], LATIN, id="Latin-1"),
        pytest.param(b"PK\x03\x04\x00\x00\x9c", NOT_UTF8, id="zip"),
        pytest.param(notebook(CODE)[:-5], NOT_JSON, id="cut short"),
        pytest.param(notebook(CODE) * 2, NOT_JSON, id="twice"),
        pytest.param(b"# %%\nx = 1\n", NOT_JSON, id="a script"),
        pytest.param(b"<<<<<<< HEAD\n" + notebook(CODE), NOT_JSON, id="a conflict"),
        pytest.param(b"[" * 10**5, NOT_JSON, id="deep and cut short"),
        pytest.param(b"[" * 10**5 + b"]" * 10**5, NOT_JSON, id="deep"),
        pytest.param(b'{"a":' * 10**5 + b"1" + b"}" * 10**5, NOT_JSON, id="deep objects"),
        pytest.param(b'{"nbformat": ' + b"9" * 5000 + b"}", NOT_JSON, id="a number without end"),
        pytest.param(notebook(CODE,
        metadata={"x": json.loads("[" * 150 + "]" * 150)}), TOO_DEEP, id="rather deep"),
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
        pytest.param(notebook(CODE, nbformat=3), NO_CELLS, id="format 3 without worksheets"),
        pytest.param(notebook(nbformat=3,
        worksheets=[5, {"cells": 5}]), NO_CELLS, id="format 3 with odd worksheets"),
        pytest.param(notebook(nbformat=3,
        worksheets=[{"cells": [5]}]), NO_CELL, id="format 3 with an odd cell"),
        pytest.param(notebook(CODE, nbformat=1), old(1), id="format 1"),
        pytest.param(notebook(CODE, nbformat=5), old(5), id="format 5"),
        pytest.param(notebook(), NO_CELLS, id="no cells"),
        pytest.param(b'{"nbformat": 4}', NO_CELLS, id="no list of cells"),
        pytest.param(notebook(cells={"0": CODE}), NO_CELLS, id="cells in an object"),
        pytest.param(notebook(*[CODE] * 51), "the notebook has more than "
"50 cells.", id="many cells"),
        pytest.param(notebook(CODE, 7), NO_CELL.replace("1", "2"), id="a number for a cell"),
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
    marked = {
        "cell_type": "code",
        "source": ["a\n", "b"],
        "metadata": {"nbgrader": {"grade_id": "z1", "points": 99}},
    }
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
    "metadata",
    [None, [], "x", {"nbgrader": None}, {"nbgrader": ["z1"]}, {"nbgrader": {"grade_id": 5}}],
)
def test_odd_metadata_is_no_metadata(metadata: Any) -> None:
    (cell,) = intake.parse(
        notebook({"cell_type": "code", "source": "", "id": 3, "metadata": metadata}), LIMITS
    )
    assert cell == Cell("code", "", None, None)


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ({"id": "z1", "outputId": "x"}, ("z1",)),  # Colab
        ({"grade_id": "z1", "name": "cell"}, ("z1", "cell")),
        ({"id": 5, "name": None}, ()),
    ],
)
def test_names_that_a_tool_put_elsewhere(metadata: dict[str, Any], names: tuple[str, ...]) -> None:
    (cell,) = intake.parse(
        notebook({"cell_type": "code", "source": "", "metadata": metadata}), LIMITS
    )
    assert cell == Cell("code", "", None, None, names)


def test_a_notebook_of_format_3_is_read_as_its_upgrade() -> None:
    """nbformat itself writes it, and its own way back is the measure."""
    release = nbformat.from_dict(course.find("01_relu_matrix").released)
    before = nbformat.convert(copy.deepcopy(release), 3)
    before["worksheets"][0]["cells"].insert(0, nbformat.v3.new_heading_cell("A\nheading", level=2))
    found = intake.parse(nbformat.v3.writes_json(before).encode(), Limits())
    upgraded = nbformat.convert(copy.deepcopy(before), 4)
    assert [(cell.kind, cell.source) for cell in found] == [
        (c.cell_type, c.source) for c in upgraded.cells
    ]
    assert {cell.grade_id for cell in found} >= {"z1", "z1-test", "explain_fold"}


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
            st.sampled_from(["cell_type", "source", "metadata", "id", "nbgrader", "grade_id", "x"]),
            inner,
        )
    ),
    max_leaves=12,
)
cells = json_values | st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw", "\ud800", ""]) | json_values},
    optional={
        "source": st.text(st.characters(), max_size=10)
        | st.lists(st.text(max_size=3) | json_values, max_size=3),
        "metadata": st.fixed_dictionaries(
            {"nbgrader": st.fixed_dictionaries({"grade_id": json_values}) | json_values}
        ),
        "id": json_values,
    },
)
notebooks = json_values | st.fixed_dictionaries(
    {"nbformat": st.just(4) | json_values, "cells": st.lists(cells, max_size=4) | json_values}
)


@settings(max_examples=250)
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


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_sentence(data: bytes) -> None:
    assert reason(data).endswith(".")


# --- Outputs ---

PICTURE: dict[str, Any] = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"image/png": "iVBORw0KGgo" * 20_000},
}
TRICKY: list[Any] = [
    {"text": ['a "quoted" ] } [ {', "\\", '\\"', "]\n", '\\\\"outputs": [']},
    {"data": {"outputs": [[], {}, [{"outputs": {}}]], "x": "\\\\\\"}},
]


def read_back(place: Path, data: bytes, limits: Limits = LIMITS) -> list[Cell]:
    place.write_bytes(data)
    submission = intake.read("s1", place, limits)
    assert submission.sha256 == hashlib.sha256(data).hexdigest()
    assert len(submission.data) < len(data) or len(data) < PIECE
    return intake.parse(submission.data, limits)


@pytest.mark.parametrize(
    "outputs", [[PICTURE] * 20, TRICKY * 6000, [[[[]]] * 180_000], [{"text": "_" * 2_000_000}]]
)
@pytest.mark.parametrize("indent", [None, 1])
def test_outputs_do_not_count(place: Path, outputs: list[Any], indent: int | None) -> None:
    """Megabytes of them, of which one is allowed: between cells whose texts look like outputs."""
    text = '"outputs": [1, {"attachments": [2]}], "x": "\\"'
    before = {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "id": "a"}
    after = {
        "outputs": TRICKY,
        "cell_type": "code",
        "metadata": {"x": TRICKY},
        "source": [text, "\\"],
        "id": "b",
    }
    picture = {
        "cell_type": "markdown",
        "attachments": {"a.png": PICTURE},
        "source": "![](attachment:a.png)",
        "id": "c",
    }
    state = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": outputs}}}
    whole = json.loads(
        notebook(before, CODE | {"outputs": outputs}, after, picture, metadata=state)
    )
    assert read_back(place, json.dumps(whole, indent=indent).encode()) == [
        Cell("code", text, "a", None),
        Cell("code", "x = 1", "one", None),
        Cell("code", text + "\\", "b", None),
        Cell("markdown", "![](attachment:a.png)", "c", None),
    ]


def test_what_is_no_output_counts(place: Path) -> None:
    place.write_bytes(notebook(CODE | {"source": '"outputs": [' + "x" * 2**20 + "]"}))
    assert "is larger than 1 MiB without its outputs" in refusal(place)
    place.write_bytes(notebook(CODE | {"source": "x" * 2**21}).decode().encode("utf-16"))
    assert refusal(place) == UTF16


def test_a_file_that_is_cut_short_within_its_outputs(place: Path) -> None:
    place.write_bytes(notebook(CODE | {"outputs": [PICTURE] * 20})[:-100])
    assert reason(intake.read("s1", place, LIMITS).data) == NOT_JSON


@pytest.mark.slow
@pytest.mark.parametrize(
    "output", [PICTURE, {"data": [[0.1, 2.5]] * 20_000}, {"text": ["line \\n\n"] * 20_000}]
)
def test_two_hundred_megabytes_of_outputs_cost_little(place: Path, output: dict[str, Any]) -> None:
    piece = json.dumps(output).encode() + b","
    start, end = notebook(CODE | {"outputs": ["here"]}).split(b'"here"')
    with place.open("wb") as file:
        file.write(start)
        for _ in range(199 * 2**20 // len(piece)):
            file.write(piece)
        file.write(b"0" + end)
    begin = time.process_time()
    with at_most(64 * 2**20):
        submission = intake.read("s1", place, LIMITS)
    assert time.process_time() - begin < 20
    assert intake.parse(submission.data, LIMITS) == [Cell("code", "x = 1", "one", None)]
    with place.open("ab") as file:
        file.write(b" " * 2**21)
    assert (
        refusal(place) == "the notebook is larger than 200 MiB; clear its outputs and submit again."
    )


json_texts = st.recursive(
    st.none() | st.integers() | st.sampled_from(['"', "\\", '\\"', "[", "}", 'outputs": [', "é\n"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["outputs", "widgets", "x", '"']), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=250)
@given(json_texts, st.integers(1, 400), st.sampled_from([None, 1, 4]))
def test_pieces_of_any_size_give_what_remains(value: Any, size: int, indent: int | None) -> None:
    """Compared with the values themselves: lists and objects
    under the keys are empty, all else is as it was.
    """

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(item) for item in value]
        if not isinstance(value, dict):
            return value
        out = {"outputs", "widgets"}
        return {
            key: type(item)() if key in out and isinstance(item, list | dict) else without(item)
            for key, item in value.items()
        }

    data = json.dumps([value, value], indent=indent, ensure_ascii=False).encode()
    slimmer = Slimmer(1000)
    for place in range(0, len(data), size):
        slimmer.feed(data[place : place + size])
    slimmer.feed(b"", last=True)
    assert json.loads(slimmer.kept) == without([value, value])


def test_millions_of_outputs_are_left_where_they_are(place: Path) -> None:
    """Each costs some time to take out, and no notebook has more of them than it may have cells."""
    place.write_bytes(b'{"a": [' + b'{"outputs":[1]},' * 10**6 + b"0]}")
    begin = time.process_time()
    assert "without its outputs" in refusal(place)
    assert time.process_time() - begin < 3
