"""Log an error of ours as its sentence, where nbgrader would log a traceback."""

from __future__ import annotations

import logging

from autograder.core.errors import UsageError
from autograder.feedback.write_pages import NoPageError


class NotGradedError(Exception):
    """Why a submission gets no grade; nbgrader prints it and continues with the next."""


class _Sentence(logging.Filter):
    """nbgrader logs a traceback for whatever a step raises; of ours the sentence is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for error in (NotGradedError, NoPageError, UsageError):
            if text.startswith("Traceback") and (mark := f"{error.__name__}: ") in text:
                record.msg, record.args = text.rpartition(mark)[2].strip(), ()
                break
        return True


def log_sentences(log: logging.Logger) -> None:
    """Let a log of nbgrader's show the sentences of our errors."""
    if not any(isinstance(known, _Sentence) for known in log.filters):
        log.addFilter(_Sentence())
