# fails: residual_mlp
# MLPs in place of residual blocks.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(MLP(hidden_size, hidden_size, hidden_size), MLP(hidden_size, hidden_size, hidden_size))
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks(self.first(x)))
