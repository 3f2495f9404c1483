"""Search a release for answers: lines of the solution, the suite or the bank.

Lines are compared with their spacing evened out, anywhere in the released text, so that one
re-indented, wrapped or quoted in a sentence is still found. Lines that tell nothing are let pass,
or no lesson could be.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.authoring.source import Line, Source, read_text

_SHOWN = 10
_LENGTH = 12  # shorter lines meet by chance
_NAMES = r"[\w.]+(?:, ?[\w.]+)*,?"
_TRIVIAL = re.compile(
    "|".join(
        (
            r"(?:from \S+ )?import .*|@.*|(?:async )?(?:def|class) (?:.*:|\w+\()|#.*",
            # names and calls without arguments
            r"(?:with |super\(\)\.)?[\w.]+(?:\(\)(?:\.\w+)*)*:?",
            rf"(?:for [\w, ()]+ in (?:\w+\()?)?{_NAMES}(?:\))?:?",  # loops over names
            r"\w+=[\w.]+,?",  # a keyword argument on a line of its own
            # parameters of a signature over several lines
            r"(?:\w+: [\w.\[\]| ]+(?: = [\w.]+)?(?:, |,?$))+",
            # the first or last line of a longer piece
            r"(?:[\w, ]+ = |raise |return |for [\w, ()]+ in )?[\w.]+[(\[{]|\) -> [\w.\[\], |]+:",
            # errors, types
            r"except [\w., ()]+(?: as \w+)?:|raise \w+\(\w*\)",
            r"(?:el)?if (?:not )?isinstance\(\w+, [\w.| ]+\):",
            r"torch\.manual_seed\(\w+\)|if __name__ == .*",
        )
    )
)
# In a test, making inputs, calling what the student wrote and naming the call tell nothing.
_TEST_TRIVIAL = re.compile(
    r"[\w, ]+ = (?:torch|np|rng)(?:\.\w+)?\.(?:randn?|zeros|ones|arange|linspace|eye|default_rng)"
    r"\([\w .,=()\[\]-]*\)"
    r'|[\w ]+(?:",)?'  # a few words in quotes, which are off by then
    # the name of a call: the outer quotes are off by then
    r'|(?:\w+ = "\w+\([\w, ]*\)"?|\w+\([\w, ]*\)",)'
    r"|(?:[\w, ]+ = )?(?:submission|expect)\.\w+\((?:(?<=[( ])\*(?=\w)|[\w .,=()\"'])*\)"
)
_MARKS = re.compile(r"(?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)|autograder[./]suites\b")


@dataclass(frozen=True)
class Leak:
    """Readable text at `where`, and the hidden line it gives away (line 0: the whole file)."""

    where: str
    line: str
    source_file: str
    source_line: int


def find_leaks(notebook: str, checks: str, source: Source, suite: Path) -> list[Leak]:
    """Search a release, given as its notebook's JSON and its checks.py, for what it must not tell.

    `suite` is the hidden suite's directory, which need not exist yet. Raises BuildError when a file
    in it can't be read, and ValueError when the notebook is not JSON.
    """
    content = json.loads(notebook)
    places = [*texts(content), ("checks.py", checks)]
    return [*_recorded(content, source.path), *find_in_texts(places, source, suite)]


def find_in_texts(
    places: list[tuple[str, str]], source: Source, suite: Path, public: Iterable[str] = ()
) -> list[Leak]:
    """Search named texts for hidden lines, names of hidden files, and fences.

    `public` are lines, and names of files, that nobody hides although the suite or the bank has
    them. Raises BuildError when a file of the suite can't be read.
    """
    evened = [(where, even(text)) for where, text in places]
    everything = "\n".join(text for _, text in evened)
    public = {*public, "checks.py", "__init__.py"}
    known = {even(told) for text in public if (told := _significant(text))}
    hidden = {path.name: path for path in _hidden_files(suite) if path.name not in public}
    leaks = list(_marks(places, source.path, hidden))
    for secret, (path, line) in _secrets(source, suite).items():
        if (
            secret in everything and secret not in known
        ):  # the quick look first: nearly every line is absent
            # In whole words, where it begins or ends with one.
            pattern = re.compile(r"(?:(?<!\w)|(?!\w))" + re.escape(secret) + r"(?:(?!\w)|(?<!\w))")
            found = [where for where, text in evened if pattern.search(text)]
            leaks += [Leak(where, line.text.strip(), str(path), line.number) for where in found]
    return leaks


def listed(leaks: list[Leak]) -> list[str]:
    """A line for each leak, for a message; of many the first, and how many more there are."""
    lines = [
        f"  {leak.where}: `{leak.line}` ({leak.source_file}:{leak.source_line})"
        for leak in leaks[:_SHOWN]
    ]
    return lines + ([f"  and {len(leaks) - _SHOWN} more"] if len(leaks) > _SHOWN else [])


def _secrets(source: Source, suite: Path) -> dict[str, tuple[Path, Line]]:
    """The lines that no student may read; of equal ones, the solution's."""
    cells = source.cells
    secrets: dict[str, tuple[Path, Line]] = {}
    # Suites and banks repeat the notebook's own data and signatures, which are public.
    given = {
        even(line.text)
        for cell in cells
        if cell.role in ("locked", "solution")
        for line in cell.visible
    }
    for path in _hidden_files(suite):
        in_bank = "accept" in path.relative_to(suite).parts
        for number, text in enumerate(read_text(path).split("\n"), 1):
            secret = _significant(text)
            if (
                secret
                and even(text) not in given
                and (in_bank or not _TEST_TRIVIAL.fullmatch(secret))
            ):
                secrets[even(secret)] = path, Line(number, text)
    for cell in cells:
        for line in cell.fenced:
            if secret := _significant(
                line.text.removeprefix("# ") if cell.kind == "markdown" else line.text
            ):
                secrets[even(secret)] = source.path, line
    return secrets


def _hidden_files(suite: Path) -> list[Path]:
    # Rejected programs are not answers: a lesson may well show a classic mistake.
    return [
        path
        for path in sorted(suite.rglob("*.py"))
        if "reject" not in path.relative_to(suite).parts
    ]


def _significant(text: str) -> str | None:
    """The part of a line that would give something away, or None."""
    line = " ".join(text.split())
    if not line.startswith("#"):
        line = re.sub(r" # .*", "", line).removeprefix("return ").strip("\"'")
    return None if len(line) < _LENGTH or _TRIVIAL.fullmatch(line) else line


def even(text: str) -> str:
    """One spacing and one kind of quote for every way to write the same code."""
    return " ".join(re.sub(r"\s*([^\w\s])\s*", r"\1", text.replace("'", '"')).split())


def texts(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All readable text in a notebook's JSON, outputs and metadata included, by place."""
    for cell in content["cells"]:
        where = f'cell "{cell.get("id", "?")}"'
        for key, value in cell.items():
            text = (
                "".join(value)
                if key == "source" and isinstance(value, list)
                else "\n".join(_strings(value))
            )
            yield (where if key == "source" else f"{where}, {key}"), text
    yield "the notebook's metadata", "\n".join(_strings(content.get("metadata", {})))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _recorded(content: dict[str, Any], file: Path) -> Iterator[Leak]:
    for cell in content["cells"]:
        for key in ("outputs", "execution_count", "attachments"):
            if cell.get(key):
                yield Leak(f'cell "{cell.get("id", "?")}"', f"has {key}", str(file), 0)


def _marks(places: list[tuple[str, str]], file: Path, hidden: dict[str, Path]) -> Iterator[Leak]:
    """Fences that outlived the stripping, and names of hidden files."""
    for where, text in places:
        for found in _MARKS.finditer(text):
            yield Leak(where, found[0], str(file), 0)
        for name, path in hidden.items():
            if re.search(rf"(?<![\w]){re.escape(name)}", text):
                yield Leak(where, name, str(path), 0)
