# fails: train_variants
# The model under the key "mlp" has no ReLU: it is linear.

# %% train_variants
def train_variants(X, y, epochs):
    models = {
        "linear": identity_linear(2, 2),
        "mlp": nn.Sequential(identity_linear(2, 2), identity_linear(2, 2)),
        "residual": ResidualMLP(2, 2, 2),
        "residual_bn": ResidualBatchNormMLP(2, 2, 2),
    }
    errors = {}
    for name, model in models.items():
        train_model(model, X, y, epochs=epochs, device=X.device, progress=False)
        errors[name] = nn.functional.mse_loss(model(X), y).item()
    return errors
