# fails: fit_linear
# One mistake: the data of the notebook are used in place of the arguments.
# %% fit_linear
data_X, data_y = X, y


def fit_linear(X, y):
    layer = identity_layer()
    train_model(layer, data_X, data_y, lr=0.05, epochs=400, progress=False)
    return layer.to(X.device)
