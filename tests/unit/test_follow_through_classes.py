"""Classes that a student writes anew, when tasks below are replaced by the solution's."""

from __future__ import annotations

from typing import Any

from autograder.pipeline.follow_through import methods_again

FORWARD = "class Net:\n    def forward(self):\n        return 'right'"
SLOPES = "def slopes(self):\n    return 'right slopes'\n\nNet.slopes = slopes"


def after(given: list[str], *later: str) -> Any:
    """The class once the solution's cells, a student's later cells and what is added ran."""
    names: dict[str, Any] = {}
    for source in (*given, *later, *methods_again(given, later)):
        exec(source, names)
    return names["Net"]()


def test_a_class_written_anew_gets_the_methods_of_the_solutions_class() -> None:
    own = "class Net:\n    def forward(self):\n        return 'wrong'\n    def more(self): return 1"
    net = after([FORWARD], own)
    assert (net.forward(), net.more()) == ("right", 1)


def test_a_class_written_anew_gets_methods_that_the_solution_assigns() -> None:
    own = "class Net:\n    def forward(self): return 1\n    def slopes(self): return 2"
    net = after([FORWARD, SLOPES], own)
    assert (net.forward(), net.slopes()) == ("right", "right slopes")


def test_a_subclass_of_the_same_name_and_an_assignment_need_nothing() -> None:
    for own in ("class Net(Net):\n    def more(self): return 1", "Net.more = lambda self: 1"):
        assert methods_again([FORWARD, SLOPES], [own]) == []


def test_what_is_no_python_is_passed_over() -> None:
    assert methods_again([FORWARD], ["%matplotlib inline", "class Other: pass"]) == []
