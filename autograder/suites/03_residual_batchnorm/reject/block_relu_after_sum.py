# fails: residual_block
# ReLU after the sum, as other residual networks have it.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))
