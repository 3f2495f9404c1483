"""Runs on the student's side: collect the outputs of cells, within a budget."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from plotly.basedatatypes import BaseFigure

from autograder.student.figures import figure_json
from autograder.wire.packages import HAS


@dataclass(frozen=True)
class Budget:
    """How much text, and how many bytes of pictures and tables, a cell may still show."""

    text: int
    rich: int


_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Recorder:
    """The outputs of the cell that runs, in order."""

    def __init__(self, shell: InteractiveShell, budget: Budget) -> None:
        self._budget = budget
        self._outputs: list[dict[str, Any] | str] = []
        self._places: dict[str, int] = {}
        self._text_left = self._rich_left = 0
        # Lives as long as the process.
        self._spill = tempfile.TemporaryFile(dir="/tmp")  # noqa: SIM115
        for descriptor in (1, 2):
            os.dup2(self._spill.fileno(), descriptor)
        sys.stdout, sys.stderr = _Stream(self, "stdout"), _Stream(self, "stderr")
        shell.display_pub = _Publisher(self, shell=shell)
        shell.displayhook = shell.display_trap.hook = _Hook(self, shell=shell)
        shell._showtraceback = self._traceback
        shell.display_formatter.ipython_display_formatter.for_type(BaseFigure, self._figure)

    def begin(self) -> None:
        """Start a cell with nothing shown and a full budget."""
        self._outputs, self._places = [], {}
        self._text_left, self._rich_left = self._budget.text, self._budget.rich

    def take_printed(self) -> str:
        """The text that was printed since `begin`, or since it was last taken."""
        text = "".join(o["text"] for o in self._outputs if isinstance(o, dict) and "text" in o)
        self.begin()
        return text

    def end(self) -> str:
        """The cell's outputs as JSON."""
        self._collect_spill()
        return (
            "[" + ",".join(o if isinstance(o, str) else json.dumps(o) for o in self._outputs) + "]"
        )

    def stream(self, name: str, text: str) -> None:
        """Text printed to stdout or stderr."""
        if not text or self._text_left <= 0:
            return
        kept = text[: self._text_left]
        self._text_left -= len(kept)
        if self._text_left <= 0:
            kept += (
                "\n[the rest of this cell's output was dropped: more than "
                f"{self._budget.text // 1024} kB]\n"
            )
        last = self._outputs[-1] if self._outputs else None
        if isinstance(last, dict) and last.get("name") == name:
            last["text"] += kept
        else:
            self._outputs.append({"output_type": "stream", "name": name, "text": kept})

    def rich(self, kind: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """A display_data or an execute_result; only its plain text if it exceeds the budget."""
        for kept in (data, {"text/plain": data.get("text/plain", "")}):
            output: dict[str, Any] = {"output_type": kind, "data": kept, "metadata": metadata}
            if kind == "execute_result":
                output["execution_count"] = None
            text = json.dumps(output, default=str)
            if len(text) <= self._rich_left:
                self._rich_left -= len(text)
                self._outputs.append(text)
                return
        self._drop()

    def named(
        self, name: str, data: dict[str, Any], metadata: dict[str, Any], *, update: bool
    ) -> None:
        """A display_data with a name, or one that takes the place of the one of that name. As in
        Jupyter, it changes nothing where there is none in this cell."""
        place = self._places.get(name)
        if place is None and update:
            return
        count = len(self._outputs)
        if place is not None and update and isinstance(old := self._outputs[place], str):
            self._rich_left += len(old)
        self.rich("display_data", data, metadata)
        if place is None:
            self._places[name] = count
        elif update and len(self._outputs) > count:
            self._outputs[place] = self._outputs.pop()

    def _drop(self) -> None:
        self.stream(
            "stdout",
            f"[not shown: more than {self._budget.rich // 1024} kB of pictures, tables and "
            "figures]\n",
        )

    def error(self, kind: str, text: str, lines: list[str]) -> None:
        """The exception that ended the cell."""
        plain = [_ANSI.sub("", line)[:10_000] for line in lines[-40:]]
        self._outputs.append(
            {
                "output_type": "error",
                "ename": kind[:200],
                "evalue": text[:2_000],
                "traceback": plain,
            }
        )

    def _figure(self, figure: BaseFigure) -> None:
        """Write a Plotly figure once; Plotly's renderer would write, read and write it again."""
        text = figure_json(figure)
        if len(text) <= self._rich_left:
            self._rich_left -= len(text)
            data = f'{{"application/vnd.plotly.v1+json": {text}}}'
            self._outputs.append(
                f'{{"output_type": "display_data", "metadata": {{}}, "data": {data}}}'
            )
        else:
            self._drop()

    def _traceback(self, kind: type[BaseException], value: BaseException, lines: list[str]) -> None:
        if issubclass(kind, ModuleNotFoundError):
            self.error(kind.__name__, f"{value}: {HAS}", [*lines, HAS])
        else:
            self.error(kind.__name__, str(value), lines)

    def _collect_spill(self) -> None:
        """What went to the descriptors themselves: programs that were started, libraries in C."""
        if self._spill.seek(0, os.SEEK_END):
            self._spill.seek(0)
            self.stream("stdout", self._spill.read(self._budget.text).decode(errors="replace"))
            self._spill.seek(0)
            self._spill.truncate()


def warm_up(shell: InteractiveShell) -> None:
    """Make once, for nothing, what takes long to be made for the first time."""
    nobody = Recorder.__new__(Recorder)  # without what takes over the standard streams
    _Publisher(nobody, shell=shell)
    _Hook(nobody, shell=shell)


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, recorder: Recorder, name: str) -> None:
        self._recorder, self._name = recorder, name

    def write(self, text: str) -> int:
        self._recorder.stream(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1 if self._name == "stdout" else 2


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    def __init__(self, recorder: Recorder, **traits: Any) -> None:
        super().__init__(**traits)
        self._recorder = recorder

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        name = (transient or {}).get("display_id")
        if name is None:
            self._recorder.rich("display_data", data, metadata or {})
        else:
            self._recorder.named(str(name), data, metadata or {}, update=update)

    def clear_output(self, wait: bool = False) -> None:
        pass


class _Hook(DisplayHook):  # type: ignore[misc]
    def __init__(self, recorder: Recorder, **traits: Any) -> None:
        super().__init__(**traits)
        self._recorder = recorder

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        self._recorder.rich("execute_result", format_dict, md_dict or {})

    def finish_displayhook(self) -> None:
        pass
