# fails: residual_mlp
# The blocks are in a plain list, which nn.Module does not look into.

# %% residual_mlp
class ResidualMLP(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = [ResidualBlock(hidden_size), ResidualBlock(hidden_size)]
        self.last = identity_linear(hidden_size, output_size)

    def forward(self, x):
        return self.last(self.blocks[1](self.blocks[0](self.first(x))))
