# fails: fit_linear
# One mistake: X is standardised for the training, and not when the layer is used.
# %% fit_linear
def fit_linear(X, y):
    Z = (X - X.mean(dim=0)) / X.std(dim=0)
    return train_model(identity_layer().to(X.device), Z, y, lr=0.05, epochs=600, progress=False).model
