"""`autograder doctor`: run hostile programs in a real sandbox to see which walls hold."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.core.assignment import REPOSITORY, assignments, find
from autograder.core.cells import RunnableCell
from autograder.core.errors import SandboxError
from autograder.core.jobs import Isolation
from autograder.core.limits import Limits
from autograder.doctor import probes
from autograder.doctor.probes import Probe
from autograder.pipeline.execute import Execution
from autograder.sandbox.bubblewrap import INSTALL_HINT
from autograder.sandbox.data import PreparedData
from autograder.sandbox.launcher import Sandbox
from autograder.sandbox.seat import Seat

LIMITS = Limits(
    cell_seconds=20,
    submission_seconds=60,
    restarts=0,
    memory_mib=768,
    total_memory_mib=1024,
    tmp_mib=64,
    files=256,
)
ON_CARD = Limits(cell_seconds=60, submission_seconds=120, restarts=0, memory_mib=4096)
"""PyTorch and CUDA need more than the programs that attack a wall."""
ALL = "sandbox"
TOGETHER = Probe(
    "other submissions", "reach a submission that is graded at the same time", "", probes.NAMESPACES
)
AFTERWARDS = Probe("the end", "leave a process and a file behind", "", probes.NAMESPACES)
CARD = Probe(
    "graphics card",
    "compute on it, as its tests will",
    probes.COMPUTES,
    "Does torch.ones(1, device='cuda') work outside of the sandbox? If so, please report this.",
)


@dataclass(frozen=True)
class Finding:
    """A wall: whether it holds, what was tried, what was reached, and what is missing.

    `holds` is None where it could not be tried.
    """

    wall: str
    holds: bool | None
    tried: str
    reached: str
    advice: str


def doctor(isolation: Isolation, device: str = "cpu", *, as_json: bool) -> bool:
    """Try every wall and print what was found; whether all hold. Assignments whose data is not on
    this machine are named at the end.

    Args:
        isolation: "process" shows what falls without namespaces.
        device: "cuda" tries too whether a submission can compute on the graphics card.
    """
    console = Console(highlight=False)
    with console.status("trying the walls") if not as_json else contextlib.nullcontext():
        findings = examine(isolation) + ([examine_card(isolation)] if device == "cuda" else [])
        missing = missing_data()
    holds = all(finding.holds is True for finding in findings)
    if as_json:
        text = msgspec.json.encode(
            {
                "holds": holds,
                "isolation": isolation,
                "walls": [asdict(f) for f in findings],
                "missing_data": missing,
            }
        )
        print(msgspec.json.format(text).decode())
    else:
        _print(console, findings)
        for name, reason in missing.items():
            console.print(
                f"\n[yellow]{name} can't be graded here[/]: {escape(reason)}", soft_wrap=True
            )
    return holds


def missing_data() -> dict[str, str]:
    """The assignments whose data is not on this machine, and how to get it."""
    reasons = {}
    for name in assignments():
        try:
            PreparedData(find(name).data).close()
        except SandboxError as error:
            reasons[name] = str(error)
    return reasons


def examine(isolation: Isolation) -> list[Finding]:
    """What became of every wall, the sandbox itself first.

    Where that does not start, the others were not tried.
    """
    start = time.monotonic()
    try:
        sandbox = Sandbox(LIMITS, isolation, seats=2)
    except SandboxError as error:
        return _nothing_tried(str(error))
    try:
        for seat in sandbox.seats:
            seat.wait_until_ready()
        tried = f"start it ({time.monotonic() - start:.1f} s)"
        return [Finding(ALL, True, tried, "", ""), *_examine(sandbox)]
    except SandboxError as error:
        return _nothing_tried(str(error))
    finally:
        sandbox.close()


def examine_card(isolation: Isolation) -> Finding:
    """Whether a submission can compute on the graphics card, in a sandbox that shows it."""
    try:
        with contextlib.closing(Sandbox(ON_CARD, isolation, device="cuda")) as sandbox:
            (text,) = _run(sandbox.seats[0], [probes.COMPUTES], ON_CARD)
    except SandboxError as error:
        text = str(error)
    return _finding(CARD, text)


def _examine(sandbox: Sandbox) -> Iterator[Finding]:
    first, second = sandbox.seats
    with _bait() as (names, calls):
        setup = probes.SETUP + "".join(f"{name} = {value!r}\n" for name, value in names.items())
        outputs = _run(first, [setup, *(probe.source for probe in probes.LOOKING)])
        for probe, text in zip(probes.LOOKING, outputs[1:], strict=True):
            seen = [text] if text else []
            if probe.wall == "network" and calls():
                seen.append("a connection arrived")
            yield _finding(probe, "; ".join(seen))
        for probe in probes.STOPPED:
            (_, text) = _run(
                first, [setup, probe.source], replace(LIMITS, cell_seconds=probe.seconds)
            )
            yield _finding(
                probe, "" if probe.ends and probe.ends in text else text or "it was not stopped"
            )

        with Execution(first, _cells([setup, probes.LISTENS]), LIMITS, 1):
            (_, text) = _run(second, [setup, probes.MEETS])
        yield _finding(TOGETHER, text)

        _run(first, [setup, probes.OUTLIVES])
        (_, text) = _run(first, [setup, probes.FOUND_AGAIN])
        left = ["its process is still there"] if _left(str(names["STAMP"])) else []
        yield _finding(AFTERWARDS, "; ".join([*left, text] if text else left))


@contextlib.contextmanager
def _bait() -> Iterator[tuple[dict[str, Any], Any]]:
    """Targets for the probes: a file, a secret, listening sockets; and a connection counter."""
    token = secrets.token_hex(8)
    name = assignments()[0]
    with (
        tempfile.TemporaryDirectory(prefix="autograder-doctor-") as folder,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        canary = Path(folder) / "canary"
        canary.write_text(token)
        abstract.bind(f"\0autograder-{token}")
        abstract.listen()
        server.setblocking(False)
        abstract.setblocking(False)

        def calls() -> int:
            count = 0
            for listener in (server, abstract):
                with contextlib.suppress(BlockingIOError):
                    listener.accept()[0].close()
                    count += 1
            return count

        yield (
            {
                "CANARY": str(canary), "SECRET": token, "PORT": server.getsockname()[1],
                "HOME": str(Path.home()),
                "ABSTRACT": f"autograder-{token}", "REPOSITORY": str(REPOSITORY),
                "STAMP": f"86399.{os.getpid()}",
                "SUITE": str(next(iter(sorted(find(name).suite.glob("test_*.py"))))),
                "SOLUTION": str(find(name).source / "notebook.py"),
            },
            calls,
        )  # fmt: skip


def _run(seat: Seat, sources: list[str], limits: Limits = LIMITS) -> list[str]:
    """What each cell of a submission printed or raised."""
    with Execution(seat, _cells(sources), limits, 1) as execution:
        pass
    return [_text(execution.runs[number].outputs) for number in range(len(sources))]


def _cells(sources: list[str]) -> tuple[RunnableCell, ...]:
    return tuple(RunnableCell(number, source, None) for number, source in enumerate(sources))


def _text(outputs: list[dict[str, Any]]) -> str:
    parts = [output.get("text", "") or output.get("evalue", "") for output in outputs]
    return "; ".join(line for part in parts for line in part.strip().splitlines())


def _finding(probe: Probe, reached: str) -> Finding:
    return Finding(
        probe.wall, not reached, probe.tried, reached[:500], probe.advice if reached else ""
    )


def _nothing_tried(reason: str) -> list[Finding]:
    others = (*probes.LOOKING, *probes.STOPPED, TOGETHER, AFTERWARDS)
    reached = reason.replace(INSTALL_HINT, "").strip()
    return [
        Finding(ALL, False, "start it", reached, INSTALL_HINT),
        *(Finding(probe.wall, None, probe.tried, "", "") for probe in others),
    ]


def _left(stamp: str) -> bool:
    """Whether a process with this argument still runs after two seconds; kill it."""
    for _ in range(20):
        pids = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if stamp.encode() in path.read_bytes().split(b"\0"):
                    pids.append(int(path.parent.name))
        if not pids:
            return False
        time.sleep(0.1)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return True


def _print(console: Console, findings: list[Finding]) -> None:
    marks = {True: "[green]✓ holds[/]", False: "[red]✗ fails[/]", None: "[yellow]? not tried[/]"}
    table = Table("", "wall", "a submission tried to", box=None, pad_edge=False)
    for finding in findings:
        table.add_row(marks[finding.holds], escape(finding.wall), escape(finding.tried))
        if finding.reached:
            table.add_row("", "", f"[red]→ {escape(finding.reached)}[/]")
    console.print(table)
    for advice in dict.fromkeys(finding.advice for finding in findings if finding.advice):
        walls = ", ".join(finding.wall for finding in findings if finding.advice == advice)
        console.print(f"\n[bold]{escape(walls)}[/]: {escape(advice)}")
    down = sum(finding.holds is not True for finding in findings)
    console.print(
        "\nall walls hold"
        if not down
        else f"\n{down} of {len(findings)} walls do not hold, or were not tried"
    )
