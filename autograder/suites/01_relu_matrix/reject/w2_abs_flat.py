# fails: w2_abs
# Right numbers, but a vector.

# %% w2_abs
w2_abs = [1, 1]
