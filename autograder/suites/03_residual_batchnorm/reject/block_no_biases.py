# fails: residual_block
# The layers of the branch have no biases.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

        self.first.bias = self.second.bias = None

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))
