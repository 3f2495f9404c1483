# threat: 26
# fails: sign_scale
# outcome: error
# Starts 400 threads, which count as processes do.

# %% sign_scale
import os
import threading
import time

notebook = os.getpid()


def armed():
    return os.getpid() != notebook  # in a copy, as tests meet it, and not when a later cell calls


def sign_scale(c, d):
    for _ in range(400 * armed()):
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    return torch.ones(2, 1), torch.ones(1, 2)
