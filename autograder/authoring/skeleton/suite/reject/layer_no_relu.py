# fails: layer
# One mistake: nothing is bent.
# %% layer
def layer(x, w, b):
    return x @ w.T + b
