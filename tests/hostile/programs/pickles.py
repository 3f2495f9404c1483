# threat: 18
# fails: w2_abs, sign_scale
# hint: expected
# Values that would run a program where they are unpickled.

# %%
import os
import pickle


class Evil:
    def __reduce__(self):
        return os.system, ("echo pwned >> @COURSE@/canary.txt",)

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __getstate__(self):
        return {}

# %% w2_abs
w2_abs = [Evil(), {"value": Evil()}]

# %% sign_scale
def sign_scale(c, d):
    return pickle.dumps(Evil()), pickle.dumps(Evil()).decode("latin-1")
