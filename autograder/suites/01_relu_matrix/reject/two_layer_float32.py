# fails: two_layer
# float32 is written into the code.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    return relu(x.float() @ w1.float().T + b1.float()) @ w2.float().T + b2.float()
