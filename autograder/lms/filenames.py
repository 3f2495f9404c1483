"""Tell from a file's name whose it is, in archives of Canvas, Moodle, or plain folders.

- Canvas, "Download Submissions": `doejane_LATE_123_456_name.ipynb`, with the user's ID, then the
  file's. Later files have larger IDs. Anonymous: `anon_Ab3De_456_name.ipynb`.
- Moodle, "Download all submissions": `Jane Doe_123_assignsubmission_file/name.ipynb`, in older
  versions with a `_` at the folder's end, or without folders. The number is the participant's in
  one assignment, and of no use in another. With blind marking the name is the same word for all:
  `Participant_123_assignsubmission_file/name.ipynb`, in the language of the site.
- Plain: `<student>/name.ipynb` or `<student>/<assignment>/name.ipynb`, in a folder or not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeVar

from autograder.gradebook.marks import Person

Scheme = Literal["Canvas", "Moodle", "plain"]
_Key = TypeVar("_Key")

_CANVAS = re.compile(
    r"(?P<who>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<name>.+)", re.DOTALL
)
_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<who>anon_[A-Za-z0-9]+)_(?P<file>\d+)_(?P<name>.+)", re.DOTALL
)
_MOODLE = re.compile(
    r"(?P<who>.+?)(?:_(?P<user>\d+))?_assignsubmission_(?P<kind>[a-z]+)_?(?P<name>.*)", re.DOTALL
)

_PARTICIPANT = re.compile(
    "participante?|partecipante|teilnehmer(?:in)?|deelnemer|deltager|deltaker|deltagare|"
    "osallistuja|uczestnik|účastník"
)
"""What Moodle calls everybody where marking is blind, behind the name of a group too."""


@dataclass(frozen=True)
class Claim:
    """What the name of a file says: who handed it in (a name,
    and the platform's number), and what it was called.
    """

    who: str
    user: str
    name: str
    late: bool = False
    version: int = 0


def scheme_of(paths: Iterable[PurePosixPath]) -> Scheme:
    """How an archive names its notebooks: a platform names all of them, or none."""
    notebooks = [path for path in paths if path.suffix.lower() == ".ipynb" and not hidden(path)]
    if notebooks and all(_moodle(path) for path in notebooks):
        return "Moodle"
    return "Canvas" if notebooks and all(_canvas(path) for path in notebooks) else "plain"


def hidden(path: PurePosixPath) -> bool:
    """Whether it is what a program keeps for itself: checkpoints, a Mac's resource forks."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def claim(path: PurePosixPath, scheme: Scheme, assignment: str) -> Claim | None:
    """Whose file it is, in composed letters (NFC; a Mac takes ö
    apart); None where it does not follow the scheme.
    """
    path = PurePosixPath(unicodedata.normalize("NFC", str(path)))
    if scheme == "Moodle":
        return _moodle(path)
    return _canvas(path) if scheme == "Canvas" else _plain(path, assignment)


def depth(path: PurePosixPath, assignment: str) -> int:
    """How many folders stand before the student's in a plain archive."""
    return len(path.parts) - (3 if path.parent.name == assignment else 2)


def version_of(name: str, assignment: str) -> int | None:
    """0 for `<assignment>.ipynb`, 2 for `<assignment>-2.ipynb`
    or `<assignment> (2).ipynb`; None: called otherwise.
    """
    pattern = re.escape(assignment) + r"(?:-Copy|[-_ ]*\(?)(\d{0,4})\)?\.ipynb"
    found = re.fullmatch(pattern, unicodedata.normalize("NFC", name), re.IGNORECASE)
    return None if found is None else int(found[1] or 0)


def students(
    claims: Iterable[Claim], scheme: Scheme, people: Iterable[Person]
) -> dict[tuple[str, str], str]:
    """A student's id for each (who, user) of the claims.

    The gradebook's, where it knows the Canvas ID as lms_user_id, or exactly one person of the name
    that Moodle gives; else one made of the name: with the Canvas ID, or with Moodle's number if
    several have that name or marking is blind.
    """
    known = list(people)
    keys = sorted({(claim.who, claim.user) for claim in claims})
    if scheme == "plain":
        return {key: key[0] for key in keys}
    if scheme == "Canvas":
        by_lms = _unique((person.lms_user_id.strip(), person.id) for person in known)
        return {
            (who, user): by_lms.get(user) or _slug(f"{who}_{user}" if user else who)
            for who, user in keys
        }
    named = {person.id: _words(person.name) for person in known}
    by_name = _unique((words, student) for student, words in named.items())
    namesakes = Counter(named.values())
    same_name = Counter(_words(who) for who, _ in keys)
    found = {}
    for who, user in keys:
        words, slug = _words(who), _slug(who)
        alone = same_name[words] == 1 and namesakes[words] <= 1
        other = bool(named.get(slug)) and named[slug] != words
        found[who, user] = (by_name.get(words) if alone else None) or (
            slug if alone and not other and not blind(who) else _slug(f"{who}_{user}")
        )
    return found


def blind(who: str) -> bool:
    """Whether Moodle's name says nothing: the word that blind marking gives everybody."""
    words = _words(who)
    return len(words) == 1 or bool(_PARTICIPANT.fullmatch(who.rpartition("-")[2].casefold()))


def name_of(claim: Claim, scheme: Scheme) -> tuple[str, str]:
    """A first and a last name for a student whom only the archive knows."""
    if scheme != "Moodle":
        return "", claim.who
    if blind(claim.who):
        return claim.who, claim.user
    first, _, last = claim.who.rpartition(" ")
    return first, last


# --- helpers ---


def _canvas(path: PurePosixPath) -> Claim | None:
    if found := _ANONYMOUS.fullmatch(path.name):
        return Claim(found["who"], "", found["name"], bool(found["late"]), int(found["file"][:18]))
    if found := _CANVAS.fullmatch(path.name):
        return Claim(
            found["who"], found["user"], found["name"], bool(found["late"]), int(found["file"][:18])
        )
    return None


def _moodle(path: PurePosixPath) -> Claim | None:
    for part in path.parts:
        if found := _MOODLE.fullmatch(part):
            flat = part == path.parts[-1]
            name = found["name"] if flat else path.name
            return (
                Claim(found["who"], found["user"] or "", name)
                if name and found["kind"] == "file"
                else None
            )
    return None


def _plain(path: PurePosixPath, assignment: str) -> Claim | None:
    student = path.parent.parent.name if path.parent.name == assignment else path.parent.name
    return Claim(student, "", path.name) if student else None


def _words(name: str) -> tuple[str, ...]:
    """A name's words in any order, without characters that Moodle drops from file names."""
    plain = re.sub(r"[&<>\"`|':\\/~’]", "", unicodedata.normalize("NFKC", name).casefold())
    return tuple(sorted(re.findall(r"\w+", plain)))


def _slug(name: str) -> str:
    """A student's id out of a name: lower case, words joined by `_`."""
    return "_".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).lower()))


def _unique(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, str]:
    """The pairs whose key is not empty and no other pair's."""
    found: dict[_Key, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: values[0] for key, values in found.items() if key and len(values) == 1}
