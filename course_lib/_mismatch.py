"""The error that says what is wrong with a result, and words that describe the result."""

from __future__ import annotations

import torch


# A verdict about a result, not an error of the program.
class Mismatch(AssertionError):  # noqa: N818
    """A result is not what the task asks for; `hint` is the sentence that the student reads."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


def place(bad: torch.Tensor) -> str:
    """Where the first bad entry is, and how many there are."""
    if bad.dim() == 0:
        return ""
    first = ", ".join(str(int(index)) for index in bad.nonzero()[0])
    entry = f"({first})" if bad.dim() > 1 else first
    return f" (first at entry {entry}; {int(bad.sum())} of {bad.numel()} entries)"


def shape_of(value: torch.Tensor) -> tuple[int, ...]:
    return tuple(value.shape)


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def kind(value: object) -> str:
    if value is None:
        return "None"
    if type(value) is torch.Tensor:
        return f"a {dtype_name(value.dtype)} tensor of shape {shape_of(value)}"
    stands = _stands_for(value)
    name = "object of another kind" if stands == "object" else stands or type(value).__name__[:40]
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def cause_of(value: object) -> str:
    if value is None:
        return ": is a return or an assignment missing?"
    stands = _stands_for(value) or (
        "function" if callable(value) and not isinstance(value, torch.Tensor) else None
    )
    if stands in ("function", "class"):
        return f": it is the {stands} itself; was it meant to be called?"
    return ""


def _stands_for(value: object) -> str | None:
    """The object behind a stand-in, in words that the submission chooses from ours."""
    stands = getattr(value, "__dict__", {}).get("_stands_for")
    return next(
        (word for word in ("function", "class", "module", "object") if stands == word), None
    )
