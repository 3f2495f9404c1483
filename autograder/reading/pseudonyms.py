"""Give each student a code, so that whoever reads an answer does not know whose it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence

from autograder.core.assignment import Assignment
from autograder.core.course import Course
from autograder.core.errors import UsageError

KEY = ".reading.key"
"""The file, in the course directory, of the secret that the codes are made with."""


def codes(course: Course, assignment: Assignment, students: Sequence[str]) -> dict[str, str]:
    """The students by their codes: the same for an assignment as long as the key is there.

    Raises:
        UsageError: there is no key, or it is damaged.
    """
    key = _key(course)
    made = {_code(key, assignment.name, student): student for student in students}
    if len(made) < len(students):
        raise UsageError(
            f"two students have the same code: remove {course.root / KEY}, and write all pages anew"
        )
    return made


def make_key(course: Course) -> None:
    """Make the secret of a course directory, unless it has one.

    Raises:
        OSError: the file can't be written.
    """
    path = course.root / KEY
    if not path.exists():
        made = path.with_name(f"{KEY}.{secrets.token_hex(8)}")
        made.touch(0o600)
        made.write_text(f"{secrets.token_hex(32)}\n", "ascii")
        made.replace(path)


def _key(course: Course) -> bytes:
    path = course.root / KEY
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise UsageError(
            f"{path} is not there: no page was written in this course directory; run `autograder "
            "read` first, or restore the file from a backup"
        ) from None
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise UsageError(
            f"{path} is damaged: restore it from a backup; or remove it, and write all pages anew"
        )
    return bytes.fromhex(text)


def _code(key: bytes, assignment: str, student: str) -> str:
    text = f"{assignment}\0{student}".encode("utf-8", "surrogateescape")
    code = base64.b32encode(hmac.digest(key, text, hashlib.sha256)[:5]).decode().lower()
    return f"{code[:4]}-{code[4:]}"
