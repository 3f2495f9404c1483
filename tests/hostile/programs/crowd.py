# threat: 26
# fails: w2_abs
# outcome: timeout
# hint: its cell was stopped: it ran too long
# Computes at the side with eight processes for as long as the cell may run: the others graded meanwhile have to wait.

# %% w2_abs
import os

for _ in range(3):
    os.fork()
while True:
    pass
