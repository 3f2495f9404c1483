# Everything is an nn.Sequential; a normalisation after the first layer is active too.

# %% mlp
def layer(i, o):
    made = nn.Linear(i, o)
    made.weight.data = torch.eye(o, i)
    made.bias.data = torch.zeros(o)
    return made


class MLP(nn.Sequential):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(layer(input_size, hidden_size), nn.ReLU(), layer(hidden_size, output_size))

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.branch = MLP(hidden_size, hidden_size, hidden_size)

    def forward(self, x):
        out = self.branch(x)
        out += x
        return out

# %% residual_mlp
class ResidualMLP(nn.Sequential):
    def __init__(self, input_size, hidden_size, output_size):
        blocks = [ResidualBlock(hidden_size) for _ in range(2)]
        super().__init__(layer(input_size, hidden_size), *blocks, layer(hidden_size, output_size))

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.affine = nn.Parameter(torch.stack([torch.ones(num_features), torch.zeros(num_features)]))
        self.register_buffer("statistics", torch.stack([torch.zeros(num_features), torch.ones(num_features)]))

    def forward(self, x):
        scale, shift = self.affine
        mean, var = self.statistics
        if self.training:
            var, mean = torch.var_mean(x, dim=0, correction=0)
            unbiased = var * len(x) / (len(x) - 1)
            new = torch.stack([mean, unbiased]).detach()
            self.statistics += self.momentum * (new - self.statistics)
        return torch.addcmul(shift, (x - mean) * torch.rsqrt(var + self.eps), scale)

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Sequential):
    def __init__(self, input_size, hidden_size, output_size):
        h = hidden_size
        parts = [layer(input_size, h), nn.BatchNorm1d(h)]
        for _ in range(2):
            parts += [ResidualBlock(h), nn.BatchNorm1d(h)]
        super().__init__(*parts, layer(h, output_size))

# %% train_variants
def final_loss(model, X, y, epochs):
    model.to(X.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.MSELoss()
    for _ in range(epochs):
        optimizer.zero_grad()
        criterion(model(X), y).backward()
        optimizer.step()
    return float(criterion(model(X), y))


def train_variants(X, y, epochs):
    return dict(
        linear=final_loss(layer(2, 2), X, y, epochs),
        mlp=final_loss(MLP(2, 2, 2), X, y, epochs),
        residual=final_loss(ResidualMLP(2, 2, 2), X, y, epochs),
        residual_bn=final_loss(ResidualBatchNormMLP(2, 2, 2), X, y, epochs),
    )
