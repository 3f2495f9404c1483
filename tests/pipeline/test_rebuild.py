"""Rebuilding: of a submission count the answers and the extra
cells; everything else is the release's.
"""

from __future__ import annotations

import copy
import itertools
import json
import time
import unicodedata
from collections.abc import Callable, Collection
from typing import Any

import jupytext
import nbformat
import pytest

from autograder.authoring import bank
from autograder.core import assignment as course
from autograder.core.errors import RejectedError
from autograder.core.limits import Limits
from autograder.core.solution import model_cells
from autograder.core.statements import Reader
from autograder.pipeline import intake
from autograder.pipeline.rebuild import Rebuilt, rebuild

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
    checks = [cell for cell in result.cells if cell.check is not None]
    assert [(cell.check, cell.source, cell.task) for cell in checks] == [
        (task.id, "", None) for task in ASSIGNMENT.tasks if not task.manual
    ]
    for cell in checks:
        assert grade_id(result.notebook["cells"][cell.index]) == f"{cell.check}-test"
    for cell in [cell for cell in result.cells if cell.check is None]:
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
    made: Notebook = {
        "cell_type": kind,
        "id": f"own-{next(_numbers)}",
        "metadata": {},
        "source": source,
    }
    return made | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def ran(result: Rebuilt) -> list[str]:
    """The sources that run."""
    return [cell.source for cell in result.cells if cell.check is None]


def until_check(result: Rebuilt, task: str) -> list[str]:
    """The sources that have run when the task's tests do."""
    found = itertools.takewhile(lambda cell: cell.check != task, result.cells)
    return [cell.source for cell in found if cell.check is None]


def solved() -> Notebook:
    """The release with the model solution in it."""
    return bank.submission(ASSIGNMENT, {})


def rejection(notebook: Notebook) -> str:
    with pytest.raises(RejectedError) as caught:
        rebuilt(notebook)
    text = str(caught.value)
    assert text.endswith(".")
    assert text.isprintable()
    assert len(text) < 200
    return text


def source_of(result: Rebuilt, name: str) -> str:
    return str(cell_of(result.notebook, name)["source"])


# --- Answers ---


def test_the_untouched_release_gives_itself() -> None:
    result = rebuilt(released())
    assert result.notes == ()
    code = [
        c
        for c in ASSIGNMENT.released["cells"]
        if c["cell_type"] == "code" and not c["metadata"].get("nbgrader", {}).get("solution")
        and not (grade_id(c) or "").endswith("-test")
    ]  # fmt: skip
    assert ran(result) == [cell["source"] for cell in code]
    prose = [c["source"] for c in ASSIGNMENT.released["cells"] if c["cell_type"] == "markdown"]
    assert [c["source"] for c in result.notebook["cells"] if c["cell_type"] == "markdown"] == prose


def test_cells_know_the_task_that_they_solve() -> None:
    tasks = [cell.task for cell in rebuilt(solved()).cells if cell.task is not None]
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
    "metadata",
    [{}, None, {"nbgrader": {}}, {"nbgrader": "lost"}, {"nbgrader": {"grade_id": "else"}}],
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
    assert len(result.cells) == len(rebuilt(released()).cells) + 1


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


def test_of_two_copies_both_run_in_the_order_in_which_they_stand() -> None:
    notebook = released()
    answer(notebook, "z1", "z1 = 'first'")
    copied = copy.deepcopy(cell_of(notebook, "z1")) | {"id": "copy", "source": "z1 = 'second'"}
    notebook["cells"].insert(at(notebook, "z1") + 1, copied)
    result = rebuilt(notebook)
    assert source_of(result, "z1") == "z1 = 'first'"
    where = ran(result).index("z1 = 'first'")
    assert ran(result)[where + 1] == "z1 = 'second'"
    assert [cell.task for cell in result.cells if cell.source.startswith("z1 =")] == ["z1", None]
    assert result.notes == (
        "the notebook has cell 'z1' more than once: the first counts as the answer, and "
        "the others run at their places in the notebook",
    )
    assert sum(grade_id(cell) == "z1" for cell in result.notebook["cells"]) == 1


@pytest.mark.parametrize("name", ["z1-test", "setup", "data"])
@pytest.mark.parametrize("place", [0, -1])
def test_of_a_copied_test_or_locked_cell_own_lines_run_and_ours_once(name: str, place: int) -> None:
    notebook = released()
    original = cell_of(notebook, name)
    copied = copy.deepcopy(original) | {"id": "copy", "source": f"mine = 1\n{original['source']}"}
    notebook["cells"].insert(at(notebook, name) + 1, copied)
    if place == 0:  # the copy stands first
        original["source"], copied["source"] = copied["source"], original["source"]
    result = rebuilt(notebook)
    assert [source for source in ran(result) if source != "mine = 1"] == ran(rebuilt(released()))
    assert ran(result).count("mine = 1") == 1
    assert set(result.notes) == {
        f"the notebook has cell {name!r} more than once: in its copies, only your own lines count",
        f"your own lines in cell {name!r} run at their place in the notebook",
    }


@pytest.mark.parametrize(
    ("name", "kind", "note"),
    [
        (
            "z1",
            "markdown",
            "the cell of 'z1' was turned into a markdown cell: it counts as not answered",
        ),
        ("z1", "raw", "the cell of 'z1' was turned into a raw cell: it counts as not answered"),
        (
            "z1",
            "",
            "the cell of 'z1' was turned into another kind of cell: it counts as not answered",
        ),
        (
            "z1",
            "\ud800\x1b[2J",
            "the cell of 'z1' was turned into another kind of cell: it counts as not answered",
        ),
        (
            "explain_fold",
            "code",
            "the cell of 'explain_fold' was turned into a code cell: it counts as not answered",
        ),
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
        answer(notebook, task.id, f"# {task.id}\n1")
    ordered = ran(rebuilt(notebook))
    answers = [
        cell
        for cell in notebook["cells"]
        if grade_id(cell) in {task.id for task in ASSIGNMENT.tasks}
    ]
    others = [cell for cell in notebook["cells"] if cell not in answers]
    notebook["cells"] = others + answers[::-1]
    result = rebuilt(notebook)
    assert [s for s in ran(result) if s.startswith("# ")] == [
        s for s in ordered if s.startswith("# ")
    ]
    assert result.notes == ()


# --- What is ours ---


def edit_tests(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if (grade_id(cell) or "").endswith("-test"):
            cell["source"] = "# all tests passed"


def edit_locked(notebook: Notebook) -> None:
    answer(notebook, "setup", "")
    answer(notebook, "data", "# nothing")


def edit_points(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"].update(points=999, checksum="0", locked=False)


def edit_roles(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if grade_id(cell):
            cell["metadata"]["nbgrader"].update(grade=False, solution=True, task=True)


def edit_metadata(notebook: Notebook) -> None:
    notebook["metadata"] = {
        "kernelspec": {"name": "evil", "display_name": "evil"},
        "celltoolbar": "x",
    }
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
        if cell["metadata"].get("nbgrader", {}).get("solution")
        or (cell["cell_type"] == "code" and not grade_id(cell))
    ]


@pytest.mark.parametrize(
    "edit", [edit_tests, edit_locked, edit_points, edit_roles, edit_metadata, edit_prose]
)
def test_edits_of_what_is_ours_have_no_effect(edit: Callable[[Notebook], None]) -> None:
    notebook = released()
    edit(notebook)
    assert rebuilt(notebook) == rebuilt(released())


def test_deleting_what_is_ours_has_no_effect_on_the_tests_and_the_order_of_answers() -> None:
    notebook = released()
    delete_ours(notebook)
    result = rebuilt(notebook)
    assert until_check(result, "z1")[:2] == [source_of(result, "setup"), source_of(result, "data")]
    assert result.notes == ()
    assert [cell.task for cell in result.cells if cell.task] == [
        c.task for c in rebuilt(released()).cells if c.task
    ]
    assert {cell.source for cell in result.cells} == {
        cell.source for cell in rebuilt(released()).cells
    }
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
    assert [(cell["cell_type"], cell["source"]) for cell in found] == [
        (c["cell_type"], c["source"]) for c in own
    ]
    assert grade_id(result.notebook["cells"][after + 4]) == "z1-test"
    assert until_check(result, "z1")[-2:] == ["a = 1", "b = 2"]
    assert result.notes == ()


def test_cells_before_the_first_and_after_the_last_stay_there() -> None:
    notebook = released()
    notebook["cells"] = [extra("first = 1"), *notebook["cells"], extra("last = 1")]
    result = rebuilt(notebook)
    assert ran(result)[0] == "first = 1"
    assert ran(result)[-1] == "last = 1"


def test_extra_cells_carry_nothing_but_their_source() -> None:
    notebook = released()
    own = extra("a = 1") | {
        "id": "z1",
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
    }
    own["metadata"] = {
        "nbgrader": {"grade_id": "new-test", "grade": True, "points": 100, "solution": False}
    }
    notebook["cells"][0:0] = [own | {"id": "own"}]
    result = rebuilt(notebook)
    assert result.notebook["cells"][0] == {
        "cell_type": "code", "id": "extra-1", "metadata": {}, "source": "a = 1", "outputs": [],
        "execution_count": None,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["widget", "", "Code", "\ud800"])
def test_extra_cells_of_unknown_kinds_are_kept_as_raw_text_and_not_run(kind: str) -> None:
    notebook = released()
    notebook["cells"].insert(
        0, {"cell_type": kind, "source": "boom = 1", "metadata": {}, "id": "own"}
    )
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
        cell.task
        or cell.check
        or cell.source in (source_of(result, "setup"), source_of(result, "data"))
        for cell in result.cells
    )
    assert result.notes == ()


def test_ids_stay_unique_whatever_ids_the_student_gave() -> None:
    notebook = released()
    notebook["cells"] += [extra("a = 1") | {"id": "play-1"}, extra("b = 1") | {"id": "extra-1"}]
    result = rebuilt(notebook)
    ids = [cell["id"] for cell in result.notebook["cells"]]
    assert len(ids) == len(set(ids))
    assert ran(result)[-2:] == ["a = 1", "b = 1"]


# --- Answers that lost their cell ---

CALLS = {task.id: f'check("{task.id}")' for task in ASSIGNMENT.tasks if not task.manual}
MODEL = model_cells(ASSIGNMENT)
STUBS = {name: str(cell_of(ASSIGNMENT.released, name)["source"]) for name in CALLS}


def same_work(result: Rebuilt, tasks: Collection[str] = tuple(CALLS)) -> None:
    """Every answer has run once when its task is tested, and no stub has."""
    for task in tasks:
        assert until_check(result, task).count(MODEL[task]) == 1, task
    assert not [source for source in ran(result) if "NotImplementedError" in source]


def all_lost(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell["id"] = f"lost-{next(_numbers)}"


def ids_gone(notebook: Notebook) -> None:
    """As a notebook of format 4.4 has it."""
    notebook["nbformat_minor"] = 4
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]


def as_colab_saves(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = {"id": cell.pop("id"), "outputId": "4f5a"}


def as_a_converter_saves(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        cell["metadata"] = {"grade_id": name} if name else {}
        del cell["id"]


def through_jupytext(form: str) -> Callable[[Notebook], None]:
    """Written as a script without metadata, and read again."""

    def change(notebook: Notebook) -> None:
        all_lost(notebook)
        text = jupytext.writes(nbformat.from_dict(notebook), fmt=form)
        notebook["cells"] = json.loads(json.dumps(jupytext.reads(text, fmt=form).cells))

    return change


def by_a_windows_editor(notebook: Notebook) -> None:
    """Line ends, spaces at ends of lines, characters in two code
    points, non-breaking spaces; and no ids.
    """
    all_lost(notebook)
    for cell in notebook["cells"]:
        source = unicodedata.normalize("NFD", cell["source"])
        cell["source"] = source.replace("\n", " \r\n").replace("# YOUR", "#\u00a0YOUR")


LOST = {
    "all lost": all_lost, "ids gone": ids_gone, "Colab": as_colab_saves,
    "a converter": as_a_converter_saves,
    "py:percent": through_jupytext("py:percent"), "py:light": through_jupytext("py:light"),
    "markdown": through_jupytext("markdown"),
}  # fmt: skip


@pytest.mark.parametrize("change", LOST.values(), ids=LOST)
def test_answers_are_found_whatever_marks_are_lost(change: Callable[[Notebook], None]) -> None:
    notebook = solved()
    answer(notebook, "explain_fold", "It folds.")
    change(notebook)
    result = rebuilt(notebook)
    if (
        change is not LOST["py:light"]
    ):  # which cuts cells at empty lines, also those with two functions
        same_work(result)
    for task in CALLS:
        given = {name for source in until_check(result, task) for name in Reader().names(source)}
        assert ASSIGNMENT.task_names[task] <= given
    assert source_of(result, "explain_fold") == "It folds."
    assert source_of(result, "z1") == MODEL["z1"]
    assert result.notes == ()
    assert until_check(result, "z1")[0].startswith("# Locked: what the notebook works with.")


@pytest.mark.parametrize("change", [*LOST.values(), by_a_windows_editor], ids=[*LOST, "Windows"])
def test_a_release_that_lost_its_marks_is_untouched(change: Callable[[Notebook], None]) -> None:
    notebook = released()
    change(notebook)
    result = rebuilt(notebook)
    assert not [source for source in ran(result) if "NotImplementedError" in source]
    assert not any(cell.task for cell in result.cells)
    assert result.notes == ()


def test_an_answer_written_anew_is_found_by_its_check() -> None:
    notebook = solved()
    where = at(notebook, "z1")
    notebook["cells"][where] = extra(MODEL["z1"])
    result = rebuilt(notebook)
    same_work(result)
    assert source_of(result, "z1") == MODEL["z1"]
    assert result.notes == ()


def test_of_several_cells_above_a_check_the_one_with_the_names_is_the_answer() -> None:
    notebook = solved()
    where = at(notebook, "two_layer")
    notebook["cells"][where : where + 1] = [
        extra("helper = 1"), extra(MODEL["two_layer"]), extra("*why*", "markdown"),
        extra("print(helper)"),
    ]  # fmt: skip
    result = rebuilt(notebook)
    assert source_of(result, "two_layer") == MODEL["two_layer"]
    assert until_check(result, "two_layer")[-3:] == [
        "helper = 1",
        MODEL["two_layer"],
        "print(helper)",
    ]


def test_an_answer_is_found_by_its_names_where_checks_are_gone_too() -> None:
    notebook = solved()
    all_lost(notebook)
    notebook["cells"] = [
        cell for cell in notebook["cells"] if not cell["source"].startswith("check(")
    ]
    result = rebuilt(notebook)
    same_work(result)
    assert {cell.task for cell in result.cells} >= set(CALLS)
    assert result.notes == ()


def test_answers_alone_are_enough() -> None:
    """Nothing of ours is left, and nothing runs before our imports."""
    notebook = {**solved(), "cells": [extra("note = 1"), *(extra(MODEL[task]) for task in CALLS)]}
    result = rebuilt(notebook)
    same_work(result)
    assert ran(result).index("note = 1") == 2


def test_a_play_cell_is_no_answer() -> None:
    notebook = solved()
    play = next(cell for cell in notebook["cells"] if cell["id"] == "play-10")
    del notebook["cells"][at(notebook, "regions")]
    notebook["cells"].insert(at(notebook, "regions-test"), play)
    result = rebuilt(notebook)
    assert source_of(result, "regions") == STUBS["regions"]
    assert result.notes == ("the cell of 'regions' was deleted: it counts as not answered",)


# --- Stubs ---


@pytest.mark.parametrize("touch", ["{}", "\n{}\n\n", "{}  # hm\n# later"])
@pytest.mark.parametrize("place", ["above", "below", "end", "plain"])
def test_a_stub_s_copy_never_counts_against_the_answer(place: str, touch: str) -> None:
    notebook = solved()
    for task in CALLS:
        copied = copy.deepcopy(cell_of(notebook, task)) | {
            "id": f"copy-{task}",
            "source": touch.format(STUBS[task]),
        }
        if place == "plain":
            copied["metadata"] = {}
        where = {"above": at(notebook, task), "end": len(notebook["cells"])}.get(
            place, at(notebook, task) + 1
        )
        notebook["cells"].insert(where, copied)
    result = rebuilt(notebook)
    same_work(result)
    assert result.notes[0] == "the notebook has cell 'z1' more than once: one of them is unchanged"
    shown = [cell["source"] for cell in result.notebook["cells"] if cell["id"].startswith("extra-")]
    assert {touch.format(stub) for stub in STUBS.values()} <= set(shown), "it is shown"


@pytest.mark.parametrize("left", ["as released", "deleted"])
@pytest.mark.parametrize(
    "place", ["another answer", "an extra cell", "its test cell", "a locked cell"]
)
def test_an_answer_counts_where_it_stands(left: str, place: str) -> None:
    """The functions of task 5 are written somewhere else, in place of their cell."""
    notebook = solved()
    source = MODEL["two_layer"].removesuffix("\n    ### END SOLUTION")
    if left == "deleted":
        del notebook["cells"][at(notebook, "two_layer")]
    else:
        answer(notebook, "two_layer", STUBS["two_layer"])
    if place == "another answer":
        answer(notebook, "z1", f"{MODEL['z1']}\n{source}")
    elif place == "an extra cell":
        notebook["cells"].insert(at(notebook, "z1"), extra(source))
    elif place == "its test cell":
        answer(notebook, "two_layer-test", f"{source}\ncheck('two_layer')")
    else:
        answer(notebook, "data", f"{cell_of(notebook, 'data')['source']}\n\n{source}")
    result = rebuilt(notebook)
    assert any(source in each for each in until_check(result, "two_layer"))
    assert not [each for each in ran(result) if "NotImplementedError" in each]
    where = {"another answer": "the cell of 'z1'", "an extra cell": "another cell",
             "its test cell": "the cell of 'two_layer-test'",
             "a locked cell": "the cell of 'data'"}[place]  # fmt: skip
    what = "was deleted" if left == "deleted" else "is unchanged"
    assert f"the cell of 'two_layer' {what}: the definition in {where} counts" in result.notes


def test_two_answers_in_one_cell_with_their_checks_run_to_the_end() -> None:
    """Where it is graded, there is no checks.py: a call in the middle would end the cell."""
    notebook = solved()
    merged = f'{MODEL["z1"]}\ncheck("z1")\n{MODEL["y1"]}\ncheck("y1")'
    answer(notebook, "z1", merged)
    names = {"z1-test", "y1", "y1-test"}
    notebook["cells"] = [cell for cell in notebook["cells"] if grade_id(cell) not in names]
    result = rebuilt(notebook)
    assert source_of(result, "z1") == merged.replace("check", "# check")
    assert result.notes == (
        "the cell of 'y1' was deleted: the definition in the cell of 'z1' counts",
    )


def test_a_split_answer_runs_as_it_stands() -> None:
    notebook = solved()
    relu, two_layer = MODEL["two_layer"].split("\n\n\n")
    answer(notebook, "two_layer", relu)
    notebook["cells"].insert(
        at(notebook, "two_layer") + 1, cell_of(notebook, "two_layer") | {"source": two_layer}
    )
    assert until_check(rebuilt(notebook), "two_layer")[-2:] == [relu, two_layer]


def test_of_two_split_stubs_the_one_that_was_left_does_not_run() -> None:
    notebook = solved()
    relu, two_layer = STUBS["two_layer"].split("\n\n\n")
    answer(notebook, "two_layer", relu)
    notebook["cells"].insert(
        at(notebook, "two_layer") + 1, cell_of(notebook, "two_layer") | {"source": two_layer}
    )
    assert not [each for each in ran(rebuilt(notebook)) if "NotImplementedError" in each]


def test_a_stub_with_an_answer_above_its_raise_is_touched() -> None:
    notebook = released()
    answer(notebook, "z1", f"z1 = x @ w1.T\n{STUBS['z1']}")
    assert f"z1 = x @ w1.T\n{STUBS['z1']}" in ran(rebuilt(notebook))


def test_cells_after_a_moved_answer_stay_where_they_are() -> None:
    notebook = solved()
    notebook["cells"] += [notebook["cells"].pop(at(notebook, "z1")), extra("last = z1")]
    result = rebuilt(notebook)
    same_work(result)
    assert ran(result)[-1] == "last = z1"
    assert result.notes == ()


# --- Own lines in our cells ---


@pytest.mark.parametrize(
    ("name", "source", "own", "left_out"),
    [
        ("setup", "import math\n{}\nfrom math import pi "
"as plots, e", "import math\nfrom math import e", ""),
        ("setup", "%matplotlib inline\n{}", "%matplotlib inline", ""),
        ("setup", "{}\nimport numpy as np, torch", "import numpy as np", ""),
        ("data", "{}\nx = x + 1\nx2 = 2 * x", "x2 = 2 * x", "'x'"),
        ("data", "{}\nfor x in [1]:\n    w9 = 1\nw1[0], k = 1, 2\ndel w2", "", "'x', 'w1', 'w2'"),
        ("data", "{}\n\n@a\ndef h(x):\n    w1 = "
"x\n\n\n# so\nh(1)", "@a\ndef h(x):\n    w1 = x\n\n\n# so\nh(1)", ""),
        ("data", "{}\nprint(x?)\nx = 5\nz = 5", "print(x?)\nz = 5", "'x'"),
        ("data", "x = 5", "", "'x'"),
        ("z1-test", "z1 = z1.float()\n{}", "z1 = z1.float()", ""),
        ("z1-test", "helper = 1; check('z1')\n_ = check('z2')", "helper = 1", ""),
        ("z1-test", "%%time\n{}\nhelper = 1", "helper = 1", ""),
        ("z1-test", "%%bash\nls", "%%bash\nls", ""),
        ("z1-test", "check('z1'\n)\nz1 = [\n  1]", "z1 = [\n  1]", ""),
        ("z1-test", "check( 'z1' )", "", ""),
        ("z1-test", "{}\ncheck_all()\nhelper = 1", "helper = 1", ""),
    ],
)  # fmt: skip
def test_own_lines_in_our_cells_run_where_they_stand(
    name: str, source: str, own: str, left_out: str
) -> None:
    notebook = solved()
    original = source_of(rebuilt(released()), name)
    answer(notebook, name, source.format(original))
    result = rebuilt(notebook)
    added = [each for each in ran(result) if each not in ran(rebuilt(solved()))]
    assert added == ([own] if own else [])
    if own and name == "z1-test":
        assert until_check(result, "z1")[-1] == own
    elif own:
        assert ran(result)[ran(result).index(original) + 1] == own
    notes = (
        [f"cell {name!r} is locked: lines that define {left_out} again are left out"]
        if left_out
        else []
    )
    assert list(result.notes) == notes + (
        [f"your own lines in cell {name!r} run at their place in the notebook"] if own else []
    )


HOSTILE = [
    "(" * 50_000,
    "-" * 50_000 + "1",
    "x" + "+x" * 24_000,
    "a." * 20_000 + "a",
    "\0",
    "f'{" * 2000,
    "lambda:" * 7000,
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: source[:3])
@pytest.mark.parametrize("name", ["z1", "setup", "z1-test", None])
def test_what_python_cannot_read_is_rebuilt_all_the_same(name: str | None, source: str) -> None:
    notebook = solved()
    if name is None:
        notebook["cells"].insert(5, extra(source))
    else:
        answer(notebook, name, source)
    assert source in ran(rebuilt(notebook))


def test_a_notebook_full_of_code_is_rebuilt_in_seconds() -> None:
    notebook = released()
    all_lost(notebook)
    notebook["cells"] += [
        extra(f"check('z1')\nraise NotImplementedError({n})\n" + "x = 1\n" * 450)
        for n in range(300)
    ]
    begin = time.process_time()
    rebuilt(notebook)
    assert time.process_time() - begin < 10


# --- No answers at all ---


@pytest.mark.parametrize(
    "line",
    [
        "%time X = 5",
        "def f(a=(X := 5)): pass",
        "@(X := print)\ndef g(): pass",
        "class A((X := object)): pass",
        "f = lambda *, a=(X := 3): a",
    ],
)
def test_whatever_gives_a_name_of_ours_in_a_locked_cell_is_left_out(line: str) -> None:
    own = Reader().own(f"X = 1\n{line}\ny = 2", "X = 1", keep={"X"})
    assert (own.source, own.refused) == ("y = 2", ("X",))


def test_a_cell_of_empty_lines_takes_no_time() -> None:
    notebook = released()
    notebook["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": "\n" * 200_000, "outputs": []}
    )
    start = time.process_time()
    rebuilt(notebook)
    assert time.process_time() - start < 10


def test_a_notebook_without_answer_cells_is_rejected() -> None:
    notebook = solved()
    answers = {task.id for task in ASSIGNMENT.tasks}
    notebook["cells"] = [cell for cell in notebook["cells"] if grade_id(cell) not in answers]
    expected = (
        "the notebook has no answer for 01_relu_matrix: all its answer cells are missing. "
        "Write your answers into the notebook that you were given, and submit that one."
    )
    assert rejection(notebook) == expected
    assert rejection({**released(), "cells": [extra("q = 1")]}) == expected
    notebook["cells"].append(cell_of(released(), "explain_fold"))
    assert rejection(notebook) == expected, "an untouched text is no answer either"
    notebook["cells"][-1]["source"] = "It folds."
    assert source_of(rebuilt(notebook), "explain_fold") == "It folds."


@pytest.mark.parametrize(
    "other", [name for name in course.assignments() if name != ASSIGNMENT.name]
)
@pytest.mark.parametrize("answered", [False, True])
def test_the_notebook_of_another_assignment_is_rejected(other: str, answered: bool) -> None:
    theirs = bank.submission(course.find(other), {}, reference=answered)
    assert (
        rejection(theirs) == f"this is the notebook of {other}; submit that of 01_relu_matrix here."
    )
    all_lost(theirs)
    if "def relu(" in json.dumps(theirs):  # it may be an answer to a task of 01
        assert rebuilt(theirs).cells
    else:
        assert rejection(theirs).startswith("the notebook has no answer for 01_relu_matrix")


@pytest.mark.parametrize("keep", list(CALLS))
def test_one_answer_cell_is_enough(keep: str) -> None:
    notebook = released()
    gone = {task.id for task in ASSIGNMENT.tasks} - {keep}
    notebook["cells"] = [cell for cell in notebook["cells"] if grade_id(cell) not in gone]
    assert len(rebuilt(notebook).notes) == len(gone)
    answer(notebook, keep, "")
    assert source_of(rebuilt(notebook), keep) == ""
