"""The suite, the bank and the public checks of 01_relu_matrix,
and the in-process runner that runs them.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import course_lib
from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.authoring.luck import Suite, run
from autograder.authoring.luck import notebook as filled_in
from autograder.core.assignment import find
from course_lib.checking import Card, check
from course_lib.checking_all import check_all
from course_lib.expect import Mismatch
from course_lib.suites import LocalSubmission, Report, SuiteError, run_suite

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "autograder/suites/01_relu_matrix"
CHECKS = ROOT / "solutions/01_relu_matrix/checks.py"
TASKS = ["z1", "y1", "z2", "w2_abs", "two_layer", "sign_scale", "best_linear", "regions"]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Tensors of a dozen entries gain nothing from threads, and
    threads cost a busy machine much.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


ASSIGNMENT = find("01_relu_matrix")
PROGRAMS = bank.load(ASSIGNMENT)
REFERENCE = next(program.cells for program in PROGRAMS if program.name == "accept/reference")


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(SUITE)


def locked() -> dict[str, Any]:
    """What the notebook's locked cell defines."""
    x = torch.tensor([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [-2.0, -2.0]])
    w1, w2 = torch.tensor([[1.0, 1.0], [-1.0, -1.0]]), torch.tensor([[1.0, -1.0]])
    return {"torch": torch, "x": x, "w1": w1, "w2": w2}


def notebook(own: dict[str, str]) -> dict[str, Any]:
    """The namespace after the cells ran in order; those that `own` lacks are the reference's."""
    namespace = locked()
    for task in TASKS:
        exec(compile({**REFERENCE, **own}[task], f"<cell {task}>", "exec"), namespace)
    return namespace


def not_full(reports: list[Report]) -> set[str]:
    return {report.task for report in reports if report.outcome != "passed"}


@pytest.fixture
def course_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory as a student has it, and the current one."""
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    directory = tmp_path / "mlp [2026]"
    directory.mkdir()
    (directory / "checks.py").write_text(CHECKS.read_text())
    monkeypatch.chdir(directory)
    return directory


def write_suite(directory: Path, body: str) -> Path:
    path = directory / "checks.py"
    path.write_text("import pytest\nimport torch\n\n" + textwrap.dedent(body))
    return path


# The bank


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_earns_what_it_should(suite: Suite, program: Program) -> None:
    filled = filled_in(ASSIGNMENT, program)
    for seed in range(1 if program.fails else 2):
        judged = run(suite, filled, seed)
        assert set(judged.shares) == set(TASKS)
        assert judged.failed == program.fails
        assert judged.faults == {}


def test_everything_0_or_nan_earns_nothing(suite: Suite) -> None:
    zeros, nan = (
        next(p for p in PROGRAMS if p.name == f"reject/{name}")
        for name in ("all_zeros", "two_layer_nan")
    )
    assert set(run(suite, filled_in(ASSIGNMENT, zeros), 1).shares.values()) == {0}
    assert run(suite, filled_in(ASSIGNMENT, nan), 1).shares["two_layer"] == 0


def test_the_bank_is_large_enough() -> None:
    wrong = [program for program in PROGRAMS if program.fails]
    assert len(PROGRAMS) - len(wrong) >= 7
    assert len(wrong) >= 24
    assert {task for program in wrong for task in program.fails} == set(TASKS)


# What earns nothing


def raising(*_: object) -> None:
    raise NotImplementedError("write this cell")


UNFINISHED: list[dict[str, object]] = [
    {},
    locked(),
    dict.fromkeys(["z1", "y1", "z2", "w2_abs"])
    | dict.fromkeys(
        [
            "relu",
            "two_layer",
            "sign_scale",
            "best_linear_map",
            "activation_pattern",
            "count_regions",
        ],
        raising,
    ),
]
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)
STRANGE: list[object] = [
    None,
    "tensor(1.)",
    True,
    [],
    ENDLESS,
    {"w1": 1},
    torch.empty(0),
    torch.tensor(float("nan")),
    torch.full((4, 2), torch.inf),
    torch.zeros(4, 1, dtype=torch.complex64),
    torch.zeros(6, 2).to_sparse(),
    torch.zeros(3, 3, device="meta"),
    np.array([[None]]),
    (torch.ones(2, 1), None),
    ([[1e400], [-1e400]], [[1, 2]]),
    10**500,
    lambda: 0,
]


@pytest.mark.parametrize("namespace", UNFINISHED, ids=["empty", "locked_cell_only", "stubs"])
@pytest.mark.parametrize("suite", [SUITE, CHECKS], ids=["hidden", "public"])
def test_an_unfinished_notebook_scores_nothing(suite: Path, namespace: dict[str, object]) -> None:
    reports = run_suite(suite, namespace)
    assert {report.outcome for report in reports} == {"failed"}
    assert {report.task for report in reports} == set(TASKS)


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("suite", [SUITE, CHECKS], ids=["hidden", "public"])
def test_no_result_is_too_strange_for_the_tests(suite: Path, value: object) -> None:
    namespace: dict[str, object] = dict.fromkeys(["z1", "y1", "z2", "w2_abs"], value)
    for name in UNFINISHED[2]:
        namespace.setdefault(name, lambda *_: value)
    assert {report.outcome for report in run_suite(suite, namespace)} == {"failed"}


# The public checks


def test_the_reference_passes_the_public_checks() -> None:
    reports = run_suite(CHECKS, notebook({}))
    assert not_full(reports) == set()
    assert {report.task for report in reports} == set(TASKS)


def test_the_printed_wrong_value_fails_in_public_too() -> None:
    wrong = notebook(next(p.cells for p in PROGRAMS if p.name == "reject/z2_printed_value"))
    assert not_full(run_suite(CHECKS, wrong)) == {"z2"}


# The runner


def test_the_seed_decides_the_inputs(tmp_path: Path) -> None:
    path = write_suite(
        tmp_path,
        '''
        @pytest.mark.task("a")
        @pytest.mark.parametrize("twin", [0, 1])
        def test_draw(submission, rng, seed, device, twin):
            """Draws."""
            submission.drawn.append((torch.rand(1, generator=rng, device=device).item(), seed))
        ''',
    )

    def draws(seed: int) -> list[tuple[float, int]]:
        drawn: list[tuple[float, int]] = []
        run_suite(path, {"drawn": drawn}, seed=seed)
        return drawn

    assert draws(1) == draws(1)
    assert len({*draws(1), *draws(2)}) == 4


FAULTS = '''\
def call(view, value):
    return view.f(value)


@pytest.mark.task("a", weight=3)
def test_student_raises(submission):
    """One."""
    submission.f(1)


@pytest.mark.task("a")
def test_student_raises_in_a_driver(submission):
    """Two."""
    submission.drive(call, 1)


@pytest.mark.task("a")
def test_wrong_signature(submission):
    """Three."""
    submission.f()


@pytest.mark.task("a")
def test_builtin_raises(submission):
    """Four."""
    submission.builtin(1)


@pytest.mark.task("a")
def test_assertion(submission):
    """Five."""
    assert submission.n == 1, "n is off"


@pytest.mark.task("a")
def test_our_own_mistake(submission):
    """Six.

    Not shown."""
    submission.n + None


@pytest.mark.task("b")
def test_skipped():
    """Seven."""
    pytest.skip("later")


@pytest.fixture
def broken(submission):
    return submission.absent


@pytest.mark.task("b")
def test_fixture(broken):
    """Eight."""
'''
"""Tests that fail for the student's reasons, and tests that fail for their own."""


def test_whose_fault_it_is(tmp_path: Path) -> None:
    path = write_suite(tmp_path, FAULTS)
    namespace: dict[str, Any] = {"n": 2, "builtin": torch.relu}
    exec(compile("def f(x):\n    return x / 0\n", "<cell a>", "exec"), namespace)
    reports = {report.name: report for report in run_suite(path, namespace)}
    assert [report.sentence for report in reports.values()] == [
        *("One.", "Two.", "Three.", "Four.", "Five.", "Six.", "Seven.", "Eight.")
    ]
    assert reports["test_student_raises"].weight == 3
    hint = "ZeroDivisionError: division by zero\n(line 2 of your code, in f)"
    assert reports["test_student_raises"].hint == hint
    assert reports["test_student_raises_in_a_driver"].hint == hint
    assert "missing 1 required" in (reports["test_wrong_signature"].hint or "")
    assert "must be Tensor" in (reports["test_builtin_raises"].hint or "")
    assert reports["test_assertion"].hint == "n is off"
    assert (reports["test_fixture"].hint or "").startswith("`absent` is not defined yet")
    errors = {name for name, report in reports.items() if report.outcome == "error"}
    assert errors == {"test_our_own_mistake", "test_skipped"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("def test_a(submission):\n    '''One.'''", "needs exactly one @pytest.mark.task"),
        (
            "@pytest.mark.task('a', weight=0)\ndef test_a(submission):\n    '''One.'''",
            "weight above 0",
        ),
        ("@pytest.mark.task('a')\ndef test_a(submission):\n    pass", "needs a docstring"),
        ("import nothing_like_this", "No module named 'nothing_like_this'"),
        ("def test_a(:", "SyntaxError"),
        ("", "NO_TESTS_COLLECTED"),
    ],
)
def test_a_suite_that_cannot_run_says_so(tmp_path: Path, body: str, says: str) -> None:
    with pytest.raises(SuiteError, match=says):
        run_suite(write_suite(tmp_path, body), {})


def test_a_run_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_suite(
        tmp_path, '@pytest.mark.task("a")\ndef test_a(submission):\n    """One."""\n'
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not ours')\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    foreign = ModuleType("checks")
    monkeypatch.setitem(sys.modules, "checks", foreign)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = {file.name for file in tmp_path.iterdir()}
    assert [report.outcome for report in run_suite(path, {})] == ["passed"]
    assert {file.name for file in tmp_path.iterdir()} == before
    assert capfd.readouterr() == ("", "")
    assert sys.modules["checks"] is foreign
    assert not sys.dont_write_bytecode


def test_an_edited_suite_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    body = (
        '@pytest.mark.task("a")\ndef test_a(submission):\n    """One."""\n    assert submission.n '
        "== "
        "{}\n"
    )
    outcomes = [
        run_suite(write_suite(tmp_path, body.replace("{}", wanted)), {"n": 1})[0].outcome
        for wanted in ("1", "2", "1")
    ]
    assert outcomes == ["passed", "failed", "passed"]
    assert "checks" not in sys.modules


def test_an_interrupt_reaches_the_user(tmp_path: Path) -> None:
    path = write_suite(
        tmp_path,
        '@pytest.mark.task("a")\ndef test_a(submission):\n    """One."""\n    submission.f()\n',
    )

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_suite(path, {"f": interrupt})


def test_a_submission_names_what_is_missing() -> None:
    submission = LocalSubmission({"n": 1})
    assert submission.n == 1
    assert submission.drive(lambda view, k: view.n + k, 2) == 3
    with pytest.raises(Mismatch, match="`z1` is not defined yet"):
        _ = submission.z1
    assert not hasattr(submission, "__wrapped__")


# check()


@pytest.mark.usefixtures("course_directory")
def test_check_prints_a_card(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(globals(), "z1", [[2, -2], [4, -4], [-2, 2], [4, 4]])
    result: object = course_lib.check("z1")  # type: ignore[func-returns-value]
    assert result is None
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "z1: 1 of 3 checks pass (2 points; the final grade comes from hidden tests)",
        "  ✓ passed    z1 has one row per sample and one column per hidden unit.",
        "  ✗ not yet   Opposite samples have opposite pre-activations: rows 1 and 3, rows 2 and 4.",
        "      row 4 of z1 is [4, 4], and row 2 is [4, -4]: it should be minus that",
        "  ✗ not yet   The first unit's weights are 1 and 1, so it adds up a sample's two numbers;"
        " the second turns the sign.",
        "      row 4 of z1 is [4, 4]; the numbers of that sample add up to -4: multiply them by "
        "each row of w1",
    ]


@pytest.mark.usefixtures("course_directory")
def test_check_names_a_missing_variable(capsys: pytest.CaptureFixture[str]) -> None:
    check("y1")
    assert "`y1` is not defined yet: write its cell and run it first" in capsys.readouterr().out


@pytest.mark.usefixtures("course_directory")
def test_check_lists_the_tasks_it_knows() -> None:
    with pytest.raises(
        ValueError, match=r"no task 'z9' in checks\.py; its tasks are: z1, y1, z2, w2_abs"
    ):
        check("z9")


def test_check_says_where_it_looked(course_directory: Path) -> None:
    (course_directory / "checks.py").unlink()
    with pytest.raises(FileNotFoundError, match=re.escape(f"no checks.py in {course_directory}")):
        check("z1")


@pytest.mark.usefixtures("course_directory")
def test_check_gives_no_marks_under_a_foreign_autograder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setitem(globals(), "z1", notebook({})["z1"])
    with pytest.raises(RuntimeError, match="autograder grade"):
        check("z1")


@pytest.mark.usefixtures("course_directory")
def test_check_fails_under_nbgrader_validate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(AssertionError, match="0 of 3 checks pass"):
        check("z1")
    monkeypatch.setitem(globals(), "z1", notebook({})["z1"])
    check("z1")
    assert "3 of 3 checks pass" in capsys.readouterr().out


def test_a_card_is_escaped_and_says_results_in_words() -> None:
    reports = (
        Report(
            "a", "test_one", "Is x < y & z?", "failed", 1, "NameError: <script>alert(1)</script>"
        ),
        Report("a", "test_two", "Is it done?", "passed", 1, None),
        Report("a", "test_three", "Is it broken?", "error", 1, "the check itself failed"),
    )
    card = Card("a<b", 1, reports)
    page = card._repr_html_().replace('</strong> <span style="opacity:0.75">', " ")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Is x &lt; y &amp; z?" in page
    for word in ("passed", "not yet", "no result", "1 of 3 checks pass (1 point; the final grade"):
        assert word in page
        assert word in str(card)
    assert "points" not in str(Card("a", None, reports))


def test_a_card_says_an_error_once() -> None:
    error = "RuntimeError: no (1x{})\n(line 2 of your code, in f)\n    return 1"
    hints = [error.format(n) for n in range(3)] + ["z is 1", "z is 2", "z is 2"]
    reports = [Report("a", "test", f"Sentence {n}.", "failed", 1, h) for n, h in enumerate(hints)]
    card = Card("a", 1, tuple(reports))
    for text in (str(card), card._repr_html_()):
        assert text.count("RuntimeError: no") == text.count("return 1") == 1
        assert text.count("as above") == 3
        assert text.count("z is") == 2
        assert "Sentence 2." in text
    assert "<pre" not in card._repr_html_()  # JupyterLab breaks its words in the middle


def test_checks_that_pass_and_say_the_same_share_a_line() -> None:
    reports = (
        Report("a", "t0", "It moves.", "passed", 1, None),
        Report("a", "t1", "It moves.", "failed", 1, "b1 is 2"),
        Report("a", "t2", "It moves.", "passed", 1, None),
        Report("a", "t3", "It moves.", "failed", 1, "b2 is 3"),
        Report("a", "t4", "It ends.", "passed", 1, None),
    )
    card = Card("a", 1, reports)
    assert str(card).splitlines()[1:] == [
        "  ✓ passed    It moves. (2 times)",
        "  ✗ not yet   It moves.",
        "      b1 is 2",
        "  ✗ not yet   It moves.",
        "      b2 is 3",
        "  ✓ passed    It ends.",
    ]
    assert card._repr_html_().count("It moves.") == 3
    assert "3 of 5 checks pass" in str(card)


def test_a_wrong_example_says_what_it_is_and_what_was_expected() -> None:
    """No public check says "wrong values" alone."""
    cells = dict(REFERENCE)
    cells["regions"] += "\n\ndef activation_pattern(x, w1, b1):\n    return x @ w1.T + b1 >= 0\n"
    cells["best_linear"] = "def best_linear_map(x, y):\n    return 0 * y.T @ x"
    cells["z1"] = "z1 = x @ w1.T + torch.tensor([[0, 0], [0, 0], [0, 0], [0, 1.0]])"
    for task in ("regions", "best_linear", "z1"):
        reports = run_suite(CHECKS, notebook(cells), task=task)
        hints = [report.hint for report in reports if report.hint]
        assert hints
        for hint in hints:
            assert "wrong values" not in hint
            assert re.search(r" is .*(, expected |, and row | add up to )", hint), hint


def test_a_notebook_shows_html_and_reads_its_own_names(course_directory: Path, shell: Any) -> None:
    shell.user_ns.update(notebook({}), check=check)
    from IPython.utils.capture import capture_output

    with capture_output() as captured:
        shell.run_cell("check('two_layer')").raise_error()
    (shown,) = captured.outputs
    assert "4 of 4 checks pass</strong>" in shown.data["text/html"]
    assert "4 of 4 checks pass (3 points" in shown.data["text/plain"]
    assert not (course_directory / "__pycache__").exists()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("check('z1')", "FileNotFoundError: there is no checks.py in"),
        ("check_all('none.ipynb')", "FileNotFoundError: there is no file none.ipynb"),
        ("check_all(minutes=0)", "ValueError: minutes and cell_seconds must be above 0"),
    ],
)
def test_what_a_student_can_mend_is_told_without_our_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: Any, call: str, said: str
) -> None:
    from IPython.utils.capture import capture_output

    monkeypatch.chdir(tmp_path)
    shell.user_ns.update(check=check, check_all=check_all)
    with capture_output() as captured:
        shell.run_cell(call)
    assert captured.stdout.startswith(said)
    assert "course_lib" not in captured.stdout


@pytest.fixture
def shell() -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell.clear_instance()
    instance = InteractiveShell.instance()
    yield instance
    instance.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_a_driver_gets_what_it_would_get_behind_the_walls() -> None:
    def driver(view: Any, x: int, *, scale: int) -> int:
        return int(view.slope * x * scale)

    assert LocalSubmission({"slope": 2}).drive(driver, 3, scale=5) == 30
