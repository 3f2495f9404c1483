"""Read Python code block by block, at a prompt on the terminal or from a pipe."""

from __future__ import annotations

import codeop
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

_ENDS = frozenset({"exit", "quit", "exit()", "quit()"})


def blocks(number: Callable[[], int]) -> Iterator[str]:
    """The blocks that are typed, until the end of the input, or `exit`.

    Args:
        number: of the next block, for the prompt.
    """
    typed = _typed(number) if sys.stdin.isatty() and sys.stdout.isatty() else _piped()
    for block in typed:
        if block.strip() in _ENDS:
            return
        if block.strip():
            yield block


def is_whole(text: str) -> bool:
    """Whether a block has ended. One with an indented part ends with an empty line, and so does one
    that begins with a cell magic."""
    above, line_end, last = text.rpartition("\n")
    if not last.strip():
        text = above + line_end  # the margin of an empty line
    if text.startswith("%%"):
        return text.endswith("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return codeop.compile_command(text) is not None
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return True  # the notebook's process says what is wrong, or knows it as a magic


# --- helpers ---


def _piped() -> Iterator[str]:
    text = ""
    for line in sys.stdin:
        text += line
        if is_whole(text.removesuffix("\n")):
            yield text
            text = ""
    yield text


def _typed(number: Callable[[], int]) -> Iterator[str]:
    session = _session()
    while True:
        try:
            yield session.prompt(f"In [{number()}]: ")
        except KeyboardInterrupt:
            continue  # Ctrl-C drops what was typed
        except EOFError:
            return


def _session() -> PromptSession[str]:
    """A prompt whose history is forgotten when it ends."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    return PromptSession(
        multiline=True,
        prompt_continuation=lambda width, *_: "...: ".rjust(width),
        history=InMemoryHistory(),
        key_bindings=_keys(),
    )


def _keys() -> KeyBindings:
    """Enter ends a block that is whole, and else begins a line, indented as it has to be."""
    from prompt_toolkit.enums import DEFAULT_BUFFER
    from prompt_toolkit.filters import has_focus
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def _(event: KeyPressEvent) -> Any:
        buffer = event.current_buffer
        if is_whole(buffer.text):
            buffer.validate_and_handle()
            return
        line = buffer.document.current_line_before_cursor
        margin = line[: len(line) - len(line.lstrip())]
        buffer.insert_text("\n" + margin + "    " * line.rstrip().endswith(":"))

    return keys
