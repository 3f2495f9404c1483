# fails: fit_linear
# One mistake: the layer is never trained.
# %% fit_linear
def fit_linear(X, y):
    return identity_layer().to(X.device)
