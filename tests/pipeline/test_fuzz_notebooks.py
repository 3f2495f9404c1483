"""2,400 malformed notebooks, 600 out of each release: each ends
as a notebook of ours to grade, or as a sentence.

The notebooks are the same on every run. One that fails is named by assignment and number:
`spoil(release, number)`.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import nbformat
import pytest

from autograder import wire
from autograder.core.assignment import Assignment, assignments, find
from autograder.core.errors import RejectedError
from autograder.core.limits import Limits
from autograder.pipeline import intake, rebuild

COUNT = 600
LIMITS = Limits(notebook_mib=2)
Random = random.Random

ODD: list[Any] = [
    None, True, False, 0, -1, 1, 3, 4, 5, 2**31, 2**64, 10**400, 0.5, float("nan"), float("inf"),
    "", " ", "x", "code",
    "z1", "\0", "\ud800", "\udfff\ud800", "\u202etxt", "\u2028", "\U0010ffff", "e\u0301" * 20,
    "x" * 300_000, [], {},
    [[]], [None], ["a", 1], {"": None}, {"x": {"y": []}}, json.loads("[" * 120 + "]" * 120),
]  # fmt: skip
KINDS = ["code", "markdown", "raw", "heading", "Code", "", 7, None]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value: a list or an object, and the index or key in it."""
    found = []
    inside = [value]
    while inside:
        here = inside.pop()
        keys = (
            list(here)
            if isinstance(here, dict)
            else range(len(here))
            if isinstance(here, list)
            else []
        )
        for key in keys:
            found.append((here, key))
            inside.append(here[key])
    return found


def any_cell(notebook: Any, rng: Random) -> Any:
    cells = notebook.get("cells")
    good = [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []
    return rng.choice(good) if good else {}


def mark_of(cell: Any) -> dict[str, Any]:
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return mark if isinstance(mark, dict) else {}


# --- Changes of the structure ---


def swap_a_value(notebook: Any, rng: Random) -> None:
    here, key = rng.choice(places(notebook))
    here[key] = copy.deepcopy(rng.choice(ODD))


def drop_a_value(notebook: Any, rng: Random) -> None:
    here, key = rng.choice(places(notebook))
    del here[key]


def copy_a_value(notebook: Any, rng: Random) -> None:
    found = places(notebook)
    (here, key), (there, other) = rng.choice(found), rng.choice(found)
    here[key] = copy.deepcopy(there[other])


def rename_a_key(notebook: Any, rng: Random) -> None:
    objects = [here for here, key in places(notebook) if isinstance(key, str)]
    here = rng.choice(objects)
    here[rng.choice(["source", "cell_type", "cells", "id", "", "\ud800"])] = here.pop(
        rng.choice(list(here))
    )


def reorder_cells(notebook: Any, rng: Random) -> None:
    if isinstance(notebook.get("cells"), list):
        rng.shuffle(notebook["cells"])


def repeat_cells(notebook: Any, rng: Random) -> None:
    if isinstance(notebook.get("cells"), list):
        notebook["cells"] *= rng.choice([2, 3, 30])


def delete_cells(notebook: Any, rng: Random) -> None:
    if isinstance(notebook.get("cells"), list):
        notebook["cells"] = [cell for cell in notebook["cells"] if rng.random() < 0.6]


def double_a_cell(notebook: Any, rng: Random) -> None:
    if isinstance(notebook.get("cells"), list):
        notebook["cells"].insert(rng.randint(0, 5), copy.deepcopy(any_cell(notebook, rng)))


def add_a_cell(notebook: Any, rng: Random) -> None:
    if isinstance(notebook.get("cells"), list):
        cell = {
            "cell_type": rng.choice(KINDS),
            "source": rng.choice(ODD),
            "metadata": rng.choice(ODD),
        }
        notebook["cells"].insert(rng.randint(0, 9), rng.choice([cell, rng.choice(ODD)]))


def change_a_kind(notebook: Any, rng: Random) -> None:
    any_cell(notebook, rng)["cell_type"] = rng.choice(KINDS)


def change_a_mark(notebook: Any, rng: Random) -> None:
    cells = notebook.get("cells")
    marks = [
        m
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict) and (m := mark_of(cell))
    ]
    mark = rng.choice(marks) if marks else {}
    field = rng.choice(
        ["grade_id", "points", "grade", "solution", "locked", "schema_version", "task", "checksum"]
    )
    mark[field] = rng.choice([*ODD, 10**6, True, "z1-test"])


def swap_marks(notebook: Any, rng: Random) -> None:
    one, other = any_cell(notebook, rng), any_cell(notebook, rng)
    for field in ("metadata", "id"):
        one[field], other[field] = other.get(field), one.get(field)


def drop_metadata(notebook: Any, rng: Random) -> None:
    for _ in range(rng.randint(1, 30)):
        any_cell(notebook, rng).pop(rng.choice(["metadata", "id"]), None)


def fill_metadata(notebook: Any, rng: Random) -> None:
    target = rng.choice([notebook, any_cell(notebook, rng)])
    target["metadata"] = rng.choice(
        [{str(n): rng.choice(ODD) for n in range(50)}, {"nbgrader": rng.choice(ODD)}]
    )


def odd_id(notebook: Any, rng: Random) -> None:
    any_cell(notebook, rng)["id"] = rng.choice([*ODD, "a b", "x" * 65, "ä", "extra-1", "../x"])


def odd_source(notebook: Any, rng: Random) -> None:
    text = rng.choice(
        ["\0", "\ud83d", "\x1b[2J", "\u202e", "%%html\n<script>", "x" * 300_000, "\r\n", "\ufeff"]
    )
    any_cell(notebook, rng)["source"] = rng.choice([text, [text, text], [[text]], {"0": text}])


def odd_outputs(notebook: Any, rng: Random) -> None:
    any_cell(notebook, rng)["outputs"] = rng.choice(
        [*ODD, [{"output_type": rng.choice(ODD), "data": rng.choice(ODD)}]]
    )


def other_version(notebook: Any, rng: Random) -> None:
    if rng.random() < 0.3:
        notebook["nbformat"] = rng.choice([1, 2, 3, 5, "4", 4.0, True, None, -4, 10**30])
    else:
        notebook["nbformat_minor"] = rng.choice([0, 1, 2, 3, 4, 5, 99, None, "5"])
        for cell in notebook.get("cells") or []:
            if isinstance(cell, dict) and rng.random() < 0.9:
                cell.pop("id", None)


def as_version_3(notebook: Any, _: Random) -> None:
    notebook["nbformat"] = 3
    notebook["worksheets"] = [{"cells": notebook.pop("cells", [])}]


STRUCTURE: list[Callable[[Any, Random], None]] = [
    swap_a_value, swap_a_value, drop_a_value, copy_a_value, rename_a_key, reorder_cells,
    repeat_cells, delete_cells,
    double_a_cell, add_a_cell, change_a_kind, change_a_mark, change_a_mark, swap_marks,
    drop_metadata, fill_metadata,
    odd_id, odd_source, odd_outputs, other_version, as_version_3,
]  # fmt: skip


# --- Changes of the bytes ---


def cut(data: bytearray, rng: Random) -> None:
    del data[rng.randrange(len(data)) :]


def flip(data: bytearray, rng: Random) -> None:
    for _ in range(rng.choice([1, 1, 5, 200])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def take_out(data: bytearray, rng: Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice([1, 10, 1000])]


def put_in(data: bytearray, rng: Random) -> None:
    start = rng.randrange(len(data))
    piece = rng.choice(
        [b"\xff", b"\0", b",", b'"', b"{", b"]", b"\xed\xa0\x80", b"\\ud800", b"NaN", b"[" * 10**5]
    )
    data[start:start] = piece


def around(data: bytearray, rng: Random) -> None:
    before, after = rng.choice(
        [
            (b"\xef\xbb\xbf", b""),
            (b"<<<<<<< HEAD\n", b""),
            (b"", bytes(data)),
            (b"PK\x03\x04", b""),
            (b" " * 9, b"\n\0"),
        ]
    )
    data[:] = before + data + after


def recode(data: bytearray, rng: Random) -> None:
    coding = rng.choice(["utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-7"])
    data[:] = data.decode("utf-8", "replace").encode(coding, "replace")


BYTES: list[Callable[[bytearray, Random], None]] = [
    cut,
    flip,
    flip,
    take_out,
    put_in,
    around,
    recode,
]


def spoil(release: dict[str, Any], number: int) -> bytes:
    """Malformed notebook number so-and-so: one change in most,
    up to six in some, of structure or of bytes.
    """
    rng = Random(number)
    notebook = copy.deepcopy(release)
    for change in rng.choices(STRUCTURE, k=rng.choice([0, 1, 1, 1, 2, 3, 6])):
        change(notebook, rng)
        if "cells" not in notebook:
            break
    data = bytearray(
        json.dumps(notebook, ensure_ascii=rng.random() < 0.7).encode("utf-8", "surrogatepass")
    )
    for break_bytes in rng.choices(BYTES, k=rng.choice([0, 0, 0, 1, 2])):
        if data:
            break_bytes(data, rng)
    return bytes(data)


# --- What must come of it ---


def outcome(assignment: Assignment, path: Path) -> str:
    """Take a notebook the way that a submission goes up to the sandbox; what became of it."""
    try:
        submission = intake.read("s1", path, LIMITS)
        rebuilt = rebuild.rebuild(assignment, intake.parse(submission.data, LIMITS))
    except RejectedError as error:
        text = str(error)
        assert text.endswith(".")
        assert text.isprintable()
        assert len(text) < 200
        return "rejected"
    read_back = json.loads(rebuild.encode(rebuilt.notebook))
    nbformat.validate(copy.deepcopy(read_back))
    assert_ours(assignment.released, read_back)
    for cell in rebuilt.cells:
        assert msgspec.msgpack.encode(wire.RunCell(cell.index, cell.source))
    assert all(note.isprintable() for note in rebuilt.notes)
    assert msgspec.json.encode(rebuilt.notes)
    return "rebuilt"


def assert_ours(release: dict[str, Any], graded: dict[str, Any]) -> None:
    """Tests, points, metadata and locked cells are those of the release, in its order; what else is
    there is an extra cell with no mark."""
    assert {k: v for k, v in graded.items() if k != "cells"} == {
        k: v for k, v in release.items() if k != "cells"
    }
    ours = [cell for cell in graded["cells"] if not cell["id"].startswith("extra-")]
    marked = [cell for cell in release["cells"] if mark_of(cell) or cell["cell_type"] != "code"]
    for cell, released in zip(ours, marked, strict=True):
        answered = mark_of(released).get("solution")
        assert {k: v for k, v in cell.items() if k != "source" or not answered} == {
            k: v for k, v in released.items() if k != "source" or not answered
        }
    assert all(
        cell["metadata"] == {} for cell in graded["cells"] if cell["id"].startswith("extra-")
    )
    assert sum(mark_of(cell).get("points", 0) for cell in graded["cells"]) == sum(
        mark_of(cell).get("points", 0) for cell in release["cells"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", assignments())
def test_every_malformed_notebook_is_rebuilt_or_rejected(tmp_path: Path, name: str) -> None:
    assignment = find(name)
    path = tmp_path / "s1" / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    counts: Counter[str] = Counter()
    for number in range(COUNT):
        path.write_bytes(spoil(assignment.released, number))
        try:
            counts[outcome(assignment, path)] += 1
        except Exception as error:
            error.add_note(f"spoil({name}, {number})")
            raise
    assert min(counts["rebuilt"], counts["rejected"]) > COUNT / 5, counts


def test_changes_change_something() -> None:
    """Each kind of change gives another notebook than the release, most times that it is made."""
    release = find(assignments()[0]).released
    for change in STRUCTURE:
        changed = 0
        for number in range(20):
            notebook = copy.deepcopy(release)
            change(notebook, Random(number))
            changed += repr(notebook) != repr(release)
        assert changed >= 10, change.__name__
