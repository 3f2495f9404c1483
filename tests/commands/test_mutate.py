"""Mutation testing: each operator makes the change it says, and a suite's holes are found."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from repository_for_tests import autograder, copy_repository

from autograder.authoring.mutation import behaviours, equivalents
from autograder.authoring.mutation.plan import (
    OPERATORS,
    Mutant,
    Origin,
    expressions,
    origins,
    plan,
    sample,
)
from autograder.authoring.mutation.report import lines, tally
from autograder.authoring.mutation.run import Memory, Outcome, job_of, measure, run
from autograder.core import limits
from autograder.core.assignment import REPOSITORY, Assignment
from autograder.core.errors import UsageError
from autograder.core.jobs import setup_of
from autograder.grading.pool import Pool

CHANGES = [
    ("arithmetic", "z = a + b", "z = a - b"),
    ("arithmetic", "z += b", "z = b"),
    ("operands", "z = a @ b", "z = b @ a"),
    ("operands", "z = a @ b", "z = a"),
    ("comparison", "z = a > 0", "z = a >= 0"),
    ("boolean", "z = not a", "z = a"),
    ("boolean", "z = a and b", "z = a or b"),
    ("condition", "z = 1 if a else b", "z = 1 if not a else b"),
    ("condition", "if a:\n    b()\nelse:\n    c()", "if False:\n    b()\nelse:\n    c()"),
    ("condition", "z = [n for n in a if n > 0]", "z = [n for n in a if True]"),
    ("constant", "z = 3", "z = 4"),
    ("constant", "z = 0.5", "z = -0.5"),
    ("constant", "z = f(keepdim=True)", "z = f(keepdim=False)"),
    ("statement", "a()\nb()", "b()"),
    ("statement", "def f():\n    b()", "def f():\n    pass"),
    ("arguments", "z = f(a, b)", "z = f(b, a)"),
    ("arguments", "z = f(a, dim=0)", "z = f(a)"),
    ("elements", "def f():\n    return (a, b)", "def f():\n    return (b, a)"),
    ("bounds", "z = a[:n]", "z = a[:]"),
    ("loop", "for n in a:\n    b(n)", "for n in list(a)[1:]:\n    b(n)"),
    ("loop", "for n in a:\n    b(n)", "for n in a:\n    b(n)\n    break"),
    ("call", "z = a.clone()", "z = a"),
    ("call", "z = torch.relu(a)", "z = a"),
    ("other_name", "def f(w1, w2):\n    return w1", "def f(w1, w2):\n    return w2"),
    (
        "in_place",
        "def f(x, y):\n    x = x + y\n    return x",
        "def f(x, y):\n    x += y\n    return x",
    ),
    ("sibling", "z = a.mean(dim=0)", "z = a.sum(dim=0)"),
    ("sibling", "z = torch.unique(a, dim=0)", "z = torch.unique_consecutive(a, dim=0)"),
    ("relu", "z = torch.relu(a)", "z = torch.nn.functional.leaky_relu(a, 0.005)"),
    ("relu", "z = a.clamp(min=0)", "z = a.clamp(min=0.001)"),
    ("relu", "z = nn.ReLU()", "z = nn.ReLU(inplace=True)"),
    ("overwriting", "z = torch.add(a, b)", "z = a.add_(b)"),
    ("transposed", "z = a @ w.T", "z = a @ w"),
    ("transposed", "z = a @ w", "z = a.T @ w"),
    ("axis", "z = a.sum(dim=0)", "z = a.sum(dim=1)"),
    ("detached", "def f(x, w):\n    return x @ w", "def f(x, w):\n    return x.detach() @ w"),
    (
        "nudged",
        "def f(x):\n    y = x + 1\n    return y",
        "def f(x):\n    y = (x + 1).double()\n    return y",
    ),
    (
        "gradient",
        "def f(x):\n    with torch.no_grad():\n        return x",
        "def f(x):\n    return x",
    ),
    (
        "gradient",
        "def f(x):\n    y = 2 * x",
        "def f(x):\n    with torch.no_grad():\n        y = 2 * x",
    ),
    ("data_type", "z = torch.float32", "z = torch.float64"),
    ("data_type", "z = lstsq(a, b, driver='gelsd')", "z = lstsq(a, b, driver='gels')"),
    ("training", "z = self.training", "z = not self.training"),
]


def changed(source: str) -> dict[str, list[Mutant]]:
    found: dict[str, list[Mutant]] = {}
    for mutant in expressions(Origin("t", "accept/p", {"t": source})):
        found.setdefault(mutant.operator, []).append(mutant)
    return found


@pytest.mark.parametrize(("operator", "source", "wanted"), CHANGES)
def test_an_operator_makes_its_change(operator: str, source: str, wanted: str) -> None:
    assert wanted in [mutant.source for mutant in changed(source)[operator]]


def test_every_operator_is_among_these() -> None:
    assert {operator for operator, _, _ in CHANGES} == set(OPERATORS)


def test_a_mutant_says_where_and_what() -> None:
    mutant = next(
        one
        for one in changed("# a comment\n\nx = 1\ny = f(a, b)")["arguments"]
        if "f(b, a)" in one.source
    )
    assert mutant.line == 4
    assert mutant.change == ("- y = f(a, b)", "+ y = f(b, a)")


def test_a_cell_that_is_not_plain_python_has_none() -> None:
    assert changed("%matplotlib inline\nz = 1") == {}


def test_mutants_are_programs_and_each_is_there_once() -> None:
    assignment = Assignment("01_relu_matrix")
    found = origins(assignment, ["two_layer"])
    mutants = plan(assignment, found)
    assert len({one.digest for one in mutants}) == len(mutants) > 500
    assert {one.program for one in mutants} == {one.program for one in found}
    correct = {ast.unparse(ast.parse(one.cells["two_layer"])) for one in found}
    for one in mutants:
        assert ast.unparse(ast.parse(one.source)) not in correct
    assert {"case:one_row", "result:detached", "argument_4_detached"} <= {
        one.operator for one in mutants
    }
    # The draw of one mutant does not depend on which others there are.
    assert set(sample(mutants[: len(mutants) // 2], 20)) >= set(sample(mutants, 20)) & set(
        mutants[: len(mutants) // 2]
    )


FUNCTION = "def f(x, w, b):\n    return torch.relu(x @ w.T + b)\n"
MODULE = """class M(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 4)
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        if self.training:
            self.seen += 1
        return self.layer(x)
"""


def with_fault(source: str, operator: str) -> dict[str, Any]:
    """What a cell defines with that fault below it."""
    node = ast.parse(source).body[0]
    name = str(getattr(node, "name", "f"))
    fault = next(one for one in behaviours.below(name, node, "a model") if one.operator == operator)
    names: dict[str, Any] = {"torch": torch}
    exec(source + fault.lines, names)
    return names


def test_faults_run_and_are_no_errors() -> None:
    """A fault that raises would be noticed by every suite, and so find no hole."""
    x, w, b = torch.randn(3, 2), torch.randn(4, 2), torch.randn(4)
    for source, name in ((FUNCTION, "f"), (MODULE, "M")):
        for fault in behaviours.below(name, ast.parse(source).body[0], "f"):
            names = with_fault(source, fault.operator)
            x.grad = None
            if name == "f":
                names["f"](x.clone(), w.clone(), b.clone())
            elif fault.operator != "start:float64":
                made = names["M"]()
                for _ in range(10):
                    made(x.clone())
            torch.set_grad_enabled(True)


def test_a_fault_shows_in_its_case_only() -> None:
    x, w, b = torch.randn(3, 2), torch.randn(4, 2), torch.ones(4) * 9
    right = torch.relu(x @ w.T + b)
    wrong = with_fault(FUNCTION, "case:one_row")["f"]
    assert torch.equal(wrong(x, w, b), right)
    assert not wrong(x[:1], w, b).any()
    capped = with_fault(FUNCTION, "result:at_most_6")["f"]
    assert capped(x, w, b).max() == 6
    again = with_fault(FUNCTION, "first_result_again")["f"]
    assert again(x, w, b) is again(2 * x, w, b)
    detached = with_fault(FUNCTION, "argument_1_detached")["f"](
        x.requires_grad_(), w.requires_grad_(), b
    )
    detached.sum().backward()
    assert x.grad is not None
    assert w.grad is None


def test_a_value_that_stays_as_it_is_is_no_mutant_that_survives() -> None:
    node = ast.parse("z = 1").body[0]
    for fault in behaviours.below("z", node, "z"):
        names: dict[str, Any] = {"torch": torch}
        exec("z = torch.ones(2, 2)" + fault.lines, names)
        if fault.told in ("z = torch.as_tensor(z).abs()", "z = torch.as_tensor(z).T"):
            assert "z" not in names
        elif fault.told == "z = -torch.as_tensor(z)":
            assert torch.equal(names["z"], -torch.ones(2, 2))


def test_a_fault_of_a_module_depends_on_its_mode() -> None:
    x = torch.randn(3, 2)
    module = with_fault(MODULE, "offset_in_training")["M"]()
    assert torch.allclose(module(x), module.eval()(x) + 1)
    frozen = with_fault(MODULE, "statistics_stop_after_8")["M"]()
    for _ in range(12):
        frozen(x)
    assert frozen.seen == 8


def mutant(**other: Any) -> Mutant:
    values: dict[str, Any] = {
        "task": "z1",
        "program": "accept/p",
        "operator": "constant",
        "line": 1,
        "source": "z = 2",
    }
    return Mutant(**(values | {"change": ("- z = 1", "+ z = 2")} | other))


def entries(tmp_path: Path, text: str) -> list[equivalents.Entry]:
    path = tmp_path / equivalents.FILE
    path.write_text(text)
    tasks = [SimpleNamespace(id="z1", manual=False)]
    return equivalents.load(SimpleNamespace(suite=tmp_path, tasks=tasks))  # type: ignore[arg-type]


def test_entries_speak_of_one_mutant_or_of_all_like_it(tmp_path: Path) -> None:
    one = mutant()
    single = entries(tmp_path, f'[[mutant]]\ntask = "z1"\ndigest = "{one.digest}"\nreason = "r"')
    assert equivalents.reason(single, one) == "r"
    assert equivalents.reason(single, mutant(source="z = 3")) is None
    several = entries(
        tmp_path, f'[[mutant]]\ntask = "z1"\ndigest = ["{one.digest}", "1"]\nreason = "r"'
    )
    assert equivalents.reason(several, one) == "r"
    assert equivalents.idle(several, [one]) == [equivalents.Single("z1", "1", "r")]
    rule = entries(
        tmp_path,
        """[[rule]]\ntask = "z1"\noperator = "con*"\nline = '^\\+ z = \\d'\nreason = "free" """,
    )
    assert equivalents.reason(rule, one) == "free"
    assert equivalents.reason(rule, mutant(operator="call")) is None
    assert equivalents.reason(rule, mutant(change=("- z = 1", "+ z = a"))) is None
    assert equivalents.idle(rule, [mutant(operator="call")]) == rule


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[mutant]]\ntask = "z1"\ndigest = "1"', "[[mutant]] number 1 has no reason"),
        (
            '[[mutant]]\ntask = "z1"\ndigest = "1"\nreason = " "',
            "[[mutant]] number 1 has no reason",
        ),
        (
            '[[rule]]\ntask = "z1"\noperator = "*"\nreason = "r"\nlines = ""',
            "number 1 has an unknown key 'lines'",
        ),
        ('[[rule]]\ntask = "z9"\noperator = "*"\nreason = "r"', "no such task: z9"),
        (
            '[[rule]]\ntask = "z1"\noperator = "*"\nreason = "r"\nline = "("',
            "line is not a valid regular expression",
        ),
        ('[[rule]]\ntask = 1\noperator = "*"\nreason = "r"', "task must be a string or a list"),
        ('[rule]\ntask = "z1"', "rule must be written as [[rule]]"),
        ("[[rules]]", "unknown key rules; entries are [[mutant]] or [[rule]]"),
        ("[[", "can't be read"),
    ],
)
def test_errors_name_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        entries(tmp_path, text)
    assert str(tmp_path / equivalents.FILE) in str(error.value)
    assert told in str(error.value)


def test_the_score_counts_what_nobody_excused(tmp_path: Path) -> None:
    fates = [
        (mutant(source=f"z = {n}"), Outcome("killed" if n < 3 else "survived", "t"))
        for n in range(5)
    ]
    excused = entries(
        tmp_path, f'[[mutant]]\ntask = "z1"\ndigest = "{fates[3][0].digest}"\nreason = "r"'
    )
    counted = tally("a", fates, excused)
    assert counted.sentence == "a: mutants 5, killed 3, equivalent 1, surviving 1; score 75.0%"
    assert not counted.sound
    text = "\n".join(lines(counted))
    assert f'digest = "{fates[4][0].digest}"' in text
    assert fates[3][0].digest not in text


def test_outcomes_are_kept_for_the_same_suite(tmp_path: Path) -> None:
    def memory(suite: str) -> Memory:
        return Memory(SimpleNamespace(name="a", repository=tmp_path, suite_sha256=suite), 0)  # type: ignore[arg-type]

    memory("s").put(mutant(), Outcome("survived"))
    with (tmp_path / ".mutation" / "a.jsonl").open("a") as file:
        file.write('{"key": "cut o')
    assert memory("s").get(mutant()) == Outcome("survived")
    other = memory("other")
    assert other.get(mutant()) is None
    assert other.survived(mutant())


def test_one_task_is_tested_until_it_fails_and_no_longer() -> None:
    assignment = Assignment("01_relu_matrix")
    origin = next(one for one in origins(assignment, ["regions"], ["model"]))
    wrong = mutant(
        task="regions", program="model", source=origin.cells["regions"].replace("> 0", "< 0")
    )
    endless = mutant(
        task="regions", program="model", source=origin.cells["regions"] + "\nwhile True:\n    pass"
    )
    found: dict[str, Outcome] = {}
    with Pool(setup_of(assignment, limits.load(assignment)), 1) as pool:
        pace = measure(assignment, pool, [origin], 0)
        assert pace.refused == {}
        assert pace.seconds["regions", "model"] > 0
        start = time.monotonic()
        jobs_of = [wrong, endless]
        run(
            assignment,
            pool,
            jobs_of,
            [origin],
            pace,
            0,
            seen=lambda one, how: found.update({one.source: how}),
        )
        assert time.monotonic() - start < 60
        job = next(pool.run([job_of(assignment, "w", origin, wrong.source, 0, 2.0)]))
    assert found[wrong.source].fate == found[endless.source].fate == "killed"
    assert [task.id for task in job.result.tasks] == ["regions"]
    hints = [test.hint or "" for test in job.result.tasks[0].tests if test.outcome != "passed"]
    assert hints[0]
    assert "not run: another test of this task failed already" in hints[1:]
    assert all(
        hint.startswith(("not run: ", "it counts only together with: ")) for hint in hints[1:]
    )


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (("--task", "z9"), "01_relu_matrix has no task 'z9'; it has best_linear, "),
        (("--program", "accept/none"), "no correct program of 01_relu_matrix is called accept/no"),
        (("--operator", "lay"), "--operator lay: no change of this kind; the kinds are "),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(wanted: tuple[str, str], told: str) -> None:
    done = autograder(REPOSITORY, "mutate", "01_relu_matrix", *wanted)
    assert done.returncode == 2
    assert told in done.stderr


LARGE = '''

@pytest.mark.task("layer")
def test_large_numbers(submission: Any, rng: torch.Generator, device: torch.device) -> None:
    """The output has no ceiling, however large the input is."""
    given = arguments(rng, device, 4, 3, 2)
    given["x"] = 1000 * given["x"].detach()
    expected = reference(**given)
    expect.close(submission.layer(*given.values()), expected, what=OUTPUT, rtol=1e-6, atol=1e-6)
'''


def test_a_hole_in_a_suite_is_found_and_its_end_too(tmp_path: Path) -> None:
    copy = copy_repository(tmp_path / "course")
    for command in (["new", "05_layers"], ["build", "05_layers"]):
        assert autograder(copy, *command).returncode == 0
    asked = [
        "mutate",
        "05_layers",
        "--operator",
        "result:at_most_100",
        "--operator",
        "result:negative",
        "--jobs",
        "1",
    ]
    done = autograder(copy, *asked)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "05_layers: mutants 2, killed 1, equivalent 0, surviving 1; score 50.0%" in done.stdout
    assert "layer: out = each(out, lambda t: t.clamp(max=100))" in done.stdout

    suite = copy / "autograder/suites/05_layers"
    with (suite / "test_layer.py").open("a") as file:
        file.write(LARGE)
    done = autograder(copy, *asked, "--survivors")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mutants 1, killed 1" in done.stdout
