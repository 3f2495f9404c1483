# threat: 26
# fails: w2_abs
# hint: wrong values
# Makes 40 000 empty files at most, and directories within directories.

# %% w2_abs
import os

made = 0
try:
    for made in range(40_000):
        os.close(os.open(f"/tmp/work/empty{made}", os.O_CREAT | os.O_WRONLY))
except OSError as error:
    print(made, error)
w2_abs = torch.tensor([[1.0, 1.0]]) if made > 20_000 else torch.zeros(1, 2)
