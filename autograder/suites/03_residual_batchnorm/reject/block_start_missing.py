# fails: residual_block
# The weights start as nn.Linear draws them.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = nn.Linear(hidden_size, hidden_size)
        self.second = nn.Linear(hidden_size, hidden_size)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))
