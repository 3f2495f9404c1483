"""Read what is handed out as a student could, and refuse it if an answer can be read in it."""

from __future__ import annotations

import ast
import base64
import io
import json
import zipfile

from autograder.authoring import leaks
from autograder.authoring.source import parse
from autograder.core import library_cell
from autograder.core.assignment import Assignment, assignments, find
from autograder.core.errors import UsageError

START, REQUIREMENTS, CHECKS = "START_HERE.html", "requirements.txt", "checks.py"
LIBRARY = "course_lib/"


def prove_zip(assignment: Assignment, data: bytes) -> None:
    """Read a zip, the wheel in it too, and look for anything that is hidden.

    Raises:
        UsageError: there is something hidden, or a file that does not belong; the message names it.
    """
    name = assignment.name
    files = {path.removeprefix(f"{name}/"): content for path, content in unpacked(data).items()}
    wheel = next((file for file in files if file.endswith(".whl")), "no wheel")
    if strays := set(files) ^ {f"{name}.ipynb", CHECKS, wheel, REQUIREMENTS, START}:
        raise UsageError(
            f"files that the bundle of {name} lacks, or that do not belong in it: "
            f"{', '.join(sorted(strays))}"
        )
    library = _texts(unpacked(files.pop(wheel)))
    for path in library:
        if not path.startswith(LIBRARY) and ".dist-info/" not in path:
            raise UsageError(
                f"the wheel would contain {path}, which is not part of course_lib; see "
                "pyproject.toml"
            )
    _prove(assignment, _texts(files), library)


def prove_one_file(assignment: Assignment, data: bytes) -> None:
    """Read a notebook, what is packed in its first code cell too, and look for anything hidden.

    Raises:
        UsageError: there is something hidden, or a file or a cell that does not belong; the message
            names it.
    """
    name = assignment.name
    cells = json.loads(data)["cells"]
    (cell,) = (one for one in cells if library_cell.BEGIN in "".join(one["source"]))
    packed = _texts(unpacked(_packed("".join(cell["source"]))))
    own = [
        one for one in cells if library_cell.without(one["cell_type"], "".join(one["source"])) != ""
    ]
    if own != json.loads(assignment.release.read_bytes())["cells"]:
        raise UsageError(f"the cells of {name} would not be those of its release")
    files = {f"{name}.ipynb": data.decode(), CHECKS: packed.pop(CHECKS)}
    if strays := [path for path in packed if not path.startswith(LIBRARY)]:
        raise UsageError(f"the notebook of {name} must not contain {', '.join(sorted(strays))}")
    _prove(assignment, files, packed)


def _packed(source: str) -> bytes:
    """The zip that is the last argument of the last call in a cell."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    texts = [arg.value for call in calls for arg in call.args if isinstance(arg, ast.Constant)]
    return base64.b64decode(max((text for text in texts if isinstance(text, str)), key=len))


def _prove(assignment: Assignment, texts: dict[str, str], library: dict[str, str]) -> None:
    """Search notebook, checks and texts beside them for the assignment's own answers.

    The library, which serves all assignments, is searched for those of every one.
    """
    name, repository = assignment.name, assignment.repository
    sources = {
        other: parse(find(other, repository).source / "notebook.py")
        for other in assignments(repository)
    }
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
            "the bundle would give hidden lines away; reword or move them (but if a line of the "
            "library gives nothing away, add it to [public] in the suite.toml of its suite):"
        )
        raise UsageError("\n".join([intro, *leaks.listed(found)]))


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a zip by name."""
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
