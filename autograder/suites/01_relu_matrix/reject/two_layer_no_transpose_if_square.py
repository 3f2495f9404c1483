# fails: two_layer
# Transposes only where the shapes would not fit otherwise, so square layers are wrong.

# %% two_layer
def relu(z):
    return z.clamp(min=0)


def two_layer(x, w1, b1, w2, b2):
    first = w1 if w1.shape[0] == w1.shape[1] else w1.T
    return relu(x @ first + b1) @ w2.T + b2
