# One matrix per layer, with the bias as its last column; running statistics as frozen parameters.

# %% mlp
class Affine(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.matrix = nn.Parameter(torch.cat([torch.eye(o, i), torch.zeros(o, 1)], dim=1))

    def forward(self, x):
        return torch.cat([x, x.new_ones(len(x), 1)], dim=1) @ self.matrix.T


class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.a, self.b = Affine(input_size, hidden_size), Affine(hidden_size, output_size)

    def forward(self, x):
        z = self.a(x)
        return self.b(torch.maximum(z, torch.zeros_like(z)))

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.mlp = MLP(hidden_size, hidden_size, hidden_size)

    def forward(self, x):
        return sum((x, self.mlp(x)))

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.steps = nn.ModuleList(
            [Affine(input_size, hidden_size), ResidualBlock(hidden_size), ResidualBlock(hidden_size),
             Affine(hidden_size, output_size)]
        )

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.scale = nn.Parameter(torch.ones(num_features))
        self.shift = nn.Parameter(torch.zeros(num_features))
        self.center = nn.Parameter(torch.zeros(num_features), requires_grad=False)
        self.spread = nn.Parameter(torch.ones(num_features), requires_grad=False)

    def forward(self, x):
        if self.training:
            centre = x.mean(0)
            square = ((x - centre) ** 2).mean(0)
            with torch.no_grad():
                self.center.data = torch.lerp(self.center, centre, self.momentum)
                self.spread.data = torch.lerp(self.spread, square * len(x) / (len(x) - 1), self.momentum)
        else:
            centre, square = self.center, self.spread
        return (x - centre).div((square + self.eps).sqrt()).mul(self.scale).add(self.shift)

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.steps = nn.ModuleList(
            [Affine(input_size, hidden_size), ResidualBlock(hidden_size), BatchNorm(hidden_size),
             ResidualBlock(hidden_size), BatchNorm(hidden_size), Affine(hidden_size, output_size)]
        )

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x

# %% train_variants
def train_variants(X, y, epochs):
    import numpy as np

    torch.manual_seed(0)
    models = [Affine(2, 2), MLP(2, 8, 2), ResidualMLP(2, 8, 2), ResidualBatchNormMLP(2, 8, 2)]
    errors = []
    for model in models:
        model.to(X.device)
        with torch.no_grad():
            # A little noise wakes the units that the identity leaves asleep.
            for p in model.parameters():
                if p.requires_grad:
                    p.add_(0.05 * torch.randn_like(p))
        optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.01)
        for _ in range(epochs):
            optimizer.zero_grad(set_to_none=True)
            nn.functional.mse_loss(model(X), y).backward()
            optimizer.step()
        with torch.no_grad():
            errors.append(np.mean((model(X).cpu().numpy() - y.cpu().numpy()) ** 2))
    return dict(zip(("linear", "mlp", "residual", "residual_bn"), errors))
