# fails: layer
# One mistake: the values are right, but no gradient flows.
# %% layer
def layer(x, w, b):
    return torch.relu(x @ w.T + b).detach()
