# fails: fit_linear
# One mistake: a ReLU follows the layer, so that no output is below 0.
# %% fit_linear
def fit_linear(X, y):
    network = nn.Sequential(identity_layer(), nn.ReLU()).to(X.device)
    return train_model(network, X, y, lr=0.05, epochs=400, progress=False).model
