# fails: y1
# The mask of active units in place of their activations, and z2 follows from that.

# %% y1
y1 = (z1 > 0).float() * x.abs()

# %% z2
z2 = y1 @ w2.T
