# fails: fit_linear
# One mistake: the prediction is returned in place of the layer.
# %% fit_linear
def fit_linear(X, y):
    model = train_model(identity_layer().to(X.device), X, y, lr=0.05, epochs=400, progress=False).model
    return model(X).detach()
