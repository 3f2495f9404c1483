"""A class: which submissions need grading, and the workers that grade them."""
