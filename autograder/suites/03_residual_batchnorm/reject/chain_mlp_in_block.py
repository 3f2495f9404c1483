# fails: mlp
# One mistake: MLP has no ReLU between its layers; the branch of a block is such an MLP.

# %% mlp
class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_size)
        self.second = nn.Linear(hidden_size, output_size)
        for layer in (self.first, self.second):
            nn.init.eye_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        return self.second(self.first(x))

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.branch = MLP(hidden_size, hidden_size, hidden_size)

    def forward(self, x):
        return x + self.branch(x)
