"""What students get: the bundle before the due date, the solution after it."""
