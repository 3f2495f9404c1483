"""Compute late penalties with the plugin that nbgrader_config.py names."""

from __future__ import annotations

import sys
from functools import cached_property

from nbgrader.api import Gradebook, SubmittedAssignment
from nbgrader.plugins import LateSubmissionPlugin

from autograder.core import course_config
from autograder.core.course import Course
from autograder.core.errors import UsageError
from autograder.gradebook.database import quiet_log


class LatePenalties:
    """Late penalties of a course, given as in the last step of `nbgrader autograde`."""

    def __init__(self, course: Course) -> None:
        self._course = course

    def assign(self, gradebook: Gradebook, submission: SubmittedAssignment) -> None:
        """Set the penalty of a submission, or remove it if the submission is in time.

        Raises:
            UsageError: the plugin can't be loaded, or fails.
        """
        (notebook,) = submission.notebooks
        if notebook.late_submission_penalty is not None:
            notebook.late_submission_penalty = None
        late = submission.total_seconds_late if submission.assignment.duedate else 0
        if late > 0:
            gradebook.db.flush()
            gradebook.db.refresh(notebook, ["score"])
            try:
                penalty = self._plugin.late_submission_penalty(
                    submission.student.id, notebook.score, late
                )
            # The instructor's own program: anything may come of it.
            except Exception as error:  # noqa: BLE001
                raise _does_not_work(self._course, error) from None
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0.0), notebook.score)

    @cached_property
    def _plugin(self) -> LateSubmissionPlugin:
        return _load_plugin(self._course)


def _load_plugin(course: Course) -> LateSubmissionPlugin:
    """The plugin for late submissions: nbgrader's, or the instructor's own.

    The instructor's own may lie in the course directory.

    Raises:
        UsageError: the plugin can't be loaded.
    """
    # Imports nbconvert: only for late submissions.
    from nbgrader.preprocessors import AssignLatePenalties

    config = course_config.read(course.root)
    sys.path.insert(0, str(course.root))
    try:
        step = AssignLatePenalties(config=config, log=quiet_log())
        step.init_plugin()
    # The instructor's own program: anything may come of it.
    except Exception as error:  # noqa: BLE001
        raise _does_not_work(course, error) from None
    finally:
        sys.path.remove(str(course.root))
    return step.plugin_inst


def _does_not_work(course: Course, error: Exception) -> UsageError:
    cause = f"{type(error).__name__}: {error}"
    return UsageError(
        f"{course.root / course_config.CONFIG}: the plugin for late submissions does not work "
        f"({cause})"
    )
