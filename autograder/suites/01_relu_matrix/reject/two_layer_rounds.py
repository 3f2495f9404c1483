# fails: two_layer
# Computed in float32 and cast back: right dtype, lost digits.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    h = relu(x.float() @ w1.float().T + b1.float())
    return (h @ w2.float().T + b2.float()).to(x.dtype)
