"""Find the folder in which a system keeps what programs can make anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def usual_cache() -> Path:
    """Where this system keeps what the programs of an account can make anew."""
    home = os.path.expanduser("~")  # noqa: PTH111 - as it is where there is no home
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or f"{home}/AppData/Local"
        return Path(local, "mlp-course", "mlp-course", "Cache")
    usual = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path(home, usual), "mlp-course")
