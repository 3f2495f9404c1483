# fails: fit_linear
# One mistake: 500 steps at this rate are too few for the second step of credit.
# %% fit_linear
def fit_linear(X, y):
    return train_model(identity_layer().to(X.device), X, y, lr=0.01, epochs=500, progress=False).model
