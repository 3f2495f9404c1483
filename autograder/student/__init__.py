"""Code for the student's side: all of this package shares processes with students' code."""
