"""For `dask worker --preload`: the worker's process ends as soon as it is to grade one student."""

from __future__ import annotations

import os
from functools import partial

from autograder.cluster import batches
from autograder.core.jobs import Job


def _deadly(known: object, data: bytes) -> list[Job]:
    assert callable(known)
    jobs: list[Job] = known(data)
    if os.environ["DEADLY_STUDENT"] in {job.student for job in jobs}:
        os._exit(1)
    return jobs


batches.jobs_in = partial(_deadly, batches.jobs_in)
