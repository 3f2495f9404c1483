"""`autograder doctor` on this machine, without bubblewrap, and without namespaces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import Lab

from autograder.doctor import probes

BIN = Path(sys.executable).parent


def doctor(*arguments: str, path: str | None = None) -> tuple[int, str]:
    env = os.environ | ({"PATH": path} if path is not None else {})
    command = [str(BIN / "autograder"), "doctor", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=env
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def walls(text: str) -> dict[str, dict[str, Any]]:
    return {wall["wall"]: wall for wall in json.loads(text)["walls"]}


def test_every_wall_stands_here() -> None:
    status, text = doctor("--json")
    found = walls(text)
    assert {name for name, wall in found.items() if not wall["holds"]} == set()
    assert (status, json.loads(text)["holds"], len(found)) == (0, True, 16)
    assert all(wall["tried"] and not wall["reached"] for wall in found.values())


def test_without_bubblewrap_it_says_what_is_missing(tmp_path: Path) -> None:
    status, text = doctor(path=str(tmp_path))
    said = " ".join(text.split())
    assert status == 1
    assert "✗ fails sandbox" in said
    assert "Bubblewrap (the program bwrap) is not installed" in said
    assert "apt-get install bubblewrap" in said
    assert "? not tried network" in said
    assert "holds" not in said.replace("do not hold", "")
    status, text = doctor("--json", path=str(tmp_path))
    assert (status, json.loads(text)["holds"]) == (1, False)
    assert {wall["holds"] for name, wall in walls(text).items() if name != "sandbox"} == {None}


def test_without_namespaces_it_says_what_falls() -> None:
    status, text = doctor("--isolation", "process", "--json")
    found = walls(text)
    fallen = {name for name, wall in found.items() if not wall["holds"]}
    assert status == 1
    assert {"reading files", "network", "processes", "system calls", "other submissions"} <= fallen
    assert {"sandbox", "environment", "time"} & fallen == set()
    assert "a connection arrived" in found["network"]["reached"]
    assert all(found[name]["advice"] and found[name]["reached"] for name in fallen)


@pytest.mark.parametrize(
    "probe", [p for p in probes.LOOKING if p.source != probes.MEMORY], ids=lambda probe: probe.wall
)
def test_a_program_that_can_t_run_is_no_wall_that_holds(lab: Lab, probe: probes.Probe) -> None:
    """Without the names that it needs, a program says so,
    instead of nothing, which would pass for a wall.
    """
    run = lab.run(probe.source)
    assert run.runs[0].outputs
