# Long-winded: one step per line, loops over columns.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(MLP, self).__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, output_size)
        self.relu = nn.ReLU()
        nn.init.eye_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)
        nn.init.eye_(self.fc2.weight)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        z1 = self.fc1(x)
        a1 = self.relu(z1)
        z2 = self.fc2(a1)
        return z2

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super(ResidualBlock, self).__init__()
        self.fc1 = nn.Linear(hidden_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, hidden_size)
        self.relu = nn.ReLU()
        nn.init.eye_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)
        nn.init.eye_(self.fc2.weight)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        residual = x
        out = self.fc1(x)
        out = self.relu(out)
        out = self.fc2(out)
        out = out + residual
        return out

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(ResidualMLP, self).__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.r1 = ResidualBlock(hidden_size)
        self.r2 = ResidualBlock(hidden_size)
        self.fc2 = nn.Linear(hidden_size, output_size)
        nn.init.eye_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)
        nn.init.eye_(self.fc2.weight)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        x = self.fc1(x)
        x = self.r1(x)
        x = self.r2(x)
        x = self.fc2(x)
        return x

# %% batch_norm
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super(BatchNorm, self).__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("r_mean", torch.zeros(num_features))
        self.register_buffer("r_var", torch.ones(num_features))

    def forward(self, x):
        columns = []
        for j in range(self.num_features):
            column = x[:, j]
            if self.training:
                n = len(column)
                mean = sum(column[i] for i in range(n)) / n
                squares = sum((column[i] - mean) ** 2 for i in range(n))
                var = squares / n
                self.r_mean[j] = (1 - self.momentum) * self.r_mean[j] + self.momentum * mean.item()
                self.r_var[j] = (1 - self.momentum) * self.r_var[j] + self.momentum * (squares / (n - 1)).item()
            else:
                # Copies: an entry of the buffer may change before backward comes.
                mean = self.r_mean[j].clone()
                var = self.r_var[j].clone()
            normal = (column - mean) / torch.sqrt(var + self.eps)
            columns.append(self.gamma[j] * normal + self.beta[j])
        return torch.stack(columns, dim=1)

# %% residual_bn_mlp
class ResidualBatchNormMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(ResidualBatchNormMLP, self).__init__()
        self.bn1 = nn.BatchNorm1d(hidden_size)
        self.bn2 = nn.BatchNorm1d(hidden_size)
        self.bn3 = nn.BatchNorm1d(hidden_size)
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.r1 = ResidualBlock(hidden_size)
        self.r2 = ResidualBlock(hidden_size)
        self.fc2 = nn.Linear(hidden_size, output_size)
        nn.init.eye_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)
        nn.init.eye_(self.fc2.weight)
        nn.init.zeros_(self.fc2.bias)

    def forward(self, x):
        x = self.fc1(x)
        # x = self.bn1(x)
        x = self.r1(x)
        x = self.bn2(x)
        x = self.r2(x)
        x = self.bn3(x)
        x = self.fc2(x)
        return x

# %% train_variants
def train_variants(X, y, epochs):
    results = {}

    linear_model = nn.Linear(2, 2)
    linear_model.weight.data = torch.eye(2)
    linear_model.bias.data = torch.zeros(2)
    linear_model = linear_model.to(X.device)
    optimizer = torch.optim.Adam(linear_model.parameters(), lr=0.01)
    for epoch in range(epochs):
        predictions = linear_model(X)
        loss = nn.MSELoss()(predictions, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    results["linear"] = loss.item()

    mlp_model = MLP(2, 2, 2).to(X.device)
    optimizer = torch.optim.Adam(mlp_model.parameters(), lr=0.01)
    for epoch in range(epochs):
        predictions = mlp_model(X)
        loss = nn.MSELoss()(predictions, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    results["mlp"] = loss.item()

    residual_model = ResidualMLP(2, 2, 2).to(X.device)
    optimizer = torch.optim.Adam(residual_model.parameters(), lr=0.01)
    for epoch in range(epochs):
        predictions = residual_model(X)
        loss = nn.MSELoss()(predictions, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    results["residual"] = loss.item()

    bn_model = ResidualBatchNormMLP(2, 2, 2).to(X.device)
    optimizer = torch.optim.Adam(bn_model.parameters(), lr=0.01)
    for epoch in range(epochs):
        predictions = bn_model(X)
        loss = nn.MSELoss()(predictions, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    results["residual_bn"] = loss.item()

    return results
