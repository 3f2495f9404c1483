# fails: fit_linear
# One mistake: the whole run is returned in place of its model.
# %% fit_linear
def fit_linear(X, y):
    return train_model(identity_layer().to(X.device), X, y, lr=0.05, epochs=400, progress=False)
