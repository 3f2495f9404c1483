"""Compute a value that several tests judge once: the first test computes it, others reuse it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Once:
    """The `once` fixture of a suite, anew for every submission.

    `once(function, *args)` is what the function returned, or raises what it raised, when it was
    first asked for in this run. Return values, such as predictions, and no modules or functions of
    the student's: they belong to the test in which they were made.
    """

    def __init__(self) -> None:
        self._results: dict[str, tuple[Any, BaseException | None]] = {}

    def __call__(self, function: Callable[..., T], *args: Any) -> T:
        """Return the function's first result.

        Raises:
            BaseException: whatever the function raised.
        """
        key = f"{function.__module__}.{function.__qualname__}"
        if key not in self._results:
            try:
                self._results[key] = function(*args), None
            except Exception as error:
                self._results[key] = None, error
                raise
        result, fault = self._results[key]
        if fault is not None:
            raise fault  # with its traceback, which says whose it is
        return result  # type: ignore[no-any-return]
