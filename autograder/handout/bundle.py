"""`autograder bundle`: zip all that students need, and prove that no answer is in it.

Notebook, public checks, the wheel of `course_lib`, the versions that it was tested with, and a page
that says how to begin. The same repository and versions give the same bytes.
"""

from __future__ import annotations

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

from autograder.authoring import leaks
from autograder.authoring.build import require_built
from autograder.authoring.source import parse
from autograder.core.assignment import Assignment, assignments, find
from autograder.core.errors import UsageError
from autograder.core.files import write
from autograder.core.limits import load as load_limits
from autograder.pages import render

EXTRAS = "# The grading room has these as well, and some cells to play with use them."
START, REQUIREMENTS, CHECKS = "START_HERE.html", "requirements.txt", "checks.py"
_DATE = (2020, 1, 1, 0, 0, 0)  # zip can't hold no date


@dataclass(frozen=True)
class Bundle:
    """A zip that was written."""

    path: Path
    size: int
    """In bytes."""
    sha256: str
    names: tuple[str, ...]


def bundle(assignment: Assignment, output: Path) -> Bundle:
    """Write the zip of an assignment, once it was read again and nothing hidden was found in it.

    Raises:
        UsageError: the release is not what its source says, the wheel can't be built, a package is
            not installed, or the zip would hold something that is hidden or does not belong.
        BuildError: see `autograder.authoring.build.build`.
        OSError: the file can't be written.
    """
    name, repository = assignment.name, assignment.repository
    require_built(assignment)
    wheel, content = build_wheel(repository / "course_lib")
    needed = requirements(wheel, content)
    files = {
        f"{name}.ipynb": assignment.release.read_bytes(),
        CHECKS: (assignment.release.parent / CHECKS).read_bytes(),
        wheel: content,
        REQUIREMENTS: needed.encode(),
        START: _start_page(assignment, needed).encode(),
    }
    data = pack({f"{name}/{file}": content for file, content in files.items()})
    prove(assignment, data)
    write(output, data)
    return Bundle(output, len(data), hashlib.sha256(data).hexdigest(), tuple(sorted(files)))


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


def requirements(wheel: str, content: bytes) -> str:
    """The wheel and what it depends on, at the versions of this environment, as pip reads it.

    Raises:
        UsageError: a dependency is not installed here.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = email.message_from_bytes(archive.read(metadata)).get_all("Requires-Dist", [])
    all_of_them = [Requirement(text) for text in said]
    lines = [f"./{wheel}", *_pinned(one.name for one in all_of_them if one.marker is None)]
    # Not those of the optional part of a lesson, which the grading room does without.
    extra = (one for one in all_of_them if one.marker and one.marker.evaluate({"extra": "extras"}))
    lines += [EXTRAS, *_pinned(one.name for one in extra)]
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


def prove(assignment: Assignment, data: bytes) -> None:
    """Read a zip as a student could, the wheel in it too, and look for anything that is hidden.

    The notebook and its checks are searched for the assignment's own answers; the library, which
    serves all assignments, for those of every one.

    Raises:
        UsageError: there is something hidden, or a file that does not belong; the message names it.
    """
    name, repository = assignment.name, assignment.repository
    files = {path.removeprefix(f"{name}/"): content for path, content in _unpacked(data).items()}
    wheel = next((file for file in files if file.endswith(".whl")), "no wheel")
    if strays := set(files) ^ {f"{name}.ipynb", CHECKS, wheel, REQUIREMENTS, START}:
        raise UsageError(
            f"the bundle of {name} would not hold what it should: see {', '.join(sorted(strays))}"
        )
    library = _texts(_unpacked(files.pop(wheel)))
    for path in library:
        if not path.startswith("course_lib/") and ".dist-info/" not in path:
            raise UsageError(
                f"the wheel would contain {path}, which is not part of course_lib; see "
                "pyproject.toml"
            )
    sources = {
        other: parse(find(other, repository).source / "notebook.py")
        for other in assignments(repository)
    }
    texts = _texts(files)
    found = leaks.find_leaks(
        texts.pop(f"{name}.ipynb"), texts.pop(CHECKS), sources[name], assignment.suite
    )
    found += leaks.find_in_texts([*texts.items()], sources[name], assignment.suite)
    modules = [path.rpartition("/")[2] for path in library]  # a program may have such a name
    for other, source in sources.items():
        known = find(other, repository)
        public = [*modules, *known.public_lines]
        found += leaks.find_in_texts([*library.items()], source, known.suite, public)
    if found:
        intro = (
            "the bundle would give hidden lines away; reword or move them (or, if a line of the "
            "library gives nothing away, add it to [public] in the suite.toml beside the line):"
        )
        raise UsageError("\n".join([intro, *leaks.listed(found)]))


def _unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _texts(files: dict[str, bytes]) -> dict[str, str]:
    """The files as texts; what is none could hide anything.

    Raises:
        UsageError: a file is no text.
    """
    texts = {}
    for name, content in files.items():
        try:
            texts[name] = content.decode()
        except UnicodeDecodeError:
            raise UsageError(
                f"{name} is not a text file, so it can't be searched for hidden lines; leave it out"
            ) from None
    return texts


def _start_page(assignment: Assignment, needed: str) -> str:
    first = next(task.id for task in assignment.tasks if not task.manual)
    earlier, *others = assignments(assignment.repository)
    later = assignment.name if assignment.name != earlier else [*others, "NEXT"][0]
    return render(
        "start.html",
        name=assignment.name,
        title=assignment.title,
        first=first,
        wheel=needed.splitlines()[1].removeprefix("./"),
        requirements=REQUIREMENTS,
        earlier=earlier,
        later=later,
        tasks=len(assignment.tasks),
        points=f"{sum(task.points for task in assignment.tasks):g}",
        seconds=f"{load_limits(assignment).cell_seconds:g}",
    )
