"""Where hidden tests meet a notebook: at their check, whatever
later cells do; and what a mistake costs elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import textwrap
from collections.abc import Callable, Iterator

import pytest

from autograder.authoring import bank
from autograder.core import limits
from autograder.core.assignment import find
from autograder.core.faults import is_consequence
from autograder.core.jobs import Job, setup_of
from autograder.core.outcome import Result, TaskResult
from autograder.core.solution import model_cells
from autograder.grading.pool import Pool

Grade = Callable[..., Result]

PLAY = {
    "00_linear_maps": """
            def nothing(*args): return 0
            predict = rotation_matrix = mse = recover = fit_linear = nothing
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
        """,
    "01_relu_matrix": """
            z1 = y1 = z2 = w2_abs = None
            relu = two_layer = sign_scale = "something else"
            best_linear_map = activation_pattern = count_regions = "something else"
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
            torch.relu = torch.Tensor.clamp = None
        """,
    "02_vanishing_gradient": """
            z = a = dz_dx = da_dx = b_alive = torch.linspace(-1, 1, 7)
            def neuron_backward(x): return x
            sigmoid_grad = tanh_grad = relu_grad = leaky_relu_grad = neuron_backward
            dead_fraction = gradient_norms = neuron_backward
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
        """,
    "03_residual_batchnorm": """
            def nothing(*args): return 0
            MLP = ResidualBlock = ResidualMLP = BatchNorm = nothing
            ResidualBatchNormMLP = train_variants = nothing
            torch.set_grad_enabled(False)
        """,
    "04_quadratic_practice": """
            figure = target = None
            def make_model(width): return nn.Linear(width, width)
            def fit(X, y, epochs): return make_model(epochs)
            training_frames = fit
            torch.set_grad_enabled(False)
        """,
    "05_numpy_backprop": """
            def nothing(*args): return 0
            perceptron_fit = perceptron_predict = relu = relu_grad = softmax = nothing
            mse = cross_entropy = regression_gradients = to_torch = nothing
            NumpyMLP.forward = NumpyMLP.gradients = NumpyMLP.train = nothing
            NumpyMLP = None
            torch.set_grad_enabled(False)
        """,
    "06_initialisation_optimizers": """
            def nothing(*args, **options): return 0
            init_weights = activation_stds = beale = beale_grad = nothing
            exponential_decay = inverse_time_decay = cyclical = nothing
            sgd_path = momentum_path = adagrad_path = rmsprop_path = adam_path = nothing
            choice = {"optimizer": nothing}
            torch.set_default_dtype(torch.float64)
            torch.set_grad_enabled(False)
        """,
    "07_image_classifier": """
            def nothing(*args): return 0
            count_parameters = make_classifier = train_epoch = evaluate = repair = nothing
            EarlyStopping = l1_penalty = l2_penalty = smooth_labels = fit = nothing
            torch.set_grad_enabled(False)
        """,
}
"""Of each assignment, a cell below its last check that gives
every name another meaning, and changes every mode.
"""


@pytest.fixture(scope="module", params=sorted(PLAY))
def graded(request: pytest.FixtureRequest) -> Iterator[Grade]:
    yield from _grading(request.param)


@pytest.fixture(scope="module")
def first() -> Iterator[Grade]:
    yield from _grading("01_relu_matrix")


@pytest.fixture(scope="module")
def third() -> Iterator[Grade]:
    yield from _grading("03_residual_batchnorm")


def _grading(name: str) -> Iterator[Grade]:
    assignment = find(name)
    with Pool(setup_of(assignment, limits.load(assignment)), 1) as pool:

        def grade(
            cells: dict[str, str] | None = None, after: dict[str, str] | None = None
        ) -> Result:
            data = json.dumps(
                bank.submission(assignment, _dedent(cells or {}), after=_dedent(after or {}))
            ).encode()
            job = Job("ada", data, hashlib.sha256(data).hexdigest(), seed=1)
            return next(pool.run([job])).result

        grade.assignment = assignment  # type: ignore[attr-defined]
        yield grade


def _dedent(cells: dict[str, str]) -> dict[str, str]:
    return {name: textwrap.dedent(source) for name, source in cells.items()}


def lost(result: Result) -> dict[str, float]:
    """The points that each task costs."""
    assert result.status == "graded", result.reason
    return {
        task.id: round(task.points - task.score, 6)
        for task in result.tasks
        if task.score < task.points
    }


def test_what_later_cells_do_costs_nothing(graded: Grade) -> None:
    assignment = graded.assignment  # type: ignore[attr-defined]
    last = [task.id for task in assignment.tasks if not task.manual][-1]
    assert lost(graded(after={last: PLAY[assignment.name]})) == {}


@pytest.mark.parametrize(
    "cell",
    [
        "del z1, y1, z2",
        "for sample in (torch.ones(1, 2),):\n    z1 = sample @ w1.T; y1 = torch.relu(z1); z2 = y1 "
        "@ w2.T",
        "%reset -f\nimport torch\nfrom course_lib import check",
        "z1.mul_(0), y1.fill_(7)",
        "relu = lambda z: (z > 0).float()",
    ],
    ids=["deleted", "other_samples", "reset", "in_place", "other_function"],
)
def test_names_used_again_below_their_check(first: Grade, cell: str) -> None:
    result = first(after={"z2": cell})
    # A reset takes the locked cells' data from what follows, as in the student's own notebook.
    assert not set(lost(result)) & {"z1", "y1", "z2"}


def test_an_earlier_value_changed_in_place_by_a_later_answer(first: Grade) -> None:
    assert lost(first({"y1": "y1 = z1\ny1[y1 < 0] = 0"})) == {}


def test_an_answer_below_its_check_is_tested_at_the_end_with_a_note(first: Grade) -> None:
    result = first(
        {"sign_scale": "pass"}, after={"regions": model_cells(find("01_relu_matrix"))["sign_scale"]}
    )
    assert lost(result) == {}
    assert [note for note in result.notes if "sign_scale" in note and "end of the notebook" in note]


@pytest.mark.parametrize(
    "cell",
    ["while True: pass", "import os; os._exit(1)", "import os, signal; os.kill(os.getpid(), 9)"],
)
def test_a_cell_that_hangs_or_kills_costs_its_own_task(first: Grade, cell: str) -> None:
    result = first({"two_layer": cell})
    assert lost(result) == {"two_layer": 3}
    hints = [
        str(test.hint)
        for task in result.tasks
        for test in task.tests
        if test.outcome in ("timeout", "crashed")
    ]
    assert "its cell" in hints[0]


def test_a_test_that_kills_every_process_costs_its_own_task(first: Grade) -> None:
    kills = """
        import os
        def relu(z):
            for pid in range(2, 60):
                try: os.kill(pid, 9)
                except OSError: pass
        def two_layer(*a): return relu(a)
    """
    assert lost(first({"two_layer": kills})) == {"two_layer": 3}


@pytest.mark.parametrize(
    "z1",
    [
        "z1 = x @ w1.T",
        "z1 = (x @ w1.T).numpy()",
        "z1 = torch.nn.Parameter(x @ w1.T)",
        "z1 = [[1.0, 2.0], [3.0]]",
        "class Own(list): pass\nz1 = Own([1, 2])",
        "class Own:\n    shape = 3\nz1 = Own()",
        "def z1(): return x @ w1.T",
        "z1 = torch.zeros(3000, 200)",
        "z1 = {1: {2: {3: torch.nan}}, 'a': [None, 2**80]}",
        "z1 = []\nz1.append(z1)",
        "del x",
    ],
)
def test_a_value_told_at_the_check_counts_as_one_that_a_process_was_asked_for(
    first: Grade, z1: str
) -> None:
    """Which of the two it is depends on what the worker has graded before."""
    first()
    told = first({"z1": z1})
    with contextlib.contextmanager(_grading)("01_relu_matrix") as fresh:
        alone = fresh({"z1": z1})
    assert [(t.id, t.score, _said(t)) for t in told.tasks] == [
        (t.id, t.score, _said(t)) for t in alone.tasks
    ]


def _said(task: TaskResult) -> list[tuple[str, str | None, list[float]]]:
    return [(test.outcome, test.hint, test.trace) for test in task.tests]


@pytest.mark.parametrize("repetitions", [1, 60_000])
def test_a_notebook_that_is_run_again_after_a_crash_is_tested_as_before(
    first: Grade, repetitions: int
) -> None:
    """A test's process is the copy itself or, where cells take long, a fork of it."""
    slow = f"for _ in range({repetitions}): torch.ones(30, 30) @ torch.ones(30, 30)"
    kills = f"""
        import os
        {slow}
        def relu(z):
            return z.clamp(min=0)
        def two_layer(x, w1, b1, w2, b2):
            if len(x) == 1:
                os._exit(1)
            return relu(x @ w1.T + b1) @ w2.T + b2
    """
    result = first({"two_layer": kills})
    assert set(lost(result)) == {"two_layer"}
    (task,) = [task for task in result.tasks if task.id == "two_layer"]
    outcomes = {test.outcome for test in task.tests}
    assert outcomes == {"passed", "crashed"}


def test_hidden_inputs_do_not_come_out_in_a_later_cell(first: Grade) -> None:
    """A function writes what it is called with; a later cell
    shows what was written while tests ran.
    """
    spy = """
        import mmap
        shared = mmap.mmap(-1, 4096)
        def relu(z):
            shared[:4] = b"seen"
            open("seen", "w").write(str(z))
            return z.clamp(min=0)
        def two_layer(x, w1, b1, w2, b2): return relu(x @ w1.T + b1) @ w2.T + b2
    """
    check = """
        import os, time
        time.sleep(0.5)
        assert shared[:4] != b"seen" and not os.path.exists("seen"), "hidden inputs"
        regions_are = "unseen"
    """
    tell = (
        "def activation_pattern(x, w1, b1): return 1\ndef count_regions(x, w1, b1): return "
        "regions_are"
    )
    assert lost(first({"two_layer": spy, "regions": tell}, after={"two_layer": check})) == {
        "regions": 2
    }


def test_a_wrong_block_costs_its_own_points_only(third: Grade) -> None:
    result = third({"residual_block": "class ResidualBlock(nn.Module):\n    pass"})
    assert lost(result) == {"residual_block": 6}
    remarks = {test.remark for task in result.tasks for test in task.tests if test.remark}
    assert remarks == {"graded with a working ResidualBlock"}


def test_a_correct_solution_has_no_remark(third: Grade) -> None:
    result = third()
    assert lost(result) == {}
    assert not [test for task in result.tasks for test in task.tests if test.remark]


def test_a_task_with_a_mistake_of_its_own_gains_nothing(third: Grade) -> None:
    wrong = """
        class {}(nn.Module):
            def __init__(self, *sizes):
                super().__init__()
                self.a = nn.Linear(sizes[0], sizes[-1])
            def forward(self, x):
                return self.a(x)
    """
    cells = {
        "residual_block": wrong.format("ResidualBlock"),
        "residual_mlp": wrong.format("ResidualMLP"),
    }
    costs = lost(third(cells))
    alone = lost(third({"residual_mlp": cells["residual_mlp"]}))
    assert costs["residual_mlp"] == alone["residual_mlp"]


THIEF = """
    import inspect, os, linecache
    class ResidualMLP(nn.Module):
        def __init__(self, *sizes):
            super().__init__()
            block = ResidualBlock(sizes[1])
            code = type(block).forward.__code__
            told = repr((code.co_code, code.co_names, code.co_consts, In))
            print(told); os.write(1, told.encode()); open("/tmp/told", "w").write(told)
            raise RuntimeError(told)
"""


def test_nothing_of_the_solution_comes_out(third: Grade) -> None:
    """What a program finds of the solution, it prints, writes
    and raises: the result is what it was without it.
    """
    broken = (
        "class ResidualBlock(nn.Module):\n    def __init__(self, n):\n        "
        "super().__init__()\n        1 / 0"
    )
    result = third({"residual_block": broken, "residual_mlp": THIEF})
    text = json.dumps(
        [
            [t.hint, t.remark, t.outcome]
            for task in result.tasks
            for t in task.tests
            if task.id == "residual_mlp"
        ]
    )
    assert "co_code" not in text
    assert "Linear" not in text
    tests = [t for task in result.tasks for t in task.tests if task.id == "residual_mlp"]
    assert {t.outcome for t in tests if not is_consequence(t.hint)} == {"error"}
    assert {"residual_block", "residual_mlp"} <= set(lost(result))
