"""Talk to the IPython shell that runs the code, without importing IPython."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any


def shell() -> Any:
    """The shell; None in a plain Python process."""
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


@contextlib.contextmanager
def in_a_sentence(*kinds: type[Exception]) -> Iterator[None]:
    """Let a notebook show errors of these kinds without the lines of the library: what to do stands
    in the message.
    """
    try:
        yield
    except kinds as error:
        # IPython asks an exception for lines of its own.
        told = f"{type(error).__name__}: {error}"
        error._render_traceback_ = lambda: [told]  # type: ignore[attr-defined]
        raise
