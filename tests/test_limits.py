"""Limits: the defaults, each assignment's own, and every mistake in pyproject.toml by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import limits
from autograder.course import REPOSITORY, assignments
from autograder.errors import UsageError
from autograder.limits import Limits

TABLE = "[tool.autograder.limits]\n"
OWN = '[tool.autograder.limits."a"]\n'


@pytest.fixture
def pyproject(tmp_path: Path) -> Path:
    return tmp_path / "pyproject.toml"


def load(pyproject: Path, text: str, assignment: str = "a") -> Limits:
    pyproject.write_text(text, encoding="utf-8")
    return limits.load(pyproject, assignment)


@pytest.mark.parametrize("text", ["", "[tool]", "[tool.autograder]", TABLE, OWN, '[project]\nname = "x"'])
def test_defaults(pyproject: Path, text: str) -> None:
    assert load(pyproject, text) == Limits()


def test_an_assignment_s_own_limits_weigh_more_than_the_common_ones(pyproject: Path) -> None:
    text = (
        f"{TABLE}cell_seconds = 5\nprocesses = 8\n{OWN}cell_seconds = 0.5\n" + OWN.replace('"a"', '"b"') + "files = 9\n"
    )
    assert load(pyproject, text) == Limits(cell_seconds=0.5, processes=8)
    assert load(pyproject, text, "b") == Limits(cell_seconds=5, processes=8, files=9)
    assert load(pyproject, text, "c") == Limits(cell_seconds=5, processes=8)


@pytest.mark.parametrize("table", [TABLE, OWN])
@pytest.mark.parametrize(
    "value", ["0", "-1", "-0.5", "true", '"5"', "[5]", "nan", "inf", "-inf", "2020-01-01", "[{x = 1}]"]
)
def test_a_value_that_is_no_positive_number(pyproject: Path, table: str, value: str) -> None:
    with pytest.raises(UsageError, match=r"pyproject.toml: the limit cell_seconds is .*; it must be a positive number"):
        load(pyproject, f"{table}cell_seconds = {value}\n")


@pytest.mark.parametrize("name", ["memory_mib", "processes", "files", "restarts", "notebook_cells", "tmp_mib"])
@pytest.mark.parametrize("value", ["1.5", "1.0", "0", "nan", "true"])
def test_what_is_counted_is_counted_in_whole_numbers(pyproject: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"the limit {name} is .*; it must be a positive whole number"):
        load(pyproject, f"{OWN}{name} = {value}\n")


@pytest.mark.parametrize("table", [TABLE, OWN])
def test_an_unknown_name(pyproject: Path, table: str) -> None:
    with pytest.raises(UsageError, match=r"limits have no 'cell_second'; they have cell_seconds, file_mib, files, "):
        load(pyproject, f"{table}cell_second = 5\n")


@pytest.mark.parametrize(
    ("text", "name"),
    [("tool = 1", "tool"), ("[tool]\nautograder = 1", "autograder"), ("[tool.autograder]\nlimits = [1]", "limits")],
)
def test_something_else_in_a_table_s_place(pyproject: Path, text: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"pyproject.toml: {name} must be a table"):
        load(pyproject, text)


@pytest.mark.parametrize("content", [b"[tool", b"x = ", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_no_toml(pyproject: Path, content: bytes) -> None:
    pyproject.write_bytes(content)
    with pytest.raises(UsageError, match=r"pyproject.toml can't be read \("):
        limits.load(pyproject, "a")


def test_no_file(pyproject: Path) -> None:
    with pytest.raises(UsageError, match=r"pyproject.toml can't be read \("):
        limits.load(pyproject, "a")


def test_this_repository_s_own_limits_can_be_read() -> None:
    for name in assignments():
        assert limits.load(REPOSITORY / "pyproject.toml", name).cell_seconds > 0
