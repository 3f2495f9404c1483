# fails: w2_abs
# The first weight changes its sign in place of the second.

# %% w2_abs
w2_abs = -w2
