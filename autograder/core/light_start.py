"""Start a command with less: no modules that no command uses, and few collections of garbage."""

from __future__ import annotations

import gc
import sys
import types

GRAMMAR = "rfc3987_syntax"
"""jsonschema, which nbgrader imports, would compile its grammar of internationalised addresses; no
notebook's schema asks for it, and jsonschema does without where it can't be imported."""
UNUSED = {
    # nbgrader imports its extensions of JupyterLab, and with them tornado, its exchange and
    # nbconvert, before its gradebook can be opened.
    **{
        f"nbgrader.server_extensions.{name}": ("load_jupyter_server_extension",)
        for name in ("assignment_list", "course_list", "formgrader", "validate_assignment")
    },
    # Who is logged in at a JupyterHub: with it come requests and a TLS library.
    "nbgrader.auth.jupyterhub": ("JupyterHubAuthPlugin",),
    # For archives that students' files are collected from: with it comes all of setuptools.
    "setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile"),
}
"""What nbgrader imports for parts of it that no command uses, and the names that it takes from
there."""
NEW_OBJECTS = 50_000
"""After so many, garbage is looked for, and not after Python's 700: what is imported stays, and to
look at it again and again takes 0.4 s."""


def start_lightly() -> None:
    """Prepare this process, which must not have imported nbgrader yet.

    nbgrader's own commands are other processes, and have all of nbgrader.
    """
    gc.set_threshold(NEW_OBJECTS, 20, 50)
    sys.modules[GRAMMAR] = None  # type: ignore[assignment]
    for module, names in UNUSED.items():
        sys.modules[module] = empty = types.ModuleType(module)
        for name in names:
            setattr(empty, name, None)
