"""The grading engine: one folder for each of its parts, from command line to sandbox."""

import sys

# jsonschema, which nbformat needs, would build 38 grammars for a format that no notebook uses: over
# a second in every process. Without the package it does without the format.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__version__ = "0.1.0"
