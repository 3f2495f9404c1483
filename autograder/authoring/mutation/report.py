"""Report on mutants: the score of a suite, and the survivors in a form that is quick to judge."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.authoring.mutation.equivalents import Entry, reason
from autograder.authoring.mutation.plan import Mutant
from autograder.authoring.mutation.run import Outcome


@dataclass(frozen=True)
class Tally:
    """How the mutants of a suite fared.

    `equivalent` ones count on neither side; a broken suite killed nothing.
    """

    assignment: str
    killed: int
    equivalent: int
    survivors: tuple[Mutant, ...]
    broke: tuple[tuple[Mutant, str], ...]
    seconds: float = 0.0

    @property
    def total(self) -> int:
        """All mutants."""
        return self.killed + self.equivalent + len(self.survivors) + len(self.broke)

    @property
    def sound(self) -> bool:
        """Whether no mutant got full points or broke the suite."""
        return not self.survivors and not self.broke

    @property
    def sentence(self) -> str:
        """One line about it."""
        judged = self.total - self.equivalent
        score = f"{self.killed / judged:.1%}" if judged else "none"
        broken = f", broke the suite {len(self.broke)}" if self.broke else ""
        return (
            f"{self.assignment}: mutants {self.total}, killed {self.killed}, equivalent "
            f"{self.equivalent}, surviving {len(self.survivors)}{broken}; score {score}"
        )


def tally(
    name: str, fates: Sequence[tuple[Mutant, Outcome]], entries: list[Entry], seconds: float = 0.0
) -> Tally:
    """Count outcomes; a survivor that an entry of `equivalent.toml` speaks of is equivalent."""
    survived = [mutant for mutant, outcome in fates if outcome.fate == "survived"]
    unexplained = tuple(mutant for mutant in survived if reason(entries, mutant) is None)
    return Tally(
        name,
        sum(outcome.fate == "killed" for _, outcome in fates),
        len(survived) - len(unexplained),
        unexplained,
        tuple((mutant, outcome.by) for mutant, outcome in fates if outcome.fate == "broke"),
        seconds,
    )


def lines(counted: Tally) -> Iterator[str]:
    """The survivors, similar ones together, each with an entry to fill in for `equivalent.toml`."""
    yield f"# {counted.sentence}"
    for mutant, how in counted.broke:
        yield (
            f"\n## The suite broke: {mutant.task}, {mutant.program}, line {mutant.line}: "
            f"{mutant.operator}\n\n{how}\n"
        )
        yield from _fenced("diff", mutant.change)
    order = sorted(counted.survivors, key=lambda one: (one.task, one.operator, _key(one)))
    for (task, operator), group in itertools.groupby(
        order, key=lambda one: (one.task, one.operator)
    ):
        alike = {key: list(same) for key, same in itertools.groupby(group, key=_key)}
        count = sum(map(len, alike.values()))
        yield f"\n## {task}: {operator} ({count})\n"
        for same in alike.values():
            places = ", ".join(f"{one.program} line {one.line}" for one in same[:4])
            more = f" and {len(same) - 4} more" if len(same) > 4 else ""
            yield f"{places}{more}; digest {' '.join(one.digest for one in same[:4])}\n"
            yield from _fenced("diff", same[0].change[:12])
        yield from _fenced("toml", snippet(next(iter(alike.values()))[0]))


def snippet(mutant: Mutant) -> list[str]:
    """An entry for `equivalent.toml`, but for its reason."""
    change = "\n".join(mutant.change[:12]).replace("'''", "' ' '")
    return [
        "[[mutant]]",
        f'task = "{mutant.task}"',
        f'digest = "{mutant.digest}"',
        f'program = "{mutant.program}"',
        f'operator = "{mutant.operator}"',
        f"change = '''\n{change}'''",
        'reason = ""',
    ]


def _key(mutant: Mutant) -> tuple[str, ...]:
    return mutant.change


def _fenced(kind: str, text: Sequence[str]) -> Iterator[str]:
    yield f"```{kind}"
    yield from text
    yield "```"
