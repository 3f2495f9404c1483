# As the notebook's own solution.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks(self.first(x)))

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.scale = nn.Parameter(torch.ones(num_features))
        self.shift = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(x.var(dim=0), self.momentum)
        else:
            mean, var = self.running_mean, self.running_var
        return self.scale * (x - mean) / torch.sqrt(var + self.eps) + self.shift

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.block1, self.norm1 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.block2, self.norm2 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        x = self.first(x)
        x = self.norm1(self.block1(x))
        x = self.norm2(self.block2(x))
        return self.last(x)

# %% train_variants
def train_variants(X, y, epochs):
    models = {
        "linear": identity_linear(2, 2),
        "mlp": MLP(2, 2, 2),
        "residual": ResidualMLP(2, 2, 2),
        "residual_bn": ResidualBatchNormMLP(2, 2, 2),
    }
    errors = {}
    for name, model in models.items():
        train_model(model, X, y, epochs=epochs, device=X.device, progress=False)
        errors[name] = nn.functional.mse_loss(model(X), y).item()
    return errors
