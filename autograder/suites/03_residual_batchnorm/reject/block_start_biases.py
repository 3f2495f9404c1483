# fails: residual_block
# The biases start as nn.Linear draws them.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

        for layer in (self.first, self.second):
            layer.bias = nn.Linear(hidden_size, hidden_size).bias

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))
