"""The file in which a fresh run of a notebook tells, line by line, what happens in it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

RECORDS = "MLP_COURSE_FRESH_RUN"
"""The environment variable with the path of the file, which a fresh run's process alone has."""


def wanted() -> bool:
    """Whether this process is a fresh run."""
    return RECORDS in os.environ


def note(**fields: Any) -> None:
    """Add a line, which is there even if the process is killed right after."""
    with Path(os.environ[RECORDS]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(fields) + "\n")


def read(path: Path) -> list[dict[str, Any]]:
    """The lines that are there so far; a last one that is not whole is left out."""
    if not path.exists():
        return []
    *whole, _ = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in whole]
