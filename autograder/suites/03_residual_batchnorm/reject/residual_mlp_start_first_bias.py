# fails: residual_mlp
# The bias of the first layer starts as nn.Linear draws it.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = identity_linear(hidden_size, output_size)

        self.first.bias = nn.Linear(input_size, hidden_size).bias

    def forward(self, x):
        return self.last(self.blocks(self.first(x)))
