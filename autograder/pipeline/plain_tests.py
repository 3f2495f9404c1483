"""Tell which hidden tests can be called as the functions that they are.

pytest's protocol (hooks, fixtures, reports) takes longer than most tests do. A test function that
asks for nothing but the fixtures of hidden suites and for its own parameters needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

FIXTURES = ("submission", "rng", "seed", "device", "once")
"""What a hidden test may ask for."""

_JUDGED_BY_PYTEST = ("skip", "skipif", "xfail")
"""Marks that decide what an outcome means."""


@dataclass(frozen=True)
class PlainTest:
    """A test function, the parameters of this case of it, and the fixtures that it asks for."""

    function: Callable[..., Any]
    parameters: Mapping[str, Any]
    fixtures: tuple[str, ...]


def plain(item: pytest.Item) -> PlainTest | None:
    """The test as a function; None where pytest has to run it.

    That is a method of a class, a test with a fixture of the suite's own (asked for, automatic or
    given parameters), with a set-up of its module, or with a mark that skips it.
    """
    if not isinstance(item, pytest.Function) or item.cls is not None:
        return None
    if any(item.get_closest_marker(name) is not None for name in _JUDGED_BY_PYTEST):
        return None
    parameters = dict(item.callspec.params) if hasattr(item, "callspec") else {}
    wanted = tuple(name for name in item.fixturenames if name not in parameters)
    if set(wanted) - set(FIXTURES) or _has_fixture(item, parameters):
        return None
    return PlainTest(item.obj, parameters, wanted)


def _has_fixture(item: pytest.Function, names: Mapping[str, Any]) -> bool:
    """Whether a parameter is handed to a fixture (`indirect`), which then makes the value."""
    manager = item.session._fixturemanager
    return any(manager.getfixturedefs(name, item) for name in names)
