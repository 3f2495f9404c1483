# fails: residual_mlp
# The input of the whole network is added to its output where the sizes allow it.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        out = self.last(self.blocks(self.first(x)))
        return out + nn.functional.pad(x, (0, max(0, out.shape[1] - x.shape[1])))[:, : out.shape[1]]
