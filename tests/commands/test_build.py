"""Building: roles, metadata, drift, refusals, and what must never reach a release."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbgrader.nbgraderformat import MetadataValidator

from autograder.authoring.build import BuildReport, build
from autograder.authoring.check_release import check_checks
from autograder.authoring.leaks import Leak, find_leaks, listed
from autograder.authoring.source import parse
from autograder.core.assignment import REPOSITORY, Assignment, Task, assignments
from autograder.core.errors import BuildError

NOTEBOOK = '''\
# ---
# jupyter:
#   kernelspec: {display_name: "Some machine's", name: mine}
# ---

# %% [markdown]
# # A layer
# A layer multiplies, adds, and bends. Train with `loss.backward()`.

# %% locked="setup"
import torch

x = torch.tensor([[1.0, 2.0]])
w1 = torch.tensor([[3.0, 4.0]])

# %%
print("play with me", x.shape)

# %% solution="z1"
### BEGIN SOLUTION
z1 = x @ w1.transpose(0, 1)
### END SOLUTION

# %% test="z1" points=2
check("z1")

# %% [markdown]
# Now a function.

# %% solution="layer"
def relu(z):
    """ReLU of z."""
    ### BEGIN SOLUTION
    return z.clamp(min=0) + 0 * z.detach()
    ### END SOLUTION


def layer(x, w, b):
    """One layer: (n, d) -> (n, k)."""
    ### BEGIN SOLUTION
    affine = x @ w.T + b  # (n, k)
    optimizer = None
    return relu(affine)
    ### END SOLUTION


# %% test="layer" points=2.5
check("layer")

# %% [markdown] manual="explain" points=1
# Why does it bend?
#
# ### BEGIN SOLUTION
# Because a sum of lines is a line again.
# ### END SOLUTION

# %% manual="sketch" points=0
### BEGIN SOLUTION
sketch = "a drawing of a fold"
### END SOLUTION
'''

SOLVE = '# %% solution="z1"'
TEST = '# %% test="z1" points=2\n'
ANSWER = "### BEGIN SOLUTION\nz1 = x @ w1.transpose(0, 1)\n### END SOLUTION"
OPEN = "    ### BEGIN SOLUTION\n"
PROSE = "# Now a function."
PLAY = 'print("play with me", x.shape)'

CHECKS = '''\
"""Public checks."""

import pytest
import torch

POINTS = {"z1": 2, "layer": 2.5}


@pytest.mark.task("z1")
def test_z1(submission):
    """z1 has one row."""
    assert len(submission.z1) == 1


@pytest.mark.task("layer")
def test_layer(submission):
    """A layer bends."""
    assert submission.layer(torch.ones(1, 1), -torch.ones(1, 1), torch.zeros(1)) == 0
'''

SUITE = '''\
"""Hidden tests of the layer."""

import torch

from helpers import secret_reference

x = torch.tensor([[1.0, 2.0]])
inputs = torch.randn(5, 3)


def test_negative_inputs(submission):
    """The layer is flat for every negative sum."""
    result = submission.layer(x, x, x)
    loss.backward()
    expect.close(result, 2 * inputs)
'''

ACCEPT = '''\
# %% layer
def layer(x, w, b):
    """One layer: (n, d) -> (n, k)."""
    return torch.where(x @ w.T > -b, x @ w.T + b, 0)
'''

REJECT = "# fails: z1\n# %% z1\nz1 = x * w1.reshape(1, 2)\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the assignment `mini`, not built yet."""
    for place, text in {
        "solutions/mini/notebook.py": NOTEBOOK,
        "solutions/mini/checks.py": CHECKS,
        "autograder/suites/mini/test_mini.py": SUITE,
        "autograder/suites/mini/accept/where.py": ACCEPT,
        "autograder/suites/mini/reject/elementwise.py": REJECT,
    }.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def rewrite(repository: Path, old: str, new: str, name: str = "notebook.py") -> None:
    path = repository / "solutions" / "mini" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"the miniature holds {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def read(repository: Path, place: str) -> Any:
    return nbformat.read(repository / place / "mini" / "mini.ipynb", as_version=nbformat.NO_CONVERT)


def generated(repository: Path) -> dict[str, str]:
    places = [*(repository / "assignments").rglob("*"), repository / "solutions/mini/mini.ipynb"]
    files = [path for path in places if path.is_file()]
    return {
        str(p.relative_to(repository)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def kinds(report: BuildReport) -> list[tuple[str, str]]:
    return sorted((change.path.name, change.kind) for change in report.changes)


def refusal(repository: Path) -> str:
    """The message with which the build refuses; nothing may have been written."""
    with pytest.raises(BuildError) as caught:
        build("mini", repository, check=False)
    assert not (repository / "assignments").exists()
    assert not (repository / "solutions/mini/mini.ipynb").exists()
    return str(caught.value)


def test_roles_become_nbgrader_metadata(repository: Path) -> None:
    build("mini", repository, check=False)
    cells = {cell.id: cell for cell in read(repository, "solutions").cells}
    assert list(cells) == [
        *("prose-1", "setup", "play-1", "z1", "z1-test", "prose-2"),
        *("layer", "layer-test", "explain", "sketch"),
    ]

    def flags(name: str) -> tuple[object, ...]:
        meta = cells[name].metadata["nbgrader"]
        assert meta["schema_version"] == 3
        assert meta["grade_id"] == name
        assert set(cells[name].metadata) == {"nbgrader"}, "the header's keys must not stay behind"
        return meta["grade"], meta["solution"], meta["locked"], meta.get("points")

    assert flags("setup") == (False, False, True, None)
    assert flags("z1") == (False, True, False, None)
    assert flags("z1-test") == (True, False, True, 2)
    assert flags("layer-test") == (True, False, True, 2.5)
    assert flags("explain") == (True, True, False, 1)
    assert flags("sketch") == (True, True, False, 0)
    assert cells["play-1"].metadata == cells["prose-1"].metadata == {}
    assert cells["z1-test"].source == 'check("z1")'


@pytest.mark.parametrize("place", ["solutions", "assignments"])
def test_both_notebooks_are_valid_and_say_nothing_of_the_machine(
    repository: Path, place: str
) -> None:
    build("mini", repository, check=False)
    notebook = read(repository, place)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(cell.outputs == [] for cell in notebook.cells if cell.cell_type == "code")


def test_a_release_has_stubs_that_compile_and_name_their_task(repository: Path) -> None:
    build("mini", repository, check=False)
    released = {cell.id: cell for cell in read(repository, "assignments").cells}
    stub = '# YOUR CODE HERE\nraise NotImplementedError("task z1 is still to do")'
    assert released["z1"].source == stub
    namespace: dict[str, Any] = {}
    exec(compile(released["layer"].source, "layer", "exec"), namespace)
    for function, arguments in (("relu", [1]), ("layer", [1, 2, 3])):
        with pytest.raises(NotImplementedError, match="task layer is still to do"):
            namespace[function](*arguments)
    assert '"""One layer: (n, d) -> (n, k)."""' in released["layer"].source
    assert released["explain"].source == "Why does it bend?\n\n*Your answer here.*"
    assert released["z1-test"].metadata["editable"] is False
    assert released["z1"].metadata["deletable"] is False
    assert "editable" not in released["z1"].metadata
    assert len(released["setup"].metadata["nbgrader"]["checksum"]) == 32
    assert "SOLUTION" not in (repository / "assignments/mini/mini.ipynb").read_text()
    assert (repository / "assignments/mini/checks.py").read_text() == CHECKS


def test_a_release_runs_to_its_end_although_nothing_is_answered(repository: Path) -> None:
    build("mini", repository, check=False)
    notebook = read(repository, "assignments")
    tagged = {
        cell.id for cell in notebook.cells if "raises-exception" in cell.metadata.get("tags", [])
    }
    assert {"z1", "layer"} <= tagged
    locked = {cell.id for cell in notebook.cells if cell.metadata.get("editable") is False}
    assert not tagged & locked
    assert all(cell.cell_type == "code" for cell in notebook.cells if cell.id in tagged)
    solution = read(repository, "solutions")
    assert not any("tags" in cell.metadata for cell in solution.cells)
    for cell in notebook.cells:
        if cell.id.endswith("-test"):
            cell.source = "finished = True"  # the mini course has no library
    NotebookClient(notebook, kernel_name="python3").execute()  # raises at an error without the tag
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")


def test_what_is_built_has_its_tasks_and_points(repository: Path) -> None:
    build("mini", repository, check=False)
    assert Assignment("mini", repository).tasks == (
        *(Task("z1", 2, False), Task("layer", 2.5, False)),
        *(Task("explain", 1, True), Task("sketch", 0, True)),
    )
    assert assignments(repository) == ["mini"]


def test_the_same_source_gives_the_same_bytes(repository: Path, tmp_path_factory: Any) -> None:
    build("mini", repository, check=False)
    first = generated(repository)
    assert len(first) == 3
    stamps = {name: (repository / name).stat().st_mtime_ns for name in first}
    assert build("mini", repository, check=False).changes == ()
    assert {name: (repository / name).stat().st_mtime_ns for name in first} == stamps, (
        "rewritten without need"
    )

    for name in first:
        (repository / name).unlink()
    script = "import sys; from pathlib import Path; from autograder.authoring.build import build\n"
    script += "build('mini', Path(sys.argv[1]), check=False)"
    subprocess.run(
        [sys.executable, "-c", script, str(repository)],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env={
            **os.environ,
            "PYTHONHASHSEED": "12345",
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "LANG": "C",
        },
        check=True,
    )
    assert generated(repository) == first


def test_check_reports_drift_and_writes_nothing(repository: Path) -> None:
    everything = [("checks.py", "missing"), ("mini.ipynb", "missing"), ("mini.ipynb", "missing")]
    assert kinds(build("mini", repository, check=True)) == everything
    assert not (repository / "assignments").exists()

    assert kinds(build("mini", repository, check=False)) == everything
    assert build("mini", repository, check=True).changes == ()

    (repository / "assignments/mini/extra.txt").touch()
    (repository / "assignments/mini/.ipynb_checkpoints").mkdir()
    with (repository / "assignments/mini/checks.py").open("a") as file:
        file.write("\n")
    rewrite(repository, "points=2\n", "points=3\n")
    rewrite(repository, '"z1": 2,', '"z1": 3,', "checks.py")
    before = generated(repository)
    expected = [
        ("checks.py", "different"),
        ("extra.txt", "stray"),
        *[("mini.ipynb", "different")] * 2,
    ]
    assert kinds(build("mini", repository, check=True)) == expected
    assert generated(repository) == before
    with pytest.raises(
        BuildError, match=r"extra\.txt: a release holds mini.ipynb and checks.py only"
    ):
        build("mini", repository, check=False)
    assert generated(repository) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (SOLVE, '# %% soluton="z1"', "notebook.py:19: unknown key soluton .*did you mean sol"),
        (SOLVE, '# %% solution="z1" name="a"', "19: unknown key name .*the keys are sol"),
        (SOLVE, "# %% solution=z1", "notebook.py:19: give solution once, in quotes"),
        (SOLVE, "# %% solution='z1'", "notebook.py:19: "),
        (SOLVE, '# %% solution="z1', "notebook.py:19: can't read the header"),
        (SOLVE, '# %% title solution="z1"', "notebook.py:19: can't read the header"),
        (SOLVE, '#%% solution="z1"', "notebook.py:19: can't read the header"),
        (SOLVE, '# %% solution="z1" test="z1" points=1', "19: a cell has one role"),
        (SOLVE, '# %% [raw] solution="z1"', r"19: unknown cell type \[raw\]"),
        (SOLVE, '# %% [markdown] solution="z1"', "19: a solution cell holds code"),
        (SOLVE, '# %% solution="z 1"', '19: solution="z 1" is not a valid id'),
        (SOLVE, '# %% solution=""', '19: solution="" is not a valid id'),
        (SOLVE, f'# %% solution="{"z" * 60}"', "19: .* is not a valid id; .* at most 59"),
        (SOLVE, '# %% solution="play-1"', "19: .* is not a valid id"),
        (SOLVE, '# %% solution="setup"', '19: the id "setup" is taken by line 10'),
        (SOLVE, '# %% solution="z1" points=2', "19: a solution cell can't have points"),
        (SOLVE, "# %%", "20: a fence in a play cell"),
        (PROSE, f'\n{SOLVE}\n{ANSWER}', "29: the id .z1. is taken by line 19"),
        (PLAY, '# %% test="a" points=2\ncheck("a")', "17: the test of .a. has no solution"),
        (TEST, '# %% test="z1"\n', "24: a test cell needs points"),
        (TEST, '# %% test="z1" points=-2\n', "24: points=-2 is not a number from 0"),
        (TEST, '# %% test="z1" points=nan\n', "24: points=nan is not a number"),
        (TEST, '# %% test="z1" points="2"\n', "24: give points once, without quotes"),
        (TEST, '# %% test="z1" points=2 points=3\n', "24: give points once"),
        ('check("z1")', 'check("z2")', r'24: the test cell of "z1" must be exactly check\("z1"\)'),
        ('check("z1")', "check('z1')  # now", "24: the test cell"),
        ('# %% test="z1" points=2\ncheck("z1")\n', "", '19: the task "z1" has no test cell'),
        ("### BEGIN SOLUTION\nz1 =", "z1 =", "21: unbalanced solution fence: END, but no "
"region is open"),
        ("(0, 1)\n### END SOLUTION", "(0, 1)", "20: unbalanced solution fence: BEGIN "
"without END"),
        ("(0, 1)\n", "(0, 1)\n### BEGIN SOLUTION\n", "22: unbalanced .* the region of line 20 is "
"still open"),
        ("### BEGIN SOLUTION\nz1 =", "# Begin solution\nz1 =", "20: a fence needs a line of "
"its own: `### BEGIN SOL"),
        (ANSWER, "z1 = 0", "19: a solution cell without"),
        (PROSE, "# Now ### END SOLUTION", "28: a fence needs a line of its own: `### END SOL"),
        ("    affine = x @ w.T + b", "    affine = = x", "30: the solution cell: not valid Python"),
        (f"{OPEN}    affine", f"    b = (\n{OPEN}    1)\n "
"   affine", "by the stub: not valid Python"),
        (f"{OPEN}    affine", f"{OPEN}    return 1\nreturn 2\n "
"   affine", "cell: not valid Python"),
        ("# ---\n\n", "# ---\nimport os\n", "5: text before the first"),
        ('    """ReLU of z."""', '    """ReLU.\n# %% no\n    """', "stands inside a string"),
        ('    """ReLU of z."""', '    """ReLU.\n# %%\n    """', "stands inside a string"),
    ],
)  # fmt: skip
def test_a_source_that_needs_a_guess_is_refused(
    repository: Path, old: str, new: str, message: str
) -> None:
    rewrite(repository, old, new)
    with pytest.raises(BuildError, match=message):
        raise BuildError(refusal(repository))


def test_files_that_do_not_belong_or_lack_are_named(repository: Path) -> None:
    (repository / "solutions/mini/__pycache__").mkdir()
    answers = repository / "solutions/mini/answers.py"
    answers.touch()
    assert refusal(repository).startswith(f"{answers}: nbgrader would copy this file")
    answers.unlink()
    rewrite(repository, "def test_z1", "def def", "checks.py")
    assert "checks.py: not valid Python" in refusal(repository)
    (repository / "solutions/mini/checks.py").unlink()
    assert "checks.py: can't be read" in refusal(repository)
    with pytest.raises(BuildError, match=r"there is no .*nothing/notebook\.py; known: mini"):
        build("nothing", repository, check=True)
    with pytest.raises(BuildError, match="there is no"):
        build("../solutions/mini", repository, check=True)
    (repository / "solutions/mini/notebook.py").write_text("\n")
    with pytest.raises(BuildError, match="no cells"):
        build("mini", repository, check=True)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (PROSE, "# Say `z1 = x @ w1.transpose(0, 1)`.", 'cell "prose-2": `z1 = x @'),
        (PROSE, "# Say z1 = x @\n# w1.transpose(0,1) and go.", 'cell "prose-2": `z1 = x @'),
        (PLAY, "if True:\n    z1=x@w1.transpose(0, 1)", 'cell "play-1": `z1 = x @'),
        ("import torch\n", "affine = x @ w.T + b\n", 'cell "setup": `affine = x @ w.T + b'),
        (PROSE, "# It is z.clamp(min=0) + 0 * z.detach().", 'cell "prose-2": `return z.clamp'),
        (PROSE, "# Because a sum of lines is a line again.", 'cell "prose-2": `# Because a sum'),
        (PROSE, "# The layer is flat for every negative sum.", 'cell "prose-2": `"""The layer'),
        (PROSE, "# Use torch.where(x @ w.T > -b, x @ w.T + b, 0).", "where.py:4"),
        (PROSE, "# Tests say expect.close(result, 2 * inputs).", "test_mini.py:15"),
        (PROSE, "# See test_mini.py.", 'cell "prose-2": `test_mini.py`'),
        (PROSE, "# See autograder/suites.", 'cell "prose-2": `autograder/suites`'),
        (PROSE, "# ### BEGIN HIDDEN TESTS", "nbgrader does not accept|No end hidden tests"),
    ],
)  # fmt: skip
def test_an_answer_in_the_notebook_is_refused(
    repository: Path, old: str, new: str, found: str
) -> None:
    rewrite(repository, old, new)
    message = refusal(repository)
    assert any(part in message for part in found.split("|")), message


def test_an_answer_in_the_public_checks_is_refused(repository: Path) -> None:
    extra = "    # z1 = x @ w1.transpose(0, 1)\n    assert secret_reference\n"
    rewrite(repository, '    """z1 has one row."""\n', extra, "checks.py")
    source = repository / "solutions/mini/notebook.py"
    assert f"checks.py: `z1 = x @ w1.transpose(0, 1)` ({source}:21)" in refusal(repository)


def test_at_most_ten_leaks_are_listed(repository: Path) -> None:
    answer = "\n".join(f"step_{i} = x @ w.T + {i}" for i in range(12))
    rewrite(repository, "### BEGIN SOLUTION\nz1", f"### BEGIN SOLUTION\n{answer}\nz1")
    rewrite(repository, PLAY, answer)
    message = refusal(repository).split("\n")
    assert len(message) == 12
    assert message[-1] == "  and 2 more"


@pytest.mark.parametrize(
    "line",
    [
        "optimizer.zero_grad()",
        "for epoch in range(epochs):",
        "with torch.no_grad():",
        "from helpers import secret_reference",
        "inputs = torch.randn(5, 3)",
        "result = submission.layer(x, x, x)",
        "result = expect.tensor(submission.layer(x, x, x), what='layer', shape=(1, 2))",
        "output = submission.layer(*arguments.values())",
        'what = "layer(x, w, b)"',
        "torch.testing.assert_close(",
        ") -> torch.Tensor:",
        "submission: Any, rng: torch.Generator, device: torch.device",
        "x = torch.tensor([[1.0, 2.0]])",
        "def layer(x, w, b):",
    ],
)
def test_an_ordinary_lesson_can_be_built(repository: Path, line: str) -> None:
    """Idioms, imports, inputs and classic mistakes stand in lessons as well as in hidden files."""
    suite = repository / "autograder/suites/mini/test_mini.py"
    suite.write_text(f"{SUITE}\n{line}\n")
    rewrite(repository, PROSE, f"# Say:\n#\n#     {line}")
    build("mini", repository, check=False)


def test_a_lesson_may_show_a_classic_mistake(repository: Path) -> None:
    rewrite(repository, PROSE, "# Beware of `z1 = x * w1.reshape(1, 2)`.")
    build("mini", repository, check=False)


def test_what_is_not_source_is_searched_too(repository: Path) -> None:
    build("mini", repository, check=False)
    source = parse(repository / "solutions/mini/notebook.py")
    suite = repository / "autograder/suites/mini"
    released = json.loads((repository / "assignments/mini/mini.ipynb").read_text())

    def places(**changes: object) -> set[tuple[str, str]]:
        cell = {**released["cells"][2], **changes}
        notebook = {**released, "cells": [cell]}
        return {
            (leak.where, leak.line)
            for leak in find_leaks(json.dumps(notebook), CHECKS, source, suite)
        }

    answer = "z1 = x @ w1.transpose(0, 1)"
    assert places() == set()
    assert places(metadata={"note": {"deep": [answer]}}) == {('cell "play-1", metadata', answer)}
    assert places(metadata={answer: 1}) == {('cell "play-1", metadata', answer)}
    assert places(execution_count=3) == {('cell "play-1"', "has execution_count")}
    assert places(attachments={"a.png": {}}) == {('cell "play-1"', "has attachments")}
    output = {"output_type": "stream", "name": "stdout", "text": [f"{answer}\n"]}
    assert places(outputs=[output]) == {
        ('cell "play-1"', "has outputs"),
        ('cell "play-1", outputs', answer),
    }
    released["metadata"]["title"] = answer
    assert places() == {("the notebook's metadata", answer)}


def test_of_many_leaks_the_first_are_listed_and_the_others_counted() -> None:
    leaks = [Leak("cell 1", f"line {n}", "test_z.py", n) for n in range(12)]
    assert listed(leaks[:10])[-1] == "  cell 1: `line 9` (test_z.py:9)"
    assert listed(leaks)[10:] == ["  and 2 more"]


def test_the_title_is_the_first_heading_of_the_prose(tmp_path: Path) -> None:
    made = Assignment("mini", tmp_path)
    made.release.parent.mkdir(parents=True)
    cells = [("code", "# no heading"), ("markdown", "Hello\n\n## The `relu` *bends* ##\n# Later")]
    made.release.write_text(
        json.dumps({"cells": [{"cell_type": kind, "source": text} for kind, text in cells]})
    )
    assert made.title == "The relu bends"


# What the release must keep

LACKS = "it imports {}, which students do not have"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "checks.py",
            '"z1": 2,',
            '"z1": 3,',
            "checks.py: POINTS['z1'] is 3, and the notebook's test cell has 2",
        ),
        (
            "checks.py",
            '"z1": 2,',
            "",
            "checks.py: POINTS['z1'] is none, and the notebook's test cell has 2",
        ),
        (
            "checks.py",
            'task("z1")',
            'task("z9")',
            "checks.py: it has checks of z9, which is no task of the notebook",
        ),
        ("checks.py", 'task("z1")', 'task("layer")', "checks.py: the task z1 has no check"),
        (
            "checks.py",
            "submission.z1) == 1",
            "submission.z1) == 2",
            "checks.py: test_z1 fails on the solution of z1",
        ),
        (
            "checks.py",
            "assert len(submission.z1) == 1",
            "assert True",
            "checks.py: every check of z1 passes on the stub that students start from",
        ),
        ("checks.py", '    """A layer bends."""\n', "", "needs a docstring"),
        (
            "checks.py",
            "import pytest\n",
            "import pytest\nimport autograder\n",
            LACKS.format("autograder"),
        ),
        (
            "notebook.py",
            "import torch\n",
            "import torch\nimport nbgrader.api\n",
            LACKS.format("nbgrader"),
        ),
        (
            "notebook.py",
            "# A layer multiplies, adds",
            "# ![A fold](images/fold.png) A layer multiplies, adds",
            "the text links to images/fold.png, which students do not get",
        ),
        (
            "notebook.py",
            "z1 = x @ w1.transpose(0, 1)",
            "z1 = x @ w1",
            "the solution raises: RuntimeError",
        ),
        (
            "notebook.py",
            PROSE,
            "# ### Task 2 · A function (3 points)",
            "the heading says 3 points, but the task layer below it has 2.5",
        ),
        (
            "notebook.py",
            "# A layer multiplies, adds",
            "# There are 3 tasks, 5.5 points in all. A layer multiplies, adds",
            "the text says 3 tasks and 5.5 points, but the cells have 4 tasks and 5.5 points",
        ),
    ],
)
def test_checks_and_points_that_do_not_fit_the_notebook(
    repository: Path, file: str, old: str, new: str, says: str
) -> None:
    rewrite(repository, old, new, file)
    assert says in refusal(repository)


def test_points_that_agree_are_let_pass(repository: Path) -> None:
    rewrite(repository, PROSE, "# ### Task 2 · A function (2.5 points)")
    rewrite(
        repository,
        "# A layer multiplies, adds",
        "# There are 4 tasks,\n# 5.5 points in all. A layer multiplies, adds",
    )
    build("mini", repository, check=False)


def test_a_package_that_may_be_missing_and_links_to_the_web_are_let_pass(repository: Path) -> None:
    rewrite(
        repository,
        "import torch\n",
        "import torch\ntry:\n    import lightning\nexcept ImportError:\n    pass\n",
    )
    rewrite(
        repository,
        "# A layer multiplies, adds",
        "# See [its page](https://a.org/b.png), [above](#top). A layer multiplies, adds",
    )
    build("mini", repository, check=False)


def test_checks_that_are_right_are_not_run_again(repository: Path, tmp_path: Path) -> None:
    source = parse(repository / "solutions/mini/notebook.py")
    stubs = {cell.cell_id: cell.source for cell in source.cells} | {"z1": "", "layer": ""}
    checks, cache = repository / "solutions/mini/checks.py", tmp_path / "cache"
    assert check_checks(source, checks, stubs, REPOSITORY, cache) == []
    (mark,) = cache.iterdir()
    rewrite(repository, "A layer bends", "A layer folds", "checks.py")
    assert check_checks(source, checks, stubs, REPOSITORY, cache) == []
    assert len(list(cache.iterdir())) == 2
    rewrite(repository, '"z1": 2,', '"z1": 3,', "checks.py")
    assert len(check_checks(source, checks, stubs, REPOSITORY, cache)) == 1
    assert mark in cache.iterdir()
