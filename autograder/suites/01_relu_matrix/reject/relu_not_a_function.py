# fails: two_layer
# relu is a number: the name was reused.

# %% two_layer
relu = 0.0


def two_layer(x, w1, b1, w2, b2):
    return (x @ w1.T + b1).clamp(min=0) @ w2.T + b2
