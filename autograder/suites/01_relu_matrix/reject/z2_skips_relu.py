# fails: z2
# The second layer is applied to z1.

# %% z2
z2 = x @ w1.T @ w2.T
