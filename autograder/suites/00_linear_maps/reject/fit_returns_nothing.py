# fails: fit_linear
# One mistake: the return is missing.
# %% fit_linear
def fit_linear(X, y):
    train_model(identity_layer().to(X.device), X, y, lr=0.05, epochs=400, progress=False)
