"""Runs on the student's side: a seat, which starts, measures and ends submissions in turn.

A seat obeys one socket, one order at a time. It alone takes rooms, kills what lives in them and
measures it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from autograder import control
from autograder.control import Answer, Order, Settings
from autograder.student import lockdown, memory_watch, namespaces, syscalls
from autograder.student.own_time import LEAST_PAUSE, OwnTime, Sample

WATCH_SECONDS = 0.1


class Seat:
    """The submission that runs now, and the commands that concern it."""

    def __init__(
        self,
        socket_: socket.socket,
        settings: Settings,
        room_maker: namespaces.Rooms | None,
        shell: Any,
        filter_: Any,
    ) -> None:
        self._socket = socket_
        self._settings = settings
        self._rooms = room_maker
        self._shell = shell
        self._filter = filter_
        self._notebook = self._supervisor = 0
        self._alive = self._out_of_memory = self._killed = False
        self._peak = 0
        self._own_time = OwnTime()
        self._memory = memory_watch.Memory(settings.total_memory)

    def serve(self) -> None:
        """Obey until the worker closes."""
        self._reply(control.Ready())
        self._socket.settimeout(WATCH_SECONDS)
        while True:
            asked = time.monotonic()
            try:
                text, descriptors, _, _ = socket.recv_fds(self._socket, 65536, 1)
            except TimeoutError:
                text, descriptors = None, []
            late = time.monotonic() - asked - WATCH_SECONDS
            if text is None or late > LEAST_PAUSE:
                self._watch(late)
            if text is None:
                continue
            if not text:
                self._finish()
                return
            try:
                answer = self._obey(control.decode_order(text), descriptors)
            except OSError as error:
                answer = control.Failed(f"{type(error).__name__}: {error}")
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            self._reply(answer)

    # --- orders ---

    def _obey(self, order: Order, descriptors: list[int]) -> Answer:
        match order:
            case control.Start():
                return self._start(order, descriptors[0])
            case control.Sweep():
                return self._sweep(set(order.keep))
            case control.AskDelay():
                self._reap()
                now = self._sample() if self._alive else self._own_time.last
                return control.Delay(self._own_time.delayed(order.since, now))
            case control.AskStatus():
                return self._status()
            case control.End():
                status = self._status()
                self._finish()
                return status

    def _start(self, order: control.Start, descriptor: int) -> Answer:
        self._finish()
        self._out_of_memory = self._killed = False
        self._peak, self._own_time = 0, OwnTime()
        self._memory = memory_watch.Memory(self._settings.total_memory)
        if missing := [name for name in order.preload if name not in sys.modules]:
            from autograder.student import ease

            for name in missing:
                ease.load(name)
            gc.freeze()
        if self._rooms is None:
            self._notebook = self._fork(descriptor, order.seed, room=-1)
        else:
            self._supervisor = self._rooms.take()
            room = os.pidfd_open(self._supervisor)
            try:
                syscalls.setns(room, syscalls.CLONE_NEWPID)
                self._notebook = self._fork(descriptor, order.seed, room)
            finally:
                os.close(room)
        self._alive = True
        return control.Ready()

    def _sweep(self, keep: set[int]) -> control.Status:
        """Kill what a test left running, except the notebook process and its copies."""
        self._watch()
        if self._alive and not memory_watch.sweep(self._notebook, self._supervisor, keep=keep):
            self._finish()
        return self._status()

    def _status(self) -> control.Status:
        self._reap()
        return control.Status(self._alive, self._out_of_memory, self._killed, self._peak)

    # --- helpers ---

    def _reply(self, answer: Answer) -> None:
        self._socket.send(control.encode(answer))

    def _fork(self, descriptor: int, seed: int, room: int) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            self._become_notebook(descriptor, seed, room)
        # The last words of a process that can't start.
        except BaseException as error:  # noqa: BLE001
            print(f"notebook process: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)

    def _become_notebook(self, descriptor: int, seed: int, room: int) -> None:
        from autograder.student import notebook_process
        from autograder.student.output_capture import Budget

        os.setsid()
        limits = lockdown.ResourceLimits(
            self._settings.memory, self._settings.processes if self._settings.walls else 4096,
            self._settings.files,
            self._settings.file_size,
        )  # fmt: skip
        lockdown.limit(limits)
        if self._settings.walls:
            syscalls.setns(room, syscalls.CLONE_NEWUSER | syscalls.INNER)
        lockdown.close_all_but(descriptor)
        null = os.open("/dev/null", os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.close(null)
        lockdown.reset_signals()
        work = namespaces.WORK if self._settings.walls else self._settings.work
        Path(work).mkdir(exist_ok=True)
        if self._filter is not None:
            lockdown.lock(self._filter)
        os.environ["HOME"] = work
        os.environ.pop(
            "PYTHONPATH", None
        )  # it says where the engine lies; all that is needed of it is imported
        budget = Budget(self._settings.output_text, self._settings.output_rich)
        notebook_process.serve(socket.socket(fileno=descriptor), self._shell, work, seed, budget)

    def _watch(self, late: float = 0.0) -> None:
        """Measure, so many seconds later than planned; end a submission that holds more than it
        may.
        """
        self._reap()
        if not self._alive:
            return
        limit = self._settings.total_memory
        people = memory_watch.residents(self._notebook, self._supervisor, ended=True)
        self._own_time.sample([resident.pid for resident in people], self._supervisor)
        self._own_time.woke_late(late)
        held = self._memory.measure(people)
        self._peak = max(self._peak, held)
        if held > limit:
            self._out_of_memory = True
            self._finish()

    def _sample(self) -> Sample:
        people = memory_watch.residents(self._notebook, self._supervisor, ended=True)
        return self._own_time.sample([resident.pid for resident in people], self._supervisor)

    def _reap(self) -> None:
        if not self._alive:
            return
        pid, status = os.waitpid(self._notebook, os.WNOHANG)
        if pid:
            self._alive = False
            self._killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def _finish(self) -> None:
        """Kill everything of the submission: with its supervisor, the kernel ends the room."""
        if not self._settings.walls and self._notebook:
            memory_watch.sweep(self._notebook, 0)
        for pid in (self._supervisor, self._notebook if self._alive else 0):
            if pid:
                os.kill(pid, signal.SIGKILL)
        if self._alive:
            os.waitpid(self._notebook, 0)
        self._alive, self._supervisor, self._notebook = False, 0, 0
