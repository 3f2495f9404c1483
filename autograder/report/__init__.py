"""The report: the instructor's page about a graded class."""
