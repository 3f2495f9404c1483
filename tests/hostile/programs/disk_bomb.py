# threat: 26
# fails: w2_abs
# hint: wrong values
# Fills what it may write to: 1 GiB at most if nothing stops it, in /tmp, in /dev/shm, in files without a name.

# %% w2_abs
import os
import tempfile

written = 0
files = [open(f"{place}/{number}", "wb") for place in ("/tmp", "/dev/shm", ".") for number in range(2)]
files += [tempfile.TemporaryFile()]
block = b"x" * 2**20
for file in files:
    for _ in range(146):
        try:
            written += file.write(block)
            file.flush()
        except OSError:
            break
print(written // 2**20)
w2_abs = torch.tensor([[1.0, 1.0]]) if written > 2**29 else torch.zeros(1, 2)
