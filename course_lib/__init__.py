"""The course's library for notebooks: checks, data, training, plots; and for their tests."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from course_lib.checking import check
    from course_lib.checking_all import check_all

__all__ = ["check", "check_all"]


def __getattr__(name: str) -> object:
    """Import a function on first use, so that `import course_lib` loads no torch or pytest."""
    if name == "check":
        from course_lib.checking import check

        return check
    if name == "check_all":
        from course_lib.checking_all import check_all

        return check_all
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
