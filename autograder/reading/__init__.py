"""Written answers: pages on which people score them, and their scores into the gradebook."""
