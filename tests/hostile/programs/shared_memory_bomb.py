# threat: 26
# fails: w2_abs
# outcome: out_of_memory
# hint: its cell was stopped: it used more memory than a submission may
# Shared pages, which no limit per process counts, in six processes: 3 GiB at most if nothing stops them.

# %% w2_abs
import mmap
import os
import time

for _ in range(5):
    if os.fork() == 0:
        break
held = []
for _ in range(8):
    held.append(mmap.mmap(-1, 2**26))
    held[-1].write(b"x" * 2**26)
time.sleep(60)
