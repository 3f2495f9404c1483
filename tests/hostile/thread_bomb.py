# threat: 26
# fails: sign_scale
# outcome: error
# Starts 400 threads, which count as processes do.

# %% sign_scale
import threading
import time


armed = False


def sign_scale(c, d):
    for _ in range(400 * armed):
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    return torch.ones(2, 1), torch.ones(1, 2)

# %% end
armed = True
