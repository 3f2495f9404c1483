"""`autograder bundle --one-file`: a notebook whose first code cell brings library and checks.

For places where no folder keeps files beside each other, such as Colab and Kaggle. The same
repository and versions give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
from pathlib import Path
from typing import Any

import nbformat
from packaging.requirements import Requirement

from autograder.authoring.build import require_built
from autograder.core import library_cell
from autograder.core.assignment import Assignment
from autograder.core.files import write
from autograder.handout.bring_library import bring_library, install_missing
from autograder.handout.bundle import Bundle, build_wheel, due_date, due_line, pack, requires
from autograder.handout.proof import CHECKS, LIBRARY, prove_one_file, unpacked

TEXT_CELL, CODE_CELL = "course-library-text", "course-library"


def one_file(assignment: Assignment, output: Path, due: str | None = None) -> Bundle:
    """Write the notebook, once it was read again and nothing hidden was found in it.

    Args:
        due: a time, such as "2026-12-24 23:59 UTC", that the first check names.

    Raises:
        UsageError: the release is not what its source says, the wheel can't be built, `due` is
            no time, or the notebook would hold something that is hidden or does not belong.
        BuildError: see `autograder.authoring.build.build`.
        OSError: the file can't be written.
    """
    told = due_date(due) if due is not None else ""
    require_built(assignment)
    _, wheel = build_wheel(assignment.repository / "course_lib")
    files = {path: c for path, c in unpacked(wheel).items() if path.startswith(LIBRARY)}
    files[CHECKS] = (assignment.release.parent / CHECKS).read_bytes() + due_line(told)
    notebook = json.loads(assignment.release.read_bytes())
    notebook["cells"][:0] = _cells(pack(files), requires(wheel))
    made = nbformat.from_dict(notebook)
    nbformat.validate(made)
    data = (str(nbformat.writes(made)).rstrip("\n") + "\n").encode()
    prove_one_file(assignment, data)
    write(output, data)
    return Bundle(output, len(data), hashlib.sha256(data).hexdigest(), ())


def _cells(packed: bytes, needed: list[Requirement]) -> list[dict[str, Any]]:
    """A sentence, and the cell that brings the library, folded away in Jupyter and in Colab."""
    least = {
        one.name: str(one.specifier).removeprefix(">=") for one in needed if one.marker is None
    }
    digest, text = hashlib.sha256(packed).hexdigest(), base64.b64encode(packed).decode()
    code = (
        f"{inspect.getsource(install_missing)}\n\n{inspect.getsource(bring_library)}\n\n"
        f'bring_library({least!r}, "{digest}", "{text}")\n'
        "del bring_library, install_missing"
    )
    folded = {"cellView": "form", "jupyter": {"source_hidden": True}}
    return [
        {
            "cell_type": "markdown",
            "id": TEXT_CELL,
            "metadata": {},
            "source": library_cell.SENTENCE,
        },
        {
            "cell_type": "code",
            "execution_count": None,
            "id": CODE_CELL,
            "metadata": folded,
            "outputs": [],
            "source": library_cell.made(code),
        },
    ]
