# fails: y1
# ReLU keeps the wrong side, and z2 follows from that.

# %% y1
y1 = z1.clamp(max=0)

# %% z2
z2 = y1 @ w2.T
