# fails: residual_block
# The last layer of the branch starts at zero, as other residual networks do.

# %% residual_block
class ResidualBlock(nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)

        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        return x + self.second(torch.relu(self.first(x)))
