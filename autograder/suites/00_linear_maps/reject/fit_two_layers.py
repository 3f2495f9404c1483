# fails: fit_linear
# One mistake: a network of two layers is returned in place of a linear layer.
# %% fit_linear
def fit_linear(X, y):
    network = nn.Sequential(identity_layer(), identity_layer()).to(X.device)
    return train_model(network, X, y, lr=0.02, epochs=600, progress=False).model
