"""Read `solutions/<a>/notebook.py`, the one hand-written source, as cells with roles.

A cell's role stands in its percent header; nothing is guessed. What can't be read without a guess
is refused, because a cell that slips into the wrong role is a released answer or a lost mark.
"""

import difflib
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import jupytext

from autograder.core.errors import BuildError

Role = Literal["solution", "test", "locked", "manual", "play", "prose"]
CellType = Literal["code", "markdown"]

_KEYS = ("solution", "test", "locked", "manual", "points")
_LOOKS_LIKE_HEADER = re.compile(r"^\s*#\s*%%+(\s|$)")
_HEADER = re.compile(r"# %%(?: \[(?P<kind>[^\]]*)\])?(?P<keys>(?: \w+=(?:\"[^\"]*\"|[^\s\"]+))*)")
_KEY = re.compile(r" (\w+)=(?:\"([^\"]*)\"|([^\s\"]+))")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_MENTIONS_FENCE = re.compile(r"\b(begin|end)\W+solution\b", re.IGNORECASE)
_FENCES = {
    "code": re.compile(r"\s*### (BEGIN|END) SOLUTION\s*"),
    # Jupytext takes one `# ` off a line of text, so a fence may be written with it or without.
    "markdown": re.compile(r"(?:# )?### (BEGIN|END) SOLUTION\s*"),
}
_ID = re.compile(r"(?!(prose|play)-\d+$)[a-zA-Z0-9_-]+")
_MAX_ID = 64 - len("-test")  # nbformat allows a cell id 64 characters


@dataclass(frozen=True)
class Line:
    """One line of a file, counted from 1."""

    number: int
    text: str


Lines = tuple[Line, ...]


@dataclass(frozen=True)
class Cell:
    """A cell of the source: `name` is the task's or locked cell's id, `cell_id` the notebook's."""

    line: int
    kind: CellType
    role: Role
    name: str
    cell_id: str
    points: int | float | None
    source: str
    fenced: Lines
    visible: Lines


@dataclass(frozen=True)
class Source:
    """A parsed `notebook.py`."""

    path: Path
    cells: tuple[Cell, ...]


def parse(path: Path) -> Source:
    """Parse a percent script into cells with roles.

    Raises BuildError when the file can't be read, a header isn't one of the known forms, an id or a
    number of points is missing or wrong, a task lacks its solution or test cell, or fences don't
    pair up.
    """
    lines = read_text(path).split("\n")
    starts = [number for number, line in enumerate(lines) if _LOOKS_LIKE_HEADER.match(line)]
    if not starts:
        raise BuildError(f"{path}: no cells; begin each with a line `# %%`")
    _check_preamble(path, lines[: starts[0]])
    bodies = jupytext.reads("\n".join(lines[starts[0] :]), fmt="py:percent").cells
    if len(bodies) != len(starts):
        raise BuildError(
            f"{path}: a line that begins with `# %%` stands inside a string; reword that line"
        )
    cells: list[Cell] = []
    for body, (start, end) in zip(bodies, pairwise([*starts, len(lines)]), strict=True):
        raw = tuple(Line(number + 1, lines[number]) for number in range(start + 1, end))
        cells.append(_parse_cell(path, Line(start + 1, lines[start]), raw, body.source, cells))
    _check_tasks(path, cells)
    return Source(path, tuple(cells))


def read_text(path: Path) -> str:
    """Read UTF-8 text; raises BuildError when the file is missing, unreadable or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BuildError(f"{path}: can't be read as UTF-8 text ({error})") from error


def _check_preamble(path: Path, lines: list[str]) -> None:
    """Only Jupytext's YAML header, which the notebook omits, may precede the cells."""
    yaml_end = lines.index("# ---", 1) + 1 if lines[:1] == ["# ---"] and "# ---" in lines[1:] else 0
    for number, line in enumerate(lines[yaml_end:], yaml_end + 1):
        if line.strip():
            raise BuildError(
                f"{path}:{number}: text before the first `# %%`; put it into a cell of its own"
            )


def _parse_cell(path: Path, header: Line, raw: Lines, source: str, before: list[Cell]) -> Cell:
    where = f"{path}:{header.number}"
    kind, keys = _parse_header(where, header.text)
    roles: list[Role] = [role for role in ("solution", "test", "locked", "manual") if role in keys]
    if len(roles) > 1:
        raise BuildError(
            f"{where}: a cell has one role, this one has {' and '.join(roles)}; split it"
        )
    role: Role = roles[0] if roles else ("play" if kind == "code" else "prose")
    points = _parse_points(where, role, keys.get("points"))
    if not roles:
        name = cell_id = f"{role}-{1 + sum(cell.role == role for cell in before)}"
    else:
        name = keys[role]
        cell_id = f"{name}-test" if role == "test" else name
        if not _ID.fullmatch(name) or len(name) > _MAX_ID:
            rule = (
                f'letters, digits, "_" and "-", at most {_MAX_ID}, and no '
                "name like prose-1, which is reserved"
            )
            raise BuildError(f'{where}: {role}="{name}" is not a valid id; use {rule}')
        if twin := next((cell for cell in before if cell.cell_id == cell_id), None):
            raise BuildError(
                f'{where}: the id "{cell_id}" is taken by line {twin.line}; rename one'
            )
    if kind == "markdown" and role in ("solution", "test"):
        raise BuildError(
            f"{where}: a {role} cell holds code; remove [markdown], or make it a manual cell"
        )
    if role == "test" and source != f'check("{name}")':
        raise BuildError(f'{where}: the test cell of "{name}" must be exactly check("{name}")')
    fenced, visible = _split_fences(path, kind, role, raw)
    if role in ("solution", "manual") and not fenced:
        raise BuildError(
            f"{where}: a {role} cell without fenced lines would be released empty; fence the "
            "lines of the answer"
        )
    return Cell(header.number, kind, role, name, cell_id, points, source, fenced, visible)


def _parse_header(where: str, text: str) -> tuple[CellType, dict[str, str]]:
    match = _HEADER.fullmatch(text.rstrip())
    if not match:
        example = '# %% [markdown] manual="why" points=2'
        raise BuildError(
            f"{where}: can't read the header `{text.strip()}`; write it like `{example}`"
        )
    if match["kind"] not in (None, "markdown"):
        raise BuildError(f"{where}: unknown cell type [{match['kind']}]; only [markdown] is known")
    keys: dict[str, str] = {}
    for key, quoted, bare in _KEY.findall(match["keys"]):
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(_KEYS)}"
            raise BuildError(f"{where}: unknown key {key} in the cell header; {hint}")
        if key in keys or bool(bare) != (key == "points"):
            raise BuildError(
                f"{where}: give {key} once, {'without' if key == 'points' else 'in'} quotes"
            )
        keys[key] = bare or quoted
    return ("markdown" if match["kind"] else "code"), keys


def _parse_points(where: str, role: Role, text: str | None) -> int | float | None:
    if role not in ("test", "manual"):
        if text is not None:
            raise BuildError(
                f"{where}: a {role} cell can't have points; only test and manual cells can"
            )
        return None
    if text is None:
        raise BuildError(f"{where}: a {role} cell needs points, for example points=2")
    if not _NUMBER.fullmatch(text):
        raise BuildError(
            f"{where}: points={text} is not a number from 0 up; write it like 2 or 2.5"
        )
    return float(text) if "." in text else int(text)


def _split_fences(path: Path, kind: CellType, role: Role, raw: Lines) -> tuple[Lines, Lines]:
    """Part a cell's lines into those that are stripped and those that the student sees."""
    fenced: list[Line] = []
    visible: list[Line] = []
    opened: int | None = None
    for line in raw:
        fence = _FENCES[kind].fullmatch(line.text)
        where = f"{path}:{line.number}"
        if fence is None:
            # nbgrader takes any line that mentions a fence for one, and ignores one that is
            # misspelt.
            if mention := _MENTIONS_FENCE.search(line.text):
                raise BuildError(
                    f"{where}: a fence needs a line of its own: `### {mention[1].upper()} SOLUTION`"
                )
            (visible if opened is None else fenced).append(line)
        elif role not in ("solution", "manual"):
            raise BuildError(
                f"{where}: a fence in a {role} cell; only solution and manual cells can have one"
            )
        elif (fence[1] == "BEGIN") != (opened is None):
            cause = f"the region of line {opened} is still open" if opened else "no region is open"
            raise BuildError(f"{where}: unbalanced solution fence: {fence[1]}, but {cause}")
        else:
            opened = line.number if fence[1] == "BEGIN" else None
    if opened is not None:
        raise BuildError(
            f"{path}:{opened}: unbalanced solution fence: BEGIN without END in the same cell"
        )
    return tuple(fenced), tuple(visible)


def _check_tasks(path: Path, cells: list[Cell]) -> None:
    lines = {(cell.role, cell.name): cell.line for cell in cells}
    for (role, name), line in lines.items():
        if role == "test" and lines.get(("solution", name), line) >= line:
            raise BuildError(
                f'{path}:{line}: the test of "{name}" has no solution cell before it; add one'
            )
        if role == "solution" and ("test", name) not in lines:
            raise BuildError(
                f'{path}:{line}: the task "{name}" has no test cell; add `# %% test="{name}"`'
            )
