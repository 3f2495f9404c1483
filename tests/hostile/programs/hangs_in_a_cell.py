# threat: 25
# fails: w2_abs
# outcome: timeout
# hint: its cell was stopped: it ran too long
# A cell that can't be interrupted and never ends: it is left out, and the others run again without it.

# %% w2_abs
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
