"""Cells run in the sandbox: what they show is kept, and what one
of them breaks costs the others nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import LIMITS, Lab

from autograder.core.cells import RunnableCell
from autograder.core.limits import Limits
from autograder.pipeline.execute import Execution
from autograder.proxy.channel import Channel, StudentFault
from autograder.proxy.objects import RemoteSubmission, defines
from autograder.sandbox.seat import Seat
from autograder.sandbox.session import GoneError, Place

QUICK = Limits(
    cell_seconds=1.5,
    test_seconds=2,
    submission_seconds=40,
    memory_mib=512,
    total_memory_mib=1536,
    tmp_mib=16,
)


def text(execution: Execution, index: int) -> str:
    """Everything a cell printed or raised."""
    parts: list[str] = []
    for output in execution.runs[index].outputs:
        parts += [
            output.get("text", ""),
            output.get("evalue", ""),
            output.get("data", {}).get("text/plain", ""),
        ]
    return "".join(parts)


@contextlib.contextmanager
def met_by_a_test(
    run: Execution, seed: int = 1, task: str | None = None, seconds: float = 5.0
) -> Iterator[RemoteSubmission]:
    """The submission as one test meets it, in a process of its own."""
    with contextlib.closing(Channel(run.fork_test(seed, task), run.after_fault, {})) as channel:
        channel.begin_test(seconds)
        yield RemoteSubmission(lambda: channel)


def test_outputs_are_those_of_a_notebook(lab: Lab) -> None:
    run = lab.run(
        "print('a')\nimport sys\nprint('b', file=sys.stderr)\nprint('c')",
        "1 + 1",
        "from IPython.display import HTML, "
        "display\ndisplay(HTML('<b>bold</b><script>alert(1)</script>'))",
        "1 / 0",
        "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[1, 2]))",
        "def f(:",
        "%%time\nx = 3",
        "!echo from the shell; exit 3",
        "import os\n_ = os.system('echo from a program')",
        "x",
    )
    kinds = {n: [o["output_type"] for o in r.outputs] for n, r in run.runs.items()}
    assert kinds[0] == ["stream", "stream", "stream"]
    assert (kinds[1], text(run, 1)) == (["execute_result"], "2")
    html: dict[str, Any] = run.runs[2].outputs[0]["data"]
    assert html["text/html"] == "<b>bold</b>"
    assert run.runs[3].outputs[0]["ename"] == "ZeroDivisionError"
    figure = json.loads(bytes(run.runs[4].outputs[0]["data"]["application/vnd.plotly.v1+json"]))
    assert figure["data"][0]["y"] == [1, 2]
    assert run.runs[5].outputs[0]["ename"] == "SyntaxError"
    assert "from the shell" in text(run, 7)
    assert "from a program" in text(run, 8)
    assert text(run, 9) == "3"
    assert [n for n, r in run.runs.items() if not r.ok] == [3, 5]


def test_optional_parts_are_not_run(lab: Lab) -> None:
    run = lab.run(
        "try:\n    import lightning\nexcept ImportError:\n    print('not here')",
        "import importlib.util\nprint(importlib.util.find_spec('pytorch_lightning'))",
    )
    assert (text(run, 0), text(run, 1)) == ("not here\n", "None\n")


@pytest.mark.parametrize(
    ("guilty", "sentence"),
    [
        ("while True:\n    pass", "ran for more than 1.5 s"),
        (
            "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n "
            "   pass",
            "more than 1.5 s",
        ),
        ("import os\nos._exit(0)", "ended the Python process"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "ended the Python process"),
        ("import ctypes\nctypes.string_at(0)", "ended the Python process"),
    ],
    ids=["loop", "loop without signals", "exit", "kill", "segfault"],
)
def test_a_cell_that_ends_the_process_is_left_out(lab: Lab, guilty: str, sentence: str) -> None:
    run = lab.run("a = 1", guilty, "b = a + 1\nprint(b)", limits=QUICK)
    assert [run.runs[n].ok for n in range(3)] == [True, False, True]
    assert sentence in text(run, 1)
    assert text(run, 2) == "2\n"


def test_the_memory_of_many_processes_is_counted_together(lab: Lab) -> None:
    hungry = (
        "import mmap, os, time\nfor _ in range(12):\n    os.fork()\n    m = mmap.mmap(-1, 2**28)\n"
        "    m.write(b'x' * 2**28)\ntime.sleep(30)"
    )
    run = lab.run("a = 1", hungry, "print(a)", limits=Limits(cell_seconds=20))
    assert "more memory than a submission may" in text(run, 1)
    assert text(run, 2) == "1\n"


@pytest.mark.parametrize(
    "source",
    [
        "hoard = []\nwhile True:\n    hoard.append(bytearray(10**7))",
        "def f():\n    return f()\nf()",
        "import os\nwhile True:\n    os.fork()",
        "with open('big', 'wb') as file:\n    while True:\n        file.write(b'x' * 10**6)",
        "import torch\ntorch.ones(10**10)",
        "import sys\nsys.exit(3)",
        "import builtins\ndel builtins.print\nprint(1)",
        "raise KeyboardInterrupt",
    ],
    ids=["memory", "recursion", "forks", "disk", "tensor", "exit", "builtins", "interrupt"],
)
def test_a_cell_that_fails_costs_only_itself(lab: Lab, source: str) -> None:
    run = lab.run("a = 1", source, "a + 1", limits=QUICK)
    assert [run.runs[n].ok for n in (0, 2)] == [True, True]
    assert not run.runs[1].ok
    assert text(run, 2) == "2"


def test_floods_are_cut_where_they_rise(lab: Lab) -> None:
    run = lab.run(
        "for _ in range(10**5):\n    print('x' * 100)",
        "raise ValueError('y' * 10**7)",
        "class A:\n    def __repr__(self):\n        return 'z' * 10**8\nA()",
        "from IPython.display import display, HTML\nfor _ in range(50):\n    display(HTML('w' * "
        "10**5))",
        "import os\nfor _ in range(10**4):\n    os.write(1, b'v' * 1000)",
    )
    for n, result in run.runs.items():
        assert len(repr(result.outputs)) < 3_000_000, n
    assert "dropped" in text(run, 0)


def test_too_many_guilty_cells_end_the_restarts(lab: Lab) -> None:
    run = lab.run(
        "above = 1",
        *["import os\nos._exit(1)"] * 6,
        "below = 1",
        limits=dataclasses.replace(QUICK, restarts=3),
    )
    assert run.runs[0].ok
    assert not run.runs[7].ok
    assert "was not run" in text(run, 7)
    channel = Channel(run.fork_test(1), run.after_fault, {})
    channel.begin_test(5)
    assert defines(channel, "above"), "what was above the guilty cells is tested all the same"
    assert not defines(channel, "below")
    channel.close()


def test_the_time_of_a_whole_notebook_is_bounded(lab: Lab) -> None:
    limits = Limits(cell_seconds=30, submission_seconds=2)
    run = lab.run("import time\ntime.sleep(1.5)", "time.sleep(1.5)", "print('late')", limits=limits)
    assert not run.runs[2].ok


def test_every_test_meets_the_namespace_as_the_notebook_left_it(lab: Lab) -> None:
    run = lab.run(
        "import torch\nstate = []\ndef count():\n    state.append(1)\n    return len(state)\n"
        "def draw():\n    return torch.rand(2)"
    )

    seen = []
    for seed in (1, 1, 2):
        with met_by_a_test(run, seed) as submission:
            seen.append((submission.count(), submission.draw().tolist()))
    assert [count for count, _ in seen] == [1, 1, 1]
    assert seen[0] == seen[1] != seen[2]


CUDA_BEGINS = "import autograder.student.notebook_process as own\nown._cuda_began = lambda: True\n"
"""As it says where a cell has started CUDA; here it only says so."""


def test_once_cuda_has_begun_every_test_has_a_process_that_ran_the_notebook(seat: Seat) -> None:
    """CUDA does not survive a fork."""
    source = (
        "import os, time\nstate = []\ndef count():\n    state.append(1)\n    return len(state)\n"
        "def hang():\n    time.sleep(60)\n"
    )
    cells = (RunnableCell(0, CUDA_BEGINS + source, "count"),)
    with Execution(seat, cells, LIMITS, 1, on_card=True) as run:
        for name in ("count", "count", "hang", "count"):
            with met_by_a_test(run, seconds=2.0) as submission:
                if name == "hang":
                    with pytest.raises(StudentFault, match="endless loop"):
                        submission.hang()
                else:
                    assert submission.count() == 1
                    assert submission.count() == 2


def stamps(run: Execution, task: str, times: int) -> list[float]:
    """When the notebook ran that the task's tests meet, as several of them are told."""
    seen = []
    for _ in range(times):
        with met_by_a_test(run, task=task) as submission:
            seen.append(submission.ran())
    return seen


@pytest.mark.parametrize("on_card", [True, False])
def test_a_notebook_is_forked_until_cuda_begins(seat: Seat, on_card: bool) -> None:
    stamp = "import time\nstamp = time.time()\ndef ran():\n    return stamp\n"
    cells = (
        RunnableCell(0, stamp, "early"),
        RunnableCell(1, "", None, check="early"),
        RunnableCell(2, CUDA_BEGINS, "late"),
        RunnableCell(3, "", None, check="late"),
    )
    with Execution(seat, cells, LIMITS, 1, on_card=on_card) as run:
        first = run.runs[0]
        assert len(set(stamps(run, "early", 3))) == 1, "its cells ran once for all three"
        if on_card:
            assert len(set(stamps(run, "late", 2))) == 2, "they ran once for each"
            assert run.runs[0] is first, "what the cells showed at first is what counts"
        else:  # without a card there is no CUDA: who says so has nothing to be tested
            with pytest.raises(GoneError, match="not_started"):
                run.fork_test(1, "late")


def test_memory_that_nobody_wrote_to_is_never_zero_by_chance(lab: Lab) -> None:
    """Blocks of zeros are freed and handed out again; their first 16 bytes are the C library's."""
    run = lab.run(
        "import random, torch\n"
        "sizes, chance, kept, least = (5, 10, 50, 100, 200), random.Random(0), [], []\n"
        "for _ in range(40_000):\n"
        "    fresh = torch.empty(chance.choice(sizes))\n"
        "    least.append(float(fresh[4:].abs().min()))\n"
        "    kept.append(torch.zeros(chance.choice(sizes)))\n"
        "    if len(kept) > 100:\n"
        "        kept.pop(chance.randrange(100))\n"
        "print(min(least))"
    )
    assert float(text(run, 0)) > 0.1


def test_a_test_that_kills_the_notebook_process_costs_one_test(
    notebook: Callable[..., RemoteSubmission],
) -> None:
    submission = notebook(
        "import os, signal, subprocess, sys\n"
        "def kill():\n    os.kill(os.getppid(), signal.SIGKILL)\n    os._exit(0)\n"
        "def linger():\n    subprocess.Popen(['sleep', '1000'], start_new_session=True)\n    "
        "os._exit(0)\n"
        "def fine():\n    return 1"
    )
    for name in ("kill", "linger", "kill"):
        with pytest.raises(StudentFault, match="ended its Python process"):
            getattr(submission, name)()
        assert submission.fine() == 1


def test_nothing_is_left_when_a_submission_ends(lab: Lab) -> None:
    lab.run(
        "import os, subprocess\nsubprocess.Popen(['sleep', '987'], start_new_session=True)\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time\n"
        "        time.sleep(987)\n    os._exit(0)"
    )
    lab.close()
    run = lab.run("import json, os\nprint(json.dumps(os.listdir('/tmp')))")
    assert set(json.loads(text(run, 0))) <= {"work"}


def test_walls(lab: Lab) -> None:
    """What a submission can see and do: itself, and nothing of ours."""
    run = lab.run(
        "import os, socket, sys, ctypes",
        "print(os.listdir('/proc'))",
        "print(sorted(k for k in os.environ if 'GRADE' in k or 'TOKEN' in k or 'KEY' in k))",
        "import course_lib\nroot = os.path.dirname(os.path.dirname(course_lib.__file__))\n"
        "print(sorted(os.listdir(root)), sorted(os.listdir(root + '/autograder')))",
        "socket.create_connection(('127.0.0.1', 22), 1)",
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "open('/usr/x', 'w')",
        "libc = ctypes.CDLL(None, use_errno=True)\nprint([libc.unshare(0x10000000), "
        "libc.ptrace(16, 1, 0, 0), libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0), libc.setuid(0)])",
        "print(os.getppid(), len(os.listdir('/dev/shm')))",
        "import resource\nresource.setrlimit(resource.RLIMIT_NPROC, (10**4, 10**4))",
        "os.kill(1, 9)\nimport time\ntime.sleep(0.2)\nprint('still here')",
    )
    assert text(run, 1) == "[]\n"
    assert text(run, 2) == "[]\n"
    assert "['autograder', 'course_lib'] ['__init__.py', 'control.py', 'student', 'wire']" in text(
        run, 3
    )
    assert not any(run.runs[n].ok for n in (4, 5, 6, 9))
    assert text(run, 7) == "[-1, -1, -1, -1]\n"
    assert text(run, 8) == "0 0\n"
    assert text(run, 10) == "still here\n"


HUNGRY = "    hoard = []\n    while True:\n        hoard.append(bytearray(10_000_000))\n"


def test_a_cell_that_ran_out_of_memory_does_not_keep_it(lab: Lab) -> None:
    """Its exception, which IPython remembers, would hold all
    that was taken, and starve the tests of other tasks.
    """
    submission = lab.submission(
        f"def take():\n{HUNGRY}\ntake()", "def modest():\n    return len(bytearray(300_000_000))"
    )
    assert submission.modest() == 300_000_000


def test_a_call_that_ran_out_of_memory_does_not_keep_it(lab: Lab) -> None:
    submission = lab.submission(
        f"def take():\n{HUNGRY}", "def modest():\n    return len(bytearray(300_000_000))"
    )
    with pytest.raises(StudentFault) as caught:
        submission.take()
    assert caught.value.outcome == "out_of_memory"
    assert submission.modest() == 300_000_000


def test_what_cells_show_once_tests_have_begun_is_not_kept(lab: Lab) -> None:
    """They run again where a test ended the notebook's process:
    what they show then could hold hidden inputs.
    """
    submission = lab.submission(
        "import os\nprint(os.urandom(8).hex())",
        "def two(): return 2",
        "def kills():\n    for pid in range(2, 40):\n        try: os.kill(pid, 9)\n        except "
        "OSError: pass",
    )
    execution = lab._execution
    assert execution is not None
    before = text(execution, 0)
    assert submission.two() == 2
    with pytest.raises(StudentFault):
        submission.kills()
    assert submission.two() == 2
    assert text(execution, 0) == before


def test_the_time_for_running_it_again_is_bounded(lab: Lab) -> None:
    """Tests of each task may end the process: without a bound, a notebook of minutes would run for
    hours. Here it may run again for 6 s; each time takes 2 s, or 0.5 s where a busy machine let the
    first run reach its limit after one cell.
    """
    execution = lab.run(
        *["import time\ntime.sleep(0.5)"] * 4,
        limits=dataclasses.replace(QUICK, submission_seconds=3),
    )
    count = 0
    with contextlib.suppress(GoneError):
        while count < 30:
            execution.fork_test(1, f"task{count}").close()
            execution._stop()
            count += 1
    assert 3 <= count <= 14


def test_a_process_that_reads_nothing_keeps_nobody_waiting(seat: Seat) -> None:
    """It may answer ahead, and leave what it is sent unread until just one frame more has room."""
    sockets = [*socket.socketpair(), *socket.socketpair()]
    full, _, ours, _ = sockets
    count = 0
    with contextlib.suppress(BlockingIOError):
        while full.send(b"x", socket.MSG_DONTWAIT):
            count += 1
    for _ in range(count - 1):
        ours.send(b"x")
    found: list[str] = []

    def ask() -> None:
        try:
            Place(seat, ours).copy()
        except GoneError as gone:
            found.append(gone.cause)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(5)
    assert found == ["crashed"]
    for each in sockets:
        each.close()
