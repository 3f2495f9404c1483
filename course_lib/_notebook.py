"""Ask for the IPython shell that runs the code, without importing IPython."""

import sys
from typing import Any


def shell() -> Any:
    """The shell; None in a plain Python process."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
