"""Run a suite, public or hidden, against a notebook's own namespace, in the same process.

A suite is ordinary pytest; `SuitePlugin` gives it the fixtures `submission`, `rng`, `seed`,
`device`, `once` and reads the `task` marker.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal

import pytest
import torch

from course_lib._local_submission import LocalSubmission, Outcome, StudentView, judge
from course_lib._once import Once
from course_lib._seeds import generator_of
from course_lib._tasks import DECLARATION, Case, in_order, missing_need, read, shares
from course_lib.expect import Mismatch

__all__ = [
    "LocalSubmission",
    "Report",
    "StudentView",
    "SuiteError",
    "SuitePlugin",
    "judge",
    "run",
    "run_suite",
]

_SILENT = [
    # A notebook has no terminal, and its working directory is the student's: print and write
    # nothing.
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:faulthandler"),
    *("-p", "no:unraisableexception", "-p", "no:threadexception"),
    *(
        "-c",
        os.devnull,
        "--noconftest",
        "--import-mode=importlib",
        "--assert=plain",
        "--capture=no",
    ),
    *("-W", "ignore"),
]


class SuiteError(RuntimeError):
    """A suite can't run: it can't be imported, or a test lacks its marker or docstring."""


@dataclass(frozen=True)
class Report:
    """One test's result.

    `failed` is the submission's fault, `error` the suite's; a pass has no hint.
    """

    task: str
    name: str
    sentence: str
    outcome: Outcome
    weight: float
    hint: str | None


class SuitePlugin:
    """The pytest plugin behind in-process runs; the results are in `reports` afterwards.

    `ours` says which files belong to the suite: what was raised in no other place is the suite's
    own fault.
    """

    def __init__(
        self,
        submission: object,
        *,
        ours: Collection[str],
        task: str | None = None,
        seed: int = 0,
        device: torch.device | None = None,
    ) -> None:
        self._submission = submission
        self._ours = ours
        self._task = task
        self._seed = seed
        self._once = Once()
        self._device = device or torch.device("cpu")
        self._unfinished: dict[str, tuple[Outcome, str | None]] = {}
        self.reports: list[Report] = []
        self.points: dict[str, float] = {}
        self.due = ""
        self.tasks: list[str] = []
        self.broken: list[str] = []
        self._cases: dict[str, tuple[Case, float]] = {}
        self._failed: dict[tuple[str, str], str] = {}

    @pytest.fixture(name="submission")
    def _give_submission(self) -> object:
        """The student's notebook: `submission.z1`, `submission.relu(z)`."""
        return self._submission

    @pytest.fixture(name="device")
    def _give_device(self) -> torch.device:
        """Where the test's tensors live."""
        return self._device

    @pytest.fixture(name="seed")
    def _give_seed(self) -> int:
        """The seed of the run."""
        return self._seed

    @pytest.fixture(name="once")
    def _give_once(self) -> Once:
        """What several tests judge together, such as the predictions of a trained model."""
        return self._once

    @pytest.fixture(name="rng")
    def _give_rng(self, request: pytest.FixtureRequest) -> torch.Generator:
        """A CPU generator seeded by the run's seed and the test's name, as in hidden grading."""
        return generator_of(self._seed, request.node.name)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", DECLARATION)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Learn tasks and points, and keep the tests of the wanted task."""
        cases = [self._describe(item) for item in items]
        self._cases = {
            item.nodeid: (case, share)
            for item, case, share in zip(items, cases, shares(cases), strict=True)
        }
        self.tasks = list(dict.fromkeys(case.task for case in cases))
        for item in items:
            if isinstance(item, pytest.Function):
                self.points.update(getattr(item.module, "POINTS", {}))
                self.due = getattr(item.module, "DUE", self.due)
        try:
            order = in_order(cases)
        except ValueError as error:
            self.broken.append(str(error))
            return
        items[:] = [items[n] for n in order if self._task is None or cases[n].task == self._task]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(str(report.longrepr))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A test that builds on one that failed says nothing new."""
        if reason := missing_need(self._cases[item.nodeid][0], self._failed):
            raise Mismatch(reason)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport:
        """Turn each phase's exception into an outcome; the first one that is not a pass decides.

        pytest's own report would format a traceback that nobody sees, which is most of the time of
        a run.
        """
        if call.excinfo is not None and item.nodeid not in self._unfinished:
            self._unfinished[item.nodeid] = judge(call.excinfo.value, self._ours)
        if call.when == "teardown":
            outcome, hint = self._unfinished.pop(item.nodeid, ("passed", None))
            case, weight = self._cases[item.nodeid]
            if outcome != "passed":
                self._failed[case.task, case.function] = case.sentence
            self.reports.append(Report(case.task, item.name, case.sentence, outcome, weight, hint))
        assert call.when != "collect"  # for the type checker: this hook sees tests only
        verdict: Literal["passed", "failed"] = "passed" if call.excinfo is None else "failed"
        return pytest.TestReport(item.nodeid, item.location, {}, verdict, None, call.when)

    def _describe(self, item: pytest.Item) -> Case:
        """What a test says about itself; what is missing is noted in `broken`."""
        case = read(item)
        if not case.task:
            self.broken.append(
                f"{item.nodeid}: needs exactly one @pytest.mark.task(id, weight=1), weight above 0"
            )
        if not case.sentence:
            self.broken.append(f"{item.nodeid}: needs a docstring, which students read")
        return case


def run_suite(
    path: str | Path,
    namespace: Mapping[str, object],
    *,
    task: str | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> list[Report]:
    """Run a suite, one file or a directory of `test_*.py`, on a notebook's names.

    Raises:
        FileNotFoundError: there is no such file or directory.
        SuiteError: the suite does not import, or a test has no task marker or docstring.
        ValueError: no test belongs to `task`.
        KeyboardInterrupt: as the user asked.
    """
    return run(Path(path), namespace, task, seed, device).reports


def run(
    path: Path, namespace: Mapping[str, object], task: str | None, seed: int, device: str
) -> SuitePlugin:
    """As `run_suite`, with all that the plugin learned of the suite."""
    path = path.resolve()
    if not path.exists():
        raise FileNotFoundError(f"there is no suite at {path}")
    files = [path] if path.is_file() else sorted(path.glob("**/*.py"))
    root = path.parent if path.is_file() else path
    plugin = SuitePlugin(
        LocalSubmission(namespace),
        ours={str(file) for file in files},
        task=task,
        seed=seed,
        device=torch.device(device),
    )
    # From its own directory: to pytest, a bracket in a path begins a parameter.
    with _clean_environment(), _fresh_modules(files), contextlib.chdir(root):
        # A suite's drivers and helpers lie beside its tests.
        beside = ["-o", f"pythonpath={shlex.quote(str(root))}"]
        what = path.name if path.is_file() else "."
        code = pytest.main([what, f"--rootdir={root}", *beside, *_SILENT], plugins=[plugin])
    if code == pytest.ExitCode.INTERRUPTED and not plugin.broken:
        raise KeyboardInterrupt
    if plugin.broken:
        raise SuiteError(f"{path.name} cannot run:\n" + "\n".join(dict.fromkeys(plugin.broken)))
    if task is not None and task not in plugin.tasks:
        raise ValueError(
            f"there is no task {task!r} in {path.name}; its tasks are: {', '.join(plugin.tasks)}"
        )
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise SuiteError(f"{path.name} cannot run: pytest ended with {pytest.ExitCode(code).name}")
    return plugin


@contextlib.contextmanager
def _clean_environment() -> Iterator[None]:
    """Keep the user's pytest options and plugins, and cached checks, out of the run."""
    names = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    saved = {name: os.environ.pop(name, None) for name in names}
    writes = sys.dont_write_bytecode
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Compiled files are matched by whole seconds: an edit right after a run would be missed.
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.dont_write_bytecode = writes
        for name, value in saved.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextlib.contextmanager
def _fresh_modules(files: list[Path]) -> Iterator[None]:
    """Let pytest import the suite's files anew, whatever was imported under their names before."""
    names = [file.stem for file in files]
    saved: dict[str, ModuleType] = {
        name: sys.modules.pop(name) for name in names if name in sys.modules
    }
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(saved)
