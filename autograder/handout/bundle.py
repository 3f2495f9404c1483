"""`autograder bundle`: zip all that students need, and prove that no answer is in it.

Notebook, public checks, the wheel of `course_lib`, the versions that it was tested with, and a page
that says how to begin. The same repository and versions give the same bytes.
"""

from __future__ import annotations

import datetime
import email
import hashlib
import importlib.metadata
import io
import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from autograder.authoring.build import require_built
from autograder.core.assignment import Assignment, assignments
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.limits import load as load_limits
from autograder.handout.proof import CHECKS, REQUIREMENTS, START, prove_zip, unpacked
from autograder.pages import render

LAB = "# Jupyter, to work with notebooks on one's own machine."
EXTRAS = "# These are also installed for grading; some optional cells use them."
_DATE = (2020, 1, 1, 0, 0, 0)  # zip can't hold no date


@dataclass(frozen=True)
class Bundle:
    """A zip that was written."""

    path: Path
    size: int
    """In bytes."""
    sha256: str
    names: tuple[str, ...]


def bundle(assignment: Assignment, output: Path, due: str | None = None) -> Bundle:
    """Write the zip of an assignment, once it was read again and nothing hidden was found in it.

    Args:
        due: a time, such as "2026-12-24 23:59 UTC", that the page and the first check name.

    Raises:
        UsageError: the release is not what its source says, the wheel can't be built, a package is
            not installed, `due` is no time, or the zip would hold something that is hidden or does
            not belong.
        BuildError: see `autograder.authoring.build.build`.
        OSError: the file can't be written.
    """
    name, repository = assignment.name, assignment.repository
    told = due_date(due) if due is not None else ""
    require_built(assignment)
    wheel, content = build_wheel(repository / "course_lib")
    needed = requirements(wheel, content)
    files = {
        f"{name}.ipynb": assignment.release.read_bytes(),
        CHECKS: (assignment.release.parent / CHECKS).read_bytes() + due_line(told),
        wheel: content,
        REQUIREMENTS: needed.encode(),
        START: _start_page(assignment, needed, told).encode(),
    }
    data = pack({f"{name}/{file}": content for file, content in files.items()})
    prove_zip(assignment, data)
    write(output, data)
    return Bundle(output, len(data), hashlib.sha256(data).hexdigest(), tuple(sorted(files)))


def due_date(text: str) -> str:
    """A time as students read it: 24 December 2026, 23:59 UTC.

    Raises:
        UsageError: it is no time.
    """
    try:
        at = datetime.datetime.fromisoformat(text.strip().removesuffix("UTC").rstrip())
        if ":" not in text:  # a day alone would be its first minute
            raise ValueError
    except ValueError:
        raise UsageError(
            f'--due {text}: write a time such as "2026-12-24 23:59 UTC" or 2026-12-24T23:59+01:00'
        ) from None
    at = at.replace(tzinfo=at.tzinfo or datetime.UTC).astimezone(datetime.UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def due_line(told: str) -> bytes:
    """What makes `check` of the first task name the due date."""
    return f'\n\nDUE = "{told}"\n'.encode() if told else b""


def build_wheel(library: Path) -> tuple[str, bytes]:
    """Build the wheel of the students' library: its file name and its bytes. No network is needed.

    Raises:
        UsageError: it can't be built.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-wheel-") as directory:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory]
        environment = {
            key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"
        }
        done = subprocess.run(
            command, cwd=library, env=environment, capture_output=True, text=True, check=False
        )
        built = sorted(Path(directory).glob("*.whl"))
        if done.returncode or len(built) != 1:
            cause = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise UsageError(f"the wheel of {library} can't be built: {cause}")
        return built[0].name, built[0].read_bytes()


def requires(wheel: bytes) -> list[Requirement]:
    """What a wheel says that it depends on."""
    files = unpacked(wheel)
    (metadata,) = (name for name in files if name.endswith(".dist-info/METADATA"))
    said = email.message_from_bytes(files[metadata]).get_all("Requires-Dist", [])
    return [Requirement(text) for text in said]


def requirements(wheel: str, content: bytes) -> str:
    """The wheel and what it depends on, at the versions of this environment, as pip reads it.

    Raises:
        UsageError: a dependency is not installed here.
    """
    all_of_them = requires(content)
    lines = [f"./{wheel}", *_pinned(one.name for one in all_of_them if one.marker is None)]
    # Not those of the optional part of a lesson, which the grading room does without.
    for heading, extra in ((LAB, "lab"), (EXTRAS, "extras")):
        asked = [one for one in all_of_them if one.marker and one.marker.evaluate({"extra": extra})]
        lines += [heading, *_pinned(one.name for one in asked)]
    python = ".".join(platform.python_version_tuple()[:2])
    return "\n".join(
        [
            f"# In this folder: pip install -r {REQUIREMENTS}. Tested with Python {python}.",
            *lines,
            "",
        ]
    )


def _pinned(packages: Iterable[str]) -> list[str]:
    lines = []
    for package in sorted(packages):
        try:
            version = Version(importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            raise UsageError(
                f"{package} is not installed here, so no version was tested; run `make setup`"
            ) from None
        lines.append(f"{package}=={version.public}")
    return lines


def pack(files: dict[str, bytes]) -> bytes:
    """A zip of these files by name, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # so that the mode counts, wherever the zip is made
            entry.external_attr = 0o100644 << 16
            kept = zipfile.ZIP_STORED if name.endswith(".whl") else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, kept, 9)
    return buffer.getvalue()


def _start_page(assignment: Assignment, needed: str, due: str) -> str:
    first = next(task.id for task in assignment.tasks if not task.manual)
    earlier, *others = assignments(assignment.repository)
    later = assignment.name if assignment.name != earlier else [*others, "NEXT"][0]
    return render(
        "start.html",
        name=assignment.name,
        title=assignment.title,
        due=due,
        first=first,
        wheel=needed.splitlines()[1].removeprefix("./"),
        requirements=REQUIREMENTS,
        earlier=earlier,
        later=later,
        tasks=len(assignment.tasks),
        points=f"{assignment.points:g}",
        seconds=f"{load_limits(assignment).cell_seconds:g}",
    )
