"""Read `@pytest.mark.task`: a test's task, weight, time limit, and the tests that it needs."""

from __future__ import annotations

import inspect
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DECLARATION = (
    "task(id, weight=1, seconds=…, needs=…): the task, the weight in it, its time when graded, "
    "what it needs"
)


_MARK = re.compile(r"""mark\.task\(\s*["']([\w-]+)""")


@dataclass(frozen=True)
class Case:
    """One test as pytest collected it; a parametrised function has several, which share its weight.

    Attributes:
        task: the task that the test belongs to; empty where its mark is missing or wrong.
        function: the name of the test function.
        sentence: the first paragraph of its docstring, which the student reads.
        weight: of the whole function.
        seconds: time for the test when it is graded; None for the usual one.
        needs: test functions of the same task: where a case of one of them did not pass, this test
            earns nothing.
    """

    task: str
    function: str
    sentence: str
    weight: float
    seconds: float | None
    needs: tuple[str, ...]


def read(item: Any) -> Case:
    """What the test's mark and docstring say."""
    marks = list(item.iter_markers("task"))
    function = getattr(item, "originalname", None) or item.name
    doc = inspect.getdoc(getattr(item, "obj", None)) or ""
    sentence = " ".join(doc.split("\n\n")[0].split())  # a long sentence takes several lines
    if len(marks) == 1:
        try:
            return _case(function, sentence, *marks[0].args, **marks[0].kwargs)
        except TypeError:
            pass
    return Case("", function, sentence, 0.0, None, ())


def _case(
    function: str,
    sentence: str,
    id: str,
    weight: float = 1,
    seconds: float | None = None,
    needs: str | Iterable[str] = (),
) -> Case:
    usable = (
        isinstance(id, str)
        and math.isfinite(weight)
        and weight > 0
        and (seconds is None or seconds > 0)
    )
    wanted = (needs,) if isinstance(needs, str) else tuple(needs)
    return Case(id if usable else "", function, sentence, float(weight), seconds, wanted)


def named_in(checks: str) -> list[str]:
    """The tasks that the text of a checks.py has marks of, in order."""
    return list(dict.fromkeys(_MARK.findall(checks)))


def shares(cases: Iterable[Case]) -> list[float]:
    """The weight of each test: that of its function, divided among the function's cases."""
    cases = list(cases)
    count = Counter((case.task, case.function) for case in cases)
    return [case.weight / count[case.task, case.function] for case in cases]


def in_order(cases: list[Case]) -> list[int]:
    """Positions of the tests in running order: tasks together, needed tests first.

    Raises:
        ValueError: a test needs what its task does not have, or two tests need one another.
    """
    tasks = {task: n for n, task in enumerate(dict.fromkeys(case.task for case in cases))}
    known = {(case.task, case.function): case for case in cases}

    def depth(case: Case, above: tuple[str, ...] = ()) -> int:
        if case.function in above:
            raise ValueError(
                f"{case.function} needs itself, through {' and '.join(above[1:]) or 'its own mark'}"
            )
        for name in case.needs:
            if (case.task, name) not in known:
                raise ValueError(
                    f"{case.function} needs {name}, which is not a test of the task {case.task}"
                )
        return max(
            (1 + depth(known[case.task, name], (*above, case.function)) for name in case.needs),
            default=0,
        )

    depths = [depth(case) for case in cases]
    return sorted(range(len(cases)), key=lambda n: (tasks[cases[n].task], depths[n]))


def missing_need(case: Case, failed: Mapping[tuple[str, str], str]) -> str | None:
    """The failed need because of which a test earns nothing, in words; None if none failed.

    Args:
        failed: the sentence of each function, by task and name, of which a case did not pass.
    """
    for name in case.needs:
        if (case.task, name) in failed:
            return f"it counts only together with: {failed[case.task, name].rstrip('.')}"
    return None
