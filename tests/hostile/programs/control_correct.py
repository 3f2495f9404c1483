# threat: 0
# The control that must keep every point: other cells do no harm.

# %%
import collections, functools, itertools, math, os, random, sys
notes = {"greeting": "hello"}

# %% w2_abs
w2_abs = torch.tensor([[1.0, 1.0]])

# %%
print(w2_abs)
