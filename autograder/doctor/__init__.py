"""`autograder doctor`: test which walls hold on this machine."""
