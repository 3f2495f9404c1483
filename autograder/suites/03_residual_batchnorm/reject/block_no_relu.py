# fails: residual_block
# No ReLU in the branch.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        return x + self.second(self.first(x))
