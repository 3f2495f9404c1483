"""Data sets in grading: what a submission sees of them, what it doesn't, and a machine without."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import LIMITS
from repository_for_tests import autograder, copy_repository

from autograder.authoring import bank
from autograder.core.assignment import Assignment, find
from autograder.core.cells import RunnableCell
from autograder.core.errors import UsageError
from autograder.core.jobs import Isolation
from autograder.pipeline.execute import Execution
from autograder.sandbox.data import PreparedData
from autograder.sandbox.launcher import Sandbox
from course_lib.datasets import fashion_mnist

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
A = "01_relu_matrix"

needs_data = pytest.mark.skipif(
    not DEBIAN.exists(), reason="needs Debian's package dataset-fashion-mnist"
)


@pytest.fixture(scope="module")
def prepared() -> Iterator[PreparedData]:
    made = PreparedData(["fashion_mnist"])
    yield made
    assert Path(made.folders["fashion_mnist"]).is_dir()
    made.close()
    assert not Path(made.folders["fashion_mnist"]).exists()


def shown(prepared: PreparedData, source: str, isolation: Isolation = "namespaces") -> list[object]:
    """What a cell that prints JSON finds, in each of two submissions in turn."""
    sandbox = Sandbox(LIMITS, isolation, data=prepared.folders)
    try:
        found = []
        for _ in range(2):
            with Execution(
                sandbox.seats[0], (RunnableCell(0, source, None),), LIMITS, seed=1
            ) as run:
                output = run.runs[0].outputs[-1]
                found.append(json.loads(output["text"]) if "text" in output else output)
        return found
    finally:
        sandbox.close()


READ = """
import json, os, time
start = time.process_time()
from course_lib.datasets import fashion_mnist
X, y = fashion_mnist("train")
T, t = fashion_mnist("test", flatten=True)
took = time.process_time() - start
once = float(X[0].sum())
X.mul_(0)
print(json.dumps([list(X.shape), list(T.shape), once, bool((T[:5000] == T[5000:]).all()),
                  t[:5000].bincount().tolist(), bool((t[:5000] == t[5000:]).all()), took < 0.5]))
"""


@needs_data
@pytest.mark.parametrize("isolation", ["namespaces", "process"])
def test_a_submission_reads_the_data_at_no_cost(
    prepared: PreparedData, isolation: Isolation
) -> None:
    first = float(fashion_mnist("train", limit=1).X.sum())
    classes = fashion_mnist("test").y[:5000].bincount().tolist()
    for found in shown(prepared, READ, isolation):  # what the first one overwrites is its own
        assert found == [[60_000, 28, 28], [10_000, 784], pytest.approx(first), True, classes,
                         True, True]  # fmt: skip


LOOK = """
import glob, json, os
names = [path for place in ("/usr/share/datasets/**", "/opt/data/**") for path in
         glob.glob(place, recursive=True) if os.path.isfile(path)]
denied = 0
for name in names:
    try:
        open(name, "r+b")
    except OSError:
        denied += 1
try:
    open("/opt/data/fashion_mnist/more", "w")
except OSError:
    denied += 1
print(json.dumps([sorted(names), denied, os.environ["FASHION_MNIST"]]))
"""


@needs_data
def test_a_submission_sees_these_files_only_and_changes_none(prepared: PreparedData) -> None:
    place = "/opt/data/fashion_mnist"
    names = [f"{place}/{split}-{part}.npy"
             for split in ("test", "train") for part in ("images", "labels")]  # fmt: skip
    assert shown(prepared, LOOK) == [[names, 5, place]] * 2


@needs_data
def test_no_held_out_image_is_in_any_file_of_the_sandbox(prepared: PreparedData) -> None:
    held_out = {image.tobytes() for image in np.asarray(fashion_mnist("test").X[5_000:])}
    assert len(held_out) == 5_000
    folder = Path(prepared.folders["fashion_mnist"])
    for name in ("test-images.npy", "train-images.npy"):
        assert held_out.isdisjoint(image.tobytes() for image in np.load(folder / name))


SUITE = '''"""Hidden tests of what the notebook loads."""

import pytest
from course_lib.datasets import fashion_mnist


@pytest.mark.task("layer")
def test_data(submission):
    """The training images are there, and half of the test images."""
    n, total, halves = submission.look()
    X, y = fashion_mnist("train")
    assert n == 60000 and abs(total - float(X.double().sum())) < 1 and halves == 5000
'''
ANSWER = """
from course_lib.datasets import fashion_mnist
X, y = fashion_mnist("train")
T, t = fashion_mnist("test")
def layer(x, w, b):
    return (x @ w.T + b).relu()
def look():
    return len(X), float(X.double().sum()), int((T[:5000] == T[5000:]).flatten(1).all(1).sum())
"""
NAME = "07_clothes"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with an assignment that uses data, and two submissions of it."""
    made = copy_repository(tmp_path_factory.mktemp("data") / "course")
    assert autograder(made, "new", NAME, "--title", "Clothes").returncode == 0
    assert autograder(made, "build", NAME).returncode == 0
    suite = made / "autograder" / "suites" / NAME
    (suite / "test_layer.py").write_text(SUITE)
    (suite / "suite.toml").write_text('[data]\nuses = ["fashion_mnist"]\n')
    for student in ("ada", "bob"):
        path = made / "class" / "submitted" / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        notebook = bank.submission(Assignment(NAME, made), {"layer": ANSWER})
        path.write_text(json.dumps(notebook))
    return made


def hide_the_data(repository: Path) -> None:
    """Make the library of a copy look where nothing is."""
    path = repository / "course_lib" / "_fashion_files.py"
    text = path.read_text()
    hidden = text.replace("/usr/share/datasets", "/nowhere").replace(
        "https://", "http://127.1.1.1:9/"
    )
    path.write_text(hidden.replace("http://fashion", "http://127.1.1.1:9/"))


@needs_data
@pytest.mark.parametrize("isolation", ["namespaces", "process"])
def test_an_assignment_that_says_so_is_graded_with_the_data(
    copy: Path, isolation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    done = autograder(
        copy, "grade", NAME, "--course-dir", copy / "class", "--isolation", isolation, "--force"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for student in ("ada", "bob"):
        result = json.loads((copy / "class" / "results" / NAME / f"{student}.json").read_text())
        assert result["score"] == result["max_score"] == 3, result
    assert not list(tmp_path.glob("autograder-data-*"))


def test_without_the_data_each_command_ends_in_a_sentence(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    without = tmp_path / "course"
    shutil.copytree(copy, without)
    shutil.rmtree(without / "class" / "results", ignore_errors=True)
    hide_the_data(without)
    for command in (
        ("grade", NAME, "--course-dir", str(without / "class")),
        ("verify", NAME, "--seeds", "1"),
    ):
        done = autograder(without, *command)
        assert done.returncode == 2, done.stdout + done.stderr
        said = done.stderr.strip().splitlines()[-1]
        assert said.startswith("autograder: The submissions read Fashion-MNIST: ")
        assert "apt-get install dataset-fashion-mnist" in said
        assert "Traceback" not in done.stderr
    assert not list(without.glob("class/results/*/*.json"))
    # 07 of the course reads the same data, so doctor has a sentence for each of the two.
    (said,) = (
        line
        for line in autograder(without, "doctor").stdout.splitlines()
        if line.startswith(f"{NAME} can't be graded here: ")
    )
    assert "apt-get install dataset-fashion-mnist" in said


def test_data_that_there_is_not(tmp_path: Path) -> None:
    suite = tmp_path / "autograder" / "suites" / A
    suite.mkdir(parents=True)
    for uses in ('["mnist"]', '"fashion_mnist"', "[3]", "[[]]"):
        (suite / "suite.toml").write_text(f"[data]\nuses = {uses}\n")
        with pytest.raises(UsageError, match=r"uses, in \[data\], is .*'fashion_mnist'"):
            _ = Assignment(A, tmp_path).data
    assert find(A).data == ()
