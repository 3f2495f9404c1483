# fails: residual_block
# The sum is written into the input.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

    def forward(self, x):
        x += self.second(torch.relu(self.first(x)))
        return x
