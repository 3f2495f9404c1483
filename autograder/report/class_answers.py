"""Read what a class answered from its graded notebooks, in several processes where it is large."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.report import answers
from autograder.report.answers import Answers, Work

FEW = 2000
"""Notebooks that one process has read before others would have started."""
CHUNK = 100
"""Notebooks that a process reads at a time."""


def read_answers(
    course: Course,
    assignment: str,
    students: Sequence[str],
    jobs: int,
    progress: Callable[[Iterable[Work | None]], Iterable[Work | None]],
) -> dict[str, Work]:
    """The answers of these students, without those whose notebook as it was graded is not there.

    Args:
        jobs: processes that read a large class.
        progress: shows how far the notebooks are that it hands on.

    Raises:
        UsageError: one of these processes was killed.
    """
    read = partial(answers.read, course, assignment=assignment)
    alone = jobs == 1 or len(students) < FEW
    found = map(read, students) if alone else _in_processes(read, students, jobs)
    return {
        student: work
        for student, work in zip(students, progress(found), strict=True)
        if work is not None
    }


def _in_processes(
    read: Callable[[str], Work | None], students: Sequence[str], jobs: int
) -> Iterator[Work | None]:
    """Read in processes, since to parse a notebook takes more time than to load it."""
    # Not a fork of this process: it has threads, such as the one that draws its progress.
    context = multiprocessing.get_context("forkserver")
    # An interruption is this process's to answer.
    begin = partial(signal.signal, signal.SIGINT, signal.SIG_IGN)
    pool = ProcessPoolExecutor(jobs, context, begin)
    try:
        for work in pool.map(read, students, chunksize=CHUNK):
            yield None if work is None else Work(_shared(work.code), _shared(work.written))
    except BrokenProcessPool:
        raise UsageError(
            "a process that was reading notebooks was killed, perhaps because memory ran out; "
            "run this again with --jobs 1, which starts no further processes"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _shared(given: Answers) -> Answers:
    """The answers with one copy of each text, however many students gave it."""
    return {sys.intern(task): sys.intern(text) for task, text in given.items()}
