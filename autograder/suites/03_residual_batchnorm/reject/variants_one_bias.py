# fails: train_variants
# The linear layer has one bias for both columns of y.

# %% train_variants
def train_variants(X, y, epochs):
    layer = identity_linear(2, 2)
    layer.bias = nn.Parameter(torch.zeros(1))
    networks = {
        "linear": layer,
        "mlp": MLP(2, 2, 2),
        "residual": ResidualMLP(2, 2, 2),
        "residual_bn": ResidualBatchNormMLP(2, 2, 2),
    }
    errors = {}
    for name, network in networks.items():
        network = network.to(X.device)
        optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
        for _ in range(epochs):
            optimizer.zero_grad()
            ((network(X) - y) ** 2).mean().backward()
            optimizer.step()
        errors[name] = ((network(X) - y) ** 2).mean().item()
    return errors
