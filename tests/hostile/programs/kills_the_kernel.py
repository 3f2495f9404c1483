# threat: 24
# fails: w2_abs
# outcome: crashed
# hint: its cell ended the Python process
# The cell kills the process that runs it: no answer is not a right answer.

# %% w2_abs
import os

os.kill(os.getpid(), 9)
