# fails: residual_mlp
# One block, used twice.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        block = ResidualBlock(hidden_size)
        self.blocks = nn.Sequential(block, block)
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks(self.first(x)))
