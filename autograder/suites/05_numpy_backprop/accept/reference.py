# rest: solution
# The model solution, as it is.
