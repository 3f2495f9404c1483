# fails: two_layer
# Everything is multiplied by nan.

# %% two_layer
relu = lambda z: z * float("nan")
two_layer = lambda x, w1, b1, w2, b2: (x @ w1.T + b1) @ w2.T * float("nan") + b2
