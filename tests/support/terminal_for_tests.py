"""A pseudo-terminal for a command: keys in, the bytes of its screen out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

SECONDS = 120.0
COLUMNS = 80
CTRL_C, CTRL_D, ENTER = "\x03", "\x04", "\r"
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[=>]")


class Terminal:
    """Runs a command in a terminal of its own; a context manager that ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._keys, screen = pty.openpty()
        fcntl.ioctl(self._keys, termios.TIOCSWINSZ, struct.pack("HHHH", 30, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            command,
            stdin=screen,
            stdout=screen,
            stderr=screen,
            env={**environment, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(screen)
        self.shown = ""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._keys)

    def type(self, *keys: str) -> None:
        """Press keys."""
        for each in keys:
            os.write(self._keys, each.encode())

    def expect(self, pattern: str) -> str:
        """Wait until the screen shows a pattern, after what was waited for last; all up to it."""
        deadline = time.monotonic() + SECONDS
        while True:
            text = _CONTROLS.sub("", self.shown).replace("\r", "")[self._seen :]
            if (found := re.search(pattern, text)) is not None:
                self._seen += found.end()
                return text[: found.end()]
            assert self._read(deadline), f"{pattern!r} was not shown:\n{text}"

    def end(self) -> int:
        """Wait until the command has ended; its exit status."""
        deadline = time.monotonic() + SECONDS
        while self._read(deadline):
            pass
        return self._process.wait(SECONDS)

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._keys], [], [], max(0.0, deadline - time.monotonic()))
        try:
            data = os.read(self._keys, 65536) if ready else b""
        except OSError:  # the command has closed the terminal
            data = b""
        self.shown += data.decode(errors="replace")
        return bool(data)
