# fails: fit_linear
# One mistake: the layer is in float64.
# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2, dtype=torch.float64, device=X.device)
    return train_model(layer, X.double(), y.double(), lr=0.05, epochs=400, progress=False).model
