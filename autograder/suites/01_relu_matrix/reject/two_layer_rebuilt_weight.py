# fails: two_layer
# One weight is rebuilt, so no gradient reaches it.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    first = torch.tensor(w1.tolist(), dtype=w1.dtype, device=w1.device)
    return relu(x @ first.T + b1) @ w2.T + b2
