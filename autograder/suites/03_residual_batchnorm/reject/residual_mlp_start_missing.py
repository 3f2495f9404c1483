# fails: residual_mlp
# The first and the last layer start as nn.Linear draws them.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = nn.Linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = nn.Linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks(self.first(x)))
