# fails: fit_linear
# One mistake: one layer is trained on and on, so that each call changes the result of the last.
# %% fit_linear
shared = identity_layer()


def fit_linear(X, y):
    shared.to(X.device)
    return train_model(shared, X, y, lr=0.05, epochs=600, progress=False).model
