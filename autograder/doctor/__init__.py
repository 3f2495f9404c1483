"""`autograder doctor`: which walls stand on this machine."""
