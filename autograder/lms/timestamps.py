"""Find out when a submission was handed in: from its timestamp.txt, or from the archive."""

from __future__ import annotations

import datetime
from pathlib import PurePosixPath

from autograder.core.errors import RejectedError
from autograder.core.nbgrader_notes import TIMESTAMP, utc
from autograder.lms.archive import Archive, Entry
from autograder.lms.filenames import Scheme


def is_timestamp(path: PurePosixPath, scheme: Scheme) -> bool:
    """Whether a file is the timestamp.txt that nbgrader writes beside a submission.

    Platforms write no such file: in their archives, it is one that a student handed in.
    """
    return scheme == "plain" and path.name == TIMESTAMP


def handed_in(
    archive: Archive, entry: Entry, scheme: Scheme, *, entry_times: bool
) -> datetime.datetime | None:
    """The time of an entry in UTC, if one is known.

    Args:
        entry_times: take the archive's own time where there is no timestamp.txt.
    """
    beside = archive.find(str(entry.path.parent / TIMESTAMP))
    if beside is not None and is_timestamp(beside.path, scheme):
        try:
            text = archive.read(beside, 200).decode("utf-8")
        except (RejectedError, ValueError):
            return None
        return utc(text)
    return entry.time if entry_times else None
