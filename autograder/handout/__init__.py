"""Hand out files to students: the bundle before the due date, the solution after it."""
