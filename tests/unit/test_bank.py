"""The bank: programs by task, each mistake in a file named in a
sentence, and notebooks as students hand them in.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from autograder.authoring import bank
from autograder.core import assignment as course
from autograder.core.assignment import REPOSITORY, Assignment
from autograder.core.errors import UsageError
from autograder.core.solution import model_cells

NAME = "01_relu_matrix"
REAL = course.find(NAME)
TASKS = [task.id for task in REAL.tasks if not task.manual]
WHOLE = "".join(f"# %% {task}\n# {task}\n\n" for task in TASKS)


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """The real release with an empty bank."""
    for folder in ("assignments", "solutions"):
        target = tmp_path / folder / NAME
        target.mkdir(parents=True)
        shutil.copy(REPOSITORY / folder / NAME / f"{NAME}.ipynb", target)
    made = Assignment(NAME, tmp_path)
    for folder in ("accept", "reject"):
        (made.suite / folder).mkdir(parents=True)
    return made


def put(assignment: Assignment, name: str, text: str) -> None:
    (assignment.suite / f"{name}.py").write_text(text, encoding="utf-8")


def problem(assignment: Assignment, name: str, text: str) -> str:
    put(assignment, name, text)
    with pytest.raises(UsageError) as caught:
        bank.load(assignment)
    path, _, sentence = str(caught.value).partition(": ")
    assert Path(path) == assignment.suite / f"{name}.py"
    return sentence


# --- Programs ---


def test_an_empty_bank(assignment: Assignment) -> None:
    assert bank.load(assignment) == []


def test_accepted_programs_come_first_in_order(assignment: Assignment) -> None:
    put(assignment, "reject/a", "# fails: z1\n# %% z1\nz1 = 0\n")
    put(assignment, "accept/b", WHOLE)
    put(assignment, "accept/a", WHOLE)
    assert [program.name for program in bank.load(assignment)] == [
        "accept/a",
        "accept/b",
        "reject/a",
    ]


def test_a_program_s_cells(assignment: Assignment) -> None:
    put(
        assignment,
        "reject/x",
        '"""Words."""\n# fails: z1, y1\nignored = 1\n# %% z1\n\nz1 = 0\n\ny = 1\n\n# %%y1\ny1 = 2',
    )
    (program,) = bank.load(assignment)
    assert program.cells == {"z1": "z1 = 0\n\ny = 1", "y1": "y1 = 2"}
    assert program.fails == {"z1", "y1"}
    put(assignment, "accept/x", WHOLE)
    assert bank.load(assignment)[0].cells == {task: f"# {task}" for task in TASKS}
    assert bank.load(assignment)[0].fails == frozenset()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("# fails: z1\n# %% zz\nx = 1\n", "zz"),
        ("# fails: zz\n# %% z1\nx = 1\n", "zz"),
        ("# fails: explain_fold\n# %% z1\nx = 1\n", "explain_fold"),
        ("# fails: z1\n# %% explain_fold\nwords\n", "explain_fold"),
        ("# fails: z1\n# %% [markdown]\nwords\n", "[markdown]"),
        ("# fails: z1 y1\n# %% z1\nx = 1\n", "z1 y1"),
        ("# fails: b, a\n# %% c\n", "a, b, c"),
    ],
)
def test_a_task_that_the_assignment_does_not_have(
    assignment: Assignment, text: str, unknown: str
) -> None:
    assert problem(assignment, "reject/x", text) == f"no such task: {unknown}"


def test_a_rejected_program_that_fails_nothing(assignment: Assignment) -> None:
    sentence = problem(assignment, "reject/x", "# %% z1\nz1 = 0\n")
    assert (
        sentence == "programs in reject/, and only these, need a line `# fails: <tasks>` at the top"
    )


def test_an_accepted_program_that_fails_something(assignment: Assignment) -> None:
    sentence = problem(assignment, "accept/x", f"# fails: z1\n{WHOLE}")
    assert (
        sentence == "programs in reject/, and only these, need a line `# fails: <tasks>` at the top"
    )


def test_an_accepted_program_without_all_cells(assignment: Assignment) -> None:
    sentence = problem(
        assignment, "accept/x", "".join(f"# %% {task}\npass\n" for task in TASKS[2:])
    )
    missing = ", ".join(sorted(TASKS[:2]))
    assert sentence == (
        "a program in accept/ needs a cell for every task, or a line `# rest: solution` at the "
        f"top; missing: {missing}"
    )


def test_one_bad_file_among_good_ones(assignment: Assignment) -> None:
    put(assignment, "accept/a", WHOLE)
    assert "no such task" in problem(assignment, "reject/x", "# fails: nothing\n")


def test_the_real_bank_can_be_read() -> None:
    programs = bank.load(REAL)
    assert sum(program.name.startswith("accept/") for program in programs) >= 5
    assert sum(bool(program.fails) for program in programs) >= 15
    assert {task for program in programs for task in program.fails} == set(TASKS)


# --- Notebooks ---


def sources(notebook: dict[str, object]) -> dict[str, str]:
    cells = json.loads(json.dumps(notebook))["cells"]
    return {
        mark["grade_id"]: c["source"] for c in cells if (mark := c["metadata"].get("nbgrader", {}))
    }


def test_a_submission_is_the_model_solution_but_for_the_cells_given(assignment: Assignment) -> None:
    model = model_cells(assignment)
    assert set(model) == {task.id for task in assignment.tasks}
    found = sources(bank.submission(assignment, {"z1": "mine"}))
    assert found["z1"] == "mine"
    assert {task: found[task] for task in model if task != "z1"} == {
        t: s for t, s in model.items() if t != "z1"
    }
    assert found["z1-test"] == 'check("z1")'


def test_a_submission_without_the_model_solution_is_the_release(assignment: Assignment) -> None:
    before = sources(assignment.released)
    assert sources(bank.submission(assignment, {}, reference=False)) == before
    assert sources(bank.submission(assignment, {"z1": "mine"}, reference=False)) == before | {
        "z1": "mine"
    }
    assert sources(assignment.released) == before


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_a_solution_notebook_that_was_not_built(
    assignment: Assignment, content: bytes | None
) -> None:
    path = assignment.source / f"{NAME}.ipynb"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        UsageError, match=r"can't be read \(.*\); run `autograder build 01_relu_matrix` first"
    ):
        model_cells(assignment)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_a_release_that_was_not_built(assignment: Assignment, content: bytes | None) -> None:
    assignment.release.unlink()
    if content is not None:
        assignment.release.write_bytes(content)
    with pytest.raises(
        UsageError, match=r"can't be read \((.|\n)*\); run `autograder build 01_relu_matrix` first"
    ):
        bank.load(assignment)


def test_an_accepted_program_may_leave_the_rest_to_the_solution(assignment: Assignment) -> None:
    put(
        assignment,
        "accept/x",
        "# rest: solution\n\n# %% z2\nz2 = y1 @ w2.T\n\n# %% after:z2\nz2 = None\n",
    )
    (program,) = bank.load(assignment)
    assert (set(program.cells), program.after) == ({"z2"}, {"z2": "z2 = None"})


def test_a_cell_of_the_students_own_stands_below_the_check(assignment: Assignment) -> None:
    cells = bank.submission(assignment, {}, after={"z2": "z2 = None"})["cells"]
    place = next(n for n, cell in enumerate(cells) if cell["source"] == "z2 = None")
    assert cells[place - 1]["metadata"]["nbgrader"]["grade_id"] == "z2-test"
