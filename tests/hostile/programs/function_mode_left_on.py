# threat: 6
# fails: w2_abs
# hint: wrong values
# Leaves a mode on, in which torch's comparisons agree to everything, and enters another in every thread.

# %% w2_abs
import threading

from torch.overrides import TorchFunctionMode


class Yes(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        if getattr(func, "__name__", "") in ("allclose", "equal", "isclose", "all"):
            return torch.tensor(True)
        return func(*args, **(kwargs or {}))


left_on = Yes()
left_on.__enter__()
threading.Thread(target=Yes().__enter__).start()
w2_abs = torch.zeros(1, 2)
