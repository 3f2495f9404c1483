"""A new assignment: its skeleton goes the whole way at once, and nothing is overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from repository_for_tests import autograder, copy_repository

from autograder.authoring import bank
from autograder.authoring.new_assignment import new
from autograder.core.assignment import Assignment
from autograder.core.solution import model_cells

NAME = "05_my_topic"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with a new assignment in it."""
    made = copy_repository(tmp_path_factory.mktemp("new") / "course")
    done = autograder(made, "new", NAME, "--title", "Layers that bend")
    assert done.returncode == 0, done.stderr
    assert f"autograder build {NAME}" in done.stdout
    assert f'[tool.autograder.limits."{NAME}"]' in done.stdout
    return made


def run(copy: Path, *arguments: str | Path) -> str:
    """What a command says, which must succeed."""
    done = autograder(copy, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def test_it_builds_verifies_grades_and_is_packed_as_it_is(copy: Path) -> None:
    assert f"{NAME}: built" in run(copy, "build", NAME)
    assert f"{NAME}: up to date" in run(copy, "build", "--check", NAME)

    said = run(copy, "verify", NAME, "--seeds", "2", "--jobs", "2")
    assert "accepted 2 of 2 correct programs, 0 wrongly rejected" in said
    assert "rejected 4 of 4 wrong ones on exactly their tasks, 0 wrongly accepted" in said
    assert "a draft: the bank is still small" in said
    said = run(copy, "verify", NAME, "--seeds", "1", "--sample", "1", "--mutants", "0")
    assert "accepted 2 of 2 correct programs" in said
    assert "rejected 2 of 2 wrong ones" in said  # one of the bank, and the untouched release

    assignment = Assignment(NAME, copy)
    release = assignment.released
    assert release["cells"][0]["source"].startswith("# Layers that bend\n")
    assert [(task.id, task.points, task.manual) for task in assignment.tasks] == [
        ("z", 1, False),
        ("layer", 2, False),
        ("explain", 1, True),
    ]
    answers = {program.path.stem: program.cells for program in bank.load(assignment)}
    answers["ada"] = {task: model_cells(assignment)[task] for task in ("z", "layer")}
    for student, cells in answers.items():
        path = copy / "class" / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(bank.submission(assignment, cells, reference=False)))
    run(copy, "grade", NAME, "--course-dir", copy / "class", "--seed", "1", "--jobs", "2")
    results = [
        json.loads(path.read_text()) for path in (copy / "class" / "results" / NAME).glob("*.json")
    ]
    assert {result["student"]: result["score"] for result in results} == {
        "ada": 3,
        "one_unit_at_a_time": 3,
        "z_without_b": 0.5,  # the offset of the first unit is 0
        "layer_no_relu": 0,
        # the values are one half, the gradients the other, however many cases each has
        "layer_detached": 1,
    }

    assert "nothing hidden in it" in run(copy, "bundle", NAME)


def test_likely_mistakes_start_the_bank(copy: Path) -> None:
    run(copy, "new", "mistaken")
    done = autograder(copy, "new", "mistaken", "--mistakes")
    assert done.returncode == 2
    assert "run `autograder build mistaken` first" in done.stderr
    run(copy, "build", "mistaken")
    assignment = Assignment("mistaken", copy)
    before = {program.name: program for program in bank.load(assignment)}
    said = run(copy, "new", "mistaken", "--mistakes")
    made = {p.name: p for p in bank.load(assignment) if p.name not in before}
    assert all(f"{name}.py" in said for name in made)
    forgotten = made["reject/layer_operands"]
    assert forgotten.fails == {"layer"}
    assert "return torch.relu(x @ w.T)" in forgotten.cells["layer"]
    lines = forgotten.path.read_text().splitlines()
    assert lines[:2] == ["# fails: layer", "# `b` is forgotten."]
    assert "Reword" in lines[2]
    for task in ("z", "layer"):
        assert 3 <= sum(p.fails == {task} for p in (*before.values(), *made.values())) <= 6
    # Those that the bank has in other words: without b, without ReLU, detached.
    assert not {"reject/z_operands", "reject/layer_call", "reject/layer_detached_2"} & set(made)
    assert "nothing new" in run(copy, "new", "mistaken", "--mistakes")
    said = run(copy, "verify", "mistaken", "--seeds", "1", "--mutants", "0", "--jobs", "2")
    assert "0 wrongly accepted; 1 seeds" in said


def test_verify_wants_a_built_release_and_a_large_bank(copy: Path) -> None:
    run(copy, "new", "no_draft")
    done = autograder(copy, "verify", "no_draft", "--seeds", "1")
    assert done.returncode == 2
    assert "differs from its source; run `autograder build no_draft` first" in done.stderr
    run(copy, "build", "no_draft")
    (copy / "autograder/suites/no_draft/DRAFT").unlink()
    done = autograder(copy, "verify", "no_draft", "--seeds", "1", "--jobs", "2")
    assert done.returncode == 1
    assert "the bank is too small" in done.stdout


def test_a_title_stays_as_it_is_given(tmp_path: Path) -> None:
    title = r"RENAMED layers: a new TITLE \1"
    made = new("renamed", title, tmp_path)
    assert f"\n# # {title}\n" in (made.assignment.source / "notebook.py").read_text()
    assert "Public checks for renamed:" in (made.assignment.source / "checks.py").read_text()


def test_the_title_is_made_of_the_name(copy: Path) -> None:
    run(copy, "new", "06_a_b__c")
    assert "\n# # A b  c\n" in (copy / "solutions/06_a_b__c/notebook.py").read_text()


@pytest.mark.parametrize(
    "name", ["", "../up", "A", "ä", "a b", "a/b", "-x", "_x", ".hidden", "x" * 51, "a\nb", "05-a"]
)
def test_names_that_can_not_be_used(copy: Path, name: str) -> None:
    before = sorted(copy.rglob("*"))
    done = autograder(copy, "new", "--", name)
    assert done.returncode == 2
    assert "can't be the name of an assignment" in done.stderr
    assert sorted(copy.rglob("*")) == before


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "x" * 101])
def test_titles_that_can_not_be_used(copy: Path, title: str) -> None:
    done = autograder(copy, "new", "free", "--title", title)
    assert done.returncode == 2
    assert "--title must be one line of at most 100 characters" in done.stderr
    assert not (copy / "solutions/free").exists()


@pytest.mark.parametrize("folder", ["solutions", "assignments", "autograder/suites"])
def test_nothing_is_overwritten(copy: Path, folder: str) -> None:
    name = "taken_" + folder.rpartition("/")[2]
    (copy / folder / name).mkdir()
    done = autograder(copy, "new", name)
    assert done.returncode == 2
    assert f"{copy / folder / name} already exists" in done.stderr
    assert (
        sum(
            (copy / place / name).exists()
            for place in ("solutions", "assignments", "autograder/suites")
        )
        == 1
    )
