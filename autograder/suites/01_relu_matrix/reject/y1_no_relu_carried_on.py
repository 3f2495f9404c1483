# fails: y1
# The ReLU is left out, and z2 follows from that.

# %% y1
y1 = z1

# %% z2
z2 = y1 @ w2.T
