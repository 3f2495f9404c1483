# Minibatches, RMSprop and SGD, evaluation mode for the final error; blocks written out, no ResidualBlock inside.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(input_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, output_size))
        self.net.apply(start_as_identity)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)


def start_as_identity(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.eye_(module.weight)
        nn.init.constant_(module.bias, 0.0)

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.lin = nn.ModuleDict({k: nn.Linear(hidden_size, hidden_size) for k in ("in", "out")})
        self.apply(start_as_identity)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = x.clone()
        x = self.lin["in"](x).relu_()
        x = self.lin["out"](x)
        return x.add_(skip)

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        h = hidden_size
        self.enter, self.leave = nn.Linear(input_size, h), nn.Linear(h, output_size)
        self.a1, self.a2, self.b1, self.b2 = (nn.Linear(h, h) for _ in range(4))
        self.apply(start_as_identity)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.enter(x)
        x = x + self.a2(self.a1(x).relu())
        x = x + self.b2(self.b1(x).relu())
        return self.leave(x)

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.g, self.b = nn.Parameter(torch.ones(num_features)), nn.Parameter(torch.zeros(num_features))
        self.register_buffer("mu", torch.zeros(num_features))
        self.register_buffer("sigma2", torch.ones(num_features))

    @torch.no_grad()
    def remember(self, x: torch.Tensor) -> None:
        self.mu += self.momentum * (x.mean(0) - self.mu)
        self.sigma2 += self.momentum * (x.std(0) ** 2 - self.sigma2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.remember(x)
            z = x - x.mean(0, keepdim=True)
            z = z / torch.sqrt(torch.mean(z * z, 0, keepdim=True) + self.eps)
        else:
            z = (x - self.mu) / torch.sqrt(self.sigma2 + self.eps)
        return z * self.g + self.b

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, output_size: int) -> None:
        super().__init__()
        h = hidden_size
        self.enter, self.leave = nn.Linear(input_size, h), nn.Linear(h, output_size)
        self.a1, self.a2, self.b1, self.b2 = (nn.Linear(h, h) for _ in range(4))
        self.n0, self.n1, self.n2 = (BatchNorm(h) for _ in range(3))
        self.apply(start_as_identity)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.n0(self.enter(x))
        x = self.n1(x + self.a2(self.a1(x).relu()))
        x = self.n2(x + self.b2(self.b1(x).relu()))
        return self.leave(x)

# %% train_variants
def train_variants(X, y, epochs):
    torch.manual_seed(1)
    linear = nn.Linear(2, 2)
    start_as_identity(linear)
    networks = {"linear": linear, "mlp": MLP(2, 2, 2), "residual": ResidualMLP(2, 2, 2)}
    networks["residual_bn"] = ResidualBatchNormMLP(2, 2, 2)
    out = {}
    for name, network in networks.items():
        network.to(X.device).train()
        if name == "linear":
            optimizer = torch.optim.SGD(network.parameters(), lr=0.02)
        else:
            optimizer = torch.optim.RMSprop(network.parameters(), lr=0.005)
        for _ in range(epochs):
            for rows in torch.randperm(len(X), device=X.device).chunk(2):
                optimizer.zero_grad()
                nn.functional.mse_loss(network(X[rows]), y[rows]).backward()
                optimizer.step()
        network.eval()
        with torch.inference_mode():
            out[name] = nn.functional.mse_loss(network(X), y).item()
    return out
