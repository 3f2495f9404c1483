"""The course's library for notebooks: checks, data, training, plots; and for their tests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_lib.checking import check

__all__ = ["check"]


def __getattr__(name: str) -> object:
    """Import `check` on first use, so that `import course_lib` loads no torch or pytest."""
    if name == "check":
        from course_lib.checking import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
