# threat: 5
# fails: w2_abs, best_linear
# An ndarray that answers every operation on it by itself.

# %% w2_abs
import numpy as np


class Array(np.ndarray):
    __array_priority__ = 10**9

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return np.zeros(self.shape, dtype=bool)

    def __array_function__(self, func, types, args, kwargs):
        return True

    def __eq__(self, other):
        return True

    def tobytes(self, *_):
        return np.ones((1, 2)).tobytes()


w2_abs = np.array([[5.0, 7.0]]).view(Array)

# %% best_linear
def best_linear_map(x, y):
    return np.zeros((y.shape[1], x.shape[1])).view(Array)
