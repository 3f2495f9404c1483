# fails: z
# One mistake: b is forgotten.
# %% z
z = x @ w.T
