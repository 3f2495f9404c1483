"""nbgrader's gradebook: what is written to it, and what is read from it."""
