# threat: 27
# Correct, and prints 30 MB: through Python, through the descriptor, through a program, as pictures.

# %% w2_abs
import os
import subprocess

from IPython.display import HTML, display

w2_abs = torch.tensor([[1.0, 1.0]])
for _ in range(10**5):
    print("x" * 100)
for _ in range(10**4):
    os.write(1, b"y" * 1000)
subprocess.run("yes | head -c 10000000", shell=True)
for _ in range(40):
    display(HTML("z" * 10**5))
