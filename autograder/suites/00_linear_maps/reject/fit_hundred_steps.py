# fails: fit_linear
# One mistake: 100 steps at this rate are too few.
# %% fit_linear
def fit_linear(X, y):
    return train_model(identity_layer().to(X.device), X, y, lr=0.01, epochs=100, progress=False).model
