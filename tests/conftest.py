"""Fixtures: a real sandbox, and what a notebook made of given cells defined in it."""

from __future__ import annotations

import contextlib
import ctypes
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import settings

from autograder.core.cells import RunnableCell
from autograder.core.limits import Limits
from autograder.pipeline.checkpoints import Processes, TimeForTests
from autograder.pipeline.execute import Execution
from autograder.proxy.channel import Channel
from autograder.proxy.objects import RemoteSubmission
from autograder.sandbox.launcher import Sandbox
from autograder.sandbox.seat import Seat

if TYPE_CHECKING:
    from browser_for_tests import Browser

# The same examples in each run: a run that fails can be repeated. `--hypothesis-profile=default`
# looks for others.
settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.load_profile("same")

LIMITS = Limits(
    cell_seconds=5,
    test_seconds=5,
    submission_seconds=60,
    memory_mib=512,
    total_memory_mib=1536,
    tmp_mib=16,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a graphics card where PyTorch finds none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("cuda"):
            item.add_marker(pytest.mark.skip(reason="needs a graphics card that PyTorch can use"))


class Lab:
    """Runs cells in the sandbox and gives a `submission` to test what they defined."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._execution: Execution | None = None
        self._running = contextlib.ExitStack()
        self._processes: list[Processes] = []

    def run(self, *sources: str, limits: Limits = LIMITS) -> Execution:
        """Run cells; an earlier notebook's process ends."""
        self.close()
        self._execution = Execution(self._seat, _cells(sources), limits, seed=1)
        return self._running.enter_context(self._execution)

    def submission(self, *sources: str, seconds: float = 5.0) -> RemoteSubmission:
        """Run cells, and fork a process that answers for them."""
        execution = self.run(*sources)
        cells = _cells(sources)
        processes = Processes(
            execution, cells, execution.runs, LIMITS, TimeForTests(300), 1, contextlib.nullcontext
        )
        processes.begin_task("task0")
        self._processes.append(processes)
        processes.begin_test(seconds)

        def connect() -> Channel:
            # each process has the whole time: the calls of these tests are tests of their own
            processes.end_test()
            return processes.connect()

        return RemoteSubmission(connect, processes.undefined)

    def close(self) -> None:
        for processes in self._processes:
            processes.close()
        self._processes = []
        self._running.close()
        self._execution = None


def _cells(sources: tuple[str, ...]) -> tuple[RunnableCell, ...]:
    return tuple(
        RunnableCell(n, source, f"task{n}", number=n + 1) for n, source in enumerate(sources)
    )


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Networks of a dozen numbers gain nothing from threads, and
    threads cost a busy machine much.
    """
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def seat() -> Iterator[Seat]:
    sandbox = Sandbox(LIMITS)
    yield sandbox.seats[0]
    sandbox.close()


@pytest.fixture
def lab(seat: Seat) -> Iterator[Lab]:
    made = Lab(seat)
    yield made
    made.close()


@pytest.fixture
def notebook(lab: Lab) -> Callable[..., RemoteSubmission]:
    """Cells in, a submission to test out."""
    return lab.submission


@contextlib.contextmanager
def at_most(size: int) -> Iterator[None]:
    """Within, this process can't hold so many bytes more than before: MemoryError."""
    ctypes.CDLL(None).malloc_trim(0)  # what earlier tests freed would not count
    status = Path("/proc/self/status").read_text()
    held = 1024 * int(status.partition("VmData:")[2].split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (held + size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser that counts, in `owned`, the scripts of hostile pages that run in it."""
    from browser_for_tests import MISSING, Browser
    from hostile_page_for_tests import CANARY

    if MISSING:
        pytest.skip(MISSING)
    made = Browser(tmp_path_factory.mktemp("browser"))
    made.ask("Page.addScriptToEvaluateOnNewDocument", source=CANARY)
    yield made
    made.close()
