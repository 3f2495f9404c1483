"""Stock nbgrader with this repository's engine: `nbgrader
autograde` and formgrader grade as `autograder grade` does.

For a course directory elsewhere, copy this file there, and `solutions/` and `assignments/` beside
it. Nothing is imported here: an error in a configuration is only logged by nbgrader, which then
grades without the engine.
"""

c = get_config()  # noqa: F821 - nbgrader gives it

_STOCK = "nbgrader.preprocessors."
_OURS = "autograder.nbgrader_hooks.autograde."

c.CourseDirectory.course_id = "mlp"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
# Beside a notebook in solutions/ lies its source, which nobody may get.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "notebook.py", ".*"]

c.GenerateAssignment.preprocessors = [
    _STOCK + "IncludeHeaderFooter",
    _STOCK + "LockCells",
    "autograder.authoring.release_steps.ClearSolutionsByTask",
    _STOCK + "ClearOutput",
    _STOCK + "CheckCellMetadata",
    _STOCK + "ComputeChecksums",
    _STOCK + "SaveCells",
    _STOCK + "ClearHiddenTests",
    _STOCK + "ClearMarkScheme",
    _STOCK + "ComputeChecksums",
    _STOCK + "CheckCellMetadata",
    "autograder.authoring.release_steps.GoOnAfterErrors",
]
c.Autograde.exporter_class = _OURS + "SubmissionExporter"
c.Autograde.sanitize_preprocessors = [_OURS + "Rebuild", _STOCK + "CheckCellMetadata"]
c.Autograde.autograde_preprocessors = [
    _OURS + "GradeInSandbox",
    _STOCK + "SaveAutoGrades",
    _OURS + "BookResult",
    _STOCK + "AssignLatePenalties",
    _STOCK + "CheckCellMetadata",
]
c.GenerateFeedback.exporter_class = "autograder.nbgrader_hooks.feedback.FeedbackExporter"
c.ExchangeFactory.release_feedback = "autograder.nbgrader_hooks.release_feedback.ReleaseFeedback"
# Of formgrader's page of a submission, the only one that nbgrader makes with this exporter.
c.HTMLExporter.preprocessors = [
    "autograder.nbgrader_hooks.formgrader." + step
    for step in ("EscapeNames", "ShowFigures", "ShowBesideAnswers")
]
