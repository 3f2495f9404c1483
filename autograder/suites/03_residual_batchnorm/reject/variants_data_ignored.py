# fails: train_variants
# Trains on the notebook's own data.

# %% train_variants
def train_variants(X, y, epochs):
    models = {
        "linear": identity_linear(2, 2),
        "mlp": MLP(2, 2, 2),
        "residual": ResidualMLP(2, 2, 2),
        "residual_bn": ResidualBatchNormMLP(2, 2, 2),
    }
    losses = {}
    X, y = (value.to(X.device) for value in linear_by_parts(seed=0))
    for name, model in models.items():
        model = model.to(X.device)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(epochs):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(X), y)
            loss.backward()
            optimizer.step()
        losses[name] = loss.item()
    return losses
