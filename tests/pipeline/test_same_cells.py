"""Submissions with the same cells are graded once, and all have the result of a grading alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from grading_for_tests import grade_all

from autograder.authoring import bank
from autograder.core.assignment import find
from autograder.core.course import Course
from autograder.grading.grade_class import Options

A = find("01_relu_matrix")
WRONG = {"z2": "z2 = torch.zeros(4, 1)"}


def hand_in(root: Path, student: str, cells: dict[str, str], noise: str = "") -> None:
    notebook = bank.submission(A, cells)
    notebook["metadata"]["kernelspec"] = {"name": noise, "display_name": noise}
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            cell["execution_count"] = number if noise else None
            text = {"output_type": "stream", "name": "stdout", "text": noise}
            cell["outputs"] = [text] if noise else []
    path = Course(root).submission(student, A.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def graded(root: Path, **options: Any) -> tuple[set[str], dict[str, dict[str, Any]]]:
    """Who was graded, and what is on record."""
    course = Course(root)
    run = grade_all(course, A, Options(jobs=2, seed=5, **options))
    return run.graded, {
        student: json.loads(course.result(student, A.name).read_text()) for student in run.results
    }


def without_times(value: Any) -> Any:
    if isinstance(value, dict):
        dropped = ("seconds", "copied_from")
        return {key: without_times(each) for key, each in value.items() if key not in dropped}
    return [without_times(each) for each in value] if isinstance(value, list) else value


@pytest.fixture
def hand(tmp_path: Path) -> Callable[..., None]:
    return lambda *args: hand_in(tmp_path, *args)


def test_the_same_cells_are_graded_once(tmp_path: Path, hand: Callable[..., None]) -> None:
    hand("ada", WRONG)
    hand("bob", WRONG, "saved by another program")
    hand("cyd", {})
    hand("dan", WRONG, "and by a third")
    hand("eve", {"z2": "z2 = torch.zeros(4, 1)  # by myself"})
    by_workers, results = graded(tmp_path)
    assert {name: each["copied_from"] for name, each in results.items()} == {
        "ada": "", "bob": "ada", "cyd": "", "dan": "ada", "eve": "",
    }  # fmt: skip
    assert by_workers == {"ada", "cyd", "eve"}
    assert {name: each["score"] for name, each in results.items()} == {
        "ada": 16, "bob": 16, "cyd": 18, "dan": 16, "eve": 16,
    }  # fmt: skip
    notebooks = [Course(tmp_path).autograded(name, A.name).read_bytes() for name in ("ada", "bob")]
    assert notebooks[0] == notebooks[1]
    _, alone = graded(tmp_path, share=False, force=True)
    assert without_times(results) == without_times(alone)
    assert not any(each["copied_from"] for each in alone.values())


def test_a_copy_is_current_when_the_class_is_graded_again(
    tmp_path: Path, hand: Callable[..., None]
) -> None:
    hand("ada", WRONG)
    hand("bob", WRONG, "x")
    _, before = graded(tmp_path)
    by_workers, after = graded(tmp_path)
    assert by_workers == set()
    assert before == after
    hand("bob", {}, "x")
    by_workers, after = graded(tmp_path)
    assert by_workers == {"bob"}
    assert (after["bob"]["score"], after["bob"]["copied_from"]) == (18, "")


def test_what_is_rejected_is_told_to_each(tmp_path: Path) -> None:
    for student in ("ada", "bob"):
        path = Course(tmp_path).submission(student, A.name)
        path.parent.mkdir(parents=True)
        path.write_text("{")
    _, results = graded(tmp_path)
    assert {each["status"] for each in results.values()} == {"rejected"}
