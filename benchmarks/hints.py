"""Grade thirty wrong programs, and list the first sentence of each feedback page in docs/hints.md.

    python benchmarks/hints.py [--seed N] [--jobs N]

The programs are mistakes of the banks in other words than the bank's, as a student's are: other
names, other functions for the same operation, other lines. The banks are graded with the same seed,
as `autograder feedback` does for a class.
"""

from __future__ import annotations

import argparse
import ast
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring import bank
from autograder.authoring.bank import Program
from autograder.core.assignment import REPOSITORY, assignments, find
from autograder.core.course import Course
from autograder.core.limits import Limits
from autograder.core.outcome import Result, TaskResult
from autograder.feedback import reasons
from autograder.report import known_mistakes
from autograder.report.known_mistakes import Mistake

COUNT = 30
PAGE = REPOSITORY / "docs" / "hints.md"

HEAD = """# What a page says first

Every task that loses points begins with one sentence: the most likely cause. Written by `python
benchmarks/hints.py --seed {seed}`, with the engine and the hidden suites as they are; not by hand.

- **A known mistake.** The bank of rejected programs is graded with the class's seed. Where an
  answer fails the same tests as one of its programs (similarity {least} of 1 at least), with the
  same hints and the same values returned there, the sentence is the first comment of that program.
  Two mistakes that can't be told apart are both named; three are not. An answer that only raises,
  hangs or crashes is not compared: its own message says more.
- **Else a summary.** Tests that fail for one reason are counted together; what is more basic comes
  before what is more frequent. Of several guesses, the one leads whose test fewest known mistakes
  fail.

## {count} wrong programs

Mistakes of the banks, evenly over each, in other words than the bank's: other names, other
functions for the same operation, other lines. "Its own mistake": {named} of {count}. "Another
mistake": {wrong}. Summed up: {summed}.

| Assignment, task | The mistake (the bank's file) | The page's first sentence | Named |
|---|---|---|---|
"""
LEFT_OUT = """
## Mistakes that the bank does not have

Each program of the banks, with itself taken out of the bank: of {total} answers to a task,
{claimed} then resembled another mistake clearly. {same} of these return the same values in all
tests that they fail: they are the same mistake in other words, or can't be told apart by what they
do. The other {other} are the false claims.

| Assignment | Answers | Clear matches to another | Of these with equal values |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Row:
    """A program, what its page says first, and whose mistake that is."""

    place: str
    program: Program
    says: str
    first: str
    named: str


class Rewritten(ast.NodeTransformer):
    """The same computation as another student would write it."""

    def __init__(self, tree: ast.AST, kept: Iterable[str]) -> None:
        assigned = {
            n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        outer = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        shared = {
            name
            for n in ast.walk(tree)
            if isinstance(n, ast.Global | ast.Nonlocal)
            for name in n.names
        }
        self._new = {name: f"{name}_mine" for name in assigned - outer - shared - set(kept)}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self._new.get(node.id, node.id), node.ctx)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            return ast.Call(_torch("matmul"), [node.left, node.right], [])
        if (
            isinstance(node.op, ast.Pow)
            and isinstance(node.right, ast.Constant)
            and node.right.value == 2
        ):
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if ast.unparse(node.func) == "torch.relu" and len(node.args) == 1:
            return ast.Call(_torch("clamp"), node.args, [ast.keyword("min", ast.Constant(0))])
        return node


def rewritten(program: Program) -> Program:
    """A bank's program in other words."""
    cells = {}
    for task, source in program.cells.items():
        tree = ast.parse(source)
        arguments = {
            a.arg
            for n in ast.walk(tree)
            if isinstance(n, ast.arguments)
            for a in (*n.args, *n.kwonlyargs)
        }
        top = {
            n.id
            for s in tree.body
            for n in ast.walk(s)
            if isinstance(s, ast.Assign) and isinstance(n, ast.Name)
        }
        made = Rewritten(tree, arguments | top).visit(tree)
        cells[task] = f"# {task}\n\n{ast.unparse(ast.fix_missing_locations(made))}\n"
    return Program(Path("student", program.path.name), cells, program.fails, program.after)


def _torch(name: str) -> ast.Attribute:
    return ast.Attribute(ast.Name("torch", ast.Load()), name, ast.Load())


def chosen(programs: list[Program], count: int) -> list[Program]:
    """Some of a list, evenly over it."""
    return [
        programs[(2 * n + 1) * len(programs) // (2 * count)]
        for n in range(min(count, len(programs)))
    ]


def rows(name: str, count: int, seed: int, jobs: int) -> tuple[list[Row], list[Mistake]]:
    """What pages say of some wrong programs of an assignment, and the mistakes of its bank."""
    assignment = find(name)
    some = chosen([program for program in bank.load(assignment) if program.fails], count)
    with tempfile.TemporaryDirectory() as root:
        mistakes = known_mistakes.read_bank(
            Course(Path(root)),
            assignment,
            seed,
            jobs,
            lambda n: print(f"{name}: {n} programs"),
            lambda: None,
        )
    known = {mistake.program: mistake for mistake in mistakes}
    students = {program.name: rewritten(program) for program in some}
    results = known_mistakes.run(
        assignment, list(students.values()), seed, Limits(), jobs, lambda: None
    )
    found = []
    for program in some:
        result = results[students[program.name].name]
        task = _worst(result, known[program.name])
        matches = [m for m in known_mistakes.matches([result], mistakes) if m.task == task.id]
        named = {each.program for match in matches for each in match.mistakes}
        whose = "summed up" if not named else "its own" if program.name in named else "another"
        first = reasons.first(result, task, mistakes) or "(passes)"
        found.append(Row(f"{name[:2]} {task.id}", program, known[program.name].says, first, whose))
    return found, mistakes


def _worst(result: Result, mistake: Mistake) -> TaskResult:
    """The first task that the mistake is in."""
    return next(task for task in result.tasks if task.id in mistake.signatures)


def left_out(mistakes: list[Mistake]) -> tuple[int, int, int]:
    """With each mistake taken out: answers to a task, those that
    resemble another clearly, those with equal values.
    """
    total = claimed = same = 0
    for mistake in mistakes:
        others = [other for other in mistakes if other.program != mistake.program]
        for task, signature in mistake.signatures.items():
            total += 1
            match = known_mistakes.match(signature, task, others)
            claimed += match is not None
            traced = any(failure.trace for failure in signature)
            same += match is not None and traced and match.similarity == 1
    return total, claimed, same


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names = assignments()[:4]
    found: list[Row] = []
    lines, sums = [], [0, 0, 0]
    for number, name in enumerate(names):
        count = COUNT // len(names) + (number < COUNT % len(names))
        made, mistakes = rows(name, count, options.seed, options.jobs)
        found += made
        without = left_out(mistakes)
        sums = [a + b for a, b in zip(sums, without, strict=True)]
        lines.append(f"| {name} | {' | '.join(map(str, without))} |\n")
    named = Counter(row.named for row in found)
    text = HEAD.format(
        seed=options.seed, least=known_mistakes.LEAST, count=len(found),
        named=named["its own"], wrong=named["another"], summed=named["summed up"],
    )  # fmt: skip
    for row in found:
        cells = (row.place, f"{row.says} (`{row.program.path.stem}`)", row.first, row.named)
        text += f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"
    text += LEFT_OUT.format(
        total=sums[0], claimed=sums[1], same=sums[2], other=sums[1] - sums[2]
    ) + "".join(lines)
    PAGE.write_text(text, encoding="utf-8")
    print(f"{PAGE}: {dict(named)}")


if __name__ == "__main__":
    main()
