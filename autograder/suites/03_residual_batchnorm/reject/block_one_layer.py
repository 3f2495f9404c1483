# fails: residual_block
# The branch has only one linear layer.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        return x + torch.relu(self.first(x))
