"""Describe a student's exception by its name and message, where these reveal nothing hidden.

All that is known of the exception comes from the student's side, where a hidden input may be
spelled into any text. So a message is never passed on. It is recognised as one of a closed list
that Python, NumPy or torch writes, and written anew out of that list: every number becomes "…", and
a name stays only where it is a word of a closed list too, or one of the first few names in the line
that raised or in the heads of the student's functions.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

BUILTIN = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
)
"""Names of exceptions that are told to the student: a class of
their own could carry a hidden input.
"""
_LIBRARY = {
    "_LinAlgError": "LinAlgError", "LinAlgError": "LinAlgError", "AxisError": "AxisError",
    "UFuncTypeError": "TypeError", "_UFuncNoLoopError": "TypeError",
    "_UFuncBinaryResolutionError": "TypeError",
    "OutOfMemoryError": "OutOfMemoryError", "JSONDecodeError": "JSONDecodeError", "Empty": "Empty",
    "UnpicklingError": "UnpicklingError",
    "UninitializedParameterError": "UninitializedParameterError",
}  # fmt: skip
"""Names of exceptions of libraries that students use, and what they are called in a hint."""

MOST_NAMES = 16
"""So many names of the student's own may stand in a message:
with more, one of them could say more.
"""
METHODS = frozenset({"__init__", "forward"})
"""What may follow a class in a function's name, beside names of the student's own: no more than one
such part, since a name can be as long as a message, and each of its parts could say something."""
LONGEST = 400
"""Characters of a message that are looked at."""
MOST_SOURCE = 4000
"""Characters of a line, or of a cell whose functions' heads are read."""

_WORDS = frozenset(
    # types
    """Tensor Parameter ndarray NoneType int float str list tuple dict set bool bytes complex
    range slice type function method module generator object builtin_function_or_method
    method-wrapper ellipsis dict_keys dict_values zip map filter enumerate Size dtype device
    Generator float64 float32 int64 int32 Linear ReLU Sequential ModuleList ModuleDict BatchNorm1d
    LayerNorm Module Tanh Sigmoid MSELoss Adam SGD Figure Frame DataFrame Series TensorDataset
    DataLoader Float Double Long Int Short Byte Char Bool Half BFloat16 ComplexFloat
    ComplexDouble double half long short byte char bfloat16 FloatTensor DoubleTensor LongTensor
    IntTensor BoolTensor
    """.split()  # noqa: SIM905
    # functions and arguments
    + """__init__ forward backward relu sigmoid tanh linear matmul mm bmm mv dot sum mean max min
    amax where cat stack zeros ones empty full rand randn randint arange linspace tensor
    as_tensor from_numpy new numpy item view reshape transpose permute clamp exp log sqrt rsqrt
    pow abs sign norm inv pinv solve lstsq svd einsum batch_norm mse_loss grad split chunk
    expand repeat unsqueeze squeeze flatten maximum minimum leaky_relu linalg linalg.inv
    linalg.pinv linalg.solve linalg.lstsq linalg.svd linalg.cholesky linalg.vector_norm
    torch.linalg.solve torch numpy plotly math input other self mat2 vec dim size data index
    weight bias + - * / @ ** // % += -= *= /= @= < > <= >= & | ^
    """.split()  # noqa: SIM905
)  # fmt: skip

_SLOT = re.compile(r"\{([nswif*])\}")
_PATTERNS = {
    "n": r"-?\d{1,20}",
    "s": r"[\[(][-\d, ]{0,80}[\])]",
    "w": r"[\w.+\-*/@%<>=&|^]{1,60}",
    "i": r"[\w.<>]{1,80}",
    "f": r"[\w.<>]{1,120}",
    "*": r"[\s\S]{0,400}",
}
_DOTS = "…"
_NAME = re.compile(r"[^\W\d]\w*", re.ASCII)
_HEAD = re.compile(
    r"^[ \t]*(?:def|class)[ \t]+(\w+)[ \t]*(?:\(([^\n()]*)\))?", re.MULTILINE | re.ASCII
)


@dataclass(frozen=True)
class _Template:
    kinds: tuple[str, ...]
    pattern: re.Pattern[str]
    parts: tuple[str, ...]
    """What stands around its slots."""

    def render(self, found: re.Match[str], known: frozenset[str]) -> str:
        said = [self.parts[0]]
        for kind, text, part in zip(self.kinds, found.groups(), self.parts[1:], strict=True):
            said += [_told(kind, text, known), part]
        return "".join(said)


def name_of(kind: str, name: str) -> str:
    """What an exception is called in a hint.

    Args:
        kind: the first builtin class that its class derives from, as the student's side says.
        name: of its class, likewise.
    """
    if name in BUILTIN:
        return name
    return _LIBRARY.get(name) or (kind if kind in BUILTIN else "Exception")


def message_of(message: str, names: Iterable[str]) -> str:
    """A message made of closed lists and these names; empty if no library writes it."""
    text = message[:LONGEST].strip()
    known = frozenset(names)
    if (key := re.fullmatch(r"'(\w{1,80})'", text, re.ASCII)) is not None:  # of a KeyError
        return f"'{key[1]}'" if key[1] in known else ""
    for template in _templates():
        if (found := template.pattern.fullmatch(text)) is not None:
            return template.render(found, known)
    return ""


def names_in(line: str) -> list[str]:
    """The first names that stand in a line of the student's."""
    return _first(_NAME.findall(line[:MOST_SOURCE]))


def names_of_heads(sources: Iterable[str]) -> list[str]:
    """The names in heads of functions and classes, which wrong-argument errors mention."""
    found: list[str] = []
    for source in sources:
        for name, arguments in _HEAD.findall(source[:MOST_SOURCE]):
            found += [name, *_NAME.findall(arguments)]
    return _first(found)


def _first(names: Iterable[str]) -> list[str]:
    return [
        name for name in dict.fromkeys(names) if not keyword.iskeyword(name) and len(name) <= 40
    ][:MOST_NAMES]


def _told(kind: str, text: str, known: frozenset[str]) -> str:
    match kind:
        case "n" | "*":
            return _DOTS
        case "s":
            return f"{text[0]}{_DOTS}{text[-1]}"
    if text in _WORDS or text in known:
        return text
    # A method's name comes with its class, a class of a function's with its place: each part is
    # looked at.
    parts = [part for part in text.split(".") if part not in ("<locals>", "<lambda>")]
    if kind != "f" or not 0 < len(parts) <= 2 or not (parts[0] in _WORDS or parts[0] in known):
        return _DOTS
    return ".".join(parts) if all(part in METHODS or part in known for part in parts[1:]) else _DOTS


@cache
def _templates() -> tuple[_Template, ...]:
    """The messages of Python, NumPy and torch, one a line of a file, with slots for what varies."""
    made = []
    for text in (
        resources.files("autograder").joinpath("messages.txt").read_text("utf-8").splitlines()
    ):
        parts = _SLOT.split(text)
        kinds = tuple(parts[1::2])
        pattern = re.escape(parts[0])
        for kind, part in zip(kinds, parts[2::2], strict=True):
            pattern += f"({_PATTERNS[kind]})" + re.escape(part)
        made.append(_Template(kinds, re.compile(pattern, re.ASCII), tuple(parts[::2])))
    return tuple(made)
