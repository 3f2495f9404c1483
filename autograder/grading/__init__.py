"""Grade a class: choose the submissions that need grading, and run the workers that grade them."""
