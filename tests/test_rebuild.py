"""Rebuilding: of a submission count the answers and the extra cells; everything else is the release's."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from autograder import course, intake
from autograder.limits import Limits
from autograder.rebuild import Rebuilt, rebuild

ASSIGNMENT = course.find("01_relu_matrix")
Notebook = dict[str, Any]
_numbers = itertools.count()


def released() -> Notebook:
    return copy.deepcopy(ASSIGNMENT.released)


def rebuilt(notebook: Notebook) -> Rebuilt:
    """Rebuild, and check what holds for every submission."""
    before = copy.deepcopy(ASSIGNMENT.released)
    result = rebuild(ASSIGNMENT, intake.parse(json.dumps(notebook).encode(), Limits()))
    assert before == ASSIGNMENT.released, "the release itself was changed"
    nbformat.validate(nbformat.from_dict(result.notebook))
    ours = [cell for cell in before["cells"] if grade_id(cell)]
    theirs = [cell for cell in result.notebook["cells"] if grade_id(cell)]
    assert [without_source(cell) for cell in theirs] == [without_source(cell) for cell in ours]
    for cell, original in zip(theirs, ours, strict=True):
        if not original["metadata"]["nbgrader"]["solution"]:
            assert cell == original
    for cell in result.cells:
        assert result.notebook["cells"][cell.index]["source"] == cell.source
        assert result.notebook["cells"][cell.index]["cell_type"] == "code"
        assert not result.notebook["cells"][cell.index]["metadata"].get("nbgrader", {}).get("grade")
    indices = [cell.index for cell in result.cells]
    assert indices == sorted(set(indices))
    return result


def grade_id(cell: Notebook) -> str | None:
    found = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return None if found is None else str(found)


def without_source(cell: Notebook) -> Notebook:
    return {key: value for key, value in cell.items() if key != "source"}


def at(notebook: Notebook, name: str) -> int:
    return next(i for i, cell in enumerate(notebook["cells"]) if grade_id(cell) == name)


def cell_of(notebook: Notebook, name: str) -> Notebook:
    found: Notebook = notebook["cells"][at(notebook, name)]
    return found


def answer(notebook: Notebook, name: str, source: str) -> None:
    cell_of(notebook, name)["source"] = source


def extra(source: str, kind: str = "code") -> Notebook:
    made: Notebook = {"cell_type": kind, "id": f"own-{next(_numbers)}", "metadata": {}, "source": source}
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def ran(result: Rebuilt) -> list[str]:
    return [cell.source for cell in result.cells]


def source_of(result: Rebuilt, name: str) -> str:
    return str(cell_of(result.notebook, name)["source"])


# --- Answers ---


def test_the_untouched_release_gives_itself() -> None:
    result = rebuilt(released())
    assert result.notes == ()
    code = [
        c
        for c in ASSIGNMENT.released["cells"]
        if c["cell_type"] == "code" and not (grade_id(c) or "").endswith("-test")
    ]
    assert ran(result) == [cell["source"] for cell in code]
    prose = [c["source"] for c in ASSIGNMENT.released["cells"] if c["cell_type"] == "markdown"]
    assert [c["source"] for c in result.notebook["cells"] if c["cell_type"] == "markdown"] == prose


def test_cells_know_the_task_that_they_solve() -> None:
    tasks = [cell.task for cell in rebuilt(released()).cells if cell.task is not None]
    assert tasks == [task.id for task in ASSIGNMENT.tasks if not task.manual]


def test_answers_are_found_by_grade_id() -> None:
    notebook = released()
    for task in ASSIGNMENT.tasks:
        answer(notebook, task.id, f"# {task.id} by a student")
    for cell in notebook["cells"]:
        cell["id"] = f"other-{next(_numbers)}"
    result = rebuilt(notebook)
    assert [source_of(result, task.id) for task in ASSIGNMENT.tasks] == [
        f"# {t.id} by a student" for t in ASSIGNMENT.tasks
    ]
    assert result.notes == ()


@pytest.mark.parametrize(
    "metadata", [{}, None, {"nbgrader": {}}, {"nbgrader": "lost"}, {"nbgrader": {"grade_id": "else"}}]
)
def test_answers_are_found_by_cell_id_where_metadata_is_lost(metadata: Any) -> None:
    notebook = released()
    answer(notebook, "z1", "z1 = 'mine'")
    for cell in notebook["cells"]:
        cell["metadata"] = metadata
    result = rebuilt(notebook)
    assert source_of(result, "z1") == "z1 = 'mine'"
    assert ran(result).count("z1 = 'mine'") == 1
    assert result.notes == ()
    assert len(result.cells) == len(rebuilt(released()).cells)


def test_the_grade_id_weighs_more_than_the_cell_id() -> None:
    notebook = released()
    answer(notebook, "z1", "z1 = 'mine'")
    cell_of(notebook, "z1")["id"] = "y1"
    cell_of(notebook, "y1")["id"] = "z1"
    result = rebuilt(notebook)
    assert source_of(result, "z1") == "z1 = 'mine'"
    assert source_of(result, "y1") == source_of(rebuilt(released()), "y1")


def test_the_manual_answer_is_kept_and_never_run() -> None:
    notebook = released()
    answer(notebook, "explain_fold", "import os; os._exit(0)")
    result = rebuilt(notebook)
    assert source_of(result, "explain_fold") == "import os; os._exit(0)"
    assert "import os; os._exit(0)" not in ran(result)


def test_a_deleted_cell_counts_as_not_answered() -> None:
    notebook = released()
    del notebook["cells"][at(notebook, "y1")]
    result = rebuilt(notebook)
    assert source_of(result, "y1") == cell_of(ASSIGNMENT.released, "y1")["source"]
    assert result.notes == ("the cell of 'y1' was deleted: it counts as not answered",)


def test_only_extra_cells_leave_everything_unanswered() -> None:
    result = rebuilt({**released(), "cells": [extra("x = 1")]})
    assert ran(result)[0] == "x = 1"
    assert len(result.notes) == len(ASSIGNMENT.tasks)
    assert all("was deleted" in note for note in result.notes)


def test_of_two_copies_the_first_counts_and_the_other_runs_right_after() -> None:
    notebook = released()
    answer(notebook, "z1", "z1 = 'first'")
    copied = copy.deepcopy(cell_of(notebook, "z1")) | {"id": "copy", "source": "z1 = 'second'"}
    notebook["cells"].insert(at(notebook, "z1") + 1, copied)
    result = rebuilt(notebook)
    assert source_of(result, "z1") == "z1 = 'first'"
    where = ran(result).index("z1 = 'first'")
    assert ran(result)[where + 1] == "z1 = 'second'"
    assert result.cells[where].task == "z1"
    assert result.cells[where + 1].task is None
    assert result.notes == ("cell 'z1' is there more than once: the first counts as the answer",)
    assert sum(grade_id(cell) == "z1" for cell in result.notebook["cells"]) == 1


@pytest.mark.parametrize("name", ["z1-test", "setup", "data"])
@pytest.mark.parametrize("place", [0, -1])
def test_a_copied_test_or_locked_cell_never_runs(name: str, place: int) -> None:
    notebook = released()
    original = cell_of(notebook, name)
    copied = copy.deepcopy(original) | {"id": "copy", "source": "raise SystemExit"}
    notebook["cells"].insert(at(notebook, name) + 1, copied)
    if place == 0:  # the copy stands first
        original["source"], copied["source"] = copied["source"], original["source"]
    result = rebuilt(notebook)
    assert "raise SystemExit" not in json.dumps(result.notebook)
    assert ran(result) == ran(rebuilt(released()))
    assert result.notes == (f"cell {name!r} is there more than once: the first counts as the answer",)


@pytest.mark.parametrize(
    ("name", "kind", "note"),
    [
        ("z1", "markdown", "the cell of 'z1' was turned into a markdown cell: it counts as not answered"),
        ("z1", "raw", "the cell of 'z1' was turned into a raw cell: it counts as not answered"),
        ("z1", "", "the cell of 'z1' was turned into another kind of cell: it counts as not answered"),
        ("z1", "\ud800\x1b[2J", "the cell of 'z1' was turned into another kind of cell: it counts as not answered"),
        ("explain_fold", "code", "the cell of 'explain_fold' was turned into a code cell: it counts as not answered"),
    ],
)
def test_a_cell_of_another_kind_counts_as_not_answered(name: str, kind: str, note: str) -> None:
    notebook = released()
    cell_of(notebook, name).update(cell_type=kind, source="never = 1")
    result = rebuilt(notebook)
    assert "never = 1" not in json.dumps(result.notebook)
    assert "never = 1" not in ran(result)
    assert result.notes == (note,)


def test_reordered_answers_return_to_the_release_s_order() -> None:
    notebook = released()
    for task in ASSIGNMENT.tasks:
        answer(notebook, task.id, f"# {task.id}")
    ordered = ran(rebuilt(notebook))
    answers = [cell for cell in notebook["cells"] if grade_id(cell) in {task.id for task in ASSIGNMENT.tasks}]
    others = [cell for cell in notebook["cells"] if cell not in answers]
    notebook["cells"] = others + answers[::-1]
    result = rebuilt(notebook)
    assert [s for s in ran(result) if s.startswith("# ")] == [s for s in ordered if s.startswith("# ")]
    assert result.notes == ()


# --- What is ours ---


def edit_tests(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if (grade_id(cell) or "").endswith("-test"):
            cell["source"] = "print('all tests passed')"


def edit_locked(notebook: Notebook) -> None:
    answer(notebook, "setup", "import os; os._exit(0)")
    answer(notebook, "data", "")


def edit_points(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"].update(points=999, checksum="0", locked=False)


def edit_roles(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"].update(grade=False, solution=True, task=True)


def edit_metadata(notebook: Notebook) -> None:
    notebook["metadata"] = {"kernelspec": {"name": "evil", "display_name": "evil"}, "celltoolbar": "x"}
    for cell in notebook["cells"]:
        cell["metadata"] |= {"tags": ["skip"], "editable": True}
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "18/18"}]


def edit_prose(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown" and not grade_id(cell):
            cell["source"] = "<script>alert(1)</script>"


def delete_ours(notebook: Notebook) -> None:
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution") or (cell["cell_type"] == "code" and not grade_id(cell))
    ]


@pytest.mark.parametrize("edit", [edit_tests, edit_locked, edit_points, edit_roles, edit_metadata, edit_prose])
def test_edits_of_what_is_ours_have_no_effect(edit: Callable[[Notebook], None]) -> None:
    notebook = released()
    edit(notebook)
    assert rebuilt(notebook) == rebuilt(released())


def test_deleting_what_is_ours_has_no_effect_on_the_tests_and_the_order_of_answers() -> None:
    notebook = released()
    delete_ours(notebook)
    result = rebuilt(notebook)
    assert result.notes == ()
    assert [cell.task for cell in result.cells if cell.task] == [c.task for c in rebuilt(released()).cells if c.task]
    assert {cell.source for cell in result.cells} == {cell.source for cell in rebuilt(released()).cells}
    assert source_of(result, "setup") in ran(result)


# --- Extra cells ---


def test_extra_cells_keep_their_place_after_the_cell_that_they_followed() -> None:
    notebook = released()
    own = [extra("a = 1"), extra("*why*", "markdown"), extra("raw", "raw"), extra("b = 2")]
    where = at(notebook, "z1") + 1
    notebook["cells"][where:where] = own
    result = rebuilt(notebook)
    after = at(result.notebook, "z1") + 1
    found = result.notebook["cells"][after : after + 4]
    assert [(cell["cell_type"], cell["source"]) for cell in found] == [(c["cell_type"], c["source"]) for c in own]
    assert grade_id(result.notebook["cells"][after + 4]) == "z1-test"
    place = ran(result).index(source_of(result, "z1"))
    assert ran(result)[place + 1 : place + 3] == ["a = 1", "b = 2"]
    assert result.notes == ()


def test_cells_before_the_first_and_after_the_last_stay_there() -> None:
    notebook = released()
    notebook["cells"] = [extra("first = 1"), *notebook["cells"], extra("last = 1")]
    result = rebuilt(notebook)
    assert ran(result)[0] == "first = 1"
    assert ran(result)[-1] == "last = 1"


def test_extra_cells_carry_nothing_but_their_source() -> None:
    notebook = released()
    own = extra("a = 1") | {"id": "z1", "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}
    own["metadata"] = {"nbgrader": {"grade_id": "new-test", "grade": True, "points": 100, "solution": False}}
    notebook["cells"][0:0] = [own | {"id": "own"}]
    result = rebuilt(notebook)
    assert result.notebook["cells"][0] == {
        "cell_type": "code", "id": "extra-1", "metadata": {}, "source": "a = 1", "outputs": [], "execution_count": None,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["widget", "", "Code", "\ud800"])
def test_extra_cells_of_unknown_kinds_are_kept_as_raw_text_and_not_run(kind: str) -> None:
    notebook = released()
    notebook["cells"].insert(0, {"cell_type": kind, "source": "boom = 1", "metadata": {}, "id": "own"})
    result = rebuilt(notebook)
    assert result.notebook["cells"][0]["cell_type"] == "raw"
    assert result.notebook["cells"][0]["source"] == "boom = 1"
    assert "boom = 1" not in ran(result)


def test_play_cells_run_as_the_student_left_them() -> None:
    notebook = released()
    play = next(cell for cell in notebook["cells"] if cell["id"] == "play-1")
    original, play["source"] = play["source"], "mine = 1"
    result = rebuilt(notebook)
    place = ran(result).index("mine = 1")
    assert ran(result)[place - 1] == source_of(result, "setup")
    assert original not in ran(result)


def test_deleted_play_cells_stay_deleted() -> None:
    notebook = released()
    notebook["cells"] = [cell for cell in notebook["cells"] if not cell["id"].startswith("play-")]
    result = rebuilt(notebook)
    assert all(
        cell.task or cell.source in (source_of(result, "setup"), source_of(result, "data")) for cell in result.cells
    )
    assert result.notes == ()


def test_ids_stay_unique_whatever_ids_the_student_gave() -> None:
    notebook = released()
    notebook["cells"] += [extra("a = 1") | {"id": "play-1"}, extra("b = 1") | {"id": "extra-1"}]
    result = rebuilt(notebook)
    ids = [cell["id"] for cell in result.notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert ran(result)[-2:] == ["a = 1", "b = 1"]
