"""Runs on the student's side: run the cells of one notebook, and fork its test processes."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path

import torch
from IPython.core.interactiveshell import InteractiveShell

from autograder import wire
from autograder.student import plain_values
from autograder.student.output_capture import Budget, Recorder
from autograder.student.raised_error import cell_file, let_go
from autograder.student.test_process import Answers
from course_lib._seeds import seed_everything

FOREVER = 10**9
CARD = Path("/dev/nvidiactl")
"""What a sandbox has in which the graphics card can be used."""
THREADS = Path("/proc/self/task")


def serve(
    sock: socket.socket, shell: InteractiveShell, work: str, seed: int, budget: Budget
) -> None:
    """Run cells and fork tests as asked until the other side closes."""
    os.chdir(work)
    sys.path.insert(0, work)
    recorder = Recorder(shell, budget)
    shell.system = _system
    seed_everything(seed)
    wire.send(sock, wire.Ready())
    own = os.getpid()
    while True:
        message, _ = wire.receive(sock, time.monotonic() + FOREVER)
        if isinstance(message, wire.RunCell):
            recorder.begin()
            ok = _run(shell, recorder, message)
            if os.getpid() != own:
                os._exit(0)  # a process that a cell forked, and that came out of the cell as well
            wire.send(sock, wire.CellDone(message.index, ok, recorder.end()))
        elif isinstance(message, wire.ForkTest):
            _fork_test(sock, shell, recorder, message)
        elif isinstance(message, wire.Lookup):
            wire.send(sock, *plain_values.answer(shell.user_ns, message.name))
        elif isinstance(message, wire.Checkpoint):
            _fork_checkpoint(sock, shell, recorder)


def _run(shell: InteractiveShell, recorder: Recorder, cell: wire.RunCell) -> bool:
    try:
        # The file name by which `answers` finds the cell that an exception came from.
        shell.compile.get_code_name = lambda *_: cell_file(cell.index)
        shell.execution_count = cell.number or shell.execution_count
        result = shell.run_cell(cell.source, store_history=True)
        let_go(result.error_before_exec or result.error_in_exec)
        return bool(result.success)
    # `run_cell` itself may raise: RecursionError, missing builtins.
    except BaseException as error:  # noqa: BLE001
        recorder.error(type(error).__name__, str(error), traceback.format_exception_only(error))
        return False


def _fork_checkpoint(sock: socket.socket, shell: InteractiveShell, recorder: Recorder) -> None:
    """Fork a process that stays as the notebook is now, and forks tests when it is asked to."""
    copy = _fork(sock)
    if copy is None:
        return
    try:
        sock.close()
        gc.freeze()  # a collection in a test would touch, and so copy, all that the notebook made
        while True:
            message, _ = wire.receive(copy, time.monotonic() + FOREVER)
            if isinstance(message, wire.ForkTest):
                _fork_test(copy, shell, recorder, message)
    finally:
        os._exit(0)


def _fork_test(
    sock: socket.socket, shell: InteractiveShell, recorder: Recorder, order: wire.ForkTest
) -> None:
    gc.freeze()
    test = _fork(sock, in_place=order.in_place)
    if test is None:
        return
    try:
        sock.close()
        torch.set_num_threads(1)
        seed_everything(order.seed)
        recorder.begin()
        Answers(test, shell.user_ns, recorder.take_printed).serve()
    finally:
        os._exit(0)


def _fork(sock: socket.socket, *, in_place: bool = False) -> socket.socket | None:
    """In the forked process (or, in place, in this one) the
    socket that came along; None in the one that asked.
    """
    _, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    cuda_began = False
    try:
        cuda_began = not in_place and _cuda_began()
        pid = 0 if in_place or cuda_began else os.fork()
    except OSError:
        pid = None
    if cuda_began or pid is None:
        os.close(descriptors[0])
        wire.send(sock, wire.Forked(False, cuda_began=cuda_began))
        return None
    if pid or in_place:
        wire.send(sock, wire.Forked(True, pid))
    if pid:
        os.close(descriptors[0])
        return None
    if not in_place:
        os.setpgid(0, 0)
    return socket.socket(fileno=descriptors[0])


def _cuda_began() -> bool:
    """Whether CUDA has begun in this process, so that no fork of it could use the graphics card.

    Autograd has begun it too: the first backward pass starts a thread for each card, whatever the
    tensors are on, and no fork could run another one. Else only a fork can tell: PyTorch marks the
    processes in which CUDA can't be used, not the one that they come from.
    """
    if not CARD.exists() or not hasattr(torch._C, "_cuda_isInBadFork"):
        return False
    if len(list(THREADS.iterdir())) > 1:
        return True
    pid = os.fork()
    if not pid:
        os._exit(torch._C._cuda_isInBadFork())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0


def _system(command: str) -> None:
    """`!command`: run it with nothing on its standard input and print what it prints."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        print(f"could not run it: {error}", file=sys.stderr)
        return
    print(done.stdout.decode(errors="replace"), end="")
